"""Sockets that are engines no longer: each answers in one wrong way, for as long as a ``with`` lasts."""

import contextlib
import socket
import tempfile
import threading
from pathlib import Path


@contextlib.contextmanager
def bad_engine(answer: bytes | None = None, drip: bool = False):
    """The address of a socket that accepts, and then says ``answer`` and hangs up; nothing at all when it is None.

    drip   say the answer's last byte again and again, and never hang up
    """
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if answer is None:
                over.wait()
                return
            connection.recv(65536)
            connection.sendall(answer)
            while drip and not over.wait(0.02):
                connection.sendall(answer[-1:])

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=serve, args=[connection], daemon=True).start()

    with tempfile.TemporaryDirectory(prefix="s") as folder, socket.socket(socket.AF_UNIX) as server:
        path = Path(folder, "s")  # short: a socket's path may have 107 characters
        server.bind(str(path))
        server.listen(50)
        threading.Thread(target=accept, daemon=True).start()
        yield f"unix://{path}"
        over.set()
        server.shutdown(socket.SHUT_RDWR)


def http(status: str, body: str, length: int | None = None) -> bytes:
    """An HTTP answer; with a wrong ``length`` when one is given."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n{body}".encode()

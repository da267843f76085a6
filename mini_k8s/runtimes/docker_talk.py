"""How does one talk with a program inside a container? By running ``nc`` there, and writing lines to it.

It needs no port of the host and works with an engine on another machine; only who may use the engine can do it.
"""

import json
import socket
from contextlib import suppress

from mini_k8s.errors import ServiceUnavailable
from mini_k8s.runtimes.engine import Engine


class Talk:
    """Lines of JSON, each with its answer. One thread at a time.

    Raises NotFound for a container that has gone, Conflict for one that does not run, ServiceUnavailable when nobody
    listens there.
    """

    def __init__(self, engine: Engine, id: str, port: int):
        run = engine.call("exec_create", id, ["nc", "127.0.0.1", str(port)], stdin=True)["Id"]
        self._file = engine.call("exec_start", run, socket=True)
        self._socket: socket.socket = getattr(self._file, "_sock", self._file)
        self._frames = self._lines = b""

    def ask(self, said: dict, within: float = 5.0) -> dict:
        """Say something, and return the answer. Raises ServiceUnavailable where none comes in time; then it is over."""
        try:
            self._socket.settimeout(within)
            self._socket.sendall(json.dumps(said).encode() + b"\n")
            while b"\n" not in self._lines:
                self._read()
            line, _, self._lines = self._lines.partition(b"\n")
            return json.loads(line)
        except (OSError, ValueError) as error:
            self.close()
            raise ServiceUnavailable(f"the cluster's network helper does not answer ({error or 'it closed'}). It is "
                                     "made anew.") from error

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        for part in (getattr(self._file, "_response", None), self._file, self._socket):
            with suppress(AttributeError, OSError):
                part.close()

    def _read(self) -> None:
        piece = self._socket.recv(1 << 16)
        if not piece:
            raise OSError("it closed the connection")
        self._frames += piece
        while len(self._frames) >= 8 and len(self._frames) >= (end := 8 + int.from_bytes(self._frames[4:8], "big")):
            if self._frames[0] == 1:  # what it printed; complaints are not for us
                self._lines += self._frames[8:end]
            self._frames = self._frames[end:]

    def __repr__(self) -> str:
        return "<Talk with the network helper>"

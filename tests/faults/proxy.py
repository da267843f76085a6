"""A liar between the runtime and its engine: it passes everything on, but for what a test tells it to spoil.

    with FaultyProxy(engine.socket, folder) as proxy:
        proxy.spoil("POST", r"/containers/create", answer=500, times=2)
        proxy.spoil("POST", r"/start", lose=True)        # done, but nobody hears of it
        DockerRuntime("web", base_url=proxy.url)

A thread for each connection; hijacked connections (attach, exec) and endless answers (events, logs) go through byte by
byte. What is not spoilt arrives unchanged.
"""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Fault:
    """What to do to requests whose method and path match: after the first ``after``, to the next ``times`` of them."""

    method: str
    path: str
    after: int = 0
    times: int | None = None  # None: to all
    answer: int | None = None  # this status, without asking the engine
    delay: float = 0.0  # seconds before asking the engine
    hang: bool = False  # never ask the engine, never answer
    lose: bool = False  # ask the engine, and break the connection instead of answering
    hold: bool = False  # ask the engine, and never answer
    cut: int | None = None  # break the connection after so many bytes of the answer's body
    mute: bool = False  # answer with the headers, and then with silence, while the engine talks on
    insert: bytes = b""  # a chunk that the engine never sent, first of all
    matched: int = 0
    hits: int = 0
    hit: threading.Event = field(default_factory=threading.Event)  # the fault has happened (for hold: it was done)
    over: threading.Event = field(default_factory=threading.Event)  # let go of everything held

    def takes(self, method: str, path: str) -> bool:
        if self.over.is_set() or method != self.method or not re.search(self.path, path):
            return False
        self.matched += 1
        if self.matched <= self.after or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        return True


class FaultyProxy:
    """A unix socket in ``folder`` that leads to the one at ``upstream``."""

    def __init__(self, upstream: Path, folder: Path):
        self.upstream, self.socket = upstream, folder / "proxy.sock"
        self.url = f"unix://{self.socket}"
        self.seen: list[tuple[str, str]] = []  # every request: method, path without version and query
        self.faults: list[Fault] = []
        self._guard = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None

    def __enter__(self) -> "FaultyProxy":
        self.listen()
        return self

    def __exit__(self, *_) -> None:
        self.mend()
        self.refuse()

    def spoil(self, method: str, path: str, **how) -> Fault:
        fault = Fault(method, path, **how)
        with self._guard:
            self.faults.append(fault)
        return fault

    def mend(self) -> None:
        """Spoil nothing any more, and let go of what was held: those connections break."""
        with self._guard:
            faults, self.faults = self.faults, []
        for fault in faults:
            fault.over.set()

    def count(self, method: str, path: str) -> int:
        """How many requests came that match."""
        with self._guard:
            return sum(m == method and re.search(path, p) is not None for m, p in self.seen)

    def listen(self) -> None:
        self.socket.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.socket))
        self._listener.listen(128)
        threading.Thread(target=self._accept, args=(self._listener,), name="proxy", daemon=True).start()

    def refuse(self) -> None:
        """Accept nobody, and break all that is open. ``listen`` ends it."""
        if self._listener:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # close alone would not wake accept()
            self._listener.close()
        self.break_all()

    def break_all(self) -> None:
        with self._guard:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), name="proxy", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        engine = socket.socket(socket.AF_UNIX)
        with self._guard:
            self._open |= {client, engine}
        with suppress(OSError, EOFError):
            engine.connect(str(self.upstream))
            conversation = _Conversation(client, engine, self._fault)
            while conversation.one_request():
                pass
        with self._guard:
            self._open -= {client, engine}
        for side in (client, engine):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()

    def _fault(self, method: str, path: str) -> Fault | None:
        path = re.sub(r"^/v[\d.]+", "", path)
        with self._guard:
            self.seen.append((method, path.partition("?")[0]))
            return next((f for f in self.faults if f.takes(method, path)), None)


class _Conversation:
    """One client's connection and the engine's end of it."""

    def __init__(self, client: socket.socket, engine: socket.socket, fault: Callable[[str, str], Fault | None]):
        self.client, self.engine, self._fault = _Side(client), _Side(engine), fault

    def one_request(self) -> bool:
        """Pass on one request and its answer. False when the connection is over."""
        head, headers = self.client.head()
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        body = self.client.body(headers) if "content-length" in headers or "transfer-encoding" in headers else b""
        fault = self._fault(method, path)
        if fault is None:
            fault = Fault("", "")
        elif not (fault.hold or fault.mute):
            fault.hit.set()
        if fault.delay:
            fault.over.wait(fault.delay)
        if fault.hang:
            fault.over.wait()
            return False
        if fault.answer is not None:
            self.client.send(_answer(fault.answer))
            return True
        self.engine.send(head + body)
        return self._pass_answer(method, fault)

    def _pass_answer(self, method: str, fault: Fault) -> bool:
        head, headers = self.engine.head()
        status = int(head.split(b" ", 2)[1])
        if method == "HEAD" or status in (204, 304):
            headers = {"content-length": "0"}
        if fault.lose:
            self.engine.body(headers)
            return False
        if fault.hold:
            self.engine.body(headers)
            fault.hit.set()
            fault.over.wait()
            return False
        self.client.send(head)
        if fault.mute:
            fault.hit.set()
            fault.over.wait()
            return False
        if fault.insert:
            self.client.send(b"%x\r\n%s\r\n" % (len(fault.insert), fault.insert))
        if status == 101:
            return self._hijacked()
        left = fault.cut
        for piece in self.engine.pieces(headers):
            if left is not None and len(piece) > left:
                self.client.send(piece[:left])
                return False
            left = left if left is None else left - len(piece)
            self.client.send(piece)
        return "content-length" in headers or "transfer-encoding" in headers

    def _hijacked(self) -> bool:
        back = threading.Thread(target=self.client.pour_into, args=(self.engine,), daemon=True)
        back.start()
        self.engine.pour_into(self.client)
        back.join()
        return False


class _Side:
    """One end of a connection, with what was read of it too early."""

    def __init__(self, end: socket.socket):
        self._end, self._early = end, b""

    def send(self, data: bytes) -> None:
        self._end.sendall(data)

    def head(self) -> tuple[bytes, dict[str, str]]:
        while b"\r\n\r\n" not in self._early:
            self._read()
        head, self._early = self._early.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")[1:]
        return head + b"\r\n\r\n", {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}

    def body(self, headers: dict[str, str]) -> bytes:
        """All of it, as it was sent; of an endless one what has come."""
        return b"".join(self.pieces(headers))

    def pieces(self, headers: dict[str, str]):
        """The body as it was sent (chunks with their frames), piece by piece."""
        if "chunked" in headers.get("transfer-encoding", ""):
            size = None
            while size != 0:
                line = self._take_line()
                size = int(line.partition(b";")[0], 16)
                yield line + self._take(size + 2)
        elif "content-length" in headers:
            left = int(headers["content-length"])
            while left:
                if not self._early:
                    self._read()
                piece, self._early = self._early[:left], self._early[left:]
                left -= len(piece)
                yield piece
        else:
            with suppress(EOFError):
                while True:
                    if not self._early:
                        self._read()
                    piece, self._early = self._early, b""
                    yield piece

    def pour_into(self, other: "_Side") -> None:
        """Until the end, and then tell the other that it is the end."""
        with suppress(OSError, EOFError):
            while True:
                if not self._early:
                    self._read()
                piece, self._early = self._early, b""
                other.send(piece)
        with suppress(OSError):
            other._end.shutdown(socket.SHUT_WR)

    def _take(self, count: int) -> bytes:
        while len(self._early) < count:
            self._read()
        piece, self._early = self._early[:count], self._early[count:]
        return piece

    def _take_line(self) -> bytes:
        while b"\r\n" not in self._early:
            self._read()
        return self._take(self._early.index(b"\r\n") + 2)

    def _read(self) -> None:
        piece = self._end.recv(65536)
        if not piece:
            raise EOFError
        self._early += piece


def _answer(status: int) -> bytes:
    said = b'{"message":"the tests say %d"}' % status
    if status in (204, 304):
        return b"HTTP/1.1 %d Said\r\n\r\n" % status
    return (b"HTTP/1.1 %d Said\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(said), said))

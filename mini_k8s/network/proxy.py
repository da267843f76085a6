"""Chapter 6: who takes a connection to a pod that is there?

Somebody listens on every address of a service, and each new connection is taken to an endpoint that ``pick_endpoint``
chooses. It stays with that one until it ends: what is balanced are connections, not requests. An endpoint that has left
gets no new ones, and keeps those that it has. Upstream: ``pkg/proxy``, which lets the kernel rewrite addresses instead
(``iptables``, ``nftables``), and chooses at random; this is how its first, "userspace" mode worked.
Left out: SCTP, zones, firewalls.
"""

import asyncio
import contextlib
import random
import socket
import struct
import time
from collections.abc import Callable, Sequence

from mini_k8s.network import Endpoint
from mini_k8s.network.datagrams import Datagrams

DIAL = 2.0  # seconds for one try to reach an endpoint
FULL = 1 << 16  # bytes that may wait to be sent before the other side is not read any more


def pick_endpoint(endpoints: Sequence[Endpoint], turn: int) -> Endpoint | None:
    """Who gets the connection with this number?

    endpoints   an ``Endpoint(ip, port, ready)`` for each pod, always in the same order as
                long as none comes or goes
    turn        0 for the first connection, then 1, 2, 3 …

    Only those that are ready count. Any n turns in a row visit each of n ready endpoints once.
    Remember nothing between two calls, and leave ``endpoints`` as it is: the same arguments
    give the same answer. Return None when nobody is ready.

    >>> pick_endpoint([Endpoint("10.9.0.4", 80, True), Endpoint("10.9.0.5", 80, False)], 7)
    Endpoint(ip='10.9.0.4', port=80, ready=True)
    """
    ready = [endpoint for endpoint in endpoints if endpoint.ready]
    return ready[turn % len(ready)] if ready else None


class Service:
    """One address and port of a service: where it leads, and what has come of it.

    sticky   seconds for which a client stays with the endpoint that it had last; 0: it does not
    """

    def __init__(self, ip: str, port: int, protocol: str, title: str, sticky: float = 0.0):
        self.ip, self.port, self.protocol, self.title, self.sticky = ip, port, protocol, title, sticky
        self.endpoints: tuple[Endpoint, ...] = ()
        self.turn = self.failed = 0  # connections so far; those that reached nobody
        self.served: dict[str, int] = {}  # "ip:port" of an endpoint -> connections that it got
        self.trouble = ""  # why nobody listens there, or what the last choice raised
        self.listener: asyncio.base_events.Server | asyncio.DatagramTransport | None = None
        self._last: dict[str, tuple[Endpoint, float]] = {}  # client -> the endpoint it had, and when

    def choices(self, client: str, pick: Callable, now: float) -> list[Endpoint]:
        """Whom to try, in order: first the one that is chosen, then the others that are ready."""
        ready = [endpoint for endpoint in self.endpoints if endpoint.ready]
        if self.sticky and (had := self._last.get(client)) and had[0] in ready and now - had[1] < self.sticky:
            chosen = had[0]
        else:
            chosen, self.turn = self._picked(pick, ready), self.turn + 1
        if chosen is None:
            return []
        others = [endpoint for endpoint in ready if endpoint is not chosen]
        random.shuffle(others)
        return [chosen, *others]

    def _picked(self, pick: Callable, ready: list[Endpoint]) -> Endpoint | None:
        """Whom ``pick`` chooses; chance does where it raises, or names somebody who is not there."""
        try:
            chosen = pick(self.endpoints, self.turn)
            if chosen is None or chosen in self.endpoints:
                self.trouble = ""
                return chosen
            self.trouble = f"pick_endpoint gave {chosen!r:.80}, which is none of its endpoints"
        except BaseException as error:  # it is somebody's own code, and traffic has to go on
            self.trouble = where(error)
        return random.choice(ready) if ready else None

    def took(self, client: str, endpoint: Endpoint, now: float) -> None:
        """A connection of this client was taken there."""
        name = f"{endpoint.ip}:{endpoint.port}"
        self.served[name] = self.served.get(name, 0) + 1
        if self.sticky:
            self._last[client] = endpoint, now
            if len(self._last) > 10_000:
                self._last = {who: had for who, had in self._last.items() if now - had[1] < self.sticky}


def where(error: BaseException) -> str:
    """What was raised, and in which line of a learner's own code."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f"{type(error).__name__}: {error}" + (f" (line {last.tb_lineno})" if last is not None else "")


class Proxy:
    """All services that are listened on. Its methods are called by the thread of its loop only."""

    def __init__(self) -> None:
        self.services: dict[str, Service] = {}  # "10.9.8.7:80/TCP" -> the service
        self.pick: Callable = pick_endpoint

    async def serve(self, at: str, title: str, sticky: float = 0.0) -> str:
        """Listen on ``at``, and wait until that is so. Returns why that cannot be; empty when it is."""
        address, _, protocol = at.partition("/")
        ip, _, port = address.rpartition(":")
        had = self.services.get(at)
        if had is not None:
            had.title, had.sticky = title, sticky
            return ""
        service = self.services[at] = Service(ip, int(port), protocol, title, sticky)
        loop = asyncio.get_running_loop()
        try:
            if protocol == "UDP":
                service.listener, _ = await loop.create_datagram_endpoint(
                    lambda: Datagrams(self, service), sock=_socket(ip, int(port), socket.SOCK_DGRAM))
            elif protocol == "TCP":
                service.listener = await loop.create_server(
                    lambda: Client(self, service), sock=_socket(ip, int(port), socket.SOCK_STREAM), backlog=1024)
            else:
                raise OSError(f"{protocol} is not carried here")
        except OSError as error:
            self.services.pop(at, None)
            return f"nobody can listen on {at}: {error.strerror or error}"
        return ""

    def end(self, at: str) -> None:
        """Listen there no more. Connections that are open stay."""
        service = self.services.pop(at, None)
        if service is not None and service.listener is not None:
            service.listener.close()

    def lead(self, at: str, endpoints: Sequence[Endpoint]) -> None:
        """From now on it leads to these."""
        if service := self.services.get(at):
            service.endpoints = tuple(endpoints)

    def close(self) -> None:
        for at in [*self.services]:
            self.end(at)


class Pipe(asyncio.Protocol):
    """One side of a connection. What comes is written to the other; who is too fast waits."""

    def __init__(self, other: "Pipe | None" = None):
        self.transport: asyncio.Transport | None = None
        self.other = other

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.set_write_buffer_limits(high=FULL)

    def data_received(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        """It has said all that it has to say; the other may still answer."""
        if self.other is not None and self.other.transport is not None and self.other.transport.can_write_eof():
            if not self.other.transport.is_closing():
                self.other.transport.write_eof()
            return True
        return False

    def connection_lost(self, error: Exception | None) -> None:
        other, self.other = self.other, None
        if other is not None and other.transport is not None:
            other.other = None
            if error is not None:
                _reset(other.transport)  # the other side hears that it broke
            else:
                other.transport.close()

    def pause_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()


class Client(Pipe):
    """Somebody who has called a service."""

    def __init__(self, proxy: Proxy, service: Service):
        super().__init__()
        self.proxy, self.service, self.task = proxy, service, None
        self.early: list[bytes] = []  # what was said before somebody was there to listen
        self.silent = False  # and then it had said all

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.task = asyncio.get_running_loop().create_task(self._connect())

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            super().data_received(data)
            return
        self.early.append(data)
        self.transport.pause_reading()

    def eof_received(self) -> bool:
        if self.task is None:
            return super().eof_received()
        self.silent = True
        return True

    def connection_lost(self, error: Exception | None) -> None:
        if self.task is not None:
            self.task.cancel()
        super().connection_lost(error)

    async def _connect(self) -> None:
        service, now = self.service, time.monotonic()
        peer = self.transport.get_extra_info("peername")
        client = peer[0] if peer else ""
        for endpoint in service.choices(client, self.proxy.pick, now):
            try:
                _, other = await asyncio.wait_for(asyncio.get_running_loop().create_connection(
                    lambda: Pipe(self), endpoint.ip, endpoint.port), DIAL)  # it may speak first
            except OSError:
                continue  # it has left, and nobody has told us yet
            service.took(client, endpoint, now)
            if self.transport.is_closing():
                other.transport.close()
                return
            self.task, self.other = None, other
            for data in self.early:
                other.transport.write(data)
            self.early.clear()
            if self.silent:
                other.transport.write_eof()
            self.transport.resume_reading()
            return
        self.task = None
        service.failed += 1
        _reset(self.transport)  # as from a port on which nobody listens


def _reset(transport: asyncio.Transport) -> None:
    """End a connection so that the other side takes it for no good end."""
    made = transport.get_extra_info("socket")
    if made is not None:
        with contextlib.suppress(OSError):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _socket(ip: str, port: int, kind: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, kind)
    try:
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setblocking(False)
        made.bind((ip, port))
    except OSError:
        made.close()
        raise
    return made

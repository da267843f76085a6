"""How does a service on UDP know who is talking? There are no connections, only datagrams that come from somewhere.

A client that goes on talking stays with the endpoint that it had, as long as that is there. Upstream: the connection
tracking of the kernel, which ``pkg/proxy`` relies on.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from mini_k8s.network import Endpoint

if TYPE_CHECKING:
    from mini_k8s.network.proxy import Proxy, Service

IDLE = 60.0  # seconds after which a client that says nothing is forgotten


class Datagrams(asyncio.DatagramProtocol):
    """A service on UDP."""

    def __init__(self, proxy: "Proxy", service: "Service"):
        self.proxy, self.service = proxy, service
        self.transport: asyncio.DatagramTransport | None = None
        self.flows: dict[tuple, Flow] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, client: tuple) -> None:
        now, flow = time.monotonic(), self.flows.get(client)
        if flow is None or flow.endpoint not in self.service.endpoints or now - flow.last > IDLE:
            chosen = self.service.choices(client[0], self.proxy.pick, now)
            if not chosen:
                self.service.failed += 1
                return
            self._forget(now)
            flow = self.flows[client] = Flow(self, client, chosen[0])
            self.service.took(client[0], chosen[0], now)
        flow.send(data, now)

    def connection_lost(self, error: Exception | None) -> None:
        self._forget(float("inf"))

    def _forget(self, now: float) -> None:
        for client, flow in [*self.flows.items()]:
            if now - flow.last > IDLE:
                flow.close()
                del self.flows[client]


class Flow(asyncio.DatagramProtocol):
    """What one client says to one endpoint, and what it is answered."""

    def __init__(self, home: Datagrams, client: tuple, endpoint: Endpoint):
        self.home, self.client, self.endpoint, self.last = home, client, endpoint, 0.0
        self.transport: asyncio.DatagramTransport | None = None
        self.waiting: list[bytes] = []
        self.task = asyncio.get_running_loop().create_task(asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, remote_addr=(endpoint.ip, endpoint.port)))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        for data in self.waiting:
            transport.sendto(data)
        self.waiting.clear()

    def send(self, data: bytes, now: float) -> None:
        self.last = now
        if self.transport is not None:
            self.transport.sendto(data)
        elif len(self.waiting) < 64:
            self.waiting.append(data)

    def datagram_received(self, data: bytes, sender: tuple) -> None:
        self.last = time.monotonic()
        self.home.transport.sendto(data, self.client)

    def error_received(self, error: Exception) -> None:
        """Nobody is there any more: the next word finds another endpoint."""
        self.last = 0.0

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()
        else:
            self.task.cancel()

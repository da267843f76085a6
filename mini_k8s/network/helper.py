"""The program in the cluster's own small container: the proxy and the DNS server, told what to do line by line.

It is started as root with a few rights, makes all addresses of services its own (one route), and gives up what it does
not need any more. Then it listens on its loopback, where only who may run a command in this container reaches it. Each
message is a line of JSON, and so is each answer. It goes on when nobody talks to it: a cluster whose control plane is
away still serves. Upstream: ``kube-proxy`` and CoreDNS, a pod each.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import secrets
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable

from mini_k8s.network import Endpoint
from mini_k8s.network.dns import Names, Server, upstream_of
from mini_k8s.network.proxy import Proxy, pick_endpoint
from mini_k8s.network.table import Table

CONTROL = 7777  # the port on its loopback on which it is told
SLOW = 0.1  # seconds that somebody's pick_endpoint may take
_LONGEST = 64 << 20  # bytes of one message


class Helper:
    """Proxy, DNS and their table, and who may change it: whoever connected last."""

    def __init__(self, table: Table, dns: "Server | None" = None):
        self.table, self.dns, self.boot = table, dns, secrets.token_hex(4)
        self._turn = asyncio.Lock()
        self._newest: asyncio.StreamWriter | None = None

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session, until it ends or a newer one begins."""
        if self._newest is not None:
            self._newest.close()
        self._newest = writer
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            while line := await reader.readline():
                if self._newest is not writer:
                    break
                writer.write(json.dumps(await self.answer(json.loads(line))).encode() + b"\n")
                await writer.drain()
        writer.close()

    async def answer(self, said: dict) -> dict:
        """Do what a message says; always tell how things stand."""
        async with self._turn:
            add, remove = said.get("add", ()), said.get("remove", ())
            if "lines" in said:  # all of them
                wished = set(said["lines"])
                add, remove = sorted(wished - self.table.lines), sorted(self.table.lines - wished)
            failed = await self.table.change(add, remove)
        answer = {"boot": self.boot, "failed": failed}
        if "pick" in said:
            answer["problem"] = self._pick(said["pick"])
        if said.get("counts"):
            answer["asked"] = self.dns.asked if self.dns else 0
            answer["services"] = {at: {"title": one.title, "turn": one.turn, "failed": one.failed,
                                       "served": one.served, "trouble": one.trouble}
                                  for at, one in self.table.proxy.services.items()}
        return answer

    def _pick(self, source: str) -> str:
        """Let somebody's own pick_endpoint choose; ours where ``source`` is empty. Returns what is wrong with it."""
        if not source:
            self.table.proxy.pick = pick_endpoint
            return ""
        names = {"Endpoint": Endpoint, "__name__": "pick_endpoint"}
        try:
            limited(lambda: exec(compile(source, "<pick_endpoint>", "exec"), names))()
            self.table.proxy.pick = limited(names["pick_endpoint"])
        except BaseException as error:
            return f"{type(error).__name__}: {error}"
        return ""


def limited(function: Callable) -> Callable:
    """The same function, which raises TimeoutError where it takes too long. For the main thread only."""
    def stop(*_) -> None:
        raise TimeoutError(f"it did not end within {SLOW:g} s")

    def call(*args):
        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, SLOW, SLOW)  # again and again, for who catches it
        try:
            return function(*args)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    return call if threading.current_thread() is threading.main_thread() else function


async def main(services: str, dns: str) -> None:
    own_addresses(services)
    table, server = Table(Proxy(), Names()), None
    with open("/etc/resolv.conf", encoding="utf-8") as file:
        server = Server(table.names, upstream_of(file.read()))
    await server.listen(dns)
    drop_rights()
    helper = Helper(table, server)
    control = await asyncio.start_server(helper.talk, "127.0.0.1", CONTROL, limit=_LONGEST)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print("ready", flush=True)
    await stop.wait()
    control.close()


def own_addresses(network: str) -> None:
    """Make every address of ``network`` ("10.9.8.0/21") one of this machine's: ``ip route add local NETWORK dev lo``,
    as one message of rtnetlink(7)."""
    address, _, bits = network.partition("/")
    rtmsg = struct.pack("BBBBBBBBI", socket.AF_INET, int(bits), 0, 0, 255, 3, 254, 2, 0)  # table local, static, host
    attributes = b"".join(struct.pack("HH4s", 8, kind, data) for kind, data in (
        (1, socket.inet_aton(address)), (4, struct.pack("i", socket.if_nametoindex("lo")))))  # RTA_DST, RTA_OIF
    body = rtmsg + attributes
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
        link.settimeout(5)
        link.send(struct.pack("IHHII", 16 + len(body), 24, 0x0605, 1, 0) + body)  # RTM_NEWROUTE, create, acknowledge
        error = -struct.unpack("i", link.recv(4096)[16:20])[0]
    if error not in (0, 17):  # it is there already
        raise OSError(error, os.strerror(error))


def drop_rights() -> None:
    """Keep nothing but the right to listen on small ports, for good."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("Ii", 0x20080522, 0)
    small = 1 << 10
    libc.capset(header, struct.pack("6I", small, small, 0, 0, 0, 0))
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))

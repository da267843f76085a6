"""Which names and addresses are one program's alone, on a machine that belongs to everybody?

The kernel keeps the books: an abstract Unix socket has a name that one program can hold at a time, and that is free
when its holder is gone, however it went. Nothing has to be cleaned up, and others can ask who holds it.
"""

import random
import socket
import struct
from collections import deque

from mini_k8s.errors import Conflict


class Claims:
    """Names that one program on this machine can hold at a time, in the kernel: abstract Unix sockets."""

    def __init__(self):
        self._held: dict[str, socket.socket] = {}

    def take(self, name: str) -> bool:
        """Hold the name until it is released or this program ends. False when another program has it."""
        if name in self._held:
            return True
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0mini-k8s/{name}")
        except OSError:
            claim.close()
            return False
        claim.listen()  # so that others can ask who holds it
        self._held[name] = claim
        return True

    def release(self, name: str) -> None:
        claim = self._held.pop(name, None)
        if claim:
            claim.close()

    def release_all(self) -> None:
        for name in list(self._held):
            self.release(name)

    @staticmethod
    def holder(name: str) -> int | None:
        """The process that holds the name; None when nobody does, or it cannot be told."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(1)
            try:
                asking.connect(f"\0mini-k8s/{name}")
                return struct.unpack("3i", asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
            except OSError:
                return None


class Addresses:
    """Loopback addresses that nobody else uses. One that is given back is used again as late as possible."""

    def __init__(self, names: Claims):
        self._names, self._free = names, deque()

    def take(self) -> str:
        if not self._free:
            block = self.block()
            self._free.extend(f"{block}.{last}" for last in range(1, 255))
        return self._free.popleft()

    def give_back(self, address: str) -> None:
        self._free.append(address)

    def block(self) -> str:
        """The first three numbers of addresses that nobody else uses, for a whole cluster's services."""
        for _ in range(1000):
            block = f"127.{random.randint(64, 126)}.{random.randint(0, 255)}"
            if self._names.take(f"addresses/{block}"):
                return block
        raise Conflict("no block of loopback addresses is free. End other programs of this workshop first.")

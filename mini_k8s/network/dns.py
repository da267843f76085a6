"""Chapter 6: how does a name become an address?

A small DNS server that knows the names of the cluster, and asks others for the rest. ``table.py`` says which there are.
Upstream: CoreDNS with its ``kubernetes`` plugin, and the specification
"Kubernetes DNS-Based Service Discovery". The format of messages is RFC 1035's. Left out: zone transfers, caching of
what others say, IPv6 addresses (asked for one, a name that is there has none).
"""

import asyncio
import struct
from collections.abc import Sequence

ZONE = "cluster.local"
TTL = 5  # seconds for which an answer may be kept, as CoreDNS has it
A, CNAME, SOA, PTR, TXT, AAAA, SRV, ANY = 1, 5, 6, 12, 16, 28, 33, 255
TYPES = {"A": A, "CNAME": CNAME, "PTR": PTR, "TXT": TXT, "SRV": SRV}
_FAILED, _NO_SUCH_NAME, _NOT_DONE, _REFUSED = 2, 3, 4, 5
_UDP = 512  # bytes of an answer, unless the asker takes more
_PATIENCE = 3.0  # seconds for others' answers


class Names:
    """What is known: name (in small letters, without the last dot) -> its records, as (type, words)."""

    def __init__(self, zones: Sequence[str] = (ZONE, "in-addr.arpa")):
        self.zones = tuple(zones)
        self._records: dict[str, list[tuple[str, str]]] = {}
        self._above: dict[str, int] = {}  # names that have others below them, and how many

    def add(self, name: str, type: str, words: str) -> None:
        if name not in self._records:
            for parent in _parents(name):
                self._above[parent] = self._above.get(parent, 0) + 1
        self._records.setdefault(name, []).append((type, words))

    def remove(self, name: str, type: str, words: str) -> None:
        found = self._records.get(name, [])
        if (type, words) in found:
            found.remove((type, words))
            if not found:
                del self._records[name]
                for parent in _parents(name):
                    self._above[parent] -= 1
                    if not self._above[parent]:
                        del self._above[parent]

    def find(self, name: str) -> list[tuple[str, str]] | None:
        """Its records; empty where the name is there and has none of its own; None where there is no such name."""
        found = self._records.get(name)
        if found is not None:
            return found
        if pod := _pod(name):
            return [("A", pod)]
        return [] if name in self._above or name in self.zones else None

    def is_ours(self, name: str) -> bool:
        """Is it ours to answer? Addresses turned into names are where one is known."""
        if name.endswith(".in-addr.arpa"):
            return name in self._records
        return any(name == zone or name.endswith(f".{zone}") for zone in self.zones)


def answer(names: Names, query: bytes, most: int = _UDP) -> bytes | None:
    """The answer to a message, or None where somebody else has to be asked. Raises ValueError for no question."""
    id, flags, questions, _, _, extra = struct.unpack("!6H", query[:12].ljust(12, b"\0"))
    if len(query) < 12 or flags & 0x8000:
        raise ValueError("this is no question")
    if flags >> 11 & 15 or questions != 1:
        return _message(id, flags, b"", [], _NOT_DONE)
    name, end = _read_name(query, 12)
    type, family = struct.unpack("!HH", query[end:end + 4])
    question = query[12:end + 4]
    most = max(most, _takes(query, end + 4, extra)) if most == _UDP else most
    lower = name.lower()
    if not names.is_ours(lower) or family != 1:
        return None
    found = names.find(lower)
    records = [(b"\xc0\x0c", kind, words) for kind, words in found or ()
               if type in (TYPES[kind], ANY) or kind == "CNAME"]
    alias = next((words for _, kind, words in records if kind == "CNAME"), "")
    if alias and names.is_ours(alias.lower()):
        records += [(_name(alias), kind, words) for kind, words in names.find(alias.lower()) or ()
                    if type in (TYPES[kind], ANY)]
    elif alias and type != CNAME:
        return None  # it leads out of the cluster: the whole answer needs others
    packed = [_record(owner, kind, words) for owner, kind, words in records]
    message = _message(id, flags, question, packed, 0 if found is not None else _NO_SUCH_NAME)
    if len(message) <= most:
        return message
    return _message(id, flags, question, [], 0, cut=True)  # ask again by TCP


def alias_of(names: Names, query: bytes) -> str:
    """The name outside the cluster that the name asked for is another word for; empty where there is none."""
    name, _ = _read_name(query, 12)
    return next((words for kind, words in names.find(name.lower()) or () if kind == "CNAME"), "")


def ask_for(query: bytes, name: str) -> bytes:
    """The same question about another name."""
    _, end = _read_name(query, 12)
    return query[:10] + b"\0\0" + _name(name) + query[end:end + 4]


def aliased(query: bytes, alias: str, answered: bytes) -> bytes:
    """The answer to ``query``, made from what others answered about its alias."""
    id, flags = struct.unpack("!HH", query[:4])
    _, end = _read_name(query, 12)
    records, at = [_record(b"\xc0\x0c", "CNAME", alias)], 12
    _, at = _read_name(answered, at)
    at += 4
    for _ in range(struct.unpack("!H", answered[6:8])[0]):
        owner, at = _read_name(answered, at)
        type, family, ttl, size = struct.unpack("!HHIH", answered[at:at + 10])
        data = answered[at + 10:at + 10 + size]
        if type in (CNAME, PTR):
            data = _name(_read_name(answered, at + 10)[0])
        at += 10 + size
        records.append(_name(owner) + struct.pack("!HHIH", type, family, ttl, len(data)) + data)
    return _message(id, flags, query[12:end + 4], records, answered[3] & 15)


def failure(query: bytes) -> bytes:
    """'I cannot say': the answer when nobody else can be asked."""
    id, flags = struct.unpack("!HH", query[:4])
    return _message(id, flags, query[12:], [], _FAILED, ours=False)


class Server(asyncio.DatagramProtocol):
    """Answers what comes by UDP and TCP.

    upstream   addresses of other servers, asked one after the other for what is not ours
    """

    def __init__(self, names: Names, upstream: Sequence[str]):
        self.names, self.upstream, self.asked = names, list(upstream), 0
        self.transport: asyncio.DatagramTransport | None = None
        self._tasks: set[asyncio.Task] = set()

    async def listen(self, ip: str, port: int = 53) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(ip, port))
        await asyncio.start_server(self._talk, ip, port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, query: bytes, client: tuple) -> None:
        self.asked += 1
        try:
            found = answer(self.names, query)
        except (ValueError, struct.error, IndexError):
            return  # not worth an answer
        if found is not None:
            self.transport.sendto(found, client)
        elif len(self._tasks) < 1000:
            task = asyncio.get_running_loop().create_task(self._pass_on(query, client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, query: bytes, client: tuple) -> None:
        self.transport.sendto(await self.outside(query), client)

    async def outside(self, query: bytes) -> bytes:
        """What others say."""
        alias = alias_of(self.names, query)
        sent = ask_for(query, alias) if alias else query
        for server in self.upstream:
            try:
                said = await asyncio.wait_for(_ask(server, sent), _PATIENCE)
                return aliased(query, alias, said) if alias else said
            except (OSError, ValueError, struct.error, IndexError):
                continue
        return failure(query)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                size = struct.unpack("!H", await asyncio.wait_for(reader.readexactly(2), 30))[0]
                query = await asyncio.wait_for(reader.readexactly(size), 30)
                self.asked += 1
                said = answer(self.names, query, 65535) or await self.outside(query)
                writer.write(struct.pack("!H", len(said)) + said)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, ValueError, struct.error, IndexError):
            pass
        finally:
            writer.close()


class _Answer(asyncio.DatagramProtocol):
    def __init__(self, query: bytes, said: asyncio.Future):
        self.query, self.said = query, said

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.sendto(self.query)

    def datagram_received(self, data: bytes, server: tuple) -> None:
        if data[:2] == self.query[:2] and not self.said.done():
            self.said.set_result(data)

    def error_received(self, error: Exception) -> None:
        if not self.said.done():
            self.said.set_exception(error)


async def _ask(server: str, query: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    said = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Answer(query, said), remote_addr=(server, 53))
    try:
        return await said
    finally:
        transport.close()


def upstream_of(resolv_conf: str) -> list[str]:
    """The servers that a resolv.conf names."""
    lines = [line.split() for line in resolv_conf.splitlines()]
    return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]


def reverse(ip: str) -> str:
    """The name under which DNS keeps what an address is called."""
    return ".".join(reversed(ip.split("."))) + ".in-addr.arpa"


def _pod(name: str) -> str:
    """The address that a pod's name '10-9-0-4.default.pod.cluster.local' holds; empty for other names."""
    parts = name.split(".")
    if len(parts) != 5 or parts[2:] != ["pod", *ZONE.split(".")]:
        return ""
    numbers = parts[0].split("-")
    good = len(numbers) == 4 and all(n.isdecimal() and int(n) < 256 for n in numbers)
    return ".".join(numbers) if good else ""


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[i:]) for i in range(1, len(parts))]


def _message(id: int, flags: int, question: bytes, records: Sequence[bytes], code: int, ours: bool = True,
             cut: bool = False) -> bytes:
    """An answer: what was asked comes back, with the asker's own kind of question and wish for more (RD)."""
    said = 0x8080 | flags & 0x7900 | (0x0400 if ours else 0) | (0x0200 if cut else 0) | code
    return struct.pack("!6H", id, said, 1 if question else 0, len(records), 0, 0) + question + b"".join(records)


def _record(owner: bytes, kind: str, words: str) -> bytes:
    if kind == "A":
        data = bytes(map(int, words.split(".")))
    elif kind == "SRV":
        priority, weight, port, target = words.split(" ")
        data = struct.pack("!3H", int(priority), int(weight), int(port)) + _name(target)
    elif kind == "TXT":
        data = bytes([len(words)]) + words.encode()
    else:
        data = _name(words)
    return owner + struct.pack("!HHIH", TYPES[kind], 1, TTL, len(data)) + data


def _name(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.strip(".").split(".") if part) + b"\0"


def _read_name(message: bytes, at: int) -> tuple[str, int]:
    """A name, and where it ends. Raises ValueError, and IndexError where the message ends before the name does."""
    parts, end, jumps = [], 0, 0
    while size := message[at]:
        if size & 0xC0 == 0xC0:
            end, jumps = end or at + 2, jumps + 1
            if jumps > 20:
                raise ValueError("a name that leads in a circle")
            at = (size & 0x3F) << 8 | message[at + 1]
            continue
        if size > 63:
            raise ValueError("a part of a name that is too long")
        parts.append(message[at + 1:at + 1 + size].decode("ascii", "replace"))
        at += 1 + size
    return ".".join(parts), end or at + 1


def _takes(query: bytes, at: int, extra: int) -> int:
    """How many bytes the asker takes by UDP, as its OPT record says (RFC 6891)."""
    if extra and query[at:at + 3] == b"\0\0\x29":
        return min(4096, max(_UDP, struct.unpack("!H", query[at + 3:at + 5])[0]))
    return _UDP

"""Which network are the pods of a cluster on? One that is made with the first pod.

Pods on two bridges could not reach each other, so all of a cluster share one. Of its addresses the engine gives pods
the lower half; the upper half is for services, which nobody but the cluster gives away (``ip-range`` keeps the engine
from it). Subnets are chosen here, for an engine has room for only about 30 of its own choice.
"""

import hashlib
import threading
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from mini_k8s.errors import Forbidden, ServiceUnavailable, StatusError
from mini_k8s.runtimes import labels
from mini_k8s.runtimes.engine import Engine

POOL = IPv4Network("10.192.0.0/10")  # out of which clusters take theirs
BITS = 20  # of a cluster's subnet: 2,046 pods, and as many services
_ROUTES = Path("/proc/net/route")


class PodNetwork:
    """The network of one cluster's pods."""

    def __init__(self, engine: Engine, cluster: str, owner: str):
        self._engine, self._cluster, self._owner = engine, cluster, owner
        self._lock = threading.Lock()
        self._id, self._subnet = "", IPv4Network("0.0.0.0/32")
        self._wished: IPv4Network | None = None  # what it should have, if nobody else does

    def id(self, anew: bool = False) -> str:
        """Its id; the engine is asked once, or when it is to be found ``anew``. Raises ServiceUnavailable."""
        with self._lock:
            if anew or not self._id:
                self._id, self._subnet = self._find() or self._make()
            return self._id

    def wish(self, address: str) -> None:
        """If it is made anew, it is to have this address, because a service has it."""
        if IPv4Address(address) in POOL:
            self._wished = IPv4Network(f"{address}/{BITS}", strict=False)

    @property
    def subnet(self) -> IPv4Network:
        """All its addresses."""
        self.id()
        return self._subnet

    @property
    def services(self) -> IPv4Network:
        """Those that services may have."""
        return [*self.subnet.subnets(1)][1]

    @property
    def helper(self) -> IPv4Address:
        """The one that the cluster's own helper has: the last but the broadcast's."""
        return self.services[-2]

    def _find(self) -> tuple[str, IPv4Network] | None:
        found = self._engine.call("networks", filters=labels.of_cluster(self._cluster))
        return (found[0]["Id"], _subnet(found[0])) if found else None

    def _make(self) -> tuple[str, IPv4Network]:
        taken = [*_taken(self._engine)]
        for subnet in self._candidates():
            if any(subnet.overlaps(other) for other in taken):
                continue
            pods = next(subnet.subnets(1))
            try:
                id = self._engine.call(
                    "create_network", f"{self._cluster}.pods", check_duplicate=True,
                    ipam={"Driver": "default", "Config": [{"Subnet": str(subnet), "IPRange": str(pods),
                                                           "Gateway": str(subnet[1])}]},
                    labels={labels.CLUSTER: self._cluster, labels.OWNER: self._owner})["Id"]
                return id, subnet
            except StatusError as error:  # somebody was faster, or the engine knows more of this machine than we
                if not isinstance(error, Forbidden | ServiceUnavailable) or not _is_overlap(error):
                    raise
        raise ServiceUnavailable(f"the engine has no room for another network in {POOL}. See which clusters are there "
                                 "with `mini-k8s status`, and remove one: mini-k8s down --name NAME")

    def _candidates(self) -> Iterator[IPv4Network]:
        """Where to look: first where it was, then somewhere that is this name's own, then from there on."""
        if self._wished is not None:
            yield self._wished
        count = 2 ** (BITS - POOL.prefixlen)
        start = int.from_bytes(hashlib.sha256(self._cluster.encode()).digest()[:4], "big")
        size = 2 ** (32 - BITS)
        for n in range(count):
            yield IPv4Network((int(POOL[0]) + (start + n) % count * size, BITS))


def _subnet(network: dict) -> IPv4Network:
    config = ((network.get("IPAM") or {}).get("Config") or [{}])[0]
    return IPv4Network(config.get("Subnet") or "0.0.0.0/32")


def _taken(engine: Engine) -> Iterator[IPv4Network]:
    """What other networks of the engine have, and, where it is this machine's, what its routes lead to."""
    for network in engine.call("networks"):
        for config in (network.get("IPAM") or {}).get("Config") or ():
            if "." in (config.get("Subnet") or ""):
                yield IPv4Network(config["Subnet"], strict=False)
    if _ROUTES.exists():
        for line in _ROUTES.read_text().splitlines()[1:]:
            target, mask = (IPv4Address(int.from_bytes(bytes.fromhex(line.split()[i])[::-1], "big")) for i in (1, 7))
            if int(mask):
                yield IPv4Network(f"{target}/{mask}")


def _is_overlap(error: StatusError) -> bool:
    return any(words in str(error) for words in ("overlap", "conflicts with network", "address pool"))

"""Who carries connections and names, on this runtime?

Somebody who takes ``helper.Helper``'s messages. On Docker it is a container of the cluster's own, which serves on while
the control plane is away; on processes, and for ports of this machine, a thread of this program; where nothing really
runs, nobody, and the table is all there is.
"""

import asyncio
import hashlib
import io
import tarfile
import threading
import time
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network
from pathlib import Path
from typing import Protocol

from mini_k8s import errors
from mini_k8s.network.addresses import DNS
from mini_k8s.network.dns import Names
from mini_k8s.network.helper import CONTROL, Helper
from mini_k8s.network.proxy import Proxy
from mini_k8s.network.table import Table
from mini_k8s.runtimes import Runtime, labels
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.docker_talk import Talk
from mini_k8s.runtimes.images import NETWORK, prepare

# Modules of this package that go into the container.
_SHIPPED = ("__init__", "proxy", "datagrams", "dns", "table", "helper")
_MEMORY, _PIDS = 128 << 20, 64
_BEGINS = 10.0  # seconds in which the program in the container has to listen
SIMULATED = IPv4Network("10.96.0.0/12")  # Kubernetes' own default


class Carrier(Protocol):
    """Carries lines of the table."""

    @property
    def range(self) -> IPv4Network:
        """The addresses that services may have. May ask an engine. Raises StatusError."""

    @property
    def dns(self) -> str:
        """The address of the cluster's DNS server; empty where there is none."""

    def ask(self, said: dict) -> dict:
        """Give a message of ``helper.Helper``, and return the answer. May block; raises StatusError."""

    def close(self) -> None:
        """Talk no more. What goes on by itself goes on."""


def carrier_for(runtime: Runtime, had: Iterable[str] = ()) -> Carrier:
    """The one of this runtime. ``had`` are addresses that services have already, from an earlier life."""
    if isinstance(runtime, DockerRuntime):
        for address in had:
            runtime.network.wish(address)
        return InContainer(runtime)
    return InThread(runtime.services) if runtime.name == "process" else Nobody()


class Nobody:
    """Keeps the table, and carries nothing."""

    range, dns = SIMULATED, ""

    def __init__(self) -> None:
        self.lines: set[str] = set()

    def ask(self, said: dict) -> dict:
        if "lines" in said:
            self.lines = set(said["lines"])
        self.lines = self.lines - set(said.get("remove", ())) | set(said.get("add", ()))
        return {"boot": "", "failed": {}, "problem": "", "services": {}}

    def close(self) -> None:
        """Nothing to end."""


class InThread:
    """In a thread of this program, with which it ends.

    range   gives the addresses that services may have
    """

    dns = ""  # a process has the resolver of its machine

    def __init__(self, range: Callable[[], IPv4Network]):
        self._range, self._loop = range, None
        self._helper = Helper(Table(Proxy(), Names()), None)
        self._turn = threading.Lock()

    @property
    def range(self) -> IPv4Network:
        return self._range()

    def ask(self, said: dict) -> dict:
        with self._turn:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(self._helper.answer(said), self._loop).result(30)

    def close(self) -> None:
        with self._turn:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._helper.table.proxy.close)
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._loop = None


class InContainer:
    """In the cluster's own helper container, which is made when it is not there, and anew when it does not answer."""

    def __init__(self, runtime: DockerRuntime):
        self.runtime, self.engine, self.network = runtime, runtime.engine, runtime.network
        self._turn, self._talk = threading.Lock(), None

    @property
    def range(self) -> IPv4Network:
        return self.network.services

    @property
    def dns(self) -> str:
        return str(self.range[DNS])

    def ask(self, said: dict) -> dict:
        with self._turn:
            if self._talk is None:
                self._talk = self._open()
            try:
                return self._talk.ask(said)
            except errors.StatusError:
                self._talk = None
                raise

    def close(self) -> None:
        with self._turn:
            if self._talk is not None:
                self._talk.close()
            self._talk = None

    def _open(self) -> Talk:
        """Talk with a helper that answers: the one that is there, else a new one."""
        found = self._find()
        if found is not None and found["State"] == "running" and found["Labels"].get(labels.SPEC) == self._version():
            talk = Talk(self.engine, found["Id"], CONTROL)
            try:
                talk.ask({}, within=2.0)
                return talk
            except errors.StatusError:
                talk.close()
        if found is not None:
            self.engine.call("remove_container", found["Id"], force=True)
        id = self._make()
        until = time.monotonic() + _BEGINS
        while True:
            talk = Talk(self.engine, id, CONTROL)
            try:
                talk.ask({}, within=2.0)
                return talk
            except errors.StatusError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _find(self) -> dict | None:
        mine = labels.of_cluster(self.runtime.cluster)["label"]
        found = self.engine.call("containers", all=True, filters={"label": [*mine, f"{labels.KIND}=helper"]})
        return found[0] if found else None

    def _make(self) -> str:
        prepare(self.engine, [NETWORK])
        address, network = str(self.network.helper), self.network.id(anew=True)
        call = self.engine.call
        id = call(
            "create_container", NETWORK, ["-m", "mini_k8s.network.helper", str(self.range), self.dns],
            name=f"{self.runtime.cluster}.helper", hostname="helper", working_dir="/helper",
            environment={"PYTHONDONTWRITEBYTECODE": "1"},
            mac_address="02:42:" + ":".join(f"{int(part):02x}" for part in address.split(".")),
            labels={labels.CLUSTER: self.runtime.cluster, labels.OWNER: self.runtime.owner, labels.KIND: "helper",
                    labels.SPEC: self._version()},
            networking_config=call("create_networking_config", {
                network: call("create_endpoint_config", ipv4_address=address)}),
            host_config=call("create_host_config", network_mode=network, cap_drop=["ALL"],
                             cap_add=["NET_ADMIN", "NET_BIND_SERVICE"], security_opt=["no-new-privileges"],
                             mem_limit=_MEMORY, memswap_limit=_MEMORY, pids_limit=_PIDS,
                             log_config={"type": "json-file", "config": {"max-size": "1m", "max-file": "1"}}))["Id"]
        call("put_archive", id, "/", _shipped())
        call("start", id)
        return id

    def _version(self) -> str:
        told = f"{self.range} {self.dns}".encode()
        return hashlib.sha256(told + b"".join(path.read_bytes() for path in _paths())).hexdigest()[:16]


def _paths() -> list[Path]:
    return [Path(__file__).with_name(f"{name}.py") for name in _SHIPPED]


def _shipped() -> bytes:
    """The helper's modules as they lie in the container, in a package of the same name with nothing else in it."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as tar:
        for name, content in (("helper/mini_k8s/__init__.py", b""), *(
                (f"helper/mini_k8s/network/{path.name}", path.read_bytes()) for path in _paths())):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    return memory.getvalue()

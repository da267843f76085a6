"""Chapter 14: what does it look like plugged together?

A store, the rules over it, and the components that follow them: each has ``step()``, does one thing, and says whether
there was anything to do. Stepped, the order and the time are in your hands; live, one thread makes the same steps, and
what blocks is done by a few hands beside it. Upstream: ``cmd/kube-apiserver``, ``cmd/kubelet`` and the others, each a
program of its own; kind and k3s put them together.
"""

import contextlib
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Network
from typing import Any

from mini_k8s import kinds
from mini_k8s.api import Api
from mini_k8s.apply import apply
from mini_k8s.backoff import Backoff
from mini_k8s.client import Client
from mini_k8s.clock import Clock, UnixClock, timestamp
from mini_k8s.control_plane import NEWEST, ControlPlane
from mini_k8s.errors import AlreadyExists, Gone, Invalid, NotFound, StatusError
from mini_k8s.events import Recorder
from mini_k8s.kinds.service import HEADLESS
from mini_k8s.kubelet import Kubelet
from mini_k8s.network.addresses import Addresses
from mini_k8s.network.carriers import carrier_for
from mini_k8s.objects import Object, freeze
from mini_k8s.pods.sight import Sight
from mini_k8s.pods.turnstile import Turnstile
from mini_k8s.runtimes import Runtime
from mini_k8s.runtimes.choose import open_runtime
from mini_k8s.runtimes.hints import Hints
from mini_k8s.store import Store

NAMESPACES = ("default", "kube-system")
HANDS, THROUGH = 32, 8  # pods that are worked on at the same time; of those, calls that an engine can use
CAPACITY = {"cpu": "4", "memory": "4Gi", "pods": "110", "ephemeral-storage": "10Gi"}


class Cluster:
    """A cluster of ``nodes`` nodes, named node-1 to node-N.

    name      of the cluster; containers are told from others' by it
    runtime   "docker", "process", "simulated", "auto", or a Runtime that is open already
    store     what was kept; a new one in memory by default
    clock     Unix seconds; turn one by hand together with ``step()`` and ``settle()``
    seed      where uids and generated names come from; None: from the machine
    capacity  of each node, as in a Node's status
    place     pods without a nodeName are given one in turn (chapter 7 does better)
    client    what components are given to talk to the API with; by default the API itself
    through   the components of which chapter are there
    """

    def __init__(self, nodes: int = 3, *, name: str = "default", runtime: "str | Runtime" = "auto", owner: str = "",
                 store: Store | None = None, clock: Clock | None = None, seed: int | None = None, place: bool = True,
                 capacity: Mapping[str, str] = CAPACITY, backoff: Backoff = Backoff(),
                 client: Callable[[Api], Client] = lambda api: api, through: int = NEWEST):
        if nodes < 1:
            raise Invalid(f"a cluster of {nodes} nodes runs nothing. Use 1 or more.")
        self.name, self.clock, self.place = name, clock or UnixClock(), place
        self.runtime = open_runtime(name, owner, runtime) if isinstance(runtime, str) else runtime
        self.store = Store() if store is None else store
        chance = random.SystemRandom() if seed is None else random.Random(seed)
        self.carrier = carrier_for(self.runtime, self._addresses_of_services()) if through >= 6 else None
        addresses = Addresses(lambda: self.store.list("Service").items, self._service_range, chance)
        self.api = Api(self.store, kinds.KINDS, self.clock, chance, [
            self._place, *kinds.admission(), addresses.admit])
        self.client = client(self.api)
        self._woken, self._stopping = threading.Event(), threading.Event()
        self.control_plane = ControlPlane(self.client, kinds.KINDS, self.clock, self.wake, through, self.carrier)
        self.pods = self.control_plane.pods
        self.pods.handlers.append(self._hear)
        self.sight = Sight(self.runtime, self.clock, wake=self.wake)
        self.trouble: Exception | None = None  # why the last step failed; None when it went well
        self._nodes = [f"node-{i + 1}" for i in range(nodes)]
        self._placed, self._placing = len(self.store.list("Pod").items), self.store.watch("Pod")
        self._backoff, self._capacity, self.kubelets = backoff, dict(capacity), {}
        self._turnstile = Turnstile(THROUGH)
        self._thread: threading.Thread | None = None
        self._hands: ThreadPoolExecutor | None = None
        self._hints: Hints | None = None
        self._begin()

    # What users do.

    def apply(self, *objects: Mapping) -> list[tuple[Object, str]]:
        """Write each object down, new or changed. Returns (object, "created", "configured" or "unchanged") for each.

        What is left out of a changed manifest stays as it is (a merge patch).
        """
        return [apply(self.client, obj, remember=False) for obj in objects]

    # Stepped.

    def step(self) -> bool:
        """Let every component do what there is to do; say whether there was anything."""
        busy = False
        for step in self.components().values():
            busy |= step()
        return busy

    def components(self) -> dict[str, Callable[[], bool]]:
        """name -> the step of each component, in the order in which ``step()`` makes them. Any other is as good."""
        return {**self.control_plane.components(), "sight": self.sight.look,
                **{node: kubelet.step for node, kubelet in self.kubelets.items()}}

    def renew(self, node: str) -> None:
        """A kubelet that remembers nothing takes the place of this node's."""
        self.kubelets[node] = Kubelet(
            node, self.client, self.pods, self.sight, self.clock, room=self._capacity, hands=self._hands,
            turnstile=self._turnstile if self._hands else None, backoff=self._backoff, wake=self.wake,
            tell=Recorder(self.client, "kubelet", self.clock, node).event,
            dns=lambda: self.carrier.dns if self.carrier else "")
        self.sight.lost()  # what the old one did last, nobody may have seen
        for uid in (*self.sight.pods(node), *(pod["metadata"]["uid"] for pod in self.pods.by("node", node))):
            self.kubelets[node].queue.add(uid)

    def settle(self, steps: int = 10_000) -> int:
        """Step until nobody has anything to do at this moment; return how many steps. Raises TimeoutError."""
        for n in range(steps):
            if not self.step():
                return n
        raise TimeoutError(f"the cluster does not come to rest: after {steps} steps there is still something to do")

    def due(self) -> float:
        """The moment of the clock at which there is something to do that nobody will tell of."""
        dues = [self.sight.due(), self.control_plane.due(), *(kubelet.due() for kubelet in self.kubelets.values())]
        return min(due for due in dues if due is not None)

    # Live.

    def start(self) -> "Cluster":
        """Run by itself from now on. Raises Conflict where another control plane has this cluster's name."""
        self.runtime.lock()
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="hand")
        for proxy in self.control_plane.proxies.values():
            proxy.hands = self._hands
        self._begin()
        self._hints = Hints(self.runtime.events, self.sight.lost, where=self.sight.hint)
        self._thread = threading.Thread(target=self._live, name="control-plane", daemon=True)
        self.store.durable_listeners.append(self.wake)
        self._thread.start()
        return self

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    def close(self) -> None:
        """End the control plane. What it started runs on, where the runtime lets it."""
        self._stopping.set()
        self.wake()
        if self._hints:
            self._hints.close()
        if self._thread:
            self._thread.join(10)
        if self._hands:
            self._hands.shutdown(wait=True, cancel_futures=True)
        self.control_plane.close()
        self.runtime.close()

    def down(self) -> int:
        """End the control plane, and remove everything that it started. Returns how many things."""
        self.close()
        return self.runtime.down()

    def wait(self, until: Any, timeout: float = 60.0) -> None:
        """Return when ``until()`` is true. Raises TimeoutError."""
        end = time.monotonic() + timeout
        while not until():
            if time.monotonic() > end:
                raise TimeoutError(f"not within {timeout:g} s")
            time.sleep(0.01)

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Cluster {self.name}: {len(self._nodes)} nodes, {len(self.pods)} pods, on {self.runtime.name}>"

    # How it is plugged together.

    def _begin(self) -> None:
        for name in NAMESPACES:
            self._ensure({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for node in self._nodes:
            self._ensure(node_object(node, self._capacity, self.clock.now()))
            self.renew(node)

    def _ensure(self, obj: Mapping) -> None:
        with contextlib.suppress(AlreadyExists):
            stored = self.client.create(obj)
            if "status" in obj:
                self.client.update(stored.with_(status=obj["status"]), "status")

    def _addresses_of_services(self) -> list[str]:
        given = [service["spec"].get("clusterIP") for service in self.store.list("Service").items]
        return [address for address in given if address and address != HEADLESS]

    def _service_range(self) -> IPv4Network:
        if self.carrier is None:
            raise Invalid("there are no services here yet: they come with chapter 6, Cluster(through=6).")
        return self.carrier.range

    def _hear(self, old: Object | None, new: Object | None) -> None:
        pod = new or old
        if kubelet := self.kubelets.get(pod["spec"].get("nodeName")):
            kubelet.hear(pod)

    def _place(self, verb: str, new: Object, stored: Object | None) -> Object:
        """Round robin: the next pod goes to the next node. What was refused, or only tried, takes no turn."""
        if verb != "create" or new["kind"] != "Pod" or not self.place or (new.get("spec") or {}).get("nodeName"):
            return new
        try:
            self._placed += sum(event.type == "ADDED" for event in self._placing.drain(durable=False))
        except Gone:  # nobody asked for so long that the store has forgotten what came meanwhile
            self._placed, self._placing = self._placed + 1, self.store.watch("Pod")
        return new.with_(spec={"nodeName": self._nodes[self._placed % len(self._nodes)]})

    def _live(self) -> None:
        pause = 0.0
        while not self._stopping.is_set():
            self._woken.clear()  # first: what happens from now on is seen by the next step
            try:
                while self.step() and not self._stopping.is_set():
                    pass
                self.trouble, pause = None, 0.0
            except Exception as error:  # the engine is away, the disk is full, a mistake of ours: later
                if not isinstance(error, StatusError):
                    import logging

                    logging.getLogger(__name__).exception("a step of %r failed; it goes on", self)
                self.trouble, pause = error, min(5.0, pause * 2 or 0.1)
                self._stopping.wait(pause)
                self._woken.set()
                continue
            self._woken.wait(max(0.0, self.due() - self.clock.now()))


def node_object(name: str, room: Mapping[str, str], now: float) -> Object:
    """A node that is ready. Heartbeats, and what becomes of one that stops, are chapter 8's."""
    condition = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready "
                 "status", "lastTransitionTime": timestamp(now), "lastHeartbeatTime": timestamp(now)}
    return freeze({"apiVersion": "v1", "kind": "Node",
                   "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}},
                   "spec": {}, "status": {"capacity": dict(room), "allocatable": dict(room), "conditions": [condition],
                                          "addresses": [{"type": "Hostname", "address": name}]}})


def wait_for(cluster: Cluster, names: Iterable[str], phase: str = "Running", namespace: str = "default",
             timeout: float = 60.0) -> None:
    """Return when all these pods are in that phase. Raises TimeoutError, saying where they stand."""
    names = deque(names)

    def stands(name: str) -> str:
        try:
            return cluster.client.get("Pod", name, namespace)["status"]["phase"]
        except NotFound:
            return "not there"

    def there() -> bool:
        for _ in range(len(names)):
            if stands(names[0]) != phase:  # the next look begins with it
                return False
            names.rotate(-1)
        return True

    try:
        cluster.wait(there, timeout)
    except TimeoutError:
        raise TimeoutError(f"not all are {phase} within {timeout:g} s: "
                           f"{ {name: stands(name) for name in names} }") from cluster.trouble

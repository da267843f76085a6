"""Chapter 14: which controllers are there, and what do they follow?

Each informer is shared by all that need it, and stepped before them. Upstream: ``cmd/kube-controller-manager/app``.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mini_k8s.clock import Clock
from mini_k8s.controller import Controller
from mini_k8s.controllers.endpointslice import EndpointSlices
from mini_k8s.controllers.garbage_collector import GarbageCollector
from mini_k8s.controllers.replicaset import ReplicaSets
from mini_k8s.events import Forgetter, Recorder
from mini_k8s.informer import Informer
from mini_k8s.kind import Kind
from mini_k8s.kinds.endpointslice import service_of
from mini_k8s.namespaces import NamespaceController
from mini_k8s.network.carriers import Carrier, InThread, Nobody
from mini_k8s.network.service_proxy import ServiceProxy, node_port_lines
from mini_k8s.objects import Object, owner_of

if TYPE_CHECKING:
    from mini_k8s.client import Client

NEWEST = 6  # the chapter whose components come last


class ControlPlane:
    """All that decides, and runs no container itself.

    through   the components of which chapter are there: 5 has ReplicaSets, 4 has none
    carrier   who carries connections to services, and names
    """

    def __init__(self, client: "Client", kinds: Mapping[str, Kind], clock: Clock, wake: Callable[[], None],
                 through: int = NEWEST, carrier: "Carrier | None" = None):
        self.pods = Informer(client, "Pod", {"node": _node, "owner": _owner, "orphans": _orphan,
                                             "namespace": _namespace})
        self.namespaces = NamespaceController(client, kinds)
        self.forgetter = Forgetter(client, clock)
        self.informers: dict[str, Informer] = {"pods": self.pods}
        self.controllers: dict[str, Controller] = {}  # your own may stand here too
        if through >= 5:
            sets = self.informers["replicasets"] = Informer(
                client, "ReplicaSet", {"namespace": _namespace, "owner": _owner})
            tell = Recorder(client, "replicaset-controller", clock).event
            self.replicasets = ReplicaSets(client, sets, self.pods, clock, tell=tell, wake=wake)
            self.controllers["replicaset"] = self.replicasets.controller
        self.proxies: dict[str, ServiceProxy] = {}
        if carrier is not None:
            self._services(client, clock, wake, carrier)
        if through >= 5:  # chapter 12 opens it; until then it is given
            self.controllers["garbage-collector"] = GarbageCollector(
                client, {informer.kind: informer for informer in self.informers.values()}, kinds, clock,
                wake=wake).controller

    def _services(self, client: "Client", clock: Clock, wake: Callable[[], None], carrier: Carrier) -> None:
        services = self.informers["services"] = Informer(
            client, "Service", {"namespace": _namespace, "owner": _owner})
        slices = self.informers["endpointslices"] = Informer(
            client, "EndpointSlice", {"service": _service, "owner": _owner})
        self.controllers["endpointslice"] = EndpointSlices(
            client, services, self.pods, slices, clock, wake=wake).controller
        tell = Recorder(client, "service-proxy", clock).event
        self.proxies = {
            "service-proxy": ServiceProxy(carrier, services, slices, clock, wake=wake, tell=tell),
            "node-ports": ServiceProxy(
                Nobody() if isinstance(carrier, Nobody) else InThread(lambda: carrier.range), services, slices, clock,
                lines=node_port_lines, wake=wake, tell=tell)}

    def close(self) -> None:
        """Let go of what carries connections. What goes on by itself goes on."""
        for proxy in self.proxies.values():
            proxy.carrier.close()

    def components(self) -> dict[str, Callable[[], bool]]:
        """name -> the step of each."""
        return {**{name: informer.step for name, informer in self.informers.items()},
                "namespaces": self.namespaces.step, "events": self.forgetter.step,
                **{name: one.step for name, one in (*self.controllers.items(), *self.proxies.items())}}

    def due(self) -> float:
        """When one of them has something to do that nobody will tell of."""
        dues = [self.forgetter.due(), *(one.due() for one in (*self.controllers.values(), *self.proxies.values()))]
        return min(due for due in dues if due is not None)


def _node(pod: Object) -> tuple[str, ...]:
    return (pod["spec"].get("nodeName") or "",)


def _namespace(obj: Object) -> tuple[str, ...]:
    return (obj["metadata"]["namespace"],)


def _service(piece: Object) -> tuple[str, ...]:
    key = service_of(piece)
    return (f"{key.namespace}/{key.name}",) if key is not None else ()


def _owner(obj: Object) -> tuple[str, ...]:
    owners = obj["metadata"].get("ownerReferences")
    return tuple(owner["uid"] for owner in owners) if owners else ()


def _orphan(pod: Object) -> tuple[str, ...]:
    return (pod["metadata"]["namespace"],) if owner_of(pod) is None else ()

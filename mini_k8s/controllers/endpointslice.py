"""Chapter 6: who writes down which pods stand behind a service?

For each service with a selector, ``endpoints_for`` says where its pods answer; this controller writes that into
EndpointSlices, of at most a hundred addresses each, so that one pod that comes or goes does not rewrite thousands. What
stands there already keeps its place. Upstream: ``pkg/controller/endpointslice``, ``staging/src/k8s.io/endpointslice``.
Left out: IPv6, hints for nearby endpoints.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from mini_k8s.clock import Clock
from mini_k8s.controller import Controller, Result
from mini_k8s.controllers.claims import reference_to
from mini_k8s.errors import AlreadyExists, Conflict, NotFound
from mini_k8s.kinds.endpointslice import MANAGED_BY, SERVICE_NAME, service_of
from mini_k8s.kinds.service import HEADLESS
from mini_k8s.network import endpoints
from mini_k8s.objects import Key, Object, freeze, key_of
from mini_k8s.pod_facts import is_ready

if TYPE_CHECKING:
    from mini_k8s.client import Client
    from mini_k8s.informer import Informer

MOST = 100  # endpoints in one slice
US = "endpointslice-controller.k8s.io"
_NONE = Object()
Ports = tuple[tuple[str, str, int], ...]  # (name, protocol, number) of what one address answers on


class EndpointSlices:
    """Keeps the EndpointSlices of every service with a selector.

    services, pods, slices   informers; of pods with the index "namespace", of services too, of slices with "service"
    """

    def __init__(self, client: "Client", services: "Informer", pods: "Informer", slices: "Informer", clock: Clock, *,
                 wake: Callable[[], None] = lambda: None):
        self.client, self.services, self.pods, self.slices = client, services, pods, slices
        self.controller = Controller("endpointslice", self.reconcile, clock, wake)
        self.controller.watch(services).watch(pods, self._behind).watch(slices, _of)

    def reconcile(self, key: Key) -> Result:
        """Let the slices of one service say what is true now."""
        service, there = self.services.get(key), [*self.slices.by("service", f"{key.namespace}/{key.name}")]
        there = [piece for piece in there if (piece["metadata"].get("labels") or _NONE).get(MANAGED_BY) == US]
        if service is None or service["metadata"].get("deletionTimestamp"):
            for piece in there:
                self._delete(piece)
            return Result()
        if not service["spec"].get("selector") or service["spec"]["type"] == "ExternalName":
            return Result()  # somebody else says where it leads
        wished = slices_of(service, [*self.pods.by("namespace", key.namespace)], there)
        known = {piece["metadata"]["name"]: piece for piece in there}
        for name, piece in wished.items():
            if name not in known:
                with suppress(AlreadyExists):  # it is on its way to us
                    self.client.create(piece)
            elif any(known[name].get(part) != piece.get(part) for part in ("endpoints", "ports")):
                with suppress(NotFound):
                    self.client.update(known[name].with_(endpoints=piece["endpoints"], ports=piece["ports"]))
        for name in known.keys() - wished.keys():
            self._delete(known[name])
        return Result()

    def _delete(self, piece: Object) -> None:
        meta = piece["metadata"]
        with suppress(NotFound, Conflict):
            self.client.delete("EndpointSlice", meta["name"], meta["namespace"], uid=meta["uid"])

    def _behind(self, pod: Object) -> Iterable[Key]:
        """The services behind which a pod may stand."""
        meta = pod["metadata"]
        for service in self.services.by("namespace", meta["namespace"]):
            selector = service["spec"].get("selector")
            if selector and selector.items() <= (meta.get("labels") or _NONE).items():
                yield key_of(service)


def slices_of(service: Object, pods: Sequence[Object], there: Sequence[Object]) -> dict[str, Object]:
    """name -> slice: what is to be written down for a service, given what stands there now."""
    groups: dict[Ports, dict[str, Object]] = {}
    for ip, (ports, endpoint) in _endpoints(service, pods).items():
        groups.setdefault(ports, {})[ip] = endpoint
    wished: dict[str, Object] = {}
    for ports, found in sorted(groups.items()) or [((), {})]:
        prefix = f"{service['metadata']['name']}-{hashlib.sha256(repr(ports).encode()).hexdigest()[:5]}"
        stands = {piece["metadata"]["name"]: [endpoint["addresses"][0] for endpoint in piece.get("endpoints") or ()]
                  for piece in there if piece["metadata"]["name"].startswith(f"{prefix}-")}
        for name, addresses in arrange(sorted(found), stands, prefix).items():
            wished[name] = _slice(service, name, ports, [found[ip] for ip in addresses])
    return wished


def arrange(wished: Sequence[str], stands: Mapping[str, Sequence[str]], prefix: str,
            most: int = MOST) -> dict[str, list[str]]:
    """Which address stands in which slice? Those that stand somewhere stay; others take the free places, then new
    slices. A slice that is left empty goes, but one is always there."""
    left, kept = dict.fromkeys(wished), {}
    for name, addresses in sorted(stands.items()):
        stay = [address for address in addresses if address in left][:most]
        for address in stay:
            del left[address]
        kept[name] = stay
    new = [*left]
    for addresses in kept.values():
        while new and len(addresses) < most:
            addresses.append(new.pop(0))
    n = 0
    while new or not kept:
        n += 1
        if f"{prefix}-{n}" not in kept:
            kept[f"{prefix}-{n}"], new = new[:most], new[most:]
    full = {name: sorted(addresses) for name, addresses in kept.items() if addresses}
    return full or {min(kept): []}


def _endpoints(service: Object, pods: Sequence[Object]) -> dict[str, tuple[Ports, Object]]:
    """address -> what it answers on, and what is written down about it."""
    answers: dict[str, list[tuple[str, str, int]]] = {}
    ready: dict[str, bool] = {}
    headless = service["spec"].get("clusterIP") == HEADLESS
    for port in service["spec"].get("ports") or ((None,) if headless else ()):
        for number, those in _by_target(port, pods).items():
            numbered = service.with_(spec={"ports": [{**(port or {"port": 1}), "targetPort": number}]})
            for ip, answer, is_up in endpoints.endpoints_for(numbered, those):
                answers.setdefault(ip, [])
                if port is not None:
                    answers[ip].append((port.get("name") or "", port["protocol"], answer))
                ready[ip] = ready.get(ip, True) and is_up
    by_address = {(pod.get("status") or _NONE).get("podIP"): pod for pod in pods
                  if (pod.get("status") or _NONE).get("phase") not in ("Succeeded", "Failed")}
    return {ip: (tuple(ports), _endpoint(service, ip, by_address.get(ip), ready[ip]))
            for ip, ports in answers.items()}


def _by_target(port: Object | None, pods: Sequence[Object]) -> dict[int, Sequence[Object]]:
    """number -> the pods of which the target port is that one; pods that have no port of that name are left out."""
    target = port["targetPort"] if port is not None else 1
    if isinstance(target, int):
        return {target: pods}
    found: dict[int, list[Object]] = {}
    for pod in pods:
        number = next((one["containerPort"] for container in pod["spec"]["containers"]
                       for one in container.get("ports") or () if one.get("name") == target
                       and (one.get("protocol") or "TCP") == port["protocol"]), None)
        if number is not None:
            found.setdefault(number, []).append(pod)
    return found


def _endpoint(service: Object, ip: str, pod: Object | None, ready: bool) -> Object:
    if pod is None:  # an address that somebody's endpoints_for has made up
        return freeze({"addresses": [ip], "conditions": {"ready": ready, "serving": ready, "terminating": False}})
    meta, spec = pod["metadata"], pod["spec"]
    named = spec.get("hostname") and spec.get("subdomain") == service["metadata"]["name"]
    return freeze({
        "addresses": [ip], **({"hostname": spec["hostname"]} if named else {}),
        "conditions": {"ready": ready or bool(service["spec"].get("publishNotReadyAddresses")),
                       "serving": is_ready(pod), "terminating": bool(meta.get("deletionTimestamp"))},
        "nodeName": spec.get("nodeName") or "",
        "targetRef": {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}})


def _slice(service: Object, name: str, ports: Ports, found: Sequence[Object]) -> Object:
    meta = service["metadata"]
    headless = {"service.kubernetes.io/headless": ""} if service["spec"].get("clusterIP") == HEADLESS else {}
    return freeze({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": name, "namespace": meta["namespace"], "ownerReferences": [reference_to(service)],
                     "labels": {**(meta.get("labels") or {}), **headless, SERVICE_NAME: meta["name"], MANAGED_BY: US}},
        "endpoints": found, "ports": [{"name": name, "protocol": protocol, "port": number}
                                      for name, protocol, number in ports]})


def _of(piece: Object) -> Iterable[Key]:
    key = service_of(piece)
    return () if key is None else (key,)

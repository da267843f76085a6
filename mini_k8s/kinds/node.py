"""What is a node, to the API? A machine that said who it is, what it has, and how it does.

Upstream: ``ValidateNode`` in ``pkg/apis/core/validation/validation.go`` and ``printNode``.
"""

import ipaddress
from collections.abc import Iterator, Mapping

from mini_k8s.kind import Kind
from mini_k8s.kinds.columns import AGE, NAME, column
from mini_k8s.kinds.placement import EFFECTS
from mini_k8s.kinds.shared import quantity
from mini_k8s.objects import Object, condition
from mini_k8s.problems import Problem, duplicate, forbidden, invalid, label_value, qualified, required, unsupported

_ROLE = "node-role.kubernetes.io/"
_NONE = Object()


def validate(node: Object, old: Object | None) -> Iterator[Problem]:
    """Everything that is wrong with a node, or with how it was changed."""
    spec, status = node.get("spec") or _NONE, node.get("status") or _NONE
    yield from _taints(spec.get("taints") or ())
    for field in ("capacity", "allocatable"):
        for name, amount in (status.get(field) or _NONE).items():
            yield from quantity(f"status.{field}[{name}]", amount)[1]
    if spec.get("podCIDR"):
        try:
            ipaddress.ip_network(spec["podCIDR"])
        except ValueError:
            yield invalid("spec.podCIDR", spec["podCIDR"], "must be a valid CIDR value, (e.g. 10.9.8.0/24 or "
                                                           "2001:db8::/64)")
    for field in ("podCIDR", "providerID"):
        was = ((old or _NONE).get("spec") or _NONE).get(field)
        if was and spec.get(field) != was:
            yield forbidden(f"spec.{field}", f'node updates may not change {field} except from "" to valid')


def _taints(taints: tuple) -> Iterator[Problem]:
    seen = set()
    for i, taint in enumerate(taints):
        at, key, effect = f"spec.taints[{i}]", taint.get("key"), taint.get("effect")
        if why := qualified(key or ""):
            yield invalid(f"{at}.key", key or "", why)
        if why := label_value(taint.get("value") or ""):
            yield invalid(f"{at}.value", taint["value"], why)
        if not effect:
            yield required(f"{at}.effect")
        elif effect not in EFFECTS:
            yield unsupported(f"{at}.effect", effect, EFFECTS)
        if (key, effect) in seen:
            yield duplicate(at, taint)
        seen.add((key, effect))


def status_of(node: Object) -> str:
    """Ready, NotReady or Unknown, and whether it takes new pods."""
    ready = condition(node, "Ready")
    said = {"True": "Ready", "False": "NotReady"}.get(ready.get("status") or "", "NotReady") if ready else "Unknown"
    return said + (",SchedulingDisabled" if (node.get("spec") or _NONE).get("unschedulable") else "")


def _roles(node: Object) -> str:
    labels: Mapping = node["metadata"].get("labels") or _NONE
    return ",".join(sorted(name.removeprefix(_ROLE) for name in labels if name.startswith(_ROLE)))


def _address(kind: str):
    def find(node: Object) -> str | None:
        return next((one.get("address") for one in (node.get("status") or _NONE).get("addresses") or ()
                     if one.get("type") == kind), None)
    return find


def _info(field: str):
    return lambda node: ((node.get("status") or _NONE).get("nodeInfo") or _NONE).get(field)


NODE = Kind("Node", "nodes", namespaced=False, short=("no",), validate=validate,
            status=lambda node: node.get("status"), columns=(
    NAME, column("STATUS", status_of), column("ROLES", _roles), AGE, column("VERSION", _info("kubeletVersion")),
    column("INTERNAL-IP", _address("InternalIP"), wide=True), column("EXTERNAL-IP", _address("ExternalIP"), wide=True),
    column("OS-IMAGE", _info("osImage"), wide=True), column("KERNEL-VERSION", _info("kernelVersion"), wide=True),
    column("CONTAINER-RUNTIME", _info("containerRuntimeVersion"), wide=True)))

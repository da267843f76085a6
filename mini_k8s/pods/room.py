"""Does it fit on this machine? What the pods here ask for, against what there is.

The kubelet has the last word: two schedulers may have sent it more than fits. Upstream: ``pkg/kubelet/lifecycle`` and
``pkg/scheduler/framework/plugins/noderesources/fit.go``.
"""

import threading
from collections.abc import Mapping

from mini_k8s.objects import Object
from mini_k8s.quantities import parse

RESOURCES = ("cpu", "memory", "ephemeral-storage")


class Room:
    """What one node has, and who has how much of it. Its methods may be called from any thread.

    allocatable   as in the Node's status: {"cpu": "4", "memory": "4Gi", "pods": "110"}; what is not named has no end
    """

    def __init__(self, allocatable: Mapping[str, str]):
        self.allocatable = dict(allocatable)
        self._has = {name: parse(str(allocatable[name])).nano for name in RESOURCES if name in allocatable}
        self._pods = int(allocatable.get("pods", 0) or 10**9)
        self._used = dict.fromkeys(RESOURCES, 0)
        self._admitted: dict[str, dict[str, int]] = {}
        self._lock = threading.Lock()

    def admit(self, pod: Object, anyway: bool = False) -> tuple[str, str] | None:
        """Give the pod its place; or say why not: a reason and a message. ``anyway``: it is here already."""
        uid, asked = pod["metadata"]["uid"], requests(pod)
        with self._lock:
            if uid in self._admitted:
                return None
            if not anyway:
                if len(self._admitted) >= self._pods:
                    return "OutOfpods", _said("pods", 1, len(self._admitted), self._pods)
                for name, has in self._has.items():
                    if asked[name] and self._used[name] + asked[name] > has:
                        return f"OutOf{name}", _said(name, asked[name], self._used[name], has)
            self._admitted[uid] = asked
            for name in RESOURCES:
                self._used[name] += asked[name]
        return None

    def release(self, uid: str) -> None:
        """The pod has gone, or ended: its place is free."""
        with self._lock:
            for name, amount in self._admitted.pop(uid, {}).items():
                self._used[name] -= amount


def requests(pod: Object) -> dict[str, int]:
    """What a pod asks for, in billionths of a unit: all its containers together, or its hungriest init container."""
    spec, total = pod["spec"], dict.fromkeys(RESOURCES, 0)
    for c in spec.get("containers") or ():
        for name, amount in _asked(c).items():
            total[name] += amount
    beside, most = dict.fromkeys(RESOURCES, 0), dict.fromkeys(RESOURCES, 0)
    for c in spec.get("initContainers") or ():
        for name, amount in _asked(c).items():
            if c.get("restartPolicy") == "Always":  # a sidecar stays
                beside[name] += amount
                most[name] = max(most[name], beside[name])
            else:
                most[name] = max(most[name], beside[name] + amount)
    return {name: max(total[name] + beside[name], most[name]) for name in RESOURCES}


def _asked(container: Mapping) -> dict[str, int]:
    given = (container.get("resources") or {}).get("requests") or {}
    return {name: parse(str(given[name])).nano for name in RESOURCES if given.get(name) is not None}


def _said(name: str, asked: int, used: int, has: int) -> str:
    def unit(amount: int) -> int:
        return amount if name == "pods" else -(-amount // (10**6 if name == "cpu" else 10**9))  # cpu in thousandths

    return (f"Node didn't have enough resource: {name}, requested: {unit(asked)}, used: {unit(used)}, "
            f"capacity: {unit(has)}")

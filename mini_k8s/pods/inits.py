"""In which order does a pod begin? Its init containers one after the other, then all others together.

An init container with ``restartPolicy: Always`` is a sidecar: the next one begins when it has started, and it runs as
long as the pod does. Upstream: ``pkg/kubelet/kuberuntime/kuberuntime_container.go``
(``computeInitContainerActions``).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mini_k8s import pod_actions
from mini_k8s.objects import Object
from mini_k8s.pod_actions import Seen


class Beginning(NamedTuple):
    """How far the beginning of a pod has come.

    done      the containers of the pod may run
    failed    it never will be: an init container ended badly, and is not started again
    start     the init containers to be started now
    """

    done: bool
    failed: bool = False
    start: tuple[str, ...] = ()


def beginning(pod: Object, containers: Mapping[str, Seen], begun: bool) -> Beginning:
    """What is there to do until the pod's own containers may run?

    containers   name -> the newest attempt in the sandbox that is there now
    begun        the pod's own containers have run in this sandbox: nothing but sidecars is started any more
    """
    inits = pod["spec"].get("initContainers") or ()
    states = [(c["name"], _state(containers.get(c["name"]))) for c in inits if not is_sidecar(c)]
    left = [] if begun else [name for name, state in states if state != 0]
    sidecars = []
    for c in inits:
        if left and c["name"] == left[0]:
            break  # sidecars after this one come after it
        if is_sidecar(c) and _state(containers.get(c["name"])) != "running":
            if not begun:
                return Beginning(False, start=(c["name"],))
            sidecars.append(c["name"])
    if not left:
        return Beginning(True, start=tuple(sidecars))
    following = pod_actions.next_init(pod["spec"].get("restartPolicy") or "Always", states)
    if following is None:
        return Beginning(False, failed=(left[0], "running") not in states)
    return Beginning(False, start=(following,))


def is_sidecar(container: Mapping) -> bool:
    """An init container that runs as long as the pod does."""
    return container.get("restartPolicy") == "Always"


def in_order_of_end(pod: Object) -> Sequence[str]:
    """The names of the containers that are stopped last, one after the other: sidecars, the last one first."""
    return [c["name"] for c in reversed(pod["spec"].get("initContainers") or ()) if is_sidecar(c)]


def _state(seen: Seen | None) -> str | int:
    """What ``next_init`` wants to know of an init container."""
    if seen is None or seen.state == "created":
        return "waiting"
    return "running" if seen.state == "running" else 255 if seen.exit_code is None else seen.exit_code

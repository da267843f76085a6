"""In which order does a pod begin? Its init containers one after the other, then all others together.

An init container with ``restartPolicy: Always`` is a sidecar: the next one begins when it has started, and it runs as
long as the pod does. Upstream: ``pkg/kubelet/kuberuntime/kuberuntime_container.go``
(``computeInitContainerActions``).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

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
    policy = pod["spec"].get("restartPolicy") or "Always"
    sidecars = []
    for c in pod["spec"].get("initContainers") or ():
        name, seen = c["name"], containers.get(c["name"])
        if c.get("restartPolicy") == "Always":
            if seen is None or seen.state != "running":
                sidecars.append(name)
                if not begun:
                    return Beginning(False, start=tuple(sidecars))
            continue
        if begun or (seen and seen.state == "exited" and seen.exit_code == 0):
            continue
        if seen and seen.state == "running":
            return Beginning(False, start=tuple(sidecars))
        if seen and seen.state == "exited" and policy == "Never":
            return Beginning(False, failed=True)
        return Beginning(False, start=(*sidecars, name))
    return Beginning(True, start=tuple(sidecars))


def is_sidecar(container: Mapping) -> bool:
    """An init container that runs as long as the pod does."""
    return container.get("restartPolicy") == "Always"


def in_order_of_end(pod: Object) -> Sequence[str]:
    """The names of the containers that are stopped last, one after the other: sidecars, the last one first."""
    return [c["name"] for c in reversed(pod["spec"].get("initContainers") or ()) if is_sidecar(c)]

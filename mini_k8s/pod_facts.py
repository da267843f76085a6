"""Chapter 5: what do controllers ask of a pod?

Upstream: ``pkg/api/v1/pod/util.go`` and ``IsPodActive`` in ``pkg/controller/controller_utils.go``.
"""

from mini_k8s.kinds.columns import seconds_of
from mini_k8s.objects import Object, condition

_NONE = Object()


def is_ready(pod: Object) -> bool:
    """Does its Ready condition say True?"""
    ready = condition(pod, "Ready")
    return ready is not None and ready.get("status") == "True"


def is_active(pod: Object) -> bool:
    """It counts: it has not finished, and was not asked to go."""
    return not pod["metadata"].get("deletionTimestamp") and (pod.get("status") or _NONE).get("phase") not in (
        "Succeeded", "Failed")


def ready_since(pod: Object) -> float | None:
    """When it became what its Ready condition says, as Unix seconds."""
    return seconds_of((condition(pod, "Ready") or _NONE).get("lastTransitionTime"))


def deletion_cost(pod: Object) -> int:
    """What its author thinks that it costs to delete it: the annotation controller.kubernetes.io/pod-deletion-cost."""
    try:
        return int((pod["metadata"].get("annotations") or _NONE).get("controller.kubernetes.io/pod-deletion-cost") or 0)
    except ValueError:
        return 0


def restarts(pod: Object) -> int:
    """How often the container of it that was restarted most was restarted."""
    return max((one.get("restartCount") or 0 for one in (pod.get("status") or _NONE).get("containerStatuses") or ()),
               default=0)

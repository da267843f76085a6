"""Who tells the API where a pod stands? Its status, written when it is another one than is known.

Upstream: ``pkg/kubelet/status/status_manager.go``.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from mini_k8s import pod_actions
from mini_k8s.clock import Clock
from mini_k8s.errors import NotFound
from mini_k8s.objects import Object
from mini_k8s.pods.inits import Beginning
from mini_k8s.pods.sight import PodSeen
from mini_k8s.pods.starter import Tell
from mini_k8s.pods.status import Waiting, pod_status
from mini_k8s.runtimes import Observed

if TYPE_CHECKING:
    from mini_k8s.client import Client


class Reporter:
    """Writes the status of pods."""

    def __init__(self, client: "Client", clock: Clock, tell: Tell):
        self.client, self.clock, self.tell = client, clock, tell

    def report(self, pod: Object, seen: PodSeen, waiting: Mapping[str, Waiting], begin: Beginning,
               words: Mapping[str, str] = {}) -> Object:
        """As the pod was seen just now; return the pod with its new status. ``words`` are the last ones of containers
        that ended, by id."""
        policy = pod["spec"].get("restartPolicy") or "Always"
        if over(pod):
            phase = pod["status"]["phase"]
        elif begin.failed:
            phase = "Failed"
        elif not begin.done:
            phase = "Pending"
        else:
            phase = pod_actions.phase(policy, [_state(seen.containers.get(c["name"], ()))
                                               for c in pod["spec"]["containers"]])
        initialized = _was_initialized(pod) if over(pod) else begin.done  # what has ended for good begins no more
        return self._write(pod, pod_status(pod, seen, phase, self.clock.now(), waiting, initialized, words=words))

    def fail(self, pod: Object, seen: PodSeen, reason: str, message: str) -> None:
        """It has failed as a whole, for good, whatever its containers did."""
        self.tell(pod, "Warning", reason, message)
        self._write(pod, pod_status(pod, seen, "Failed", self.clock.now()).with_(reason=reason, message=message))

    def _write(self, pod: Object, status: Object) -> Object:
        if status != pod.get("status"):
            with suppress(NotFound):  # it went meanwhile
                return self.client.update(Object({**pod, "status": status}), "status")
        return pod


def over(pod: Object) -> bool:
    """It has ended for good."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _was_initialized(pod: Object) -> bool:
    return any(one["type"] == "Initialized" and one["status"] == "True"
               for one in pod["status"].get("conditions") or ())


def grace_of(pod: Object) -> float:
    """Seconds that the pod's containers get to end by themselves."""
    asked = pod["metadata"].get("deletionGracePeriodSeconds")
    return asked if asked is not None else pod["spec"].get("terminationGracePeriodSeconds") or 0


def _state(attempts: Sequence[Observed]) -> str | int:
    """What ``phase`` wants to know of a container."""
    if attempts and attempts[-1].alive:
        return "running"
    return next((o.exit_code if o.exit_code is not None else 255 for o in reversed(attempts)
                 if o.state == "exited"), "waiting")

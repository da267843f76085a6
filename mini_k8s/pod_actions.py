"""Chapter 4: what has to happen within a pod?

Three decisions about one pod, from plain values: where it stands (``phase``), what to do next
(``compute_pod_actions``), and how long a container that keeps ending has to wait (``crash_backoff``). Nothing is done
here; ``pods/worker.py`` does it. Upstream: ``computePodActions`` in
``pkg/kubelet/kuberuntime/kuberuntime_manager.go``, ``getPhase`` in ``pkg/kubelet/kubelet_pods.go``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mini_k8s.backoff import restart_delay
from mini_k8s.objects import Object


class Seen(NamedTuple):
    """What was seen of a container: the newest attempt, as far as a decision needs it."""

    state: str  # "created" (it was never started), "running", "exited"
    exit_code: int | None = None
    image: str = ""


@dataclass(frozen=True)
class PodActions:
    """What has to be done within one pod: first kill, then create, then stop, then start."""

    kill_pod: bool = False  # stop everything that is there, sandbox included
    create_sandbox: bool = False
    stop: tuple[str, ...] = ()
    start: tuple[str, ...] = ()


def phase(policy: str, containers: Sequence) -> str:
    """Where does a pod stand, in one word?

    policy       the pod's restartPolicy: "Always", "OnFailure" or "Never"
    containers   for each container: "waiting" (it has never run), "running", or the exit code
                 with which it ended the last time, a whole number

    "Pending": some container has never run. "Running": all have run, and at least one runs, or
    will be started again. "Succeeded": all ended with 0, and none is started again. "Failed":
    all ended, at least one with another code, and none is started again.
    Under "Always" everything that ended is started again, under "OnFailure" what ended with
    another code than 0, under "Never" nothing.

    >>> phase("OnFailure", [0, "running"]), phase("Never", [0, 137])
    ('Running', 'Failed')
    """
    if "waiting" in containers:
        return "Pending"
    if "running" in containers or policy == "Always":
        return "Running"
    if all(code == 0 for code in containers):
        return "Succeeded"
    return "Failed" if policy == "Never" else "Running"


def crash_backoff(runs: Sequence[float], base: float, cap: float, reset: float) -> float:
    """How many seconds does a container that ended wait, before it is started once more?

    runs     how many seconds each of its runs lasted, the oldest first; at least one
    base     how many seconds the second restart waits
    cap      how many seconds any restart waits at most
    reset    a run of so many seconds or more was a good one: what was before it is forgotten

    The first restart is immediate: 0.0. The second waits base seconds, each one after it twice
    as long, but never longer than cap. A good run begins the count anew: the restart after it
    is the first again.

    >>> crash_backoff([2, 3, 2], base=10, cap=300, reset=600)
    20.0
    >>> crash_backoff([2, 3, 2, 700], base=10, cap=300, reset=600)
    0.0
    """
    crashes = 0
    for run in runs:
        crashes = 1 if run >= reset else crashes + 1
    return float(restart_delay(crashes - 1, 0.0, base, cap, float("inf")))


def compute_pod_actions(pod: Object, sandbox: str | None, containers: Mapping[str, Seen]) -> PodActions:
    """What has to be done within this pod, so that it comes to be as it is wished?

    pod          the Pod; its spec.containers (each with name and image) and spec.restartPolicy count
    sandbox      "ready", "dead", or None where there is none (yet)
    containers   name -> Seen(state, exit_code, image), the newest attempt of every container that was ever made

    A container has to run if it never ran ("created" is not run), or if it ended and the policy wants it back:
    "Always" does, "OnFailure" does unless it ended with 0, "Never" does not.
    In a ready sandbox: start those that have to run and do not; stop those that run with another image than wished, and
    start them too; stop those that run and are not in the spec at all. Where nothing runs and nothing has to, the pod
    is over: kill_pod.
    Without a ready sandbox nothing in it is of any use: a new sandbox, and all containers anew but those that ended
    with 0 under "OnFailure"; if one is there and dead, kill_pod too. But no new sandbox where none of them is left to
    start, nor for a pod with "Never" of which some container has run already: there kill_pod is all.

    >>> pod = freeze({"spec": {"restartPolicy": "Always", "containers": [{"name": "web", "image": "web:1"}]}})
    >>> compute_pod_actions(pod, "ready", {"web": Seen("exited", 137, "web:1")})
    PodActions(kill_pod=False, create_sandbox=False, stop=(), start=('web',))
    """
    policy = pod["spec"].get("restartPolicy") or "Always"
    wished = {c["name"]: c["image"] for c in pod["spec"]["containers"]}
    ran = {name: seen for name, seen in containers.items() if seen.state != "created"}
    if sandbox != "ready":
        start = tuple(name for name in wished if not (
            policy == "OnFailure" and name in ran and ran[name].state == "exited" and ran[name].exit_code == 0))
        if not start or (policy == "Never" and ran):
            return PodActions(kill_pod=True)
        return PodActions(kill_pod=sandbox == "dead", create_sandbox=True, start=start)
    stop = tuple(name for name, seen in ran.items() if seen.state == "running" and seen.image != wished.get(name))
    start = tuple(name for name in wished if name in stop or name not in ran or (
        ran[name].state == "exited" and (policy == "Always" or (policy == "OnFailure" and ran[name].exit_code != 0))))
    if not start and not any(seen.state == "running" for seen in ran.values()):
        return PodActions(kill_pod=True)
    return PodActions(stop=stop, start=start)

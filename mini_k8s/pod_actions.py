"""Chapter 4: what has to happen within a pod?

Decisions about one pod, from plain values: where it stands (``phase``), how long a container that keeps ending has to
wait (``crash_backoff``), what to do next (``compute_pod_actions``), and which init container comes next
(``next_init``). Nothing is done here; ``pods/worker.py`` does it. Upstream: ``computePodActions`` in
``pkg/kubelet/kuberuntime/kuberuntime_manager.go``, ``getPhase`` in ``pkg/kubelet/kubelet_pods.go``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mini_k8s.backoff import restart_delay
from mini_k8s.objects import Object, freeze  # noqa: F401  (the examples, and whoever tries them, use freeze)


class Seen(NamedTuple):
    """What was seen of a container: the newest attempt, as far as a decision needs it."""

    state: str  # "created" (made, and never started), "running", "exited"
    exit_code: int | None = None
    image: str = ""


@dataclass(frozen=True)
class PodActions:
    """What has to be done within one pod: first kill, then create, then stop, then start.

    ``stop`` and ``start`` hold names of containers, each once, in any order; any iterable of them will do.
    Raises TypeError for a text in their place: a text is an iterable of letters.
    """

    kill_pod: bool = False  # stop everything that is there, sandbox included
    create_sandbox: bool = False
    stop: tuple[str, ...] = ()
    start: tuple[str, ...] = ()

    def __post_init__(self):
        for field in ("stop", "start"):
            names = getattr(self, field)
            if isinstance(names, str):
                raise TypeError(f"{field} is a text, {names!r}. Write a list of names: [{names!r}].")
            object.__setattr__(self, field, tuple(names))


def phase(policy: str, containers: Sequence) -> str:
    """Where does a pod stand, in one word?

    policy       the pod's restartPolicy: "Always", "OnFailure" or "Never"
    containers   for each container: "waiting" (it has never run), "running", or the exit code
                 with which it ended the last time, a whole number

    "Pending": some container has never run, whatever became of the others. "Running": all have
    run, and at least one runs, or will be started again. "Succeeded": all ended with 0, and
    none is started again. "Failed": all ended, at least one with another code, and none is
    started again.
    Under "Always" everything that ended is started again, under "OnFailure" what ended with
    another code than 0, under "Never" nothing.

    >>> phase("OnFailure", [0, "running"]), phase("Never", [0, 137])
    ('Running', 'Failed')
    """
    if "waiting" in containers:
        return "Pending"
    failed = any(containers)  # a code that is not 0; where one runs, it does not matter
    again = {"Always": True, "OnFailure": failed, "Never": False}
    if "running" in containers or again[policy]:
        return "Running"
    return "Failed" if failed else "Succeeded"


def crash_backoff(runs: Sequence[float], base: float, cap: float, reset: float) -> float:
    """How many seconds does a container that ended wait, before it is started once more?

    runs     how many seconds each of its runs lasted, the oldest first; at least one, and
             thousands of a container that has crashed for a month
    base     how many seconds the second restart waits. More than 0
    cap      how many seconds any restart waits at most
    reset    a run of so many seconds, or more, was a good one: what was before it is forgotten

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


def compute_pod_actions(pod: Object, sandbox: str | None, containers: Mapping) -> PodActions:
    """What has to be done within this pod, so that it comes to be as it is wished?

    pod         the Pod: pod.spec.restartPolicy, and the name and image of each of
                pod.spec.containers
    sandbox     "ready", "dead", or None where there is none
    containers  name -> Seen(state, exit_code, image), what was seen of the newest attempt;
                state is "created" (made, and never started), "running" or "exited"

    Return PodActions(kill_pod, create_sandbox, stop, start). A container has to run if it never
    ran, or if it ended and the policy wants it back: "Always" does, "OnFailure" does unless it
    ended with 0, "Never" does not.

    Ready sandbox: start what has to run. Stop what runs with another image than is wished, and
    start that too. Stop what runs and is not in pod.spec.containers. But where nothing runs and
    nothing is to be started, the pod is over: kill_pod, and no more.
    Dead sandbox, or none: whatever still runs is of no use. Kill the pod if the sandbox is
    dead, create a sandbox, and start all containers, but those that ended with 0 under
    "OnFailure". In two cases the pod is over instead (kill_pod, and no more, whatever the
    sandbox is): no container is left to start; or the policy is "Never" and some container
    has run.

    stop and start are names, in any order.

    >>> spec = {"restartPolicy": "Always", "containers": [{"name": "web", "image": "web:1"}]}
    >>> died = {"web": Seen("exited", 137, "web:1")}
    >>> compute_pod_actions(freeze({"spec": spec}), "ready", died)
    PodActions(kill_pod=False, create_sandbox=False, stop=(), start=('web',))
    """
    policy = pod.spec.restartPolicy or "Always"
    wished = {c.name: c.image for c in pod.spec.containers}
    ran = {name: seen for name, seen in containers.items() if seen.state != "created"}
    over = {name for name, seen in ran.items() if seen.state == "exited" and (
        policy == "Never" or (policy == "OnFailure" and seen.exit_code == 0))}
    if sandbox != "ready":
        start = [name for name in wished if name not in over]
        if not start or (policy == "Never" and ran):
            return PodActions(kill_pod=True)
        return PodActions(kill_pod=sandbox == "dead", create_sandbox=True, start=start)
    running = {name: seen.image for name, seen in ran.items() if seen.state == "running"}
    stop = [name for name, image in running.items() if wished.get(name) != image]
    start = [name for name in wished if name in stop or name not in {*running, *over}]
    if not running and not start:
        return PodActions(kill_pod=True)
    return PodActions(stop=stop, start=start)


def next_init(policy: str, inits: Sequence) -> str | None:
    """Which init container has to be started now? They run one after the other.

    policy   the pod's restartPolicy: "Always", "OnFailure" or "Never"
    inits    for each init container, in order, (name, state); state is "waiting" (it has never
             run), "running", or the exit code with which it ended the last time, a whole number

    Return its name, or None where none is to be started now.
    The next one's turn comes when the one before it has ended with 0. One that ended with
    another code is started again, unless the policy is "Never": then the pod never gets any
    further. One that ended with 0 has done its work, whatever the policy is.

    >>> next_init("Always", [("fetch", 0), ("unpack", "waiting"), ("check", "waiting")])
    'unpack'
    """
    for name, state in inits:
        if state == "waiting" or (state not in (0, "running") and policy != "Never"):
            return name
        if state != 0:
            break
    return None

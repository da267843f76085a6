"""What is always true of a machine's containers, and of what is said of them? Looked at with every event of the engine.

The letters are those of the list of promises: S14 at most one, S15 nobody else's, S16 how a container is ended, S17
when it is started again, S19 what the status claims.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from mini_k8s.backoff import Backoff
from mini_k8s.clock import HandClock
from mini_k8s.objects import Object
from mini_k8s.pods import NODE, UID
from mini_k8s.runtimes import Event, Observed

Blame = Callable[[str, str], None]
_SPECIAL = ("Succeeded", "Failed")


class Machine:
    """Follows the containers of all nodes.

    look    gives what is there now, for some ids: the truth, around all faults
    pod     gives the pod with that uid as it is stored now, or None
    """

    def __init__(self, blame: Blame, look: Callable[[Sequence[str]], Sequence[Observed]],
                 pod: Callable[[str], Object | None], clock: HandClock, backoff: Backoff):
        self.blame, self.look, self.pod, self.clock, self.backoff = blame, look, pod, clock, backoff
        self.things: dict[str, Observed] = {}
        self.touched: dict[str, None] = {}  # uids of pods that somebody removed things of, or whose story was lost
        self.told: dict[str, Observed] = {}  # what the control plane was told last
        self._forced: dict[str, None] = {}  # uids of pods that somebody did not want to wait for
        self._began: dict[str, None] = {}  # ids that were started
        self._counted: dict[str, None] = {}  # ids whose run is counted already
        self._ran: dict[tuple[str, str], str] = {}  # (uid, container) that has run -> its image
        self._done: dict[str, None] = {}  # ids that were seen to have ended with 0, as they wished
        self._prepared: dict[tuple[str, str], None] = {}  # (sandbox, init container) that has ended with 0
        self._told_to_end: dict[str, tuple[float, float]] = {}  # id -> when, and with which grace
        self._runs: dict[tuple, list[float]] = defaultdict(list)  # (uid, container, sandbox) -> seconds of each run

    # What happens around it.

    def renewed(self, node: str | None = None) -> None:
        """The kubelet of a node, or all of them, has forgotten everything."""
        for key in [*self._runs]:
            pod = self.pod(key[0])
            if node is None or pod is None or pod["spec"].get("nodeName") == node:
                del self._runs[key]
        if node is None:
            self.told = {}

    def answered(self, ids: Sequence[str] | None, found: Iterable[Observed]) -> None:
        """The control plane has looked."""
        for id in [*self.told] if ids is None else ids:
            self.told.pop(id, None)
        for o in found:
            self.told[o.id] = o
            key = (o.labels.get(UID, ""), o.name, o.sandbox)
            if o.state == "exited" and o.id not in self._counted and not any(
                    other.attempt > o.attempt and other.name == o.name and other.sandbox == o.sandbox
                    for other in found):
                self._counted[o.id] = None
                self._runs[key].append((o.finished_at or 0) - (o.started_at or 0))
            if o.exit_code == 0 and o.id not in self._told_to_end:  # else it was not its own wish
                self._done[o.id] = None

    def asked(self, id: str, grace: float | None) -> None:
        """A component stops a container, or removes it (``grace`` None)."""
        o = next(iter(self.look([id])), None)
        if o is None:
            return
        if UID not in o.labels:
            self.blame("S15", f"a component touches {o.name}, which is nobody's pod")
        if not o.alive or o.kind == "sandbox":
            return
        now, needed = self.clock.now(), self._needed(o)
        since, given = self._told_to_end.get(id, (now, None))
        if grace is not None and given is None:
            self._told_to_end[id] = now, grace
        if needed is None:
            return
        ends, must = now + (grace or 0), since + (needed if given is None else min(needed, given))
        if ends < must - 1e-6:
            self.blame("S16", f"{o.name} ({id}) of {self._name(o)} is {'removed' if grace is None else 'killed'} "
                       f"{must - ends:g} s before its grace is over")

    def _needed(self, o: Observed) -> float | None:
        """The seconds that a container gets to end by itself; None where nobody can say."""
        pod = self.pod(o.labels[UID])
        if pod is None:
            return None
        asked = pod["metadata"].get("deletionGracePeriodSeconds")
        return asked if asked is not None else pod["spec"]["terminationGracePeriodSeconds"]

    # The engine's events.

    def heard(self, event: Event) -> None:
        """Something happened to a container. The truth, whoever else was told."""
        if event.kind == "removed":
            gone = self.things.pop(event.id, None)
            if gone:
                self._runs.pop((gone.labels.get(UID, ""), gone.name, gone.sandbox), None)
            return
        o = self.things[event.id] = self.look([event.id])[0]
        if UID not in o.labels:
            return
        if event.kind == "created":
            self._created(o)
        elif event.kind == "started" and o.kind == "container":
            self._started(o)
        elif event.kind == "died" and o.kind == "container":
            self._died(o)

    def _created(self, o: Observed) -> None:
        if not o.labels.get(NODE) or not o.labels.get("pod"):
            self.blame("S14", f"{o.name} was made without saying whose it is: {dict(o.labels)}")
        for other in self._of(o):
            if other.attempt == o.attempt and other.id != o.id:
                self.blame("S14", f"attempt {o.attempt} of {o.name} of {self._name(o)} is there twice: {other.id} in "
                           f"{other.sandbox}, {o.id} in {o.sandbox}")

    def _started(self, o: Observed) -> None:
        uid, pod = o.labels[UID], self.pod(o.labels[UID])
        key = (uid, o.name)
        if o.id in self._began:
            self.blame("S14", f"{o.name} ({o.id}) of {self._name(o)} was started a second time, as the same attempt")
        self._began[o.id] = None
        ran, self._ran[key] = self._ran.get(key) == o.image, o.image  # another image is another container
        if pod is None or pod["metadata"].get("deletionTimestamp"):
            return  # who starts it cannot know yet
        if any(other.alive and other.id != o.id for other in self._of(o)):
            self.blame("S14", f"{o.name} of {self._name(o)} runs twice")
        if (pod.get("status") or {}).get("phase") in _SPECIAL:
            self.blame("S17", f"{o.name} of {self._name(o)} was started, and the pod has ended: "
                       f"{pod['status']['phase']}")
        if uid in self.touched:
            return  # what was removed by hand nobody can know of
        inits = {c["name"]: c for c in pod["spec"].get("initContainers") or ()}
        policy = pod["spec"]["restartPolicy"]
        last = next((other.id for other in reversed(self._of(o)) if other.id != o.id), "")
        if o.name not in inits and ran and (policy == "Never" or (policy == "OnFailure" and last in self._done)):
            self.blame("S17", f"{o.name} of {self._name(o)} was started again, against its restartPolicy {policy}")
        self._in_order(o, pod, inits)
        self._in_time(o)

    def _in_order(self, o: Observed, pod: Object, inits: Mapping[str, Mapping]) -> None:
        """Init containers one after the other, and never beside the pod's own."""
        for name, c in inits.items():
            if name == o.name:
                break
            if c.get("restartPolicy") != "Always" and (o.sandbox, name) not in self._prepared:
                self.blame("S17", f"{o.name} of {self._name(o)} was started before {name} had done its work")
        if o.name in inits and inits[o.name].get("restartPolicy") != "Always":
            beside = [other.name for other in self.things.values() if other.sandbox == o.sandbox and other.alive
                      and other.name not in inits]
            if beside:
                self.blame("S17", f"the init container {o.name} of {self._name(o)} was started beside {beside}")

    def _in_time(self, o: Observed) -> None:
        """Not before its back-off is over."""
        dead = [other for other in self._of(o) if other.id != o.id and other.sandbox == o.sandbox]
        runs = self._runs[o.labels[UID], o.name, o.sandbox]
        if not dead or not runs or dead[-1].id in self._told_to_end or dead[-1].finished_at is None:
            return
        crashes = 0
        for run in runs:
            crashes = 1 if run >= self.backoff.reset else crashes + 1
        wait = 0.0 if crashes < 2 else min(self.backoff.cap, self.backoff.base * 2 ** (crashes - 2))
        waited = self.clock.now() - dead[-1].finished_at
        if waited < wait - 1e-6:
            self.blame("S17", f"{o.name} of {self._name(o)} was started {waited:g} s after it had ended, and after "
                       f"{crashes} crashes it is to wait {wait:g} s")

    def _died(self, o: Observed) -> None:
        key = (o.labels[UID], o.name)
        if o.exit_code == 0:
            self._prepared[o.sandbox, o.name] = None
        if o.id in self._told_to_end:
            self._counted[o.id] = None
            self._runs.pop((*key, o.sandbox), None)  # whether it counts as a crash depends on when the kubelet looked

    # What is stored.

    def stored(self, pod: Object, was: Object | None, forced: bool) -> None:
        """A pod was written, or has gone (then ``pod`` is None); ``forced``: somebody does not want to wait for it."""
        if forced:
            self._forced[(pod or was)["metadata"]["uid"]] = None
        if pod is None:
            running = [o.name for o in self.things.values() if o.alive and o.kind == "container"
                       and o.labels.get(UID) == was["metadata"]["uid"]]
            if running and was["metadata"]["uid"] not in self._forced and was["spec"]["terminationGracePeriodSeconds"]:
                self.blame("S16", f"pod {was['metadata']['name']} has gone, and {running} run on")
            return
        status, before = pod.get("status") or {}, (was and was.get("status")) or {}
        if status == before:
            return
        if before.get("phase") in _SPECIAL and status.get("phase") != before["phase"]:
            self.blame("S17", f"pod {pod['metadata']['name']} was {before['phase']}, and is now {status.get('phase')}")
        counts = {c["name"]: c["restartCount"] for part in ("initContainerStatuses", "containerStatuses")
                  for c in before.get(part) or ()}
        for c in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
            self._claimed(pod, c, counts.get(c["name"], 0))
        ready = {c["type"]: c["status"] for c in status.get("conditions") or ()}.get("Ready") == "True"
        if ready and not all(c["ready"] for c in status.get("containerStatuses") or ()):
            self.blame("S19", f"pod {pod['metadata']['name']} is Ready, and not all of its containers are")

    def _claimed(self, pod: Object, c: Mapping, restarts: int) -> None:
        name = pod["metadata"]["name"]
        if c["restartCount"] < restarts:
            self.blame("S17", f"{c['name']} of {name} was restarted {restarts} times, and now {c['restartCount']}")
        seen = self.told.get((c.get("containerID") or "").partition("://")[2])
        if "running" in c["state"] and not (seen and seen.alive):
            self.blame("S19", f"{c['name']} of {name} is said to run, and the last look did not show it: {seen}")

    def _of(self, o: Observed) -> list[Observed]:
        """Everything there is of the same container of the same pod, or of its sandboxes, oldest attempt first."""
        found = [other for other in self.things.values() if other.kind == o.kind and other.name == o.name
                 and other.labels.get(UID) == o.labels[UID]]
        return sorted(found, key=lambda other: other.attempt)

    def _name(self, o: Observed) -> str:
        return f"{o.labels.get('pod')} ({o.labels[UID][:8]})"

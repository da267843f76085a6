"""Who does what a pod needs? One worker for each pod: what ``pod_actions`` decides is done here, in order.

Everything here may block, and runs in a hand of its own; two hands never work on one pod. What is done can be done
again: a worker that was killed in the middle leaves nothing that its successor does not find. Upstream:
``pkg/kubelet/pod_workers.go``, ``SyncPod`` in ``pkg/kubelet/kuberuntime/kuberuntime_manager.go``.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from mini_k8s import pod_actions
from mini_k8s.backoff import Backoff
from mini_k8s.clock import Clock
from mini_k8s.errors import Conflict, NotFound, StatusError
from mini_k8s.kinds.columns import seconds_of
from mini_k8s.objects import Key, Object
from mini_k8s.pod_actions import PodActions, Seen
from mini_k8s.pods.containers import all_containers, sandbox_spec
from mini_k8s.pods.content import Volumes
from mini_k8s.pods.ending import Ending
from mini_k8s.pods.env import ConfigError
from mini_k8s.pods.inits import Beginning, beginning
from mini_k8s.pods.memory import Memory, at_rest, note_ends, note_words
from mini_k8s.pods.reporter import Reporter, grace_of, over
from mini_k8s.pods.room import Room
from mini_k8s.pods.sight import PodSeen, Sight
from mini_k8s.pods.starter import Refused, Starter
from mini_k8s.pods.status import Waiting
from mini_k8s.runtimes import Observed
from mini_k8s.workqueue import WorkQueue

if TYPE_CHECKING:
    from mini_k8s.client import Client

REFRESH = 60.0  # seconds after which volumes of files are filled anew, and everything about a pod is looked at
CREATING = "ContainerCreating"  # why a container waits for something that is not its own
RETRY, RETRY_CAP = 1.0, 60.0  # seconds before a start that was refused is tried again: the first time, at most


class Workers:
    """The workers of one kubelet. ``sync`` and ``end`` may be called from any thread.

    client    where pods are read, and their status is written
    sight     what runs here
    queue     who is to be looked at again, and when
    """

    def __init__(self, client: "Client", sight: Sight, queue: WorkQueue, clock: Clock, backoff: Backoff,
                 starter: Starter, ending: Ending, room: Room, dns: Callable[[], str] = lambda: ""):
        self.client, self.sight, self.queue, self.clock, self.backoff = client, sight, queue, clock, backoff
        self.starter, self.ending, self.room, self.tell = starter, ending, room, starter.tell
        self.runtime, self.dns = sight.runtime, dns
        self.reporter = Reporter(client, clock, self.tell)
        self.volumes = Volumes(client, self.runtime, room.allocatable)
        self._memory: dict[str, Memory] = {}

    def sync(self, uid: str, key: Key) -> None:
        """Bring one pod a step nearer to its wish, and report where it stands."""
        with self._turn(uid) as memory:
            pod = memory and self._pod(uid, key)
            if not pod or pod["metadata"].get("deletionTimestamp"):
                return  # the loop ends it
            memory.ending = None
            seen = self.sight.pod(uid)
            if memory.settled and memory.settled[0] is pod and memory.settled[1] is seen:
                return  # the same as the last time, and it was at rest then
            if over(pod):
                self.room.release(uid)
            elif refused := self.room.admit(pod, anyway=bool(seen.sandboxes or _began(pod))):
                self.reporter.fail(pod, seen, refused[0], f"Pod was rejected: {refused[1]}")
                return
            elif self._too_long(pod):
                self.reporter.fail(pod, seen, "DeadlineExceeded",
                                   "Pod was active on the node longer than the specified deadline")
                return  # that is news: the next look winds it up
            try:
                seen, begin = self._wind_up(pod, seen) if over(pod) else self._follow(pod, seen, memory)
                note_ends(memory, seen, self.clock.now())  # some end while they are started
                note_words(pod, memory, seen, self.runtime)
                written = self.reporter.report(pod, seen, memory.waiting, begin, memory.words)
                memory.settled = (written, seen) if begin.done and at_rest(pod, seen, memory) else None
                self.queue.succeeded(uid)
                return
            except ConfigError as error:
                self._wait(pod, memory, "FailedMount", str(error), error.container)
            except StatusError as error:
                if not isinstance(error, Conflict):
                    self.sight.lost()  # it may have happened all the same
                self._wait(pod, memory, "FailedCreatePodSandBox", str(error))

    def end(self, uid: str, key: Key) -> None:
        """Stop everything of a pod that is not wished for, remove it, and say that it has gone."""
        with self._turn(uid) as memory:
            if memory is None:
                return
            pod, seen = self._pod(uid, key), self.sight.pod(uid)
            grace = seen.grace if pod is None else grace_of(pod)
            now, alive = self.clock.now(), [o for o in seen.all if o.alive and o.kind == "container"]
            until = memory.ending
            first, late = until is None, until is not None and now >= until
            if alive and (first or late or now + grace < until):
                memory.ending = until = now + grace
                if pod is not None and first:
                    self.tell(pod, "Normal", "Killing", f"Stopping container {', '.join(o.name for o in alive)}")
                self.ending.begin(pod, seen, 0 if late else grace, lambda: self._untold(uid, memory))
                if not self.ending.together:  # else it has hardly begun
                    self.sight.look_at([o.id for o in seen.all])
                    seen = self.sight.pod(uid)
            if any(o.alive and o.kind == "container" for o in seen.all):
                self.queue.add_after(uid, until + 1.0 - self.clock.now())
                return
            self._remove(uid, pod, seen)
            if pod is not None and pod["metadata"].get("deletionTimestamp"):
                with suppress(NotFound):  # somebody was faster
                    self.client.delete("Pod", key.name, key.namespace, grace=0, uid=uid)

    def forget(self, uid: str) -> None:
        """This pod has gone."""
        self.room.release(uid)
        self.queue.succeeded(uid)
        self._memory.pop(uid, None)

    def runs(self, uid: str, container: str) -> tuple[float, ...]:
        """Seconds that each run of a container lasted, oldest first, as far as is remembered."""
        memory = self._memory.get(uid)
        return tuple(memory.runs.get(container, ())) if memory else ()

    def sweep(self, node: str) -> None:
        """Remove what is left of pods that went when nobody looked: their volumes."""
        self.volumes.sweep(node, lambda uid, key: self.sight.pod(uid).all or self._pod(uid, key))

    # The steps.

    def _untold(self, uid: str, memory: Memory) -> None:
        """Some container was perhaps not told to end: its grace has not begun."""
        memory.ending = None
        self.queue.failed(uid)

    @contextmanager
    def _turn(self, uid: str) -> Iterator[Memory | None]:
        """This pod's memory, for one hand at a time; None while another one has it, which will look again then."""
        memory = self._memory.setdefault(uid, Memory())
        memory.again = True  # before trying: whoever has it sees this when he lets go
        if not memory.turn.acquire(blocking=False):
            yield None
            return
        memory.again = False
        try:
            yield memory
        finally:
            memory.turn.release()
            if memory.again:
                self.queue.add(uid)

    def _wind_up(self, pod: Object, seen: PodSeen) -> tuple[PodSeen, Beginning]:
        """The pod has ended for good: nothing of it runs on, not even its sandbox."""
        if any(o.alive for o in seen.all):
            self.ending.stop(pod, seen, grace_of(pod), sandbox=True)
            self.sight.look_at({o.id for o in seen.all})
            seen = self.sight.pod(seen.uid)
        return seen, Beginning(True)

    def _follow(self, pod: Object, seen: PodSeen, memory: Memory) -> tuple[PodSeen, Beginning]:
        """Do what ``compute_pod_actions`` says; return what is seen afterwards, and how far the beginning has come."""
        note_ends(memory, seen, self.clock.now())
        if seen.sandboxes[:-1]:  # somebody ended between making its successor and removing it
            note_words(pod, memory, seen, self.runtime)
            for old in seen.sandboxes[:-1]:
                self.runtime.remove(old.id)
            self.sight.look_at([o.id for o in seen.all])
            seen = self.sight.pod(seen.uid)
        if self.volumes.fill(pod, seen, memory.content):
            self.queue.add_after(seen.uid, REFRESH)
        sandbox, newest = seen.sandbox, {name: _seen(o) for name, o in seen.newest().items()}
        inits = {c["name"] for c in pod["spec"].get("initContainers") or ()}
        state = None if sandbox is None else "ready" if sandbox.alive else "dead"
        actions = pod_actions.compute_pod_actions(
            pod, state, {name: one for name, one in newest.items() if name not in inits})
        begin = self._begin(pod, seen)
        if begin.failed:
            actions = PodActions(kill_pod=True)
        elif state == "ready" and not actions.kill_pod:
            actions = replace(actions, start=begin.start + (actions.start if begin.done else ()))
        memory.waiting = {name: why for name, why in memory.waiting.items()
                          if name in actions.start and why.reason != CREATING}
        if actions == PodActions():
            return seen, begin
        if actions.kill_pod or actions.create_sandbox:  # what joined a sandbox that has gone is of no use either
            note_words(pod, memory, seen, self.runtime)
            self.ending.stop(pod, seen, grace_of(pod), sandbox=True)
        for name in actions.stop:
            self.runtime.stop(seen.containers[name][-1].id, grace_of(pod))
        if actions.create_sandbox:
            seen, begin = self._new_sandbox(pod, seen, memory)
            actions = replace(actions, start=begin.start + (actions.start if begin.done else ()))
        by_name = {c["name"]: c for c in all_containers(pod)}
        started: list[str] = []
        try:
            for name in actions.start:
                if id := self._start(pod, by_name[name], seen, memory):
                    started.append(id)
        finally:  # also where one of them could not be: the others are there
            if started or actions.kill_pod or actions.stop:
                self.sight.look_at([*(o.id for o in seen.all), *started])
                seen = self.sight.pod(seen.uid)
        begin = begin if begin.failed else self._begin(pod, seen)  # once failed it is so, whatever was stopped since
        if state != "ready" and not actions.create_sandbox:  # it is over; badly, where a part of it has never run
            begin = Beginning(True, failed=any(newest.get(c["name"], _NEVER).state == "created"
                                               for c in pod["spec"]["containers"]))
        return seen, begin

    def _new_sandbox(self, pod: Object, seen: PodSeen, memory: Memory) -> tuple[PodSeen, Beginning]:
        """A sandbox with everything in it that containers will find; the old one goes."""
        old = seen.sandbox
        with self.starter.turnstile:
            ids = self.volumes.make(pod, memory.content)
            id = self.runtime.create_sandbox(sandbox_spec(pod, old.attempt + 1 if old else 0, tuple(ids.values()),
                                                          self.runtime.can, self.dns()))
        for gone in seen.sandboxes:
            self.runtime.remove(gone.id)
        self.sight.look_at([id, *(gone.id for gone in seen.sandboxes)])
        seen = self.sight.pod(seen.uid)
        if seen.sandbox is None:
            raise NotFound("the sandbox that was made a moment ago is gone again. It is made anew.")
        self.volumes.fill(pod, seen, memory.content)
        return seen, self._begin(pod, seen)

    def _start(self, pod: Object, container: Mapping, seen: PodSeen, memory: Memory) -> str:
        """Start the next attempt of a container, if it is time; return its id, or nothing."""
        name, home = container["name"], seen.sandbox
        attempts = seen.containers.get(name, ())
        dead = [o for o in attempts if o.state == "exited"]
        if dead and dead[-1].sandbox == home.id and self._backs_off(pod, name, dead[-1], memory):
            return ""
        times, until = memory.refused.get((name, container["image"]), (0, 0.0))
        if until > self.clock.now():
            self.queue.add_after(seen.uid, until - self.clock.now())
            return ""
        unstarted = attempts[-1] if attempts and attempts[-1].state == "created" else None
        attempt = attempts[-1].attempt + (unstarted is None) if attempts else 0
        try:
            id = self.starter.start(pod, container, attempt, home, self.volumes.make(pod, memory.content), unstarted)
        except Refused as error:
            memory.waiting[name] = Waiting(error.reason, str(error))
            if error.reason not in ("ErrImagePull", "ImagePullBackOff"):
                self.tell(pod, "Warning", "Failed", f"Error: {error}")
            wait = min(RETRY_CAP, RETRY * 2.0 ** min(times, 10))
            memory.refused[name, container["image"]] = times + 1, self.clock.now() + wait
            self.queue.add_after(seen.uid, wait)
            if error.unsure:
                self.sight.lost()
            elif error.made:
                self.sight.look_at([error.made])
            return ""
        memory.waiting.pop(name, None)
        memory.refused.pop((name, container["image"]), None)
        for old in dead[:-1]:  # the last one stays, for its logs
            self.runtime.remove(old.id)
        return id

    def _backs_off(self, pod: Object, name: str, dead: Observed, memory: Memory) -> bool:
        """Does this container have to wait before it is started again? Then it comes back when it is time."""
        how, meta = self.backoff, pod["metadata"]
        delay = float(pod_actions.crash_backoff(memory.runs[name] or [0.0], how.base, how.cap, how.reset))
        left = memory.died.get(dead.id, 0.0) + delay - self.clock.now()
        if left <= 0:
            return False
        message = (f"back-off {delay:.0f}s restarting failed container={name} "
                   f"pod={meta['name']}_{meta['namespace']}({meta['uid']})")
        if memory.waiting.get(name) != Waiting("CrashLoopBackOff", message):
            memory.waiting[name] = Waiting("CrashLoopBackOff", message)
            self.tell(pod, "Warning", "BackOff", f"Back-off restarting failed container {name} in pod {meta['name']}")
        self.queue.add_after(meta["uid"], left)
        return True

    def _begin(self, pod: Object, seen: PodSeen) -> Beginning:
        """How far the pod's beginning has come, in the sandbox that is there now."""
        if not pod["spec"].get("initContainers"):
            return Beginning(True)
        home = seen.sandbox and seen.sandbox.id
        here = {name: o for name, o in seen.newest().items() if o.sandbox == home}
        begun = any(c["name"] in here and here[c["name"]].state != "created" for c in pod["spec"]["containers"])
        return beginning(pod, {name: _seen(o) for name, o in here.items()}, begun)

    def _too_long(self, pod: Object) -> bool:
        """Has it been active for longer than it may? Else it comes back when it has."""
        limit, began = pod["spec"].get("activeDeadlineSeconds"), _began(pod)
        left = None if limit is None or not began else seconds_of(began) + limit - self.clock.now()
        if left is not None and left > 0:
            self.queue.add_after(pod["metadata"]["uid"], left)
        return left is not None and left <= 0

    def _wait(self, pod: Object, memory: Memory, event: str, message: str, container: str = "") -> None:
        """Nothing could be done just now; everything that does not run waits for that. ``container`` is to blame."""
        uid = pod["metadata"]["uid"]
        if container:
            event, message = "Failed", f"Error: {message}"
            memory.waiting[container] = Waiting(ConfigError.reason, message.removeprefix("Error: "))
        self.tell(pod, "Warning", event, message)
        for c in all_containers(pod):
            memory.waiting.setdefault(c["name"], Waiting(CREATING, message))
        with suppress(StatusError):
            seen = self.sight.pod(uid)
            self.reporter.report(pod, seen, memory.waiting, self._begin(pod, seen), memory.words)
        self.queue.failed(uid)

    def _remove(self, uid: str, pod: Object | None, seen: PodSeen) -> None:
        tidying = getattr(self.starter.turnstile, "tidying", nullcontext)
        for o in seen.all:
            with tidying():
                self.runtime.remove(o.id)
        if pod is None or pod["spec"].get("volumes"):
            self.volumes.remove(uid)
        if seen.all:
            self.sight.look_at([o.id for o in seen.all])

    def _pod(self, uid: str, key: Key) -> Object | None:
        """The pod as it is wished for now; None when it is not any more."""
        try:
            pod = self.client.get("Pod", key.name, key.namespace)
        except NotFound:
            return None
        return pod if pod["metadata"]["uid"] == uid else None


_NEVER = Seen("created")


def _began(pod: Object) -> str | None:
    return (pod.get("status") or {}).get("startTime")


def _seen(o: Observed) -> Seen:
    return Seen("running" if o.alive else o.state, o.exit_code, o.image)

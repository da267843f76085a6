"""Who does what a pod needs? One worker for each pod: what ``pod_actions`` decides is done here, in order.

Everything here may block, and runs in a hand of its own; two hands never work on one pod. What is done can be done
again: a worker that was killed in the middle leaves nothing that its successor does not find. Upstream:
``pkg/kubelet/pod_workers.go``, ``SyncPod`` in ``pkg/kubelet/kuberuntime/kuberuntime_manager.go``.
"""

import threading
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mini_k8s import pod_actions
from mini_k8s.backoff import Backoff
from mini_k8s.clock import Clock
from mini_k8s.errors import Conflict, NotFound, StatusError
from mini_k8s.objects import Key, Object
from mini_k8s.pod_actions import PodActions, Seen
from mini_k8s.pods.containers import container_spec, sandbox_spec
from mini_k8s.pods.sight import PodSeen, Sight
from mini_k8s.pods.status import Waiting, pod_status
from mini_k8s.runtimes import Observed
from mini_k8s.workqueue import WorkQueue

if TYPE_CHECKING:
    from mini_k8s.client import Client


@dataclass
class Memory:
    """What is remembered of a pod. A new kubelet begins without, and loses nothing but patience."""

    runs: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # container -> seconds of each run
    died: dict[str, float] = field(default_factory=dict)  # id -> when it was first seen dead
    waiting: dict[str, Waiting] = field(default_factory=dict)  # container -> why it does not run
    ending: float | None = None  # until when its containers may still end by themselves
    turn: threading.Lock = field(default_factory=threading.Lock)  # one hand at a time


class Workers:
    """The workers of one kubelet. ``sync`` and ``end`` may be called from any thread.

    client    where pods are read, and their status is written
    sight     what runs here
    queue     who is to be looked at again, and when
    """

    def __init__(self, client: "Client", sight: Sight, queue: WorkQueue, clock: Clock, backoff: Backoff):
        self.client, self.sight, self.queue, self.clock, self.backoff = client, sight, queue, clock, backoff
        self.runtime = sight.runtime
        self._memory: dict[str, Memory] = defaultdict(Memory)

    def sync(self, uid: str, key: Key) -> None:
        """Bring one pod a step nearer to its wish, and report where it stands."""
        memory = self._memory[uid]
        with memory.turn:
            pod = self._pod(uid, key)
            if pod is None or pod["metadata"].get("deletionTimestamp"):
                return  # the loop ends it
            try:
                seen = self.sight.pod(uid)
                if not over(pod):
                    seen = self._follow(pod, seen, memory)
                self._report(pod, seen, memory)
                self.queue.succeeded(uid)
            except StatusError as error:
                memory.waiting = {c["name"]: memory.waiting.get(c["name"]) or Waiting("ContainerCreating", str(error))
                                  for c in pod["spec"]["containers"]}
                with suppress(StatusError):
                    self._report(pod, self.sight.pod(uid), memory)
                self.queue.failed(uid)

    def end(self, uid: str, key: Key) -> None:
        """Stop everything of a pod that is not wished for, remove it, and say that it has gone."""
        memory = self._memory[uid]
        with memory.turn:
            pod, seen = self._pod(uid, key), self.sight.pod(uid)
            if self._stopped(seen, seen.grace if pod is None else grace_of(pod), memory):
                seen = self.sight.pod(uid)
                for o in seen.all:
                    self.runtime.remove(o.id)
                if seen.all:
                    self.sight.look_at({o.id for o in seen.all})
                if pod is not None and pod["metadata"].get("deletionTimestamp"):
                    with suppress(NotFound, Conflict):  # somebody was faster, or another one has the name now
                        self.client.delete("Pod", key.name, key.namespace, grace=0, uid=uid)

    def forget(self, uid: str) -> None:
        """This pod has gone."""
        self._memory.pop(uid, None)

    # The steps.

    def _follow(self, pod: Object, seen: PodSeen, memory: Memory) -> PodSeen:
        """Do what ``compute_pod_actions`` says; return what is seen afterwards."""
        self._account(memory, seen)
        sandbox = seen.sandbox
        state = None if sandbox is None else "ready" if sandbox.alive else "dead"
        actions = pod_actions.compute_pod_actions(pod, state, {name: _seen(o) for name, o in seen.newest().items()})
        if actions == PodActions():
            return seen
        touched = {o.id for o in seen.all}
        home = sandbox.id if sandbox else ""
        if actions.kill_pod:
            for o in seen.all:
                if o.alive:
                    self.runtime.stop(o.id, grace_of(pod))
        if actions.create_sandbox:
            home = self.runtime.create_sandbox(sandbox_spec(pod, sandbox.attempt + 1 if sandbox else 0))
        for name in actions.stop:
            self.runtime.stop(seen.containers[name][-1].id, grace_of(pod))
        started = [id for name in actions.start if (id := self._start(pod, name, seen, home, memory))]
        if not started and actions == PodActions(start=actions.start):
            return seen  # all of them wait
        self.sight.look_at({*touched, home, *started} - {""})
        return self.sight.pod(seen.uid)

    def _start(self, pod: Object, name: str, seen: PodSeen, home: str, memory: Memory) -> str:
        """Start the next attempt of a container, if it is time; return its id, or nothing."""
        attempts = seen.containers.get(name, ())
        dead = [o for o in attempts if o.state == "exited"]
        if dead and dead[-1].sandbox == home and self._waits(pod, name, dead[-1], memory):
            return ""
        attempt = 0
        if attempts:
            unstarted = attempts[-1].state == "created" and attempts[-1].sandbox == home
            attempt = attempts[-1].attempt + (not unstarted)
        container = next(c for c in pod["spec"]["containers"] if c["name"] == name)
        try:
            id = self.runtime.create(container_spec(pod, container, attempt), home)
            self.runtime.start(id)
        except NotFound as error:
            memory.waiting[name] = Waiting("ErrImagePull", str(error))
            self.queue.failed(seen.uid)
            return ""
        memory.waiting.pop(name, None)
        for old in dead[:-1]:  # the last one stays, for its logs
            self.runtime.remove(old.id)
        return id

    def _waits(self, pod: Object, name: str, dead: Observed, memory: Memory) -> bool:
        """Does this container have to wait before it is started again? Then it comes back when it is time."""
        how, meta = self.backoff, pod["metadata"]
        delay = float(pod_actions.crash_backoff(memory.runs[name] or [0.0], how.base, how.cap, how.reset))
        left = memory.died.get(dead.id, 0.0) + delay - self.clock.now()
        if left <= 0:
            return False
        memory.waiting[name] = Waiting("CrashLoopBackOff", f"back-off {delay:.0f}s restarting failed container={name} "
                                       f"pod={meta['name']}_{meta['namespace']}({meta['uid']})")
        self.queue.add_after(meta["uid"], left)
        return True

    def _stopped(self, seen: PodSeen, grace: float, memory: Memory) -> bool:
        """Have all containers of the pod ended? They are told to, and killed when their grace is over."""
        alive = [o for o in seen.all if o.alive and o.kind == "container"]
        if not alive:
            return True
        now = self.clock.now()
        if memory.ending is not None and now < memory.ending and grace > 0:
            return False
        late, memory.ending = memory.ending is not None, now + grace
        for o in alive:
            self.runtime.stop(o.id, 0 if late else grace)
        self.queue.add_after(seen.uid, grace + 1.0)
        self.sight.look_at({o.id for o in seen.all})
        return not any(o.alive and o.kind == "container" for o in self.sight.pod(seen.uid).all)

    def _account(self, memory: Memory, seen: PodSeen) -> None:
        """Note how long each run lasted that has ended since the last look."""
        for name, attempts in seen.containers.items():
            newest = attempts[-1]
            if newest.state == "exited" and newest.id not in memory.died:
                memory.died[newest.id] = self.clock.now()
                memory.runs[name].append(max(0.0, (newest.finished_at or 0) - (newest.started_at or 0)))
                del memory.runs[name][:-20]

    def _report(self, pod: Object, seen: PodSeen, memory: Memory) -> None:
        """Write the pod's status, if it is another one than is known."""
        old, policy = pod.get("status") or {}, pod["spec"].get("restartPolicy") or "Always"
        states = [_state(seen.containers.get(c["name"], ())) for c in pod["spec"]["containers"]]
        phase = old["phase"] if over(pod) else pod_actions.phase(policy, states)
        status = pod_status(pod, seen, phase, self.clock.now(), memory.waiting)
        if status != old:
            with suppress(NotFound):  # it went meanwhile
                self.client.update(Object({**pod, "status": status}), "status")

    def _pod(self, uid: str, key: Key) -> Object | None:
        """The pod as it is wished for now; None when it is not any more."""
        try:
            pod = self.client.get("Pod", key.name, key.namespace)
        except NotFound:
            return None
        return pod if pod["metadata"]["uid"] == uid else None


def over(pod: Object) -> bool:
    """It has ended for good."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def grace_of(pod: Object) -> float:
    """Seconds that the pod's containers get to end by themselves."""
    asked = pod["metadata"].get("deletionGracePeriodSeconds")
    return asked if asked is not None else pod["spec"].get("terminationGracePeriodSeconds") or 0


def _seen(o: Observed) -> Seen:
    return Seen("running" if o.alive else o.state, o.exit_code, o.image)


def _state(attempts: Sequence[Observed]) -> str | int:
    """What ``phase`` wants to know of a container."""
    if attempts and attempts[-1].alive:
        return "running"
    return next((o.exit_code if o.exit_code is not None else 255 for o in reversed(attempts)
                 if o.state == "exited"), "waiting")

"""Chapter 4: how do a node's containers come to match its pods?

The kubelet is chapter 2's loop on one machine. ``diff`` chooses the pods: by uid, those wished for here against those
of which something is here. What has to happen inside a pod that is on both sides, ``compute_pod_actions`` says; and
what became of it is reported as the pod's status. All that the kubelet knows is read from the API and from the labels
of its containers, so a new one takes up the work where a killed one left it. Upstream: ``pkg/kubelet/kubelet.go``.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from mini_k8s.backoff import Backoff
from mini_k8s.clock import Clock
from mini_k8s.control_loop import ControlLoop
from mini_k8s.errors import StatusError
from mini_k8s.objects import Key, Object
from mini_k8s.pods.ending import Ending
from mini_k8s.pods.reporter import over
from mini_k8s.pods.room import Room
from mini_k8s.pods.sight import Sight
from mini_k8s.pods.starter import Starter, Tell
from mini_k8s.pods.worker import Workers
from mini_k8s.record import Action, Observation
from mini_k8s.workqueue import WorkQueue

if TYPE_CHECKING:
    from mini_k8s.client import Client
    from mini_k8s.informer import Informer


SWEEP = 60.0  # seconds between two looks for volumes that nobody needs


class Kubelet:
    """The agent of one node. ``step()`` does what there is to do, and says whether there was anything.

    node      its name
    client    where pods are read and their status is written
    pods      an informer of pods with the index "node", stepped by whoever owns it
    sight     what runs here
    room      what the node has: {"cpu": "4", "memory": "4Gi", "pods": "110"}; what is not named has no end
    hands     an executor for calls that block; None: they are made in the step itself
    turnstile lets so many hands to the runtime at the same time as it can use
    tell      tells people what happens, as events: (object, type, reason, message)
    wake      called when there is something to do
    dns       gives the address of the cluster's DNS server; empty where there is none
    """

    def __init__(self, node: str, client: "Client", pods: "Informer", sight: Sight, clock: Clock, *,
                 room: Mapping[str, str] = {}, hands=None, turnstile=None, backoff: Backoff = Backoff(),
                 tell: Tell = lambda *said: None, wake: Callable[[], None] = lambda: None,
                 dns: Callable[[], str] = lambda: ""):
        self.node, self.pods, self.sight, self.clock = node, pods, sight, clock
        self.queue = WorkQueue(clock, base=1.0, cap=60.0, wake=wake)
        self.room = Room(room)
        self.workers = Workers(client, sight, self.queue, clock, backoff, Starter(
            client, sight.runtime, clock, tell, self.room.allocatable, turnstile),
            Ending(sight.runtime, clock, tell, together=hands is not None), self.room, dns)
        self.loop = ControlLoop(self._wished, self._here, self._act, clock=clock, executor=hands, backoff=None,
                                max_in_flight=1_000_000, remember=100)
        self._hands, self._swept = hands, float("-inf")

    def hear(self, pod: Object) -> None:
        """This pod has changed."""
        self.queue.add(pod["metadata"]["uid"])

    def step(self) -> bool:
        """Look at every pod of which there is news."""
        if not (self.pods.synced and self.sight.sure):
            return False  # who knows of nothing yet would think that everything has gone
        if self.clock.now() >= self._swept + SWEEP:
            self._swept = self.clock.now()
            self._hands.submit(self._sweep) if self._hands else self._sweep()
        for uid in self.sight.changed(self.node):
            self.queue.add(uid)
        news = []
        while (uid := self.queue.get()) is not None:
            self.queue.done(uid)
            news.append(uid)
        if not news:
            return False
        step = self.loop.step()
        for uid in news:
            if uid in step.held:
                self.queue.add_after(uid, 0.05)  # a hand is at it
            elif uid in step.desired and uid in step.observed:
                self._submit(self.workers.sync, uid, step.desired[uid])
            elif uid not in step.desired and uid not in step.observed:
                self.workers.forget(uid)
        return True

    def due(self) -> float | None:
        """When there is something to do that nobody will tell of."""
        return self.queue.due()

    def _wished(self) -> dict[str, str]:
        """The pods that should be here: all that are bound to this node and not asked to go."""
        return {meta["uid"]: f"{meta['namespace']}/{meta['name']}" for pod in self.pods.by("node", self.node)
                if not (meta := pod["metadata"]).get("deletionTimestamp")}

    def _here(self) -> Observation:
        """The pods of which something is here: a sandbox, a container, or an end that was reported."""
        here = {seen.uid: f"{seen.namespace}/{seen.name}" for seen in self.sight.pods(self.node).values()}
        for pod in self.pods.by("node", self.node):
            meta = pod["metadata"]
            if meta["uid"] not in here and (meta.get("deletionTimestamp") or over(pod)):
                here[meta["uid"]] = f"{meta['namespace']}/{meta['name']}"
        return Observation(here)

    def _act(self, action: Action) -> None:
        self._work(self.workers.end if action.verb == "stop" else self.workers.sync, action.name, action.what)

    def _submit(self, work: Callable[[str, Key], None], uid: str, what: str) -> None:
        if self._hands:
            self._hands.submit(self._work, work, uid, what)
        else:
            with suppress(StatusError):  # it comes back, and the others have their turn
                self._work(work, uid, what)

    def _work(self, work: Callable[[str, Key], None], uid: str, what: str) -> None:
        try:
            work(uid, _key(what))
        except StatusError:
            self.queue.failed(uid)  # nobody else would say that it is to be looked at again
            raise

    def _sweep(self) -> None:
        with suppress(StatusError):  # there is a next time
            self.workers.sweep(self.node)

    def __repr__(self) -> str:
        return f"<Kubelet of {self.node}>"


def _key(what: str) -> Key:
    namespace, _, name = what.partition("/")
    return Key("Pod", namespace, name)

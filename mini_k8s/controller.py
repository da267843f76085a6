"""Chapter 5: how does a component bring one object after the other to what was wished?

A controller is told a name, never what happened to it: ``reconcile(key)`` looks at the state as it is now, compares,
and moves it a step. So a lost, doubled or reordered event costs nothing, and neither does a restart. The loop of
chapter 2 compared all names at once; this is the same idea one object at a time. A whole controller of your own:

>>> from mini_k8s.informer import Informer
>>> def guard(client):
...     pods = Informer(client, "Pod")
...     def reconcile(key):
...         pod = pods.get(key)
...         if pod and "team" not in (pod.metadata.labels or {}):
...             client.patch("Pod", key.name, {"metadata": {"labels": {"team": "nobody"}}}, key.namespace)
...     return pods, Controller("guard", reconcile).watch(pods)

Whoever runs it makes the steps of both, in turn, as long as one of them says that there was something to do.

Upstream: ``controller-runtime``'s Reconciler and Result, and the worker loops of ``pkg/controller``. Left out: several
workers for one queue, metrics.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mini_k8s.clock import Clock
from mini_k8s.errors import Conflict, NotFound, StatusError
from mini_k8s.objects import Key, Object, key_of
from mini_k8s.workqueue import WorkQueue

if TYPE_CHECKING:
    from mini_k8s.informer import Informer

Keys = Callable[[Object], Iterable[Hashable]]


@dataclass(frozen=True)
class Result:
    """What is to be done after a ``reconcile`` that went well.

    requeue_after   seconds until the same key is to be looked at again, whatever happens; None: when there is news
    """

    requeue_after: float | None = None


class Controller:
    """Calls ``reconcile`` with each key of which there is news. ``step()`` does one, and says whether there was one.

    name        "replicaset", "endpointslice" …
    reconcile   reconcile(key) brings one object a step nearer; a key whose call fails comes back, later each time
    resync      seconds after which all objects are looked at again, in case somebody has missed something; None: never
    """

    def __init__(self, name: str, reconcile: Callable[[Key], Result | None], clock: Clock | None = None,
                 wake: Callable[[], None] = lambda: None, resync: float | None = 600.0):
        self.name, self.reconcile, self.resync = name, reconcile, resync
        self.queue = WorkQueue(clock, wake=wake)
        self.error: Exception | None = None  # of the last call that failed, until one goes well
        self._followed: list[tuple[Informer, Keys]] = []  # whose objects are looked at again with every resync
        self._needed: list[Informer] = []
        self._next = float("-inf") if resync is None else self.queue.clock.now() + resync

    def watch(self, informer: "Informer", keys: Keys = lambda obj: (key_of(obj),)) -> "Controller":
        """Look at ``keys(obj)`` when an object of this informer has come, changed or gone. The controller itself is
        returned. Whoever owns the informer makes its steps."""
        def hear(old: Object | None, new: Object | None) -> None:
            for obj in (new,) if old is new else (old, new):
                if obj is not None:
                    for key in keys(obj):
                        self.queue.add(key)

        self._followed.append((informer, keys))
        self.follow(informer)
        informer.handlers.append(hear)
        for obj in informer.list():
            hear(None, obj)
        return self

    def follow(self, informer: "Informer") -> None:
        """Nothing is looked at before this informer has listed once."""
        self._needed.append(informer)

    def step(self) -> bool:
        """Look at the next key, if there is one and everything that is followed was listed once."""
        if not all(informer.synced for informer in self._needed):
            return False
        self._look_at_all_again()
        key = self.queue.get()
        if key is None:
            return False
        try:
            result = self.reconcile(key)
        except Exception as error:
            self.queue.failed(key)
            if not isinstance(error, Conflict | NotFound):  # those mean that what was seen is not new enough: later
                self.error = error
            if not isinstance(error, StatusError):
                raise
        else:
            self.error = None
            self.queue.succeeded(key)
            if result is not None and result.requeue_after is not None:
                self.queue.add_after(key, result.requeue_after)
        finally:
            self.queue.done(key)
        return True

    def due(self) -> float | None:
        """When there is something to do that nobody will tell of."""
        due = self.queue.due()
        if self.resync is None:
            return due
        return self._next if due is None else min(due, self._next)

    def _look_at_all_again(self) -> None:
        if self.resync is None or self.queue.clock.now() < self._next:
            return
        self._next = self.queue.clock.now() + self.resync
        for informer, keys in self._followed:
            for obj in informer.list():
                for key in keys(obj):
                    self.queue.add(key)

    def __repr__(self) -> str:
        return f"<Controller {self.name}: {len(self.queue)} to look at>"

"""What runs here, pod by pod? One look at the runtime, shared by all kubelets that use it.

Events only say where to look; every few seconds everything is looked at, in case one was lost. What was not asked about
since is as it was last seen. Upstream: ``pkg/kubelet/pleg/generic.go`` (the pod lifecycle event generator).
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from mini_k8s.clock import Clock, RealClock
from mini_k8s.errors import StatusError
from mini_k8s.pods import GRACE, NAMESPACE, NODE, POD, UID
from mini_k8s.runtimes import Event, Observed, Runtime


@dataclass(frozen=True)
class PodSeen:
    """What there is of one pod on a machine.

    sandboxes    oldest first
    containers   name -> its attempts, oldest first, of all sandboxes
    """

    uid: str
    name: str = ""
    namespace: str = ""
    node: str = ""
    grace: float = 2.0
    sandboxes: tuple[Observed, ...] = ()
    containers: Mapping[str, tuple[Observed, ...]] = field(default_factory=dict)

    @property
    def sandbox(self) -> Observed | None:
        """The newest one, dead or alive."""
        return self.sandboxes[-1] if self.sandboxes else None

    @property
    def all(self) -> list[Observed]:
        """Its containers, then its sandboxes."""
        return [*(o for attempts in self.containers.values() for o in attempts), *self.sandboxes]

    def newest(self) -> dict[str, Observed]:
        """The newest attempt of every container."""
        return {name: attempts[-1] for name, attempts in self.containers.items()}


class Sight:
    """What was seen of every pod of a runtime. All its methods may be called from any thread.

    period   seconds between two looks at everything
    wake     called when there is reason to look
    """

    def __init__(self, runtime: Runtime, clock: Clock | None = None, period: float = 2.0,
                 wake: Callable[[], None] = lambda: None):
        self.runtime, self.clock, self.period, self.wake = runtime, clock or RealClock(), period, wake
        self.trouble: StatusError | None = None  # why the last look failed; None when it went well
        self.sure = False  # everything was looked at since the last doubt; else there may be more than was seen
        self._lock = threading.Lock()
        self._seen: dict[str, Observed] = {}
        self._parts: dict[str, dict[str, Observed]] = defaultdict(dict)  # uid -> the same, pod by pod
        self._pods: dict[str, PodSeen] = {}
        self._of_node: dict[str, dict[str, PodSeen]] = defaultdict(dict)
        self._changed: dict[str, dict[str, None]] = defaultdict(dict)  # node -> uids, in order, each once
        self._hints: dict[str, str] = {}  # id -> what was said of it last
        self._next = 0.0
        self._looking = threading.Lock()  # an older answer never replaces a newer one

    def hint(self, event: Event) -> None:
        """Something happened to this container."""
        with self._lock:
            self._hints[event.id] = event.kind
        self.wake()

    def lost(self) -> None:
        """Something may have happened of which nobody tells: look at everything."""
        self.sure, self._next = False, 0.0
        self.wake()

    def look(self) -> bool:
        """Look where there is reason to. Say whether anybody looked."""
        now = self.clock.now()
        with self._lock:
            hints, self._hints = self._hints, {}
        if now >= self._next:
            self._next = now + self.period  # before looking: what is lost meanwhile is looked for again
            self.look_at(None)
        elif hints:
            with self._looking:  # whoever looks at this moment may see it too
                if news := [id for id, kind in hints.items() if not self._known(id, kind)]:
                    self._look_at(news)
        return bool(hints)

    def look_at(self, ids: Iterable[str] | None) -> None:
        """Ask about these containers, or about all. Raises what the runtime raises; then nothing has changed."""
        with self._looking:
            self._look_at(ids)

    def due(self) -> float | None:
        """When the next look at everything is due."""
        return self._next

    def pods(self, node: str) -> dict[str, PodSeen]:
        """uid -> what was seen of the pods of a node."""
        with self._lock:
            return dict(self._of_node[node])

    def pod(self, uid: str) -> PodSeen:
        """What was seen of one pod; nothing of one that is not here."""
        return self._pods.get(uid) or PodSeen(uid)

    def changed(self, node: str) -> list[str]:
        """The uids of a node's pods that look different since this was asked the last time."""
        with self._lock:
            changed, self._changed[node] = self._changed[node], {}
        return [*changed]

    def _look_at(self, ids: Iterable[str] | None) -> None:
        self.sure |= ids is None
        try:
            found = self.runtime.list() if ids is None else self.runtime.list(ids=(ids := [*dict.fromkeys(ids)]))
        except StatusError as error:
            self.trouble = error
            self.lost()
            raise
        self.trouble = None
        with self._lock:
            self._take({o.id: o for o in found if UID in o.labels}, [*self._seen] if ids is None else ids)

    def _known(self, id: str, kind: str) -> bool:
        """Was this seen already? What is new is looked at by whoever made it, once it is started."""
        seen = self._seen.get(id)
        if seen is None:
            return kind in ("created", "started", "removed")
        return kind == "created" or (kind == "started" and seen.state != "created") or (
            kind == "died" and seen.state == "exited")

    def _take(self, found: dict[str, Observed], asked: Iterable[str]) -> None:
        touched = {}
        for id, new in found.items():
            if self._seen.get(id) != new:
                self._seen[id] = touched[new.labels[UID]] = new
                self._parts[new.labels[UID]][id] = new
        for id in asked:
            if id not in found and (gone := self._seen.pop(id, None)):
                touched[gone.labels[UID]] = gone
                del self._parts[gone.labels[UID]][id]
        for uid, one in touched.items():
            node = one.labels.get(NODE, "")
            self._changed[node][uid] = None
            if self._parts[uid]:
                self._pods[uid] = self._of_node[node][uid] = pod_seen(uid, self._parts[uid].values())
            else:
                del self._parts[uid]
                self._pods.pop(uid, None)
                self._of_node[node].pop(uid, None)


def pod_seen(uid: str, parts: Iterable[Observed]) -> PodSeen:
    """One pod from its parts, in any order."""
    sandboxes, containers, labels = [], defaultdict(list), {}
    for o in sorted(parts, key=lambda o: o.attempt):
        labels = labels or o.labels
        if o.kind == "sandbox":
            sandboxes.append(o)
        else:
            containers[o.name].append(o)
    try:
        grace = float(labels.get(GRACE, 2))
    except ValueError:  # labels are written by anybody
        grace = 2.0
    return PodSeen(uid, labels.get(POD, ""), labels.get(NAMESPACE, ""), labels.get(NODE, ""), grace, tuple(sandboxes),
                   {name: tuple(attempts) for name, attempts in containers.items()})

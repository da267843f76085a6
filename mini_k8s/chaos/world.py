"""Where is a history played? In a world of one thread and a hand clock: components that step, and everybody who looks.

The control plane is the real one: store, API, informer, kubelets. Only what it calls is not to be relied on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mini_k8s.backoff import Backoff
from mini_k8s.chaos.deeds import IMAGES, NODES, SCRIPTS, Deed
from mini_k8s.chaos.faults import Calls, Died, Disk, ShakyClient, ShakyRuntime
from mini_k8s.chaos.machine import Machine
from mini_k8s.chaos.promises import WINDOW, Promises
from mini_k8s.chaos.rest import differences
from mini_k8s.chaos.sets import Sets
from mini_k8s.clock import HandClock
from mini_k8s.cluster import Cluster
from mini_k8s.errors import StatusError
from mini_k8s.objects import Object
from mini_k8s.pods import UID
from mini_k8s.runtimes import ContainerSpec, Observed
from mini_k8s.runtimes import Event as Hint
from mini_k8s.runtimes.simulated import SimulatedEngine, SimulatedRuntime
from mini_k8s.store import Event, Store

BACKOFF = Backoff(base=1.0, cap=20.0, reset=60.0)
BOUND = 400.0  # seconds of the hand clock within which everything has to come right after the last fault
BEGIN = 1_800_000_000.0
CAPACITY = {"cpu": "4", "memory": "4Gi", "pods": "110"}
NAME, OTHER = "chaos", "somebody-else"


@dataclass
class Outcome:
    """What became of a history.

    broken   the promise that was broken, or "" when all were kept
    how      how it was
    lines    everything that happened: (seconds since the beginning, who, what)
    hash     the same for the same history, on every machine
    """

    seed: int
    deeds: Sequence[Deed]
    broken: str = ""
    how: str = ""
    lines: list[tuple[float, str, str]] = field(default_factory=list)
    hash: str = ""
    events: int = 0  # of the store and the engine, each of which was looked at
    frames: list["Frame"] = field(default_factory=list)  # where it was filmed: a moment for each of those


class Frame(NamedTuple):
    """One moment: what was stored of pods, and what there was on the engine."""

    at: float  # seconds since the beginning
    pods: tuple[Object, ...]
    things: tuple[Observed, ...]


class Broken(BaseException):
    """A promise was broken: it is of no use to go on."""


class World(Sets):
    """One history. ``play()`` raises Broken when a promise is broken; ``outcome`` says which."""

    def __init__(self, seed: int, deeds: Sequence[Deed], build: Callable[..., Cluster], film: bool = False):
        self.outcome, self.build, self.seed, self.film = Outcome(seed, deeds), build, seed, film
        self.clock = HandClock(BEGIN)
        self.engine = SimulatedEngine(self.clock, SCRIPTS, [*dict.fromkeys(i for i in IMAGES if i in SCRIPTS)])
        self.eyes = SimulatedRuntime(NAME, engine=self.engine)  # sees the truth, and is the hand that hurts
        self.disk, self.calls = Disk(), Calls(self.do, self.note)
        self.pods: dict[str, Object] = {}  # uid -> as it is stored now
        self.born: dict[str, int] = {}  # uid -> the version that it began with
        self.promises = Promises(self.blame, self.stored)
        self.machine = Machine(self.blame, self.eyes.list, self.pods.get, self.clock, BACKOFF)
        with self.engine.changed:
            self.engine.listen(self)
        self.cluster: Cluster | None = None
        self.lives, self.stepping, self.forced = 0, "", False
        self.hints: list[Hint] = []
        self.lost = self.doubled = self.stale = 0
        self.read: dict[str, Object] = {}
        self.numbers: dict[str, list[tuple[int, int]]] = {}  # a ReplicaSet's uid -> (version, replicas), all there were
        self.other = SimulatedRuntime(OTHER, engine=self.engine)
        self.strangers = [self.eyes.create(ContainerSpec("stranger", "web:1")),
                          self.other.create(ContainerSpec("stranger", "web:1"))]
        self.eyes.start(self.strangers[0])
        self.other.start(self.strangers[1])

    def play(self) -> None:
        self.begin()
        for deed in self.outcome.deeds:
            self.check()
            if deed.after:
                self.calls.armed.append([deed.after, deed])
            else:
                self.do(deed)
        self.heal()

    def do(self, deed: Deed) -> None:
        """Do a deed; in the middle of somebody's work too."""
        if deed.verb != "turn":
            self.note("deed", str(deed))
        getattr(self, "do_" + deed.verb.replace(" ", "_"))(*deed.what)

    # Looking.

    def note(self, who: str, what: str) -> None:
        self.outcome.lines.append((round(self.clock.now() - BEGIN, 3), who, what))

    def blame(self, promise: str, how: str) -> None:
        """A promise was broken. Said wherever it is noticed; the history ends a moment later."""
        if not self.outcome.broken:
            self.outcome.broken, self.outcome.how = promise, how
            self.note("BROKEN", f"{promise}: {how}")

    def shoot(self) -> None:
        """Keep this moment, where somebody wants to see it."""
        if self.film:
            self.outcome.frames.append(Frame(round(self.clock.now() - BEGIN, 3), tuple(self.pods.values()),
                                             tuple(self.eyes.list())))

    def check(self) -> None:
        if self.outcome.broken:
            raise Broken

    def stored(self, event: Event) -> None:
        """Something was written."""
        self.outcome.events += 1
        obj = event.object
        if obj["kind"] != "Event":
            self.note("store", f"{event.version} {event.type} {obj!r}")
        if obj["kind"] == "Pod":
            if event.type == "ADDED":
                self.born[obj["metadata"]["uid"]] = event.version
            if event.type == "DELETED":
                self.pods.pop(obj["metadata"]["uid"], None)
                self.machine.stored(None, event.old, self.forced)
            else:
                self.pods[obj["metadata"]["uid"]] = obj
                self.machine.stored(obj, event.old, self.forced)
            self.shoot()
        self.look_at_sets(event)

    def hear(self, cluster: str, hint: Hint) -> None:
        """Something happened on the engine."""
        if cluster != NAME:
            return
        self.outcome.events += 1
        self.note("engine", f"{hint.name} {hint.id} {hint.kind}"
                            + ("" if hint.exit_code is None else f" ({hint.exit_code})"))
        self.machine.heard(hint)
        if hint.kind == "created":
            uid = self.machine.things[hint.id].labels.get(UID, "")
            if self.born.get(uid, 0) > self.disk.durable:
                self.blame("S2", f"{hint.name} was made for a pod that the end of the control plane could undo")
        self.shoot()
        if self.lost > 0:
            self.lost -= 1
            return
        self.hints.append(hint)
        if self.doubled > 0:
            self.doubled -= 1
            self.hints.append(hint)

    def close(self) -> None:
        """The engine's streams end."""

    # Steps.

    def begin(self) -> None:
        """A control plane begins, with what the disk and the engine know."""
        while self.cluster is None:
            self.lives += 1
            self.note("control plane", f"begins, for the {self.lives}. time")
            store = Store(self.disk, WINDOW)
            for event in self.promises.follow(store):  # what was done because of it nobody can know any more
                self.machine.touched[event.object["metadata"].get("uid", "")] = None
            self.pods.clear()
            self.pods.update((obj["metadata"]["uid"], obj) for obj in self.promises.objects.values()
                             if obj["kind"] == "Pod")
            self.machine.renewed()
            self.stepping = "control plane"
            runtime = ShakyRuntime(SimulatedRuntime(NAME, engine=self.engine), self.calls, self.clock,
                                   self.machine.answered, self.machine.asked, self.blocks)
            try:
                self.cluster = self.build(
                    len(NODES), name=NAME, runtime=runtime, store=store, clock=self.clock, backoff=BACKOFF,
                    capacity=CAPACITY, seed=self.seed * 1000 + self.lives,
                    client=lambda api: ShakyClient(api, self.calls))
            except Died:
                self.end(1.0)
            except StatusError as error:
                self.note("control plane", f"cannot begin: {error}")
                self.end(1.0)
                return
            finally:
                self.stepping = ""

    def end(self, part: float) -> None:
        """The control plane is gone, with everything that it has not written down."""
        self.cluster = None
        self.disk.crash(part)
        self.hints.clear()

    def blocks(self, id: str) -> bool:
        """Whoever ends a pod does not wait for its containers; whoever replaces a container does."""
        found = self.eyes.list([id])
        pod = found and self.pods.get(found[0].labels.get(UID, ""))
        return bool(pod) and not pod["metadata"].get("deletionTimestamp")

    def turn(self, steps: Sequence[str]) -> bool:
        """These components step, in this order; all of them when none is named."""
        self.begin()
        busy = False
        for name in steps or (self.cluster and self.cluster.components()) or ():
            if self.cluster is None:
                return True
            if name == "pods" and self.stale > 0:
                self.stale -= 1
                continue
            if name == "sight":
                for hint in self.hints:
                    self.cluster.sight.hint(hint)
                self.hints.clear()
            busy |= self.step(name)
            self.check()
        return busy

    def step(self, name: str) -> bool:
        self.stepping = name
        try:
            return self.cluster.components()[name]()
        except Died as died:
            self.died(*died.args)
            return True
        except StatusError as error:
            self.note(name, f"a step failed: {error.reason}")
            return True
        except Exception as error:
            self.blame("X", f"a step of {name} raised {error!r}")
            return True
        finally:
            self.stepping = ""
            self.swallowed(name)

    def died(self, who: str, part: float = 1.0) -> None:
        if who == "kubelet" and self.stepping in NODES:
            self.renew(self.stepping)
        else:
            self.note("control plane", "ends")
            self.end(part)

    def renew(self, node: str) -> None:
        self.note(node, "its kubelet begins anew")
        self.machine.renewed(node)
        self.cluster.renew(node)

    def swallowed(self, name: str) -> None:
        """A mistake that a loop has caught, and gone on, is a mistake."""
        kubelet = self.cluster and self.cluster.kubelets.get(name)
        latest = kubelet and kubelet.loop.latest
        if latest:
            for error in (latest.error, *(decision.error for decision in latest.decisions)):
                if isinstance(error, Exception) and not isinstance(error, StatusError):
                    self.blame("X", f"a step of {name} raised {error!r}, and went on")

    # After the last fault.

    def heal(self) -> None:
        """Nothing breaks any more, and nobody tells of anything: what is there becomes what is wished for."""
        self.check()
        self.note("world", "nothing breaks any more")
        self.calls.heal()
        self.disk.full, self.disk.slow, self.stale = 0, False, 0
        self.disk.wait(len(self.disk.events), 0)
        self.lost = 1 << 60
        self.hints.clear()
        until, calm = self.clock.now() + BOUND, 0
        while calm < 4:
            for _ in range(1000):
                if not self.turn(()):
                    break
            else:
                self.blame("L3", "the cluster does not come to rest: after 1000 turns there is still something to do")
            self.check()
            if self.cluster.due() <= self.clock.now():
                self.blame("L3", "something is due now, and nobody does it: a live cluster would turn in circles")
            left = self.differences()
            calm = 0 if left else calm + 1
            if self.clock.now() > until:
                self.blame(*left[0]) if left else self.blame("L1", "it comes right, and wrong again")
                self.check()
            self.clock.advance(min(5.0, max(0.01, self.cluster.due() - self.clock.now())))
        self.promises.at_the_end()
        if not all(runtime.list([id])[0].alive for runtime, id in zip((self.eyes, self.other), self.strangers,
                                                                      strict=True)):
            self.blame("S15", "a container of somebody else was ended")
        copy = {key: obj for key, obj in self.promises.objects.items() if key.kind == "Pod"}
        if {(obj["metadata"]["namespace"], obj["metadata"]["name"]): obj for obj in self.cluster.pods.list()} != {
                (key.namespace, key.name): obj for key, obj in copy.items()}:
            self.blame("S6", "the informer's copy is not what is stored")
        self.check()

    def differences(self) -> list[tuple[str, str]]:
        configs = {key.namespace: obj for key, obj in self.promises.objects.items() if key.kind == "ConfigMap"}
        found = [*differences(self.pods.values(), self.eyes.list(), self.eyes.list_volumes(), configs)]
        found += self.differences_of_sets()
        for key, obj in self.promises.objects.items():
            if key.kind == "Namespace" and obj["metadata"].get("deletionTimestamp") and not any(
                    other.namespace == key.name and inside["metadata"].get("finalizers")
                    for other, inside in self.promises.objects.items()):
                found.append(("L4", f"namespace {key.name} was to go, and is there still"))
        return found

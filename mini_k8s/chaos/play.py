"""How is a history played? One thread, a hand clock, and everybody who has a part in it: users, components, faults.

The control plane is the real one: store, API, informer, kubelets. Only what it calls is not to be relied on.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from mini_k8s.backoff import Backoff
from mini_k8s.chaos.deeds import IMAGES, NODES, SCRIPTS, Deed, home_of, plan, pod_of
from mini_k8s.chaos.faults import Calls, Died, Disk, ShakyClient, ShakyRuntime
from mini_k8s.chaos.machine import Machine
from mini_k8s.chaos.promises import Promises
from mini_k8s.chaos.rest import differences
from mini_k8s.clock import HandClock
from mini_k8s.cluster import Cluster
from mini_k8s.errors import Conflict, NotFound, StatusError
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


class _Broken(BaseException):
    """A promise was broken: it is of no use to go on."""


def play(seed: int, deeds: Sequence[Deed] | None = None, build: Callable[..., Cluster] = Cluster) -> Outcome:
    """Play the history of this seed, or other deeds with its chance, and say what became of it.

    build   makes the control plane; a broken one has to be found out
    """
    world = _World(seed, plan(seed) if deeds is None else tuple(deeds), build)
    with suppress(_Broken):
        world.play()
    out = world.outcome
    said = hashlib.sha256()
    for line in out.lines:
        said.update(repr(line).encode())
    out.hash = said.hexdigest()[:16]
    return out


class _World:
    def __init__(self, seed: int, deeds: Sequence[Deed], build: Callable[..., Cluster]):
        self.outcome, self.build, self.seed = Outcome(seed, deeds), build, seed
        self.clock = HandClock(BEGIN)
        self.engine = SimulatedEngine(self.clock, SCRIPTS, [*dict.fromkeys(i for i in IMAGES if i in SCRIPTS)])
        self.eyes = SimulatedRuntime(NAME, engine=self.engine)  # sees the truth, and is the hand that hurts
        self.disk, self.calls = Disk(), Calls(self.do, self.note)
        self.pods: dict[str, Object] = {}  # uid -> as it is stored now
        self.promises = Promises(self.blame, self.stored)
        self.machine = Machine(self.blame, self.eyes.list, self.pods.get, self.clock, BACKOFF)
        with self.engine.changed:
            self.engine.listen(self)
        self.cluster: Cluster | None = None
        self.lives, self.stepping, self.forced = 0, "", False
        self.hints: list[Hint] = []
        self.lost = self.doubled = self.stale = 0
        self.read: dict[str, Object] = {}
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

    # Looking.

    def note(self, who: str, what: str) -> None:
        self.outcome.lines.append((round(self.clock.now() - BEGIN, 3), who, what))

    def blame(self, promise: str, how: str) -> None:
        """A promise was broken. Said wherever it is noticed; the history ends a moment later."""
        if not self.outcome.broken:
            self.outcome.broken, self.outcome.how = promise, how
            self.note("BROKEN", f"{promise}: {how}")

    def check(self) -> None:
        if self.outcome.broken:
            raise _Broken

    def stored(self, event: Event) -> None:
        """Something was written."""
        self.outcome.events += 1
        obj = event.object
        if obj["kind"] != "Event":
            self.note("store", f"{event.version} {event.type} {obj!r}")
        if obj["kind"] == "Pod":
            if event.type == "DELETED":
                self.pods.pop(obj["metadata"]["uid"], None)
                self.machine.stored(None, event.old, self.forced)
            else:
                self.pods[obj["metadata"]["uid"]] = obj
                self.machine.stored(obj, event.old, self.forced)

    def hear(self, cluster: str, hint: Hint) -> None:
        """Something happened on the engine."""
        if cluster != NAME:
            return
        self.outcome.events += 1
        self.note("engine", f"{hint.name} {hint.id} {hint.kind}"
                            + ("" if hint.exit_code is None else f" ({hint.exit_code})"))
        self.machine.heard(hint)
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
            store = Store(self.disk)
            self.promises.follow(store)
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
        for key, obj in self.promises.objects.items():
            if key.kind == "Namespace" and obj["metadata"].get("deletionTimestamp") and not any(
                    other.namespace == key.name and inside["metadata"].get("finalizers")
                    for other, inside in self.promises.objects.items()):
                found.append(("L4", f"namespace {key.name} was to go, and is there still"))
        return found

    # Deeds.

    def do(self, deed: Deed) -> None:
        """Do a deed; in the middle of somebody's work too."""
        if deed.verb != "turn":
            self.note("deed", str(deed))
        getattr(self, "do_" + deed.verb.replace(" ", "_"))(*deed.what)

    def do_turn(self, *steps: str) -> None:
        self.turn(steps)

    def do_wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def do_crash(self, part: float) -> None:
        if self.stepping:
            raise Died("control plane", part)
        if self.cluster:
            self.died("control plane", part)

    def do_renew(self, node: str) -> None:
        if self.stepping:
            raise Died("kubelet")
        if self.cluster:
            self.renew(node)

    def do_engine(self, error: str, times: int) -> None:
        self.calls.engine.extend([error] * times)

    def do_writes(self, error: str, times: int) -> None:
        self.calls.writes.extend([error] * times)

    def do_full(self, times: int) -> None:
        self.disk.full = times

    def do_slow(self, slow: bool) -> None:
        self.disk.slow = slow

    def do_lose(self, times: int) -> None:
        self.lost = times

    def do_double(self, times: int) -> None:
        self.doubled = times

    def do_stale(self, times: int) -> None:
        self.stale = times

    def do_relist(self) -> None:
        if self.cluster:
            self.cluster.sight.lost()

    def do_kill(self, kind: str, number: int, code: int) -> None:
        alive = [o for o in self.mine() if o.kind == kind and o.alive]
        if alive:
            o = alive[number % len(alive)]
            with self.engine.changed:
                self.engine.change(NAME, o.id, self.clock.now(), "exited", code)

    def do_remove(self, number: int) -> None:
        there = self.mine()
        if there:
            self.gone(there[number % len(there)])

    def do_empty(self) -> None:
        for o in self.mine():
            self.gone(o)

    def gone(self, o: Observed) -> None:
        self.machine.touched[o.labels[UID]] = None
        self.eyes.remove(o.id)

    def mine(self) -> list[Observed]:
        """What was made for pods."""
        return [o for o in self.eyes.list() if UID in o.labels]

    # Users. They talk to the API itself, and no fault of a component's concerns them.

    def user(self, sure: bool, ask: Callable[..., Object]) -> None:
        if self.cluster is None:
            return
        store, version = self.cluster.store, self.cluster.store.version
        try:
            ask(self.cluster.api)
        except StatusError as error:
            self.note("user", f"is told: {error.reason}")
            if store.version != version:
                self.blame("S2", f"a user was told {error.reason}, and it happened all the same")
            return
        finally:
            self.forced = self.promises.letting_go = False
        if sure:
            store.wait(store.version)
            self.promises.acknowledge(store.version)

    def do_create(self, name: str, inits: Sequence[str], images: Sequence[str], policy: str, grace: int, node: str,
                  extras: Sequence[str], sure: bool) -> None:
        if home_of(name) != "default":
            self.user(sure, lambda api: api.create({"apiVersion": "v1", "kind": "Namespace",
                                                    "metadata": {"name": home_of(name)}}))
        self.user(sure, lambda api: api.create(pod_of(name, inits, images, policy, grace, node, extras)))

    def do_delete(self, name: str, grace: int | None, sure: bool) -> None:
        def delete(api):
            given = api.get("Pod", name, home_of(name))["spec"]["terminationGracePeriodSeconds"]
            self.forced = grace == 0 or given == 0
            return api.delete("Pod", name, home_of(name), grace=grace and min(grace, given))

        self.user(sure, delete)

    def do_image(self, name: str, image: str, sure: bool) -> None:
        def change(api):
            first, *others = api.get("Pod", name, home_of(name))["spec"]["containers"]
            return api.patch("Pod", name, {"spec": {"containers": [first.with_(image=image), *others]}}, home_of(name))

        self.user(sure, change)

    def do_label(self, name: str, value: int, sure: bool) -> None:
        self.user(sure, lambda api: api.patch("Pod", name, {"metadata": {"labels": {"version": str(value)}}},
                                               home_of(name)))

    def do_let_go(self, name: str, sure: bool) -> None:
        def let_go(api):
            self.promises.letting_go = True
            return api.patch("Pod", name, {"metadata": {"finalizers": None}}, home_of(name))

        self.user(sure, let_go)

    def do_read(self, name: str) -> None:
        with suppress(NotFound):
            if self.cluster:
                self.read[name] = self.cluster.api.get("Pod", name, home_of(name))

    def do_write(self, name: str, value: int, sure: bool) -> None:
        """Write a pod that was read some time ago."""
        old = self.read.get(name)
        if old is None or self.cluster is None:
            return

        def write(api):
            now = api.get("Pod", name, home_of(name))
            same = now["metadata"]["resourceVersion"] == old["metadata"]["resourceVersion"] and now == old
            try:
                done = api.update(old.with_(metadata={"labels": {"written": str(value)}}))
            except Conflict:
                if same:
                    self.blame("S3", f"a write of pod {name} was refused, and nobody had changed it")
                raise
            if not same and now["metadata"]["resourceVersion"] != old["metadata"]["resourceVersion"]:
                self.blame("S3", f"pod {name} was at {now['metadata']['resourceVersion']}, and a write of what was "
                           f"read at {old['metadata']['resourceVersion']} was taken")
            return done

        self.user(sure, write)

    def do_config(self, level: str, sure: bool) -> None:
        def put(api):
            try:
                return api.patch("ConfigMap", "settings", {"data": {"level": level}})
            except NotFound:
                return api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"},
                                   "data": {"level": level}})

        self.user(sure, put)

    def do_no_namespace(self, sure: bool) -> None:
        self.user(sure, lambda api: api.delete("Namespace", "team"))

    def do_no_config(self, sure: bool) -> None:
        self.user(sure, lambda api: api.delete("ConfigMap", "settings"))

"""What happens in a history? A list of deeds, all of it decided by one seed.

A deed with ``after`` 3 waits until components have made three more calls to the runtime or writes to the API: so it
happens in the middle of somebody's work, between any two of these.
"""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mini_k8s.runtimes.simulated import Script

PODS = ("p0", "p1", "p2", "p3")
NODES = ("node-1", "node-2")
STEPS = ("pods", "namespaces", "events", "sight", *NODES)  # the components of a cluster of two nodes

SCRIPTS = {
    "web:1": Script(), "web:2": Script(),
    "stubborn:1": Script(on_term=None), "stubborn:2": Script(on_term=None),  # do not listen to SIGTERM
    "crash:1": Script(runs=1.5, exit_code=1), "job:1": Script(runs=2.0), "bad-job:1": Script(runs=1.0, exit_code=3),
    "unstartable:1": Script(fails="no such command")}
LASTING = ("web:1", "web:2", "stubborn:1", "stubborn:2")  # run until they are told to end
IMAGES = (*SCRIPTS, "missing:1", "web:1", "web:1", "web:2")  # what users choose from; one of them is nowhere


class Deed(NamedTuple):
    """One thing that happens. ``after`` so many calls of components, or at once, between two steps, when 0."""

    verb: str
    what: tuple = ()
    after: int = 0

    def __str__(self) -> str:
        words = " ".join(map(str, self.what))
        return f"{self.verb} {words}".strip() + (f" (in the middle of work, call {self.after})" if self.after else "")


def plan(seed: int, length: int | None = None) -> tuple[Deed, ...]:
    """The deeds of the history of this seed."""
    chance = random.Random(f"history {seed}")
    faults = chance.sample(_FAULTS, chance.choice((0, 1, 2, 3, 3, len(_FAULTS))))
    deeds: list[Deed] = []
    for _ in range(length or chance.randint(15, 90)):
        roll = chance.random()
        if roll < 0.3:
            deed = _user(chance)
        elif roll < 0.55 and faults:
            deed = chance.choice(faults)(chance)
        elif roll < 0.65:
            deed = Deed("wait", (chance.choice((0.1, 0.5, 1.0, 2.0, 2.0, 5.0, 12.0)),))
        else:
            deed = _turn(chance)
        if deed.verb not in ("turn", "wait", "crash", "renew") and chance.random() < 0.4:
            deed = deed._replace(after=chance.randint(1, 12))
        deeds.append(deed)
    return tuple(deeds)


def _turn(chance: random.Random) -> Deed:
    """Components step, in some order; some of them not at all."""
    steps = [*STEPS]
    chance.shuffle(steps)
    return Deed("turn", tuple(step for step in steps if chance.random() < 0.8))


def _user(chance: random.Random) -> Deed:
    name, roll = chance.choice(PODS), chance.random()
    sure = chance.random() < 0.5  # does the user wait until it is kept for good?
    if roll < 0.45:
        return Deed("create", (name, *_shape(chance), sure))
    if roll < 0.65:
        return Deed("delete", (name, chance.choice((None, None, None, 0, 1)), sure))
    if roll < 0.75:
        return Deed("image", (name, chance.choice(IMAGES), sure))
    if roll < 0.80:
        return Deed("label", (name, chance.randint(1, 3), sure))
    if roll < 0.84:
        return Deed("read", (name,))
    if roll < 0.88:
        return Deed("write", (name, chance.randint(1, 3), sure))
    if roll < 0.92:
        return Deed("let go", (name, sure))
    if roll < 0.97:
        return Deed("config", (chance.choice("abc"), sure))
    if roll < 0.98:
        return Deed("no config", (sure,))
    return Deed("no namespace", (sure,))


def _shape(chance: random.Random) -> tuple:
    """What kind of pod: images of its init containers and containers, policy, grace, node, extras."""
    inits = tuple(chance.choice(("job:1", "job:1", "bad-job:1", "sidecar")) for _ in range(chance.choice(
        (0, 0, 0, 1, 2))))
    images = tuple(chance.choice(IMAGES) for _ in range(chance.choice((1, 1, 2))))
    policy = chance.choice(("Always", "Always", "OnFailure", "Never"))
    extras = tuple(extra for extra, often in (("volume", 0.2), ("env", 0.15), ("huge", 0.15), ("hold", 0.1))
                   if chance.random() < often)
    return inits, images, policy, chance.choice((0, 2, 2, 4)), chance.choice((*NODES, "")), extras


def _crash(chance: random.Random) -> Deed:
    """The control plane ends, and begins anew. Of what was not kept for good yet, a part is."""
    return Deed("crash", (chance.choice((0.0, 0.5, 1.0)),), chance.randint(0, 15))


def _renew(chance: random.Random) -> Deed:
    """One kubelet ends, and begins anew."""
    return Deed("renew", (chance.choice(NODES),), chance.randint(0, 12))


def _engine(chance: random.Random) -> Deed:
    """The next calls to the engine fail; some of them do what they were asked to do all the same."""
    error = chance.choice(("500", "timeout", "late", "late", "404", "409"))
    return Deed("engine", (error, chance.choice((1, 1, 2, 6))))


def _writes(chance: random.Random) -> Deed:
    """The next writes of components to the API fail, or seem to."""
    return Deed("writes", (chance.choice(("500", "late", "409")), chance.choice((1, 1, 3))))


def _disk(chance: random.Random) -> Deed:
    """The disk is full for so many writes, or slow: what is written is not kept for good for a while."""
    return Deed("full", (chance.randint(1, 6),)) if chance.random() < 0.6 else Deed("slow", (chance.random() < 0.5,))


def _death(chance: random.Random) -> Deed:
    """A container, or a sandbox, ends by itself, with this exit code."""
    return Deed("kill", (chance.choice(("container", "container", "sandbox")), chance.randint(0, 20),
                         chance.choice((0, 1, 137))))


def _hand(chance: random.Random) -> Deed:
    """Somebody removes things by hand: one, or all there is."""
    return Deed("remove", (chance.randint(0, 20),)) if chance.random() < 0.8 else Deed("empty")


def _news(chance: random.Random) -> Deed:
    """Events of the engine are lost, or come twice; or the copy that components read from stays old for a while."""
    return chance.choice((Deed("lose", (chance.randint(1, 8),)), Deed("double", (chance.randint(1, 8),)),
                          Deed("stale", (chance.randint(1, 6),)), Deed("relist")))


def _jump(chance: random.Random) -> Deed:
    """The clock jumps."""
    return Deed("wait", (chance.choice((60.0, 600.0, 3600.0, 86400.0)),))


_FAULTS: Sequence[Callable[[random.Random], Deed]] = (
    _crash, _renew, _engine, _writes, _disk, _death, _hand, _news, _jump)


def home_of(name: str) -> str:
    """The namespace in which the pod of this name lives; the last one's comes and goes."""
    return "team" if name == PODS[-1] else "default"


def pod_of(name: str, inits: Sequence[str], images: Sequence[str], policy: str, grace: int, node: str,
           extras: Sequence[str]) -> dict:
    """The manifest of a pod of this shape."""
    spec: dict = {"restartPolicy": policy, "terminationGracePeriodSeconds": grace}
    if node:
        spec["nodeName"] = node
    spec["initContainers"] = [
        {"name": f"sidecar-{i}", "image": "web:1", "restartPolicy": "Always"} if image == "sidecar" else
        {"name": f"init-{i}", "image": image} for i, image in enumerate(inits)]
    spec["containers"] = [{"name": f"main-{i}", "image": image} for i, image in enumerate(images)]
    first = spec["containers"][0]
    if "volume" in extras:
        spec["volumes"] = [{"name": "config", "configMap": {"name": "settings", "optional": policy == "Never"}},
                           {"name": "scratch", "emptyDir": {}}]
        first["volumeMounts"] = [{"name": "config", "mountPath": "/config"}, {"name": "scratch", "mountPath": "/data"}]
    if "env" in extras:
        first["env"] = [{"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "level"}}}]
    if "huge" in extras:
        first["resources"] = {"requests": {"cpu": "1500m"}}
    meta: dict = {"name": name, "namespace": home_of(name), "labels": {"app": name}}
    if "hold" in extras:
        meta["finalizers"] = ["example.com/hold"]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}

"""Small worlds for the browser tests. Imported by the kernel of the notebook under test, not by the tests."""

import threading
import time

from mini_k8s.backoff import Backoff
from mini_k8s.control_loop import ControlLoop
from mini_k8s.record import Fact, Observation


class World:
    """Names that live and die in a dict, as containers would, but at once and without an engine."""

    def __init__(self, **living):
        self.facts: dict[str, Fact] = {}
        self.lock = threading.Lock()
        self.loop = None
        self.broken = None  # an exception that observe() raises
        self.refuse: dict[str, Exception] = {}  # name -> what act() raises
        for name, what in living.items():
            self.put(name.replace("_", "-"), what)

    def put(self, name, what, state="Running", exit_code=None, since=None, attempt=None):
        before = self.facts.get(name)
        if attempt is None:
            attempt = before.attempt + 1 if before else 0
        self.facts[name] = Fact(state, what, f"{name}.{attempt}", exit_code, since or time.time(), attempt)
        self.tell()

    def observe(self):
        if self.broken:
            raise self.broken
        with self.lock:
            facts = dict(self.facts)
        return Observation({n: f.what for n, f in facts.items() if f.state == "Running"}, facts)

    def act(self, action):
        if action.name in self.refuse:
            raise self.refuse[action.name]
        if action.verb == "start":
            self.put(action.name, action.what)
        else:
            self.facts.pop(action.name, None)
        self.tell()

    def kill(self, name, exit_code=137):
        fact = self.facts[name]
        if fact.state != "Running":
            raise LookupError(f"{name} does not run")
        self.put(name, fact.what, "Failed", exit_code, attempt=fact.attempt)

    def tell(self):
        if self.loop:
            self.loop.wake()

    def loop_for(self, desired, **settings):
        settings.setdefault("backoff", Backoff.workshop())
        self.loop = ControlLoop(desired, self.observe, self.act, **settings)
        return self.loop


def five(**settings):
    """Five wishes; three run, one of them in an old version, and something nobody wished for runs as well."""
    world = World(web_1="mini-k8s/web:2", web_2="mini-k8s/web:2", web_3="mini-k8s/web:1", debug_1="mini-k8s/web:1")
    desired = {f"web-{i}": "mini-k8s/web:2" for i in range(1, 6)}
    return world, desired, world.loop_for(desired, **settings)


def every_state():
    """All that can be seen at once: same, dead, pending, backing off, failing, changed, extra, long names."""
    world = World(web_1="mini-k8s/web:2", web_2="mini-k8s/web:2", web_6="mini-k8s/web:1", debug_1="mini-k8s/web:1")
    desired = {f"web-{i}": "mini-k8s/web:2" for i in range(1, 8)}
    desired["web-6d4f7c9b58-4kdxz-of-a-very-long-name"] = "registry.example.com:5000/a-team/a-very-long-image:2026.11"
    now = time.time()
    world.put("web-1", "mini-k8s/web:2", since=now - 41)
    world.put("web-2", "mini-k8s/web:2", since=now - 3700)
    world.put("web-3", "mini-k8s/web:2", "Failed", 137)
    world.put("web-5", "mini-k8s/web:2", "Failed", 1, since=now - 20, attempt=2)
    world.put("web-7", "mini-k8s/web:2", "Succeeded", 0, since=now - 7200)
    world.put("debug-6d4f7c9b58-4kdxz-of-a-very-long-name", "mini-k8s/web:1", "Terminating")
    world.put("debug-6d4f7c9b58-9xdxz-of-a-very-long-name", "mini-k8s/web:1", "Running")
    loop = world.loop_for(desired, executor=Slow(world), backoff=Backoff())
    return world, desired, loop


def failing(words):
    """Three wishes: one cannot start and says so with these words, one was killed for the twelfth time, one runs."""
    world = World(web_1="mini-k8s/web:1")
    world.put("web-3", "mini-k8s/web:1", "Failed", 137, since=time.time() - 7100, attempt=11)
    world.refuse["web-3"] = RuntimeError("no hands")
    world.refuse["web-2"] = RuntimeError(words)
    desired = {"web-1": "mini-k8s/web:1", "web-2": "mini-k8s/wbe:1", "web-3": "mini-k8s/web:1"}
    return world, desired, world.loop_for(desired)


def long_ago(number, seconds):
    """A loop at its pass ``number``, that old: acts, a gap of quiet passes, acts."""
    world, desired, loop = every_state()
    loop._number, loop.began = number - 1, loop.began - seconds
    for _ in range(40):
        loop.step()
    for name in ("web-1", "web-2", "web-1"):
        world.kill(name)
        loop.step()
    return world, desired, loop


class Slow:
    """An executor whose work on web-4 never ends, on web-5 always fails, and is done at once on all others."""

    def __init__(self, world):
        self.world = world

    def submit(self, fn, action):
        if action.name == "web-4":
            self.world.put("web-4", action.what, "Pending")
        elif action.name == "web-5":
            self.world.refuse["web-5"] = RuntimeError("no image 'mini-k8s/web:2' here, and no registry answers")
            fn(action)
            self.world.put("web-5", action.what, "Failed", 1)
        else:
            fn(action)

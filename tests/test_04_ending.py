"""How a pod ends: who is told first, with how much time, and what is done about hooks and errors on the way."""

import threading

import pytest
from helpers import eventually

from mini_k8s.clock import HandClock
from mini_k8s.errors import NotFound, ServiceUnavailable
from mini_k8s.objects import freeze
from mini_k8s.pods import UID, hooks
from mini_k8s.pods.ending import Ending
from mini_k8s.pods.sight import Sight
from mini_k8s.runtimes import ContainerSpec, ExecResult, SandboxSpec
from mini_k8s.runtimes.simulated import Script, SimulatedEngine, SimulatedRuntime


class Noted(SimulatedRuntime):
    """A simulated runtime that keeps what it was asked, in order. Commands take time on its clock."""

    def __init__(self):
        super().__init__("test", engine=SimulatedEngine(HandClock(1e9), {"deaf:1": Script(on_term=None)}))
        self.asked, self.trouble, self.takes = [], {}, 0.0

    def stop(self, id, grace=2.0):
        name = self._get(id).name
        self.asked.append((name, grace))
        if name in self.trouble:
            raise self.trouble[name]
        super().stop(id, grace)

    def exec(self, id, argv, timeout=10.0):
        self.asked.append((self._get(id).name, *argv, timeout))
        self.engine.clock.advance(self.takes)
        return ExecResult(int("fail" in argv), b"no such thing\n")


class World:
    def __init__(self, together=False, **spec):
        self.runtime, self.told = Noted(), []
        self.clock, self.sight = self.runtime.engine.clock, Sight(self.runtime, self.runtime.engine.clock)
        self.ending = Ending(self.runtime, self.clock, lambda pod, *said: self.told.append(said), together)
        self.pod = freeze({"metadata": {"name": "web", "uid": "u"}, "spec": spec})
        self.home = self.runtime.create_sandbox(SandboxSpec("sandbox", labels={UID: "u"}))
        for c in (*spec.get("initContainers", ()), *spec["containers"]):
            self.make(c["name"])

    def make(self, name, start=True, **more):
        id = self.runtime.create(ContainerSpec(name, "web:1", labels={UID: "u"}, **more), self.home)
        if start:
            self.runtime.start(id)
        return id

    def seen(self):
        self.sight.look_at(None)
        return self.sight.pod("u")

    def stop(self, grace=10.0, **more):
        self.ending.stop(self.pod, self.seen(), grace, **more)
        return self.runtime.asked


def named(*names, **more):
    return [{"name": name, **more} for name in names]


def sidecars(*names):
    return named(*names, restartPolicy="Always")


def hooked(*command):
    return {"lifecycle": {"preStop": {"exec": {"command": [*command]}}}}


@pytest.mark.parametrize("together", [False, True])
def test_sidecars_end_after_all_others_and_the_last_of_them_first(together):
    """What serves the others is there until they are through."""
    world = World(together, containers=named("a", "b"), initContainers=[*sidecars("one", "two"), *named("init")])
    asked = [name for name, _ in world.stop()]
    assert sorted(asked[:3]) == ["a", "b", "init"]
    assert asked[3:] == ["two", "one"]
    assert not [o for o in world.runtime.list() if o.alive and o.kind == "container"]


def test_what_does_not_run_is_not_stopped_nor_is_the_sandbox_before_it_is_asked_for():
    world = World(containers=named("a"))
    world.make("unstarted", start=False)
    world.runtime.stop(world.make("over"), 0)
    world.runtime.asked.clear()
    assert world.stop() == [("a", 10.0)]
    world.runtime.asked.clear()
    assert world.stop(sandbox=True) == [("sandbox", 2.0)], "it only waits, and needs no more"
    world.runtime.asked.clear()
    assert world.stop(sandbox=True) == []


def test_a_sandbox_gets_no_more_than_its_pod():
    assert World(containers=[]).stop(0.5, sandbox=True) == [("sandbox", 0.5)]


def test_the_hook_before_the_end_is_run_within_the_grace_and_its_time_counts():
    world = World(containers=named("a", **hooked("bye")))
    world.runtime.takes = 4.0
    assert world.stop(10.0) == [("a", "bye", 10.0), ("a", 6.0)]
    assert world.told == []


def test_a_hook_that_takes_all_the_time_leaves_two_seconds():
    """As upstream has it: the program is told, and has a moment."""
    world = World(containers=named("a", **hooked("bye")))
    world.runtime.takes = 9.5
    assert world.stop(10.0)[-1] == ("a", 2.0)


def test_without_a_hook_nobody_gets_more_than_the_grace():
    assert World(containers=named("a")).stop(0.5) == [("a", 0.5)]


def test_whoever_is_killed_at_once_has_no_hook():
    assert World(containers=named("a", **hooked("bye"))).stop(0) == [("a", 0)]


def test_a_container_without_the_hook_before_the_end_has_none():
    """Another hook is none."""
    containers = named("a", lifecycle={"postStart": {"exec": {"command": ["hello"]}}})
    assert World(containers=containers).stop() == [("a", 10.0)]


def test_a_request_before_the_end_goes_to_the_pods_address(monkeypatch):
    """To the address of its sandbox, which it still has."""
    asked = []
    monkeypatch.setattr(hooks, "_get", lambda action, address, container, timeout: asked.append(address))
    world = World(containers=named("a", lifecycle={"preStop": {"httpGet": {"port": 80, "path": "/bye"}}}))
    address = world.seen().sandbox.address
    world.stop()
    assert asked == [address]
    world.make("a", attempt=1)
    world.runtime.remove(world.home)
    world.stop()
    assert asked == [address, ""], "without a sandbox there is none"


def test_a_hook_that_fails_is_told_of_and_the_end_comes_all_the_same():
    world = World(containers=named("a", **hooked("fail")))
    assert world.stop()[-1] == ("a", 10.0)
    assert world.told == [("Warning", "FailedPreStopHook", "the command ['fail'] exited with 1: no such thing")]


def test_what_nobody_wishes_for_is_stopped_without_its_manifest():
    """The pod has gone from the store; its containers have not."""
    world = World(containers=named("a", **hooked("bye")), initContainers=sidecars("s"))
    world.ending.stop(None, world.seen(), 3.0)
    assert sorted(world.runtime.asked) == [("a", 3.0), ("s", 3.0)]


@pytest.mark.parametrize("together", [False, True])
def test_one_that_cannot_be_told_keeps_nobody_from_ending(together):
    """It is said when all others have been told."""
    world = World(together, containers=named("a", "b", "c"))
    world.runtime.trouble = {"a": ServiceUnavailable("no engine answers"), "b": NotFound("gone")}
    with pytest.raises(ServiceUnavailable):
        world.stop()
    assert sorted(name for name, _ in world.runtime.asked) == ["a", "b", "c"]
    world.runtime.trouble.pop("a")
    world.stop()  # who is gone is stopped


@pytest.mark.parametrize("together", [False, True])
def test_who_begins_an_end_hears_when_somebody_was_perhaps_not_told(together):
    world, failed = World(together, containers=named("a", "b")), threading.Event()
    world.runtime.trouble = {"a": ServiceUnavailable("no engine answers")}
    world.ending.begin(world.pod, world.seen(), 1.0, failed.set)
    eventually(failed.is_set)
    world, failed = World(together, containers=named("a", "b")), threading.Event()
    world.ending.begin(world.pod, world.seen(), 1.0, failed.set)
    eventually(lambda: not [o for o in world.runtime.list() if o.alive and o.kind == "container"])
    assert not failed.is_set()


def test_where_calls_may_be_made_together_nobody_waits_for_another():
    """The grace is that of the pod, not of each container after the other."""
    world, barrier = World(True, containers=named("a", "b", **hooked("bye"))), threading.Barrier(2)

    def exec(id, argv, timeout=10.0):
        barrier.wait(30)
        return ExecResult(0, b"")

    world.runtime.exec = exec
    assert sorted(world.stop()) == [("a", 10.0), ("b", 10.0)]
    assert world.told == []


def test_who_begins_an_end_does_not_wait_for_it():
    """One hook must not hold up whoever has other pods to look after."""
    world, go = World(True, containers=named("a", **hooked("bye"))), threading.Event()
    world.runtime.exec = lambda id, argv, timeout=10.0: ExecResult(0 if go.wait(30) else 1, b"")
    world.ending.begin(world.pod, world.seen(), 1.0, lambda: None)
    assert world.runtime.asked == []
    go.set()
    eventually(lambda: world.runtime.asked)

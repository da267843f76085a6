"""The frame of every controller: names come in, are looked at one by one, and come back for as long as it takes."""

import doctest

import pytest

from mini_k8s import controller as frame
from mini_k8s import kinds
from mini_k8s.api import Api
from mini_k8s.clock import HandClock
from mini_k8s.controller import Controller, Result
from mini_k8s.errors import AlreadyExists, Conflict, NotFound, ServiceUnavailable, Timeout
from mini_k8s.expectations import Expectations
from mini_k8s.informer import Informer
from mini_k8s.objects import Key
from mini_k8s.store import Store

START = 1_800_000_000.0


class World:
    """ConfigMaps, an informer of them, and a controller that remembers what it looked at.

    does   what ``reconcile`` does beside: does(key) -> Result or None
    """

    def __init__(self, keys=None, does=lambda key: None, **more):
        self.clock, self.looked, self.does = HandClock(START), [], does
        self.api = Api(Store(), kinds.KINDS, self.clock)
        self.api.create({"kind": "Namespace", "metadata": {"name": "default"}})
        self.informer = Informer(self.api, "ConfigMap")
        self.controller = Controller("test", self._reconcile, self.clock, **more)
        self.controller.watch(self.informer, *([keys] if keys else []))

    def _reconcile(self, key):
        self.looked.append(getattr(key, "name", key))
        return self.does(key)

    def create(self, name="a", **labels):
        return self.api.create({"kind": "ConfigMap", "metadata": {"name": name, "labels": labels}})

    def label(self, name="a", **labels):
        return self.api.patch("ConfigMap", name, {"metadata": {"labels": labels}})

    def looks(self):
        """What is looked at now that there is news."""
        self.looked.clear()
        self.informer.step()
        while self.controller.step():
            pass
        return [*self.looked]


@pytest.fixture
def world():
    return World()


def raises(*errors):
    """Does one after the other; None: goes well."""
    left = [*errors]

    def does(key):
        if left and (error := left.pop(0)) is not None:
            raise error

    return does


# Which names are looked at.

def test_the_dozen_lines_of_the_docstring_are_a_controller():
    scope = {**vars(frame)}
    exec("".join(example.source for example in doctest.DocTestParser().get_examples(frame.__doc__)), scope)
    api = Api(Store(), kinds.KINDS, HandClock(START))
    api.create({"kind": "Namespace", "metadata": {"name": "default"}})
    spec = {"containers": [{"name": "app", "image": "web:1"}]}
    for name, labels in (("stray", {"app": "web"}), ("bare", {}), ("owned", {"team": "blue"})):
        api.create({"kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec})
    informer, guard = scope["guard"](api)
    while informer.step() | guard.step():
        pass
    assert {pod.metadata.name: pod.metadata.labels["team"] for pod in api.list("Pod").items} == {
        "stray": "nobody", "bare": "nobody", "owned": "blue"}


def test_a_name_is_looked_at_once_however_often_it_changed(world):
    world.create()
    world.informer.step()
    for n in range(5):
        world.label(n=str(n))
    assert world.looks() == ["a"]
    assert world.looks() == []


def test_a_step_is_one_name(world):
    world.create("a")
    world.create("b")
    world.informer.step()
    assert (world.controller.step(), world.looked) == (True, ["a"])
    assert (world.controller.step(), world.looked) == (True, ["a", "b"])
    assert not world.controller.step()


def test_what_went_is_looked_at_too(world):
    world.create()
    world.looks()
    world.api.delete("ConfigMap", "a")
    assert world.looks() == ["a"]
    assert world.informer.get(Key("ConfigMap", "default", "a")) is None


def test_what_changed_from_one_to_the_other_concerns_both():
    """Whoever loses an object has to know it as well as whoever gets it."""
    world = World(keys=lambda obj: [obj.metadata.labels["team"]])
    world.create(team="blue")
    assert world.looks() == ["blue"]
    world.label(team="red")
    assert world.looks() == ["blue", "red"]
    world.api.delete("ConfigMap", "a")
    assert world.looks() == ["red"]


def test_an_object_may_concern_many_or_nobody():
    world = World(keys=lambda obj: obj.metadata.labels or ())
    world.create("a", x="1", y="1")
    world.create("b")
    assert sorted(world.looks()) == ["x", "y"]


def test_what_was_there_before_it_began_to_watch_is_looked_at():
    world = World()
    world.create()
    world.looks()
    later, looked = Controller("later", lambda key: looked.append(key.name), world.clock), []
    later.watch(world.informer)
    assert later.step()
    assert looked == ["a"]


def test_what_changes_while_it_is_looked_at_is_looked_at_again(world):
    def does(key):
        if len(world.looked) == 1:
            world.label(seen="yes")
            world.informer.step()

    world.does = does
    world.create()
    assert world.looks() == ["a", "a"]


def test_an_informer_that_tells_of_everything_again_reaches_the_controller(world):
    world.create()
    world.looks()
    world.informer.resync()
    assert world.looks() == ["a"]


# When.

def test_nothing_is_looked_at_before_everything_that_it_follows_has_listed(world):
    other = Informer(world.api, "Secret")
    world.controller.follow(other)
    world.create()
    assert world.looks() == []
    assert not world.controller.step()
    other.step()
    assert world.looks() == ["a"]


def test_what_fails_comes_back_later_and_later(world):
    world.does = raises(*[ServiceUnavailable("not now")] * 20)
    world.create()
    assert world.looks() == ["a"]
    waits = []
    for n in range(19):
        wait = world.controller.due() - world.clock.now()
        waits.append(wait)
        world.clock.advance(wait * 0.9)
        assert world.looks() == [], f"after failure {n + 1}"
        world.clock.advance(wait * 0.1 + 1e-6)
        assert world.looks() == ["a"]
    assert waits[:4] == pytest.approx([0.005, 0.01, 0.02, 0.04], abs=1e-4)
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(60)


def test_one_that_fails_holds_up_no_other(world):
    def does(key):
        if key.name == "a":
            raise ServiceUnavailable("not now")

    world.does = does
    for name in ("a", "b", "c"):
        world.create(name)
    assert world.looks() == ["a", "b", "c"]


def test_after_a_success_the_next_failure_is_the_first_again(world):
    no = ServiceUnavailable("not now")
    world.does = raises(no, no, no, None, no)
    world.create()
    world.looks()
    for _ in range(3):
        world.clock.advance(1)
        world.looks()
    world.label(n="1")
    assert world.looks() == ["a"]
    assert world.controller.due() - world.clock.now() == pytest.approx(0.005, abs=1e-4)


@pytest.mark.parametrize("error", [AlreadyExists("there"), Timeout("no answer"), ServiceUnavailable("not now")])
def test_why_it_failed_is_said_until_one_goes_well(world, error):
    world.does = raises(error)
    world.create()
    world.looks()
    assert world.controller.error is error
    world.clock.advance(1)
    assert world.looks() == ["a"]
    assert world.controller.error is None


@pytest.mark.parametrize("error", [Conflict("changed meanwhile"), NotFound("went meanwhile")])
def test_what_was_not_new_enough_is_no_error_and_comes_back(world, error):
    world.does = raises(error)
    world.create()
    world.looks()
    assert world.controller.error is None
    world.clock.advance(1)
    assert world.looks() == ["a"]


def test_a_conflict_does_not_make_an_error_good(world):
    bad = ServiceUnavailable("not now")
    world.does = raises(bad, Conflict("changed meanwhile"))
    world.create()
    world.looks()
    world.clock.advance(1)
    world.looks()
    assert world.controller.error is bad


def test_a_mistake_comes_out_and_the_name_is_not_lost(world):
    """ZeroDivisionError is nothing that an API answers: somebody has to hear of it."""
    mistake = ZeroDivisionError("mine")
    world.does = raises(mistake)
    world.create("a")
    world.create("b")
    world.informer.step()
    with pytest.raises(ZeroDivisionError):
        world.controller.step()
    assert world.controller.error is mistake
    assert world.looks() == ["b"]
    world.clock.advance(1)
    assert world.looks() == ["a"]


def test_a_reconcile_can_ask_to_be_called_again(world):
    world.does = lambda key: Result(requeue_after=7)
    world.create()
    assert world.looks() == ["a"]
    assert world.controller.due() == START + 7
    world.clock.advance(6.9)
    assert world.looks() == []
    world.clock.advance(0.1)
    assert world.looks() == ["a"]


def test_to_be_called_again_in_no_time_is_at_once(world):
    world.does = lambda key: Result(requeue_after=0) if len(world.looked) < 3 else Result()
    world.create()
    assert world.looks() == ["a", "a", "a"]


def test_from_time_to_time_everything_is_looked_at_again():
    """In case that somebody has missed something."""
    world = World(resync=100)
    world.create("a")
    world.create("b")
    world.looks()
    assert world.controller.due() == START + 100
    world.clock.advance(99)
    assert world.looks() == []
    world.clock.advance(1)
    assert world.looks() == ["a", "b"]
    assert world.controller.due() == START + 200


def test_without_resync_there_is_nothing_to_wait_for():
    world = World(resync=None)
    world.create()
    world.looks()
    assert world.controller.due() is None
    world.clock.advance(1e6)
    assert world.looks() == []


def test_what_is_only_followed_is_not_looked_at_again():
    world = World(resync=100)
    other = Informer(world.api, "Secret")
    world.controller.follow(other)
    world.api.create({"kind": "Secret", "metadata": {"name": "s"}})
    other.step()
    world.looks()
    world.clock.advance(100)
    assert world.looks() == []


def test_due_is_now_when_there_is_a_name(world):
    world.create()
    world.informer.step()
    assert world.controller.due() <= world.clock.now()


def test_whoever_waits_is_woken_by_news():
    woken = []
    world = World(wake=lambda: woken.append(1))
    world.create()
    world.informer.step()
    assert woken


# What was done and cannot be seen yet.

@pytest.fixture
def clock():
    return HandClock(START)


@pytest.fixture
def expectations(clock):
    return Expectations(clock)


def test_who_awaits_nothing_waits_for_nothing(expectations):
    assert expectations.wait("web") == 0
    assert len(expectations) == 0


def test_what_was_done_is_awaited_until_all_of_it_is_seen(expectations):
    for uid in ("1", "2"):
        expectations.expect("web", uid)
    assert len(expectations) == 2
    expectations.seen("web", "1")
    assert expectations.wait("web") == 300
    expectations.seen("web", "2")
    assert expectations.wait("web") == 0


def test_each_key_awaits_its_own(expectations):
    expectations.expect("web", "1")
    assert expectations.wait("db") == 0
    expectations.seen("db", "1")
    assert expectations.wait("web") == 300


def test_what_nobody_awaited_or_what_is_seen_twice_counts_for_nothing(expectations):
    """A count would go wrong here; a set of uids does not."""
    expectations.seen("web", "other")
    for uid in ("1", "2"):
        expectations.expect("web", uid)
    for uid in ("1", "1", "other"):
        expectations.seen("web", uid)
    assert expectations.wait("web") > 0
    expectations.expect("web", "2")
    expectations.seen("web", "2")
    assert expectations.wait("web") == 0


def test_after_five_minutes_the_news_must_have_been_missed(expectations, clock):
    expectations.expect("web", "1")
    clock.advance(299)
    assert expectations.wait("web") == 1
    clock.advance(1)
    assert expectations.wait("web") == 0
    assert len(expectations) == 0


def test_what_was_awaited_for_too_long_is_a_doubt_and_a_doubt_is_asked_for_once(expectations, clock):
    expectations.expect("web", "1")
    assert not expectations.doubted("web")
    clock.advance(300)
    expectations.wait("web")
    assert expectations.doubted("web")
    assert not expectations.doubted("web")


def test_five_minutes_count_from_what_was_done_last(expectations, clock):
    expectations.expect("web", "1")
    clock.advance(200)
    expectations.expect("web", "2")
    assert expectations.wait("web") == 300
    expectations.seen("web", "2")
    assert expectations.wait("web") == 100


def test_whoever_went_is_forgotten(expectations):
    expectations.expect("web", "1")
    expectations.doubt("web")
    expectations.doubt("db")
    expectations.forget("web")
    assert (expectations.wait("web"), expectations.doubted("web")) == (0, False)
    assert expectations.doubted("db")


def test_how_long_is_too_long_can_be_said(clock):
    expectations = Expectations(clock, longest=5)
    expectations.expect("web", "1")
    clock.advance(5)
    assert expectations.wait("web") == 0

"""Chapter 2: does the loop get there from anywhere, whatever fails on the way?

The loop is stepped by hand: a clock that only the test turns, and hands (an executor) that finish late, out of order,
or not at all, by seed. The same seed gives the same history.
"""

import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from helpers import eventually
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mini_k8s import control_loop, record
from mini_k8s.backoff import Backoff
from mini_k8s.clock import HandClock
from mini_k8s.containers import ByName
from mini_k8s.control_loop import ControlLoop, diff, reconcile
from mini_k8s.record import Action, Fact, Observation
from mini_k8s.runtimes import ContainerSpec
from mini_k8s.runtimes.simulated import SimulatedRuntime

NAMES = [f"web-{n}" for n in range(6)]
WHATS = ["web:1", "web:2", ("pod", 3), None, 0, False, ""]
pictures = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(WHATS))


class World:
    """Things that live by name. ``act`` starts and stops them, and notes when a start would have made a double."""

    def __init__(self, living=()):
        self.living = dict(living)
        self.fails = {}  # name -> exception to raise before anything is done
        self.done = []  # every action carried out, in order
        self.doubles = []

    def observe(self):
        return dict(self.living)

    def act(self, action):
        if action.name in self.fails:
            raise self.fails[action.name]
        self.done.append(action)
        if action.verb == "stop":
            self.living.pop(action.name, None)
        elif action.name in self.living:
            self.doubles.append(action)
        else:
            self.living[action.name] = action.what


class Hands:
    """An executor whose work is done when the test says so, in an order of chance."""

    def __init__(self, random=None):
        self.random, self.jobs, self.clashes = random or Random(0), [], []

    def submit(self, do, action):
        if any(action.name == other.name for _, other in self.jobs):
            self.clashes.append(action)
        self.jobs.append((do, action))

    def finish(self, count=None):
        """Finish so many jobs, or all."""
        for _ in range(len(self.jobs) if count is None else min(count, len(self.jobs))):
            do, action = self.jobs.pop(self.random.randrange(len(self.jobs)))
            do(action)


def made(desired, world, **how):
    """A loop on a clock turned by hand."""
    how = {"clock": HandClock(), "backoff": Backoff(), **how}
    return ControlLoop(desired, world.observe, world.act, **how)


def outcomes(step):
    return [(d.action.verb, d.action.name, d.outcome) for d in step.decisions]


def applied(actions, observed):
    after = dict(observed)
    for action in actions:
        if action.verb == "stop":
            assert after.pop(action.name) == action.what
        else:
            assert action.name not in after, "the name is still taken"
            after[action.name] = action.what
    return after


# diff: what has to be done?


@given(pictures, pictures)
def test_two_passes_lead_from_any_state_to_the_desired_one(desired, observed):
    """One pass for what is missing or extra; a changed item is stopped in the first and started in the second."""
    once = applied(diff(desired, observed), observed)
    twice = applied(diff(desired, once), once)
    assert twice == desired
    changed = {n for n in desired if n in observed and desired[n] != observed[n]}
    assert once == {n: w for n, w in desired.items() if n not in changed}


@given(pictures, pictures)
def test_each_name_that_differs_gets_exactly_one_action(desired, observed):
    """None for the others. A stop carries what was seen, a start what is wished."""
    expected = {n: Action("start", n, w) for n, w in desired.items() if n not in observed}
    expected |= {n: Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w}
    actions = list(diff(desired, observed))
    assert len(actions) == len(expected)
    assert {a.name: a for a in actions} == expected


@given(pictures)
def test_equality_is_silent(picture):
    """Nothing to do is an answer too."""
    assert list(diff(picture, dict(reversed(picture.items())))) == []


@given(pictures, pictures)
def test_the_pictures_are_only_looked_at(desired, observed):
    """diff changes neither argument, and says the same when it is asked again."""
    before = dict(desired), dict(observed)
    first = diff(desired, observed)
    assert (desired, observed) == before
    assert diff(desired, observed) == first


@given(pictures, pictures)
def test_the_order_of_the_names_means_nothing(desired, observed):
    """The same pictures in another order need the same actions."""
    turned = diff(dict(reversed(desired.items())), dict(reversed(observed.items())))
    assert Counter(map(repr, turned)) == Counter(map(repr, diff(desired, observed)))


def test_an_action_starts_or_stops_and_nothing_else():
    """A third verb is refused where it is made, not where it would be carried out."""
    with pytest.raises(ValueError, match="'restart'"):
        Action("restart", "web-1", "web:1")


# reconcile: one pass.


@given(pictures, pictures, st.sets(st.sampled_from(NAMES)))
def test_one_pass_looks_once_and_tries_everything_once(desired, observed, broken):
    """A failure is reported with its action, and holds up no other."""
    world, looks = World(observed), []
    world.fails = {name: OSError(name) for name in broken}

    def observe():
        looks.append(1)
        return world.observe()

    results = reconcile(desired, observe, world.act)
    assert len(looks) == 1
    assert Counter(repr(a) for a, _ in results) == Counter(map(repr, diff(desired, observed)))
    for action, error in results:
        assert (error is world.fails[action.name]) if action.name in broken else (error is None)


@given(pictures, pictures)
def test_passes_repeated_by_the_caller_get_there(desired, observed):
    """Three passes: to stop, to start, and to find nothing to do."""
    world = World(observed)
    for _ in range(2):
        reconcile(desired, world.observe, world.act)
    assert world.living == desired
    assert reconcile(desired, world.observe, world.act) == []


def test_stop_can_stop_a_pass():
    """The learner's Stop button is no failure to be noted and passed over."""
    def act(action):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reconcile({"a": "web:1"}, dict, act)


# The loop under faults.

storms = st.lists(st.sampled_from(["step", "step", "look", "finish", "die", "appear", "wish", "forget", "break",
                                   "mend", "blind", "wait", "pause"]), max_size=60)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(storms, st.integers(0, 2**32), st.integers(1, 4), st.sampled_from([None, Backoff(), Backoff.workshop()]))
def test_after_any_storm_the_loop_gets_there(storm, seed, max_in_flight, backoff):
    """Things die, appear, fail and finish late, wishes change, looking fails. When that ends, so does the difference.

    Meanwhile no name is ever in two hands at once, none is started twice, and no more than max_in_flight are under way.
    """
    random, clock = Random(seed), HandClock()
    world, hands = World({random.choice(NAMES): "web:1" for _ in range(3)}), Hands(random)
    desired, blind = dict.fromkeys(NAMES[:4], "web:1"), [False]

    def observe():
        if blind[0]:
            raise OSError("the engine is away")
        seen = world.observe()
        if random.random() < 0.3:
            hands.finish(1)  # ends while we look: no longer under way, and not in this picture
        return seen

    loop = ControlLoop(desired, observe, world.act, clock=clock, executor=hands, max_in_flight=max_in_flight,
                       backoff=backoff)

    def do(what):
        name = random.choice(NAMES)
        if what in ("step", "look", "pause"):
            getattr(loop, what)()
        elif what == "finish":
            hands.finish(random.randrange(3))
        elif what == "die":
            world.living.pop(name, None)
        elif what == "appear" and not any(a.name == name for _, a in hands.jobs):
            world.living.setdefault(name, random.choice(WHATS))
        elif what == "wish":
            desired[name] = random.choice(WHATS)
        elif what == "forget":
            desired.pop(name, None)
        elif what == "break":
            world.fails[name] = OSError(name)
        elif what == "mend":
            world.fails.pop(name, None)
        elif what == "blind":
            blind[0] = not blind[0]
        elif what == "wait":
            clock.advance(random.choice([0.5, 5, 50]))
        assert loop.in_flight == len(hands.jobs) <= max_in_flight
        assert not hands.clashes
        assert not world.doubles

    for what in storm:
        do(what)
    world.fails, blind[0] = {}, False
    for _ in range(40):
        do("step")
        hands.finish()
        clock.advance(30)
    assert loop.step().converged, (desired, world.living, loop.latest)
    assert outcomes(loop.latest) == []
    assert [step.number for step in loop.history] == list(range(1, len(loop.history) + 1))


def test_the_same_seed_gives_the_same_history():
    """A failure found by chance can be looked at again."""
    def history(seed):
        random = Random(seed)
        world, hands = World(), Hands(random)
        loop = made(dict.fromkeys(NAMES, "web:1"), world, executor=hands, max_in_flight=2)
        for _ in range(20):
            loop.step()
            hands.finish(random.randrange(3))
            world.living.pop(random.choice(NAMES), None)
            loop.clock.advance(random.random())
        return list(loop.history)

    assert history(7) == history(7) != history(8)


def test_what_ends_while_we_look_is_not_done_again():
    """The picture was taken before the start ended, and the hands are free after it: nobody starts it twice."""
    world, hands = World(), Hands()
    loop = made({"a": "web:1"}, world, executor=hands)
    loop.step()
    plain = world.observe

    def slow_look():
        seen = plain()
        hands.finish()
        return seen

    loop._observe = slow_look
    step = loop.step()
    assert step.observed == {}
    assert loop.in_flight == 0
    assert step.held["a"].kind == "under way"
    assert step.decisions == ()
    assert loop.step().converged
    assert not world.doubles


def test_a_name_under_way_is_left_alone():
    """Whatever is wished meanwhile: one action for one name at a time."""
    world, hands, desired = World(), Hands(), {"a": "web:1"}
    loop = made(desired, world, executor=hands)
    loop.step()
    desired["a"] = "web:2"
    for _ in range(3):
        assert loop.step().decisions == ()
    hands.finish()
    assert outcomes(loop.step()) == [("stop", "a", "submitted")]


def test_past_max_in_flight_an_action_waits_and_says_so():
    """The others are recorded as wait, and go as soon as a hand is free."""
    world, hands = World(), Hands()
    loop = made(dict.fromkeys(NAMES[:5], "web:1"), world, executor=hands, max_in_flight=2)
    step = loop.step()
    assert Counter(d.outcome for d in step.decisions) == {"submitted": 2, "wait": 3}
    assert step.decisions[2].why == "missing; at most 2 at once"
    hands.finish(1)
    assert Counter(d.outcome for d in loop.step().decisions) == {"submitted": 1, "wait": 2}
    assert loop.in_flight == 2
    with pytest.raises(ValueError, match="max_in_flight is 0"):
        made({}, world, max_in_flight=0)


def test_a_look_says_next_for_no_more_than_there_are_hands():
    """What a pass would begin, and what would wait for it; without an executor each waits only for the one before."""
    world, hands = World(), Hands()
    loop = made(dict.fromkeys(NAMES[:5], "web:1"), world, executor=hands, max_in_flight=2)
    look = loop.look()
    assert Counter(d.outcome for d in look.decisions) == {"next": 2, "wait": 3}
    assert look.decisions[4].why == "missing; at most 2 at once"
    began = [d.action for d in loop.step().decisions if d.outcome == "submitted"]
    assert began == [d.action for d in look.decisions if d.outcome == "next"]
    assert {d.outcome for d in loop.look().decisions} == {"wait"}
    assert {d.outcome for d in made(dict.fromkeys(NAMES, 1), world, max_in_flight=1).look().decisions} == {"next"}


def test_a_doubled_action_is_carried_out_once():
    """A diff that says everything twice starts nothing twice."""
    world, hands = World(), Hands()
    loop = made({"a": "web:1"}, world, executor=hands)

    def twice(desired, observed):
        return diff(desired, observed) * 2

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(control_loop, "diff", twice)
        assert outcomes(loop.step()) == [("start", "a", "submitted"), ("start", "a", "wait")]
    hands.finish()
    assert world.done == [Action("start", "a", "web:1")]


# Back-off.


def restarts(loop, world, name, times):
    """Let ``name`` die at once after each start; the delays that its restarts were given."""
    delays = []
    for _ in range(times):
        world.living.pop(name, None)
        step = loop.step()
        if name in world.living:
            delays.append(0.0)
            continue
        delay, = (d.delay for d in step.decisions if d.action.name == name)
        delays.append(delay)
        loop.clock.advance(delay - 0.001)
        assert loop.step().held[name].kind == "backing off"
        loop.clock.advance(0.001)
        assert outcomes(loop.step()) == [("start", name, "done")], "a wait that is over is over"
    return delays


def test_the_first_restart_is_immediate_and_the_next_waits_double_up_to_the_cap():
    """0, base, 2 base, 4 base … cap: Kubernetes' curve."""
    world = World()
    loop = made({"a": "web:1"}, world)
    loop.step()
    assert restarts(loop, world, "a", 8) == [0, 10, 20, 40, 80, 160, 300, 300]


def test_the_workshop_waits_the_same_ten_times_shorter():
    """1, 2, 4 … 30 seconds, forgotten after one minute."""
    world = World()
    loop = made({"a": "web:1"}, world, backoff=Backoff.workshop())
    loop.step()
    assert restarts(loop, world, "a", 8) == [0, 1, 2, 4, 8, 16, 30, 30]
    loop.clock.advance(60)
    assert restarts(loop, world, "a", 3) == [0, 0, 1]


def test_running_long_enough_wipes_the_slate():
    """After ``reset`` seconds of running the next death is a first one; a moment earlier it is not."""
    world = World()
    loop = made({"a": "web:1"}, world)
    loop.step()
    restarts(loop, world, "a", 4)
    loop.clock.advance(599.9)
    assert restarts(loop, world, "a", 1) == [80]
    loop.clock.advance(600)
    assert restarts(loop, world, "a", 3) == [0, 0, 10]


def test_a_new_wish_starts_with_a_clean_slate():
    """Whether it comes during the wait, before it, or by way of not being wished at all."""
    world, desired = World(), {"a": "web:1"}
    loop = made(desired, world)
    loop.step()
    restarts(loop, world, "a", 3)

    world.living.clear()
    assert outcomes(loop.step()) == [("start", "a", "wait")]
    desired["a"] = "web:2"  # during the wait
    assert outcomes(loop.step()) == [("start", "a", "done")]
    assert loop.due() is None

    restarts(loop, world, "a", 2)
    world.living.clear()
    desired["a"] = "web:3"  # before any wait was given
    assert restarts(loop, world, "a", 2) == [0, 0]

    world.living.clear()
    assert outcomes(loop.step()) == [("start", "a", "wait")]
    del desired["a"]
    assert loop.step().converged
    desired["a"] = "web:3"
    assert outcomes(loop.step()) == [("start", "a", "done")]


def test_a_wait_ends_early_when_somebody_else_started_it():
    """The loop wishes for a state, not for having made it."""
    world = World()
    loop = made({"a": "web:1"}, world)
    loop.step()
    restarts(loop, world, "a", 2)
    world.living.clear()
    loop.step()
    world.living["a"] = "web:1"
    step = loop.step()
    assert step.converged
    assert step.held == {}
    assert loop.due() is None


def test_something_else_under_a_waiting_name_is_stopped_at_once():
    """A back-off holds back a start; it protects no intruder."""
    world = World()
    loop = made({"a": "web:1"}, world)
    loop.step()
    restarts(loop, world, "a", 2)
    world.living.clear()
    loop.step()
    world.living["a"] = "miner:6"
    assert outcomes(loop.step()) == [("stop", "a", "done")]


def test_a_thing_may_be_anything_hashable_even_none():
    """None is a wish like any other, and backs off like any other."""
    world = World()
    loop = made({"a": None}, world)
    assert outcomes(loop.step()) == [("start", "a", "done")]
    assert restarts(loop, world, "a", 3) == [0, 10, 20]


def test_a_bad_image_waits_and_delays_nobody():
    """One broken wish costs one name: the others start on the same pass, with a single hand."""
    world, hands = World(), Hands()
    world.fails["a"] = OSError("no such image: wbe:1")
    loop = made({"a": "wbe:1", "b": "web:1", "c": "web:1"}, world, executor=hands, max_in_flight=1)
    for _ in range(6):
        loop.step()
        hands.finish()
    assert world.living == {"b": "web:1", "c": "web:1"}
    assert loop.step().held["a"].delay == 10
    assert [str(error) for step in loop.history for _, error in step.finished if error] == ["no such image: wbe:1"] * 2


def test_a_stop_that_fails_backs_off_like_a_start():
    """Otherwise as many broken names as there are hands would keep all hands for ever. (They did.)"""
    world, hands = World({"x": "web:1", "y": "web:1"}), Hands()
    world.fails = {"x": OSError("device busy"), "y": OSError("device busy")}
    loop = made({"a": "web:1"}, world, executor=hands, max_in_flight=2)
    for _ in range(4):
        loop.step()
        hands.finish()
    assert world.living["a"] == "web:1"
    assert {name: held.delay for name, held in loop.step().held.items()} == {"x": 10, "y": 10}
    world.fails = {}
    loop.clock.advance(10)
    loop.step()
    hands.finish()
    assert loop.step().converged


def test_a_thing_that_never_shows_what_was_wished_is_not_started_without_pause():
    """Started, seen as something else, stopped, started …: that too is a crash loop."""
    world = World()
    loop = ControlLoop({"a": "web:1"}, lambda: dict.fromkeys(world.living, "sha256:7"), world.act, clock=HandClock())
    for _ in range(50):
        loop.step()
        loop.clock.advance(1)
    assert sum(action.verb == "start" for action in world.done) <= 5


def test_without_backoff_nothing_waits():
    """backoff=None is for watching, not for sleeping."""
    world = World()
    loop = made({"a": "web:1"}, world, backoff=None)
    for _ in range(30):
        world.living.clear()
        assert outcomes(loop.step()) == [("start", "a", "done")]


def test_due_names_the_next_wait_that_ends():
    """Whoever steps the loop knows when to come back; a wait that this pass could not use calls nobody again."""
    world, hands = World(), Hands()
    loop = made({"a": "web:1", "b": "web:1"}, world, executor=hands, max_in_flight=1)
    for _ in range(6):
        loop.step()
        hands.finish()
        world.living.clear()
    loop.step()
    loop.step()
    assert loop.due() == 10
    loop.clock.advance(10)
    loop.step()  # one goes; the other is due as well, and has no hand
    assert loop.in_flight == 1
    assert loop.due() is None


# What a step remembers, and for how long.


def test_a_step_says_what_why_when_and_by_whom():
    """The record answers the questions of whoever looks at the picture."""
    clock = HandClock(100)
    dead = Fact("Failed", "web:1", "c0ffee", exit_code=137)
    seen = Observation({"b": "web:1", "x": "job:1"}, {"a": dead})
    loop = ControlLoop({"a": "web:1", "b": "web:2", "c": "web:1"}, lambda: seen, lambda action: None, clock=clock)
    clock.advance(2.5)
    step = loop.step()
    assert (step.number, step.at) == (1, 2.5)
    assert step.difference == {"a": "missing", "b": "changed", "c": "missing", "x": "extra"}
    assert {d.action.name: d.why for d in step.decisions} == {
        "a": "missing, exit 137", "b": "web:1 seen, web:2 wished", "c": "missing", "x": "nobody wished for it"}
    assert step.by == {"reconcile": "mini_k8s.control_loop", "diff": "mini_k8s.control_loop"}
    assert step.facts["a"] is dead
    assert not step.converged
    assert [action.name for action, _ in loop.step().finished] == ["b", "x", "a", "c"]


def test_a_step_keeps_the_world_as_it_was():
    """The pictures may be changed afterwards by those who own them; the record does not change with them."""
    world = {"x": "web:1"}
    desired = {"a": "web:1"}
    loop = ControlLoop(desired, lambda: world, lambda action: None, clock=HandClock())
    step = loop.step()
    world["y"] = desired["b"] = "web:9"
    assert (step.desired, step.observed) == ({"a": "web:1"}, {"x": "web:1"})
    loop.step()
    assert loop.rewind(1).observed == {"x": "web:1"}


def test_an_unchanged_picture_is_remembered_once():
    """A quiet night costs no memory, also when the engine is away for a while."""
    world, away = World({"a": "web:1"}), [False]
    desired = {"a": "web:1"}

    def observe():
        if away[0]:
            raise OSError("away")
        return world.observe()

    loop = ControlLoop(lambda: dict(desired), observe, world.act, clock=HandClock())
    first, second = loop.step(), loop.step()
    assert second.desired is first.desired
    assert second.observed is first.observed
    away[0] = True
    assert loop.step().desired is first.desired


def test_rewind_shows_an_earlier_pass_and_changes_nothing():
    """Time travel is for looking: nothing is stopped, started or forgotten. Step returns to now."""
    world = World()
    loop = made({"a": "web:1", "b": "web:1"}, world)
    for _ in range(4):
        world.living.pop("b", None)
        loop.step()
        loop.clock.advance(1)
    before = dict(world.living), list(world.done), list(loop.history), loop.latest, loop.due()
    assert loop.rewind(3) is loop.history[0]
    assert loop.rewound.number == 1
    assert loop.rewind(0) is loop.history[-1]
    assert (dict(world.living), list(world.done), list(loop.history), loop.latest, loop.due()) == before
    for beyond in (4, -1, 10**9):
        with pytest.raises(IndexError, match="4 passes are remembered; rewind takes 0 to 3"):
            loop.rewind(beyond)
    assert loop.rewound is loop.history[-1]
    loop.step()
    assert loop.rewound is None
    with pytest.raises(IndexError, match="no pass was made yet"):
        made({}, world).rewind(0)


def kept(loop):
    """How many names the history really holds, each shared picture counted once."""
    shared = {id(p): len(p) + len(getattr(p, "facts", ())) for s in loop.history for p in (s.desired, s.observed)}
    return sum(shared.values()) + sum(len(s.decisions) + len(s.held) + len(s.finished) for s in loop.history)


def test_only_so_many_passes_are_remembered():
    """The oldest goes when a new one comes."""
    loop = made({"a": "web:1"}, World(), remember=5)
    for _ in range(12):
        loop.step()
    assert [step.number for step in loop.history] == [8, 9, 10, 11, 12]
    with pytest.raises(ValueError, match="remember is 0"):
        made({}, World(), remember=0)


def test_ten_thousand_items_that_change_on_every_pass_fit_into_bounded_memory():
    """However much happens, together the passes keep at most ``remember_items`` names."""
    turn, names = [0], [f"web-{n}" for n in range(10_000)]

    def desired():
        turn[0] += 1
        return dict.fromkeys(names, turn[0])

    loop = ControlLoop(desired, dict, lambda action: None, clock=HandClock(), remember_items=50_000, max_in_flight=1)
    for _ in range(4):
        loop.step()
        assert kept(loop) == loop.history._items <= 50_000
    assert 1 < len(loop.history) < 4


def test_ten_thousand_that_wait_fit_into_bounded_memory():
    """Pictures that never change, with ten thousand decisions on each pass, are not free. (They were counted so.)"""
    loop = made({f"web-{n}": "web:1" for n in range(10_000)}, World(), executor=Hands(), max_in_flight=1,
                remember_items=50_000)
    for _ in range(5):
        loop.step()
        assert kept(loop) == loop.history._items <= 50_000


@given(st.lists(st.tuples(pictures, pictures), max_size=12), st.integers(1, 40), st.integers(1, 6))
def test_the_books_on_memory_are_right(pairs, remember_items, remember):
    """What the loop believes it remembers is what it remembers."""
    now = [{}, {}]
    loop = ControlLoop(lambda: now[0], lambda: now[1], lambda action: None, clock=HandClock(), backoff=None,
                       remember=remember, remember_items=remember_items)
    for desired, observed in pairs:
        now[:] = desired, observed
        loop.step()
        loop.step()
        # Two equal pictures that are not neighbours are two; so this counts as the loop does, neighbour by neighbour.
        steps = list(loop.history)
        count = sum(record._weight(s, before) for s, before in zip(steps, [None, *steps], strict=False))
        assert loop.history._items == count
        assert len(steps) <= remember
        assert count <= remember_items or len(steps) == 1


def test_names_that_came_and_went_are_forgotten():
    """A loop that runs for months does not remember everybody it ever started."""
    world, desired = World(), {}
    loop = made(desired, world, remember=3)
    for n in range(50):
        desired.clear()
        desired[f"job-{n}"] = "web:1"
        loop.step()
        world.living.clear()  # it died by itself, and is wished for no longer
    desired.clear()
    loop.step()
    assert not loop.hands._patience._tried
    assert not loop.hands._patience._waits


# Nothing but close() ends it.


def test_a_pass_that_cannot_look_or_decide_is_recorded_and_the_next_goes_on(monkeypatch):
    """The engine is away, the wish cannot be read, the learner's code is wrong: each is an entry in the record."""
    world, trouble = World(), {}

    def calls(what, do):
        if what in trouble:
            raise trouble[what]
        return do()

    loop = ControlLoop(lambda: calls("desired", lambda: {"a": "web:1"}), lambda: calls("observe", world.observe),
                       world.act, clock=HandClock())
    for what in ("desired", "observe"):
        trouble[what] = OSError(f"{what} failed")
        step = loop.step()
        assert (str(step.error), step.failed) == (f"{what} failed", what)
        assert not step.converged
        assert loop.look().error is step.error
        trouble.clear()
    wrong = {
        "reconcile": [lambda d, o, a: 1 / 0, lambda: None, lambda d, o, a: exit(3)],
        "diff": [lambda d, o: d.pop("nobody"), lambda d, o: [(yield 1 / 0)]],
    }
    for function, ways in wrong.items():
        for way in ways:
            with monkeypatch.context() as patch:
                patch.setattr(control_loop, function, way)
                assert loop.step().failed == function
                assert world.done == []
    with monkeypatch.context() as patch:
        patch.setattr(control_loop, "diff", lambda d, o: None)
        assert loop.step().failed == "reconcile", "it goes through what is no list"
    assert loop.step().error is None
    assert world.living == {"a": "web:1"}


@pytest.mark.parametrize("way", [lambda d, o, a: a("start a"), reconcile])
def test_an_action_that_is_none_is_the_pass_s_error(monkeypatch, way):
    """Also where reconcile catches what act() says to it. The true ones beside it are carried out."""
    monkeypatch.setattr(control_loop, "diff", lambda d, o: ["start a", Action("start", "b", 1)])
    monkeypatch.setattr(control_loop, "reconcile", way)
    loop = made({"b": 1}, World())
    step = loop.step()
    assert (step.failed, str(step.error)[:29]) == ("act", "act() was given 'start a'. Gi")
    assert "act failed" in repr(step)
    assert outcomes(step) == ([("start", "b", "done")] if way is reconcile else [])


def test_a_reconcile_that_lets_a_failed_action_end_the_pass(monkeypatch):
    """The record says that it was the action."""
    def fragile(desired, observe, act):
        for action in diff(desired, observe()):
            act(action)

    monkeypatch.setattr(control_loop, "reconcile", fragile)
    world = World()
    world.fails["a"] = OSError("no such image")
    step = made({"a": "web:1", "b": "web:1"}, world).step()
    assert (step.failed, step.error) == ("act", world.fails["a"])
    assert outcomes(step) == [("start", "a", "failed")]


# Tidying up.


def test_a_pass_tidies_up_and_a_look_does_not():
    """It is told what is desired and what was seen. When it fails the next pass tries again."""
    world, told = World({"x": "web:1"}), []

    def tidy(desired, observed):
        told.append((dict(desired), dict(observed)))
        if len(told) == 1:
            raise OSError("busy")

    loop = made({"a": "web:1"}, world, tidy=tidy)
    loop.look()
    assert told == []
    assert loop.step().failed == "tidy"
    assert loop.step().converged
    assert told == [({"a": "web:1"}, {"x": "web:1"}), ({"a": "web:1"}, {"a": "web:1"})]


def test_dead_containers_of_no_use_are_removed_by_tidy_and_not_by_looking():
    """Of no use: the successor lives, or nobody wishes for the name. One that is wished for keeps its exit code."""
    runtime = SimulatedRuntime("tidy-test")
    for name, attempt in (("web-1", 0), ("web-1", 1), ("web-2", 0), ("job", 0)):
        runtime.start(runtime.create(ContainerSpec(name, "web:1", attempt=attempt)))
    for seen in runtime.list():
        if (seen.name, seen.attempt) != ("web-1", 1):
            runtime.stop(seen.id, grace=0)
    containers = ByName(runtime)
    look = containers.observe()
    assert look == {"web-1": "web:1"}
    assert look.facts["web-2"].exit_code == 137
    assert len(runtime.list()) == 4, "looking removes nothing"
    containers.tidy({"web-1": "web:1", "web-2": "web:1"}, look)
    assert [(o.name, o.attempt) for o in runtime.list()] == [("web-1", 1), ("web-2", 0)]


def test_a_diff_that_changes_its_arguments_spoils_only_its_own_copy(monkeypatch):
    """The wish is not the learner's to edit by accident, nor is the record."""
    desired, world = {"a": "web:1"}, World({"b": "web:1"})

    def careless(desired, observed):
        observed.clear()
        desired.clear()
        return []

    monkeypatch.setattr(control_loop, "diff", careless)
    loop = made(desired, world)
    step = loop.step()
    assert (step.desired, step.observed) == ({"a": "web:1"}, {"b": "web:1"})
    assert desired == {"a": "web:1"}


def test_the_learners_functions_are_what_runs_and_the_record_says_so(monkeypatch):
    """A replaced diff or reconcile runs from the next pass on; Step.by names the module it came from."""
    namespace = {"Action": Action, "__name__": "my_part"}
    exec("def diff(desired, observed):\n"
         "    return [Action('start', n, w) for n, w in desired.items() if n not in observed]", namespace)
    world = World({"x": "web:1"})
    loop = made({"a": "web:1"}, world)
    monkeypatch.setattr(control_loop, "diff", namespace["diff"])
    step = loop.step()
    assert step.by == {"reconcile": "mini_k8s.control_loop", "diff": "my_part"}
    assert world.living == {"x": "web:1", "a": "web:1"}, "theirs forgets the unwished x, and so does the loop"

    class Nameless:
        def __call__(self, desired, observe, act):
            return []

    monkeypatch.setattr(control_loop, "reconcile", Nameless())  # has no __name__, and need not have one
    assert loop.step().error is None


def test_stop_pressed_during_an_action_leaves_no_name_held():
    """An interrupted step is over; the next one tries the same name again."""
    world, pressed = World(), [True]

    def act(action):
        if pressed.pop() if pressed else False:
            raise KeyboardInterrupt
        world.act(action)

    loop = ControlLoop({"a": "web:1"}, world.observe, act, clock=HandClock())
    with pytest.raises(KeyboardInterrupt):
        loop.step()
    assert loop.in_flight == 0
    loop.step()
    assert world.living == {"a": "web:1"}


def test_a_closed_pool_leaves_no_name_held():
    """What could not be handed over is not under way."""
    pool = ThreadPoolExecutor()
    pool.shutdown()
    loop = made({"a": "web:1"}, World(), executor=pool)
    assert outcomes(loop.step()) == [("start", "a", "failed")]
    assert loop.in_flight == 0


def test_listeners_are_told_and_cannot_hurt(caplog):
    """Each step, look, run, pause and rewind tells everyone; one listener that fails costs nobody else the news."""
    told = []

    def broken():
        raise RuntimeError("the picture is gone")

    loop = made({"a": "web:1"}, World())
    loop.listeners += [broken, lambda: told.append(loop.latest)]
    loop.look()
    loop.step()
    loop.rewind(0)
    loop.pause()
    assert len(told) == 4
    assert told[0].number == told[1].number == 1
    assert "the picture is gone" in caplog.text


def test_looking_does_nothing():
    """A look says what a pass would do now, its waits included, and does none of it."""
    world = World({"x": "web:1"})
    loop = made({"a": "web:1"}, world)
    assert outcomes(loop.look()) == [("stop", "x", "next"), ("start", "a", "next")]
    assert world.done == []
    assert list(loop.history) == []
    loop.step()
    restarts(loop, world, "a", 1)
    world.living.clear()
    look = loop.look()
    assert [(d.outcome, d.delay) for d in look.decisions] == [("wait", 10)]
    assert loop.due() is None


# Alive: on a thread of its own.


@pytest.fixture
def alive():
    """Makes loops that really run, and closes them."""
    loops, pools = [], []

    def make(desired, world, hands=4, **how):
        pool = ThreadPoolExecutor(hands) if hands else None
        loop = ControlLoop(desired, world.observe, world.act, executor=pool, **{"period": 0.02, "backoff": None, **how})
        loops.append(loop)
        pools.extend([pool] if pool else [])
        return loop

    yield make
    for loop in loops:
        loop.close()
    for pool in pools:
        pool.shutdown(cancel_futures=True)


class BusyWorld(World):
    """A world that notices two hands on one name, and one that is used from many threads."""

    def __init__(self, living=()):
        super().__init__(living)
        self.busy, self.clashes, self.looks = set(), [], 0

    def observe(self):
        self.looks += 1
        return super().observe()

    def act(self, action):
        if action.name in self.busy:
            self.clashes.append(action)
        self.busy.add(action.name)
        super().act(action)
        self.busy.discard(action.name)


def test_a_running_loop_keeps_the_world_as_wished(alive):
    """Kill what you like: it comes back, without being told."""
    world, desired = BusyWorld({"x": "web:1"}), dict.fromkeys(NAMES, "web:1")
    loop = alive(desired, world)
    loop.run()
    eventually(lambda: world.living == desired, within=10, because="the loop runs")
    for name in NAMES[:3]:
        world.living.pop(name, None)
    eventually(lambda: world.living == desired, within=10, because="three were killed")
    assert not world.doubles


def test_a_new_loop_is_paused_and_a_paused_loop_looks_without_acting(alive):
    """Looking is free; the first thing that is done is done after run()."""
    world = BusyWorld()
    loop = alive({"a": "web:1"}, world)
    assert "paused" in repr(loop)
    loop.watch()
    eventually(lambda: world.looks > 3, within=10, because="a watching loop looks")
    assert world.done == []
    loop.run()
    eventually(lambda: "a" in world.living, within=10, because="now it may act")
    loop.pause()
    world.living.clear()
    looks = world.looks
    eventually(lambda: world.looks > looks + 3, within=10, because="a paused loop goes on looking")
    assert world.living == {}


def test_pause_holds_from_the_moment_it_returns(alive):
    """Also in the middle of a pass: what is under way ends, what was only decided is not begun."""
    began, go_on = threading.Event(), threading.Event()

    class Slow(World):
        def act(self, action):
            began.set()
            assert go_on.wait(10)
            super().act(action)

    world = Slow()
    loop = alive({"a": "web:1", "b": "web:1", "c": "web:1"}, world, hands=0)
    loop.run()
    assert began.wait(10)
    loop.pause()
    go_on.set()
    eventually(lambda: loop.history, within=10, because="the pass ends")
    assert list(world.living) == ["a"]
    assert [d.outcome for d in loop.history[0].decisions] == ["done", "wait", "wait"]
    assert loop.history[0].decisions[1].why == "missing; paused"


def test_run_pause_step_and_rewind_from_many_threads_at_once(alive):
    """Buttons may be pressed by anybody at any time: no name in two hands, no pass lost, and in the end it is right."""
    world, desired = BusyWorld(), dict.fromkeys(NAMES, "web:1")
    loop, errors = alive(desired, world), []

    def press(seed):
        random = Random(seed)
        try:
            for _ in range(60):
                button = random.choice([loop.run, loop.pause, loop.step, loop.look, loop.wake, "rewind", "die"])
                if button == "rewind":
                    if loop.history:
                        loop.rewind(0)
                elif button == "die":
                    world.living.pop(random.choice(NAMES), None)
                else:
                    button()
        except Exception as error:
            errors.append(error)

    people = [threading.Thread(target=press, args=(n,)) for n in range(6)]
    for person in people:
        person.start()
    for person in people:
        person.join(30)
    assert errors == []
    loop.run()
    eventually(lambda: world.living == desired and loop.in_flight == 0, within=10, because="everybody has let go")
    assert not world.clashes
    assert not world.doubles
    loop.pause()
    with loop._pass:
        numbers = [step.number for step in loop.history]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert sum(thread.name == "control-loop" for thread in threading.enumerate()) == 1


def test_close_ends_the_thread_and_leaves_the_world(alive):
    """The loop dies, the app lives on. A closed loop is not brought back; a new one needs no memory."""
    world, desired = BusyWorld(), {"a": "web:1"}
    loop = alive(desired, world, period=60)
    loop.run()
    eventually(lambda: "a" in world.living, within=10, because="the loop runs")
    loop.close()
    loop.close()
    assert not loop._thread.is_alive()
    assert world.living == {"a": "web:1"}
    assert "closed" in repr(loop)
    with pytest.raises(RuntimeError, match="closed"):
        loop.step()
    with pytest.raises(RuntimeError, match="closed"):
        loop.run()
    assert not loop.running
    world.living.clear()
    alive(desired, world).run()
    eventually(lambda: "a" in world.living, within=10, because="the new loop looks for itself")


def test_a_loop_can_be_closed_from_its_own_listener(alive):
    """A picture that is closed closes its loop, on whichever thread the news finds it."""
    loop = alive({"a": "web:1"}, BusyWorld())
    loop.listeners.append(lambda: loop.closed or loop.close())
    loop.watch()
    eventually(lambda: not loop._thread.is_alive(), within=10, because="close() was called on the loop's own thread")


def test_learners_code_that_exits_does_not_end_the_loop(alive, monkeypatch):
    """sys.exit() in a diff is an error of that pass. Written right, it is what runs next."""
    def quits(desired, observed):
        raise SystemExit(1)

    world = BusyWorld()
    loop = alive({"a": "web:1"}, world)
    with monkeypatch.context() as patch:
        patch.setattr(control_loop, "diff", quits)
        loop.run()
        eventually(lambda: loop.latest and isinstance(loop.latest.error, SystemExit), within=10, because="it exits")
    eventually(lambda: "a" in world.living, within=10, because="the loop's thread lives")


def test_an_action_that_hangs_blocks_no_other_name(alive):
    """One hand is busy for long; the others go on, also with names that come later."""
    hangs = threading.Event()

    class Hanging(BusyWorld):
        def act(self, action):
            if action.name == "stuck":
                hangs.wait(30)
                raise TimeoutError("no answer")
            super().act(action)

    world, desired = Hanging(), {"stuck": "web:1", "a": "web:1"}
    loop = alive(desired, world, hands=2, max_in_flight=2)
    loop.run()
    eventually(lambda: "a" in world.living, within=10, because="a has nothing to do with it")
    desired["b"] = "web:1"
    world.living.pop("a", None)
    eventually(lambda: {"a", "b"} <= world.living.keys(), within=10, because="nor have later ones")
    assert loop.latest.held["stuck"].kind == "under way"
    hangs.set()


def test_nothing_to_do_is_not_done_as_fast_as_possible(alive):
    """A loop that waits for a hand, for an engine, or for Run sleeps. (A back-off that had ended kept it spinning.)"""
    clock, world = HandClock(), BusyWorld()
    loop = alive({"a": "web:1"}, world, hands=0, clock=clock, backoff=Backoff(), period=30)
    loop.step()
    for _ in range(2):
        world.living.clear()
        loop.step()
    clock.advance(11)  # the wait for a has ended
    assert loop.look().decisions
    loop.watch()  # paused
    threading.Event().wait(0.3)
    assert world.looks < 12

    broken = BusyWorld({"x": "web:1"})
    broken.fails["x"] = OSError("busy")
    alive({}, broken, hands=1, period=30).run()  # without any back-off: what fails waits for the next look
    threading.Event().wait(0.3)
    assert broken.looks < 12


def test_slow_motion_waits_the_whole_period_whatever_happens(alive):
    """In slow motion one can read along: ten taps on the shoulder make no pass come earlier."""
    world = BusyWorld()
    loop = alive({"a": "web:1"}, world, period=30)
    loop.slow_motion = True
    loop.run()
    eventually(lambda: "a" in world.living, within=10, because="the first pass is made at once")
    for _ in range(10):
        loop.wake()
        threading.Event().wait(0.02)
    assert len(loop.history) == 1
    loop.close()
    assert not loop._thread.is_alive(), "closing does not wait for the period"


def test_a_wake_makes_the_next_pass_come_now(alive):
    """With a period of a minute, news arrives at once."""
    world, desired = BusyWorld(), {"a": "web:1"}
    loop = alive(desired, world, period=60)
    loop.run()
    eventually(lambda: "a" in world.living and loop.latest.converged, within=10, because="the loop runs")
    desired["b"] = "web:1"
    loop.wake()
    eventually(lambda: "b" in world.living, within=10, because="somebody said so")


@pytest.mark.parametrize(("wish", "words"), [({"a": 1, 7: 1}, "the name 7"), (None, "desired is None"),
                                             (["web-1"], r"desired is \['web-1'\]"), ("web-1", "desired is 'web-1'")])
def test_a_wish_that_cannot_be_meant_is_said_and_nothing_is_done(wish, words):
    """The loop says which wish it is, leaves everything as it is, and goes on when the wish is mended."""
    wishes, done = [wish], []
    loop = ControlLoop(lambda: wishes[-1], dict, done.append, clock=HandClock())
    step = loop.step()
    assert re.search(words, str(step.error)), step
    assert done == []
    assert step.desired == {}
    wishes.append({"a": 1})
    assert loop.step().error is None
    assert done == [Action("start", "a", 1)]

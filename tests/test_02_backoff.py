"""How long something waits before its next restart; exercise 2.3, and the loop that runs on it."""

import doctest
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mini_k8s import backoff
from mini_k8s.backoff import Backoff, restart_delay
from mini_k8s.clock import HandClock
from mini_k8s.control_loop import ControlLoop
from mini_k8s.workshop import build, parts
from mini_k8s.workshop.build import NotYet
from mini_k8s.workshop.exercises import unsolved
from mini_k8s.workshop.judge import judge

TARGET = "mini_k8s.backoff:restart_delay"
WORKSHOP, KUBERNETES = Backoff.workshop(), Backoff()
counts = st.integers(0, 100_000)
numbers = st.builds(lambda base, cap, reset: {"base": base, "cap": cap, "reset": reset},
                    st.floats(0.01, 1e3), st.floats(0.01, 1e5), st.floats(1.0, 1e6))


# The function.

def test_the_example_of_the_docstring_is_true():
    """It is the exercise's text."""
    assert doctest.testmod(backoff) == doctest.TestResults(failed=0, attempted=1)


def test_kubernetes_curve():
    """At once; then 10 s, doubled up to 300 s; as the kubelet does it."""
    waits = [restart_delay(n, 0.0, KUBERNETES.base, KUBERNETES.cap, KUBERNETES.reset) for n in range(9)]
    assert waits == [0, 10, 20, 40, 80, 160, 300, 300, 300]


@given(counts, numbers)
def test_no_wait_is_longer_than_cap_nor_shorter_than_the_one_before(restarts, how):
    before, now = restart_delay(restarts, 0.0, **how), restart_delay(restarts + 1, 0.0, **how)
    assert 0.0 <= before <= now <= how["cap"]
    assert now in (how["cap"], 2 * before) or restarts == 0


@given(counts, numbers, st.floats(0, 1e6))
def test_after_reset_seconds_it_is_as_if_nothing_had_happened(restarts, how, more):
    assert restart_delay(restarts, how["reset"] + more, **how) == 0.0
    assert restart_delay(restarts + 1, how["reset"] * 0.999, **how) > 0.0


# The loop runs on it.

@contextmanager
def installed(source):
    parts.install(TARGET, source)
    try:
        yield
    finally:
        parts.uninstall(TARGET)


def waits(count, how=WORKSHOP, pause=0.0):
    """What a loop makes something wait that dies again and again, ``pause`` seconds after each start."""
    world, clock = {}, HandClock()
    loop = ControlLoop({"a": "web:1"}, lambda: dict(world),
                       lambda action: world.update({action.name: action.what}), clock=clock, backoff=how)
    loop.step()
    found = []
    for _ in range(count):
        clock.advance(pause)
        world.clear()
        decision = loop.step().decisions[0]
        found.append(decision.delay)
        clock.advance(decision.delay)
        if decision.outcome == "wait":
            loop.step()
        assert world == {"a": "web:1"}
    return found


def test_the_loop_waits_as_long_as_the_learners_part_says():
    """Theirs is called in the very place of ours, with what the loop knows."""
    assert waits(5) == [0, 1, 2, 4, 8]
    with installed("def restart_delay(restarts, since, base, cap, reset):\n    return 100 * restarts + since\n"):
        assert waits(4, pause=7.0) == [7, 107, 207, 307]
    assert waits(5) == [0, 1, 2, 4, 8]


def test_the_loop_forgets_what_was_well_for_long_enough():
    """How often it was restarted is counted anew, whoever wrote the function."""
    assert waits(4, pause=60.0) == [0, 0, 0, 0]
    assert waits(4, pause=59.9) == [0, 1, 2, 4]
    with installed("def restart_delay(restarts, since, base, cap, reset):\n    return float(restarts)\n"):
        assert waits(4, pause=60.0) == [0, 0, 0, 0]


# The exercise.

BODY = "def restart_delay(restarts, since, base, cap, reset):\n    {}\n    return {}\n"
FIRST = "if restarts == 0 or since >= reset: return 0.0"


@pytest.mark.parametrize(("source", "hint", "words"), [
    (BODY.format(FIRST, "base * restarts"), "linear", "1, 2, 4, 8 …"),
    (BODY.format(FIRST, "base * 2.0 ** min(restarts - 1, 60)"), "no-cap", "goes on doubling"),
    (BODY.format("if restarts == 0: return 0", "min(cap, base * 2 ** min(restarts - 1, 60))"), "no-reset",
     "It was started 61.0 s ago, and ‘reset’ is 60.0 s"),
    (BODY.format("if not restarts or since > reset: return 0", "min(cap, base * 2 ** min(restarts - 1, 60))"),
     "reset-late", "both are 60.0 s"),
    (BODY.format(FIRST, "min(cap, base * 2.0 ** (restarts - 1))"), "too-large", "2 to the power of 3000"),
    (BODY.format(FIRST, "min(cap, base * 2 ^ (restarts - 1))"), "raises", "Write ‘**’"),
])
def test_what_is_said_is_of_the_case_that_is_shown(source, hint, words):
    verdict = judge("2.3", source)
    message = " ".join(verdict.message.split())
    assert verdict.hint == hint, message
    assert words in message, message


# A stretch.

def test_a_stretch_that_nobody_began_stops_no_run(tmp_path, monkeypatch, capsys):
    """Ours runs, and it is said; what was begun and is not right is refused as any other."""
    monkeypatch.setenv("MINI_K8S_FOLDER", str(tmp_path / "mine"))
    build.build(TARGET, unsolved(TARGET))
    assert capsys.readouterr().out == (
        "2.3 restart_delay: a stretch, and not begun, so ours runs. Write it at any time: what passes is yours.\n")
    with pytest.raises(NotYet, match=r"2\.3 restart_delay: not yet"):
        build.build(TARGET, BODY.format(FIRST, "base"))
    with pytest.raises(NotYet, match=r"2\.1 diff: not yet"):
        build.build("mini_k8s.control_loop:diff", unsolved("mini_k8s.control_loop:diff"))

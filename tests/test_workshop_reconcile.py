"""Exercise 2.2: a refusal speaks of the case that it shows, and of nothing that it did not see."""

import re

import pytest

from mini_k8s.workshop.exercises.control_loop import reconcile_cases as cases
from mini_k8s.workshop.exercises.control_loop.reconcile_world import World, short
from mini_k8s.workshop.judge import judge

RECONCILE = "mini_k8s.control_loop:reconcile"
RIGHT = """
def reconcile(desired, observe, act):
    observed = observe()
    results = []
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""
NOTES = "results.append((action, error))"


def told(before: str, after: str) -> tuple[str | None, str]:
    """The hint that the right answer earns with one change, and the whole message in one line."""
    assert before in RIGHT
    verdict = judge(RECONCILE, RIGHT.replace(before, after))
    return verdict.hint, re.sub(r"\s+", " ", verdict.message)


@pytest.mark.parametrize(("before", "after", "hint", "words"), [
    (NOTES, NOTES + "; break", "try-around-loop", "start a (web:1) failed, and you tried nothing after it. Not tried"),
    (NOTES, NOTES + "; raise", "raises-again", "ended your function with line 10"),
    (NOTES, "exit()", "raises-again", "‘exit()’; start b (web:2) waited for it"),
    (NOTES, NOTES.replace("error)", "Exception(error))"), "not-the-error", "that very exception belongs there"),
    ("observed = observe()", "observed = observe()\n    if not observed: return []", "leaves-out", "ended with line 4"),
    ("    for", "    print('pass')\n    for", None, "It prints"),
    ("return results", "print('done')", "no-return", "ended without a ‘return’"),
])
def test_what_is_called_likely_was_seen(before, after, hint, words):
    """The line, the action, the error: the learner's own, from the case above it."""
    assert told(before, after)[0] == hint
    assert words in told(before, after)[1]


@pytest.mark.parametrize(("when_blind", "hint"), [
    ("return []", "look-swallowed"),
    ("observed = {}", "acts-blind"),
    ("observed = observe()", "look-retried"),
    ("return reconcile(desired, observe, act)", "look-retried"),
    ("exit('the engine is away')", "look-replaced"),
    ("raise KeyboardInterrupt", "look-replaced"),
    ("raise", None),
])
@pytest.mark.parametrize("kind", ["Exception", "OSError", "LookupError"])
def test_the_error_of_a_look_goes_to_the_caller_as_it_is(when_blind, hint, kind):
    """Of whatever kind it is, at the first look, and not dressed up as Stop."""
    caught = f"try: observed = observe()\n    except {kind}: {when_blind}"
    assert told("observed = observe()", caught)[0] == hint


def test_who_tries_for_ever_is_shown_trying():
    """The world ends it after some looks and actions, and so can say what they were."""
    hint, message = told("act(action)\n", "while True: act(action)\n")
    assert hint == "acts-twice"
    assert "one look, then start web (web:1), start web (web:1)" in message
    assert "went on and on until it was stopped" in message


def test_the_cases_that_are_shown_are_small():
    """Until the generated ones, which come last, each is read at a glance."""
    for world in [*cases.failing(), *cases.plain()[:-20], *cases.blind(), *cases.once_more()]:
        assert len(world.given) < 320


def test_things_are_said_shortly():
    """Actions and errors, also within lists and pairs; an error's text without a second pair of quotes."""
    world = World({"a": "web:1"}, {}, {"a": KeyError("a")})
    assert world.report() == '[(start a (web:1), KeyError("a"))]'
    assert short([(world.right[0], None)]) == "[(start a (web:1), None)]"
    assert short(list(range(9))) == "[0, 1, 2, 3, 4, 5, …]"


@pytest.mark.parametrize("slip", ["foobar()", "time.monotonic()", "deque()", "1 / 0", "action.nmae", "x = y; y = 1"])
def test_whatever_their_own_except_caught_is_told_in_whole_words(slip):
    """Every hint there is for a slip can stand in the place of the next move."""
    hint, message = told("act(action)\n", f"act(action)\n            {slip}\n")
    assert hint == "own-error"
    assert not re.search(r"\{place|‘\?’", message)

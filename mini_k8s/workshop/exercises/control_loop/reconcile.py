"""Exercise 2.2: what is true of every right ``reconcile``, and what does a wrong one show?

The checks stand in a small world and look at what happened there: what was tried, in how many looks, what was reported.
How the answer is written, and what it calls on the way, is its own business.
"""

from mini_k8s.workshop.exercises import Check, Exercise, Finding
from mini_k8s.workshop.exercises.control_loop import reconcile_why as why
from mini_k8s.workshop.exercises.control_loop.diff_cases import CHANGED, EQUAL, MISSING, MIXED, UNWISHED, generated
from mini_k8s.workshop.exercises.control_loop.reconcile_hints import HINTS
from mini_k8s.workshop.exercises.control_loop.reconcile_world import World


class EngineAway(Exception):
    """A failure of a kind that no learner can have named in an ``except``."""


# The worlds.

def _plain() -> list[World]:
    cases = [*MISSING[:3], *UNWISHED[:3], *EQUAL[:3], *CHANGED[:5], *MIXED, *generated(seed=11, count=20)]
    return [World(desired, observed) for desired, observed in cases]


def _failing() -> list[World]:
    three = {"a": "web:1", "b": "web:2", "c": "db:1"}
    return [
        World({"a": "web:1"}, {}, {"a": RuntimeError("no such image")}),
        World(three, {}, {"a": RuntimeError("no such image")}),
        World(three, {}, {"b": RuntimeError("no room")}),
        World(three, {}, {"c": ValueError("bad name")}),
        World(three, {}, {"a": OSError("engine away"), "b": KeyError("a"), "c": EngineAway("gone")}),
        World({}, three, {"b": EngineAway("it will not stop")}),
        World(three, {"a": "web:0", "d": "db:1"}, {"a": TimeoutError("it will not stop"), "b": AssertionError("no")}),
        World({"a": "web:1", "b": "web:1"}, {"c": "web:1"}, {"c": ArithmeticError("no")}),
    ]


def _to_report() -> list[World]:
    receipts = [World(*MISSING[0], receipt="done"), World(*UNWISHED[0], receipt=RuntimeError("not raised"))]
    return [World(*MISSING[0]), World(*EQUAL[0]), *_failing(), *_plain(), *receipts]


def _heedless() -> list[World]:
    cases = ({"a": "web:1", "b": "web:1"}, {"b": "web:0"}), ({}, {"a": "web:1"})
    return [World(desired, observed, heeds=False) for desired, observed in cases]


def _stopped() -> list[World]:
    return [World({"a": "web:1"}, {}, {"a": stop})
            for stop in (KeyboardInterrupt("Stop was pressed"), SystemExit("the kernel ends"))]


def _blind() -> list[World]:
    return [World({"a": "web:1"}, {"a": "web:1"}, blind=EngineAway("no answer")),
            World({"a": "web:1"}, {}, blind=OSError("no answer"))]


# What is right there.

def _tried(world, did) -> bool:
    return did.trouble is None and not did.changed and world.tried_right


def _looked_once(world, did) -> bool:
    return did.trouble is None and world.looks == 1


def _tried_and_looked_once(world, did) -> bool:
    return _tried(world, did) and _looked_once(world, did)


def _reported(world, did) -> bool:
    return did.trouble is None and why.wrong_form(did) is None and why.wrong_report(did, world) is None


def _stop_came_out(world, did) -> bool:
    return did.trouble is not None and any(did.trouble.error is stop for stop in world.errors)


def _failure_came_out(world, did) -> bool:
    return did.trouble is not None and why.comes_from(did.trouble.error, world.errors)


# What is told when it is not.

def _test(worlds, is_right, because, expected=World.wanted, said=World.happened, endless=""):
    """``is_right(world, did)`` in all of the worlds; else ``because(learner, world, did)`` gives (hint, facts)."""
    def test(learner) -> Finding | None:
        learner.endless = endless or learner.endless
        for world in worlds():
            did = world.run(learner)
            if not is_right(world, did):
                hint, facts = _common_cause(learner, world, did, is_right) or because(learner, world, did)
                return Finding(hint, world.given, expected(world), said(world, did), did.printed, facts)
        return None
    return test


def _common_cause(learner, world, did, is_right) -> tuple[str, dict] | None:
    """What may be behind anything that went wrong, and explains it better than what came of it."""
    if did.changed:
        return "edits-desired", {}
    once = world.again()
    if is_right(once, once.run(learner.fresh())):
        return ("remembered", {}) if world.looks < once.looks else ("memory", {"kept": learner.kept()})
    error = why.own_error(did, world)
    if error is None:
        return None
    trouble = learner.why(error)
    hint, facts = why.it_raised(trouble, world)
    likely, mend = (text.format_map(facts) for text in (RECONCILE.hint(hint).likely, RECONCILE.hint(hint).next))
    return "own-error", facts | {"mend": mend if trouble.text in likely else f"{likely} {mend}"}


def _told(world, did) -> str:
    return did.trouble.did if did.trouble else f"returned {why.told(did)}"


def _all(*tests):
    return lambda learner: next((found for test in tests if (found := test(learner))), None)


RECONCILE = Exercise(
    "2.2", "mini_k8s.control_loop:reconcile", "make one pass",
    (
        Check("every action of diff is tried, once", _test(_plain, _tried, why.it_acted_so), "until-equal"),
        Check("it looks once, at the world as it is now", _test(_plain, _looked_once, why.it_looked_so), "until-equal"),
        Check("one failure holds up no other", _test(_failing, _tried, why.it_failed_so), "retries"),
        Check("it tells what went well and what did not",
              _test(_to_report, _reported, why.it_told_so, World.report, _told), "until-equal"),
        Check("it makes one pass; Stop, and a look that fails, end it", _all(
            _test(_heedless, _tried_and_looked_once, why.it_acted_so),
            _test(_stopped, _stop_came_out, why.it_kept_stop, World.way_out, _told),
            _test(_blind, _failure_came_out, why.it_kept_the_look, said=_told, endless="look-swallowed")),
            "until-equal"),
    ),
    HINTS,
    called="The loop calls it once a second.",
)

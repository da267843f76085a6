"""Exercise 2.2: what is true of every right ``reconcile``, and what does a wrong one show?

The checks stand in a small world and look at what happened there: what was tried, in how many looks, what was reported.
How the answer is written, and what it calls on the way, is its own business.
"""

from collections import defaultdict

from mini_k8s.workshop.exercises import Check, Exercise, Finding
from mini_k8s.workshop.exercises.control_loop import reconcile_cases as cases
from mini_k8s.workshop.exercises.control_loop import reconcile_why as why
from mini_k8s.workshop.exercises.control_loop.reconcile_hints import HINTS
from mini_k8s.workshop.exercises.control_loop.reconcile_report import told, wrong_form, wrong_report
from mini_k8s.workshop.exercises.control_loop.reconcile_world import World

# What is right there.

def _tried(world, did) -> bool:
    return did.trouble is None and not did.changed and world.tried_right


def _looked_once(world, did) -> bool:
    return did.trouble is None and world.looks == 1


def _tried_and_looked_once(world, did) -> bool:
    return _tried(world, did) and _looked_once(world, did)


def _reported(world, did) -> bool:
    return did.trouble is None and wrong_form(did) is None and wrong_report(did, world) is None


def _stop_came_out(world, did) -> bool:
    return world.elsewhere or (did.trouble is not None and any(did.trouble.error is stop for stop in world.errors))


def _failure_came_out(world, did) -> bool:
    error = did.trouble.error if did.trouble else None
    return world.looks == 1 and isinstance(error, Exception) and why.comes_from(error, world.errors)


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
    words = defaultdict(lambda: "?", facts | {"place": "program"})  # a cell or a file: here nobody knows
    likely, mend = (text.format_map(words) for text in (RECONCILE.hint(hint).likely, RECONCILE.hint(hint).next))
    return "own-error", facts | {"mend": mend if trouble.text in likely else f"{likely} {mend}"}


def _all(*tests):
    return lambda learner: next((found for test in tests if (found := test(learner))), None)


RECONCILE = Exercise(
    "2.2", "mini_k8s.control_loop:reconcile", "make one pass",
    (
        Check("every action of diff is tried, once", _test(cases.plain, _tried, why.it_acted_so)),
        Check("it looks once, at the world as it is now", _test(cases.plain, _looked_once, why.it_looked_so)),
        Check("one failure holds up no other", _test(cases.failing, _tried, why.it_failed_so), "retries"),
        Check("it tells what went well and what did not",
              _test(cases.to_report, _reported, why.it_told_so, World.report, told), "retries"),
        Check("it makes one pass; Stop, and a look that fails, end it", _all(
            _test(cases.once_more, _tried_and_looked_once, why.it_acted_so),
            _test(cases.stopped, _stop_came_out, why.it_kept_stop, World.way_out, told, endless="endless"),
            _test(cases.blind, _failure_came_out, why.it_kept_the_look, said=told, endless="look-retried"),
            _test(cases.stopped_looking, _stop_came_out, why.it_kept_stop, World.way_out, told, endless="endless"))),
    ),
    HINTS,
    called="The loop calls it once a second.",
)

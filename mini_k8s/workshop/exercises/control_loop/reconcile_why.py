"""Why did this ``reconcile`` do what it did? From what happened in the world to the hint that names the thought."""

import re

from mini_k8s.control_loop import Action
from mini_k8s.workshop.exercises.control_loop.diff_cases import expected
from mini_k8s.workshop.exercises.control_loop.reconcile_report import wrong_form, wrong_report
from mini_k8s.workshop.exercises.control_loop.reconcile_world import Enough, World, short, went_on
from mini_k8s.workshop.exercises.words import several, tally

NEW, OLD = "web:2", "web:1"
MISTAKES = (NameError, TypeError, AttributeError)  # nobody raises these on purpose
SAID = {  # what Python says in a TypeError -> the hint
    r": act\(\) was given": "act-no-action",
    r": act\(\) .*argument": "act-arguments",
    r": observe\(\) .*argument": "observe-arguments",
}


def it_raised(trouble, world) -> tuple[str, dict]:
    """The hint for an exception that is nobody's but the learner's."""
    text, facts, error = trouble.text, trouble.facts, trouble.error
    if trouble.hint == "process":
        return "without-act", facts
    if trouble.hint != "raises":
        return trouble.hint, facts
    said = next((hint for words, hint in SAID.items() if re.search(words, text)), None)
    if said and isinstance(error, TypeError):
        return said, facts | {"item": short(world.tried[-1]) if world.tried else "?"}
    if world.looks == 0 and isinstance(error, (TypeError, AttributeError)) and "function" in text:
        return "observe-not-called", facts
    return "raises", facts


def own_error(did, world) -> BaseException | None:
    """An error of the learner's own that an ``except`` of theirs took for the failure of an action."""
    reported = [part for item in did.value if isinstance(item, (tuple, list)) for part in item] if isinstance(
        did.value, tuple) else []
    for error in did.caught:
        counts = isinstance(error, MISTAKES) or any(error is part for part in reported)
        if counts and not comes_from(error, world.errors) and not isinstance(error, Enough):
            return error
    return None


def it_acted_so(learner, world, did) -> tuple[str, dict]:
    """Nothing failed, and other things were tried than ``diff`` asks for."""
    if went_on(did):
        return ("until-equal", {}) if world.looks > 1 else _acted_twice(world)
    if did.trouble:
        return it_raised(did.trouble, world)
    if any(not isinstance(a, Action) for a in world.tried):
        return "act-no-action", {"item": short(next(a for a in world.tried if not isinstance(a, Action)))}
    if world.late:
        return ("not-waited" if world.elsewhere else "lazy"), {}
    if any(n > 1 for n in tally(world.tried).values()) and world.looks < 2:
        return _acted_twice(world)
    if found := _more_than_a_pass(learner):
        return found
    probe = World({"x": NEW}, {"y": OLD})
    probe.run(learner.fresh())
    if world.looks == 0 == probe.looks:
        return "never-looks", {}
    if not world.tried and not probe.tried:
        return "never-acts", {}
    if tally(world.tried) == tally(expected(world.began, world.desired)):
        return "swapped", {}
    too_many = tally(world.tried) - tally(world.right)
    if world.left and not too_many:
        left = learner.left_in_loop(did)
        if left and len(world.right) > 1:
            return "returns-early", left
        text = learner.source.line(did.left)
        ended = f" Your function ended with line {did.left}, `{text}`." if text else ""
        return "leaves-out", {"left": several(world.left, 3), "ended": ended}
    return "acts-differ", {"more": several(too_many.elements(), 3)}


def it_looked_so(learner, world, did) -> tuple[str, dict]:
    """It did the right things, and did not look once."""
    if went_on(did):
        return "until-equal", {}
    if did.trouble:
        return it_raised(did.trouble, world)
    if world.looks == 0:
        return "never-looks", {}
    return _more_than_a_pass(learner) or _looks_grow(learner, world) or ("looks-again", {"looks": str(world.looks)})


def it_failed_so(learner, world, did) -> tuple[str, dict]:
    """An action failed, and something went wrong after that."""
    again = [action for action, times in tally(world.tried).items() if times > 1]
    if again:
        return ("retries", {}) if any(getattr(a, "name", None) in world.fails for a in again) else _acted_twice(world)
    if did.trouble and not comes_from(did.trouble.error, world.errors):
        return it_raised(did.trouble, world)
    left = several(world.left, 3)
    if did.trouble:
        return _it_came_out(learner, world, did.trouble, did.left or 0, f"; {left} waited for it" if world.left else "")
    if not world.left:
        return "acts-differ", {"more": several((tally(world.tried) - tally(world.right)).elements(), 3)}
    failed = [a for a in world.tried if isinstance(a, Action) and a.name in world.fails]
    if failed and failed[-1] is world.tried[-1]:
        return "try-around-loop", {"failed": str(failed[-1]), "left": left}
    return "held-up", {"failed": str(failed[0]) if failed else "an action", "left": left}


def _it_came_out(learner, world, trouble, ended_on: int, waited: str) -> tuple[str, dict]:
    """The failure of an action left their function, as it was or made into something else."""
    error = trouble.error
    name = next(n for n, e in world.fails.items() if comes_from(error, [e]))
    facts = {"failed": str(next(a for a in world.right if a.name == name)), "waited": waited,
             "error": short(world.fails[name])}
    every = world.again(dict.fromkeys((a.name for a in world.right), world.fails[name]))
    every.run(learner.fresh())
    if len(every.tried) > 1:
        return "raises-at-end", facts
    if any(_holds(learner, world, name, kind) for kind in (RuntimeError, ValueError, OSError, KeyError, Exception)):
        return "narrow-except", facts
    theirs = trouble.facts.get("line", "0") if error is not world.fails[name] else str(ended_on)
    text = learner.source.line(int(theirs))
    if text and (error is not world.fails[name] or re.search(r"(^|[:;] *)raise\b", text)):
        return "raises-again", facts | {"line": theirs, "text": text}
    return "no-try", facts


def it_told_so(learner, world, did) -> tuple[str, dict]:
    """The report is wrong."""
    if did.trouble:
        return it_failed_so(learner, world, did) if world.fails else it_acted_so(learner, world, did)
    if did.value is None:
        if "None" in did.printed and any(str(a) in did.printed or repr(a) in did.printed for a in world.right):
            return "print", {}
        if none := learner.returned_none(did):
            return "returned-none", none
        probe = World({"x": NEW}, {}).run(learner.fresh())
        hint = "no-return" if probe.value is None else "return-sometimes"
        return hint, {"nothing": "Nothing to do is `[]`, not None."}
    if form := wrong_form(did):
        return form
    hint, facts = wrong_report(did, world)
    if hint == "only-errors" and not did.value:
        probe = World({"x": NEW}, {}, {"x": RuntimeError("probe")}).run(learner.fresh())
        return (hint if probe.value else "reports-nothing"), facts
    return hint, facts


def it_kept_stop(learner, world, did) -> tuple[str, dict]:
    """Stop was pressed, and did not come out."""
    return "stops-stop", {"at": "observe" if world.blind else "act"}


def it_kept_the_look(learner, world, did) -> tuple[str, dict]:
    """The look failed, and that did not come out, or not at once."""
    if world.looks > 1:
        return "look-retried", {}
    if did.trouble:
        return "look-replaced", {"look": short(world.blind), "error": type(did.trouble.error).__name__}
    if world.tried:
        return "acts-blind", {"tried": several(world.tried)}
    return "look-swallowed", {}


def comes_from(error: BaseException, raised) -> bool:
    """Is it one of these, or made out of one of these?"""
    if any(error is r for r in raised):
        return True
    made_of = [error.__cause__, error.__context__, *getattr(error, "exceptions", ())]
    return not isinstance(error, (*MISTAKES, Enough)) and any(e is r for e in made_of for r in raised)


def _acted_twice(world) -> tuple[str, dict]:
    action, times = tally(world.tried).most_common(1)[0]
    return "acts-twice", {"action": short(action), "times": str(times)}


def _more_than_a_pass(learner) -> tuple[str, dict] | None:
    """For one changed name a pass stops it, and no more; None when nothing more was tried."""
    changed, still = World({"x": NEW}, {"x": OLD}), World({"x": NEW}, {"x": OLD}, heeds=False)
    changed.run(learner.fresh())
    if len(changed.tried) < 2:
        return None
    if went_on(still.run(learner.fresh())):
        return "until-equal", {}
    if grow := _looks_grow(learner, changed):
        return grow
    passes = max(tally(still.tried).values(), default=0)
    return ("passes", {"count": str(passes)}) if passes > 1 else ("stop-and-start", {})


def _looks_grow(learner, world) -> tuple[str, dict] | None:
    looks = {}
    for names in ("ab", "abcde"):
        probe = World(dict.fromkeys(names, NEW), {})
        probe.run(learner.fresh())
        looks[len(names)] = probe.looks
    return ("look-per-action", {"looks": str(world.looks), "five": str(looks[5])}) if looks[5] > looks[2] else None


def _holds(learner, world, name: str, kind: type) -> bool:
    """Does a failure of that kind, in the same place, stay in their function?"""
    return world.again({name: kind("probe")}).run(learner.fresh()).trouble is None

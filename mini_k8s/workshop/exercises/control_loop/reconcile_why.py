"""Why did this ``reconcile`` do what it did? From what happened in the world to the hint that names the thought."""

from mini_k8s.control_loop import Action
from mini_k8s.workshop.exercises.control_loop.diff_cases import expected
from mini_k8s.workshop.exercises.control_loop.reconcile_world import World, short
from mini_k8s.workshop.exercises.words import say, show, tally

NEW, OLD = "web:2", "web:1"
MISTAKES = (NameError, TypeError, AttributeError)  # nobody raises these on purpose


def it_raised(trouble, world) -> tuple[str, dict]:
    """The hint for an exception that is nobody's but the learner's."""
    text = trouble.text
    if trouble.hint != "raises":
        return trouble.hint, trouble.facts
    if isinstance(trouble.error, TypeError) and "act() " in text and ("argument" in text):
        return "act-arguments", trouble.facts
    if isinstance(trouble.error, TypeError) and "act() was given" in text:
        return "act-no-action", trouble.facts | {"item": show(world.tried[-1])}
    if isinstance(trouble.error, TypeError) and "observe() " in text and "argument" in text:
        return "observe-arguments", trouble.facts
    if world.looks == 0 and isinstance(trouble.error, (TypeError, AttributeError)) and "function" in text:
        return "observe-not-called", trouble.facts
    return "raises", trouble.facts


def own_error(did, world) -> BaseException | None:
    """An error of the learner's own that an ``except`` of theirs took for the failure of an action."""
    reported = [part for item in did.value if isinstance(item, (tuple, list)) for part in item] if isinstance(
        did.value, tuple) else []
    for error in did.caught:
        counts = isinstance(error, MISTAKES) or any(error is part for part in reported)
        if counts and not comes_from(error, world.errors):
            return error
    return None


def it_acted_so(learner, world, did) -> tuple[str, dict]:
    """Nothing failed, and other things were tried than ``diff`` asks for."""
    if did.trouble:
        return it_raised(did.trouble, world)
    if any(not isinstance(a, Action) for a in world.tried):
        return "act-no-action", {"item": show(next(a for a in world.tried if not isinstance(a, Action)))}
    if world.tried_at_return is not None and world.tried_at_return < len(world.tried):
        return "lazy", {}
    if any(n > 1 for n in tally(world.tried).values()) and world.looks < 2:
        return "acts-twice", {}
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
    left_out, too_many = tally(world.right) - tally(world.tried), tally(world.tried) - tally(world.right)
    if left_out and not too_many:
        left = learner.left_in_loop(did)
        if left and len(world.right) > 1:
            return "return-in-loop", left
        return ("first-only" if len(world.tried) == 1 else "leaves-out"), {}
    return "acts-differ", {}


def it_looked_so(learner, world, did) -> tuple[str, dict]:
    """It did the right things, and did not look once."""
    if did.trouble:
        return it_raised(did.trouble, world)
    if world.looks == 0:
        return "never-looks", {}
    return _more_than_a_pass(learner) or _looks_grow(learner) or ("looks-again", {"looks": str(world.looks)})


def it_failed_so(learner, world, did) -> tuple[str, dict]:
    """An action failed, and something went wrong after that."""
    error = did.trouble.error if did.trouble else None
    if error is not None and comes_from(error, world.errors):
        if any(_survives(learner, kind) for kind in (RuntimeError, ValueError, OSError, KeyError, Exception)):
            return "narrow-except", {"error": did.trouble.facts.get("error", "?")}
        probe = World({"x": NEW, "y": NEW}, {}, {"x": RuntimeError("probe"), "y": RuntimeError("probe")})
        probe.run(learner.fresh())
        return ("raises-at-end" if len(probe.tried) > 1 else "no-try"), {}
    if error is not None:
        return it_raised(did.trouble, world)
    if any(n > 1 for n in tally(world.tried).values()):
        return "retries", {}
    if len(world.tried) < len(world.right):
        return "try-around-loop", {}
    return "acts-differ", {}


def it_told_so(learner, world, did) -> tuple[str, dict]:
    """The report is wrong."""
    if did.trouble:
        return it_failed_so(learner, world, did)
    if did.value is None:
        if did.printed.strip() and world.right:
            return "print", {}
        if none := learner.returned_none(did):
            return "returned-none", none
        probe = World({"x": NEW}, {}).run(learner.fresh())
        return ("no-return" if probe.value is None else "return-sometimes"), {}
    if form := wrong_form(did):
        return form
    hint = wrong_report(did, world)
    if hint == "only-errors" and not did.value:
        probe = World({"x": NEW}, {}, {"x": RuntimeError("probe")}).run(learner.fresh())
        return (hint if probe.value else "reports-nothing"), {}
    return hint, {}


def it_kept_stop(learner, world, did) -> tuple[str, dict]:
    """Stop was pressed, and did not come out."""
    return "stops-stop", {}


def it_kept_the_look(learner, world, did) -> tuple[str, dict]:
    """The look failed, and that did not come out."""
    return "look-swallowed", {}


def wrong_form(did) -> tuple[str, dict] | None:
    """What was returned is no report; None when it is one, right or wrong."""
    if not isinstance(did.value, tuple) or isinstance(did.value, Action):
        return "no-pairs", {"item": show(did.value)}
    if issubclass(did.kind, dict):
        return "dict-of-results", {}
    for item in did.value:
        if not isinstance(item, (tuple, list)) or len(item) != 2:
            return "no-pairs", {"item": short(item)}
        if isinstance(item[1], Action) and not isinstance(item[0], Action):
            return "pairs-reversed", {}
        if not isinstance(item[0], Action):
            return "no-pairs", {"item": f"({short(item[0])}, {short(item[1])})"}
    return None


def wrong_report(did, world) -> str | None:
    """The hint for pairs that do not say what happened; None when they do."""
    results = [tuple(pair) for pair in did.value]
    told = tally(action for action, _ in results)
    if any(n > 1 for n in told.values()):
        return "reported-twice"
    for action, error in results:
        if action in world.right and action.name in world.fails:
            if error is None:
                return "swallowed"
            if not isinstance(error, Exception):
                return "not-the-error"
            if any(error is e for n, e in world.fails.items() if n != action.name):
                return "stale-error"
    for action, error in results:
        if action in world.right and action.name not in world.fails and error is not None:
            return "stale-error" if any(error is e for e in world.fails.values()) else "not-none"
    missing = [a for a in world.right if a not in told]
    if missing:
        return "left-out" if any(a.name in world.fails for a in missing) else "only-errors"
    return "reports-more" if len(told) > len(world.right) else None


def comes_from(error: BaseException, raised) -> bool:
    """Is it one of these, or made out of one of these?"""
    seen = [error, error.__cause__, error.__context__, *getattr(error, "exceptions", ())]
    return any(e is r for e in seen for r in raised) and not isinstance(error, MISTAKES)


def _more_than_a_pass(learner) -> tuple[str, dict] | None:
    """For one changed name a pass stops it, and no more; None when nothing more was tried."""
    changed, still = World({"x": NEW}, {"x": OLD}), World({"x": NEW}, {"x": OLD}, heeds=False)
    changed.run(learner.fresh())
    if len(changed.tried) < 2:
        return None
    if still.run(learner.fresh()).trouble:  # where nothing ever changes, most never come back from this call
        return "until-equal", {}
    if grow := _looks_grow(learner):
        return grow
    passes = max(tally(still.tried).values(), default=0)
    return ("passes", {"count": str(passes)}) if passes > 1 else ("stop-and-start", {})


def _looks_grow(learner) -> tuple[str, dict] | None:
    looks = {}
    for names in ("ab", "abcde"):
        probe = World(dict.fromkeys(names, NEW), {})
        probe.run(learner.fresh())
        looks[len(names)] = probe.looks
    return ("look-per-action", {"looks": str(looks[5])}) if looks[5] > looks[2] else None


def _survives(learner, kind: type) -> bool:
    probe = World({"x": NEW}, {}, {"x": kind("probe")})
    return probe.run(learner.fresh()).trouble is None


def told(did) -> str:
    """What was returned, as short as can be."""
    if not isinstance(did.value, tuple):
        printed = did.printed.strip()
        return say(did.value) + (f", and printed {printed[:60]}" if printed else "")
    items = [f"({short(i[0])}, {short(i[1])})" if isinstance(i, (tuple, list)) and len(i) == 2 else short(i)
             for i in did.value[:6]]
    return f"[{', '.join(items)}{', …' if len(did.value) > 6 else ''}]"

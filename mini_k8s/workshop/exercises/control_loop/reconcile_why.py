"""Why did this ``reconcile`` do what it did? From what happened in the world to the hint that names the thought."""

from mini_k8s.control_loop import Action
from mini_k8s.workshop.exercises.control_loop.diff import expected
from mini_k8s.workshop.exercises.words import say, show, tally

NEW, OLD = "web:2", "web:1"


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


def it_acted_so(learner, world, did, World) -> str:
    """Nothing failed, and other things were tried than ``diff`` asks for."""
    if any(not isinstance(a, Action) for a in world.tried):
        return "act-no-action"
    if world.tried_at_return is not None and world.tried_at_return < len(world.tried):
        return "lazy"
    again = World(world.desired, world.began)
    again.run(learner.fresh())
    if again.tried_right:
        return "remembered"
    if any(n > 1 for n in tally(world.tried).values()):
        return "acts-twice"
    if _acts_on_change(learner, World) > 1:
        return "until-equal"
    probe = World({"x": NEW}, {"y": OLD})
    probe.run(learner.fresh())
    if world.looks == 0 == probe.looks:
        return "never-looks"
    if not world.tried and not probe.tried:
        return "never-acts"
    if tally(world.tried) == tally(expected(world.began, world.desired)):
        return "swapped"
    left_out, too_many = tally(world.right) - tally(world.tried), tally(world.tried) - tally(world.right)
    if left_out and not too_many:
        return "first-only" if len(world.tried) == 1 else "leaves-out"
    return "acts-differ"


def it_looked_so(learner, world, World) -> str:
    """It did the right things, and did not look once."""
    if world.looks == 0:
        once = World(world.desired, world.began)
        once.run(learner.fresh())
        return "remembered" if once.looks else "never-looks"
    if _acts_on_change(learner, World) > 1:
        return "until-equal"
    looks = []
    for names in ("ab", "abcde"):
        probe = World(dict.fromkeys(names, NEW), {})
        probe.run(learner.fresh())
        looks.append(probe.looks)
    return "look-per-action" if looks[1] > looks[0] else "looks-again"


def it_failed_so(learner, world, did, World) -> tuple[str, dict]:
    """An action failed, and something went wrong after that."""
    error = did.trouble.error if did.trouble else None
    if error is not None and _comes_from(error, world.fails.values()):
        if any(_survives(learner, World, kind) for kind in (RuntimeError, ValueError, OSError, KeyError, Exception)):
            return "narrow-except", {"error": did.trouble.facts.get("error", "?")}
        probe = World({"x": NEW, "y": NEW}, {}, {"x": RuntimeError("probe"), "y": RuntimeError("probe")})
        probe.run(learner.fresh())
        return ("raises-at-end" if len(probe.tried) > 1 else "no-try"), {}
    if isinstance(error, UnboundLocalError):
        return "error-name-gone", {"name": getattr(error, "name", None) or _quoted(str(error))}
    if error is not None:
        return it_raised(did.trouble, world)
    if any(n > 1 for n in tally(world.tried).values()):
        return "retries", {}
    if len(world.tried) < len(world.right):
        return "try-around-loop", {}
    return "acts-differ", {}


def it_told_so(learner, world, did, World) -> tuple[str | None, dict]:
    """What is wrong with the report; (None, {}) when it is right."""
    if did.trouble:
        return it_failed_so(learner, world, did, World) if world.fails else it_raised(did.trouble, world)
    if did.value is None:
        if did.printed.strip() and world.right:
            return "print", {}
        probe = World({"x": NEW}, {}).run(learner.fresh())
        return ("no-return" if probe.value is None else "return-sometimes"), {}
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
    hint = _wrong_report([tuple(i) for i in did.value], world)
    if hint == "only-errors" and not did.value:
        probe = World({"x": NEW}, {}, {"x": RuntimeError("probe")}).run(learner.fresh())
        return (hint if probe.value else "reports-nothing"), {}
    if hint and _told_right_by_a_fresh_one(learner, world, World):
        return "kept-results", {}
    return hint, {}


def _wrong_report(results: list[tuple], world) -> str | None:
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


def _told_right_by_a_fresh_one(learner, world, World) -> bool:
    again = World(world.desired, world.began, world.fails, world.heeds, world.receipt)
    did = again.run(learner.fresh())
    if did.trouble or not isinstance(did.value, tuple):
        return False
    return _wrong_report([tuple(i) for i in did.value], again) is None


def _acts_on_change(learner, World) -> int:
    """How much is tried for one changed name. A pass stops it, and no more."""
    probe = World({"x": NEW}, {"x": OLD})
    probe.run(learner.fresh())
    return len(probe.tried)


def _survives(learner, World, kind: type) -> bool:
    probe = World({"x": NEW}, {}, {"x": kind("probe")})
    return probe.run(learner.fresh()).trouble is None


def _comes_from(error: BaseException, raised) -> bool:
    """Is it one of these, or made out of one of these?"""
    seen = [error, error.__cause__, error.__context__, *getattr(error, "exceptions", ())]
    return any(e is r for e in seen for r in raised) and not isinstance(error, NameError)


def _quoted(text: str) -> str:
    return text.split("'")[1] if text.count("'") > 1 else "error"


def short(value: object) -> str:
    return str(value) if isinstance(value, Action) else f"{type(value).__name__}({show(str(value))})" if isinstance(
        value, BaseException) else show(value)


def told(did) -> str:
    """What was returned, as short as can be."""
    if not isinstance(did.value, tuple):
        printed = did.printed.strip()
        return say(did.value) + (f", and printed {printed[:60]}" if printed else "")
    items = [f"({short(i[0])}, {short(i[1])})" if isinstance(i, (tuple, list)) and len(i) == 2 else short(i)
             for i in did.value[:6]]
    return f"[{', '.join(items)}{', …' if len(did.value) > 6 else ''}]"


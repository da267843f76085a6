"""Why did this ``diff`` answer what it did? From its answers to the hint that names the thought.

A hint follows from behaviour, not from the text of the answer: for one name four things can be true (only wished, only
seen, both and equal, both and different), and what a function does in each of the four says what its writer thought.
"""

from mini_k8s.control_loop import Action
from mini_k8s.workshop.exercises.control_loop.diff_cases import (
    CHANGED,
    EQUAL,
    MISSING,
    MIXED,
    UNWISHED,
    apart,
    expected,
)
from mini_k8s.workshop.exercises.words import countable, several, show, tally


def is_right(did, right: list[Action]) -> bool:
    """These actions and no others came back, in whatever order."""
    return did.trouble is None and _are_actions(did.value) and tally(did.value) == tally(right)


def _are_actions(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(i, Action) for i in value)


def diagnose(learner, desired, observed, did, right) -> tuple[str, dict, str]:
    """(hint, facts, what they did in words)."""
    said = did.trouble.did if did.trouble else _said(did)
    if did.changed:
        now = ("desired", "observed")[did.changed[0]]
        return f"edits-{now}", {"name": now}, f"changed {now}, and {said}"
    if did.trouble is None or did.trouble.hint == "raises":
        if is_right(learner.fresh()(desired, observed), right):
            return "memory", {"kept": learner.kept()}, said
        if _takes_falsy_for_absent(learner, desired, observed):
            return "falsy", {}, said
    if did.trouble:
        return *_why_it_raised(did.trouble), said
    hint, facts = _wrong_form(learner, did, right)
    left = learner.left_in_loop(did)
    if hint is None and left and len(desired | observed) > 1:
        hint, facts = "return-in-loop", left
    hint = hint or _misconception(learner, desired, observed, did, right)
    return hint, _of_one_name(learner) if hint == "one-name" else facts, said


def _said(did) -> str:
    if did.value is None:
        return "returned None" + (f", and printed {did.printed.strip()[:60]}" if did.printed.strip() else "")
    if not isinstance(did.value, tuple):
        return f"returned {did.value if isinstance(did.value, Action) else show(did.value)} (not in a list)"
    return several(did.value)


def _why_it_raised(trouble) -> tuple[str, dict]:
    error, text = trouble.error, trouble.text
    if trouble.hint != "raises":
        return trouble.hint, trouble.facts
    if isinstance(error, ValueError) and "an action's verb is" in text:
        return "verb", trouble.facts
    if isinstance(error, TypeError) and "Action.__init__()" in text:
        return "action-arguments", trouble.facts
    if isinstance(error, KeyError):
        return "key-error", trouble.facts | {"name": show(error.args[0]) if error.args else "a name"}
    if isinstance(error, RuntimeError) and "changed size during iteration" in text:
        return "edits-observed", trouble.facts | {"name": "observed"}
    if isinstance(error, TypeError) and "not supported between instances of" in text:
        left, right = text.split("'")[-4::2]
        kinds = f"two of type {left}" if left == right else f"one of type {left} and one of type {right}"
        return "unorderable", trouble.facts | {"kinds": kinds}
    return "raises", trouble.facts


def _wrong_form(learner, did, right) -> tuple[str | None, dict]:
    """The hint for something that is no iterable of actions at all, and its facts; (None, {}) when it is one."""
    if did.value is None:
        if did.printed.strip() and right:
            return "print", {}
        if none := learner.returned_none(did):
            return "returned-none", none
        others = [learner(d, o) for d, o in (MISSING[0], UNWISHED[0], EQUAL[0], CHANGED[0], MIXED[0])]
        left = next(filter(None, map(learner.left_in_loop, others)), None)
        if left:
            return "return-in-loop", left | {"otherwise": " Where the loop has no round at all, Python answers None."}
        return ("no-return" if all(other.value is None for other in others) else "return-sometimes"), {}
    if isinstance(did.value, Action):
        return "single", {}
    if not isinstance(did.value, tuple):
        return "not-a-list", {"kind": did.kind.__name__}
    strange = [item for item in did.value if not isinstance(item, Action)]
    if not strange:
        return None, {}
    first = strange[0]
    if issubclass(did.kind, dict):
        return "dict", {}
    if type(first).__name__ == "Action":
        return "own-action", {}
    if isinstance(first, (tuple, list)) and len(first) == 3 and not any(isinstance(part, Action) for part in first):
        return "tuple", {"kind": type(first).__name__}
    if isinstance(first, (list, set)) or (isinstance(first, tuple) and all(isinstance(part, Action) for part in first)):
        kind = type(first).__name__
        return "lists", {"count": f"a {kind}" if len(strange) == 1 else f"{len(strange)} {kind}s"}
    return "not-actions", {"item": show(first)}


def _misconception(learner, desired, observed, did, right) -> str:
    """Which thought does this function follow? Its answers to the four truths about one name tell."""
    if any(n > 1 for n in tally(did.value).values()):
        return "twice"
    new, old = "web:2", "web:1"

    def ask(wished: dict, seen: dict):
        answer = learner.fresh()(wished, {n: apart(w) for n, w in seen.items()})
        if answer.trouble or not _are_actions(answer.value):
            return None
        return {(countable(a.verb), countable(a.name), countable(a.what)) for a in answer.value}

    missing, extra = ask({"x": new}, {}), ask({}, {"x": old})
    equal, changed = ask({"x": old}, {"x": old}), ask({"x": new}, {"x": old})
    start, stop = ("start", "x", new), ("stop", "x", old)
    if missing == {("stop", "x", new)} or extra == {("start", "x", old)}:
        return "sides-swapped"
    if equal:
        same = learner.fresh()({"x": old}, {"x": old})
        return "identity" if same.value == () else "acts-at-equality"
    if missing == set() == extra:
        return "common-only" if changed else "always-nothing"
    if missing == set():
        return "never-starts"
    if extra == set():
        return "only-starts"
    if missing == {("start", new, "x")} or extra == {("stop", old, "x")}:
        return "fields-swapped"
    if any(answer and answer != {wanted} and {a[:2] for a in answer} == {wanted[:2]}
           for answer, wanted in ((missing, start), (extra, stop), (changed, stop))):
        return "wrong-what"
    if missing != {start} or extra != {stop} or equal is None:
        return "one-name"
    if changed == set():
        if ask({"x": old}, {"x": new}):
            return "newer-only"
        return "counts" if ask({"x": old}, {"y": old}) == set() == ask({"x": old}, {"y": new}) else "names-only"
    if changed == {("start", "x", new)}:
        return "start-over"
    if changed and len(changed) == 2:
        return "at-once"
    back = ask({"x": old}, {"x": new})
    if changed == {stop} and back == set():
        return "newer-only"
    if changed != {stop} or back != {("stop", "x", new)}:
        return "one-name"
    return _of_several(ask, desired, observed, did, right)


def _of_one_name(learner) -> dict[str, str]:
    """The first of the four truths about one name that this function answers otherwise than it should."""
    new, old = {"x": "web:2"}, {"x": "web:1"}
    for truth, wished, seen in (("only wished", new, {}), ("only seen", {}, old), ("both and equal", old, dict(old)),
                                ("both and different", new, old), ("both and different", old, new)):
        did = learner.fresh()(wished, seen)
        if not is_right(did, expected(wished, seen)):
            return {"truth": truth, "asked": f"diff({show(wished)}, {show(seen)})",
                    "answer": did.trouble.did if did.trouble else _said(did), "wanted": several(expected(wished, seen))}
    return {}


def _of_several(ask, desired, observed, did, right) -> str:
    """Right for one name; what goes wrong when there are more, or when values are more alike?"""
    if set() in (ask({"x": "web:1"}, {"x": "web:10"}), ask({"x": "web:10"}, {"x": "web:1"})):
        return "part-of"
    if ask({"x": "web:1", "y": "web:2"}, {"y": "web:2", "x": "web:1"}):
        return "by-position"
    both = {"x": "web:1", "y": "web:2"}
    if 1 in (len(ask(both, {}) or ()), len(ask({}, both) or ())):
        return "first-only"
    same, other = ask({"x": "web:1"}, {"y": "web:1"}), ask({"x": "web:1"}, {"y": "web:2"})
    if other == set():
        return "counts"
    if other and len(other) == 1:
        return "one-or-other"
    if other and same is not None and len(same) < 2:
        return "values-only"
    left_out, too_many = tally(right) - tally(did.value), tally(did.value) - tally(right)
    return "leaves-out" if left_out and not too_many else "mixture"


def _takes_falsy_for_absent(learner, desired: dict, observed: dict) -> bool:
    """It goes wrong here, and goes right when "", 0 and () are replaced by values of their kind that count as true."""
    values = [*desired.values(), *observed.values()]
    if all(values):
        return False
    stand_in = {v: v or {str: f"plain {n}", int: 100 + n, tuple: (f"plain {n}",)}[type(v)]
                for n, v in enumerate(dict.fromkeys(values))}
    wished, seen = ({n: stand_in[v] for n, v in side.items()} for side in (desired, observed))
    return is_right(learner.fresh()(wished, seen), expected(wished, seen))

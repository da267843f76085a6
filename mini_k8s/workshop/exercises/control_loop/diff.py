"""Exercise 2.1: what is true of every right ``diff``, and what does a wrong one show?

A hint follows from behaviour, not from the text of the answer: for one name four things can be true (only wished, only
seen, both and equal, both and different), and what a function does in each of the four says what its writer thought.
"""

import random
from collections.abc import Iterable, Iterator

from mini_k8s.control_loop import Action
from mini_k8s.workshop.exercises import Check, Exercise, Finding
from mini_k8s.workshop.exercises.control_loop.diff_hints import HINTS
from mini_k8s.workshop.exercises.words import countable, several, show, tally

Case = tuple[dict, dict]  # desired, observed


def expected(desired: dict, observed: dict) -> list[Action]:
    """What the docstring promises, said as plainly as can be."""
    actions = []
    for name in [*desired, *(n for n in observed if n not in desired)]:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
        elif name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions


# The cases: the smallest first, for the first that fails is shown.

MISSING = (
    ({"web": "web:1"}, {}),
    ({"a": "web:1", "b": "web:1"}, {"a": "web:1"}),
    ({"a": "web:1", "b": "web:2", "c": "web:3"}, {}),
    ({"web": ""}, {}),
)
UNWISHED = (
    ({}, {"web": "web:1"}),
    ({"a": "web:1"}, {"a": "web:1", "b": "web:1"}),
    ({}, {"a": "web:1", "b": "web:2", "c": "web:3"}),
    ({}, {"web": 0}),
)
EQUAL = (
    ({"web": "web:1"}, {"web": "web:1"}),
    ({}, {}),
    ({"a": "web:1", "b": "web:2"}, {"b": "web:2", "a": "web:1"}),
    ({"a": ("web", 8080)}, {"a": ("web", 8080)}),
    ({"web": ""}, {"web": ""}),
    ({"a": 0, "b": ()}, {"a": 0, "b": ()}),
)
CHANGED = (
    ({"web": "web:2"}, {"web": "web:1"}),
    ({"web": "web:1"}, {"web": "web:2"}),
    ({"web": "web:1"}, {"web": "web:10"}),
    ({"web": "web:10"}, {"web": "web:1"}),
    ({"a": "web:2", "b": "web:2"}, {"a": "web:1", "b": "web:1"}),
    ({"a": ("web", 8080)}, {"a": ("web", 9090)}),
    ({"web": ""}, {"web": "web:1"}),
    ({"web": "web:1"}, {"web": 0}),
    ({"web": ("web", 1)}, {"web": "web:1"}),
)
MIXED = (
    ({"a": "web:1"}, {"b": "web:2"}),
    ({"a": "web:1"}, {"b": "web:1"}),
    ({"a": "web:1", "b": "web:2"}, {"a": "web:2", "b": "web:1"}),
    ({"a": "web:2", "b": "web:1"}, {"a": "web:1"}),
    ({"a": "web:2"}, {"a": "web:1", "b": "web:1"}),
    ({"a": "web:2", "b": "web:1"}, {"a": "web:1", "c": "web:1"}),
    ({"a": "web:1", "b": "web:2", "c": "db:1"}, {"c": "db:1", "b": "web:1", "d": "web:9"}),
    ({"web:1": "a", "b": "web:1"}, {"a": "web:1", "web:1": "b"}),
    ({"a": 1, "b": "web:1", "c": ("web", 2)}, {"d": ("web", 3), "e": 5, "f": "web:1"}),
)


def generated(seed: int = 7, count: int = 100) -> Iterator[Case]:
    """Worlds of every mixture, growing; the last one has forty names."""
    chance = random.Random(seed)
    values = ("web:1", "web:2", "web:10", "", 0, 7, ("web", 8080), ("web",), (), frozenset({"web:1"}), "a", "b")
    for number in range(count):
        size = 40 if number == count - 1 else 1 + number * 6 // count
        names = [f"{chance.choice('abxyz')}{n}" for n in range(size)]
        desired = {n: chance.choice(values) for n in names if chance.random() < 0.7}
        observed = {n: desired[n] if n in desired and chance.random() < 0.4 else chance.choice(values)
                    for n in names if chance.random() < 0.7}
        shuffled = list(observed)
        chance.shuffle(shuffled)
        yield desired, {n: observed[n] for n in shuffled}


def again() -> Iterator[Case]:
    """What was asked before, asked again, also twice in a row: the answer has not changed."""
    yield from (MIXED[5], MISSING[0], MISSING[0], UNWISHED[0], EQUAL[0], CHANGED[0], CHANGED[0], MISSING[0])


# Running them.

def _over(cases: Iterable[Case]):
    def test(learner) -> Finding | None:
        for desired, observed in cases() if callable(cases) else cases:
            found = judge_case(learner, desired, observed)
            if found:
                return found
        return None
    return test


def judge_case(learner, desired: dict, observed: dict) -> Finding | None:
    """Call once, and compare what came back with what is right."""
    observed = {name: apart(what) for name, what in observed.items()}
    right = expected(desired, observed)

    def case() -> dict[str, str]:
        given = f"desired  = {show(desired)}\nobserved = {show(observed)}"
        return {"given": given, "expected": several(right)}

    learner.case = case
    did = learner(desired, observed)
    if not did.changed and _is_right(did, right):
        return None
    hint, facts, said = _diagnose(learner, desired, observed, did, right)
    return Finding(hint, **case(), did=said, printed=did.printed, facts=facts)


def apart(value):
    """An equal value that is another object: whoever compares with ``is`` is found out."""
    if isinstance(value, str):
        return "".join([*value])
    return tuple([apart(v) for v in value]) if isinstance(value, tuple) else value


def _is_right(did, right: list[Action]) -> bool:
    """These actions and no others came back, in whatever order."""
    return did.trouble is None and _are_actions(did.value) and tally(did.value) == tally(right)


def _are_actions(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(i, Action) for i in value)


# Saying why.

def _diagnose(learner, desired, observed, did, right) -> tuple[str, dict, str]:
    """(hint, facts, what they did in words)."""
    said = did.trouble.did if did.trouble else _said(did)
    if did.changed:
        now = ("desired", "observed")[did.changed[0]]
        return f"edits-{now}", {"name": now}, f"changed {now}, and {said}"
    if did.trouble is None or did.trouble.hint == "raises":
        if _is_right(learner.fresh()(desired, observed), right):
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
        if not _is_right(did, expected(wished, seen)):
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
    return _is_right(learner.fresh()(wished, seen), expected(wished, seen))


DIFF = Exercise(
    "2.1", "mini_k8s.control_loop:diff", "decide what has to be done",
    (
        Check("what is missing is started", _over(MISSING)),
        Check("what nobody wished for is stopped", _over(UNWISHED)),
        Check("where nothing differs, nothing is done", _over(EQUAL)),
        Check("what is not as wished is stopped, and no more in this pass", _over(CHANGED)),
        Check("every mixture is right, each time it is asked", _over(lambda: [*MIXED, *generated(), *again()])),
    ),
    HINTS,
    called="The loop calls it once a second.",
)

"""Which thought does this ``diff`` follow? It returned actions, and in this smallest case not the right ones.

For one name four things can be true: only wished, only seen, both and equal, both and different. A case of one name is
explained by what is true of it. When each single name comes out right, it is about names that meet.
"""

from collections.abc import Callable

from mini_k8s.workshop.exercises.control_loop.diff_cases import MISSING, MIXED, UNWISHED, expected, truth
from mini_k8s.workshop.exercises.control_loop.diff_form import are_actions
from mini_k8s.workshop.exercises.words import countable, several, show, tally

OLD, NEW = "web:1", "web:2"
_ONE = {  # what is true of the name, in words, and the action that is wanted
    "missing": ("wished and not seen", "`Action(\"start\", name, desired[name])`"),
    "extra": ("seen and not wished", "`Action(\"stop\", name, observed[name])`"),
    "changed": ("on both sides, and what is wished differs from what was seen",
                "`Action(\"stop\", name, observed[name])`"),
}


def thought(learner, probe: Callable, desired: dict, observed: dict, did) -> tuple[str, dict]:
    """The hint for this smallest case, and its facts. ``probe`` asks the learner's function without a past."""
    def actions(wished: dict, seen: dict) -> set | None:
        """Its answer there, as plain triples; None when it gave none."""
        answer = probe(wished, seen)
        return _triples(answer) if answer.trouble is None and are_actions(answer.value) else None

    def right(wished: dict, seen: dict) -> bool:
        return actions(wished, seen) == _plain(expected(wished, seen))

    names = [*desired, *observed]
    strange = [a for a in did.value if countable(a.name) not in names]
    values = [*desired.values(), *observed.values()]
    if strange and all(countable(a.name) in values and countable(a.what) in names for a in strange):
        return "fields-swapped", {}
    if strange:
        return "not-given", {"name": show(strange[0].name)}
    if any(n > 1 for n in tally(did.value).values()):
        return "twice", {}
    what_is = truth(desired, observed)
    if what_is and did.caught and did.value == ():
        return "caught", learner.why(did.caught[0]).facts
    if what_is:
        return _of_one(what_is, actions, right, learner, desired, observed, _triples(did))
    wanted, got = tally(expected(desired, observed)), tally(did.value)
    facts = {"missing": several((wanted - got).elements()), "more": several((got - wanted).elements())}
    return _of_several(actions) or ("mixture" if got - wanted else "leaves-out"), facts


def _of_one(what_is, actions, right, learner, desired, observed, did: set) -> tuple[str, dict]:
    """One name goes wrong."""
    (name,) = desired | observed
    wished, seen = desired.get(name), observed.get(name)
    one = {"truth": _ONE[what_is][0], "action": _ONE[what_is][1]} if what_is in _ONE else {}
    if what_is == "equal":
        if right({"x": OLD}, {"x": OLD}):
            return "differs-in-form", {"wished": show(wished), "seen": show(seen)}
        same = learner.fresh()(desired, desired)
        return ("identity" if same.value == () else "acts-at-equality"), {}
    wanted = ("stop", name, seen) if what_is != "missing" else ("start", name, wished)
    if not did:
        return (_left_out if what_is != "changed" else _taken_for_equal)(what_is, actions, right, wished, seen)
    if did == {("stop" if what_is == "missing" else "start", *wanted[1:])} and what_is != "changed":
        return "sides-swapped", {}
    if {a[:2] for a in did} == {wanted[:2]}:
        return "wrong-what", {}
    if did == {("start", name, wished)} and what_is == "changed":
        return "start-over", {}
    if what_is == "changed" and did == {wanted, ("start", name, wished)}:
        return "at-once", {}
    return "one-name", one


def _left_out(what_is, actions, right, wished, seen) -> tuple[str, dict]:
    """Nothing is done about a name that is on one side only. Where it raises (None) it did not do nothing."""
    def nothing(*cases) -> bool:
        return all(actions(*case) == set() for case in cases)

    meeting = {"x": NEW}, {"y": OLD}
    verb, other = ("start", "observed") if what_is == "missing" else ("stop", "desired")
    if any(a[0] == verb for a in actions(*meeting) or ()):
        return "other-side-empty", {"verb": verb, "other": other}
    if nothing(MISSING[0], UNWISHED[0], ({"x": NEW}, {"x": OLD}), *MIXED):
        return "always-nothing", {}
    if nothing(meeting, ({"x": NEW}, {}), ({}, {"x": OLD})):
        return "common-only", {}
    return ("never-starts" if what_is == "missing" else "only-starts"), {}


def _taken_for_equal(what_is, actions, right, wished, seen) -> tuple[str, dict]:
    """Nothing is done about a name whose two values differ."""
    up, down = right({"x": NEW}, {"x": OLD}), right({"x": OLD}, {"x": NEW})
    if up != down:
        return ("newer-only" if up else "older-only"), {}
    if not up:
        return ("names-only" if actions({"x": NEW}, {"y": OLD}) else "counts"), {}
    if not (right({"x": "web:1"}, {"x": "web:10"}) and right({"x": "web:10"}, {"x": "web:1"})):
        return "part-of", {"wished": show(wished), "seen": show(seen)}
    return "alike", {"wished": show(wished), "seen": show(seen)}


def _of_several(actions) -> str:
    """Right for one name; what goes wrong when there are more?"""
    if actions({"x": OLD, "y": NEW}, {"y": NEW, "x": OLD}):
        return "by-position"
    both = {"x": OLD, "y": NEW}
    if 1 in (len(actions(both, {}) or ()), len(actions({}, both) or ())):
        return "first-only"
    same, other = actions({"x": OLD}, {"y": OLD}), actions({"x": OLD}, {"y": NEW})
    if other == set():
        return "counts"
    if other and len(other) == 1:
        return "one-or-other"
    if other and same is not None and len(same) < 2:
        return "values-only"
    return ""


def taken_for_another(desired: dict, observed: dict, wrong: Callable) -> tuple[str | None, dict]:
    """The hint where something was taken for what it is not: it goes right with other names, or other values."""
    values = [*desired.values(), *observed.values()]
    if len(desired) == len(observed) == 1 and desired.keys() != observed.keys():
        (wished,), (seen,) = desired, observed
        if not wrong({"x": desired[wished]}, {"y": observed[seen]}):
            return "spelling", {"wished": show(wished), "seen": show(seen)}
    if not all(values):
        stand_in = {v: v or {str: f"plain {n}", int: 100 + n, tuple: (f"plain {n}",)}[type(v)]
                    for n, v in enumerate(dict.fromkeys(values))}
        if not wrong(*({n: stand_in[v] for n, v in side.items()} for side in (desired, observed))):
            return "falsy", {}
    return None, {}


def _triples(did) -> set:
    return _plain(did.value) if isinstance(did.value, tuple) and are_actions(did.value) else set()


def _plain(actions) -> set:
    return {(countable(a.verb), countable(a.name), countable(a.what)) for a in actions}



"""Why did this ``diff`` answer what it did? From its answers to the hint that names the thought.

A hint follows from behaviour, not from the text of the answer. First comes what stands in the way of any answer (it
raised, it changed what it was given, it returned no actions); then the case is made small, and explained.
"""

import ast

from mini_k8s.workshop.exercises import Finding
from mini_k8s.workshop.exercises.control_loop.diff_cases import (
    CHANGED,
    EQUAL,
    MISSING,
    MIXED,
    UNWISHED,
    apart,
    expected,
)
from mini_k8s.workshop.exercises.control_loop.diff_form import are_actions, said, why_it_raised, wrong_form
from mini_k8s.workshop.exercises.control_loop.diff_smaller import smallest
from mini_k8s.workshop.exercises.control_loop.diff_thought import taken_for_another, thought
from mini_k8s.workshop.exercises.words import several, show, tally


def ask(learner, desired: dict, observed: dict):
    """Call it, with equal values that are other objects on the two sides."""
    observed = {name: apart(what) for name, what in observed.items()}
    learner.case = lambda: _case(desired, observed)
    return learner(desired, observed)


def is_right(did, desired: dict, observed: dict) -> bool:
    """These actions and no others came back, in whatever order, and nothing was changed."""
    ok = did.trouble is None and not did.changed and are_actions(did.value)
    return ok and tally(did.value) == tally(expected(desired, observed))


def explain(learner, desired: dict, observed: dict, did) -> Finding:
    """The smallest case of the kind, and the hint for it."""
    def probe(wished: dict, seen: dict):
        return ask(learner.fresh(), wished, seen)

    def wrong(wished: dict, seen: dict) -> bool:
        return not is_right(probe(wished, seen), wished, seen)

    hint, facts = _in_the_way(learner, did, desired, observed, wrong)
    left = learner.left_in_loop(did) if hint is None and len(desired | observed) > 1 else None
    if left:
        hint, facts = ("gives-up" if left["text"] in ("return []", "return list()") else "return-in-loop"), left
    if hint is None:
        less = smallest(desired, observed, wrong)
        again = probe(*less)
        if not is_right(again, *less):  # else it does not always answer the same
            (desired, observed), did = less, again
        hint, facts = _in_the_way(learner, did, desired, observed, wrong, small=True)
    if hint is None:
        hint, facts = thought(learner, probe, desired, observed, did)
    return Finding(hint, **_case(desired, observed), did=said(did), printed=did.printed, facts=facts)


def _in_the_way(learner, did, desired: dict, observed: dict, wrong, small: bool = False) -> tuple[str | None, dict]:
    """The hint for what is wrong before it comes to the thought; (None, {}) where nothing is."""
    if did.changed:
        now = ("desired", "observed")[did.changed[0]]
        return f"edits-{now}", {"name": now}
    if (did.trouble is None or did.trouble.hint == "raises") and not wrong(desired, observed):
        return "memory", {"kept": learner.kept()}
    if small and (found := taken_for_another(desired, observed, wrong))[0]:
        return found
    if did.trouble and did.trouble.hint == "unbound" and _is_of_a_loop(learner, did.trouble.facts):
        return "other-loop", did.trouble.facts
    if did.trouble:
        return why_it_raised(did.trouble, desired, observed) if small or did.trouble.hint != "raises" else (None, {})
    if did.value is None:
        return _returned_none(learner, did, expected(desired, observed))
    return wrong_form(did)


def _returned_none(learner, did, right: list) -> tuple[str, dict]:
    if right and all(action.verb in did.printed and str(action.name) in did.printed for action in right):
        return "print", {}
    if none := learner.returned_none(did):
        return "returned-none", none
    if (text := learner.source.line(did.left)).startswith("return"):
        return "no-value", {"line": str(did.left), "text": text}
    if learner.is_empty():
        return "empty-body", {}
    others = [learner(d, o) for d, o in (MISSING[0], UNWISHED[0], EQUAL[0], CHANGED[0], MIXED[0])]
    if left := next(filter(None, map(learner.left_in_loop, others)), None):
        return "return-in-loop", left | {"otherwise": " Where the loop has no round at all, Python answers None."}
    hint = "no-return" if all(other.value is None for other in others) else "return-sometimes"
    return hint, {"nothing": "Nothing to do is `[]`, not None."}


def _is_of_a_loop(learner, facts: dict) -> bool:
    """Is it the name to which a ``for`` above that line gives its values?"""
    loops = [n for n in ast.walk(ast.parse(learner.source.text)) if isinstance(n, ast.For)]
    return any(isinstance(n, ast.Name) and n.id == facts["name"] for loop in loops
               if loop.end_lineno < int(facts["line"]) for n in ast.walk(loop.target))


def _case(desired: dict, observed: dict) -> dict[str, str]:
    return {"given": f"desired  = {show(desired)}\nobserved = {show(observed)}",
            "expected": several(expected(desired, observed))}

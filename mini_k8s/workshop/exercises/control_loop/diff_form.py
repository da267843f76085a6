"""This ``diff`` gave no list of actions: which hint fits what it returned instead, or the error it raised?"""

import re

from mini_k8s.control_loop import Action
from mini_k8s.workshop.exercises.control_loop.diff_cases import truth
from mini_k8s.workshop.exercises.words import several, show

_VERB = {  # what to do about a verb that is none, by what is true of the name
    "missing": "What is wished and not seen is to be started: `Action(\"start\", …)`.",
    "extra": "What is seen and not wished is to be stopped: `Action(\"stop\", …)`.",
    "equal": "Where both are equal nothing is to be done: make no Action there.",
    "changed": "A changed item is stopped now, and started on the next pass: `Action(\"stop\", …)`.",
    "": "Stop what was seen and is not as wished; start what is wished and not there.",
}


def are_actions(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(i, Action) for i in value)


def said(did) -> str:
    """What it did, in words."""
    if did.trouble:
        words = did.trouble.did
    elif did.value is None:
        words = "returned None" + (f", and printed {did.printed.strip()[:60]}" if did.printed.strip() else "")
    elif not isinstance(did.value, tuple):
        words = f"returned {did.value if isinstance(did.value, Action) else show(did.value)} (not in a list)"
    else:
        words = several(did.value)
    return f"changed {('desired', 'observed')[did.changed[0]]}, and {words}" if did.changed else words


def why_it_raised(trouble, desired: dict, observed: dict) -> tuple[str, dict]:
    error, text = trouble.error, trouble.text
    if trouble.hint != "raises":
        return trouble.hint, trouble.facts
    if isinstance(error, ValueError) and (verb := re.search("an action's verb is .*, not (.*)", text)):
        if verb[1] in map(repr, [*desired, *observed, *desired.values(), *observed.values()]):
            return "fields-swapped", trouble.facts
        return "verb", trouble.facts | {"verb": verb[1], "mend": _VERB[truth(desired, observed)]}
    if isinstance(error, TypeError) and "Action.__init__()" in text:
        return "action-arguments", trouble.facts
    if isinstance(error, KeyError):
        key = error.args[0] if error.args else None
        facts = trouble.facts | {"name": show(key)}
        sides = [side for side, names in (("desired", list(desired)), ("observed", list(observed))) if key in names]
        return ("key-error", facts | {"side": sides[0]}) if len(sides) == 1 else ("no-such-name", facts)
    if isinstance(error, RuntimeError) and "changed size during iteration" in text:
        return "edits-observed", trouble.facts | {"name": "observed"}
    if isinstance(error, TypeError) and "not supported between instances of" in text and "'Action'" not in text:
        left, right = text.split("'")[-4::2]
        kinds = f"two of type {left}" if left == right else f"one of type {left} and one of type {right}"
        return "unorderable", trouble.facts | {"kinds": kinds}
    return "raises", trouble.facts


def wrong_form(did) -> tuple[str | None, dict]:
    """The hint for something that is no iterable of actions, and its facts; (None, {}) when it is one."""
    if isinstance(did.value, Action):
        return "single", {}
    if not isinstance(did.value, tuple):
        call = " What a function gives comes from calling it: `name()`." if callable(did.value) else ""
        return "not-a-list", {"kind": did.kind.__name__, "call": call}
    strange = [item for item in did.value if not isinstance(item, Action)]
    if not strange:
        return None, {}
    first = strange[0]
    if issubclass(did.kind, dict):
        return "dict", {}
    if type(first).__name__ == "Action":
        return "own-action", {}
    if did.kind is tuple and type(first) is list and sum(isinstance(item, (list, set)) for item in did.value) == 1:
        return "comma", {"count": str(len(did.value))}
    if isinstance(first, (tuple, list)) and len(first) == 3 and not any(isinstance(part, Action) for part in first):
        return "tuple", {"kind": type(first).__name__}
    if isinstance(first, (list, set)) or (isinstance(first, tuple) and are_actions(first)):
        kind = type(first).__name__
        alike = sum(type(item) is type(first) for item in strange)
        return "lists", {"count": f"a {kind}" if alike == 1 else f"{alike} {kind}s"}
    return "not-actions", {"item": show(first), "mend": (
        "Where nothing is to be done, put nothing into the list, not even None." if first is None else
        "Fill the list with `Action(\"start\", name, what)` and `Action(\"stop\", name, what)`.")}

"""Why did this ``apart`` answer what it did? From what it returned to the thought behind it."""

from collections.abc import Callable, Mapping

from mini_k8s.objects import merge, thaw
from mini_k8s.workshop.exercises.api.apart_cases import EVERY, Case
from mini_k8s.workshop.exercises.words import say, show

Thought = Callable[[dict, dict, bool], object]  # (stored, written, is it a write of the status) -> what comes back


def _with(base: Mapping, status: object, absent: object = None) -> dict:
    """``base`` with that status in place of its own; where there is none, with ``absent``, or with no status at all."""
    kept = {name: value for name, value in base.items() if name != "status"}
    status = absent if status is None else status
    return kept if status is None else {**kept, "status": status}


def _right(s: dict, w: dict, of_status: bool) -> dict:
    return _with(s, w.get("status")) if of_status else _with(w, s.get("status"))


def _either(ordinary: Callable[[dict, dict], object], of_status: Callable[[dict, dict], object]) -> Thought:
    return lambda s, w, status: of_status(s, w) if status else ordinary(s, w)


def _ordinary(s, w):
    return _right(s, w, False)


def _of_status(s, w):
    return _right(s, w, True)


def _mixed(base: Mapping, other: Mapping) -> dict:
    return merge(base, {"status": other.get("status")})


def _some(obj: Mapping, *fields: str) -> dict:
    return {name: value for name, value in obj.items() if name in fields}


_THREE = ("metadata", "spec", "status")
_FIVE = ("apiVersion", "kind", *_THREE)
THOUGHTS: tuple[tuple[str, Thought], ...] = (
    ("swapped", lambda s, w, status: _right(s, w, not status)),
    ("all-counts", lambda s, w, status: w),
    ("nothing-counts", lambda s, w, status: s),
    ("status-counts", _either(lambda s, w: w, _of_status)),
    ("wish-counts", _either(_ordinary, lambda s, w: w)),
    ("one-way", _either(_ordinary, _ordinary)),
    ("one-way", _either(_of_status, _of_status)),
    ("never-status", _either(_ordinary, lambda s, w: s)),
    ("never-wish", _either(lambda s, w: s, _of_status)),
    ("mixes", _either(lambda s, w: _mixed(w, s), lambda s, w: _mixed(s, w))),
    ("mixes", _either(_ordinary, lambda s, w: _mixed(s, w))),
    ("mixes", _either(lambda s, w: _mixed(w, s), _of_status)),
    ("mixes", _either(lambda s, w: merge(s, {**w, "status": s.get("status")}), lambda s, w: _mixed(s, w))),
    ("mixes", _either(lambda s, w: merge(s, {k: v for k, v in w.items() if k != "status"}), _of_status)),
    ("mixes", _either(lambda s, w: {**s, **_with(w, None)}, lambda s, w: {**s, **_some(w, "status")})),
    ("mixes", _either(lambda s, w: {**s, **_with(w, None)}, _of_status)),
    ("only-wish", _either(lambda s, w: {**s, **_some(w, "spec")}, _of_status)),
    ("only-wish", _either(lambda s, w: {**s, **_some(w, "spec")}, lambda s, w: {**s, **_some(w, "status")})),
    ("only-wish", _either(lambda s, w: {**s, **_some(w, "metadata", "spec")}, _of_status)),
    ("metadata-too", _either(_ordinary, lambda s, w: _with({**s, **_some(w, "metadata")}, w.get("status")))),
    ("metadata-too", _either(_ordinary, lambda s, w: {**s, **_some(w, "metadata", "status")})),
    ("status-none", _either(lambda s, w: _with(w, s.get("status"), {}), lambda s, w: _with(s, w.get("status"), {}))),
    ("status-none", _either(lambda s, w: {**w, "status": s.get("status")},
                            lambda s, w: {**s, "status": w.get("status")})),
    ("status-stays", _either(lambda s, w: {**w, **_some(s, "status")}, lambda s, w: {**s, **_some(w, "status")})),
    ("status-stays", _either(lambda s, w: {**w, **_some(s, "status")}, _of_status)),
    ("status-stays", _either(_ordinary, lambda s, w: {**s, **_some(w, "status")})),
    ("leaves-out", lambda s, w, status: _some(_right(s, w, status), *_THREE)),
    ("leaves-out", lambda s, w, status: _some(_right(s, w, status), *_FIVE)),
    ("leaves-out", lambda s, w, status: _some(_right(s, w, status), "spec", "status")),
    ("a-part", _either(lambda s, w: w.get("spec"), lambda s, w: w.get("status"))),
    ("a-part", _either(lambda s, w: s.get("status"), lambda s, w: w.get("status"))),
    ("a-part", _either(_ordinary, lambda s, w: w.get("status"))),
    ("a-part", _either(lambda s, w: _some(w, "spec"), lambda s, w: _some(w, "status"))),
)


def ask(learner, case: Case):
    """Call it once."""
    learner.case = lambda: words(case)
    return learner(case.stored, case.written, case.subresource)


def is_right(did, case: Case) -> bool:
    """A mapping with these fields came back, in whatever order."""
    return did.trouble is None and isinstance(did.raw, Mapping) and _plain(did.raw) == _plain(case.right)


def why(learner, case: Case, did) -> tuple[str, dict]:
    """The hint, and its facts."""
    trouble = did.trouble
    if is_right(ask(learner.fresh(), case), case):
        return "memory", {"kept": learner.kept()}
    if trouble and trouble.hint == "raises":
        return _of_error(trouble)
    if trouble:
        return trouble.hint, trouble.facts
    if did.raw is None and (none := learner.returned_none(did)) and "get(" not in none["text"]:
        return "returned-none", none
    if found := _thought(learner):
        return found, _facts(case)
    if did.raw is None:
        return _returned_none(learner)
    if not isinstance(did.raw, Mapping):
        return "no-object", {"kind": did.kind.__name__}
    return "other-object", _facts(case)


def words(case: Case) -> dict[str, str]:
    """What was given, and what is right."""
    return {"given": f"stored      = {show(thaw(case.stored))}\nwritten     = {show(thaw(case.written))}\n"
                     f"subresource = {show(case.subresource)}",
            "expected": show(thaw(case.right))}


def said(did) -> str:
    """What was done, in words."""
    if did.trouble:
        return did.trouble.did
    return f"returned {show(_plain(did.raw)) if isinstance(did.raw, Mapping) else say(did.raw)}"


def _returned_none(learner) -> tuple[str, dict]:
    every = [ask(learner.fresh(), case).raw for case in EVERY]
    hint = "no-return" if all(one is None for one in every) else "return-sometimes"
    return hint, {"nothing": "Each way through it ends with `return` and a whole object."}


def _of_error(trouble) -> tuple[str, dict]:
    error = trouble.error
    if isinstance(error, KeyError) and error.args[:1] == ("status",):
        return "no-status", trouble.facts
    if isinstance(error, TypeError) and "shared by everybody" in trouble.text:
        return "changes-it", trouble.facts
    return "raises", trouble.facts


def _thought(learner) -> str:
    """Which thought gives what theirs does, wherever theirs gives something?"""
    theirs = [(case, ask(learner.fresh(), case)) for case in EVERY]
    theirs = [(case, did.raw) for case, did in theirs if did.trouble is None]
    return next((hint for hint, gives in THOUGHTS if all(
        _plain(raw) == _plain(gives(case.stored, case.written, case.subresource == "status"))
        for case, raw in theirs)), "") if theirs else ""


def _facts(case: Case) -> dict[str, str]:
    return {"which": "a write of the status" if case.subresource else "an ordinary write"}


def _plain(value: object) -> object:
    """Comparable, whether it is frozen or not."""
    return thaw(value) if isinstance(value, Mapping | tuple | list) else value

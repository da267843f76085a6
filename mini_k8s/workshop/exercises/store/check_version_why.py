"""Why did this ``check_version`` answer what it did? From what it refused and let through to the thought behind it."""

from collections.abc import Callable

from mini_k8s.errors import Conflict
from mini_k8s.objects import thaw
from mini_k8s.workshop.exercises.store.check_version_cases import EVERY, Case
from mini_k8s.workshop.exercises.words import say, show

Thought = Callable[[dict, dict, Case], bool]  # (kept metadata, what was said in metadata, the case) -> refused


def _differs(field: str) -> Thought:
    return lambda has, said, case: said.get(field) is not None and said[field] != has[field]


_VERSION, _UID = _differs("resourceVersion"), _differs("uid")


def _plainly(has: dict, said: dict, field: str) -> bool:
    """Compared without asking whether it is there."""
    return said.get(field) != has[field]


THOUGHTS: tuple[tuple[str, Thought], ...] = (
    ("never-refuses", lambda has, said, case: False),
    ("inverted", lambda has, said, case: not case.refused),
    ("inverted", lambda has, said, case: not _VERSION(has, said, case)),
    ("inverted", lambda has, said, case: said.get("resourceVersion") == has["resourceVersion"]),
    ("no-uid", _VERSION),
    ("only-uid", _UID),
    ("none-refused", lambda has, said, case: _plainly(has, said, "resourceVersion")),
    ("none-refused", lambda has, said, case: _plainly(has, said, "resourceVersion") or _plainly(has, said, "uid")),
    ("none-refused", lambda has, said, case: _plainly(has, said, "resourceVersion") or _UID(has, said, case)),
    ("none-refused", lambda has, said, case: _VERSION(has, said, case) or _plainly(has, said, "uid")),
    ("both-differ", lambda has, said, case: _VERSION(has, said, case) and _UID(has, said, case)),
    ("both-differ", lambda has, said, case: _plainly(has, said, "resourceVersion") and _plainly(has, said, "uid")),
    ("one-is-enough", lambda has, said, case: (_VERSION(has, said, case) and said.get("uid") is not None)
        or (_UID(has, said, case) and said.get("resourceVersion") is not None)),
    ("whole-object", lambda has, said, case: case.stored != case.written),
    ("whole-object", lambda has, said, case: dict(has) != dict(said)),
    ("whole-object", lambda has, said, case: any(said[field] not in (None, has.get(field)) for field in said)),
    ("whole-object", lambda has, said, case: any(said[field] not in (None, has.get(field)) for field in said
                                                 if field not in ("name", "labels"))),
    ("whole-object", lambda has, said, case: case.refused or case.stored.get("spec") != case.written.get("spec")),
    ("identity", lambda has, said, case: said.get("resourceVersion") is not None or said.get("uid") is not None),
    ("identity", lambda has, said, case: said.get("resourceVersion") is not None or _UID(has, said, case)),
    ("identity", lambda has, said, case: said.get("resourceVersion") is not None),
    ("identity", lambda has, said, case: True),
    *(("which-is-newer", lambda has, said, case, uid=uid, older=older: (uid and _UID(has, said, case)) or (
        said.get("resourceVersion") is not None and older(said["resourceVersion"], has["resourceVersion"])))
      for uid in (True, False) for older in (lambda a, b: a < b, lambda a, b: a > b)),
)


def ask(learner, case: Case):
    """Call it once."""
    learner.case = lambda: words(case)
    return learner(case.stored, case.written)


def is_right(did, case: Case) -> bool:
    """It raised Conflict where it has to, and else nothing. What it returned interests nobody."""
    return _raised(did, Conflict) if case.refused else did.trouble is None


def says_both(did, case: Case) -> bool:
    """One of the things that differ is in the message, with both its values."""
    text = str(did.trouble.error) if case.refused else ""
    return not case.refused or any(kept in text and changed in text.replace(kept, "") for _, kept, changed in
                                   case.differs)


def why(learner, case: Case, did) -> tuple[str, dict]:
    """The hint, and its facts."""
    trouble = did.trouble
    if is_right(ask(learner.fresh(), case), case):
        return "memory", {"kept": learner.kept()}
    if trouble and trouble.hint != "raises":
        return trouble.hint, trouble.facts
    if trouble and not isinstance(trouble.error, Conflict):
        return _of_error(trouble, case)
    if case.refused and did.value is not None:
        if isinstance(did.raw, BaseException) or did.raw is Conflict:
            return "returned-error", {"value": say(did.raw, 80)}
        return "returns-answer", {"value": say(did.raw, 80)}
    return _thought(learner), _facts(case)


def words(case: Case) -> dict[str, str]:
    """What was given, and what is right."""
    given = f"stored  = {show(thaw(case.stored))}\nwritten = {show(thaw(case.written))}"
    because = " and ".join(f"{field} is {kept}, changed was {changed}" for field, kept, changed in case.differs)
    return {"given": given, "expected": f"Conflict: {because}" if case.refused else "nothing: it may take its place"}


def wrong_words(did) -> str:
    """What was done, in words."""
    if did.trouble:
        return did.trouble.did
    return "let it through" if did.value is None else f"returned {say(did.raw, 80)}"


def _of_error(trouble, case: Case) -> tuple[str, dict]:
    """It raised something that is no Conflict."""
    error, text = trouble.error, trouble.text
    if isinstance(error, KeyError) and error.args and error.args[0] in ("uid", "resourceVersion", "name"):
        return "key-error", trouble.facts | {"field": str(error.args[0])}
    if isinstance(error, ValueError) and "invalid literal for int" in text:
        return "numbers", trouble.facts
    if isinstance(error, TypeError) and "shared by everybody" in text:
        return "changes-it", trouble.facts
    if case.refused and not isinstance(error, KeyError | TypeError | AttributeError | NameError | IndexError):
        return "other-error", trouble.facts | {"kind": type(error).__name__}
    return "raises", trouble.facts


def _thought(learner) -> str:
    """Which thought refuses, and lets through, what theirs does?"""
    theirs = []
    for case in EVERY:
        did = ask(learner.fresh(), case)
        if did.trouble and not isinstance(did.trouble.error, Conflict):
            theirs.append(None)  # fits any thought
        else:
            theirs.append(did.trouble is not None)
    for hint, refuses in THOUGHTS:
        if all(one is None or one == bool(refuses(case.stored["metadata"], case.written["metadata"], case))
               for one, case in zip(theirs, EVERY, strict=True)):
            return hint
    return "other-rule"


def _facts(case: Case) -> dict[str, str]:
    has, said = case.stored["metadata"], case.written["metadata"]
    return {"has": show(has["resourceVersion"]), "said": show(said.get("resourceVersion")),
            "has_uid": show(has["uid"]), "said_uid": show(said.get("uid"))}


def _raised(did, kind: type) -> bool:
    return did.trouble is not None and isinstance(did.trouble.error, kind)

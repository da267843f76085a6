"""What happens in the child: load the cell, run the exercise's checks on it, and report."""

import importlib
import sys
import time

from mini_k8s.workshop import exercises
from mini_k8s.workshop.exercises import common  # noqa: F401 - here, so that nobody waits for it later
from mini_k8s.workshop.trial import Asked, ImportsOurs, Learner, Printed, Trouble, guard, left_threads


def warm_up(target: str) -> None:
    """Import what judging that target will need."""
    importlib.import_module(exercises.find(target).module)


def run(request: dict, tell, leave) -> None:
    """Judge the request, ``tell`` the report, and ``leave``."""
    exercise = exercises.find(request["target"])
    out = Printed()
    report = {"passed": 0, "total": len(exercise.checks), "loaded": False, "output": ""}
    began = time.perf_counter()

    def finish(**more) -> None:
        sys.settrace(None)
        tell(**(report | {"seconds": time.perf_counter() - began} | more))
        leave(0)

    def stop(trouble: Trouble) -> None:
        if first:
            finish_with(first)
        finish(hint=trouble.hint, facts=trouble.facts, did=trouble.did, output=out.since(0), **learner.case())

    def finish_with(found: exercises.Finding) -> None:
        finish(hint=found.hint, given=found.given, expected=found.expected, did=found.did, facts=dict(found.facts),
               output=report["output"] + found.printed)

    first: exercises.Finding | None = None
    learner = Learner(exercise.target, request["source"], request.get("context", {}), out, stop)
    _hide_ours(exercise)
    sys.stdin, sys.stdout, sys.stderr = Nobody(), out, out
    guard()
    trouble = learner.load()
    report["output"] = out.since(0)
    report["loaded"] = trouble is None or trouble.hint in ("missing", "not-callable", "async", "signature")
    if trouble:
        stop(trouble)
    for number, check in enumerate(exercise.checks):
        tell(check=number)
        learner.endless, learner.case = check.endless, dict
        found = check.test(learner)
        if found is None:
            report["passed"] += 1
        tell(passed=report["passed"])
        first = first or found
    trouble = left_threads()
    if first is None and trouble:
        first = exercises.Finding(trouble.hint, did=trouble.did, facts=trouble.facts)
        report["passed"] -= 1
    if first is None:
        finish(hint=None)
    finish_with(first)


class Nobody:
    """Standard input where nobody sits."""

    def readline(self, *_):
        raise Asked("sys.stdin", "input")

    read = __iter__ = readline

    def close(self) -> None: ...

    def isatty(self) -> bool:
        return False


def _hide_ours(exercise) -> None:
    """An answer that imports ours is no answer: put something in its place that says so."""
    module = importlib.import_module(exercise.module)
    ours = getattr(module, exercise.name)

    def not_yours(*args, **kwargs):
        raise ImportsOurs(exercise.name)

    not_yours.__name__ = ours.__name__
    setattr(module, exercise.name, not_yours)

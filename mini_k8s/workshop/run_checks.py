"""What happens in the child: load the cell, run the exercise's checks on it, and report."""

import importlib
import sys
import time
from collections.abc import Callable

from mini_k8s import workshop
from mini_k8s.workshop import exercises
from mini_k8s.workshop.around import signature_of
from mini_k8s.workshop.doors import Asked, Doors, Printed, say_naps
from mini_k8s.workshop.exercises.words import readable
from mini_k8s.workshop.trial import Learner
from mini_k8s.workshop.trouble import ImportsOurs, Trouble

MOST_SLEEP = 3.0  # seconds that a learner's code wants to sleep in all the checks together; nobody waits for them
MOST_SAID = 5_000  # characters of one thing that is told about an answer


def warm_up(target: str) -> None:
    """Import what judging that target will need."""
    exercise = exercises.find(target)
    importlib.import_module(exercise.module)
    signature_of(exercise.target)


def run(request: dict, tell: Callable[..., None], leave: Callable[[int], None]) -> None:
    """Judge the request, ``tell`` the report, and ``leave``."""
    exercise = exercises.find(request["target"])
    out, doors, began = Printed(), Doors(), time.perf_counter()
    report = {"passed": 0, "loaded": False, "output": ""}
    first: exercises.Finding | None = None

    def finish(**more) -> None:
        sys.settrace(None)
        tell(**(report | {"seconds": time.perf_counter() - began} | {k: _readable(v) for k, v in more.items()}))
        leave(0)

    def finish_with(found: exercises.Finding) -> None:
        finish(hint=found.hint, given=found.given, expected=found.expected, did=found.did, facts=dict(found.facts),
               output=report["output"] + found.printed)

    def stop(trouble: Trouble) -> None:
        if first:
            finish_with(first)
        finish(hint=trouble.hint, facts=trouble.facts, did=trouble.did, output=out.since(0), **learner.case())

    learner = Learner(exercise.target, request["source"], request.get("context", {}), doors, out, stop)
    signature_of(exercise.target)
    _hide_ours(exercise)
    doors.close(out)
    trouble = learner.load()
    report |= {"output": out.since(0), "loaded": learner.harmless}
    quiet = out.mark()
    if trouble:
        stop(trouble)
    for number, check in enumerate(exercise.checks):
        tell(check=number, passed=report["passed"], loaded=learner.harmless)
        learner.endless, learner.case = check.endless, dict
        found = check.test(learner)
        report["passed"] += found is None
        first = first or found
    if first is None and sum(doors.naps) > MOST_SLEEP:
        first = exercises.Finding("sleeps", did=f"{say_naps(doors.naps)}, in all the checks together")
        report["passed"] -= 1
    if first is None:
        finish(hint=None, prints=out.mark() > quiet)
    finish_with(first)


def _readable(said: object) -> object:
    if isinstance(said, dict):
        return {key: _readable(value) for key, value in said.items()}
    return readable(said, MOST_SAID) if isinstance(said, str) else said


def _hide_ours(exercise: exercises.Exercise) -> None:
    """An answer that calls ours is no answer, and no lab opens here: put something in their places that says so."""
    def not_yours(*args, **kwargs):
        raise ImportsOurs(exercise.name)

    def no_lab(*args, **kwargs):
        raise Asked("chapter()", "chapter")

    workshop.chapter = no_lab
    not_yours.__name__ = exercise.name
    setattr(importlib.import_module(exercise.module), exercise.name, not_yours)

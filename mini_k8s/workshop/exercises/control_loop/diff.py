"""Exercise 2.1: what is true of every right ``diff``?"""

from collections.abc import Iterable

from mini_k8s.workshop.exercises import Check, Exercise, Finding
from mini_k8s.workshop.exercises.control_loop.diff_cases import (
    CHANGED,
    EQUAL,
    MISSING,
    MIXED,
    SPELLED,
    UNWISHED,
    Case,
    again,
    generated,
)
from mini_k8s.workshop.exercises.control_loop.diff_hints import HINTS
from mini_k8s.workshop.exercises.control_loop.diff_why import ask, explain, is_right


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
    did = ask(learner, desired, observed)
    return None if is_right(did, desired, observed) else explain(learner, desired, observed, did)


def _mixtures() -> list[Case]:
    return [*MIXED[:2], *SPELLED, *MIXED[2:], *generated(), *again()]


DIFF = Exercise(
    "2.1", "mini_k8s.control_loop:diff", "decide what has to be done",
    (
        Check("what is missing is started", _over(MISSING)),
        Check("what nobody wished for is stopped", _over(UNWISHED)),
        Check("where nothing differs, nothing is done", _over(EQUAL)),
        Check("what is not as wished is stopped, and no more in this pass", _over(CHANGED)),
        Check("every mixture is right, each time it is asked", _over(_mixtures)),
    ),
    HINTS,
    called="The loop calls it once a second.",
)

"""Exercise 3.3: what is true of every right ``apart``?"""

from collections.abc import Sequence

from mini_k8s.workshop.exercises import Check, Exercise, Finding
from mini_k8s.workshop.exercises.api.apart_cases import AGAIN, OF_STATUS, ORDINARY, OTHERS, WITHOUT, Case
from mini_k8s.workshop.exercises.api.apart_hints import HINTS
from mini_k8s.workshop.exercises.api.apart_why import ask, is_right, said, words
from mini_k8s.workshop.exercises.api.apart_why import why as cause


def _over(cases: Sequence[Case]):
    def test(learner) -> Finding | None:
        for case in cases:
            did = ask(learner, case)
            if not is_right(did, case):
                hint, facts = cause(learner, case, did)
                return Finding(hint, **words(case), did=said(did), printed=did.printed, facts=facts)
        return None
    return test


APART = Exercise(
    "3.3", "mini_k8s.api:apart", "keep the wish and the fact apart",
    (
        Check("an ordinary write counts, but for its status", _over(ORDINARY)),
        Check("a write of the status changes the status, and nothing else", _over(OF_STATUS)),
        Check("a status is taken over whole, and never mixed with another one", _over(OTHERS)),
        Check("where the side that counts has no status, there is none", _over(WITHOUT)),
        Check("every field of every kind comes along, each time it is asked", _over(AGAIN)),
    ),
    HINTS,
    called="The API calls it at each update.",
)

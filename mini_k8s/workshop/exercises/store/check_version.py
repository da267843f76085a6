"""Exercise 3.1: what is true of every right ``check_version``?"""

from collections.abc import Sequence

from mini_k8s.workshop.exercises import Check, Exercise, Finding
from mini_k8s.workshop.exercises.store.check_version_cases import ABSENT, ALIKE, ANOTHER, OTHER, SAID, Case
from mini_k8s.workshop.exercises.store.check_version_hints import HINTS
from mini_k8s.workshop.exercises.store.check_version_why import ask, is_right, says_both, words, wrong_words
from mini_k8s.workshop.exercises.store.check_version_why import why as cause


def _over(cases: Sequence[Case]):
    def test(learner) -> Finding | None:
        for case in cases:
            did = ask(learner, case)
            if not is_right(did, case):
                hint, facts = cause(learner, case, did)
                return Finding(hint, **words(case), did=wrong_words(did), printed=did.printed, facts=facts)
        return None
    return test


def _said(learner) -> Finding | None:
    for case in SAID:
        did = ask(learner, case)
        if not is_right(did, case):
            return _over([case])(learner)
        if not says_both(did, case):
            field, kept, changed = case.differs[0]
            return Finding("says-little", words(case)["given"], f"Conflict, with {kept} and {changed} in its message",
                           wrong_words(did), did.printed, {"field": field, "kept": kept, "changed": changed})
    return None


CHECK_VERSION = Exercise(
    "3.1", "mini_k8s.store:check_version", "refuse what was made from another state",
    (
        Check("what was made from the state that is kept is let through", _over(ALIKE)),
        Check("another version is refused, older or newer", _over(OTHER)),
        Check("whoever leaves a field out does not ask for it", _over(ABSENT)),
        Check("another object of the same name is refused", _over(ANOTHER)),
        Check("the refusal says both values, each time it is asked", _said),
    ),
    HINTS,
    called="The store calls it at each update.",
)

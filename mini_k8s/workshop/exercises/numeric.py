"""An exercise that asks for one number: is the number right, in every case?

A wrong thought is a formula, and the hint that answers it:
``("percent", lambda mtbf, repair: 100 * mtbf / (mtbf + repair))``. The first that gives the learner's numbers in all
cases of a check is taken (``numeric_why.py``), so a misconception costs one line. Hints that any number may need are in
``numeric_hints.py``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from mini_k8s.workshop.exercises import Check, Finding
from mini_k8s.workshop.exercises.numeric_why import Case, Thought, close, is_number, said, why
from mini_k8s.workshop.exercises.words import show


@dataclass(frozen=True)
class Number:
    """What is asked for: ``right(*case)``, told under these ``names``.

    thoughts   what is known to be thought instead, the likeliest first
    raised     exception -> the hint for a call that raised it
    told       told(*case): more facts for the hints' texts
    odd        odd(answers, case): a hint and facts for what no formula says, or None
    """

    names: tuple[str, ...]
    right: Callable[..., float]
    thoughts: tuple[Thought, ...] = ()
    raised: Mapping[type, str] = field(default_factory=dict)
    told: Callable[..., dict] = lambda *case: {}
    odd: Callable[[dict, Case], tuple[str, dict] | None] = lambda answers, case: None

    def check(self, title: str, cases: Iterable[Case], hint: str, edge: bool = False,
              thoughts: tuple[Thought, ...] = (), raised: Mapping[type, str] | None = None) -> Check:
        """Are these all right? ``hint`` is for a number that no thought explains; at an ``edge`` for any number.

        ``thoughts`` and ``raised`` are of this check alone, and come before the others.
        """
        cases = tuple(cases)
        here = replace(self, thoughts=(*thoughts, *self.thoughts), raised={**(raised or {}), **self.raised})

        def test(learner) -> Finding | None:
            for case in cases:
                did = here.ask(learner, case)
                if not here.is_right(did, case):
                    found, facts = why(here, learner, cases, case, did, edge) or (hint, {})
                    return Finding(found, **here._words(case), did=said(did), printed=did.printed,
                                   facts=here._facts(case) | facts)
            return None
        return Check(title, test, "counts-long")

    def ask(self, learner, case: Case):
        """Call it once."""
        learner.case = lambda: self._words(case)
        return learner(*case)

    def is_right(self, did, case: Case) -> bool:
        return did.trouble is None and is_number(did.value) and close(did.value, self.right(*case))

    def _facts(self, case: Case) -> dict[str, str]:
        *most, last = (f"`{name}`" for name in self.names)
        arguments = {"arguments": f"{', '.join(most)} and {last}"}
        return arguments | dict(zip(self.names, map(show, case), strict=True)) | self.told(*case)

    def _words(self, case: Case) -> dict[str, str]:
        width = max(map(len, self.names))
        given = "\n".join(f"{name:<{width}} = {_given(value)}" for name, value in zip(self.names, case, strict=True))
        return {"given": given, "expected": written(self.right(*case))}


def _given(value: object) -> str:
    """A row of a thousand values tells by its ends, and by how many there are."""
    if not isinstance(value, tuple) or len(value) <= 20:
        return show(value)
    first, last = (", ".join(map(show, some)) for some in (value[:3], value[-3:]))
    return f"({first}, … {len(value) - 6} more …, {last})"


def written(number: float) -> str:
    """As Python writes it, without what the last digits of a float add: 0.3, not 0.30000000000000004."""
    return repr(float(f"{number:.12g}"))

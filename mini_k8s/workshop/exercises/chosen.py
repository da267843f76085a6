"""An exercise that asks for one answer out of several: is it right in every case, and if not, what was thought?

A wrong thought is a function of the same arguments, and the hint that answers it. The first that gives what the
learner's function gives in all cases is taken; else the first that does so in the cases of a check, or in the one case
that failed. A hint that speaks of every call ("You say Running of every pod.") is for the first of these three alone.
(For numbers there is ``numeric.py``.)
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mini_k8s.workshop.exercises import Check, Finding
from mini_k8s.workshop.exercises.words import say, show

Case = tuple  # the arguments of one call
Thought = tuple[str, Callable]  # hint, and what it answers


def another(value: object) -> object:
    """An equal text that is another object: who compares with ``is`` is found out."""
    return "".join([*value]) if isinstance(value, str) else value


class Unfit(Exception):
    """What came back is no answer at all. Holds the hint that fits, and its facts."""

    def __init__(self, hint: str, **facts: str):
        super().__init__(hint)
        self.hint, self.facts = hint, facts


@dataclass(frozen=True)
class Chosen:
    """What is asked for: ``right(*case)``, told under these ``names``.

    every     all cases, in which a thought has to agree
    read      what a call did -> the answer in it, to be compared with ``right``; raises Unfit
    told      an answer -> its words
    given     told value by value: name -> how it is shown
    thoughts  what is known to be thought instead, the likeliest first
    raised    exception -> the hint for a call that raised it; its text has to hold the second of the pair
    nothing   None is an answer too
    sweeping  the hints that speak of every call
    about     hint -> whether it is about what is in a case: it is given only where that case is shown
    """

    names: tuple[str, ...]
    right: Callable
    every: Sequence[Case]
    read: Callable
    thoughts: Sequence[Thought] = ()
    told: Callable[[object], str] = show
    given: Mapping[str, Callable[[object], str]] = field(default_factory=dict)
    raised: Sequence[tuple[type, str, str]] = ()
    nothing: bool = False
    sweeping: Sequence[str] = ()
    about: Mapping[str, Callable[..., bool]] = field(default_factory=dict)

    def check(self, title: str, cases: Iterable[Case], hint: str) -> Check:
        """Are these all right? ``hint`` is for an answer that no thought explains."""
        cases = tuple(cases)

        def test(learner) -> Finding | None:
            for case in cases:
                did = self.ask(learner, case)
                if not self.is_right(did, case):
                    found, facts = self._why(learner, cases, case, did) or (hint, {})
                    return Finding(found, **self._words(case), did=self._said(did), printed=did.printed, facts=facts)
            return None
        return Check(title, test)

    def ask(self, learner, case: Case):
        """Call it once."""
        learner.case = lambda: self._words(case)
        return learner(*map(_copied, case))

    def is_right(self, did, case: Case) -> bool:
        return not did.changed and self._answer(did) == (self.right(*case),)

    def _answer(self, did) -> tuple:
        """A tuple of the answer; an empty one where there is none."""
        if did.trouble:
            return ()
        try:
            return (self.read(did),)
        except Unfit:
            return ()

    def _why(self, learner, cases: Sequence[Case], case: Case, did) -> tuple[str, dict] | None:
        before = random.getstate()
        again = [self._answer(self.ask(learner.fresh(), case)) for _ in range(4)]
        if random.getstate() != before or any(answer != again[0] for answer in again):
            return "chance", {}
        if again[0] == (self.right(*case),) and not did.changed:
            return "memory", {"kept": learner.kept()}
        if trouble := did.trouble:
            hints = [hint for kind, words, hint in self.raised
                     if isinstance(trouble.error, kind) and words in str(trouble.error)]
            return next(iter(hints), trouble.hint), trouble.facts
        if did.changed:
            return "changes-argument", {"argument": self.names[did.changed[0]]}
        if did.value is None and (no := self._none(learner, did)):
            return no
        try:
            self.read(did)
        except Unfit as unfit:
            return unfit.hint, unfit.facts
        found = self._thought(learner, cases, case)
        return (found, {}) if found else None

    def _none(self, learner, did) -> tuple[str, dict] | None:
        """Why None came back, where nobody meant it."""
        if learner.is_empty():
            return "no-return", {}
        if self.nothing and "return" in learner.source.line(did.left).replace(":", " ").split():
            return None
        if none := learner.returned_none(did):
            return "returned-none", none
        if did.printed.strip():
            return "print", {}
        fresh = learner.fresh()
        every = [self.ask(fresh, case).value for case in self.every]
        if all(value is None for value in every):
            return "no-return", {}
        return None if self.nothing else (
            "return-sometimes", {"nothing": "Each way through it ends with `return` and an answer."})

    def _thought(self, learner, cases: Sequence[Case], case: Case) -> str:
        """Which thought gives what theirs does: everywhere, in this check, or in this case at least?"""
        fresh = learner.fresh()
        for some in (self.every, cases, (case,)):
            theirs = [(one, answer[0]) for one in some if (answer := self._answer(self.ask(fresh, one)))]
            for hint, gives in self.thoughts:
                if (hint in self.sweeping and some is not self.every) or not self.about.get(hint, _any)(*case):
                    continue
                if theirs and all(gives(*one) == answer for one, answer in theirs):
                    return hint
        return ""

    def _words(self, case: Case) -> dict[str, str]:
        width = max(map(len, self.names))
        given = "\n".join(f"{name:<{width}} = {self.given.get(name, show)(value)}"
                          for name, value in zip(self.names, case, strict=True))
        return {"given": given, "expected": self.told(self.right(*case))}

    def _said(self, did) -> str:
        if did.trouble:
            return did.trouble.did
        answer = self._answer(did)
        return f"returned {self.told(answer[0]) if answer else say(did.raw, 80)}"


def _any(*case) -> bool:
    return True


def _copied(value: object) -> object:
    """Whoever changes what they are given changes their own: the next call finds the world as it was."""
    return value.copy() if type(value) in (list, dict) else value

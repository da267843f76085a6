"""An exercise that asks for one number: is it right, and if not, which thought leads to that number?

A thought is a formula and the hint that answers it: ``("percent", lambda mtbf, repair: 100 * mtbf / (mtbf + repair))``.
The first that gives the learner's numbers in all cases of a check is taken, so a misconception costs one line. Hints
that any number may need are in ``numeric_hints.py``.
"""

import math
import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from mini_k8s.workshop.exercises import Check, Finding
from mini_k8s.workshop.exercises.words import say, show

Case = tuple  # the arguments of one call
Thought = tuple[str, Callable[..., float]]  # hint, and the formula behind it
_MEANT = {60: "60 stands between seconds and minutes, and between minutes and hours.",
          3600: "3600 stands between seconds and hours.", 24: "24 stands between hours and days.",
          86400: "86400 stands between seconds and days.", 1000: "1000 stands between seconds and milliseconds.",
          100: "100 stands between a share and a percentage."}


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
        cases, here = tuple(cases), replace(self, thoughts=(*thoughts, *self.thoughts),
                                            raised={**(raised or {}), **self.raised})

        def test(learner) -> Finding | None:
            for case in cases:
                did = self.ask(learner, case)
                if not self.is_right(did, case):
                    found, facts = here._why(learner, cases, case, did, edge) or (hint, {})
                    facts = self._facts(case) | facts
                    return Finding(found, **self._words(case), did=_said(did), printed=did.printed, facts=facts)
            return None
        return Check(title, test)

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
        given = "\n".join(f"{name:<{width}} = {show(value)}" for name, value in zip(self.names, case, strict=True))
        return {"given": given, "expected": written(self.right(*case))}

    # What is behind an answer that is not right?

    def _why(self, learner, cases, case: Case, did, edge: bool) -> tuple[str, dict] | None:
        before, naps, fresh = random.getstate(), len(learner.doors.naps), learner.fresh()
        first, second = self.ask(fresh, case), self.ask(learner.fresh(), case)
        if random.getstate() != before or not _same(first, second):
            return "chance", {}
        if self.is_right(first, case) or not _same(first, self.ask(fresh, case)):
            return "memory", {"kept": fresh.kept() if learner.kept() == "something" else learner.kept()}
        if did.value is None and len(learner.doors.naps) > naps:
            return "sleeps", {}
        if did.trouble:
            hints = [hint for kind, hint in self.raised.items() if isinstance(did.trouble.error, kind)]
            return next(iter(hints), did.trouble.hint), did.trouble.facts | {"zeros": self._zeros(case)}
        if did.value is None:
            return self._none(learner, cases, case, did)
        if not is_number(did.value):
            return _no_number(did)
        if did.value != did.value:
            return "nan", {}
        if edge:
            return None
        answers = {c: _number(self.ask(fresh, c)) for c in cases}
        return (_thought(self.thoughts, answers) or self._rounded(answers)
                or _thought(self.thoughts, answers, rounded=True)
                or self.odd(answers, case) or self._factor(answers) or self._ignored(fresh, cases, did))

    def _zeros(self, case: Case) -> str:
        named = [f"`{name}`" for name, value in zip(self.names, case, strict=True) if value == 0]
        return f"{' and '.join(named)} {'are' if len(named) > 1 else 'is'} 0" if named else "something is 0"

    def _none(self, learner, cases, case: Case, did) -> tuple[str, dict]:
        if none := learner.returned_none(did):
            return "returned-none", none
        if (text := learner.source.line(did.left)).startswith("return"):
            return "return-nothing", {"line": str(did.left), "text": text}
        if did.printed.strip() and any(close(float(n), self.right(*case)) for n in _NUMBERS.findall(did.printed)):
            return "print", {}
        if learner.is_empty():
            return "nothing-yet", {}
        if any(self.ask(learner, other).value is not None for other in cases + self._varied(case)):
            return "return-sometimes", {"nothing": "Each way has to end with `return` and a number."}
        return ("print" if did.printed.strip() else "no-return"), {}

    def _rounded(self, answers: dict) -> tuple[str, dict] | None:
        if None in answers.values():
            return None
        for digits in range(1, 10):
            if all(close(value, round(self.right(*case), digits)) for case, value in answers.items()):
                return "rounded", {"digits": str(digits)}
        whole = any(all(value == cut(self.right(*case)) for case, value in answers.items())
                    for cut in (math.floor, math.ceil, round))
        return ("whole", {}) if whole else None

    def _factor(self, answers: dict) -> tuple[str, dict] | None:
        """Is it wrong by the same factor everywhere?"""
        pairs = [(value, self.right(*case)) for case, value in answers.items()]
        if any(value is None or (value == 0) != (right == 0) for value, right in pairs):
            return None
        factors = [value / right for value, right in pairs if right] if _fit_a_float(answers) else []
        if len(set(map(written, (right for _, right in pairs)))) < 2 or not same_everywhere(factors):
            return None
        times = factors[0] if factors[0] > 1 else 1 / factors[0] if factors[0] > 0 else 0.0
        if times <= 1:
            return None
        return "factor", {"times": f"{times:.6g}", "too": "large" if factors[0] > 1 else "small",
                          "meant": next((f" {text}" for n, text in _MEANT.items() if math.isclose(n, times)), "")}

    def _ignored(self, learner, cases, did) -> tuple[str, dict] | None:
        """Which arguments should change the answer, and change nothing?"""
        ignored = []
        for number, name in enumerate(self.names):
            pairs = [(case, varied) for case in cases for varied in [self._varied(case)[number]]
                     if not close(self.right(*case), self.right(*varied))]
            if pairs and all(_same(self.ask(learner, a), self.ask(learner, b)) for a, b in pairs):
                ignored.append(f"`{name}`")
        if len(ignored) == len(self.names):
            return "always-the-same", {"value": say(did.value, 40)}
        return ("ignores", {"names": " and ".join(ignored)}) if ignored else None

    def _varied(self, case: Case) -> tuple[Case, ...]:
        """The same case with another value for each argument in turn."""
        return tuple((*case[:i], 2 * value + 1, *case[i + 1:]) for i, value in enumerate(case))


def is_number(value: object) -> bool:
    """Any kind of number that Python brings and that has a size; True and False count as 1 and 0."""
    return isinstance(value, (int, float, Fraction, Decimal))


def close(value, right: float) -> bool:
    """Equal, but for how computers calculate."""
    try:
        return math.isclose(value, right, rel_tol=1e-9, abs_tol=1e-9)
    except OverflowError:  # a whole number too large for a float
        return value == right


def written(number: float) -> str:
    """As Python writes it, without what the last digits of a float add: 0.3, not 0.30000000000000004."""
    return repr(float(f"{number:.12g}"))


def same_everywhere(numbers: list[float]) -> bool:
    return bool(numbers) and all(math.isclose(n, numbers[0], rel_tol=1e-6) for n in numbers)


_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def _said(did) -> str:
    """What it did, in words."""
    if did.trouble:
        return did.trouble.did
    printed = f", and printed {did.printed.strip()[:60]}" if did.value is None and did.printed.strip() else ""
    return f"returned {say(did.value, 80) if is_number(did.value) else show(did.value)}{printed}"


def _number(did):
    return did.value if did.trouble is None and is_number(did.value) else None


def _fit_a_float(answers: dict) -> bool:
    return all(abs(value) < 1e300 for value in answers.values())


def _same(one, other) -> bool:
    """Did both calls come to the same end?"""
    if one.trouble or other.trouble:
        return bool(one.trouble and other.trouble) and one.trouble.hint == other.trouble.hint
    return say(one.value) == say(other.value) if is_number(one.value) else one.kind is other.kind


def _no_number(did) -> tuple[str, dict]:
    value = did.value
    if isinstance(value, (str, bytes)):
        return "text", {"value": show(value)}
    if did.kind is tuple and len(value) == 2 and all(map(is_number, value)):
        return "decimal-comma", {"value": show(value)}
    if did.kind in (tuple, list, set) and len(value) == 1 and is_number(value[0]):
        return "in-a-list", {"kind": did.kind.__name__}
    call = " What a function gives comes from calling it: `name()`." if callable(value) else ""
    return "no-number", {"kind": did.kind.__name__, "call": call}


def _thought(thoughts: Iterable[Thought], answers: dict, rounded: bool = False) -> tuple[str, dict] | None:
    """The first that gives all of these answers, or gives them rounded; where it cannot be calculated, none is."""
    if rounded and len({abs(n) for n in answers.values() if n is not None} - {0, 1}) < 2:
        return None
    for hint, formula in thoughts:
        pairs = [(number, _calculated(formula, case)) for case, number in answers.items()]
        for digits in range(7) if rounded else (None,):
            if any(n is not None for n, _ in pairs) and all(
                    v is n if None in (n, v) else close(n, v if digits is None else round(v, digits))
                    for n, v in pairs):
                return hint, {}
    return None


def _calculated(formula: Callable, case: Case):
    try:
        value = formula(*case)
    except (ArithmeticError, ValueError):
        return None
    return value if value == value and abs(value) != math.inf else None

"""This number is not right: which hint fits? First what is in the way of a number, then the thought behind this one."""

import itertools
import math
import random
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction

from mini_k8s.workshop.exercises.words import say, show

Case = tuple  # the arguments of one call
Thought = tuple[str, Callable[..., float]]  # hint, and the formula behind it
_BETWEEN = {60: "60 stands between seconds and minutes, and between minutes and hours.",
            3600: "3600 stands between seconds and hours.", 24: "24 stands between hours and days.",
            86400: "86400 stands between seconds and days.",
            1000: "1000 stands between seconds and milliseconds. (And `3.600` is 3.6 for Python.)",
            100: "100 stands between a share and a percentage."}
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_CUT_OFF = (round, math.floor, math.ceil)
_CUTS = re.compile(r"//|\b(int|round|floor|ceil|trunc|divmod)\b")


def is_number(value: object) -> bool:
    """Any kind of number that Python brings and that has a size; True and False count as 1 and 0."""
    return isinstance(value, (int, float, Fraction, Decimal))


def close(value, right: float) -> bool:
    """Equal, but for how computers calculate."""
    try:
        return math.isclose(value, right, rel_tol=1e-9, abs_tol=1e-9)
    except OverflowError:  # a whole number too large for a float
        return value == right


def factor_between(numbers: Iterable[float]) -> float | None:
    """The one number that all of these are; None when they differ."""
    first, *others = numbers or [0.0]
    return first if first and all(math.isclose(n, first, rel_tol=1e-6) for n in others) else None


def said(did) -> str:
    """What it did, in words."""
    if did.trouble:
        return did.trouble.did
    value = list(did.value) if did.kind is list else set(did.value) if did.kind is set else did.value
    printed = f", and printed {did.printed.strip()[:60]}" if value is None and did.printed.strip() else ""
    return f"returned {say(value, 80) if is_number(value) else show(value)}{printed}"


def why(asked, learner, cases: tuple[Case, ...], case: Case, did, edge: bool) -> tuple[str, dict] | None:
    """The hint for what the learner's function did in that case, and its facts; None when nothing is known of it."""
    before, naps, fresh = random.getstate(), len(learner.doors.naps), learner.fresh()
    first, second = asked.ask(fresh, case), asked.ask(learner.fresh(), case)
    if random.getstate() != before or not _same(first, second):
        return "chance", {}
    if asked.is_right(first, case) or not _same(first, asked.ask(fresh, case)):
        return "memory", {"kept": fresh.kept() if learner.kept() == "something" else learner.kept()}
    if did.trouble is None and did.value is None and len(learner.doors.naps) > naps:
        return "sleeps", {}
    if did.trouble:
        hints = [hint for kind, hint in asked.raised.items() if isinstance(did.trouble.error, kind)]
        return next(iter(hints), did.trouble.hint), did.trouble.facts | {"zeros": _zeros(asked.names, case)}
    if did.value is None:
        return _none(asked, learner, cases, case, did)
    if not is_number(did.value):
        return _no_number(did)
    if did.value != did.value:
        return "nan", {}
    if edge:
        return None
    answers = {c: _number(asked.ask(fresh, c)) for c in cases}
    return (thought(asked.thoughts, answers) or _order(asked, answers) or _rounded(asked, answers, learner.source.text)
            or thought(asked.thoughts, answers, rounded=True)
            or asked.odd(answers, case) or _factor(asked, answers) or _ignored(asked, fresh, cases, did))


# No number.

def _none(asked, learner, cases: tuple[Case, ...], case: Case, did) -> tuple[str, dict]:
    if none := learner.returned_none(did):
        return "returned-none", none
    if (text := learner.source.line(did.left)).startswith("return"):
        return "return-nothing", {"line": str(did.left), "text": text}
    if any(close(float(number), asked.right(*case)) for number in _NUMBERS.findall(did.printed)):
        return "print", {}
    if learner.is_empty():
        return "nothing-yet", {}
    if any(asked.ask(learner, other).value is not None for other in (*cases, *_varied(case))):
        return "return-sometimes", {"nothing": "Each way has to end with `return` and a number."}
    return ("print" if did.printed.strip() else "no-return"), {}


def _no_number(did) -> tuple[str, dict]:
    value, kind = did.value, did.kind.__name__
    if isinstance(value, (str, bytes)):
        return "text", {"value": show(value)}
    if did.kind is tuple and len(value) == 2 and all(map(is_number, value)):
        return "decimal-comma", {"value": show(value)}
    if did.kind in (tuple, list, set) and len(value) == 1 and is_number(value[0]):
        return "in-a-list", {"kind": kind}
    more = " What a function gives comes from calling it: `name()`." if callable(value) else ""
    return "no-number", {"kind": kind, "more": " Write `return` where `yield` stands." if kind == "generator" else more}


def _zeros(names: tuple[str, ...], case: Case) -> str:
    zeros = [f"`{name}`" for name, value in zip(names, case, strict=True) if value == 0]
    return f"{' and '.join(zeros)} {'are' if len(zeros) > 1 else 'is'} 0" if zeros else "something is 0"


# A number.

def thought(thoughts: Iterable[Thought], answers: dict, rounded: bool = False) -> tuple[str, dict] | None:
    """The first that gives all of these answers, or gives them rounded; where it cannot be calculated, none is."""
    if rounded and len({abs(n) for n in answers.values() if n is not None} - {0, 1}) < 2:
        return None
    for hint, formula in thoughts:
        pairs = [(number, _calculated(formula, case)) for case, number in answers.items()]
        for digits in range(7) if rounded else (None,):
            if any(n is not None for n, _ in pairs) and all(_fits(n, value, digits) for n, value in pairs):
                return hint, {}
    return None


def _fits(number, value, digits: int | None) -> bool:
    if number is None or value is None or (isinstance(value, bool) and not isinstance(number, bool)):
        return number is value
    return close(number, value if digits is None else round(value, digits))


def _calculated(formula: Callable, case: Case):
    try:
        value = formula(*case)
    except (ArithmeticError, ValueError, TypeError):
        return None
    return value if value == value and abs(value) != math.inf else None


def _order(asked, answers: dict) -> tuple[str, dict] | None:
    """Is it right for the same values in another order?"""
    orders = itertools.permutations(range(len(asked.names)))
    next(orders)  # as they are
    others = (lambda *case, order=order: asked.right(*(case[place] for place in order)) for order in orders)
    return thought([("order", other) for other in others], answers)


def _rounded(asked, answers: dict, source: str) -> tuple[str, dict] | None:
    """Is it right, but for digits that were cut off?"""
    pairs = [(value, asked.right(*case)) for case, value in answers.items()]
    if any(value is None for value, _ in pairs):
        return None
    for digits in range(1, 10):
        unit = 10 ** digits
        if any(all(close(value, cut(right * unit) / unit) for value, right in pairs) for cut in _CUT_OFF):
            return "rounded", {"digits": f"{digits} place{'s' * (digits > 1)}"}
    whole = any(all(value == cut(right) for value, right in pairs) for cut in _CUT_OFF)
    return ("whole", {}) if whole and (_CUTS.search(source) or any(value for value, _ in pairs)) else None


def _factor(asked, answers: dict) -> tuple[str, dict] | None:
    """Is it wrong by the same factor everywhere?"""
    pairs = [(value, asked.right(*case)) for case, value in answers.items()]
    if any(value is None or (value == 0) != (right == 0) or abs(value) > 1e300 for value, right in pairs):
        return None
    factor = factor_between([value / right for value, right in pairs if right])
    if factor is None or factor <= 0 or len({right for _, right in pairs if right}) < 2:
        return None
    times = max(factor, 1 / factor)
    return "factor", {"times": f"{times:.6g}", "too": "large" if factor > 1 else "small",
                      "between": next((f" {text}" for n, text in _BETWEEN.items() if math.isclose(n, times)), "")}


def _ignored(asked, learner, cases: tuple[Case, ...], did) -> tuple[str, dict] | None:
    """Which arguments should change the answer, and change nothing?"""
    ignored = []
    for number, name in enumerate(asked.names):
        pairs = [(case, _varied(case)[number]) for case in cases]
        counts = [(a, b) for a, b in pairs if not close(asked.right(*a), asked.right(*b))]
        if counts and all(_same(asked.ask(learner, a), asked.ask(learner, b)) for a, b in counts):
            ignored.append(f"`{name}`")
    if len(ignored) == len(asked.names):
        return "always-the-same", {"value": say(did.value, 40)}
    return ("ignores", {"names": " and ".join(ignored)}) if ignored else None


def _varied(case: Case) -> tuple[Case, ...]:
    """The same case with another value for each argument in turn."""
    return tuple((*case[:i], 2 * value + 1, *case[i + 1:]) for i, value in enumerate(case))


def _number(did):
    """What came back, as a plain number; None when it is none."""
    if did.trouble or not is_number(did.value):
        return None
    return float(did.value) if isinstance(did.value, (Fraction, Decimal)) else did.value


def _same(one, other) -> bool:
    """Did both calls come to the same end?"""
    if one.trouble or other.trouble:
        return bool(one.trouble and other.trouble) and one.trouble.hint == other.trouble.hint
    return say(one.value) == say(other.value) if is_number(one.value) else one.kind is other.kind

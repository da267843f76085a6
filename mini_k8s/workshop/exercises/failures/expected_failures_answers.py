"""By what is exercise 1.2 proven? Wrong answers with the hint each must get, right answers that must pass.

A wrong answer seen in a workshop goes at the end of WRONGS: ``Wrong(hint, source)``. ``make prove`` tries it.
"""

from mini_k8s.workshop.exercises import Right, Wrong


def _returns(expression: str) -> str:
    return f"\ndef expected_failures(n, mtbf, hours):\n    return {expression}\n"


WRONGS = (
    # Those that the issue names: wrong units, the product forgotten, a probability for a number …
    Wrong("hours-as-seconds", _returns("n * hours / mtbf")),
    Wrong("hours-as-seconds", _returns("n * hours * 60 / mtbf")),
    Wrong("hours-as-seconds", _returns("n * hours / (mtbf * 3600)")),
    Wrong("n-forgotten", _returns("hours * 3600 / mtbf")),
    Wrong("n-forgotten", _returns("hours / mtbf")),
    Wrong("hours-forgotten", _returns("n / mtbf")),
    Wrong("hours-forgotten", _returns("n / (mtbf / 3600)")),
    Wrong("mtbf-forgotten", _returns("n * hours")),
    Wrong("upside-down", _returns("mtbf * n / hours")),
    Wrong("upside-down", _returns("mtbf / (n * hours * 3600)")),
    Wrong("upside-down", _returns("mtbf / (hours * 3600) * n")),
    Wrong("time-between", _returns("mtbf / n")),
    Wrong("time-between", _returns("mtbf / 3600 / n")),
    Wrong("lasts-n-times", _returns("hours * 3600 / (mtbf * n)")),
    Wrong("multiplied", _returns("n * mtbf * hours")),
    Wrong("probability", _returns("1 - (1 - min(1, hours * 3600 / mtbf)) ** n")),
    Wrong("probability", """
import math

def expected_failures(n, mtbf, hours):
    return 1 - math.exp(-n * hours * 3600 / mtbf)
"""),
    Wrong("probability", """
from math import exp

def expected_failures(n, mtbf, hours):
    p = 1 - exp(-hours * 3600 / mtbf)
    return n * p
"""),
    Wrong("capped", _returns("min(n, n * hours * 3600 / mtbf)")),
    Wrong("capped", _returns("min(1.0, n * hours * 3600 / mtbf)")),
    Wrong("capped", """
def expected_failures(n, mtbf, hours):
    failures = n * hours * 3600 / mtbf
    if failures > n:
        failures = n
    return failures
"""),
    Wrong("survivors", _returns("n - n * hours * 3600 / mtbf")),
    Wrong("whole-each", _returns("n * (hours * 3600 // mtbf)")),
    Wrong("whole-each", """
def expected_failures(n, mtbf, hours):
    total = 0
    for _ in range(n):
        total += int(hours * 3600 / mtbf)
    return total
"""),
    Wrong("whole-each", """
def expected_failures(n, mtbf, hours):
    failures, time = 0, 0
    while time < hours * 3600:
        time += mtbf
        failures += n
    return failures
"""),
    Wrong("whole-each", _returns("n * hours * 3600 / mtbf if hours * 3600 > mtbf else 0")),
    Wrong("less-than-one", _returns("max(1, n * hours * 3600 / mtbf)")),
    Wrong("less-than-one", _returns("n * hours * 3600 / mtbf if n * hours * 3600 >= mtbf else 0.0")),
    Wrong("added", _returns("n + hours * 3600 / mtbf")),
    Wrong("order", """
def expected_failures(mtbf, n, hours):
    return n * hours * 3600 / mtbf
"""),
    Wrong("hours-as-seconds", _returns("n * hours // mtbf")),
    Wrong("probability", _returns("1 - (1 - 1 / mtbf) ** (n * hours * 3600)")),
    Wrong("counts-long", """
def expected_failures(n, mtbf, hours):
    failures = 0
    for second in range(int(hours * 3600)):
        failures += n / mtbf
    return failures
"""),
    Wrong("raises", """
def expected_failures(n, mtbf, hours):
    failures = 0
    for hour in range(hours):
        failures += n * 3600 / mtbf
    return failures
"""),
    Wrong("squared", _returns("n * n * hours * 3600 / mtbf")),
    Wrong("power", _returns("(hours * 3600 / mtbf) ** n")),
    Wrong("percent", _returns("100 * n * hours * 3600 / mtbf")),
    Wrong("no-parentheses", _returns("n * hours * 3600 / mtbf * 3600")),
    Wrong("no-parentheses", _returns("n * hours / mtbf * 3600 * 3600")),
    Wrong("share", _returns("n * hours * 3600 / (mtbf + hours * 3600)")),
    Wrong("some-of-nothing", _returns("max(1, n) * hours * 3600 / mtbf")),
    Wrong("some-of-nothing", """
def expected_failures(n, mtbf, hours):
    if n == 0 or hours == 0:
        return 1.0
    return n * hours * 3600 / mtbf
"""),
    Wrong("divides-by-zero", _returns("1 / (mtbf / (n * hours * 3600))")),
    Wrong("divides-by-zero", """
def expected_failures(n, mtbf, hours):
    between = mtbf / n
    return hours * 3600 / between
"""),
    Wrong("other-number", _returns("n * hours * 3600 / mtbf + 1")),
    Wrong("other-number", _returns("(n + hours * 3600) / mtbf")),
    Wrong("factor", _returns("n * hours * 3600 / mtbf / 24")),
    Wrong("factor", _returns("n * hours * 3600 * 3600 / mtbf / 60")),
    Wrong("rounded", _returns("round(n * hours * 3600 / mtbf, 2)")),
    Wrong("whole", _returns("round(n * hours * 3600 / mtbf)")),
    Wrong("whole", _returns("n * hours * 3600 // mtbf")),
    Wrong("whole", """
import math

def expected_failures(n, mtbf, hours):
    return math.ceil(n * hours * 3600 / mtbf)
"""),
    Wrong("decimal-comma", _returns("n * hours * 3,600 / mtbf")),
    Wrong("text", _returns("f'{n * hours * 3600 / mtbf} failures'")),
    Wrong("in-a-list", _returns("{n * hours * 3600 / mtbf}")),
    Wrong("no-number", _returns("[hours * 3600 / mtbf for _ in range(n)]")),
    Wrong("ignores", """
def expected_failures(n, mtbf, hours):
    times = 3600 * 2 / mtbf
    return n * times
"""),
    Wrong("always-the-same", _returns("2.0")),
    Wrong("print", """
def expected_failures(n, mtbf, hours):
    print(n * hours * 3600 / mtbf)
"""),
    Wrong("no-return", """
def expected_failures(n, mtbf, hours):
    each = hours * 3600 / mtbf
    failures = n * each
"""),
    Wrong("chance", """
import random

def expected_failures(n, mtbf, hours):
    return sum(random.random() < hours * 3600 / mtbf for _ in range(n))
"""),
    Wrong("memory", """
total = 0

def expected_failures(n, mtbf, hours):
    global total
    total += n * hours * 3600 / mtbf
    return total
"""),
)

RIGHTS = (
    Right("one expression", _returns("n * hours * 3600 / mtbf")),
    Right("step by step", """
def expected_failures(n, mtbf, hours):
    seconds = hours * 60 * 60
    of_one = seconds / mtbf
    return n * of_one
"""),
    Right("mtbf in hours", _returns("n * hours / (mtbf / 3600)")),
    Right("a rate", """
def expected_failures(n, mtbf, hours):
    failures_per_second = 1 / mtbf
    return float(n * failures_per_second * hours * 3600)
"""),
    Right("a sum over the things", """
def expected_failures(n, mtbf, hours):
    return sum(hours * 3600 / mtbf for _ in range(n))
"""),
    Right("a loop that adds up", """
def expected_failures(n: int, mtbf: float, hours: float) -> float:
    total = 0.0
    for thing in range(n):
        total += 3600 * hours / mtbf
    return total
"""),
    Right("exact", """
from fractions import Fraction as F

def expected_failures(n, mtbf, hours):
    return F(n) * F(hours) * 3600 / F(mtbf)
"""),
    Right("as a Decimal", """
from decimal import Decimal

def expected_failures(n, mtbf, hours):
    return Decimal(n) * Decimal(hours) * 3600 / Decimal(mtbf)
"""),
    Right("timedelta", """
from datetime import timedelta

def expected_failures(n, mtbf, hours):
    return n * (timedelta(hours=hours) / timedelta(seconds=1)) / mtbf
"""),
    Right("zeros by themselves", """
SECONDS = 60 * 60

def expected_failures(count, mtbf, hours):
    if not count or not hours:
        return 0
    return hours * SECONDS / (mtbf / count)
"""),
    Right("whole failures and what is left over", """
def expected_failures(n, mtbf, hours):
    whole, rest = divmod(n * hours * 3600, mtbf)
    return whole + rest / mtbf
"""),
    Right("a lambda", "\nexpected_failures = lambda n, mtbf, hours: n / mtbf * hours * 3600\n"),
)

EQUIVALENT: dict[str, str] = {}

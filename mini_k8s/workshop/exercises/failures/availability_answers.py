"""By what is exercise 1.1 proven? Wrong answers with the hint each must get, right answers that must pass.

A wrong answer seen in a workshop goes at the end of WRONGS: ``Wrong(hint, source)``. ``make prove`` tries it.
"""

from mini_k8s.workshop.exercises import Right, Wrong


def _returns(expression: str) -> str:
    return f"\ndef availability(mtbf, repair):\n    return {expression}\n"


WRONGS = (
    # Those that the issue names: failures for uptime, wrong units, division by zero, a percentage for a fraction …
    Wrong("downtime", _returns("repair / (mtbf + repair)")),
    Wrong("downtime", _returns("100 * repair / (mtbf + repair)")),
    Wrong("repair-within", _returns("1 - repair / mtbf")),
    Wrong("repair-within", _returns("(mtbf - repair) / mtbf")),
    Wrong("repair-within", _returns("max(0.0, (mtbf - repair) / mtbf) if mtbf else 0.0")),
    Wrong("percent", _returns("mtbf / (mtbf + repair) * 100 if mtbf else 0")),
    Wrong("percent", _returns("round(100 * mtbf / (mtbf + repair), 1) if mtbf else 0")),
    Wrong("divides-by-zero", _returns("mtbf / (mtbf + repair)")),
    Wrong("divides-by-zero", _returns("1 / (1 + repair / mtbf)")),
    Wrong("divides-by-zero", """
def availability(mtbf, repair):
    if mtbf == 0 and repair > 0:
        return 0.0
    whole = mtbf + repair
    return mtbf / whole
"""),
    Wrong("units", _returns("mtbf / (mtbf + repair / 3600) if mtbf else 0.0")),
    Wrong("units", _returns("mtbf * 3600 / (mtbf * 3600 + repair) if mtbf else 0.0")),
    Wrong("units", """
def availability(mtbf, repair):
    minutes = mtbf / 60
    return minutes / (minutes + repair) if mtbf else 0.0
"""),
    Wrong("ratio", _returns("mtbf / repair")),
    Wrong("ratio", _returns("repair / mtbf")),
    Wrong("ratio", _returns("min(1.0, mtbf / repair) if repair else 1.0")),
    Wrong("upside-down", _returns("(mtbf + repair) / mtbf")),
    Wrong("no-parentheses", _returns("mtbf / mtbf + repair")),
    Wrong("seconds", _returns("mtbf - repair")),
    Wrong("seconds", _returns("mtbf")),
    Wrong("rate", _returns("1 / mtbf")),
    Wrong("rate", _returns("1 / (mtbf + repair)")),
    Wrong("longer-wins", _returns("mtbf > repair")),
    Wrong("halves", _returns("mtbf / (mtbf + repair) / 2")),
    Wrong("several", _returns("(mtbf / (mtbf + repair)) ** 6 if mtbf else 0.0")),
    Wrong("chance-of-surviving", """
import math

def availability(mtbf, repair):
    return math.exp(-repair / mtbf)
"""),
    Wrong("no-share", _returns("mtbf ** 2 / (mtbf + repair)")),
    Wrong("no-share", _returns("-mtbf / (mtbf + repair)")),
    Wrong("always-works", """
def availability(mtbf, repair):
    if mtbf == 0 or repair == 0:
        return 0.0
    return mtbf / (mtbf + repair)
"""),
    Wrong("never-works", """
def availability(mtbf, repair):
    if repair == 0:
        return 1.0
    return mtbf / (mtbf + repair)
"""),
    Wrong("never-works", """
def availability(mtbf, repair):
    try:
        return mtbf / (mtbf + repair)
    except ZeroDivisionError:
        return 1.0
"""),
    Wrong("other-share", _returns("mtbf ** 2 / (mtbf ** 2 + repair ** 2) if mtbf else 0.0")),
    Wrong("other-share", _returns("(mtbf / (mtbf + repair)) ** 0.5 if mtbf else 0.0")),
    Wrong("rounded", _returns("round(mtbf / (mtbf + repair), 4) if mtbf else 0.0")),
    Wrong("rounded", _returns("float(f'{mtbf / (mtbf + repair):.2f}') if mtbf else 0.0")),
    Wrong("whole", _returns("mtbf // (mtbf + repair) if mtbf else 0.0")),
    Wrong("whole", _returns("int(mtbf / (mtbf + repair)) if mtbf else 0")),
    Wrong("ignores", _returns("mtbf / (mtbf + 10)")),
    Wrong("always-the-same", _returns("0.75")),
    Wrong("always-the-same", """
mtbf, repair = 30, 10
share = mtbf / (mtbf + repair)

def availability(a, b):
    return share
"""),
    Wrong("text", _returns("f'{mtbf / (mtbf + repair):.1%}' if mtbf else '0 %'")),
    Wrong("text", _returns("str(mtbf / (mtbf + repair))")),
    Wrong("in-a-list", _returns("[mtbf / (mtbf + repair)]")),
    Wrong("in-a-list", _returns("mtbf / (mtbf + repair),")),
    Wrong("decimal-comma", _returns("mtbf / (mtbf + repair), repair / (mtbf + repair)")),
    Wrong("no-number", _returns("{'availability': mtbf / (mtbf + repair)}")),
    Wrong("no-number", _returns("lambda: mtbf / (mtbf + repair)")),
    Wrong("nan", """
import math

def availability(mtbf, repair):
    return math.nan if mtbf == 0 else mtbf / (mtbf + repair)
"""),
    Wrong("print", """
def availability(mtbf, repair):
    print(mtbf / (mtbf + repair))
"""),
    Wrong("print", """
def availability(mtbf, repair):
    share = 100 * mtbf / (mtbf + repair)
    print(f"available {share} %")
"""),
    Wrong("no-return", """
def availability(mtbf, repair):
    result = mtbf / (mtbf + repair)
"""),
    Wrong("return-sometimes", """
def availability(mtbf, repair):
    if mtbf > repair:
        return mtbf / (mtbf + repair)
"""),
    Wrong("return-sometimes", """
def availability(mtbf, repair):
    if mtbf > 0:
        return mtbf / (mtbf + repair)
"""),
    Wrong("return-nothing", """
def availability(mtbf, repair):
    share = mtbf / (mtbf + repair)
    return
"""),
    Wrong("returned-none", _returns("print(mtbf / (mtbf + repair))")),
    Wrong("nothing-yet", "\ndef availability(mtbf, repair):\n    pass\n"),
    Wrong("chance", """
import random

def availability(mtbf, repair):
    works = sum(random.expovariate(1 / mtbf) for _ in range(100))
    broken = sum(random.expovariate(1 / repair) for _ in range(100))
    return works / (works + broken)
"""),
    Wrong("memory", """
works, broken = [], []

def availability(mtbf, repair):
    works.append(mtbf)
    broken.append(repair)
    return sum(works) / (sum(works) + sum(broken))
"""),
)

RIGHTS = (
    Right("one expression", _returns("mtbf / (mtbf + repair) if mtbf else 0.0")),
    Right("what is missing from one", _returns("1 - repair / (mtbf + repair) if mtbf > 0 else 0")),
    Right("the inner fraction first", _returns("0.0 if not mtbf else 1 / (1 + repair / mtbf)")),
    Right("and", _returns("mtbf and mtbf / (mtbf + repair)")),
    Right("except", """
def availability(mtbf: float, repair: float) -> float:
    try:
        return mtbf / (mtbf + repair)
    except ZeroDivisionError:
        return 0.0
"""),
    Right("both zeros asked for", """
def availability(works, broken):
    whole = works + broken
    if whole == 0:
        return 0.0
    if broken == 0:
        return 1.0
    return works / whole
"""),
    Right("exact, as a Fraction", """
from fractions import Fraction

def availability(mtbf, repair):
    if mtbf == 0:
        return Fraction(0)
    return Fraction(mtbf) / (Fraction(mtbf) + Fraction(repair))
"""),
    Right("as a Decimal", """
from decimal import Decimal

def availability(mtbf, repair):
    mtbf, repair = Decimal(str(mtbf)), Decimal(str(repair))
    return mtbf / max(mtbf + repair, Decimal("1e-300"))
"""),
    Right("a lambda", "\navailability = lambda works, broken: works / (works + broken) if works else 0.0\n"),
    Right("with a helper, and one that prints", """
def share(part, whole):
    return part / whole if whole else 0.0

def availability(mtbf, repair):
    \"\"\"The share of the time that it works.\"\"\"
    answer = share(part=mtbf, whole=mtbf + repair)
    print(f"{answer:.2%}")
    return answer
"""),
    Right("a match", """
def availability(mtbf, repair):
    match (mtbf, repair):
        case (0, _):
            return 0.0
        case (m, r):
            return float(m) / float(m + r)
"""),
    Right("in another unit, both of them", """
def availability(mtbf, repair):
    hours_up, hours_down = mtbf / 3600, repair / 3600
    return hours_up / (hours_up + hours_down) if hours_up else 0.0
"""),
    Right("rates of failing and of being repaired", """
def availability(mtbf, repair):
    failure_rate = 1 / mtbf if mtbf else float("inf")
    repair_rate = 1 / repair if repair else float("inf")
    if failure_rate == float("inf"):
        return 0.0
    return 1.0 if repair_rate == float("inf") else repair_rate / (failure_rate + repair_rate)
"""),
    Right("any number of arguments", """
def availability(*times):
    return times[0] / sum(times) if times[0] else 0.0
"""),
    Right("counted in turns", """
def availability(mtbf, repair):
    if mtbf <= 0:
        return 0.0
    turns = 3_600_000 / (mtbf + repair)
    return turns * mtbf / 3_600_000
"""),
)

EQUIVALENT = {
    "- if mtbf == 0: | + if mtbf <= 0:": "`mtbf` is 0 or more.",
}

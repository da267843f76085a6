"""Exercise 1.1: what is true of every right ``availability``, and which thought is behind a wrong one?"""

import math

from mini_k8s.workshop.exercises import Exercise
from mini_k8s.workshop.exercises.failures.availability_hints import HINTS
from mini_k8s.workshop.exercises.numeric import Number
from mini_k8s.workshop.exercises.numeric_why import factor_between

YEAR, DAY = 365 * 24 * 3600, 24 * 3600
UNITS = 60, 3600, 24, 1440, DAY, 1000  # between seconds, minutes, hours, days, and milliseconds


def share(mtbf, repair) -> float:
    """What the docstring promises."""
    return mtbf / (mtbf + repair) if mtbf else 0.0


THOUGHTS = (
    ("downtime", lambda mtbf, repair: repair / (mtbf + repair)),
    ("repair-within", lambda mtbf, repair: 1 - repair / mtbf),
    ("repair-within", lambda mtbf, repair: max(0, 1 - repair / mtbf)),
    ("repair-within", lambda mtbf, repair: mtbf / (mtbf - repair)),
    ("percent", lambda mtbf, repair: 100 * mtbf / (mtbf + repair)),
    ("percent", lambda mtbf, repair: 100 - 100 * repair / mtbf),
    ("downtime", lambda mtbf, repair: 100 * repair / (mtbf + repair)),
    ("ratio", lambda mtbf, repair: mtbf / repair),
    ("ratio", lambda mtbf, repair: min(1, mtbf / repair)),
    ("ratio", lambda mtbf, repair: repair / mtbf),
    ("upside-down", lambda mtbf, repair: (mtbf + repair) / mtbf),
    ("upside-down", lambda mtbf, repair: (mtbf + repair) / repair),
    ("no-parentheses", lambda mtbf, repair: mtbf / mtbf + repair),
    ("no-parentheses", lambda mtbf, repair: 1 - repair / mtbf + repair),
    ("no-parentheses", lambda mtbf, repair: repair / mtbf + repair),
    ("seconds", lambda mtbf, repair: mtbf),
    ("seconds", lambda mtbf, repair: mtbf - repair),
    ("seconds", lambda mtbf, repair: mtbf + repair),
    ("rate", lambda mtbf, repair: 1 / mtbf),
    ("rate", lambda mtbf, repair: 1 / (mtbf + repair)),
    ("rate", lambda mtbf, repair: 3600 / mtbf),
    ("longer-wins", lambda mtbf, repair: mtbf > repair),
    ("longer-wins", lambda mtbf, repair: mtbf >= repair),
    ("halves", lambda mtbf, repair: mtbf / (mtbf + repair) / 2),
    ("halves", lambda mtbf, repair: mtbf / ((mtbf + repair) / 2)),
    ("several", lambda mtbf, repair: (mtbf / (mtbf + repair)) ** 6),
    ("chance-of-surviving", lambda mtbf, repair: math.exp(-repair / mtbf)),
    ("chance-of-surviving", lambda mtbf, repair: 1 - math.exp(-mtbf / repair)),
)


def odd(answers: dict, case) -> tuple[str, dict] | None:
    """Were the two put into different units? Then one of them counts so many times too much, in every case."""
    if all(value is not None and 0 < value < 1 for value in answers.values()):
        times = factor_between([(1 / value - 1) * mtbf / repair for (mtbf, repair), value in answers.items()])
        if times and any(math.isclose(max(times, 1 / times), unit) for unit in UNITS):
            more, less = ("`repair`", "`mtbf`") if times > 1 else ("`mtbf`", "`repair`")
            return "units", {"times": f"{max(times, 1 / times):.6g}", "more": more, "less": less}
    value = answers.get(case)
    return ("no-share", {}) if value is not None and not 0 <= value <= 1 else None


ASKED = Number(("mtbf", "repair"), share, THOUGHTS, {ZeroDivisionError: "divides-by-zero"},
               lambda mtbf, repair: {"whole": f"{mtbf + repair:g}"}, odd)

AVAILABILITY = Exercise(
    "1.1", "mini_k8s.failures:availability", "share of the time that it works",
    (
        ASKED.check("the share of the time in which it works",
                    [(30, 10), (10, 30), (45.5, 4.5), (600, 2), (2, 600), (50, 50.0), (7, 13)], "other-share"),
        ASKED.check("small differences are kept",
                    [(YEAR, 3), (DAY, 0.5), (1e-3, 3600), (99_999, 1), (YEAR, YEAR - 1)], "other-share"),
        ASKED.check("what is repaired in no time works always", [(30, 0), (0.5, 0), (YEAR, 0.0), (1, 0)],
                    "always-works", edge=True),
        ASKED.check("what never works has the share 0.0", [(0, 10), (0, 0), (0.0, 0.25), (0.0, 0.0), (0, 1)],
                    "never-works", edge=True),
        ASKED.check("the same is asked again, among others",
                    [(30, 10), *((3**n, 2**n) for n in range(1, 25)), *((2**n, 3**n) for n in range(1, 25)), (1, 1),
                     (1, 2), (30, 10)], "other-share"),
    ),
    HINTS,
    called="The cells of chapter 1 call it, and show what it returns.",
)

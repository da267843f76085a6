"""Exercise 1.2: what is true of every right ``expected_failures``, and which thought is behind a wrong one?"""

import math

from mini_k8s.workshop.exercises import Exercise
from mini_k8s.workshop.exercises.failures.expected_failures_hints import HINTS
from mini_k8s.workshop.exercises.numeric import Number

YEAR, DAY = 365 * 24 * 3600, 24 * 3600


def failures(n, mtbf, hours) -> float:
    """What the docstring promises."""
    return n * hours * 3600 / mtbf


def _each(formula):
    """The same, with the hours taken as they are, and made into seconds."""
    return lambda n, mtbf, hours: formula(n, mtbf, hours), lambda n, mtbf, hours: formula(n, mtbf, hours * 3600)


def _probability(n, mtbf, time):
    return 1 - (1 - min(1, time / mtbf)) ** n


THOUGHTS = (
    ("hours-as-seconds", lambda n, mtbf, hours: n * hours / mtbf),
    ("hours-as-seconds", lambda n, mtbf, hours: n * hours * 60 / mtbf),
    ("hours-as-seconds", lambda n, mtbf, hours: n * hours / (mtbf * 3600)),
    ("hours-as-seconds", lambda n, mtbf, hours: n * hours / 3600 / mtbf),
    ("less-than-one", lambda n, mtbf, hours: max(1, failures(n, mtbf, hours))),
    ("less-than-one", lambda n, mtbf, hours: failures(n, mtbf, hours) if failures(n, mtbf, hours) >= 1 else 0),
    ("hours-as-seconds", lambda n, mtbf, hours: n * hours // mtbf),
    *(("added", f) for f in _each(lambda n, mtbf, time: n + time / mtbf)),
    *(("n-forgotten", f) for f in _each(lambda n, mtbf, time: time / mtbf)),
    ("hours-forgotten", lambda n, mtbf, hours: n / mtbf),
    ("hours-forgotten", lambda n, mtbf, hours: n / mtbf * 3600),
    ("hours-forgotten", lambda n, mtbf, hours: n * DAY / mtbf),
    *(("mtbf-forgotten", f) for f in _each(lambda n, mtbf, time: n * time)),
    *(("upside-down", f) for f in _each(lambda n, mtbf, time: mtbf / time)),
    *(("upside-down", f) for f in _each(lambda n, mtbf, time: n * mtbf / time)),
    *(("upside-down", f) for f in _each(lambda n, mtbf, time: mtbf / (n * time))),
    ("upside-down", lambda n, mtbf, hours: mtbf / 3600 * n / hours),
    *(("time-between", f) for f in _each(lambda n, mtbf, time: mtbf / n)),
    ("time-between", lambda n, mtbf, hours: mtbf / 3600 / n),
    *(("lasts-n-times", f) for f in _each(lambda n, mtbf, time: time / (n * mtbf))),
    *(("multiplied", f) for f in _each(lambda n, mtbf, time: n * mtbf * time)),
    *(("probability", f) for f in _each(_probability)),
    *(("probability", f) for f in _each(lambda n, mtbf, time: 1 - (1 - time / mtbf) ** n)),
    *(("probability", f) for f in _each(lambda n, mtbf, time: 1 - (1 - 1 / mtbf) ** (n * time))),
    *(("probability", f) for f in _each(lambda n, mtbf, time: 1 - math.exp(-n * time / mtbf))),
    *(("probability", f) for f in _each(lambda n, mtbf, time: n * (1 - math.exp(-time / mtbf)))),
    *(("capped", f) for f in _each(lambda n, mtbf, time: min(n, n * time / mtbf))),
    *(("capped", f) for f in _each(lambda n, mtbf, time: min(1, n * time / mtbf))),
    *(("capped", f) for f in _each(lambda n, mtbf, time: n * min(1, time // mtbf))),
    *(("survivors", f) for f in _each(lambda n, mtbf, time: n - n * time / mtbf)),
    *(("survivors", f) for f in _each(lambda n, mtbf, time: max(0, n - n * time / mtbf))),
    *(("whole-each", f) for f in _each(lambda n, mtbf, time: n * (time // mtbf))),
    *(("whole-each", f) for f in _each(lambda n, mtbf, time: n * math.ceil(time / mtbf))),
    *(("whole-each", f) for f in _each(lambda n, mtbf, time: n * time / mtbf if time > mtbf else 0)),
    *(("whole-each", f) for f in _each(lambda n, mtbf, time: n * time / mtbf if time >= mtbf else 0)),
    *(("squared", f) for f in _each(lambda n, mtbf, time: n ** 2 * time / mtbf)),
    *(("power", f) for f in _each(lambda n, mtbf, time: (time / mtbf) ** n)),
    *(("percent", f) for f in _each(lambda n, mtbf, time: 100 * n * time / mtbf)),
    *(("no-parentheses", f) for f in _each(lambda n, mtbf, time: n * time / mtbf * 3600)),
    *(("share", f) for f in _each(lambda n, mtbf, time: n * time / (mtbf + time))),
    *(("share", f) for f in _each(lambda n, mtbf, time: n * mtbf / (mtbf + time))),
)


def _words(n, mtbf, hours) -> dict[str, str]:
    return {"seconds": f"{hours * 3600:g}", "each": f"{hours * 3600 / mtbf:.6g}"}


ASKED = Number(("n", "mtbf", "hours"), failures, THOUGHTS, {ZeroDivisionError: "divides-by-zero"}, _words)

EXPECTED_FAILURES = Exercise(
    "1.2", "mini_k8s.failures:expected_failures", "failures of many together",
    (
        ASKED.check("so many things, in so many hours",
                    [(10, 36_000, 2), (1, 3600, 5), (6, 30, 24), (1000, YEAR, 24), (3, 7200.0, 1.5), (8, 14_400, 3)],
                    "other-number"),
        ASKED.check("less than one failure is a part of one",
                    [(1, 7200, 1), (1, YEAR, 1), (3, DAY, 0.5), (2, DAY, 10)], "other-number"),
        ASKED.check("what was repaired fails again",
                    [(2, 60, 1), (1, 5, 8), (3, 1800, 2.25), (100, 0.5, 24)], "other-number"),
        ASKED.check("nothing there, or no time to fail in: no failures",
                    [(0, DAY, 24), (5, DAY, 0), (0, 60.0, 0.0)], "some-of-nothing", edge=True),
        ASKED.check("the same is asked again, among others",
                    [(10, 36_000, 2), *((n, 7 * n * n, 24 / n) for n in range(1, 40)), (1, 1, 1), (10, 36_000, 2)],
                    "other-number"),
    ),
    HINTS,
    called="The cells of chapter 1 call it, and show what it returns.",
)

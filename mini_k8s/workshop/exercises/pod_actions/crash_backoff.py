"""Exercise 4.2: what is true of every right ``crash_backoff``, and which thought is behind a wrong one?

In what follows: r runs, b base, c cap, x reset; n is how many of the newest runs count.
"""

from collections.abc import Callable

from mini_k8s.workshop.exercises import Exercise
from mini_k8s.workshop.exercises.numeric import Number, written
from mini_k8s.workshop.exercises.pod_actions.crash_backoff_hints import HINTS

SHORT, KUBELET = (1.0, 30.0, 60.0), (10, 300, 600)  # base, cap and reset, in the workshop and in Kubernetes
WIDE = 10_000, 100_000  # cap and reset that are far away


def counted(r, x) -> int:
    """How many restarts there have been since the last good run; the one now is counted."""
    n = 0
    for run in r:
        n = 1 if run >= x else n + 1
    return n


def waits(n, b, c) -> float:
    return 0.0 if n <= 1 else min(c, b * 2.0 ** min(n - 2, 60))


def delay(r, b, c, x) -> float:
    """What the docstring promises."""
    return waits(counted(r, x), b, c)


def _by(count: Callable) -> Callable:
    """The right wait for another count."""
    return lambda r, b, c, x: waits(count(r, x), b, c)


def _wait(formula: Callable) -> Callable:
    """Another wait for the right count, limited to cap; the first is immediate."""
    return lambda r, b, c, x: min(c, formula(counted(r, x), b))


def _after(formula: Callable) -> Callable:
    return lambda r, b, c, x: 0.0 if counted(r, x) == 1 else min(c, formula(counted(r, x), b))


def _front(r, x) -> int:
    """Counted from the front, up to the first good run."""
    return next((n for n, run in enumerate(r) if run >= x), len(r))


def _free(r, x) -> int:
    """The good run itself is not counted, so two restarts after it are free."""
    n = 0
    for run in r:
        n = 0 if run >= x else n + 1
    return n


def _late(r, x) -> int:
    n = 0
    for run in r:
        n = 1 if run > x else n + 1
    return n


def _below(n, b, c, limit: float) -> float:
    """The last of the doubled waits that is not above cap, and not above ``limit``."""
    while n > 2 and b * 2.0 ** min(n - 2, 60) > c:
        n -= 1
    return waits(n, b, limit)


GROWING = (
    ("one-too-many", _after(lambda n, b: b * 2.0 ** (n - 1))),
    ("one-too-many", _after(lambda n, b: b * 2.0 ** n)),
    ("one-too-many", lambda r, b, c, x: 0.0 if len(r) == 1 else min(c, b * 2.0 ** len(r))),
    ("first-waits", lambda r, b, c, x: min(c, b * 2.0 ** (counted(r, x) - 1))),
    ("first-waits", lambda r, b, c, x: min(c, b * 2.0 ** (len(r) - 1))),
    ("first-waits", lambda r, b, c, x: min(c, b * 2.0 ** counted(r, x))),
    ("half-first", _wait(lambda n, b: b * 2.0 ** (n - 2))),
    ("one-too-few", _by(lambda r, x: counted(r, x) - 1)),
    ("linear", _after(lambda n, b: b * (n - 1))),
    ("linear", _wait(lambda n, b: b * n)),
    ("linear", _after(lambda n, b: 2 * b * (n - 1))),
    ("never-grows", _after(lambda n, b: b)),
    ("never-grows", _wait(lambda n, b: b)),
    ("base-raised", _after(lambda n, b: b ** (n - 1))),
    ("all-together", _after(lambda n, b: b * (2.0 ** (n - 1) - 1))),
    ("never-waits", lambda r, b, c, x: 0.0),
    ("without-base", _after(lambda n, b: 2.0 ** (n - 2))),
    ("runs-counted", lambda r, b, c, x: max(0.0, delay(r, b, c, x) - r[-1])),
    ("runs-counted", lambda r, b, c, x: r[-1] * 2),
    ("runs-counted", lambda r, b, c, x: min(c, sum(r))),
)
CAPPED = (
    ("no-cap", lambda r, b, c, x: waits(counted(r, x), b, float("inf"))),
    ("reset-limits", lambda r, b, c, x: waits(counted(r, x), b, x)),
    ("begins-again", lambda r, b, c, x: b if waits(counted(r, x), b, 9e99) > c else delay(r, b, c, x)),
    ("begins-again", lambda r, b, c, x: 0 if waits(counted(r, x), b, 9e99) > c else delay(r, b, c, x)),
    *(("stays-below", lambda r, b, c, x, free=free: _below(counted(r, x), b, c, 9e99 if free else c))
      for free in (False, True)),
    ("longer-one", lambda r, b, c, x: 0.0 if counted(r, x) == 1 else max(c, b * 2.0 ** min(counted(r, x) - 2, 60))),
    ("longer-one", lambda r, b, c, x: max(c, waits(counted(r, x), b, 9e99))),
    ("base-uncapped", lambda r, b, c, x: b if counted(r, x) == 2 else delay(r, b, c, x)),
)
FORGOTTEN = (
    ("never-forgets", _by(lambda r, x: len(r))),
    ("only-last", _by(lambda r, x: 1 if r[-1] >= x else len(r))),
    ("wrong-end", _by(_front)),
    ("wrong-end", _by(lambda r, x: counted(r[::-1], x))),
    ("wrong-end", _by(lambda r, x: 1 if r[0] >= x else len(r))),
    ("wrong-end", _by(lambda r, x: _front(r, x) + 1 if max(r) >= x else len(r))),
    ("good-is-free", _by(_free)),
    ("reset-late", _by(_late)),
    ("cap-for-reset", lambda r, b, c, x: waits(counted(r, c), b, c)),
    ("all-bad", _by(lambda r, x: sum(run < x for run in r))),
    ("all-bad", _by(lambda r, x: sum(run < x for run in r) + any(run >= x for run in r))),
    ("any-good", _by(lambda r, x: 1 if max(r) >= x else len(r))),
    ("added-up", _by(lambda r, x: 1 if sum(r) >= x else len(r))),
    ("first-waits", lambda r, b, c, x: b if counted(r, x) == 1 and len(r) > 1 else delay(r, b, c, x)),
    ("first-waits", lambda r, b, c, x: b if r[-1] >= x else delay(r, b, c, x)),
)


def _words(r, b, c, x) -> dict[str, str]:
    n = counted(r, x)
    return {"waits": ", ".join(f"{min(c, b * 2 ** n):g}" for n in range(4)), "n": str(n),
            "right": written(delay(r, b, c, x)), "last": f"{r[-1]:g}"}


ASKED = Number(("runs", "base", "cap", "reset"), delay, thoughts=(*GROWING, *CAPPED, *FORGOTTEN), told=_words)

CRASH_BACKOFF = Exercise(
    "4.2", "mini_k8s.pod_actions:crash_backoff", "how long a container that ended waits",
    (
        ASKED.check("the first restart is immediate", [((2,), *SHORT), ((0.0,), *KUBELET), ((5.5,), 3, *WIDE)],
                    "first-waits", edge=False),
        ASKED.check("the second waits base, and each one after it twice as long",
                    [((2, 3), *SHORT), ((2, 3, 2), *SHORT), ((1,) * 4, *KUBELET), ((4, 1, 2, 1, 1), 3, *WIDE),
                     ((0, 0), 2.5, *WIDE), ((9,) * 7, 0.5, *WIDE), ((1, 2), *KUBELET), ((3, 1, 2), 10, 300, 600),
                     ((1, 2, 3, 2, 1), 10, 300, 20), ((1,) * 12, 0.5, *WIDE), ((1,) * 25, 1, 10**9, 10**12)],
                    "other-delay"),
        ASKED.check("nothing waits longer than cap",
                    [((1,) * 7, *SHORT), ((1,) * 6, *SHORT), ((2,) * 7, *KUBELET), ((2,) * 6, *KUBELET),
                     ((1,) * 9, 1.0, 3.0, 60.0), ((1, 1), 50, 30.0, 60.0), ((1,) * 3, 50, 30.0, 60.0),
                     ((1,) * 12, 0.5, 7.0, 60.0)], "over-cap"),
        ASKED.check("a good run begins the count anew",
                    [((2, 700), *KUBELET), ((2, 3, 2, 700), *KUBELET), ((700,), *KUBELET), ((700, 2), *KUBELET),
                     ((700, 2, 3), *KUBELET), ((2, 2, 700, 2, 2), *KUBELET), ((2, 700, 700), *KUBELET),
                     ((2, 2, 600), *KUBELET), ((2, 2, 599.5), *KUBELET), ((60, 1, 1, 1), *SHORT),
                     ((1, 1, 1, 61, 2, 2), *SHORT), ((30, 30, 30), *SHORT), ((1, 90, 1, 1, 90, 1, 1), *SHORT),
                     ((59, 59, 59, 59), *SHORT), ((2, 2, 31, 2), *SHORT), ((1, 1, 50, 1, 1), 1, 30, 40),
                     ((1, 1, 70, 1, 1), 1, 30, 100), ((1, 1, 5, 1), 2, 30, 4)], "other-reset"),
        ASKED.check("a whole night of crashes; and the same is asked again, among others",
                    [((1,) * 1100, *SHORT), ((1,) * 1200, *KUBELET), ((*(1,) * 1100, 60, 1), *SHORT),
                     *(((1,) * n, *SHORT) for n in range(1, 9)), *(((1,) * n, *KUBELET) for n in range(9, 0, -1)),
                     ((2, 700), *KUBELET), ((2, 3, 2), *KUBELET), ((2,), *SHORT)], "many",
                    raised={OverflowError: "too-large", RecursionError: "too-deep"}),
    ),
    HINTS,
    called="The kubelet calls it each time that a container has to be started again.",
)

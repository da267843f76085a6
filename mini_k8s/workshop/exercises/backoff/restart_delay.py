"""Exercise 2.3: what is true of every right ``restart_delay``, and which thought is behind a wrong one?

In what follows: r restarts, s since, b base, c cap, x reset.
"""

import math

from mini_k8s.workshop.exercises import Exercise
from mini_k8s.workshop.exercises.backoff.restart_delay_hints import HINTS
from mini_k8s.workshop.exercises.numeric import Number, written

SHORT, KUBELET = (1.0, 30.0, 60.0), (10, 300, 600)  # base, cap and reset, in the workshop and in Kubernetes
WIDE = 10_000, 100_000  # cap and reset that are far away


def delay(r, s, b, c, x) -> float:
    """What the docstring promises."""
    return 0.0 if r == 0 or s >= x else min(c, math.ldexp(b, min(r - 1, 100)))


def _doubled(r, s, b, c, x):
    return b * 2 ** (r - 1)


def _capped(formula):
    return lambda r, s, b, c, x: min(c, formula(r, s, b, c, x))


def _where(forgotten, otherwise=lambda *case: 0.0):
    """The right delay, but for when the past is forgotten, and what is answered then."""
    return lambda r, s, b, c, x: otherwise(r, s, b, c, x) if forgotten(r, s, b, c, x) else delay(r, 0, b, c, 1)


def _below(r, s, b, c, x):
    """The last of the doubled ones that is not longer than cap."""
    return max((b * 2 ** n for n in range(r) if b * 2 ** n <= c), default=b)


def _beyond(r, s, b, c, x):
    """The first of the doubled ones that reaches cap."""
    return next((b * 2 ** n for n in range(r) if b * 2 ** n >= c), _doubled(r, s, b, c, x))


_GROWING = (
    ("linear", lambda r, s, b, c, x: b * r),
    ("linear", lambda r, s, b, c, x: b + r),
    ("linear", lambda r, s, b, c, x: b + 2 * (r - 1)),
    ("linear", lambda r, s, b, c, x: b * 2 * (r - 1) if r > 1 else b),
    ("linear", lambda r, s, b, c, x: 2 * b * r),
    ("linear", lambda r, s, b, c, x: 2 * b * (r - 1)),
    ("power-first", lambda r, s, b, c, x: b * 2 ** r - 1),
    ("power-first", lambda r, s, b, c, x: (2 * b) ** r - 1),
    ("one-too-many", lambda r, s, b, c, x: b * 2 ** r),
    ("one-too-many", lambda r, s, b, c, x: b * 2 ** (r + 1)),
    ("one-too-few", lambda r, s, b, c, x: b * 2 ** (r - 2)),
    ("one-too-few", lambda r, s, b, c, x: b * 2 ** (r - 2) if r > 1 else 0),
    ("one-too-few", lambda r, s, b, c, x: b * (r - 1)),
    ("never-grows", lambda r, s, b, c, x: b),
    ("never-grows", lambda r, s, b, c, x: 2 * b),
    ("never-grows", lambda r, s, b, c, x: 2 * b if r > 1 else b),
    ("base-raised", lambda r, s, b, c, x: b ** r),
    ("base-raised", lambda r, s, b, c, x: b ** (r - 1)),
    ("base-raised", lambda r, s, b, c, x: (2 * b) ** (r - 1)),
    ("base-raised", lambda r, s, b, c, x: (2 * b) ** r),
    ("without-base", lambda r, s, b, c, x: 2 ** (r - 1)),
    ("without-base", lambda r, s, b, c, x: 2 ** r),
    ("without-base", lambda r, s, b, c, x: b + 2 ** (r - 1)),
    ("xor", lambda r, s, b, c, x: b * (2 ^ (r - 1))),
    ("xor", lambda r, s, b, c, x: b * (2 ^ r)),
    ("squares", lambda r, s, b, c, x: b * r ** 2),
    ("squares", lambda r, s, b, c, x: b * (r - 1) ** 2),
    ("since-counted", lambda r, s, b, c, x: _doubled(r, s, b, c, x) - s),
    ("since-counted", lambda r, s, b, c, x: max(0, _doubled(r, s, b, c, x) - s)),
    ("since-counted", lambda r, s, b, c, x: 0 if s >= _doubled(r, s, b, c, x) else _doubled(r, s, b, c, x)),
    ("since-counted", lambda r, s, b, c, x: 0 if s > b else _doubled(r, s, b, c, x)),
    ("since-counted", lambda r, s, b, c, x: 0 if s >= b else _doubled(r, s, b, c, x)),
    ("since-counted", lambda r, s, b, c, x: s + _doubled(r, s, b, c, x)),
    ("since-counted", lambda r, s, b, c, x: s * 2),
    ("all-together", lambda r, s, b, c, x: b * (2 ** r - 1)),
    ("all-together", lambda r, s, b, c, x: b * (2 ** (r - 1) - 1)),
    ("shrinks", lambda r, s, b, c, x: b / 2 ** (r - 1)),
    ("shrinks", lambda r, s, b, c, x: b / r),
    ("cap-at-once", lambda r, s, b, c, x: c),
    ("never-waits", lambda r, s, b, c, x: 0.0),
    ("other-factor", lambda r, s, b, c, x: b * 3 ** (r - 1)),
    ("other-factor", lambda r, s, b, c, x: b * 10 ** (r - 1)),
    ("other-factor", lambda r, s, b, c, x: b * 1.5 ** (r - 1)),
    ("other-factor", lambda r, s, b, c, x: b * math.exp(r - 1)),
)
GROWING = tuple((hint, formula) for hint, plain in _GROWING for formula in (plain, _capped(plain)))
CAPPED = (
    ("no-cap", _doubled),
    ("cap-on-count", lambda r, s, b, c, x: b * 2 ** min(r - 1, c)),
    ("cap-on-count", lambda r, s, b, c, x: b * 2 ** (min(r, c) - 1)),
    ("cap-on-base", lambda r, s, b, c, x: min(b, c) * 2 ** (r - 1)),
    ("cap-is-reset", lambda r, s, b, c, x: min(x, _doubled(r, s, b, c, x))),
    ("below-cap", _below),
    ("beyond-cap", _beyond),
    ("begins-again", lambda r, s, b, c, x: 0 if _doubled(r, s, b, c, x) > c else _doubled(r, s, b, c, x)),
    ("begins-again", lambda r, s, b, c, x: 0 if _doubled(r, s, b, c, x) >= c else _doubled(r, s, b, c, x)),
    ("begins-again", lambda r, s, b, c, x: b if _doubled(r, s, b, c, x) > c else _doubled(r, s, b, c, x)),
    ("begins-again", lambda r, s, b, c, x: b if _doubled(r, s, b, c, x) >= c else _doubled(r, s, b, c, x)),
    ("begins-again", lambda r, s, b, c, x: _doubled(r, s, b, c, x) % c),
    ("base-uncapped", lambda r, s, b, c, x: b if r == 1 else min(c, _doubled(r, s, b, c, x))),
    ("base-uncapped", lambda r, s, b, c, x: max(b, min(c, _doubled(r, s, b, c, x)))),
)
FORGOTTEN = (
    ("no-reset", _where(lambda r, s, b, c, x: False)),
    ("reset-late", _where(lambda r, s, b, c, x: s > x)),
    ("reset-to-base", _where(lambda r, s, b, c, x: s >= x, lambda r, s, b, c, x: b)),
    ("reset-to-base", _where(lambda r, s, b, c, x: s > x, lambda r, s, b, c, x: b)),
    ("reset-to-base", _where(lambda r, s, b, c, x: s >= x, lambda r, s, b, c, x: min(b, c))),
    ("reset-to-base", _where(lambda r, s, b, c, x: s >= x, lambda r, s, b, c, x: b / 2)),
    ("reset-to-base", _where(lambda r, s, b, c, x: s > x, lambda r, s, b, c, x: b / 2)),
    ("other-reset", _where(lambda r, s, b, c, x: s >= c)),
    ("other-reset", _where(lambda r, s, b, c, x: s > c)),
    ("other-reset", _where(lambda r, s, b, c, x: s == x)),
    ("other-reset", _where(lambda r, s, b, c, x: s + delay(r, 0, b, c, 1) >= x)),
    ("other-reset", _where(lambda r, s, b, c, x: s - delay(r, 0, b, c, 1) >= x)),
)


def _words(r, s, b, c, x) -> dict[str, str]:
    waits = ", ".join(f"{b * 2 ** n:g}" for n in range(4))
    return {"waits": waits, "how_many": "the first restart" if r == 0 else f"restart number {r + 1}",
            "doubled": f"{b * 2.0 ** min(r - 1, 60):g}", "right": written(delay(r, s, b, c, x))}


ASKED = Number(("restarts", "since", "base", "cap", "reset"), delay, told=_words)

RESTART_DELAY = Exercise(
    "2.3", "mini_k8s.backoff:restart_delay", "how long to wait before the next restart",
    (
        ASKED.check("the first restart is immediate",
                    [(0, 0.0, *SHORT), (0, 5, *KUBELET), (0, 0.0, 2.5, *WIDE), (0, 90.0, *SHORT)],
                    "first-waits", edge=True),
        ASKED.check("the second waits base, and each one after it twice as long",
                    [(1, 5.0, *SHORT), (2, 5.0, *SHORT), (3, 5.0, *SHORT), (4, 0.5, *KUBELET), (3, 70, 3, *WIDE),
                     (1, 0, 2.5, *WIDE), (5, 20, 0.5, *WIDE), (8, 2000, 3, *WIDE), (2, 0, *KUBELET)],
                    "other-delay", thoughts=GROWING),
        ASKED.check("nothing waits longer than cap",
                    [(6, 5.0, *SHORT), (5, 5.0, *SHORT), (7, 2, *KUBELET), (6, 0, *KUBELET), (5, 0, *KUBELET),
                     (8, 1, 1.0, 3.0, 60.0), (12, 1, 0.5, 7.0, 60.0), (6, 1, 1.0, 32.0, 60.0), (3, 2, 2, 9, 1000),
                     (1, 0, 50, 30.0, 60.0), (1, 0, *SHORT), (3, 0, 50, 30.0, 60.0)],
                    "over-cap", thoughts=CAPPED),
        ASKED.check("after reset seconds without trouble, the past is forgotten",
                    [(3, 61.0, *SHORT), (3, 60.0, *SHORT), (3, 59.5, *SHORT), (9, 600, *KUBELET), (9, 599, *KUBELET),
                     (1, 100_000, 3, *WIDE), (1, 99_999.5, 3, *WIDE), (4, 45.0, *SHORT), (2, 5000, *SHORT),
                     (2, 31, *SHORT), (5, 7, 1.0, 30.0, 5.0), (2, 0.0, *SHORT)],
                    "other-reset", thoughts=FORGOTTEN),
        ASKED.check("thousands of restarts; and the same is asked again, among others",
                    [(3000, 5.0, *SHORT), (3000, 5.0, 10.0, 300.0, 600.0), (3000, 31, *KUBELET), (1100, 1, *SHORT),
                     (3000, 60.0, *SHORT), (0, 5.0, *SHORT), (15, 0, 0.001, 30, 60), (40, 2, 1e-6, *WIDE),
                     *((n, n * 7.5, *SHORT) for n in range(13)), *((12 - n, n * 60, *KUBELET) for n in range(13)),
                     (3, 5.0, *SHORT), (0, 0, *SHORT), (1, 0, *SHORT)],
                    "many", raised={OverflowError: "too-large", RecursionError: "too-deep"}),
    ),
    HINTS,
    called="The loop calls it each time that something has to be started once more.",
    stretch=True,
)

"""By what is exercise 2.3 proven? Wrong answers with the hint each must get, right answers that must pass.

A wrong answer seen in a workshop goes at the end of WRONGS: ``Wrong(hint, source)``. ``make prove`` tries it.
"""

from mini_k8s.workshop.exercises import Right, Wrong


def _returns(expression: str, asked: str = "restarts == 0 or since >= reset") -> str:
    """The first restart and what is forgotten do not wait; else this."""
    return (f"\ndef restart_delay(restarts, since, base, cap, reset):\n    if {asked}:\n        return 0.0\n"
            f"    return {expression}\n")


WRONGS = (
    # Those that were thought of first: linear, no cap, no reset, a cap on the count, off by one, too large …
    Wrong("linear", _returns("min(cap, base * restarts)")),
    Wrong("linear", _returns("min(cap, base + 2 * (restarts - 1))")),
    Wrong("linear", _returns("min(cap, 2 * base * restarts)")),
    Wrong("no-cap", _returns("base * 2 ** (restarts - 1)")),
    Wrong("no-reset", _returns("min(cap, base * 2 ** min(restarts - 1, 60))", "restarts == 0")),
    Wrong("no-reset", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0:
        return 0.0
    delay = base
    for _ in range(restarts - 1):
        delay = min(delay * 2, cap)
    return min(delay, cap)
"""),
    Wrong("cap-on-count", _returns("base * 2 ** min(restarts - 1, int(cap))")),
    Wrong("cap-on-base", _returns("min(base, cap) * 2 ** (restarts - 1)")),
    Wrong("cap-is-reset", _returns("min(reset, base * 2 ** (restarts - 1))")),
    Wrong("base-uncapped", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    if restarts == 1:
        return base
    return min(cap, base * 2.0 ** min(restarts - 1, 60))
"""),
    Wrong("first-waits", _returns("min(cap, base * 2.0 ** min(restarts, 60))", "since >= reset")),
    Wrong("first-waits", _returns("min(cap, base * 2.0 ** min(restarts - 1, 60))", "since >= reset")),
    Wrong("first-waits", """
def restart_delay(restarts, since, base, cap, reset):
    delay = base
    for _ in range(restarts):
        delay = delay * 2
    return min(delay, cap)
"""),
    Wrong("one-too-many", _returns("min(cap, base * 2 ** restarts)")),
    Wrong("one-too-few", _returns("min(cap, base * 2 ** (restarts - 2))", "restarts < 2 or since >= reset")),
    Wrong("one-too-few", _returns("min(cap, base * (restarts - 1))")),
    Wrong("too-large", _returns("min(cap, base * 2 ** (restarts - 1))")),
    Wrong("too-large", _returns("min(cap, base * 2.0 ** (restarts - 1))")),
    Wrong("too-large", _returns("min(cap, base * pow(2.0, restarts - 1))")),
    Wrong("too-deep", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    if restarts == 1:
        return min(cap, base)
    return min(cap, 2 * restart_delay(restarts - 1, since, base, cap, reset))
"""),
    Wrong("reset-late", _returns("min(cap, base * 2.0 ** min(restarts - 1, 60))", "restarts == 0 or since > reset")),
    Wrong("never-waits", _returns("min(cap, base * 2.0 ** min(restarts - 1, 60))", "restarts == 0 or since < reset")),
    Wrong("never-waits", "\ndef restart_delay(restarts, since, base, cap, reset):\n    return 0.0\n"),
    Wrong("reset-to-base", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0:
        return 0.0
    if since >= reset:
        return base
    return min(cap, base * 2.0 ** min(restarts - 1, 60))
"""),
    Wrong("other-reset", _returns("min(cap, base * 2.0 ** min(restarts - 1, 60))", "restarts == 0 or since >= cap")),
    Wrong("other-reset", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0:
        return 0.0
    delay = min(cap, base * 2.0 ** min(restarts - 1, 60))
    if since + delay >= reset:
        return 0.0
    return delay
"""),
    Wrong("base-raised", _returns("min(cap, base ** restarts)")),
    Wrong("base-raised", _returns("min(cap, (base * 2) ** (restarts - 1))")),
    Wrong("without-base", _returns("min(cap, 2 ** (restarts - 1))")),
    Wrong("without-base", _returns("min(cap, base + 2 ** (restarts - 1))")),
    Wrong("never-grows", _returns("min(cap, base)")),
    Wrong("never-grows", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    delay = base
    if restarts > 1:
        delay = delay * 2
    return min(delay, cap)
"""),
    Wrong("xor", _returns("min(cap, base * (2 ^ (restarts - 1)))")),
    Wrong("squares", _returns("min(cap, base * restarts ** 2)")),
    Wrong("since-counted", _returns("max(0.0, min(cap, base * 2 ** (restarts - 1)) - since)")),
    Wrong("since-counted", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0:
        return 0.0
    delay = min(cap, base * 2 ** (restarts - 1))
    if since >= delay:
        return 0.0
    return delay
"""),
    Wrong("all-together", _returns("min(cap, base * (2 ** restarts - 1))")),
    Wrong("all-together", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    total = 0.0
    for n in range(restarts):
        total += base * 2 ** n
    return min(total, cap)
"""),
    Wrong("shrinks", _returns("min(cap, base / 2 ** (restarts - 1))")),
    Wrong("cap-at-once", _returns("max(cap, base * 2 ** (restarts - 1))")),
    Wrong("cap-at-once", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    delay = base
    while delay < cap:
        delay = delay * 2
    return min(cap, delay)
"""),
    Wrong("power-first", _returns("min(cap, base * 2 ** restarts - 1)")),
    Wrong("linear", _returns("min(cap, base * 2 * (restarts - 1))")),
    Wrong("reset-to-base", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0:
        return 0.0
    if since > reset:
        restarts = 0
    return min(cap, base * 2.0 ** min(restarts - 1, 60))
"""),
    Wrong("many", _returns("min(cap, base * 2 ** min(restarts - 1, 10))")),
    Wrong("never-waits", """
def restart_delay(restarts, since, base, cap, reset):
    delay = 0
    for _ in range(restarts):
        delay = delay * 2
    return min(delay, cap)
"""),
    Wrong("other-factor", _returns("min(cap, base * 3 ** (restarts - 1))")),
    Wrong("other-delay", _returns("min(cap, base * 2 ** (restarts - 1) + 1)")),
    Wrong("other-delay", _returns("[base, 2 * base, 4 * base][restarts - 1] if restarts < 4 else cap")),
    Wrong("below-cap", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    delay = base
    for _ in range(restarts - 1):
        if delay * 2 > cap:
            break
        delay *= 2
    return delay
"""),
    Wrong("beyond-cap", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    delay = base
    while restarts > 1 and delay < cap:
        delay *= 2
        restarts -= 1
    return delay
"""),
    Wrong("begins-again", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    delay = base * 2 ** (restarts - 1)
    if delay > cap:
        delay = base
    return delay
"""),
    Wrong("over-cap", _returns("min(cap - 1, base * 2 ** (restarts - 1))")),
    Wrong("many", _returns("min(cap, base * 2.0 ** min(restarts - 1, 60)) if restarts < 1000 else 0.0")),
    Wrong("chance", """
import random

def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    delay = min(cap, base * 2 ** (restarts - 1))
    return random.uniform(0, delay)
"""),
    Wrong("memory", """
delay = 0.0

def restart_delay(restarts, since, base, cap, reset):
    global delay
    if restarts == 0 or since >= reset:
        delay = 0.0
    elif delay == 0.0:
        delay = base
    else:
        delay = min(cap, delay * 2)
    return delay
"""),
    Wrong("memory", """
def restart_delay(restarts, since, base, cap, reset, times=[]):
    if restarts == 0 or since >= reset:
        times.clear()
        return 0.0
    times.append(restarts)
    return min(cap, base * 2.0 ** min(len(times) - 1, 60))
"""),
    Wrong("sleeps", """
import time

def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    time.sleep(min(cap, base * 2 ** (restarts - 1)))
"""),
    Wrong("sleeps", """
import time

def restart_delay(restarts, since, base, cap, reset):
    delay = 0.0
    if restarts > 0 and since < reset:
        delay = min(cap, base * 2.0 ** min(restarts - 1, 60))
    time.sleep(delay)
    return delay
"""),
    Wrong("whole", _returns("int(min(cap, base * 2 ** (restarts - 1)))")),
    Wrong("return-sometimes", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts > 0:
        return min(cap, base * 2 ** (restarts - 1))
"""),
    Wrong("no-return", """
def restart_delay(restarts, since, base, cap, reset):
    delay = min(cap, base * 2 ** (restarts - 1))
"""),
    Wrong("raises", _returns("min(cap, base * 2 ^ (restarts - 1))")),
    Wrong("recursion", """
def restart_delay(restarts, since, base, cap, reset):
    return min(cap, 2 * restart_delay(restarts - 1, since, base, cap, reset))
"""),
    Wrong("counts-long", """
def restart_delay(restarts, since, base, cap, reset):
    delay = base
    while since < reset:
        delay = min(cap, delay * 2)
    return delay
"""),
)

RIGHTS = (
    Right("a power, its exponent limited", _returns("min(cap, base * 2.0 ** min(restarts - 1, 60))")),
    Right("a loop that doubles", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    delay = min(base, cap)
    for _ in range(restarts - 1):
        delay = min(2 * delay, cap)
    return delay
"""),
    Right("a loop that ends at cap", """
def restart_delay(restarts, since, base, cap, reset):
    if since >= reset:
        restarts = 0
    if not restarts:
        return 0
    delay = base
    while restarts > 1 and delay < cap:
        restarts -= 1
        delay *= 2
    return delay if delay < cap else cap
"""),
    Right("floats that grow to infinity", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts < 1 or not since < reset:
        return 0.0
    delay = float(base)
    for _ in range(1, restarts):
        delay += delay
    return min(delay, cap)
"""),
    Right("except", """
def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    try:
        return min(base * 2.0 ** (restarts - 1), cap)
    except OverflowError:
        return cap
"""),
    Right("ldexp", """
import math

def restart_delay(restarts, since, base, cap, reset):
    wait = 0.0
    if restarts and since < reset:
        wait = min(cap, math.ldexp(base, min(restarts, 999) - 1))
    return wait
"""),
    Right("whole numbers of any size", """
from fractions import Fraction

def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0
    return min(Fraction(cap), Fraction(base) * 2 ** (restarts - 1))
"""),
    Right("shifted", """
def restart_delay(restarts: int, since: float, base: float, cap: float, reset: float) -> float:
    if restarts == 0 or since >= reset:
        return 0.0
    return min(cap, base * (1 << min(restarts - 1, 50)))
"""),
    Right("a logarithm", """
from math import log2

def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return 0.0
    if restarts - 1 >= log2(cap / base):
        return cap
    return base * 2 ** (restarts - 1)
"""),
    Right("the waits one after the other", """
from itertools import islice

def waits(base, cap):
    yield 0.0
    delay = base
    while True:
        yield min(delay, cap)
        delay = min(2 * delay, cap)

def restart_delay(restarts, since, base, cap, reset):
    if since >= reset:
        return 0.0
    return next(islice(waits(base, cap), restarts, None))
"""),
    Right("a table of the waits", """
def restart_delay(restarts, since, base, cap, reset):
    number = 0 if since >= reset else restarts
    waits = [0.0, base]
    while waits[-1] < cap:
        waits.append(waits[-1] * 2)
    return min(cap, waits[min(number, len(waits) - 1)])
"""),
    Right("as a Decimal", """
from decimal import Decimal

def restart_delay(restarts, since, base, cap, reset):
    if restarts == 0 or since >= reset:
        return Decimal(0)
    return min(Decimal(cap), Decimal(base) * 2 ** (restarts - 1))
"""),
    Right("a lambda", """
restart_delay = lambda n, since, base, cap, reset: n and since < reset and min(cap, base * 2.0 ** min(n - 1, 99))
"""),
)

_LINE = "return min(cap, base * 2.0 ** min(restarts - 1, 60))"
EQUIVALENT = {f"- {_LINE} | + {other}": why for other, why in (
    (_LINE.replace("60", "61"), "Where the doubling ends makes no difference: by then every wait is `cap`."),
    (_LINE.replace("60", "59"), "Where the doubling ends makes no difference: by then every wait is `cap`."),
    ("return min(cap, base * 2.0 ** min(60, restarts - 1))", "The smaller of two is the same, whichever is first."),
    ("return min(base * 2.0 ** min(restarts - 1, 60), cap)", "The smaller of two is the same, whichever is first."),
)}

"""By what is exercise 4.2 proven? Wrong answers with the hint each must get, right answers that must pass.

A wrong answer seen in a workshop goes at the end of WRONGS: ``Wrong(hint, source)``. ``make prove`` tries it.
"""

from mini_k8s.workshop.exercises import Right, Wrong

_COUNT = """    n = 0
    for run in runs:
        n = 1 if run >= reset else n + 1
"""


def _returns(wait: str, count: str = _COUNT) -> str:
    return f"\ndef crash_backoff(runs, base, cap, reset):\n{count}    return {wait}\n"


_RIGHT = "0.0 if n == 1 else min(cap, base * 2.0 ** min(n - 2, 60))"

WRONGS = (
    Wrong("first-waits", _returns("min(cap, base * 2.0 ** min(n - 1, 60))")),
    Wrong("half-first", _returns("min(cap, base * 2.0 ** min(n - 2, 60))")),
    Wrong("one-too-many", _returns("0.0 if n == 1 else min(cap, base * 2.0 ** min(n - 1, 60))")),
    Wrong("one-too-few", _returns("0.0 if n <= 2 else min(cap, base * 2.0 ** min(n - 3, 60))")),
    Wrong("linear", _returns("0.0 if n == 1 else min(cap, base * (n - 1))")),
    Wrong("never-grows", _returns("0.0 if n == 1 else min(cap, base)")),
    Wrong("base-raised", _returns("0.0 if n == 1 else min(cap, base ** min(n - 1, 60))")),
    Wrong("all-together", _returns("0.0 if n == 1 else min(cap, base * (2.0 ** min(n - 1, 60) - 1))")),
    Wrong("never-waits", _returns("0.0")),
    Wrong("without-base", _returns("0.0 if n == 1 else min(cap, 2.0 ** min(n - 2, 60))")),
    Wrong("runs-counted", _returns(f"max(0.0, ({_RIGHT}) - runs[-1])")),
    Wrong("no-cap", _returns("0.0 if n == 1 else base * 2.0 ** min(n - 2, 60)")),
    Wrong("begins-again", """
def crash_backoff(runs, base, cap, reset):
    n = 0
    for run in runs:
        n = 1 if run >= reset else n + 1
    wait = 0.0 if n == 1 else base * 2.0 ** min(n - 2, 60)
    return base if wait > cap else wait
"""),
    Wrong("base-uncapped", _returns("0.0 if n == 1 else base if n == 2 else min(cap, base * 2.0 ** min(n - 2, 60))")),
    Wrong("never-forgets", _returns(_RIGHT, "    n = len(runs)\n")),
    Wrong("only-last", _returns(_RIGHT, "    n = 1 if runs[-1] >= reset else len(runs)\n")),
    Wrong("wrong-end", _returns("0.0 if n <= 1 else min(cap, base * 2.0 ** min(n - 2, 60))", """    n = 0
    for run in runs:
        if run >= reset:
            break
        n += 1
""")),
    Wrong("wrong-end", _returns(_RIGHT, _COUNT.replace("in runs", "in reversed(runs)"))),
    Wrong("good-is-free", _returns("0.0 if n <= 1 else min(cap, base * 2.0 ** min(n - 2, 60))",
                                   _COUNT.replace("1 if", "0 if"))),
    Wrong("reset-late", _returns(_RIGHT, _COUNT.replace(">=", ">"))),
    Wrong("all-bad", _returns("0.0 if n <= 1 else min(cap, base * 2.0 ** min(n - 2, 60))",
                              "    n = len([run for run in runs if run < reset])\n")),
    Wrong("any-good", _returns(_RIGHT, "    n = 1 if max(runs) >= reset else len(runs)\n")),
    Wrong("added-up", _returns(_RIGHT, "    n = 1 if sum(runs) >= reset else len(runs)\n")),
    Wrong("first-waits", """
def crash_backoff(runs, base, cap, reset):
    if runs[-1] >= reset:
        return base
    n = 0
    for run in runs:
        n = 1 if run >= reset else n + 1
    return 0.0 if n == 1 else min(cap, base * 2.0 ** min(n - 2, 60))
"""),
    Wrong("too-large", _returns("0.0 if n == 1 else min(cap, base * 2.0 ** (n - 2))")),
    Wrong("many", _returns("0.0 if n == 1 or n > 1000 else min(cap, base * 2.0 ** min(n - 2, 60))")),
    Wrong("other-delay", _returns("0.0 if n == 1 else min(cap, base * 2.0 ** min(n - 2, 60) + 1)")),
    Wrong("sleeps", _returns("time.sleep(min(cap, base * 2.0 ** min(n, 60)))", "    import time\n" + _COUNT)),
    Wrong("no-return", "\ndef crash_backoff(runs, base, cap, reset):\n    wait = base\n"),
    Wrong("memory", """
waits = []

def crash_backoff(runs, base, cap, reset):
    waits.append(base)
    if runs[-1] >= reset:
        waits.clear()
        return 0.0
    n = len(waits)
    return 0.0 if n == 1 else min(cap, base * 2.0 ** min(n - 2, 60))
"""),
    Wrong("over-cap", """
def crash_backoff(runs, base, cap, reset):
    n, wait = 0, 0.0
    for run in runs:
        n = 1 if run >= reset else n + 1
        if n == 1:
            wait = 0.0
        elif n == 2:
            wait = min(cap, base)
        elif wait < cap:
            wait *= 2
    return wait
"""),
    Wrong("over-cap", _returns("0.0 if n == 1 else base * min(cap, 2.0 ** min(n - 2, 60))")),
    Wrong("over-cap", _returns("0.0 if n == 1 else base * 2.0 ** min(n - 2, cap)")),
    Wrong("stays-below", """
def crash_backoff(runs, base, cap, reset):
    n, wait = 0, 0.0
    for run in runs:
        n = 1 if run >= reset else n + 1
        if n == 1:
            wait = 0.0
        elif n == 2:
            wait = min(cap, base)
        elif wait * 2 <= cap:
            wait *= 2
    return wait
"""),
    Wrong("longer-one", _returns("0.0 if n == 1 else max(cap, base * 2.0 ** min(n - 2, 60))")),
    Wrong("too-deep", """
def crash_backoff(runs, base, cap, reset):
    if len(runs) == 1 or runs[-1] >= reset:
        return 0.0
    before = crash_backoff(runs[:-1], base, cap, reset)
    return min(cap, 2 * before if before else base)
"""),
    Wrong("too-deep", """
def crash_backoff(runs, base, cap, reset):
    def wait(n):
        return 0.0 if n == 1 else base if n == 2 else 2 * wait(n - 1)
    n = 0
    for run in runs:
        n = 1 if run >= reset else n + 1
    return min(cap, wait(n))
"""),
    Wrong("other-reset", _returns("0.0 if n <= 1 else min(cap, base * 2.0 ** min(n - 2, 60))",
                                  _COUNT.replace("1 if", "n - 1 if"))),
    Wrong("other-reset", """
def crash_backoff(runs, base, cap, reset):
    wait = 0.0
    for run in runs[1:]:
        wait = base if run >= reset or wait == 0.0 else 2 * wait
        wait = min(cap, wait)
    return wait
"""),
    Wrong("wrong-end", _returns(_RIGHT, "    n = 1 if runs[0] >= reset else len(runs)\n")),
    Wrong("one-too-many", """
def crash_backoff(runs, base, cap, reset):
    restarts = len(runs)
    if restarts == 1:
        return 0.0
    return min(cap, base * 2 ** restarts)
"""),
    Wrong("one-too-many", _returns("0.0 if n == 1 else min(cap, base * 2.0 ** min(n, 60))")),
    Wrong("cap-for-reset", _returns(_RIGHT, _COUNT.replace(">= reset", ">= cap"))),
    Wrong("stays-below", """
def crash_backoff(runs, base, cap, reset):
    wait = 0.0
    for number, run in enumerate(runs):
        if number == 0 or run >= reset:
            wait = 0.0
        elif wait == 0.0:
            wait = base
        elif wait * 2 <= cap:
            wait *= 2
    return wait
"""),
    Wrong("ignores", _returns(_RIGHT, _COUNT.replace(">= reset", ">= 2 * cap"))),
    Wrong("other-delay", _returns("0.0 if n == 1 else min(cap, base * 2.0 ** min(n - 2, 6))")),
    Wrong("return-sometimes", _returns("0.0 if n == 1 else 0").replace("    return 0.0 if n == 1 else 0", """
    if n == 1: return 0.0
    if n < 9: return min(cap, base * 2.0 ** min(n - 2, 60))""")),
    Wrong("reset-limits", _returns("0.0 if n == 1 else min(reset, base * 2.0 ** min(n - 2, 60))")),
    Wrong("reset-limits", _returns("0.0 if n == 1 else min(cap, reset, base * 2.0 ** min(n - 2, 60))")),
)

RIGHTS = (
    Right("counted from the front", _returns(_RIGHT)),
    Right("counted from the end, doubled in a loop", """
def crash_backoff(runs, base, cap, reset):
    wait = 0
    for run in reversed(runs):
        if wait == 0 and run >= reset:
            return 0.0
        if run >= reset:
            return wait
        wait, last = (min(cap, base) if wait == 0 else min(cap, 2 * wait)), wait
    return last
"""),
    Right("by restart_delay", _returns("restart_delay(n - 1, 0.0, base, cap, 1e9)")),
    Right("the place of the last good run", """
def crash_backoff(runs, base, cap, reset):
    good = [i for i, run in enumerate(runs) if run >= reset]
    since = runs[good[-1]:] if good else runs
    if len(since) == 1:
        return 0
    try:
        return min(cap, base * 2.0 ** (len(since) - 2))
    except OverflowError:
        return cap
"""),
    Right("the wait carried along", """
def crash_backoff(runs, base, cap, reset):
    wait = None
    for run in runs:
        if wait is None or run >= reset:
            wait = 0.0
        elif wait == 0.0:
            wait = min(base, cap)
        else:
            wait = min(2 * wait, cap)
    return wait
"""),
)

_LINE = "return float(restart_delay(crashes - 1, 0.0, base, cap, float('inf')))"
EQUIVALENT = {f"- {_LINE} | + {_LINE.replace('0.0', since)}":
              "Nothing is forgotten there before an infinite time has passed, so the time that has makes no difference."
              for since in ("1.0", "-1.0")}

"""How many seeded histories does one core play? In one process, as ``make chaos`` does."""

import math
import resource
import time
from collections.abc import Iterator

from mini_k8s.chaos import play
from tests.bench.rows import Row

HISTORIES = 2_000


def histories() -> Iterator[Row]:
    """Counted is the processor's time of this process: a machine that does other things beside it spoils nothing."""
    name = f"{HISTORIES:,} seeded histories, on one core"
    began, spent, events = time.monotonic(), _spent(), 0
    for seed in range(HISTORIES):
        out = play(seed)
        events += out.events
        if out.broken:
            yield Row(name, math.inf, "s", most=200, note=f"seed {seed} breaks {out.broken}: {out.how}")
            return
    spent, took = _spent() - spent, time.monotonic() - began
    yield Row(name, spent, "s", most=200,
              note=f"{events:,} events looked at, {took:.0f} s by the clock on the wall")


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


MEASURES = (histories,)

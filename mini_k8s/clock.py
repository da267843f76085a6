"""What time is it? Real time, or time that a test turns by hand.

Everything that waits (back-off, leases, grace periods) asks a clock for *monotonic* seconds, so a wall clock that jumps
changes nothing. Upstream: ``k8s.io/utils/clock``. Left out: timers and tickers; callers ask ``now()`` and decide.
"""

import time
from typing import Protocol


class Clock(Protocol):
    """Anything with ``now() -> float``: seconds since some fixed moment, never going back."""

    def now(self) -> float: ...


class RealClock:
    """Time as it passes."""

    def now(self) -> float:
        return time.monotonic()


class UnixClock:
    """Time as it passes, counted as Unix seconds: those of the moment it was made, and monotonic from then on."""

    def __init__(self):
        self._zero = time.time() - time.monotonic()

    def now(self) -> float:
        return self._zero + time.monotonic()


class HandClock:
    """Time that stands still until ``advance`` turns it: ``clock.advance(41)``."""

    def __init__(self, now: float = 0.0):
        self._now = now

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Turn the clock forward. Raises ValueError for negative seconds: time never goes back."""
        if seconds < 0:
            raise ValueError(f"a clock cannot be turned back by {-seconds} s; advance(seconds) takes 0 or more")
        self._now += seconds

    def __repr__(self) -> str:
        return f"<HandClock at {self._now:g} s>"

"""How many calls does an engine get at once? And who has to wait while others start something?

An engine has so many processors, and what starts is waited for by somebody; what is tidied up is not.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

BETWEEN = 0.05  # seconds that pass at most between two calls of somebody who starts a pod


class Turnstile:
    """Lets ``most`` through at the same time: ``with turnstile:`` who starts something, ``with turnstile.tidying():``
    who removes something, and waits for the others, but never longer than ``patience`` seconds.

    All its methods may be called from any thread.
    """

    def __init__(self, most: int, patience: float = 1.0):
        self._most, self._patience = most, patience
        self._inside = self._starting = 0
        self._started = float("-inf")  # when somebody who started something left last
        self._changed = threading.Condition()

    def __enter__(self) -> "Turnstile":
        with self._changed:
            self._changed.wait_for(lambda: self._inside < self._most)
            self._inside += 1
            self._starting += 1
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._inside -= 1
            self._starting -= 1
            self._started = time.monotonic()
            self._changed.notify_all()

    @contextmanager
    def tidying(self) -> Iterator[None]:
        with self._changed:
            end = time.monotonic() + self._patience
            while (wait := self._busy_for()) > 0 and (left := end - time.monotonic()) > 0:
                self._changed.wait(min(wait, left))
            self._changed.wait_for(lambda: self._inside < self._most)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def _busy_for(self) -> float:
        """Seconds until it can be said that nobody starts anything, as it looks now."""
        return self._patience if self._starting else self._started + BETWEEN - time.monotonic()

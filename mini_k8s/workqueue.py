"""Chapter 5: what is there to do next? A queue of names.

A name that is added twice is there once: whoever takes it looks at the world anyway. A name that is added while it is
worked on comes back when that is done. Names can be added for later, and those that failed wait longer each time.
Upstream: ``client-go/util/workqueue``. Left out: fairness, metrics; nothing blocks, callers ask ``get`` and ``due``.
"""

import heapq
import threading
from collections import deque
from collections.abc import Callable, Hashable

from mini_k8s.backoff import restart_delay
from mini_k8s.clock import Clock, RealClock


class WorkQueue:
    """Names to be looked at, first in first out. All its methods may be called from any thread.

    clock       by which "later" is counted
    base, cap   seconds that a name which failed waits the second time, and at most
    wake        called when something was added that was not there
    """

    def __init__(self, clock: Clock | None = None, base: float = 0.005, cap: float = 60.0,
                 wake: Callable[[], None] = lambda: None):
        self.clock, self.base, self.cap, self.wake = clock or RealClock(), base, cap, wake
        self._lock = threading.Lock()
        self._line: deque[Hashable] = deque()
        self._waiting: set[Hashable] = set()  # in the line, or to come back to it
        self._taken: set[Hashable] = set()
        self._later: list[tuple[float, int, Hashable]] = []
        self._when: dict[Hashable, float] = {}  # the earliest moment for which a name was added
        self._failed: dict[Hashable, int] = {}
        self._order = 0

    def add(self, key: Hashable) -> None:
        """Look at ``key`` soon."""
        with self._lock:
            added = self._add(key)
        if added:
            self.wake()

    def add_after(self, key: Hashable, seconds: float) -> None:
        """Look at ``key`` in so many seconds; sooner if it was added for sooner."""
        if seconds <= 0:
            self.add(key)
            return
        with self._lock:
            when = self.clock.now() + seconds
            if key in self._when and self._when[key] <= when:
                return
            self._when[key] = when
            self._order += 1
            heapq.heappush(self._later, (when, self._order, key))
        self.wake()  # whoever waits has to wait less

    def failed(self, key: Hashable) -> float:
        """It went wrong: look again, later each time. Returns the seconds until then."""
        with self._lock:
            times = self._failed[key] = self._failed.get(key, 0) + 1
        delay = float(restart_delay(times, 0.0, self.base, self.cap, float("inf")))
        self.add_after(key, delay)
        return delay

    def succeeded(self, key: Hashable) -> None:
        """It went well: the next failure is the first again."""
        with self._lock:
            self._failed.pop(key, None)

    def get(self) -> Hashable | None:
        """The next name, or None when there is nothing to do just now. Call ``done`` when it was looked at."""
        with self._lock:
            self._bring_in()
            if not self._line:
                return None
            key = self._line.popleft()
            self._waiting.discard(key)
            self._taken.add(key)
            return key

    def done(self, key: Hashable) -> None:
        """It was looked at. If it was added meanwhile, it comes back into the line."""
        with self._lock:
            self._taken.discard(key)
            back = key in self._waiting
            if back:
                self._line.append(key)
        if back:
            self.wake()

    def due(self) -> float | None:
        """When there is something to do: clock seconds (0 when there is now), or None."""
        with self._lock:
            if self._line:
                return 0.0
            while self._later and self._when.get(self._later[0][2]) != self._later[0][0]:
                heapq.heappop(self._later)
            return self._later[0][0] if self._later else None

    def __len__(self) -> int:
        return len(self._line)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._waiting

    def _add(self, key: Hashable) -> bool:
        if key in self._waiting:
            return False  # a second time adds nothing: whoever takes it reads the state anyway
        self._waiting.add(key)
        if key in self._taken:
            return False
        self._line.append(key)
        return True

    def _bring_in(self) -> None:
        now = self.clock.now()
        while self._later and self._later[0][0] <= now:
            when, _, key = heapq.heappop(self._later)
            if self._when.get(key) == when:
                del self._when[key]
                self._add(key)

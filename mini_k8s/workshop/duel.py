"""What came of it when somebody tried to beat the loop? A history that grows for so many seconds.

It is written from events, not from looks: what died and ran again between two looks would be seen by none of them.
"""

import threading
from collections.abc import Callable

from mini_k8s.clock import Clock, RealClock
from mini_k8s.runtimes import Event
from mini_k8s.widgets.history import History


class Duel:
    """Somebody against the loop, from now on. What an ``AvailabilityView`` wants to know is here."""

    seed = None

    def __init__(self, wished: tuple[str, ...], seconds: float, clock: Clock | None = None):
        self._clock, self._writing = clock or RealClock(), threading.Lock()
        self._began = self._clock.now()
        self.seconds, self.died = seconds, 0
        self.history = History(wished, length=seconds).noted(0.0, wished)
        self.listeners: list[Callable[[], None]] = []
        self.playing, self.ended = True, ""

    def heard(self, event: Event) -> None:
        """Something died, or was started."""
        running = self.history.running
        if event.kind == "died":
            self.died += 1
            self._note(running - {event.name})
        elif event.kind == "started":
            self._note(running | {event.name})

    def tick(self) -> bool:
        """Time has passed. False when it is over."""
        if self.playing:
            self._note(self.history.running)
            if self._clock.now() - self._began >= self.seconds:
                self.playing, self.ended = False, "time is over"
                self._tell()
        return self.playing

    def _note(self, running: frozenset[str]) -> None:
        with self._writing:
            at = self._clock.now() - self._began
            if self.playing and at >= self.history.until:
                self.history = self.history.noted(at, running)
        self._tell()

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()

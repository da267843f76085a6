"""What came of it when somebody tried to beat the loop? A history that grows for so many seconds."""

from collections.abc import Callable, Collection

from mini_k8s.widgets.history import History


class Duel:
    """Somebody against the loop. What an ``AvailabilityView`` wants to know is here."""

    seed = None

    def __init__(self, wished: tuple[str, ...], seconds: float):
        self.history = History(wished, length=seconds)
        self.listeners: list[Callable[[], None]] = []
        self.playing, self.ended = True, ""

    def note(self, at: float, running: Collection[str]) -> None:
        """At the moment ``at`` these ran."""
        self.history = self.history.noted(at, running)
        self._tell()

    def over(self) -> None:
        """Nothing more is noted."""
        self.playing, self.ended = False, "time is over"
        self._tell()

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()

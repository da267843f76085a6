"""What if a message gets lost? A stream of events that loses those that it is told to lose."""

from collections.abc import Iterator

from mini_k8s.runtimes import Event


class Losses:
    """Which "died" events get lost. Everything else passes."""

    def __init__(self):
        self.next = self.all = False

    def filter(self, events: Iterator[Event]) -> "Lossy":
        return Lossy(self, events)

    def lost(self, event: Event) -> bool:
        if event.kind != "died":
            return False
        lost = self.next or self.all
        self.next = False
        return lost


class Lossy:
    """An event stream with holes. Closing it closes the stream behind it."""

    def __init__(self, losses: Losses, events: Iterator[Event]):
        self._losses, self._events = losses, events

    def __iter__(self):
        return (event for event in self._events if not self._losses.lost(event))

    def close(self) -> None:
        close = getattr(self._events, "close", None)
        if close:
            close()

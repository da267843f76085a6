"""Chapter 1: how much of what was wished for ran, and how long did each repair take? A live chart of a history."""

import time
from collections.abc import Callable
from typing import Protocol

from mini_k8s.widgets.availability_picture import picture, undrawn
from mini_k8s.widgets.availability_still import AvailabilityStill
from mini_k8s.widgets.history import History
from mini_k8s.widgets.live import LiveView, text


class Recorded(Protocol):
    """Somebody who keeps a history. ``listeners`` are called when it has grown."""

    history: History
    seed: int | None
    playing: bool  # it grows at this moment
    ended: str  # why it will not grow any more; "" as long as it may
    listeners: list[Callable[[], None]]


class AvailabilityView(LiveView):
    """The live chart of a history: wished against running, the failures, and the numbers.

    record   whose history it is
    size     'normal', or 'projector': one and a half times as large
    who      starts again what has failed: "you", or "the loop"
    """

    _esm = text("parts.js", "availability.js")
    _css = text("tokens.css", "live.css", "availability.css")
    still = AvailabilityStill
    _threads = "availability-view"

    def __init__(self, record: Recorded, *, title: str = "Wished against running", size: str = "normal",
                 who: str = "you"):
        self.record, self.title, self.who = record, title, who
        super().__init__(size, picture(History(()), title=title))
        record.listeners.append(self.changed)
        self.begin()

    def _picture(self) -> dict:
        seed = self.record.seed
        return picture(self.record.history, title=self.title, status="" if seed is None else f"game {seed}",
                       over=not self.record.playing, who=self.who)

    def _undrawn(self, before: dict, error: Exception) -> dict:
        return undrawn(before, error)

    def _looked(self) -> float:
        return time.time() if self.record.playing else 0.0

    def _over(self) -> bool:
        return bool(self.record.ended)

    def _ended(self) -> None:
        if self.changed in self.record.listeners:
            self.record.listeners.remove(self.changed)

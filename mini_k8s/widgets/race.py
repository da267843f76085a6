"""Chapter 3: who wrote which version, and whose write was refused? A live picture of one object and its writers."""

import time
from collections.abc import Sequence
from typing import Protocol

from mini_k8s.store import Event
from mini_k8s.widgets.live import LiveView, text
from mini_k8s.widgets.race_picture import Answer, columns, picture, undrawn
from mini_k8s.widgets.race_still import RaceStill


class Race(Protocol):
    """One object and those who write it. ``listeners`` are called after each write, also after a refused one."""

    events: Sequence[Event]  # what a watch has told of the object
    answers: Sequence[Answer]  # what the writers were told
    writers: Sequence[str]
    ended: str  # why nothing will come any more; "" as long as it may
    listeners: list


class RaceView(LiveView):
    """The live picture of an object's versions: a tape, the writers' lanes above it, the object below.

    race     what there is to see
    always   names of fields that are shown below whether they changed or not
    size     'normal', or 'projector': one and a half times as large
    """

    _esm = text("parts.js", "tape.js", "race.js")
    _css = text("tokens.css", "live.css", "race.css")
    still = RaceStill
    _threads = "race-view"

    def __init__(self, race: Race, *, always: Sequence[str] = ("image", "phase"), title: str = "The versions",
                 size: str = "normal"):
        self.race, self.title, self._always = race, title, tuple(always)
        self._shown: str | None = None
        self._heard_at = time.time()
        super().__init__(size, picture((), (), (), title=title))
        race.listeners.append(self._changed_there)
        self.begin()

    def _changed_there(self) -> None:
        self._heard_at = time.time()
        self.changed()

    def _picture(self) -> dict:
        race = self.race
        return picture(list(race.events), list(race.answers), race.writers, title=self.title, shown=self._shown,
                       always=self._always, ended=race.ended, trouble=self._wrong(time.time()))

    def _undrawn(self, before: dict, error: Exception) -> dict:
        return undrawn(before, error)

    def _looked(self) -> float:
        return self._heard_at

    def _over(self) -> bool:
        return bool(self.race.ended)

    def _ended(self) -> None:
        if self._changed_there in self.race.listeners:
            self.race.listeners.remove(self._changed_there)

    def _do(self, message: dict) -> None:
        match message:
            case {"do": "show", "pass": str(key)}:
                tape = columns(list(self.race.events), list(self.race.answers))
                self._shown = key if tape and key != tape[-1].key else None
            case _:
                super()._do(message)

"""Chapter 5: which pods count, and how many are there? A live picture of one ReplicaSet, with its buttons."""

from collections.abc import Callable, Mapping
from typing import Protocol

from mini_k8s.widgets.live import LiveView, text
from mini_k8s.widgets.replicaset_picture import picture, undrawn
from mini_k8s.widgets.replicaset_still import ReplicaSetStill


class World(Protocol):
    """One ReplicaSet that somebody looks at all the time. ``listeners`` are called after something has changed."""

    name: str
    looked: float  # Unix seconds of the last look
    ended: str  # what became of it; "" as long as it lives
    listeners: list[Callable[[], None]]

    def look(self) -> Mapping:
        """What ``picture`` is told: replicaset, pods, places, known, late, next_to_go."""


class ReplicaSetView(LiveView):
    """The live picture of a ReplicaSet: which pods its selector takes in, whose they are, and who is too many.

    world    what there is to see
    delete   delete(pod): what the buttons do; without, there are none
    whose    whose() -> function -> "yours" or "ours"
    size     'normal', or 'projector': one and a half times as large
    """

    _esm = text("parts.js", "press.js", "replicaset.js")
    _css = text("tokens.css", "live.css", "replicaset.css")
    still = ReplicaSetStill
    _threads = "replicaset-view"

    def __init__(self, world: World, *, delete: Callable[[str], object] | None = None,
                 whose: Callable[[], Mapping[str, str]] = dict, title: str = "", size: str = "normal"):
        self.world, self.delete, self.whose, self.title = world, delete, whose, title
        super().__init__(size, picture(None, (), name=world.name, title=title))
        world.listeners.append(self.changed)
        self.begin()

    def _picture(self) -> dict:
        import time

        world = self.world
        return picture(**world.look(), name=world.name, title=self.title, whose=self.whose(),
                       buttons=bool(self.delete), ended=world.ended, trouble=self._wrong(time.time()))

    def _undrawn(self, before: dict, error: Exception) -> dict:
        return undrawn(before, error)

    def _looked(self) -> float:
        return self.world.looked

    def _over(self) -> bool:
        return bool(self.world.ended)

    def _ended(self) -> None:
        if self.changed in self.world.listeners:
            self.world.listeners.remove(self.changed)

    def _do(self, message: dict) -> None:
        match message:
            case {"do": "delete", "name": str(name)} if self.delete:
                self.delete(name)
            case _:
                super()._do(message)

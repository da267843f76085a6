"""Chapter 4: what do the containers of a pod share? A live picture of one pod, with its buttons."""

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from mini_k8s.backoff import Backoff
from mini_k8s.objects import Object
from mini_k8s.pods.sight import PodSeen
from mini_k8s.widgets.live import LiveView, text
from mini_k8s.widgets.pod_picture import picture, undrawn
from mini_k8s.widgets.pod_still import PodStill


class World(Protocol):
    """One pod that somebody looks at all the time. ``listeners`` are called after something has changed."""

    name: str
    looked: float  # Unix seconds of the last look
    ended: str  # what became of it; "" as long as it lives
    watched: bool  # a kubelet runs on its node
    volumes: bool  # its machine has volumes
    backoff: Backoff
    listeners: list[Callable[[], None]]

    def look(self) -> tuple[Object | None, PodSeen]: ...


class PodView(LiveView):
    """The live picture of a pod: a box with one address, its sandbox, its containers, its volumes, and the clock of a
    back-off.

    world    what there is to see
    kill     kill(container), kill_sandbox(): what the buttons do; without, there are none
    whose    whose() -> function -> "yours" or "ours"
    size     'normal', or 'projector': one and a half times as large
    """

    _esm = text("parts.js", "press.js", "pod.js")
    _css = text("tokens.css", "live.css", "pod.css")
    still = PodStill
    _threads = "pod-view"

    def __init__(self, world: World, *, kill: Callable[[str], object] | None = None,
                 kill_sandbox: Callable[[], object] | None = None,
                 whose: Callable[[], Mapping[str, str]] = dict, title: str = "", size: str = "normal"):
        self.world, self.kill, self.kill_sandbox, self.whose, self.title = world, kill, kill_sandbox, whose, title
        super().__init__(size, picture(None, PodSeen(""), name=world.name, title=title))
        world.listeners.append(self.changed)
        self.begin()

    def _picture(self) -> dict:
        now, world = time.time(), self.world
        pod, seen = world.look()
        return picture(pod, seen, name=world.name, title=self.title, backoff=world.backoff, whose=self.whose(),
                       buttons=bool(self.kill), volumes=world.volumes, watched=world.watched, ended=world.ended,
                       trouble=self._wrong(now), now=now)

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
            case {"do": "kill", "name": str(name)} if self.kill:
                self.kill(name)
            case {"do": "kill sandbox"} if self.kill_sandbox:
                self.kill_sandbox()
            case _:
                super()._do(message)

"""Chapter 1: what runs where, and what is only believed to run? A live picture of machines, with its buttons."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from mini_k8s.widgets.live import LiveView, text
from mini_k8s.widgets.machines_picture import Machine, picture, undrawn
from mini_k8s.widgets.machines_still import MachinesStill
from mini_k8s.widgets.words import Saying


class World(Protocol):
    """Machines that somebody looks at all the time. ``listeners`` are called after each look."""

    machines: Sequence[Machine]
    looked: float  # Unix seconds of the last look
    ended: str  # what became of it; "" as long as it lives
    listeners: list[Callable[[], None]]


class MachinesView(LiveView):
    """The live picture of machines: tiles in machines, a death seen as it happens, a machine without power dark.

    world    what there is to see
    wished   the names that should run; none: nobody wishes for anything
    kill     kill(name), start(name, machine), switch(machine, on): what the buttons do; without, there are no such;
             what is set later holds from the next picture on
    status   what stands at the right above: a word, or a saying with times in it
    paused   what is said while nobody is to look, and no button can be pressed; like ``status`` it may be set any time
    size     'normal', or 'projector': one and a half times as large
    """

    _esm = text("parts.js", "machines.js")
    _css = text("tokens.css", "live.css", "machines.css")
    still = MachinesStill
    _threads = "machines-view"

    def __init__(self, world: World, *, wished: Sequence[str] = (), kill: Callable[[str], object] | None = None,
                 start: Callable[[str, str], object] | None = None,
                 switch: Callable[[str, bool], object] | None = None,
                 title: str = "The machines", status: Saying | str = "live", size: str = "normal"):
        self.world, self.wished, self.title = world, tuple(wished), title
        self.kill, self.start, self.switch = kill, start, switch
        self._status, self._paused = status, []
        super().__init__(size, picture((), title=title))
        world.listeners.append(self.changed)
        self.begin()

    @property
    def status(self) -> Saying | str:
        return self._status

    @status.setter
    def status(self, status: Saying | str) -> None:
        self._status = status
        self.changed()

    @property
    def paused(self) -> Saying:
        return self._paused

    @paused.setter
    def paused(self, paused: Saying) -> None:
        self._paused = paused
        self.changed()

    def _picture(self) -> dict:
        now = time.time()
        buttons = [name for name in ("kill", "start", "switch") if getattr(self, name)]
        return picture(self.world.machines, title=self.title, wished=self.wished, status=self._status, now=now,
                       buttons=buttons, paused=self._paused, ended=self.world.ended, trouble=self._wrong(now))

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
            case {"do": "start", "name": str(name), "machine": str(machine)} if self.start and not self._paused:
                self.start(name, machine)
            case {"do": "switch off" | "switch on" as do, "machine": str(machine)} if self.switch:
                self.switch(machine, do == "switch on")
            case _:
                super()._do(message)

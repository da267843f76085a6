"""Chapter 2: what does the loop see, what does it do? A live picture of a ``ControlLoop``, with its buttons."""

import contextlib
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from mini_k8s.control_loop import ControlLoop
from mini_k8s.widgets.live import LiveView, text
from mini_k8s.widgets.picture import picture, undrawn
from mini_k8s.widgets.shot import Seen, Shot, rewinds, see, shoot
from mini_k8s.widgets.still import Snapshot


class LoopView(LiveView):
    """The live picture of a loop: desired, observed, difference, action, and a tape of passes.

    loop    a ControlLoop; the view makes it look (``watch``), never act
    kill    kill(name): what the button on a living tile does; None: no such buttons
    title   what the picture is called by a screen reader and in its still form
    size    'normal', or 'projector': one and a half times as large
    grey    columns that are still to be built ('difference', 'action') and what is to be read there until then;
            ``view.grey = {}`` shows them all

    ``snapshot()`` is the still picture: it stays readable in a notebook that is saved and opened without its kernel.
    """

    _esm = text("parts.js", "row.js", "tape.js", "loop.js")
    _css = text("tokens.css", "live.css", "loop.css")
    still = Snapshot
    _threads = "loop-view"

    def __init__(self, loop: ControlLoop, kill: Callable[[str], object] | None = None,
                 title: str = "The control loop", size: str = "normal",
                 grey: Mapping[str, str] = MappingProxyType({})):
        self.loop, self.kill, self.title = loop, kill, title
        self._seen, self._newest, self._heard_at = Seen(), None, 0.0
        self._grey, self._afterwards = dict(grey), ""
        self._zero = time.time() - loop.clock.now()
        super().__init__(size, picture(Shot(None), self._seen, title=title))
        loop.listeners.append(self.changed)
        if not loop.closed:
            loop.watch()
        self.begin()

    @property
    def grey(self) -> Mapping[str, str]:
        return self._grey

    @grey.setter
    def grey(self, columns: Mapping[str, str]) -> None:
        self._grey = dict(columns)
        self.changed()

    def end(self, afterwards: str) -> None:
        """Say what became of the closed loop's work, such as "Its containers were removed."; else it "lives on"."""
        self._afterwards = afterwards
        self._show()

    # What a live view has to say for itself.

    def _picture(self) -> dict:
        now = time.time()
        zero = now - self.loop.clock.now()
        if abs(zero - self._zero) > 0.5:  # the machine slept, or its clock was set
            self._zero = zero
        shot = shoot(self.loop, self._zero, self._afterwards)
        if shot.latest is not self._newest:
            self._newest, self._heard_at = shot.latest, now
        self._seen = see(self._seen, shot.latest, now)
        return picture(shot, self._seen, can_kill=self.kill is not None, title=self.title,
                       trouble=self._wrong(now), grey=self._grey)

    def _undrawn(self, before: dict, error: Exception) -> dict:
        return undrawn(before, error)

    def _looked(self) -> float:
        return self._heard_at

    def _over(self) -> bool:
        return self.loop.closed

    def _ended(self) -> None:
        with contextlib.suppress(ValueError):
            self.loop.listeners.remove(self.changed)

    def _do(self, message: dict) -> None:
        loop = self.loop
        match message:
            case {"do": "step"}:
                loop.step()
                loop.wake()  # look again, so that what was just done is seen
            case {"do": "run"}:
                loop.run()
            case {"do": "pause"}:
                loop.pause()
            case {"do": "rewind"}:
                loop.rewind(rewinds(shoot(loop, self._zero)) + 1)
            case {"do": "show", "pass": int(number)}:
                loop.rewind(next(i for i, step in enumerate(reversed(tuple(loop.history))) if step.number == number))
            case {"do": "now"}:
                loop.rewound = None
            case {"do": "speed", "speed": int() | float() as speed} if speed > 0:
                loop.period, loop.slow_motion = 1 / speed, speed < 1
                loop.wake()
            case {"do": "kill", "name": str(name)} if self.kill is not None:
                self.kill(name)
                loop.wake()
            case _:
                super()._do(message)

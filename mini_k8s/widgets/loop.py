"""Chapter 2: what does the loop see, what does it do? A live picture of a ``ControlLoop``, with its buttons.

Three parties, none of which waits for another: the loop tells that something changed; a thread of the view's own draws
(at once after quiet, else at most 25 times a second) and lets the heart beat once a second; a second thread does what
the buttons ask, since a callback of Jupyter must never do work itself.
"""

import contextlib
import queue
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import anywidget
import traitlets

from mini_k8s.control_loop import ControlLoop
from mini_k8s.widgets.picture import picture, undrawn
from mini_k8s.widgets.shot import Seen, Shot, rewinds, see, shoot
from mini_k8s.widgets.still import Snapshot
from mini_k8s.widgets.words import first_line


def _text(*names: str) -> str:
    return "\n".join((Path(__file__).parent / name).read_text(encoding="utf-8") for name in names)


class LoopView(anywidget.AnyWidget):
    """The live picture of a loop: desired, observed, difference, action, and a tape of passes.

    loop    a ControlLoop; the view makes it look (``watch``), never act
    kill    kill(name): what the button on a living tile does; None: no such buttons
    title   what the picture is called by a screen reader and in its still form
    size    'normal', or 'projector': one and a half times as large
    grey    columns that are still to be built ('difference', 'action') and what is to be read there until then;
            ``view.grey = {}`` shows them all

    ``snapshot()`` is the still picture: it stays readable in a notebook that is saved and opened without its kernel.
    """

    _esm = _text("parts.js", "row.js", "tape.js", "loop.js")
    _css = _text("tokens.css", "loop.css")
    picture = traitlets.Dict().tag(sync=True)
    beat = traitlets.Dict().tag(sync=True)  # the kernel's time, and when the loop last looked
    name = traitlets.Unicode().tag(sync=True)  # unlike any other view's
    size = traitlets.Enum(("normal", "projector"), "normal").tag(sync=True)

    quiet = 0.04  # seconds between two pictures at least
    heart = 1.0  # seconds between two beats

    def __init__(self, loop: ControlLoop, kill: Callable[[str], object] | None = None,
                 title: str = "The control loop", size: str = "normal",
                 grey: Mapping[str, str] = MappingProxyType({})):
        self.loop, self.kill, self.title = loop, kill, title
        self._seen, self._newest, self._looked = Seen(), None, 0.0
        self._trouble, self._trouble_until = (), 0.0
        self._drawn = picture(Shot(None), self._seen, title=title)
        self._grey, self._afterwards = dict(grey), ""
        self._zero = time.time() - loop.clock.now()
        self._drawing = threading.Lock()
        self._changed, self._commands = threading.Event(), queue.Queue()
        super().__init__(picture=self._draw(), beat=self._pulse(), size=size, name=secrets.token_hex(8))
        self.on_msg(self._heard)
        loop.listeners.append(self._changed.set)
        if not loop.closed:
            loop.watch()
        for work in (self._live, self._obey):
            threading.Thread(target=work, name=f"loop-view{work.__name__}", daemon=True).start()

    @property
    def grey(self) -> Mapping[str, str]:
        return self._grey

    @grey.setter
    def grey(self, columns: Mapping[str, str]) -> None:
        self._grey = dict(columns)
        self._changed.set()

    def end(self, afterwards: str) -> None:
        """Say what became of the closed loop's work, such as "Its containers were removed."; else it "lives on"."""
        self._afterwards = afterwards
        self.picture = self._draw()

    def snapshot(self) -> Snapshot:
        """The picture as it is now, as a still: SVG, and plain text where there is no screen for it."""
        return Snapshot(self._draw(), time.time())

    def __repr__(self) -> str:
        return self.snapshot().text()

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, **self.snapshot()._repr_mimebundle_()}, metadata

    # Drawing.

    def _draw(self) -> dict:
        """The picture of now; or the one before, and why there is none of now."""
        with self._drawing:
            try:
                self._drawn = self._picture()
            except Exception as error:  # such as a wish that cannot be printed; the next pass is drawn anew
                return undrawn(self._drawn, error)
            return self._drawn

    def _picture(self) -> dict:
        now = time.time()
        zero = now - self.loop.clock.now()
        if abs(zero - self._zero) > 0.5:  # the machine slept, or its clock was set
            self._zero = zero
        shot = shoot(self.loop, self._zero, self._afterwards)
        if shot.latest is not self._newest:
            self._newest, self._looked = shot.latest, now
        self._seen = see(self._seen, shot.latest, now)
        return picture(shot, self._seen, can_kill=self.kill is not None, title=self.title,
                       trouble=self._trouble if now < self._trouble_until else (), grey=self._grey)

    def _pulse(self) -> dict:
        return {"now": time.time(), "looked": self._looked}

    def _live(self) -> None:
        """Draw when something changed; beat once a second. Ends with the loop."""
        beaten = time.monotonic()
        while True:
            due = max(0.0, beaten + self.heart - time.monotonic())
            if self._changed.wait(due):
                self._changed.clear()
                last = self.loop.closed
                drawn = self._draw()
                if drawn != self.picture:
                    self.picture = drawn
                if last:
                    break
                time.sleep(self.quiet)
            if time.monotonic() - beaten >= self.heart:
                self.beat, beaten = self._pulse(), time.monotonic()
        self._commands.put(None)
        with contextlib.suppress(ValueError):
            self.loop.listeners.remove(self._changed.set)

    # Buttons.

    def _heard(self, _widget, message: object, _buffers) -> None:
        if isinstance(message, dict):
            self._commands.put(message)

    def _obey(self) -> None:
        while (message := self._commands.get()) is not None:
            try:
                self._do(message)
                self._trouble_until = 0.0
            except Exception as error:  # whatever goes wrong is shown in the picture, and the buttons go on working
                what = " ".join(str(message.get(key)) for key in ("do", "name") if message.get(key))
                self._trouble, self._trouble_until = (f"{what} did not work", first_line(error, 400)), time.time() + 10
                self.send({"failed": message.get("do"), "name": message.get("name")})
            self._changed.set()

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
                raise ValueError(f"there is no button for {message!r}")

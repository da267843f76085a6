"""How does a picture live? What every live view shares: who draws, who obeys, and a heart that beats.

Three parties, none of which waits for another: the world tells that something changed; a thread of the view's own draws
(at once after quiet, else at most 25 times a second) and lets the heart beat once a second; a second thread does what
the buttons ask, since a callback of Jupyter must never do work itself. A view says what there is to see
(``_picture``), what its buttons do (``_do``) and when it is over; a browser draws the dict, ``snapshot()`` keeps it.
"""

import queue
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from mini_k8s.widgets.still import Still
from mini_k8s.widgets.words import first_line


def text(*names: str) -> str:
    """Files of this folder, one behind the other: what a browser loads."""
    return "\n".join((Path(__file__).parent / name).read_text(encoding="utf-8") for name in names)


class LiveView(anywidget.AnyWidget):
    """The base of all live pictures.

    A subclass sets ``_esm`` and ``_css``, prepares all that its ``_picture`` reads, calls ``super().__init__`` and then
    ``begin()``; from then on ``changed()`` may be called from any thread.
    """

    picture = traitlets.Dict().tag(sync=True)
    beat = traitlets.Dict().tag(sync=True)  # the kernel's time, and when the world was last looked at
    name = traitlets.Unicode().tag(sync=True)  # unlike any other view's
    size = traitlets.Enum(("normal", "projector"), "normal").tag(sync=True)

    quiet = 0.04  # seconds between two pictures at least
    heart = 1.0  # seconds between two beats
    still: Callable[[dict, float], Still]  # makes what ``snapshot`` gives

    def __init__(self, size: str, empty: dict):
        self._trouble, self._trouble_until = (), 0.0
        self._drawn = empty
        self._drawing, self._showing = threading.Lock(), threading.Lock()
        self._changed, self._commands = threading.Event(), queue.Queue()
        super().__init__(picture=self._draw(), beat=self._pulse(), size=size, name=secrets.token_hex(8))
        self.on_msg(self._heard)

    def begin(self) -> None:
        """Draw and obey from now on, until the view is over."""
        for work in (self._live, self._obey):
            threading.Thread(target=work, name=f"{self._threads}{work.__name__}", daemon=True).start()

    def changed(self) -> None:
        """Something changed: draw it. Costs nothing, and never waits."""
        self._changed.set()

    def press(self, message: dict) -> None:
        """Do what a button does that sends this message. It is done by a thread of the view's; this does not wait."""
        self._commands.put(message)

    def tell(self, message: dict, error: Exception) -> None:
        """Show for a while that what this message asked for did not work, and why."""
        what = " ".join(filter(None, (str(message.get("do")), message.get("name") or message.get("machine"))))
        self._trouble, self._trouble_until = (f"{what} did not work", first_line(error, 400)), time.time() + 10
        self.send({"failed": message.get("do"), "name": message.get("name")})
        self.changed()

    def snapshot(self) -> Still:
        """The picture as it is now, as a still: SVG, and plain text where there is no screen for it."""
        return type(self).still(self._draw(), time.time())

    def __repr__(self) -> str:
        return self.snapshot().text()

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, **self.snapshot()._repr_mimebundle_()}, metadata

    # What a view fills in.

    _threads = "live-view"  # how its threads are called

    def _picture(self) -> dict:
        """What there is to see now, as plain values."""
        raise NotImplementedError

    def _undrawn(self, before: dict, error: Exception) -> dict:
        """The picture from before, which says why there is no newer one."""
        raise NotImplementedError

    def _do(self, message: dict) -> None:
        """What a button does. Whatever it raises is shown."""
        raise ValueError(f"there is no button for {message!r}")

    def _looked(self) -> float:
        """Unix seconds of the last look at the world; 0: none yet."""
        raise NotImplementedError

    def _over(self) -> bool:
        """Nothing will change any more: the last picture is drawn, and the threads end."""
        raise NotImplementedError

    def _ended(self) -> None:
        """The threads have ended."""

    # Drawing.

    def _draw(self) -> dict:
        """The picture of now; or the one before, and why there is none of now."""
        with self._drawing:
            try:
                self._drawn = self._picture()
            except Exception as error:  # such as a wish that cannot be printed; the next look is drawn anew
                return self._undrawn(self._drawn, error)
            return self._drawn

    def _show(self) -> None:
        """Put the picture of now on the screen. An older one, drawn at the same time, never comes after it."""
        with self._showing:
            drawn = self._draw()
            if drawn != self.picture:
                self.picture = drawn

    def _pulse(self) -> dict:
        return {"now": time.time(), "looked": self._looked()}

    def _wrong(self, now: float) -> tuple[str, ...]:
        """What went wrong with a button that was pressed a moment ago, and the error's words."""
        return self._trouble if now < self._trouble_until else ()

    def _live(self) -> None:
        """Draw when something changed; beat once a second."""
        beaten = time.monotonic()
        while True:
            due = max(0.0, beaten + self.heart - time.monotonic())
            if self._changed.wait(due):
                self._changed.clear()
                last = self._over()
                self._show()
                if last:
                    break
                time.sleep(self.quiet)
            if time.monotonic() - beaten >= self.heart:
                self.beat, beaten = self._pulse(), time.monotonic()
        self._commands.put(None)
        self._ended()

    # Buttons.

    def _heard(self, _widget, message: object, _buffers) -> None:
        if isinstance(message, dict):
            self.press(message)

    def _obey(self) -> None:
        while (message := self._commands.get()) is not None:
            try:
                self._do(message)
                self._trouble_until = 0.0
            except Exception as error:  # whatever goes wrong is shown in the picture, and the buttons go on working
                self.tell(message, error)
            self._changed.set()

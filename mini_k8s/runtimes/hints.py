"""Did something happen? Turns a runtime's events into a tap on somebody's shoulder, and never into a decision.

An event stream may lose, repeat or delay events, and ends without a word when an engine restarts. So nothing here
decides by what an event says: each one calls ``wake``, and so does every reconnection, because anything may have
happened in between. Whoever is woken looks for itself. Upstream: the kubelet's pod lifecycle event generator
(``pkg/kubelet/pleg``).
"""

import threading
from collections.abc import Callable, Iterable

from mini_k8s.errors import StatusError
from mini_k8s.runtimes import Event


class Hints:
    """Follows an event stream on a thread, and calls ``wake()`` for each event and after each reconnection.

    events     opens the stream: ``runtime.events``
    listener   also called with each event; for lessons about events, never to decide by
    where      called with each event in place of ``wake``, by whoever looks only where something happened
    """

    def __init__(self, events: Callable[[], Iterable[Event]], wake: Callable[[], None],
                 listener: Callable[[Event], None] | None = None, where: Callable[[Event], None] | None = None):
        self._events, self._wake, self._listener = events, wake, listener
        self._where = where or (lambda event: wake())
        self._closed = threading.Event()
        self.listening = threading.Event()  # a stream has been opened; what happens from now on is heard
        self._stream = None
        threading.Thread(target=self._follow, name="hints", daemon=True).start()

    def close(self) -> None:
        self._closed.set()
        self._end_stream()

    def _end_stream(self) -> None:
        self.listening.clear()
        close = getattr(self._stream, "close", None)
        if close:
            close()

    def _follow(self) -> None:
        pause = 0.1
        while not self._closed.is_set():
            try:
                self._stream = self._events()
                if self._closed.is_set():
                    return self.close()
                pause = 0.1  # it answers; a quiet stream that ended is no reason to be away for long
                self.listening.set()
                self._wake()
                for event in self._stream:
                    self._where(event)
                    if self._listener:
                        self._listener(event)
            except StatusError:
                pass  # the engine is away; the loop finds out by itself when it looks
            except Exception:
                import logging

                logging.getLogger(__name__).exception("listening to events failed; another stream is opened")
            self._end_stream()
            self._closed.wait(pause)
            pause = min(5.0, pause * 2)

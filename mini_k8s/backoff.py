"""How long does something wait before it is tried again?

``restart_delay`` is the curve, ``Backoff`` holds its numbers, and ``Patience`` remembers who waits, and what was tried
how often. Upstream: ``k8s.io/client-go/util/flowcontrol/backoff.go``, as the kubelet uses it for containers that crash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mini_k8s.record import Action, Held


def restart_delay(restarts: int, since: float, base: float, cap: float, reset: float) -> float:
    """How many seconds does something wait now, before it is started once more?

    restarts    how many times it was restarted before: 0 or more
    since       how many seconds ago it was started the last time: 0 or more
    base        how many seconds the second restart waits. More than 0
    cap         how many seconds any restart waits at most
    reset       after how many seconds without trouble the past is forgotten

    The first restart is immediate: 0.0. The second waits base seconds, and each one after it
    twice as long as the one before, but never longer than cap.
    Where since has reached reset (or is more), the past is forgotten: 0.0, as for the first.
    restarts may be large: what crashes all night long was restarted some thousand times.
    Say how long, and do not wait yourself. Remember nothing: all that counts is given to you.

    >>> restart_delay(3, 5.0, base=1.0, cap=30.0, reset=60.0)
    4.0
    """
    if not restarts or since >= reset:
        return 0.0
    # 2.0 ** 1024 is more than a float holds
    return min(cap, base * 2.0 ** min(restarts - 1, 60))


@dataclass(frozen=True)
class Backoff:
    """How long a name waits before the same is done to it again: the numbers for ``restart_delay``, in seconds.

    Kubernetes' values for crashing containers (``containerBackOffPeriod`` and ``MaxContainerBackOff`` in
    ``pkg/kubelet/kubelet.go``): 10 s, doubled up to 300 s, forgotten after 10 minutes of running. The workshop's are
    the same curve, ten times shorter.
    """

    base: float = 10.0
    cap: float = 300.0
    reset: float = 600.0

    @classmethod
    def workshop(cls) -> "Backoff":
        return cls(base=1.0, cap=30.0, reset=60.0)


class Tried(NamedTuple):
    """How often an action was carried out, well or not, since it was first wanted."""

    action: Action
    times: int
    ended: float  # clock seconds of the last time


class Patience:
    """Who waits, and what was tried how often. ``backoff`` None: nobody ever waits."""

    def __init__(self, backoff: Backoff | None):
        self.backoff = backoff
        self._waits: dict[str, Held] = {}
        self._tried: dict[tuple[str, str], Tried] = {}  # (verb, name) -> how often

    def holding(self, now: float, desired: Mapping, observed: Mapping) -> dict[str, Held]:
        """The waits that still hold. What is no longer wanted, as the wish or the world changed, is forgotten."""
        for name, wait in list(self._waits.items()):
            if not _still_differs(wait.action, desired, observed):
                del self._waits[name]
        for key, tried in list(self._tried.items()):
            if not _still_wanted(tried.action, desired, observed):
                del self._tried[key]
        return {name: wait for name, wait in self._waits.items() if wait.until > now}

    def delay(self, action: Action, now: float) -> float:
        """Seconds this action has to wait. A wait that was waited out is not waited again."""
        wait, tried = self._waits.get(action.name), self._tried.get((action.verb, action.name))
        if wait and wait.action == action:
            return max(0.0, wait.until - now)
        if self.backoff is None or tried is None or tried.action != action:
            return 0.0
        since, how = now - tried.ended, self.backoff
        if since >= how.reset:
            del self._tried[action.verb, action.name]  # how often it was tried; restart_delay says what follows
        return float(restart_delay(tried.times - 1, since, how.base, how.cap, how.reset))

    def wait(self, action: Action, now: float, delay: float) -> None:
        """From now on this action waits."""
        self._waits[action.name] = Held("backing off", action, now, now + delay, delay)

    def begin(self, action: Action) -> None:
        """It is carried out: nobody of that name waits any longer."""
        self._waits.pop(action.name, None)

    def end(self, action: Action, now: float) -> None:
        """It was carried out, well or not."""
        tried = self._tried.get((action.verb, action.name))
        times = tried.times if tried and tried.action == action else 0
        self._tried[action.verb, action.name] = Tried(action, times + 1, now)

    def due(self, after: float) -> float | None:
        """The first moment after ``after`` at which a wait ends, or None."""
        return min((wait.until for wait in self._waits.values() if wait.until > after), default=None)


_NOTHING = object()  # equal to no what, None included


def _still_wanted(action: Action, desired: Mapping, observed: Mapping) -> bool:
    """Would this action still be right, were it not that a start has worked (so far)?"""
    wished = desired.get(action.name, _NOTHING)
    if action.verb == "start":
        return wished == action.what
    return wished != action.what and observed.get(action.name, _NOTHING) == action.what


def _still_differs(action: Action, desired: Mapping, observed: Mapping) -> bool:
    """Does the difference that called for this action still exist?"""
    return _still_wanted(action, desired, observed) and (action.verb == "stop" or action.name not in observed)

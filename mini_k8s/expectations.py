"""Chapter 5: what was done that cannot be seen yet?

A controller decides from a copy that may be a moment old. What it has just created is not in there yet, so it would
create it again. It therefore remembers what it did, and decides nothing about that key until it has seen it; or until
so much time has passed that it must have missed it. Upstream: ``UIDTrackingControllerExpectations`` in
``pkg/controller/controller_utils.go``, which counts creations, for there the answer may come after the event.
"""

from collections.abc import Hashable

from mini_k8s.clock import Clock

LONGEST = 300.0  # seconds after which the news must have been missed: upstream's ExpectationsTimeout


class Expectations:
    """For each key, the uids of objects whose coming or going is awaited."""

    def __init__(self, clock: Clock, longest: float = LONGEST):
        self.clock, self.longest = clock, longest
        self._doubted: set[Hashable] = set()
        self._awaited: dict[Hashable, dict[str, float]] = {}  # key -> uid -> since when

    def expect(self, key: Hashable, uid: str) -> None:
        """This object was created, or was asked to go, and that is not seen yet."""
        self._awaited.setdefault(key, {})[uid] = self.clock.now()

    def seen(self, key: Hashable, uid: str) -> None:
        """It was."""
        awaited = self._awaited.get(key)
        if awaited is not None and awaited.pop(uid, None) is not None and not awaited:
            del self._awaited[key]

    def doubt(self, key: Hashable) -> None:
        """Something was asked for, and nobody knows whether it was done: before more is, look at the truth itself."""
        self._doubted.add(key)

    def doubted(self, key: Hashable) -> bool:
        """Is there such a doubt? It is over with this question."""
        doubted = key in self._doubted
        self._doubted.discard(key)
        return doubted

    def forget(self, key: Hashable) -> None:
        """Nothing is awaited for this key any more."""
        self._awaited.pop(key, None)
        self._doubted.discard(key)

    def wait(self, key: Hashable) -> float:
        """Seconds until the key may be decided about at the latest; 0 when it may be now."""
        awaited = self._awaited.get(key)
        if not awaited:
            return 0.0
        left = max(awaited.values()) + self.longest - self.clock.now()
        if left <= 0:
            self.forget(key)
            self.doubt(key)
        return max(0.0, left)

    def __len__(self) -> int:
        return sum(map(len, self._awaited.values()))

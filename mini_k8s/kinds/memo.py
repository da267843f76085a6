"""What was found out about a spec before? A thousand pods have one spec between them, so it is looked at once.

Two specs are the same when their JSON is. They also share one object in memory then.
"""

from collections.abc import Callable

import orjson

from mini_k8s.objects import Object


class Memo:
    """Remembers the last ``most`` specs or so.

    default   fills in what a spec leaves out; the same for the same spec, whenever it is asked
    """

    def __init__(self, default: Callable[[Object], Object], most: int = 1000):
        self._default, self._most = default, most
        self._full: dict[bytes, Object] = {}  # JSON of a spec -> the spec with its defaults
        self._sound: dict[int, Object] = {}  # id of a spec -> that spec, which keeps its id from being used again

    def full(self, spec: Object) -> Object:
        """The spec with its defaults."""
        try:
            text = orjson.dumps(spec)
        except TypeError:  # not everything in Python is JSON
            return self._default(spec)
        full = self._full.get(text)
        if full is None:
            if len(self._full) >= self._most:
                self._full.clear()
            full = self._full[text] = self._default(spec)
        return full

    def is_sound(self, spec: Object) -> bool:
        """Was nothing wrong with this very object when it was looked at?"""
        return self._sound.get(id(spec)) is spec

    def found_sound(self, spec: Object) -> None:
        """Nothing is wrong with it."""
        if len(self._sound) >= self._most:
            self._sound.clear()
        self._sound[id(spec)] = spec

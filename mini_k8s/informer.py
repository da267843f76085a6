"""Chapter 5: how does a component follow the truth cheaply?

It lists once, then follows the changes, and keeps a copy to look things up in. Many share one informer: a thousand
questions cost the store nothing. The copy may be a moment old, so what is decided from it must be right again on the
next look; but it is never ahead of what is kept for good. When the changes can no longer be followed it lists anew, and
nobody notices but for what has changed.
Upstream: ``client-go/tools/cache`` (reflector, indexer, shared informer). Left out: paging, bookmarks.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from mini_k8s.errors import Gone
from mini_k8s.objects import Key, Object, key_of

if TYPE_CHECKING:
    from mini_k8s.client import Client

Handler = Callable[[Object | None, Object | None], None]  # (the object before, the object now); None: not there
Index = Callable[[Object], Iterable[str]]


class Informer:
    """A copy of all objects of a kind, kept by ``step()``, which must always be called by the same thread.

    indexes   name -> function that says under which values an object is found:
              {"node": lambda pod: [pod.spec.nodeName]}
    """

    def __init__(self, client: "Client", kind: str, indexes: Mapping[str, Index] | None = None):
        self.client, self.kind = client, kind
        self.handlers: list[Handler] = []
        self.version = ""  # of the newest change that was seen
        self._indexes = dict(indexes or {})
        self._objects: dict[Key, Object] = {}
        self._found: dict[str, dict[str, dict[Key, Object]]] = {name: {} for name in self._indexes}
        self._watch = self._listing = None  # what is followed; and what was listed, and is not taken in yet

    def step(self) -> bool:
        """Take in what has changed since the last time; say whether that was anything."""
        events = []
        try:
            if self._watch is None:
                self._list()
            elif self._listing is None:
                events = self._watch.drain()
        except Gone:
            self._list()
        if self._listing is not None:
            return self._watch.durable and self._take_list()  # else there is news when it is
        for event in events:
            key = key_of(event.object)
            self._take(key, None if event.type == "DELETED" else event.object)
            self.version = event.object["metadata"]["resourceVersion"]
        return bool(events)

    @property
    def synced(self) -> bool:
        """It has listed: before that, what is not here may be there all the same."""
        return self.version != ""

    def resync(self) -> None:
        """Tell every handler of every object as if it had changed, in case one of them missed something."""
        for obj in [*self._objects.values()]:
            self._tell(obj, obj)

    def get(self, key: Key) -> Object | None:
        """The object as it was last seen, or None."""
        return self._objects.get(key)

    def list(self) -> Iterable[Object]:
        """All objects as they were last seen."""
        return self._objects.values()

    def by(self, index: str, value: str) -> Iterable[Object]:
        """The objects that this index finds under ``value``. Raises KeyError for an index that there is not."""
        return self._found[index].get(value, {}).values()

    def count(self, index: str, value: str) -> int:
        """How many those are."""
        return len(self._found[index].get(value, ()))

    def __len__(self) -> int:
        return len(self._objects)

    def __repr__(self) -> str:
        return f"<Informer of {self.kind}: {len(self)} objects at version {self.version or '?'}>"

    def _list(self) -> None:
        self._listing = self.client.list(self.kind)
        self._watch = self.client.watch(self.kind, since=self._listing.version)

    def _take_list(self) -> bool:
        listing, self._listing = self._listing, None
        now = {key_of(obj): obj for obj in listing.items}
        for key in [key for key in self._objects if key not in now]:
            self._take(key, None)
        for key, obj in now.items():
            if self._objects.get(key) is not obj:
                self._take(key, obj)
        self.version = str(listing.version)
        return True

    def _take(self, key: Key, new: Object | None) -> None:
        old = self._objects.get(key)
        if new is not None and old is not None and new["metadata"].get("uid") != old["metadata"].get("uid"):
            self._take(key, None)  # another object of the same name: the old one went while nobody looked
            old = None
        if new is None:
            self._objects.pop(key, None)
        else:
            self._objects[key] = new
        for name, index in self._indexes.items():
            found = self._found[name]
            before = () if old is None else index(old)
            after = () if new is None else index(new)
            for value in before:
                if value not in after:
                    there = found[value]
                    del there[key]
                    if not there:
                        del found[value]
            for value in after:
                found.setdefault(value, {})[key] = new
        self._tell(old, new)

    def _tell(self, old: Object | None, new: Object | None) -> None:
        for handler in self.handlers:
            handler(old, new)

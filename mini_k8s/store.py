"""Chapter 3: where does the wish live? Versioned, watchable, one truth.

The store keeps objects and knows nothing of what they mean. Every change gets the next version, one number for all
kinds; whoever changes an object says which version was read, and is refused when it is no longer the newest. The last
changes are kept in order, so that anybody can follow from any of them: a watch is a place in that list, no queue of its
own. Upstream: etcd, and the watch cache of ``apiserver/pkg/storage/cacher``. Left out: ranges, leases, transactions.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple, Protocol

from mini_k8s.errors import AlreadyExists, BadRequest, Conflict, Gone, NotFound
from mini_k8s.objects import Key, Object, key_of

Where = Callable[[Object], bool]  # which objects are asked for


class Event(NamedTuple):
    """One change. ``version`` is the number it got; ``old`` is the object before it, None for a new one."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    object: Object  # as it is after the change; a deleted one as it was, with the version of its deletion
    old: Object | None
    version: int


class Listing(NamedTuple):
    """Objects of one moment, ordered by namespace and name. A watch from ``version`` continues it."""

    version: int
    items: tuple[Object, ...]


class Log(Protocol):
    """What makes the store durable. ``storage/`` has one; without it the store lives in memory."""

    durable: int  # the newest version that is kept for good
    listeners: list[Callable[[], None]]  # called when it has grown, on any thread; may not block

    def load(self) -> tuple[int, list[Event]]:
        """What was kept: the version up to which nothing can be followed any more, and the events that follow, each
        with its ``old``. The objects of that version come first, as ADDED events of their own versions."""

    def append(self, event: Event, compacted: int, forget: Sequence[int]) -> None:
        """Keep this event, soon. What happened up to version ``compacted`` can be followed no more, and the events of
        the versions in ``forget`` are needed no more. Never blocks.

        Raises before anything is changed: ServiceUnavailable when nothing can be kept just now, Invalid when this
        object can never be.
        """

    def wait(self, version: int, timeout: float) -> None:
        """Return when this version is kept for good. Raises ServiceUnavailable or Timeout when that is not certain."""

    def close(self) -> None:
        """Keep what is not kept yet, and end. Raises ServiceUnavailable when something could not be kept."""


def check_version(stored: Object, written: Object) -> None:
    """May ``written`` take the place of ``stored``?

    stored     the object as it is kept, with metadata.uid and metadata.resourceVersion
    written    what somebody hands in for the same name. Its metadata may lack either of the
               two, or both: whoever leaves a field out does not ask, and is not refused for it

    Return nothing when it may. Raise Conflict when it may not, because it was made from another
    state than the one that is kept: another resourceVersion, or another uid (an object of the
    same name, from before). Let the message name both values. Nothing else matters. The two are
    texts: compare them for equality only; which of two is newer is nobody's business.

    >>> from mini_k8s.objects import freeze
    >>> pod = freeze({"metadata": {"name": "web", "uid": "u-1", "resourceVersion": "7"}})
    >>> check_version(pod, pod.with_(spec={"nodeName": "node-1"}))
    >>> check_version(pod, pod.with_(metadata={"resourceVersion": "6"}))
    Traceback (most recent call last):
    mini_k8s.errors.Conflict: 'web' is at version 7, you changed version 6
    """
    has, said = stored["metadata"], written["metadata"]
    if said.get("uid") not in (None, has.get("uid")):
        raise Conflict(f"'{has['name']}' has the uid {has.get('uid')}, "
                       f"you changed the one with uid {said['uid']}")
    if said.get("resourceVersion") not in (None, has.get("resourceVersion")):
        raise Conflict(f"'{has['name']}' is at version {has.get('resourceVersion')}, "
                       f"you changed version {said['resourceVersion']}")


class Store:
    """Keeps objects. All its methods may be called from any thread; what they return is shared and frozen.

    log       makes it durable; None: in memory
    window    how many of the last changes can be followed, at least
    """

    def __init__(self, log: Log | None = None, window: int = 10_000):
        self.listeners: list[Callable[[], None]] = []  # called after every change; may not block
        self.durable_listeners = log.listeners if log else self.listeners  # called when ``durable`` has grown
        self._log, self._window = log, max(window, 1)
        self._lock = threading.RLock()
        self._objects: dict[str, dict[tuple[str, str], Object]] = {}  # kind -> (namespace, name) -> object
        self._events: list[Event] = []  # of the versions after _compacted up to version, none left out
        self._compacted = self.version = 0  # what cannot be followed any more, and the newest version
        if log:
            self._compacted, events = log.load()
            for event in events:
                self._put(key_of(event.object), event)
            self._events = [event for event in events if event.version > self._compacted]
            self.version = self._compacted + len(self._events)

    @property
    def durable(self) -> int:
        """The newest version that would survive the end of this program; in memory, where none does, the newest.

        A version that was not kept may be given again after a crash. So whatever leaves this program, be it a list or
        an answer, waits for its version first (``wait``), and a watch tells of what is durable.
        """
        return self._log.durable if self._log else self.version

    def create(self, obj: Object) -> Object:
        """Keep a new object; return it with its version. Raises AlreadyExists when the name is taken."""
        key = key_of(obj)
        with self._lock:
            if self._find(key) is not None:
                raise AlreadyExists(f"{key} exists already.")
            return self._change("ADDED", key, obj, None)

    def get(self, key: Key) -> Object:
        """The object as it is now. Raises NotFound."""
        with self._lock:
            found = self._find(key)
        if found is None:
            raise NotFound(f"there is no {key}.")
        return found

    def list(self, kind: str, namespace: str | None = None, where: Where | None = None) -> Listing:
        """The objects of a kind, of one moment; of all namespaces when none is named."""
        with self._lock:
            version, found = self.version, self._objects.get(kind, {})
            items = [*found.items()] if namespace is None else [i for i in found.items() if i[0][0] == namespace]
        items.sort(key=lambda item: item[0])
        return Listing(version, tuple(obj for _, obj in items if where is None or where(obj)))

    def update(self, obj: Object) -> Object:
        """Replace an object; return it with its new version. What changes nothing is no change, and gets none.

        Raises NotFound, and Conflict as ``check_version`` says.
        """
        key = key_of(obj)
        with self._lock:
            old = self.get(key)
            check_version(old, obj)
            new = _stamped(obj, old["metadata"]["resourceVersion"])
            return old if new == old else self._change("MODIFIED", key, new, old)

    def delete(self, key: Key, uid: str | None = None, version: str | None = None) -> Object:
        """Remove an object; return it as it was, with the version of its deletion. Raises NotFound and Conflict."""
        with self._lock:
            old = self.get(key)
            check_version(old, Object(metadata=Object(uid=uid, resourceVersion=version)))
            return self._change("DELETED", key, old, old)

    def watch(self, kind: str | None = None, namespace: str | None = None, since: int | str | None = None,
              where: Where | None = None) -> "Watch":
        """The changes after version ``since`` (from now on, when None), of a kind or of all.

        Raises Gone when that version cannot be followed any more, or does not exist yet: list, then watch again.
        """
        with self._lock:
            since = self.version if since is None else _number(since)
            if not self._compacted <= since <= self.version:
                raise Gone(f"version {since} cannot be followed: this store remembers {self._compacted} to "
                           f"{self.version}. List anew, and watch from the version of that list.")
            return Watch(self, since, kind, namespace, where)

    def wait(self, version: int | str, timeout: float = 10.0) -> None:
        """Return when this version would survive the end of this program. Raises ServiceUnavailable or Timeout."""
        if self._log:
            self._log.wait(_number(version), timeout)

    def close(self) -> None:
        """Keep what is not kept yet, and let go of the log. Raises ServiceUnavailable when that cannot be."""
        if self._log:
            self._log.close()

    def __len__(self) -> int:
        return sum(map(len, self._objects.values()))

    def __repr__(self) -> str:
        return f"<Store at version {self.version}, {len(self)} objects>"

    # Below here everything is done with the lock held.

    def _find(self, key: Key) -> Object | None:
        return self._objects.get(key.kind, {}).get((key.namespace, key.name))

    def _change(self, type: str, key: Key, obj: Object, old: Object | None) -> Object:
        version = self.version + 1
        obj = _stamped(obj, str(version))
        event = Event(type, obj, old, version)
        leaving = self._leaving()
        compacted = leaving[-1].version if leaving else self._compacted
        if self._log:
            self._log.append(event, compacted, [number for left in leaving for number in superseded(left)])
        self.version = version
        self._put(key, event)
        self._events.append(event)
        if leaving:
            del self._events[:len(leaving)]
            self._compacted = compacted
        for listener in self.listeners:
            listener()
        return obj

    def _leaving(self) -> Sequence[Event]:
        """The oldest events, those that leave the window when another one comes; a tenth of it at a time."""
        extra = len(self._events) + 1 - self._window
        return self._events[:extra] if extra >= max(1, self._window // 10) else ()

    def _put(self, key: Key, event: Event) -> None:
        objects = self._objects.setdefault(key.kind, {})
        if event.type == "DELETED":
            objects.pop((key.namespace, key.name), None)
        else:
            objects[key.namespace, key.name] = event.object

    def _after(self, version: int, durable: bool) -> tuple[int, Sequence[Event]]:
        """The newest version that may be told of, and the events after ``version`` up to it."""
        with self._lock:
            if version < self._compacted:
                raise Gone(f"this watch fell {self._compacted - version} changes behind what the store remembers. List "
                           "anew, and watch from the version of that list.")
            newest = max(version, self.durable) if durable else self.version
            return newest, self._events[version - self._compacted:newest - self._compacted]


class Watch:
    """Follows the changes of a store, in order, none twice and none left out.

    An object that comes to match what is watched for is ADDED, one that no longer matches is DELETED. Whoever is so
    slow that the store has forgotten what comes next gets Gone, and has to list anew: nothing is ever skipped.
    """

    def __init__(self, store: Store, version: int, kind: str | None, namespace: str | None, where: Where | None):
        self.version = version  # it has told of everything up to here; another watch may go on from it
        self._store, self._kind, self._namespace, self._where = store, kind, namespace, where

    def drain(self, durable: bool = True) -> list[Event]:
        """The changes since the last time, without waiting; of one thread at a time. Raises Gone.

        durable   those that would survive the end of this program, the others when they do: what is done about a
                  change must not outlive it. False: all
        """
        self.version, events = self._store._after(self.version, durable)
        return [seen for event in events if (seen := self._seen(event))]

    def __iter__(self) -> Iterator[Event]:
        return iter(self.drain())

    @property
    def durable(self) -> bool:
        """Would everything up to ``version`` survive the end of this program?"""
        return self._store.durable >= self.version

    def _seen(self, event: Event) -> Event | None:
        """The event as this watcher sees it, None when it does not."""
        obj = event.object
        if self._kind is not None and obj["kind"] != self._kind:
            return None
        if self._namespace is not None and (obj["metadata"].get("namespace") or "") != self._namespace:
            return None
        if self._where is None:
            return event
        was = event.old is not None and self._where(event.old)
        if event.type == "DELETED":
            return event if was else None
        if self._where(obj):
            return event._replace(type="MODIFIED" if was else "ADDED")
        if not was:
            return None
        return event._replace(type="DELETED", object=_stamped(event.old, str(event.version)))


def superseded(event: Event) -> tuple[int, ...]:
    """The versions that nobody needs any more when this event cannot be followed any more."""
    before = (int(event.old["metadata"]["resourceVersion"]),) if event.old else ()
    return (*before, event.version) if event.type == "DELETED" else before


def _stamped(obj: Object, version: str) -> Object:
    return Object({**obj, "metadata": Object({**obj["metadata"], "resourceVersion": version})})


def _number(version: int | str) -> int:
    try:
        return int(version)
    except (TypeError, ValueError):
        raise BadRequest(f"{version!r} is no version. Use the one of a list, or an object's resourceVersion.") from None

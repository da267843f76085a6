"""What does the API always keep its word about? Looked at with every change of the store.

The letters are those of the list of promises: S1 versions, S2 what was acknowledged, S3 lost updates, S4 the order of
events, S5 what can be followed, S6 lists and watches, S7 what counts as a change, S8 names and deletion.
"""

from collections.abc import Callable

from mini_k8s.errors import Gone
from mini_k8s.identity import FOREGROUND, ORPHAN
from mini_k8s.objects import Key, Object, key_of
from mini_k8s.store import Event, Store

Blame = Callable[[str, str], None]  # (promise, how it was broken)
WINDOW = 5  # so many changes can be followed: few, so that components fall behind
_SYSTEM = ("deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion")


class Promises:
    """Follows one store, through all its lives.

    blame   is told when a promise is broken
    heard   is told of every event that was in order
    """

    def __init__(self, blame: Blame, heard: Callable[[Event], None]):
        self.blame, self.heard = blame, heard
        self.events: list[Event] = []  # all there were, and still are
        self.objects: dict[Key, Object] = {}
        self.letting_go = False  # somebody takes away the last finalizers just now
        self.acknowledged = 0  # the newest version that somebody was promised for good
        self._uids: dict[str, Key] = {}  # whose uid it is or was
        self._watch = None
        self.store: Store | None = None

    def follow(self, store: Store) -> list[Event]:
        """A store begins, with what an earlier one has left. Returns what was never acknowledged, and is lost."""
        lost = [event for event in self.events if event.version > store.version]
        if store.version < self.acknowledged:
            self.blame("S2", f"version {self.acknowledged} was acknowledged, and after the end only {store.version} "
                       "versions are left")
        del self.events[len(self.events) - len(lost):]
        self.objects = {}
        for event in self.events:
            self._keep(event)
        self.store, self._watch = store, store.watch(since=store.version)
        store.listeners.append(self.look)
        for kind in sorted({event.object["kind"] for event in [*self.events, *lost]}):
            self._compare(kind, "S2", "after the end of the store")
        return lost

    def acknowledge(self, version: int) -> None:
        """Somebody was told that this version is kept for good."""
        self.acknowledged = max(self.acknowledged, version)

    def look(self) -> None:
        """Take in what has changed, and see whether it may."""
        for event in self._watch.drain(durable=False):
            self._check(event)
            self.events.append(event)
            self._keep(event)
            self.heard(event)

    def at_the_end(self) -> None:
        """Lists, and watches from any moment, say the same as all events together."""
        for kind in sorted({key.kind for key in self.objects}):
            self._compare(kind, "S6", "at the end")
        newest = len(self.events)
        for since in (0, newest // 3, max(0, newest - WINDOW + 1), newest, newest + 1):
            try:
                told = self.store.watch(since=since).drain(durable=False)
            except Gone:
                if newest - WINDOW < since <= newest:
                    self.blame("S5", f"version {since} of {newest} should be there to be followed, and it is not")
                continue
            if since > newest:
                self.blame("S5", f"version {since} is followed, and {newest} is the newest")
            if told != self.events[since:]:
                self.blame("S4", f"a watch from version {since} tells of {len(told)} changes, and there were "
                           f"{len(self.events) - since}, or they are others")

    def _keep(self, event: Event) -> None:
        key = key_of(event.object)
        if event.type == "DELETED":
            self.objects.pop(key, None)
        else:
            self.objects[key] = event.object

    def _compare(self, kind: str, promise: str, when: str) -> None:
        listed = {key_of(obj): obj for obj in self.store.list(kind).items}
        kept = {key: obj for key, obj in self.objects.items() if key.kind == kind}
        for key in [*kept, *listed]:
            if listed.get(key) != kept.get(key):
                self.blame(promise, f"{when}, the list shows {listed.get(key)!r} where the changes give "
                           f"{kept.get(key)!r}")

    # One event.

    def _check(self, event: Event) -> None:
        key, obj = key_of(event.object), event.object
        meta, was = obj["metadata"], self.objects.get(key)
        last = self.events[-1].version if self.events else 0
        if event.version != last + 1 or meta["resourceVersion"] != str(event.version):
            self.blame("S1", f"{key} got version {event.version} (it says {meta['resourceVersion']}) after {last}")
        if (was is None) != (event.type == "ADDED") or event.old != was:
            self.blame("S4", f"{event.type} of {key}, which was {was!r} before; the event says {event.old!r}")
            return
        if event.type == "ADDED":
            if meta["uid"] in self._uids:
                self.blame("S8", f"{key} has the uid of {self._uids[meta['uid']]}")
            self._uids[meta["uid"]] = key
            return
        before = was["metadata"]
        if meta["uid"] != before["uid"] or meta.get("creationTimestamp") != before.get("creationTimestamp"):
            self.blame("S8", f"{key} has become another one while it was there")
        if event.type == "DELETED":
            held = [one for one in before.get("finalizers") or () if one not in (FOREGROUND, ORPHAN)]
            if held and not self.letting_go:
                self.blame("S8", f"{key} has gone, and {held} had not let go")
            return
        self._changed(key, was, obj)

    def _changed(self, key: Key, was: Object, obj: Object) -> None:
        meta, before = obj["metadata"], was["metadata"]
        spec, status = obj.get("spec") != was.get("spec"), obj.get("status") != was.get("status")
        rest = {k: v for k, v in meta.items() if k not in _SYSTEM} != {k: v for k, v in before.items()
                                                                       if k not in _SYSTEM}
        deletion = any(meta.get(name) != before.get(name) for name in _SYSTEM[:2])
        parts = [part for part in {**was, **obj} if part != "metadata" and obj.get(part) != was.get(part)]
        if not (parts or rest or deletion):
            self.blame("S7", f"{key} got version {meta['resourceVersion']} for a change that changed nothing")
        if status and (spec or rest or deletion):
            self.blame("S7", f"one write changed both the status of {key} and what its users say of it")
        if "generation" in before and (meta["generation"] - before["generation"]) != int(spec or deletion):
            self.blame("S7", f"the generation of {key} went from {before['generation']} to {meta['generation']}, and "
                       f"its spec {'was' if spec else 'was not'} changed")
        if before.get("deletionTimestamp") and (not meta.get("deletionTimestamp") or (
                meta["deletionGracePeriodSeconds"] > before["deletionGracePeriodSeconds"])):
            self.blame("S8", f"{key} was to go, and now it is not, or later")

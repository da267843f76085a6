"""Chapter 12: what becomes of an object when its owner goes?

Whose owners are all gone, by uid, goes too. An owner that was deleted in the foreground waits until what it owns has
gone; one whose dependents are to be orphans first takes itself out of them. Upstream:
``pkg/controller/garbagecollector``, which finds all kinds there are by asking; here they are named.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from mini_k8s.clock import Clock
from mini_k8s.controller import Controller, Result
from mini_k8s.errors import NotFound
from mini_k8s.identity import FOREGROUND, ORPHAN
from mini_k8s.objects import Key, Object, key_of

if TYPE_CHECKING:
    from mini_k8s.client import Client
    from mini_k8s.informer import Informer


class GarbageCollector:
    """Sees to the objects of some kinds.

    informers   kind -> informer with the index "owner": the uids of an object's owners
    kinds       all kinds there are: of an owner of another kind nobody can say that it has gone
    """

    def __init__(self, client: "Client", informers: Mapping[str, "Informer"], kinds: Container[str], clock: Clock, *,
                 wake: Callable[[], None] = lambda: None):
        self.client, self.informers, self.kinds = client, informers, kinds
        self.controller = Controller("garbage-collector", self.reconcile, clock, wake, resync=None)
        self._uids: dict[str, Key] = {}  # of all objects that are there
        for informer in informers.values():
            informer.handlers.append(self._hear)
            self.controller.follow(informer)
            for obj in informer.list():
                self._hear(None, obj)

    def reconcile(self, key: Key) -> Result:
        """See to one object: is it still wanted, and may it go before what it owns?"""
        obj = self.informers[key.kind].get(key)
        if obj is None:
            return Result()
        finalizers = obj["metadata"].get("finalizers") or ()
        if obj["metadata"].get("deletionTimestamp") and (FOREGROUND in finalizers or ORPHAN in finalizers):
            self._let_go(obj, FOREGROUND if FOREGROUND in finalizers else ORPHAN)
        elif obj["metadata"].get("ownerReferences"):
            self._owned(obj)
        return Result()

    def _owned(self, obj: Object) -> None:
        """It goes when nobody is left who owns it; else it forgets those who have gone."""
        meta = obj["metadata"]
        if any(owner["kind"] not in self.kinds for owner in meta["ownerReferences"]):
            return
        owners = {owner["uid"]: self._owner(owner, meta.get("namespace") or "") for owner in meta["ownerReferences"]}
        kept = [owner for owner in meta["ownerReferences"] if owners[owner["uid"]] is not None]
        stay = [owner for owner in kept if not _waits(owners[owner["uid"]])]
        with suppress(NotFound):  # where it has changed meanwhile, the Conflict brings it back here
            if not stay:
                if not meta.get("deletionTimestamp"):
                    self.client.delete(obj["kind"], meta["name"], meta.get("namespace") or "", uid=meta["uid"],
                                       version=meta["resourceVersion"])
            elif len(stay) < len(meta["ownerReferences"]):
                self.client.update(obj.with_(metadata={"ownerReferences": stay}))

    def _owner(self, reference: Object, namespace: str) -> Object | None:
        """The owner as it is now: what a copy says may be too old to delete something for it."""
        try:
            found = self.client.get(reference["kind"], reference["name"], namespace)
        except NotFound:
            return None
        return found if found["metadata"]["uid"] == reference["uid"] else None

    def _let_go(self, owner: Object, finalizer: str) -> None:
        """Bring what it owns to its end, or make that nobody's; when none is left, the finalizer goes."""
        meta, left = owner["metadata"], False
        for obj in [*self._dependents(meta["uid"])]:
            own = obj["metadata"]
            reference = next(one for one in own["ownerReferences"] if one["uid"] == meta["uid"])
            with suppress(NotFound):
                if finalizer == ORPHAN:
                    left = True
                    self.client.update(obj.with_(metadata={"ownerReferences": [
                        one for one in own["ownerReferences"] if one["uid"] != meta["uid"]] or None}))
                elif reference.get("blockOwnerDeletion"):
                    left = True
                    self.controller.queue.add(key_of(obj))
        if not left:
            with suppress(NotFound):
                self.client.update(owner.with_(metadata={"finalizers": [
                    one for one in meta["finalizers"] if one != finalizer]}))

    def _dependents(self, uid: str) -> Iterator[Object]:
        for informer in self.informers.values():
            yield from informer.by("owner", uid)

    def _hear(self, old: Object | None, new: Object | None) -> None:
        """Whoever is concerned is looked at: who has come without its owners, who goes, and what they own."""
        if new is None:
            self._uids.pop(old["metadata"]["uid"], None)
            for obj in self._dependents(old["metadata"]["uid"]):
                self.controller.queue.add(key_of(obj))
            for owner in old["metadata"].get("ownerReferences") or ():
                if key := self._uids.get(owner["uid"]):
                    self._look_at_leaving(key)
            return
        meta, key = new["metadata"], key_of(new)
        self._uids[meta["uid"]] = key
        if meta.get("deletionTimestamp") and meta.get("finalizers"):
            self.controller.queue.add(key)
        owners = meta.get("ownerReferences") or ()
        if owners and (old is None or owners != old["metadata"].get("ownerReferences")):
            if any(owner["uid"] not in self._uids for owner in owners):
                self.controller.queue.add(key)
        elif old is not None and not owners:
            for owner in old["metadata"].get("ownerReferences") or ():
                if gone := self._uids.get(owner["uid"]):
                    self._look_at_leaving(gone)

    def _look_at_leaving(self, key: Key) -> None:
        owner = self.informers[key.kind].get(key)
        if owner is not None and owner["metadata"].get("deletionTimestamp"):
            self.controller.queue.add(key)


def _waits(owner: Object) -> bool:
    """It waits for what it owns."""
    meta = owner["metadata"]
    return bool(meta.get("deletionTimestamp")) and FOREGROUND in (meta.get("finalizers") or ())

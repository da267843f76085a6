"""Chapter 3: who may change what?

The only way into the store, for everybody: people, controllers, kubelets. Every write takes the same four steps: admit,
default, validate, write. A user writes ``spec``, a component writes ``status``, and neither can change the other's by
accident; what is deleted stays readable until everybody who has to do with it has let go. What is special about a kind
stands in ``kinds/``. Upstream: ``apiserver/pkg/registry/generic/registry/store.go`` and ``rest/*.go``. Left out:
users and their rights, field managers; HTTP and everything that kubectl needs stand in ``apiserver/``.
"""

import random
import threading
from collections.abc import Callable, Mapping, Sequence

from mini_k8s import forms, identity
from mini_k8s import store as versions
from mini_k8s.clock import Clock, UnixClock, timestamp
from mini_k8s.errors import AlreadyExists, BadRequest, Forbidden, Invalid, NotFound
from mini_k8s.kind import Kind
from mini_k8s.objects import Key, Object, freeze, merge
from mini_k8s.problems import Problem, check_metadata, refuse
from mini_k8s.store import Listing, Store, Watch, Where


def apart(stored: Object, written: Object, subresource: str) -> Object:
    """What of ``written`` counts? A user writes the wish, a component the fact.

    stored        the object as it is kept
    written       the whole object as somebody hands it in, for the same name
    subresource   "" for an ordinary write, "status" for a write of the status

    Return the whole object that is to be kept. Of an ordinary write everything counts, but
    for its status: that stays as it is stored. Of a write of the status nothing counts but
    its status: everything else stays as it is stored. Where the side that counts has no
    status, what you return has none either. Both objects are frozen, and stay as they are.

    >>> pod = freeze({"spec": {"nodeName": "node-1"}, "status": {"phase": "Running"}})
    >>> other = freeze({"spec": {"nodeName": "node-2"}, "status": {"phase": "Failed"}})
    >>> apart(pod, other, "")
    {'spec': {'nodeName': 'node-2'}, 'status': {'phase': 'Running'}}
    >>> apart(pod, other, "status")
    {'spec': {'nodeName': 'node-1'}, 'status': {'phase': 'Failed'}}
    """
    wish, fact = (stored, written) if subresource == "status" else (written, stored)
    kept = {field: value for field, value in wish.items() if field != "status"}
    if "status" in fact:
        kept["status"] = fact["status"]
    return Object(kept)


class Api:
    """The rules over one store.

    kinds       name -> Kind; may grow while it is used
    clock       Unix seconds, for timestamps
    chance      where uids and generated names come from
    admission   functions (verb, object, stored object or None) -> object, in order; one that refuses raises Forbidden
    """

    def __init__(self, store: Store, kinds: Mapping[str, Kind], clock: Clock | None = None,
                 chance: random.Random | None = None, admission: Sequence[Callable] = ()):
        self.store, self.kinds = store, kinds
        self.clock, self.chance = clock or UnixClock(), chance or random.SystemRandom()
        self.admission = list(admission)
        self._turn = threading.RLock()  # one write at a time: what was checked is what is written

    # Reading.

    def get(self, kind: str, name: str, namespace: str = "default") -> Object:
        """The object as it is now. Raises NotFound."""
        return self.store.get(self._key(kind, name, namespace))

    def list(self, kind: str, namespace: str | None = None, where: Where | None = None) -> Listing:
        """All objects of a kind, or those of a namespace, or those that ``where`` is true of."""
        return self.store.list(self.kind(kind).name, namespace, where)

    def watch(self, kind: str, namespace: str | None = None, since: int | str | None = None,
              where: Where | None = None) -> Watch:
        """The changes after version ``since``. Raises Gone: then list, and watch from the version of the list."""
        return self.store.watch(self.kind(kind).name, namespace, since, where)

    # Writing.

    def create(self, obj: Mapping, dry_run: bool = False) -> Object:
        """Write down a new object. Returns it as it was stored, with everything that was filled in.

        Raises AlreadyExists; Invalid with everything that is wrong, at once; NotFound for a namespace that is not
        there; Forbidden for one that is going, or where an admission step says no.
        """
        obj, kind = self._begin(obj)
        obj = forms.well_formed(kind, obj, None)
        meta = obj["metadata"]
        with self._turn:
            self._check_namespace(meta.get("namespace"))
            fresh = {name: value for name, value in meta.items() if value and name not in identity.GIVEN}
            fresh["uid"] = identity.new_uid(self.chance)
            fresh["creationTimestamp"] = timestamp(self.clock.now())
            if kind.has_spec:
                fresh["generation"] = 1
            for _ in range(8):
                if not meta.get("name"):
                    fresh["name"] = identity.generated(meta.get("generateName"), self.chance)
                new = self._admit("create", Object({**obj, "metadata": Object(fresh)}), None)
                new = _with_status(kind.default(new), kind.status)
                self._refuse(kind, new, [*check_metadata(new, None), *kind.validate(new, None)])
                try:
                    if dry_run:
                        self._missing(kind, new)
                        return new
                    return self.store.create(new)
                except AlreadyExists:
                    if meta.get("name"):
                        raise AlreadyExists(f'{kind.plural} "{meta["name"]}" already exists') from None
            raise AlreadyExists(f'{kind.plural} "{fresh["name"]}" already exists, and so did seven others that were '
                                "tried. Use a longer generateName.")

    def update(self, obj: Mapping, subresource: str = "", dry_run: bool = False) -> Object:
        """Replace an object, or a part of it: with ``subresource="status"`` its status, with "scale" how many there are
        to be of what it stands for. Returns it as it was stored.

        Raises NotFound, Conflict when the object was read before somebody else's change, and Invalid.
        """
        written, kind = self._begin(obj)
        with self._turn:
            stored = self.store.get(self._key(kind.name, written["metadata"].get("name", ""),
                                              written["metadata"].get("namespace") or ""))
            versions.check_version(stored, written)
            if subresource == "scale":
                if kind.scaled is None:
                    raise NotFound(f"a {kind.name} cannot be scaled: it does not say how many there are to be.")
                written = kind.scaled(stored, written)
            new = identity.same(apart(stored, forms.well_formed(kind, written, stored), subresource), stored)
            new = self._admit("update", new, stored)
            if _differs(new, stored, _NOT_FACT):
                new = _shared(kind.default(new), stored)
                spec = _differs(new, stored, _NOT_SPEC)
                if spec and "generation" in stored["metadata"]:
                    new = new.with_(metadata={"generation": stored["metadata"]["generation"] + 1})
                self._refuse(kind, new, [*check_metadata(new, stored), *(kind.validate(new, stored) if spec else ())])
            if dry_run:
                return new
            if _may_go(new) and not kind.held(new):
                return self.store.delete(self._key_of(new), version=stored["metadata"]["resourceVersion"])
            return self.store.update(new)

    def patch(self, kind: str, name: str, patch: Mapping, namespace: str = "default", subresource: str = "",
              dry_run: bool = False) -> Object:
        """Change some fields: a JSON merge patch (RFC 7386), in which None removes and a list replaces."""
        with self._turn:
            return self.update(merge(self.get(kind, name, namespace), patch), subresource, dry_run)

    def delete(self, kind: str, name: str, namespace: str = "default", grace: int | None = None,
               uid: str | None = None, version: str | None = None, dry_run: bool = False,
               propagation: str | None = None) -> Object:
        """Ask for an object to go. Returns it: marked with a deletionTimestamp when somebody still has to let go (its
        finalizers, the kubelet that runs it), else as it was when it went.

        grace     seconds that it gets to end; None: what the object says. 0: at once
        uid, version   delete only this very object, or this very state of it: else Conflict
        propagation    what becomes of what it owns: "Background" (the default): it goes afterwards; "Foreground": it
                       goes first; "Orphan": it stays
        """
        about = self.kind(kind)
        if grace is not None and grace < 0:
            raise Invalid(f"a grace of {grace} s makes no sense. Give 0 for at once, or more.")
        with self._turn:
            stored = self.get(kind, name, namespace)
            meta = stored["metadata"]
            versions.check_version(stored, Object(metadata=Object(uid=uid, resourceVersion=version)))
            self._admit("delete", stored, stored)
            seconds = about.grace(stored, grace)
            if (leaving := meta.get("deletionTimestamp")) and seconds:
                seconds = min(seconds, meta.get("deletionGracePeriodSeconds") or 0)
            finalizers = identity.finalizers_for(meta.get("finalizers") or (), propagation)
            if seconds == 0 and not finalizers and not about.held(stored):
                return stored if dry_run else self.store.delete(self._key_of(stored), meta["uid"])
            same = finalizers == (meta.get("finalizers") or ())
            if leaving and seconds == meta.get("deletionGracePeriodSeconds") and same:
                return stored
            marked = stored.with_(metadata={
                "deletionGracePeriodSeconds": seconds, "finalizers": finalizers or None, "deletionTimestamp": leaving
                if leaving and seconds == meta.get("deletionGracePeriodSeconds") else
                timestamp(self.clock.now() + seconds)})
            if "generation" in meta and (not leaving or seconds != meta.get("deletionGracePeriodSeconds")):
                marked = marked.with_(metadata={"generation": meta["generation"] + 1})
            return marked if dry_run else self.store.update(marked)

    def kind(self, name: str) -> Kind:
        """The kind of that name. Raises NotFound, naming those there are."""
        found = self.kinds.get(name)
        if found is None:
            from difflib import get_close_matches

            near = get_close_matches(str(name), self.kinds, 1)
            raise NotFound(f"there is no kind {name!r} here. " + (f"Did you mean {near[0]!r}?" if near else
                           f"There are: {', '.join(sorted(self.kinds))}."))
        return found

    # The steps.

    def _begin(self, obj: Mapping) -> tuple[Object, Kind]:
        """The object, frozen and with its namespace, and its kind. Raises BadRequest when it is no object at all."""
        frozen = forms.frozen(obj)
        kind = self.kind(frozen.get("kind") or "")
        version, meta = frozen.get("apiVersion") or kind.apiVersion, frozen.get("metadata") or _EMPTY
        if version != kind.apiVersion:
            raise NotFound(f"there is no {kind.name} in apiVersion {version!r}. Use {kind.apiVersion!r}.")
        if not kind.namespaced:
            if meta.get("namespace"):
                raise BadRequest(f"a {kind.name} lives in no namespace, and this one says {meta['namespace']!r}. "
                                 "Leave metadata.namespace out.")
        elif not meta.get("namespace"):
            meta = Object({**meta, "namespace": "default"})
        if meta is frozen.get("metadata") and frozen.get("apiVersion"):
            return frozen, kind
        rest = {part: value for part, value in frozen.items() if part != "apiVersion"}
        return Object({"apiVersion": version, **rest, "metadata": meta}), kind

    def _refuse(self, kind: Kind, obj: Object, problems: Sequence[Problem]) -> None:
        refuse(kind.name, str(obj["metadata"].get("name") or ""), problems)

    def _admit(self, verb: str, new: Object, stored: Object | None) -> Object:
        for step in self.admission:
            new = step(verb, new, stored)
        return new

    def _check_namespace(self, name: str | None) -> None:
        if not name or "Namespace" not in self.kinds:
            return
        try:
            found = self.store.get(Key("Namespace", "", name))
        except NotFound:
            raise NotFound(f'namespaces "{name}" not found. Make it first: kind Namespace, name {name}.') from None
        if found["metadata"].get("deletionTimestamp"):
            raise Forbidden(f'namespace "{name}" is being deleted: nothing new can be created in it.')

    def _missing(self, kind: Kind, new: Object) -> None:
        try:
            self.store.get(self._key_of(new))
        except NotFound:
            return
        raise AlreadyExists(f'{kind.plural} "{new["metadata"]["name"]}" already exists')

    def _key(self, kind: str, name: str, namespace: str) -> Key:
        about = self.kind(kind)
        return Key(about.name, namespace if about.namespaced else "", name)

    def _key_of(self, obj: Object) -> Key:
        return Key(obj["kind"], obj["metadata"].get("namespace") or "", obj["metadata"]["name"])


_NOT_FACT = ("apiVersion", "kind", "status")
_NOT_SPEC = (*_NOT_FACT, "metadata")
_EMPTY = Object()


def _differs(new: Object, stored: Object, but: tuple[str, ...]) -> bool:
    """Is a part another one than the stored one? What nobody touched is shared, so this costs next to nothing."""
    for part, value in new.items():
        if value is not stored.get(part) and part not in but:
            return True
    return any(part not in new and part not in but for part in stored)


def _shared(new: Object, stored: Object) -> Object:
    """The new object, with the stored parts for those that are equal."""
    return Object({part: was if (was := stored.get(part)) == value else value for part, value in new.items()})


def _with_status(new: Object, status: Callable[[Object], Mapping | None]) -> Object:
    """A new object with the status that it begins with; what its author thinks of its status does not count."""
    first = status(new)
    if first is None and "status" not in new:
        return new
    kept = {part: value for part, value in new.items() if part != "status"}
    return Object(kept if first is None else {**kept, "status": freeze(first)})


def _may_go(obj: Object) -> bool:
    """It was asked to go, and the last one has let go."""
    meta = obj["metadata"]
    return bool(meta.get("deletionTimestamp")) and not meta.get("finalizers") \
        and not meta.get("deletionGracePeriodSeconds")

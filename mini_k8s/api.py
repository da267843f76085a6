"""Chapter 3: who may change what?

The only way into the store, for everybody: people, controllers, kubelets. Every write takes the same four steps: admit,
default, validate, write. A user writes ``spec``, a component writes ``status``, and neither can change the other's by
accident; what is deleted stays readable until everybody who has to do with it has let go. What is special about a kind
stands in ``kinds/``. Upstream: ``apiserver/pkg/registry/generic/registry/store.go`` and ``rest/*.go``. Left out:
users and their rights, field managers; HTTP and everything that kubectl needs stand in ``apiserver/``.
"""

import random
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mini_k8s import store as versions
from mini_k8s.clock import Clock, UnixClock, timestamp
from mini_k8s.errors import AlreadyExists, BadRequest, Forbidden, Invalid, NotFound
from mini_k8s.objects import Key, Object, freeze, merge
from mini_k8s.problems import Problem, check_metadata, refuse
from mini_k8s.store import Listing, Store, Watch, Where

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # of generated names: no vowels, so no words; as upstream's util/rand
OURS = ("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds")  # of metadata: a writer cannot change these


@dataclass(frozen=True)
class Kind:
    """What the rules need to know of a kind.

    default     fills in what the user left out; the object that is written
    validate    everything that is wrong with (the object, the stored one or None)
    status      the status that a new object begins with
    grace       how many seconds a deletion waits for the one who runs the object: (object, what was asked for or None)
    """

    name: str
    plural: str
    apiVersion: str = "v1"
    namespaced: bool = True
    short: tuple[str, ...] = ()
    default: Callable[[Object], Object] = lambda obj: obj
    validate: Callable[[Object, Object | None], Sequence[Problem]] = lambda obj, old: ()
    status: Callable[[Object], Mapping | None] = lambda obj: None
    grace: Callable[[Object, int | None], int] = lambda obj, asked: 0


def apart(stored: Object, written: Object, subresource: str) -> Object:
    """What of ``written`` counts? A user writes the wish, a component the fact, and neither the other.

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
        meta = obj["metadata"]
        with self._turn:
            self._check_namespace(meta.get("namespace"))
            given = {name: value for name, value in obj.items() if name != "status"}
            fresh = {**{name: value for name, value in meta.items() if name not in _GIVEN}, "generation": 1,
                     "uid": str(uuid.UUID(int=self.chance.getrandbits(128), version=4)),
                     "creationTimestamp": timestamp(self.clock.now())}
            for _ in range(8):
                if not meta.get("name"):
                    fresh["name"] = self._generate(meta.get("generateName"))
                new = self._admit("create", freeze({**given, "metadata": fresh}), None)
                if (status := kind.status(new)) is not None:
                    new = new.with_(status=status)
                self._validate(kind, new, None)
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
        """Replace an object, or with ``subresource="status"`` its status. Returns it as it was stored.

        Raises NotFound, Conflict when the object was read before somebody else's change, and Invalid.
        """
        written, kind = self._begin(obj)
        with self._turn:
            stored = self.store.get(self._key(kind.name, written["metadata"].get("name", ""),
                                              written["metadata"].get("namespace") or ""))
            versions.check_version(stored, written)
            new = apart(stored, written, subresource)
            meta = {**new["metadata"], **{name: stored["metadata"].get(name) for name in OURS}}
            meta = {name: value for name, value in meta.items() if value is not None}
            new = Object({**new, "metadata": Object(meta)})
            new = self._admit("update", new, stored)
            if any(new.get(part) != stored.get(part) for part in new.keys() | stored.keys() if part not in _NOT_SPEC):
                new = new.with_(metadata={"generation": (stored["metadata"].get("generation") or 0) + 1})
            self._validate(kind, new, stored)
            if dry_run:
                return new
            if _may_go(new):
                return self.store.delete(self._key_of(new), version=stored["metadata"]["resourceVersion"])
            return self.store.update(new)

    def patch(self, kind: str, name: str, patch: Mapping, namespace: str = "default", subresource: str = "",
              dry_run: bool = False) -> Object:
        """Change some fields: a JSON merge patch (RFC 7386), in which None removes and a list replaces."""
        with self._turn:
            return self.update(merge(self.get(kind, name, namespace), patch), subresource, dry_run)

    def delete(self, kind: str, name: str, namespace: str = "default", grace: int | None = None,
               uid: str | None = None, version: str | None = None, dry_run: bool = False) -> Object:
        """Ask for an object to go. Returns it: marked with a deletionTimestamp when somebody still has to let go (its
        finalizers, the kubelet that runs it), else as it was when it went.

        grace     seconds that it gets to end; None: what the object says. 0: at once
        uid, version   delete only this very object, or this very state of it: else Conflict
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
            if seconds == 0 and not meta.get("finalizers"):
                return stored if dry_run else self.store.delete(self._key_of(stored), meta["uid"])
            if leaving and seconds == meta.get("deletionGracePeriodSeconds"):
                return stored
            marked = stored.with_(metadata={"deletionTimestamp": timestamp(self.clock.now() + seconds),
                                            "deletionGracePeriodSeconds": seconds,
                                            "generation": (meta.get("generation") or 0) + 1})
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
        if not isinstance(obj, Mapping) or not isinstance(obj.get("metadata", {}), Mapping):
            raise BadRequest(f"{str(obj)[:80]!r} is no object: it needs apiVersion, kind and metadata.")
        frozen = freeze(obj)
        kind = self.kind(frozen.get("kind") or "")
        version, meta = frozen.get("apiVersion", kind.apiVersion), frozen.get("metadata") or Object()
        if version != kind.apiVersion:
            raise NotFound(f"there is no {kind.name} in apiVersion {version!r}. Use {kind.apiVersion!r}.")
        if kind.namespaced:
            meta = meta.with_(namespace=meta.get("namespace") or "default")
        elif meta.get("namespace"):
            raise BadRequest(f"a {kind.name} lives in no namespace, and this one says {meta['namespace']!r}. "
                             "Leave metadata.namespace out.")
        return Object({"apiVersion": version, **frozen, "metadata": meta}), kind

    def _admit(self, verb: str, new: Object, stored: Object | None) -> Object:
        for step in self.admission:
            new = step(verb, new, stored)
        return new if verb == "delete" else self.kinds[new["kind"]].default(new)

    def _validate(self, kind: Kind, new: Object, stored: Object | None) -> None:
        refuse(kind.name, new["metadata"].get("name", ""), [*check_metadata(new, stored), *kind.validate(new, stored)])

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

    def _generate(self, prefix: str | None) -> str | None:
        return prefix and prefix[:58] + "".join(self.chance.choice(ALPHABET) for _ in range(5))

    def _key(self, kind: str, name: str, namespace: str) -> Key:
        about = self.kind(kind)
        return Key(about.name, namespace if about.namespaced else "", name)

    def _key_of(self, obj: Object) -> Key:
        return Key(obj["kind"], obj["metadata"].get("namespace") or "", obj["metadata"]["name"])


_GIVEN = ("resourceVersion", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
          "generation", "managedFields", "selfLink")
_NOT_SPEC = ("apiVersion", "kind", "metadata", "status")


def _may_go(obj: Object) -> bool:
    """It was asked to go, and the last one has let go."""
    meta = obj["metadata"]
    return bool(meta.get("deletionTimestamp")) and not meta.get("finalizers") \
        and not meta.get("deletionGracePeriodSeconds")

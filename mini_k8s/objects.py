"""Chapter 3: what does a user write down?

A Kubernetes object is the manifest that the user wrote: the same names, and every field it came with kept, known to us
or not. ``spec`` is the wish, ``status`` the fact. Here it is a dict that nobody can change any more (its lists are
tuples), so the store, the caches and everybody who reads may share it without copying. A change makes a new object:

>>> pod = freeze({"kind": "Pod", "metadata": {"name": "web"}, "spec": {"nodeName": "node-1"}})
>>> pod.spec.nodeName
'node-1'
>>> pod.with_(spec={"nodeName": "node-2"}).spec.nodeName
'node-2'

Upstream: ``apimachinery/pkg/apis/meta/v1/unstructured``. Left out: typed structs; ``kinds/`` knows which fields exist.
"""

from collections.abc import Iterable, Mapping
from operator import is_
from typing import Any, NamedTuple

from mini_k8s.errors import Invalid

_DEPTH = 100  # levels of an object: what is written, compared or printed later must not run out of stack


class Key(NamedTuple):
    """What an object is found by. ``namespace`` is empty for kinds that live in none."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Object(dict):
    """One object, or a part of one. Read it as ``pod.spec.nodeName`` or ``pod["spec"]["nodeName"]``.

    A field that Kubernetes knows and this object lacks is None by attribute; one that no object has is an
    AttributeError with the name that was probably meant, and ``pod["x"]`` raises KeyError as any dict does. Labels and
    data are read by key: ``pod.metadata.labels["app"]``.
    """

    __slots__ = ()

    def with_(self, **fields: Any) -> "Object":
        """A changed copy: ``fields`` is a JSON merge patch (RFC 7386), in which None removes and a list replaces.

        What is not changed is shared with the original.
        """
        return merge(self, fields)

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            pass
        if name.startswith("_"):  # Python and Jupyter ask for many of these
            raise AttributeError(name, name=name, obj=self)
        from mini_k8s import fields

        if name in fields.names():
            return None
        raise AttributeError(f"no Kubernetes object has a field '{name}'.{fields.did_you_mean(name, self)}",
                             name=name, obj=self)

    def _refuse(self, *_: Any, **__: Any) -> None:
        raise TypeError(_shared(self))

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __setattr__(self, name: str, value: Any) -> None:
        raise TypeError(_shared(self, name, value))

    __delattr__ = _refuse

    def __hash__(self) -> int:
        return hash(tuple(sorted((name, value) for name, value in self.items())))

    def __copy__(self) -> "Object":
        return self

    def __deepcopy__(self, memo: dict) -> "Object":
        return self

    def __reduce__(self) -> tuple:
        return freeze, (thaw(self),)

    def __repr__(self) -> str:
        meta = self.get("metadata")
        if not (isinstance(self.get("kind"), str) and isinstance(meta, Mapping)):
            return dict.__repr__(self)
        where = f"{meta['namespace']}/" if meta.get("namespace") else ""
        return f"<{self['kind']} {where}{meta.get('name', '?')}{_standing(self)}>"


def freeze(value: Any, level: int = 0) -> Any:
    """The same value, unchangeable: mappings as ``Object``, lists as tuples. What is frozen is returned as it is.

    Raises Invalid for what no manifest can hold: a key that is no string, a set, a float that is not a number, more
    than 100 levels. ``level`` is the one at which the value stands.
    """
    kind = type(value)
    if kind is Object or kind in _PLAIN:
        return value
    if level >= _DEPTH:
        raise Invalid(f"an object has more than {_DEPTH} levels. No manifest needs so many: put less into it.")
    if kind is tuple or kind is list:
        frozen = tuple([item if type(item) in _DONE else freeze(item, level + 1) for item in value])
        return value if kind is tuple and all(map(is_, value, frozen)) else frozen
    if kind is dict or isinstance(value, Mapping):
        for name in value:
            if type(name) is not str:
                _check_key(name)
        return Object({name: item if type(item) in _DONE else freeze(item, level + 1) for name, item in value.items()})
    if kind is float:
        if value != value or value in (float("inf"), float("-inf")):
            raise Invalid(f"an object holds {value!r}, which no manifest can. Use a number.")
        return value
    if isinstance(value, str | int):  # an enum, an IntFlag
        return str.__str__(value) if isinstance(value, str) else int(value)
    raise Invalid(f"an object holds {value!r}, a {kind.__name__}. It may hold text, numbers, true, false, null, lists "
                  "and mappings.")


_PLAIN = frozenset({str, int, bool, type(None)})
_DONE = _PLAIN | {Object}  # what is frozen already: not worth a call


def thaw(value: Any) -> Any:
    """The same value as plain dicts and lists, to be changed or written as YAML."""
    if isinstance(value, Mapping):
        return {name: thaw(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [thaw(item) for item in value]
    return value


def merge(target: Any, patch: Any, level: int = 0) -> Any:
    """``target`` after a JSON merge patch (RFC 7386), frozen; both stay as they are. Raises Invalid as freeze does."""
    if not isinstance(patch, dict | Mapping):
        return freeze(patch, level)
    if level >= _DEPTH:
        raise Invalid(f"a patch has more than {_DEPTH} levels. No manifest needs so many: put less into it.")
    merged = dict(target) if isinstance(target, dict | Mapping) else {}
    for name, value in patch.items():
        if type(name) is not str:
            _check_key(name)
        if value is None:
            merged.pop(name, None)
        elif type(value) in _PLAIN:
            merged[name] = value
        elif isinstance(value, dict | Mapping):
            merged[name] = merge(merged.get(name), value, level + 1)
        else:
            merged[name] = freeze(value, level + 1)
    return Object(merged) if type(target) is Object else freeze(merged, level)


def key_of(obj: Mapping) -> Key:
    """The key of an object. Raises Invalid when it has no kind or no name."""
    try:
        meta = obj["metadata"]
        kind, name = obj["kind"], meta["name"]
        if kind and name:
            return Key(kind, meta.get("namespace") or "", name)
    except (KeyError, TypeError, AttributeError):
        pass
    raise Invalid(f"{str(obj)[:80]} is no object: it needs kind and metadata.name.")


def owner_of(obj: Object) -> Object | None:
    """The one owner reference that controls the object, or None."""
    owners = (obj.get("metadata") or {}).get("ownerReferences") or ()
    return next((owner for owner in owners if owner.get("controller")), None)


def condition(obj: Object, type: str) -> Object | None:
    """The condition of that type in the object's status, or None."""
    found = (obj.get("status") or {}).get("conditions")
    for one in found if isinstance(found, tuple | list) else ():
        if isinstance(one, Mapping) and one.get("type") == type:
            return one
    return None


def names_of(objects: Iterable[Object]) -> list[str]:
    """The objects' names, in their order."""
    return [obj["metadata"]["name"] for obj in objects]


def _check_key(name: Any) -> None:
    if not isinstance(name, str):
        raise Invalid(f"an object has the key {name!r}. Keys are strings: write '{name}' in quotes.")


def _shared(obj: Object, name: str = "nodeName", value: Any = "node-1") -> str:
    kind = obj.get("kind") if isinstance(obj.get("kind"), str) else None
    what = f"{kind.lower()}s are" if kind else "objects are"
    call = f"with_({name}={value!r})" if name != "nodeName" else "with_(spec={'nodeName': 'node-1'})"
    return f"{what} shared by everybody who reads them; make a changed copy: {(kind or 'object').lower()}.{call}"


def _standing(obj: Object) -> str:
    """What is worth saying of it in a word or two."""
    meta, status, spec = obj["metadata"], obj.get("status") or {}, obj.get("spec") or {}
    if not isinstance(status, Mapping) or not isinstance(spec, Mapping):
        return ""
    said = "Terminating" if meta.get("deletionTimestamp") else status.get("phase")
    if not said and (ready := condition(obj, "Ready")):
        said = "Ready" if ready.get("status") == "True" else "NotReady"
    return (f" {said}" if said else "") + (f" on {spec['nodeName']}" if spec.get("nodeName") else "")

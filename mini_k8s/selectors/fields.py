"""Which objects have these fields? ``status.phase=Running,spec.nodeName!=node-1``

A field that an object lacks is empty, and false. A comma, a ``=`` or a backslash in a value has a backslash before it.
Upstream: ``apimachinery/pkg/fields/selector.go``. There each kind names the few fields that can be asked for; here all
fields can that some kind of Kubernetes has.
"""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mini_k8s import fields
from mini_k8s.errors import BadRequest

_TERM = re.compile(r"([^=!,\\]*)(==|!=|=)((?:[^\\=,]|\\[\\=,])*)(,|$)")
_EXAMPLE = "Write it as in metadata.name=web,status.phase!=Running."


class Term(NamedTuple):
    """One field, and the value that it has or has not."""

    path: str
    equal: bool
    value: str

    def __str__(self) -> str:
        return self.path + ("=" if self.equal else "!=") + re.sub(r"([\\=,])", r"\\\1", self.value)


@dataclass(frozen=True, repr=False)
class FieldSelector:
    """Asks for all of its terms; without any, for everything."""

    terms: tuple[Term, ...]

    @functools.cached_property
    def matches(self) -> Callable[[Mapping], bool]:
        """A function: does this object fulfil every term?"""
        tests = tuple((tuple(path.split(".")), equal, value) for path, equal, value in self.terms)
        return lambda obj: all(_is(_at(obj, path), value) is equal for path, equal, value in tests)

    def __str__(self) -> str:
        return ",".join(map(str, self.terms))

    def __repr__(self) -> str:
        return f"<FieldSelector {self if self.terms else 'everything'}>"


@functools.lru_cache(1024)
def parse(text: str) -> FieldSelector:
    """The selector in kubectl's words; empty: everything. Raises BadRequest with the place of the mistake."""
    terms, place, end = [], 0, len(text)
    while place < end:
        found = _TERM.match(text, place)
        path = found and found[1].strip()
        if not path:
            shown = text[place:place + 40]
            raise BadRequest(f"the field selector {text[:200]!r} cannot be read at character {place + 1}: found "
                             f"{shown!r}, expected a field, then = or !=, then its value. {_EXAMPLE}")
        _check_path(path, text)
        terms.append(Term(path, found[2] != "!=", re.sub(r"\\(.)", r"\1", found[3])))
        place = found.end()
    return FieldSelector(tuple(terms))


def _check_path(path: str, text: str) -> None:
    for name in path.split("."):
        if name not in fields.names():
            raise BadRequest(f"the field selector {text[:200]!r} asks for {path[:80]!r}, and no Kubernetes object has "
                             f"a field {name[:80]!r}.{fields.did_you_mean(name[:80], {})} {_EXAMPLE}")


def _is(found: Any, value: str) -> bool:
    """Whether a field's value is written like this."""
    if found is None or isinstance(found, bool):
        return value == str(bool(found)).lower() or (found is None and not value)
    return str(found) == value


def _at(obj: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        obj = obj.get(name) if isinstance(obj, Mapping) else None
    return obj

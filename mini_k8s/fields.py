"""Which fields does a Kubernetes object have? The table ``fields.txt``, a line for each message.

Used to say what a field was probably meant to be, and which mistakes of type a manifest holds; fields that are not in
the table are kept all the same. Upstream: ``k8s.io/api/*/types.go`` and the OpenAPI documents made from them.
"""

import functools
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

_TABLE = Path(__file__).with_name("fields.txt")


class Doubt(NamedTuple):
    """A field that is not known, or whose value has another type than it should."""

    path: str
    what: str  # "unknown field" or what it must be
    meant: str = ""  # the name that was probably meant


@functools.cache
def messages() -> Mapping[str, Mapping[str, str]]:
    """message -> field -> type. A type is string, integer, number, boolean, quantity, intOrString, time, any, another
    message, [type] for a list, {type} for a mapping."""
    table = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            message, *fields = line.split()
            table[message] = dict(field.split(":", 1) for field in fields)
    return table


@functools.cache
def names() -> frozenset[str]:
    """Every name that some field has."""
    return frozenset(field for fields in messages().values() for field in fields)


def did_you_mean(name: str, here: Mapping) -> str:
    """' Did you mean nodeName?', or nothing when no name is near."""
    near = get_close_matches(name, here, 1, 0.7) or get_close_matches(name, sorted(names()), 1, 0.7)
    return f" Did you mean {near[0]}?" if near else ""


def doubts(value: Any, type: str, path: str = "") -> Iterator[Doubt]:
    """What is unknown, or of another type, in a value that should be a ``type``."""
    if value is None:  # an empty field of a manifest is as good as none
        return
    if type[0] in "[{":
        wanted, inner = (tuple | list, type[1:-1]) if type[0] == "[" else (Mapping, type[1:-1])
        if not isinstance(value, wanted):
            yield Doubt(path, "a list" if type[0] == "[" else "a mapping")
            return
        pairs = enumerate(value) if type[0] == "[" else value.items()
        for key, item in pairs:
            yield from doubts(item, inner, f"{path}[{key}]" if type[0] == "[" else f"{path}.{key}")
        return
    if type in _PLAIN:
        if not _PLAIN[type](value):
            yield Doubt(path, _SAID[type])
        return
    known = messages().get(type)
    if known is None:
        return
    if not isinstance(value, Mapping):
        yield Doubt(path, "a mapping")
        return
    for name, item in value.items():
        below = f"{path}.{name}" if path else str(name)
        if name in known:
            yield from doubts(item, known[name], below)
        else:
            near = get_close_matches(str(name), known, 1, 0.6)
            yield Doubt(below, "unknown field", near[0] if near else "")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_PLAIN = {
    "string": lambda value: isinstance(value, str),
    "time": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _whole,
    "number": lambda value: _whole(value) or isinstance(value, float),
    "quantity": lambda value: isinstance(value, str) or _whole(value) or isinstance(value, float),
    "intOrString": lambda value: isinstance(value, str) or _whole(value),
    "any": lambda value: True,
}
_SAID = {"string": "text; write it in quotes", "time": "a time, such as '2026-11-26T08:30:00Z'",
         "boolean": "true or false", "integer": "a whole number", "number": "a number",
         "quantity": "a quantity, such as 250m or 64Mi", "intOrString": "a whole number or text"}

"""Which fields does a Kubernetes object have? The table ``fields.txt``, a line for each message.

Used to say what a field was probably meant to be, and which mistakes of type a manifest holds; fields that are not in
the table are kept all the same. Upstream: ``k8s.io/api/*/types.go`` and the OpenAPI documents made from them.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping
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
    table, message = {}, ""
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            words = line.split()
            if not line.startswith(" "):
                message = words.pop(0)
            table.setdefault(message, {}).update(word.split(":", 1) for word in words)
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
        if type[0] == "[":
            for place, item in enumerate(value):
                if item is None:
                    yield Doubt(f"{path}[{place}]", _SAID.get(inner, "a mapping"))
                yield from doubts(item, inner, f"{path}[{place}]")
        else:
            for key, item in value.items():
                yield from doubts(item, inner, f"{path}.{key}")
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


@functools.cache
def fits(type: str) -> Callable[[Any], bool]:
    """A quick answer, for frozen values: ``fits("Pod")(pod)`` is true when no known field is of another type than it
    should be, or empty (null). Many times faster than ``doubts``, which says what is the matter."""
    if type in _PLAIN:
        return _PLAIN[type]
    if type[0] == "[":
        inner = fits(type[1:-1])
        return lambda value: isinstance(value, tuple) and all(map(inner, value))
    if type[0] == "{":
        inner = fits(type[1:-1])
        return lambda value: isinstance(value, dict) and all(map(inner, value.values()))
    check_of = {name: str if inner == "string" else fits(inner) for name, inner in messages()[type].items()}.get

    def message(value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        for name, item in value.items():
            check = check_of(name)
            if check is str:  # most are; not worth a call
                if item.__class__ is not str:
                    return False
            elif check is not None and not check(item):
                return False
        return True

    return message


def without_nulls(value: Any, type: str) -> Any:
    """The same value without its known fields that are empty (null): they are as good as not there."""
    if type[0] == "[" and isinstance(value, tuple | list):
        return [without_nulls(item, type[1:-1]) for item in value]
    if not isinstance(value, Mapping) or type == "any":
        return value
    known = messages().get(type, {})
    return {name: without_nulls(item, type[1:-1] if type[0] == "{" else known.get(name, "any"))
            for name, item in value.items() if item is not None or (type[0] != "{" and name not in known)}


@functools.lru_cache(4096)
def _moment(text: str) -> bool:
    return _TIME.fullmatch(text) is not None


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_BITS = 1 << 63


def _whole(value: Any) -> bool:
    return value.__class__ is int and -_BITS <= value < _BITS


_PLAIN = {
    "string": lambda value: value.__class__ is str,
    "time": lambda value: value.__class__ is str and _moment(value),
    "boolean": lambda value: value.__class__ is bool,
    "integer": _whole,
    "number": lambda value: value.__class__ is float or _whole(value),
    "quantity": lambda value: value.__class__ is str or value.__class__ is float or _whole(value),
    "intOrString": lambda value: value.__class__ is str or _whole(value),
    "any": lambda value: True,
}
_SAID = {"string": "text; write it in quotes", "time": "a time, such as '2026-11-26T08:30:00Z'",
         "boolean": "true or false", "integer": "a whole number", "number": "a number",
         "quantity": "a quantity, such as 250m or 64Mi", "intOrString": "a whole number or text"}

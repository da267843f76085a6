"""What do the kinds have in common? Filling in what was left out, and checks that several of them need.

Upstream: ``apimachinery/pkg/util/validation/validation.go`` and ``pkg/apis/core/validation/validation.go``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mini_k8s.errors import Invalid
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, forbidden, invalid, required
from mini_k8s.quantities import Quantity, parse

CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_LONGEST_KEY = 253


def fill(obj: Object, defaults: Mapping[str, Any]) -> Object:
    """The object with these values where it has none (or an empty text, which counts as none)."""
    missing = {name: value for name, value in defaults.items() if (had := obj.get(name)) is None or had == ""}
    return Object({**obj, **missing}) if missing else obj


def put(obj: Object, parts: Mapping[str, Any]) -> Object:
    """The object with these parts in place of its own. The object itself, when they are its own."""
    changed = {name: value for name, value in parts.items() if value is not obj.get(name)}
    return Object({**obj, **changed}) if changed else obj


def each(items: tuple | None, change: Callable[[Object], Object]) -> tuple | None:
    """All of them, changed. The tuple itself, when nothing changed."""
    if not items:
        return items
    changed = tuple(map(change, items))
    return changed if any(new is not old for new, old in zip(changed, items, strict=True)) else items


def repeated(items: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """The place and value of each that was there before; empty ones do not count."""
    seen = set()
    for place, item in enumerate(items):
        if item in seen:
            yield place, item
        elif item:
            seen.add(item)


def chosen(obj: Mapping, names: Iterable[str]) -> list[str]:
    """Which of these fields are there."""
    return [name for name in names if obj.get(name) is not None]


def number(field: str, value: int | None, low: int, high: int | None = None) -> Iterator[Problem]:
    """A number, if it is given, has to be within these bounds."""
    if value is None or (value >= low and (high is None or value <= high)):
        return
    yield invalid(field, value, f"must be greater than or equal to {low}" if high is None
                  else f"must be between {low} and {high}, inclusive")


def port_number(field: str, value: Any) -> Iterator[Problem]:
    """A port, as a number."""
    yield from number(field, value, 1, 65535)


def port_name(name: str) -> str:
    """Why this is no name of a port; empty when it is one."""
    if len(name) > 15:
        return "must be no more than 15 characters"
    if not re.fullmatch(r"[-a-z0-9]+", name):
        return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    if not re.search("[a-z]", name):
        return "must contain at least one letter (a-z)"
    if "--" in name:
        return "must not contain consecutive hyphens"
    return "must not begin or end with a hyphen" if name[0] == "-" or name[-1] == "-" else ""


def config_key(key: str) -> str:
    """Why this is no key of a ConfigMap or a Secret; empty when it is one. It becomes the name of a file."""
    if len(key) > _LONGEST_KEY:
        return f"must be no more than {_LONGEST_KEY} characters"
    if not CONFIG_KEY.fullmatch(key):
        return "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    if key == ".":
        return "must not be '.'"
    return "must not start with '..'" if key.startswith("..") else ""


def relative_path(field: str, path: str | None) -> Iterator[Problem]:
    """A path that stays below where it begins."""
    if not path:
        return
    if path.startswith("/"):
        yield invalid(field, path, "must be a relative path")
    if ".." in path.split("/"):
        yield invalid(field, path, "must not contain '..'")
    yield from printable(field, path)


def printable(field: str, text: str) -> Iterator[Problem]:
    """A path or a word that goes to the operating system."""
    if "\0" in text:
        yield invalid(field, text, "must not contain a NUL character")


def one_line(field: str, text: str) -> Iterator[Problem]:
    """A text that goes into a file of lines, such as /etc/hosts: it must not begin another one."""
    if not text.isprintable():
        yield invalid(field, text, "must be one line of printable characters")


def quantity(field: str, value: Any) -> tuple[Quantity | None, list[Problem]]:
    """The quantity, if it is one, and what is wrong with it."""
    try:
        amount = parse(value)
    except Invalid as error:
        return None, [invalid(field, value, str(error).rpartition("is no quantity. ")[2])]
    return amount, [] if amount.nano >= 0 else [invalid(field, value, "must be greater than or equal to 0")]


def config_data(obj: Object, fields: Iterable[str], most: int) -> Iterator[Problem]:
    """What is wrong with the keys and the size of a ConfigMap's or a Secret's data."""
    size, seen = 0, set()
    for name in fields:
        for key, value in (obj.get(name) or {}).items():
            size += len(value.encode("utf-8", "replace")) if name == "data" else len(value) * 3 // 4
            if why := config_key(key):
                yield invalid(f"{name}[{key}]", key, why)
            if key in seen:
                yield invalid(f"{name}[{key}]", key, "duplicate of key present in data")
            seen.add(key)
    if size > most:
        yield Problem("", "Too long", f"may not be more than {most} bytes")


def immutable(new: Object, old: Object | None, fields: Iterable[str]) -> Iterator[Problem]:
    """What an object that is ``immutable`` must not change."""
    if old is None or not old.get("immutable"):
        return
    for name in ("immutable", *fields):
        if (new.get(name) or None) != (old.get(name) or None):
            yield forbidden(name, "field is immutable when `immutable` is set")


def name_required(field: str, obj: Mapping, name: str = "name") -> Iterator[Problem]:
    if not obj.get(name):
        yield required(f"{field}.{name}")

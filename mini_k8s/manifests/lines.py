"""In which line does a field stand?"""

import re
from collections.abc import Mapping
from typing import NamedTuple


class Lines(NamedTuple):
    """The line of a value, counted from 1, and the lines of its parts: by key, or in a list's order."""

    line: int
    parts: Mapping[str, "Lines"] | tuple["Lines", ...] | None = None

    def find(self, path: str) -> int:
        """The line of 'spec.containers[0].image'; when there is no such field, that of the nearest one around it."""
        lines, rest = self, path
        while rest and lines.parts:
            step = _item(lines.parts, rest) if isinstance(lines.parts, tuple) else _value(lines.parts, rest)
            if step is None:
                break
            lines, rest = step
        return lines.line


class Remark(NamedTuple):
    """Something that is to be said of a place in a document."""

    line: int
    field: str
    what: str


def _item(parts: tuple[Lines, ...], rest: str) -> tuple[Lines, str] | None:
    found = re.match(r"\[([0-9]{1,9})\]\.?", rest)
    if not found or int(found[1]) >= len(parts):
        return None
    return parts[int(found[1])], rest[found.end():]


def _value(parts: Mapping[str, Lines], rest: str) -> tuple[Lines, str] | None:
    """The longest key wins: keys hold dots themselves."""
    rest = rest.removeprefix(".")
    for key in sorted(parts, key=len, reverse=True):
        for form in (key, f"[{key}]"):
            if rest == form or rest.startswith((f"{form}.", f"{form}[")):
                return parts[key], rest[len(form):]
    return None

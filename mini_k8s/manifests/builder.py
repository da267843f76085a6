"""How does a document come of a parser's events?

Without recursion, frozen, with the line of every value. No tag makes anything but text, numbers, booleans, null, lists
and mappings. What an alias names is shared, and counts as if it were copied.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from mini_k8s.manifests.lines import Lines, Remark
from mini_k8s.manifests.scalars import is_surprising, meaning
from mini_k8s.objects import Object

SIZE = 3 * 1024 * 1024  # bytes of a file, and characters of a document with its aliases written out
NODES = 100_000  # of a document with its aliases written out: the largest manifests in use have half of that
DEPTH = 100
_TAG = "tag:yaml.org,2002:"
_NO_TAG = "the tag {} is not for manifests. Leave it out."
_MERGE = object()


@dataclass
class Loaded:
    """One document of a text. Its value is None when it could not be read to its end."""

    lines: Lines
    value: Any = None
    mistakes: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)


class TooMuch(Exception):
    """The document is larger than anybody needs; with the Remark that says so."""


class _Node(NamedTuple):
    """A value that is read, and what it holds with its aliases written out."""

    value: Any
    lines: Lines
    size: int = 0
    nodes: int = 1
    height: int = 0


class _Open:
    """A mapping or a list of which not all is read yet."""

    def __init__(self, event: yaml.NodeEvent, line: int):
        self.is_list = isinstance(event, yaml.SequenceStartEvent)
        self.anchor, self.line = event.anchor, line
        self.items: dict[str, Any] | list[Any] = [] if self.is_list else {}
        self.parts: dict[str, Lines] | list[Lines] = [] if self.is_list else {}
        self.key: Any = None  # of the value that comes next
        self.key_line = 0
        self.merged: list[tuple[Mapping, Lines]] = []  # what '<<' brings
        self.size, self.nodes, self.height = 0, 1, 1

    def closed(self) -> _Node:
        items, parts = self.items, self.parts
        for mapping, lines in self.merged:  # of several mappings the first wins, and what stands here wins over all
            items, parts = {**mapping, **items}, {**lines.parts, **parts}
        value, its = (tuple(items), tuple(parts)) if self.is_list else (Object(items), parts)
        return _Node(value, Lines(self.line, its), self.size, self.nodes, self.height)


class Builder:
    """Makes one document, ``done``, of its events. ``first`` is the number of the text's first line."""

    def __init__(self, first: int):
        self._first = first
        self.done = Loaded(Lines(first))
        self._open: list[_Open] = []
        self._anchors: dict[str, _Node] = {}
        self._nodes = self._size = 0

    def take(self, event: yaml.Event) -> None:
        """Go on by one event. Raises TooMuch."""
        line = event.start_mark.line + self._first
        if isinstance(event, yaml.ScalarEvent):
            self._add(_Node(self._scalar(event, line), Lines(line), len(event.value)), line, event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            named = self._named(event.anchor, line)
            self._add(named._replace(lines=Lines(line, named.lines.parts)), line)
        elif isinstance(event, yaml.CollectionStartEvent):
            if event.tag not in (None, "!", f"{_TAG}map", f"{_TAG}seq"):
                self._mistake(line, _NO_TAG.format(_short(event.tag.replace(_TAG, "!!"))))
            self._open.append(_Open(event, line))
            self._bound(line, 1, 0, 0)
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self._open.pop()
            self._place(done.closed(), done.anchor)

    def _add(self, node: _Node, line: int, anchor: str | None = None) -> None:
        self._bound(line, node.nodes, node.size, node.height)
        self._place(node, anchor)

    def _bound(self, line: int, nodes: int, size: int, height: int) -> None:
        self._nodes += nodes
        self._size += size
        if len(self._open) + height > DEPTH:
            raise TooMuch(Remark(line, "", f"more than {DEPTH} levels deep. No manifest needs so many."))
        if self._nodes > NODES or self._size > SIZE:
            raise TooMuch(self._remark(line, f"more than {NODES:,} values or {SIZE // 2**20} MiB in one document, with "
                                             "its aliases written out. Write several documents."))

    def _place(self, node: _Node, anchor: str | None) -> None:
        """Put a value where it belongs: it is the whole, an item, a key, or the value of a key."""
        if anchor:
            self._anchors[anchor] = node
        if not self._open:
            self.done.value, self.done.lines = node.value, node.lines
            return
        into = self._open[-1]
        into.nodes, into.size, into.height = into.nodes + node.nodes, into.size + node.size, max(into.height,
                                                                                                 node.height + 1)
        if into.is_list:
            into.items.append(node.value)
            into.parts.append(node.lines)
        elif into.key is None:
            self._key(into, node.value, node.lines.line)
        else:
            key, into.key = into.key, None
            if key is _MERGE:
                self._merge(into, node)
            elif key not in into.items:
                into.items[key] = node.value
                into.parts[key] = Lines(into.key_line, node.lines.parts)

    def _key(self, into: _Open, key: Any, line: int) -> None:
        if key is not _MERGE and not isinstance(key, str):
            self._mistake(line, "this key is no text. Write text.")
            key = ""
        if key in into.parts:
            self._mistake(line, f"the key {_short(key)} is there twice, in line {into.parts[key].line} and in line "
                                f"{line}. Keep one of them.")
        into.key, into.key_line = key, line

    def _merge(self, into: _Open, node: _Node) -> None:
        several = isinstance(node.value, tuple)
        for value, lines in zip(node.value, node.lines.parts, strict=True) if several else [node[:2]]:
            if isinstance(value, Mapping):
                into.merged.append((value, lines))
            else:
                self._mistake(node.lines.line, "'<<' takes a mapping, or a list of mappings.")

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Any:
        text, tag = event.value, (event.tag or "").removeprefix(_TAG)
        is_key = bool(self._open) and not self._open[-1].is_list and self._open[-1].key is None
        if event.implicit[1] or tag in ("!", "str", "timestamp"):
            return text
        if not event.implicit[0] and tag not in ("int", "float", "bool", "null"):
            self._mistake(line, _NO_TAG.format(_short(event.tag.replace(_TAG, "!!"))))
            return text
        if is_key and text == "<<":
            return _MERGE
        try:
            value = meaning(text)
        except ValueError as error:
            self._mistake(line, f"{error}. Write a number, or text in quotes.")
            return text
        if is_key and not isinstance(value, str):
            self._mistake(line, f"the key {_short(text)} is no text without quotes. Write it in quotes.")
            return text
        if is_surprising(text):
            said = str(value).lower()
            self.done.warnings.append(self._remark(line, f"{text} is read as {said}, as kubectl does. Write {said}, or "
                                                         f"'{text}' in quotes when text is meant."))
        return value

    def _named(self, name: str, line: int) -> _Node:
        if name in self._anchors:
            return self._anchors[name]
        inside = any(part.anchor == name for part in self._open)
        self._mistake(line, f"*{name[:40]} stands inside of what it names. Write it out." if inside else
                      f"nothing before this line is named &{name[:40]}.")
        return _Node(None, Lines(line))

    def _remark(self, line: int, what: str) -> Remark:
        path = ""
        for part in self._open:
            if part.is_list:
                path += f"[{len(part.items)}]"
            elif isinstance(part.key, str):
                path += f"{'.' if path else ''}{part.key}"
        return Remark(line, path if len(path) <= 200 else f"{path[:200]}…", what)

    def _mistake(self, line: int, what: str) -> None:
        self.done.mistakes.append(self._remark(line, what))


def _short(text: str) -> str:
    return f"'{text}'" if len(text) <= 60 else f"'{text[:60]}…'"

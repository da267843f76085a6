"""What is there to see of an object that several people write? Its versions as a tape, who wrote what, who was refused.

The versions come from a watch, the refusals from what the writers were answered: nothing is in it that did not happen.
Plain values in, one plain dict out; a browser draws it (``race.js``), ``race_still.py`` draws it without one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mini_k8s.objects import Object
from mini_k8s.store import Event
from mini_k8s.widgets.words import Saying, cut, first_line, plain, short

COLUMNS = 5  # that there is room for
_MOST = 132  # characters that fit on two lines
_NOBODYS = {"resourceVersion", "uid", "generation", "creationTimestamp", "managedFields"}  # of metadata: the store's


@dataclass(frozen=True)
class Answer:
    """One write, and what came of it.

    who      the writer
    said     the version from which it was made, as the write said; None: it said none
    read     the version that this writer had read last
    version  the one that it got; None: it was refused
    after    the version at which the store was when it answered
    error    why it was refused, and with which code
    """

    who: str
    said: int | None
    read: int | None
    version: int | None
    after: int
    error: str = ""
    code: int = 0


@dataclass(frozen=True)
class Change:
    """One field that a version changed.

    undone   (version, writer) of somebody else's change that was taken back by it, unmeant: the part that the field
             is in was carried along from an older version as it was
    """

    path: tuple
    old: Any
    new: Any
    undone: tuple[int, str] | None = None

    @property
    def name(self) -> str:
        return next((str(part) for part in reversed(self.path) if isinstance(part, str)), "?")

    def __str__(self) -> str:
        return f"{self.name} {'gone' if self.new is None else short(self.new, 24)}"


@dataclass(frozen=True)
class Column:
    """One place on the tape: a version, or a write that was refused."""

    key: str
    who: str
    object: Object | None  # as it was then
    changes: tuple[Change, ...] = ()
    event: Event | None = None
    answer: Answer | None = None

    @property
    def came_from(self) -> int | None:
        if self.answer is None:
            return None
        return self.answer.said if self.answer.said is not None else self.answer.read


def picture(events: Sequence[Event], answers: Sequence[Answer], writers: Sequence[str], *, title: str = "The versions",
            status: str = "live", shown: str | None = None, always: Iterable[str] = (), ended: str = "",
            trouble: Sequence[str] = ()) -> dict:
    """Everything that is drawn, as plain values.

    events   all changes of the one object, in order
    writers  who has a lane of their own
    shown    the key of the column that is looked at; None: the newest
    always   names of fields that are shown below whether they changed or not
    """
    tape = columns(events, answers)
    here = next((i for i, column in enumerate(tape) if column.key == shown), len(tape) - 1)
    first = max(0, min(len(tape) - COLUMNS, here - COLUMNS // 2 if shown else len(tape)))
    visible = tape[first:first + COLUMNS]
    places = {column.event.version: i for i, column in enumerate(visible) if column.event}
    said = [f"{trouble[0]}: {first_line(trouble[1], 90)}"] if trouble else [ended] if ended else (
        sentence(tape[here]) if tape else ["Nothing is stored under this name yet."])
    return {
        "title": title, "over": bool(ended), "say": said, "note": "",
        "status": ["over" if ended else status if here == len(tape) - 1 else "wound back, not now"],
        "writers": [*writers],
        "before": first,
        "after": max(0, len(tape) - first - COLUMNS),
        "cells": [_cell(i, column, places, writers, column.key == (tape[here].key if tape else ""))
                  for i, column in enumerate(visible)],
        "state": _state(tape, here, set(always)),
        "newest": tape[-1].key if tape else "",
    }


def undrawn(before: dict, error: Exception) -> dict:
    """The picture from before, which says why there is no newer one."""
    return {**before, "say": ["This picture could not be drawn anew."], "note": first_line(error, 400)}


def columns(events: Sequence[Event], answers: Sequence[Answer]) -> list[Column]:
    """The versions in their order, and between them what was refused."""
    wrote = {answer.version: answer for answer in answers if answer.version is not None}
    line: list[tuple[int, int, int, Any]] = [(event.version, 0, 0, event) for event in events]
    line += [(answer.after, 1, i, answer) for i, answer in enumerate(answers) if answer.version is None]
    made, last, setters, earlier = [], None, {}, []
    for _, refused, number, what in sorted(line, key=lambda item: item[:3]):
        if refused:
            made.append(Column(f"refused {number}", what.who, last, answer=what))
            continue
        answer = wrote.get(what.version)
        who = answer.who if answer else "somebody"
        made.append(Column(f"version {what.version}", who, None if what.type == "DELETED" else what.object,
                           tuple(_changes(last or {}, what, who, setters, earlier)), what, answer))
        earlier.append(what.object)
        last = None if what.type == "DELETED" else what.object
    return made


def sentence(column: Column) -> Saying:
    """What happened there."""
    if column.event is None:
        made = f"made from version {column.answer.said}" if column.answer.said is not None else "made from none"
        return ["A write by ", {"b": column.who}, f" was refused ({column.answer.code}): it was {made}, and version "
                f"{column.answer.after} is stored."]
    number = f"Version {column.event.version} was written by "
    if column.event.type == "DELETED":
        return [number, {"b": column.who}, ": the object is gone."]
    if column.event.type == "ADDED":
        return [number, {"b": column.who}, ": the object is new."]
    undone = [change for change in column.changes if change.undone]
    if undone:
        version, whose = undone[0].undone
        by = "your change" if whose == "you" else f"what {whose} had changed"
        return [number, {"b": column.who}, f", and undid {by} in version {version}: {undone[0]} again."]
    some = ", ".join(str(change) for change in column.changes[:3])
    return [number, {"b": column.who}, f": {some}." if some else ": nothing that is shown here changed."]


def leaves(value: Any, path: tuple = ()) -> dict[tuple, Any]:
    """path -> value of everything in it that is no mapping and no list."""
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, tuple | list):
        inner = enumerate(value)
    else:
        return {path: value}
    return {leaf: found for name, part in inner for leaf, found in leaves(part, (*path, name)).items()}


def _changes(before: Mapping, event: Event, who: str, setters: dict, earlier: Sequence[Object]) -> Iterable[Change]:
    old = leaves(before)
    new = {} if event.type == "DELETED" else leaves(event.object)
    for path in [*new, *(path for path in old if path not in new)]:
        if old.get(path) == new.get(path) or (path[0] == "metadata" and path[-1] in _NOBODYS):
            continue
        version, whose, was = setters.get(path, (0, who, None))
        carried = any(event.object.get(path[0]) is old_one.get(path[0]) for old_one in earlier)
        undone = (version, whose) if whose != who and new.get(path) == was and carried else None
        setters[path] = event.version, who, old.get(path)
        if event.type != "ADDED":
            yield Change(path, old.get(path), new.get(path), undone)


def _cell(place: int, column: Column, places: Mapping[int, int], writers: Sequence[str], shown: bool) -> dict:
    came = column.came_from
    refused = column.event is None
    undone = next((f"undid {change.undone[0]}" for change in column.changes if change.undone), "")
    if refused:
        what = [f"made from {column.answer.said}" if column.answer.said is not None else first_line(
            column.answer.error, 20)]
    elif column.event.type == "MODIFIED":
        what = [str(change) for change in column.changes] or ["no field shown"]
        what = what if len(what) < 3 else [what[0], f"and {len(what) - 1} more"]
    else:
        what = [{"ADDED": "new", "DELETED": "deleted"}[column.event.type]]
    return {
        "key": column.key, "kind": "refused" if refused else "write", "place": place, "shown": shown,
        "head": f"{column.answer.code} refused" if refused else f"{column.event.version:,}",
        "who": column.who, "undone": undone, "what": what,
        "title": re.sub(r"\s+", " ", plain(sentence(column), 0)) + (f" {column.answer.error}" if refused else ""),
        "lane": writers.index(column.who) if column.who in writers else -1,
        "from": None if came is None else places.get(came, -1),
        "asked": column.answer is not None and column.answer.said is not None,
    }


def _state(tape: Sequence[Column], here: int, always: set[str]) -> dict:
    """The object as it was at that place: the wish, and the fact."""
    column = tape[here] if tape else None
    obj = column.object if column else None
    changed = {change.path for other in tape for change in other.changes}
    fresh = {change.path for change in column.changes} if column else set()
    found = {path: value for path, value in leaves(obj or {}).items()
             if path in changed or str(path[-1]) in always}
    head = "no object" if obj is None else f"as it is in version {obj['metadata']['resourceVersion']}"
    return {"head": head} | {part: [
        {"name": cut(_path(path), 18), "value": short(value, 20), "fresh": path in fresh}
        for path, value in found.items() if (path[0] == "status") == (part == "fact")][:4] for part in ("wish", "fact")}


def _path(path: tuple) -> str:
    return ".".join(str(part) for part in path[1:] if isinstance(part, str) and part != "containers") or str(path[0])

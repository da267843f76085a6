"""What does the table say? An event a row; and from the rows, the objects and what can be followed.

An object is what its last row says. A row that no longer counts for that, and whose event is too old to be followed, is
needed no more.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import orjson

from mini_k8s.errors import Invalid
from mini_k8s.objects import Key, Object, key_of
from mini_k8s.store import Event

REMEMBERED = 1_000  # changes that can still be followed after a start; reading more of them would delay it


class Row(NamedTuple):
    """One event as the table has it; ``body`` is its object as JSON."""

    version: int
    type: str
    kind: str
    namespace: str
    name: str
    body: bytes


class Found(NamedTuple):
    """What was kept: see ``store.Log.load``, and the versions of rows that are needed no more."""

    compacted: int
    newest: int
    events: list[Event]
    forget: Sequence[int]


def row_of(event: Event) -> Row:
    """The row that keeps an event. Raises Invalid for an object that JSON cannot hold."""
    key = key_of(event.object)
    try:
        return Row(event.version, event.type, *key, orjson.dumps(event.object))
    except TypeError as error:
        raise Invalid(f"{key} cannot be kept: {error}.") from None


def read(db: sqlite3.Connection) -> Found:
    """All that is in the table. Raises ValueError and its like when that cannot be the whole."""
    (old,) = db.execute("SELECT version FROM compacted").fetchone()
    rows = [*map(Row._make, db.execute("SELECT * FROM log ORDER BY version"))]
    newest = max(old, rows[-1].version if rows else 0)
    followed = [row.version for row in rows if row.version > old]
    if followed != [*range(old + 1, newest + 1)]:
        raise ValueError(f"version {min({*range(old + 1, newest)} - {*followed})} is missing")
    compacted = max(old, newest - REMEMBERED)
    state, forget = _state([row for row in rows if row.version <= compacted])
    return Found(compacted, newest, _events(state, [row for row in rows if row.version > compacted]), forget)


def _state(rows: Sequence[Row]) -> tuple[Sequence[Row], Sequence[int]]:
    """The last row of each object that is there, in order of their versions; and the versions of all the others."""
    state: dict[tuple, Row] = {}
    forget = []
    for row in rows:
        key = row[2:5]
        if before := state.pop(key, None):
            forget.append(before.version)
        if row.type == "DELETED":
            forget.append(row.version)
        else:
            state[key] = row
    return [*state.values()], forget


def _events(state: Sequence[Row], recent: Sequence[Row]) -> list[Event]:
    events = [Event("ADDED", _object(row), None, row.version) for row in state]
    now = {row[2:5]: event.object for row, event in zip(state, events, strict=True)}
    for row in recent:
        obj, old = _object(row), now.pop(row[2:5], None)
        if (old is None) != (row.type == "ADDED"):
            raise ValueError(f"version {row.version} is {row.type}, and before it there was {old or 'nothing'}")
        if row.type != "DELETED":
            now[row[2:5]] = obj
        events.append(Event(row.type, obj, old, row.version))
    return events


def _object(row: Row) -> Object:
    obj = _frozen(orjson.loads(row.body))
    if key_of(obj) != row[2:5] or obj["metadata"].get("resourceVersion") != str(row.version):
        raise ValueError(f"version {row.version} of {Key(*row[2:5])} holds {obj!r}")
    return obj


def _frozen(value: dict) -> Object:
    """As ``objects.freeze``, for what is known to be JSON and ours alone: twice as fast."""
    for name, item in value.items():
        if type(item) is dict:
            value[name] = _frozen(item)
        elif type(item) is list:
            value[name] = _tuple(item)
    return Object(value)


def _tuple(value: list) -> tuple:
    return tuple([_frozen(item) if type(item) is dict else _tuple(item) if type(item) is list else item
                  for item in value])

"""How does a change get to the disk? The log of the store, in a table: an event a row.

The log *is* the database: what an object is now stands in its last event, and the events that nobody can follow any
more are deleted when later ones are written. A thread of its own takes all that waits and commits it as one
transaction, so many writers share the price of one. While the disk refuses, nothing is lost: what was accepted stays in
memory and is tried again, and new changes are refused before they happen.
Upstream: etcd's ``server/storage/mvcc`` (keys by revision, compaction) and ``backend/batch_tx.go``.
"""

import gc
import sqlite3
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import orjson

from mini_k8s.errors import Invalid, ServiceUnavailable, StatusError, Timeout
from mini_k8s.objects import Key, Object, key_of
from mini_k8s.storage.file import damaged, trouble
from mini_k8s.store import Event

REMEMBERED = 1_000  # changes that can still be followed after a start; reading more of them would delay it
MOST_PENDING = 50_000  # changes that may wait for the disk
_FIRST, _LONGEST = 0.1, 5.0  # seconds until it is tried again


class _Row(NamedTuple):
    """One event as the table has it."""

    version: int
    type: str
    kind: str
    namespace: str
    name: str
    body: bytes


class _Change(NamedTuple):
    """What one transaction has to contain, wholly or not at all."""

    version: int  # the newest version when it is done
    row: _Row | None
    compacted: int
    forget: Sequence[int]


class SqliteLog:
    """Keeps the events of one store in one database; see ``store.Log``. Everything may be called from any thread.

    closed   called once when it has ended
    """

    def __init__(self, db: sqlite3.Connection, path: Path, closed: Callable[[], None] = lambda: None):
        self.durable, self.listeners = 0, []
        self._db, self._path, self._closed = db, path, closed
        lock = threading.Lock()
        self._work, self._news = threading.Condition(lock), threading.Condition(lock)
        self._pending: list[_Change] = []  # accepted and not kept yet, in order
        self._trouble = ""  # why nothing can be kept just now
        self._ending = False
        self._writer = threading.Thread(target=self._run, name="mini-k8s-store", daemon=True)
        self._writer.start()

    def load(self) -> tuple[int, list[Event]]:
        """As ``store.Log``. Raises StatusError when what is there cannot be the whole."""
        collecting = gc.isenabled()
        gc.disable()  # all that is made here stays; looking for what does not takes longer than reading
        try:
            (old,) = self._db.execute("SELECT version FROM compacted").fetchone()
            rows = [*map(_Row._make, self._db.execute("SELECT * FROM log ORDER BY version"))]
            newest = max(old, rows[-1].version if rows else 0)
            compacted = max(old, newest - REMEMBERED)
            state, recent, forget = _sorted(rows, old, compacted)
            events = _read(state, recent)
        except sqlite3.Error as error:
            raise trouble(self._path, error) from error
        except (ValueError, TypeError, LookupError, AttributeError, StatusError) as error:
            raise damaged(self._path, str(error)) from error
        finally:
            if collecting:
                gc.enable()
        self.durable = newest
        if compacted > old:
            with self._work:
                self._add(_Change(newest, None, compacted, forget))
        return compacted, events

    def append(self, event: Event, compacted: int, forget: Sequence[int]) -> None:
        """As ``store.Log``."""
        try:
            body = orjson.dumps(event.object)
        except TypeError as error:
            raise Invalid(f"{key_of(event.object)} cannot be kept: {error}.") from None
        row = _Row(event.version, event.type, *key_of(event.object), body)
        with self._work:
            if self._trouble or self._ending:
                raise ServiceUnavailable(f"nothing can be changed just now: {self._trouble or 'the store is closed.'}")
            if len(self._pending) >= MOST_PENDING:
                raise ServiceUnavailable(f"nothing can be changed just now: {MOST_PENDING} changes wait for the slow "
                                         f"disk of {self._path}. Try again in a moment.")
            self._add(_Change(event.version, row, compacted, forget))

    def wait(self, version: int, timeout: float) -> None:
        """As ``store.Log``. An error says that it is not certain: what was accepted may be kept later all the same."""
        if self.durable >= version:
            return
        with self._news:
            self._news.wait_for(lambda: self.durable >= version or self._trouble or self._ending, timeout)
            if self.durable >= version:
                return
            if why := self._trouble or (self._ending and "the store is closed."):
                raise ServiceUnavailable(f"version {version} is not kept yet: {why}")
        raise Timeout(f"version {version} was not kept within {timeout:g} s. Before you repeat the change, look "
                      "whether it is there.")

    def close(self) -> None:
        """As ``store.Log``. A second time does nothing."""
        with self._work:
            first, self._ending = not self._ending, True
            self._work.notify_all()
            self._news.notify_all()
        self._writer.join()
        if first:
            self._db.close()
            self._closed()
            if self._pending:
                raise ServiceUnavailable(f"the last {len(self._pending)} changes could not be kept: {self._trouble}")

    def _add(self, change: _Change) -> None:
        self._pending.append(change)
        self._work.notify()

    def _run(self) -> None:
        delay = _FIRST
        while changes := self._next():
            try:
                self._commit(changes)
            except Exception as error:  # whatever it is: a writer that is gone would keep nothing any more
                self._fail(error)
                with self._work:
                    if self._ending or self._work.wait_for(lambda: self._ending, delay):
                        return
                delay = min(2 * delay, _LONGEST)
            else:
                delay = _FIRST
                self._kept(changes)

    def _next(self) -> Sequence[_Change]:
        """All that waits; nothing when it is to end."""
        with self._work:
            self._work.wait_for(lambda: self._pending or self._ending)
            return self._pending[:]

    def _commit(self, changes: Sequence[_Change]) -> None:
        """One transaction: what is new, what is forgotten, and up to where. All of it, or nothing."""
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", [change.row for change in changes if change.row])
        db.executemany("DELETE FROM log WHERE version = ?", [(old,) for change in changes for old in change.forget])
        db.execute("UPDATE compacted SET version = ?1 WHERE version < ?1", (changes[-1].compacted,))
        db.execute("COMMIT")

    def _kept(self, changes: Sequence[_Change]) -> None:
        with self._news:
            del self._pending[:len(changes)]
            self.durable, self._trouble = changes[-1].version, ""
            self._news.notify_all()
        for listener in self.listeners:
            try:
                listener()
            except Exception:  # somebody else's; the disk has no part in it
                sys.excepthook(*sys.exc_info())

    def _fail(self, error: Exception) -> None:
        with suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        with self._news:
            self._trouble = _trouble(self._path, error)
            self._news.notify_all()


def _sorted(rows: Sequence[_Row], old: int, compacted: int) -> tuple[Sequence[_Row], Sequence[_Row], Sequence[int]]:
    """The rows that are the state at ``compacted``, those after it, and the versions that are needed no more.

    Raises ValueError when something is missing: every version after ``old`` has to be there.
    """
    followed = [row.version for row in rows if row.version > old]
    if followed != [*range(old + 1, old + 1 + len(followed))]:
        missing = min({*range(old + 1, followed[-1])} - {*followed})
        raise ValueError(f"version {missing} is missing")
    state: dict[tuple, _Row] = {}  # the key's three parts -> the row
    forget: list[int] = []
    for row in rows:
        if row.version > compacted:
            break
        key = row[2:5]
        if before := state.pop(key, None):
            forget.append(before.version)
        if row.type == "DELETED":
            forget.append(row.version)
        else:
            state[key] = row
    return [*state.values()], [row for row in rows if row.version > compacted], forget


def _read(state: Sequence[_Row], recent: Sequence[_Row]) -> list[Event]:
    """The rows as events. Raises ValueError when one cannot be."""
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


def _object(row: _Row) -> Object:
    obj = _frozen(orjson.loads(row.body))
    if key_of(obj) != row[2:5] or obj["metadata"].get("resourceVersion") != str(row.version):
        raise ValueError(f"version {row.version} of {Key(*row[2:5])} holds {obj!r}")
    return obj


def _frozen(value: dict) -> Object:
    """As ``objects.freeze``, for what is known to be JSON and ours alone: three times as fast."""
    for name, item in value.items():
        if type(item) is dict:
            value[name] = _frozen(item)
        elif type(item) is list:
            value[name] = _tuple(item)
    return Object(value)


def _tuple(value: list) -> tuple:
    return tuple([_frozen(item) if type(item) is dict else _tuple(item) if type(item) is list else item
                  for item in value])


def _trouble(path: Path, error: Exception) -> str:
    """Why it could not be kept, and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return f"the disk of {path} is full. Make room there; it goes on by itself."
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"another program holds {path}. End it; it goes on by itself."
    return f"{path} does not take it ({error}). Look at its disk and its rights; it goes on by itself when it can."

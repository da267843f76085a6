"""How does a change get to the disk? The log of the store, in a table: an event a row.

The log *is* the database: what an object is now stands in its last event, and the events that nobody can follow any
more are deleted when later ones are written. A thread of its own takes all that waits and commits it as one
transaction, so many writers share the price of one. While the disk refuses, nothing is lost: what was accepted stays in
memory and is tried again, and new changes are refused before they happen.
Upstream: etcd's ``server/storage/mvcc`` (keys by revision, compaction) and ``backend/batch_tx.go``.
"""

import gc
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from mini_k8s.errors import ServiceUnavailable, StatusError, Timeout
from mini_k8s.storage.file import damaged, trouble
from mini_k8s.storage.rows import Row, read, row_of
from mini_k8s.store import Event

MOST_PENDING = 50_000  # changes that may wait for the disk
_FIRST, _LONGEST = 0.1, 5.0  # seconds until it is tried again


class _Change(NamedTuple):
    """What one transaction has to contain, wholly or not at all."""

    version: int  # the newest version when it is done
    row: Row | None
    compacted: int
    forget: Sequence[int]


class SqliteLog:
    """Keeps the events of one store in one database; see ``store.Log``. Everything may be called from any thread.

    closed   called once when it has ended
    """

    def __init__(self, db: sqlite3.Connection, path: Path, closed: Callable[[], None] = lambda: None):
        self.durable, self.listeners = 0, []
        self._db, self._path, self._closed = db, path, closed
        self._inode = os.stat(path).st_ino
        lock = threading.Lock()
        self._work, self._news = threading.Condition(lock), threading.Condition(lock)
        self._pending: list[_Change] = []  # accepted and not kept yet, in order
        self._trouble = ""  # why nothing can be kept just now
        self._ending = self._ended = False
        self._writer = threading.Thread(target=self._run, name="mini-k8s-store", daemon=True)
        self._writer.start()

    def load(self) -> tuple[int, list[Event]]:
        """As ``store.Log``. Raises StatusError, and is closed, when what is there cannot be the whole."""
        try:
            (old,) = self._db.execute("SELECT version FROM compacted").fetchone()
            with _no_collecting():
                found = read(self._db)
        except sqlite3.Error as error:
            self.close()
            raise trouble(self._path, error) from error
        except (ValueError, TypeError, LookupError, AttributeError, StatusError) as error:
            self.close()
            raise damaged(self._path, str(error)) from error
        self.durable = found.newest
        if found.compacted > old:
            with self._work:
                self._add(_Change(found.newest, None, found.compacted, found.forget))
        return found.compacted, found.events

    def append(self, event: Event, compacted: int, forget: Sequence[int]) -> None:
        """As ``store.Log``."""
        row = row_of(event)
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
            self._news.wait_for(lambda: self.durable >= version or self._trouble or self._ended, timeout)
            if self.durable >= version:
                return
            if why := self._trouble or (self._ended and "the store is closed."):
                raise ServiceUnavailable(f"version {version} is not kept yet: {why}")
        raise Timeout(f"version {version} was not kept within {timeout:g} s. Before you repeat the change, look "
                      "whether it is there.")

    def close(self) -> None:
        """As ``store.Log``. A second time does nothing."""
        with self._work:
            first, self._ending = not self._ending, True
            self._work.notify_all()
        self._writer.join()
        if first:
            self._db.close()
            self._closed()
            with self._news:
                self._ended = True
                self._news.notify_all()
            if self._pending:
                raise ServiceUnavailable(f"the last {len(self._pending)} changes could not be kept: {self._trouble}")

    def _add(self, change: _Change) -> None:
        self._pending.append(change)
        self._work.notify()

    # The writer's thread.

    def _run(self) -> None:
        delay = _FIRST
        while changes := self._next():
            try:
                self._commit(changes)
            except Exception as error:  # whatever it is: a writer that is gone would keep nothing any more
                self._fail(error)
                with self._work:
                    if self._work.wait_for(lambda: self._ending, delay):
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
        if os.stat(self._path).st_ino != self._inode:  # SQLite would write on into a file that nobody finds again
            raise OSError("it was replaced while it was in use")
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
            self._trouble = _why(self._path, error)
            self._news.notify_all()


def _why(path: Path, error: Exception) -> str:
    """Why it could not be kept, and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return f"the disk of {path} is full. Make room there; it goes on by itself."
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"another program holds {path}. End it; it goes on by itself."
    if isinstance(error, FileNotFoundError):
        return f"{path} is gone. Put it back, or end this and begin with nothing."
    return f"{path} does not take it ({error}). Look at its disk and its rights; it goes on by itself when it can."


@contextmanager
def _no_collecting():
    """Without the garbage collector: all that is made here stays, and looking for what does not takes longer."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()

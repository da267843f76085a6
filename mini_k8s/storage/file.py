"""Which file is it in, and is it whole? One SQLite database, made in one piece and refused when it is damaged.

``SCHEMA`` is the whole history of its form: a file that says ``user_version`` 1 has had the first step, and gets those
that follow when it is opened. A file from the future is left as it is.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from mini_k8s.errors import Conflict, Forbidden, Invalid, StatusError

OURS = 0x6D6B3873  # 'mk8s': the application_id by which our files are known
SCHEMA = (
    """
    CREATE TABLE log (version INTEGER PRIMARY KEY, type TEXT NOT NULL, kind TEXT NOT NULL, namespace TEXT NOT NULL,
                      name TEXT NOT NULL, body BLOB NOT NULL);
    CREATE TABLE compacted (version INTEGER NOT NULL);
    INSERT INTO compacted VALUES (0);
    """,
)


def open_file(path: Path, schema: Sequence[str] = SCHEMA) -> sqlite3.Connection:
    """A connection to the database at ``path``, made when there is none and brought up to the last step of ``schema``.

    Raises Invalid for a file that is not ours or comes from a newer version, Forbidden when it cannot be written, and
    StatusError when it is damaged; the file is not changed then.
    """
    try:
        _make(path, schema)
        _look(path)
        db = _connect(path)
        try:
            _settle(db, path, schema)
        except BaseException:
            db.close()
            raise
        return db
    except sqlite3.Error as error:
        raise trouble(path, error) from error
    except OSError as error:
        raise Forbidden(f"{path} cannot be opened: {error.strerror}. Make it yours to read and write, or use another "
                        "folder.") from None


def trouble(path: Path, error: Exception) -> StatusError:
    """What an error of SQLite's means to a user who wants to open the file."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return Forbidden(f"{path} cannot be written ({error}). Make it and its folder yours to write, or use another "
                         "folder.")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Conflict(f"{path} is held by another program ({error}). End that one, then try again.")
    return damaged(path, str(error))


def damaged(path: Path, why: str) -> StatusError:
    return StatusError(f"{path} is damaged: {why}. Nothing was changed. Put back a copy of its folder, or move the "
                       "folder away to begin with nothing.")


def _make(path: Path, schema: Sequence[str]) -> None:
    """Make the file when there is none: aside, then renamed, so that one that was cut short is never taken for new."""
    if path.exists():
        return
    wal = Path(f"{path}-wal")
    if wal.exists() and wal.stat().st_size:
        raise damaged(path, f"it is gone, and {wal.name} beside it still holds changes")
    aside = Path(f"{path}.new")
    for left in (aside, Path(f"{aside}-wal"), Path(f"{aside}-shm"), Path(f"{aside}-journal")):
        left.unlink(missing_ok=True)  # of a start that was cut short
    os.close(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(_connect(aside)) as db:
        db.execute(f"PRAGMA application_id = {OURS}")
        _upgrade(db, 0, schema)
    aside.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _look(path: Path) -> None:
    """Is it one of ours? SQLite would take an empty file for an empty database, and change what is not ours."""
    with path.open("rb") as file:
        head = file.read(100)
    if head[:16] != b"SQLite format 3\x00":
        raise damaged(path, "it does not begin as a database does" if head else "it is empty")
    if head[68:72] != OURS.to_bytes(4, "big"):
        raise Invalid(f"{path} is a database of another program. Use another folder.")
    path.chmod(0o600)  # a copy that was put back may be open to everybody


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # a commit returns when the disk has it
    db.execute("PRAGMA fullfsync = ON")  # macOS's fsync alone does not say so
    return db


def _settle(db: sqlite3.Connection, path: Path, schema: Sequence[str]) -> None:
    """Bring it up to the last step, when we know where it is, and see that it can be written."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > len(schema):
        raise Invalid(f"{path} was written by a newer mini_k8s (form {version}; this one knows up to {len(schema)}). "
                      "Use that version, or another folder.")
    if version < len(schema):
        _upgrade(db, version, schema)
    db.execute("BEGIN IMMEDIATE")  # a file that cannot be written is found out now, not at the first change
    db.execute("ROLLBACK")


def _upgrade(db: sqlite3.Connection, version: int, schema: Sequence[str]) -> None:
    """All the steps that are missing, or none."""
    steps = ";".join([*schema[version:], f"PRAGMA user_version = {len(schema)}"])
    try:
        db.executescript(f"BEGIN IMMEDIATE; {steps}; COMMIT")
    except sqlite3.Error:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise

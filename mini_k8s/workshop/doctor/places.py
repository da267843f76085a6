"""May the learner's folder be written, and is there room on its disk?"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from mini_k8s.workshop.doctor.row import Row, size
from mini_k8s.workshop.folder import DEFAULT, ENVIRONMENT, located

LITTLE, NONE = 500e6, 20e6  # bytes: less is worth a word; with less nothing can be saved
SCRATCH = 50e6  # bytes for temporary files: the process runtime keeps its containers' logs there


def look() -> Iterator[Row]:
    """Where temporary files go; the folder that ``mini-k8s learn`` would take, and its disk. Nothing is written."""
    yield temporary()
    try:
        folder, there = located()
    except FileNotFoundError:
        yield Row("fail", "folder", "the directory that this was typed in has been removed", "cd")
        return
    if not there and os.environ.get(ENVIRONMENT):
        unset = f"set {ENVIRONMENT}=" if sys.platform == "win32" else f"unset {ENVIRONMENT}"
        yield Row("fail", "folder", f"{ENVIRONMENT} names {folder}, and no workshop folder is there",
                  unset if folder.exists() else f"mini-k8s learn --folder {folder}")
        return
    stands = next(place for place in (folder, *folder.parents) if place.exists())
    if why := not_writable(stands):
        yield Row("fail", "folder", f"{folder} cannot be {'written' if there else 'made'}: {why}", elsewhere(stands))
    else:
        yield Row("ok", "folder", f"{folder}{'' if there else ' will be made'}")
    yield room("disk", stands, "the folder", elsewhere(stands, full=True))


def temporary() -> Row:
    """The place that Python's ``tempfile`` would take, which tries places by writing into them."""
    named = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    usual = [] if sys.platform == "win32" else ["/tmp", "/var/tmp", "/usr/tmp"]
    for place in map(Path, [*filter(None, named), *usual, os.curdir]):
        if place.is_dir() and not not_writable(place):
            return room("temporary files", place, "them", "df -h", SCRATCH, 0)
    return Row("warn", "temporary files", "there is no place for them where this user may write", "ls -ld /tmp")


def not_writable(path: Path) -> str:
    """Why this user may not write there; empty when it may. Asked, not tried."""
    if not path.is_dir():
        return f"{path} is a file"
    if hasattr(os, "statvfs") and os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"{path} is on a disk that may only be read"
    if not os.access(path, os.W_OK | os.X_OK):
        return f"this user may not write in {path}"
    return ""


def room(what: str, path: Path, of: str, do: str, little: float = LITTLE, none: float = NONE) -> Row:
    """Is there room where ``path`` is?"""
    free = shutil.disk_usage(path).free
    found = f"{size(free)} free for {of}, at {path}"
    if free < little:
        return Row("fail" if free < none else "warn", what, f"only {found}", do)
    if hasattr(os, "statvfs"):
        files = os.statvfs(path)
        if files.f_files and files.f_favail < 1000:  # some file systems count none, and say 0
            return Row("fail" if files.f_favail < 50 else "warn", what,
                       f"room for only {files.f_favail} more files for {of}, at {path}", do)
    return Row("ok", what, found)


def elsewhere(bad: Path, full: bool = False) -> str:
    """The command that takes a folder in the user's home; where that is no better, the one that shows what there is."""
    try:
        home = Path.home()
        same = full and home.stat().st_dev == bad.stat().st_dev
        if same or bad == home / DEFAULT or not_writable(home):
            raise OSError
    except (OSError, RuntimeError):
        return "df -h" if full else f"ls -ld {bad}"
    return f"mini-k8s learn --folder {'%USERPROFILE%' if sys.platform == 'win32' else '~'}{os.sep}{DEFAULT}"

"""Who works in this folder? One process at a time, by a lock that ends with its holder, however that ends.

The lock is the kernel's, on a file that also says whose it is. A child process does not inherit it (``flock`` would be
inherited by whatever outlives us), so after a kill -9 the folder is free at once.
"""

import fcntl
import os
import threading
from contextlib import suppress
from pathlib import Path

from mini_k8s.errors import Conflict, Forbidden, Invalid

_turn = threading.Lock()
_ours: dict[tuple[int, int], "Claim"] = {}  # by lock file, in this process: the kernel does not guard us from ourselves


class Claim:
    """This process's right to a folder, from the making of it until ``release``.

    The folder is made when it is missing, for this user only. Raises Conflict with the holder's pid when it is taken,
    Invalid when it is no folder, Forbidden when this user may not write there.
    """

    def __init__(self, folder: Path):
        self.folder = folder.expanduser().absolute()
        try:
            with _turn:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._hold(self.folder / "lock")
        except (FileExistsError, NotADirectoryError):
            raise Invalid(f"{self.folder} is no folder. Name one, or a place where one can be made.") from None
        except OSError as error:
            raise Forbidden(f"{self.folder} cannot be used: {error.strerror}. Name a folder that you may write to, on "
                            "a disk with room.") from None

    def release(self) -> None:
        """Give the folder back. Once is enough; again does nothing."""
        with _turn:
            if _ours.get(self._id) is self:
                del _ours[self._id]
                os.close(self._lock)

    def _hold(self, path: Path) -> None:
        with suppress(FileNotFoundError):
            if _id(os.stat(path)) in _ours:  # before it is opened: closing it again would end our own lock
                raise self._taken("this very process")
        self._lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._lock, 20, 0).decode(errors="replace").strip()
            os.close(self._lock)
            if not isinstance(error, BlockingIOError | PermissionError):
                raise
            raise self._taken(f"process {holder}" if holder else "another process") from None
        self._id = _id(os.fstat(self._lock))
        _ours[self._id] = self
        os.pwrite(self._lock, f"{os.getpid():<20}".encode(), 0)

    def _taken(self, holder: str) -> Conflict:
        return Conflict(f"{self.folder} is in use by {holder}. Stop that one first, or use another folder.")


def _id(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


os.register_at_fork(after_in_child=_ours.clear)

"""Where does a cluster that runs here listen? In a folder of its own, below one that only this user can enter.

The folder also holds the lock that says which process runs the cluster. Both are found by name, so a command needs no
setting: where one cluster runs, that one is meant.
"""

import os
import socket
import stat
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mini_k8s.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound

if TYPE_CHECKING:
    from mini_k8s.storage.claim import Claim

_LONGEST = 103  # bytes that the address of a socket may have on macOS; Linux allows four more


def home() -> Path:
    """The folder of this user's running clusters, made when it is missing.

    Raises Forbidden when something else is in its place.
    """
    path = Path(tempfile.gettempdir(), f"mini-k8s-{os.getuid()}")
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Forbidden(f"{path} is not a folder of yours, so no socket can be kept there. Have it removed, or set "
                        "TMPDIR to a folder of your own, for all mini-k8s commands alike.")
    if found.st_mode & 0o077:
        path.chmod(0o700)
    return path


def socket_of(name: str) -> Path:
    """Where the cluster of that name listens. Raises Invalid for what is no name, or where the path is too long."""
    from mini_k8s.runtimes import check_name  # here: most commands name no cluster, and have to be quick

    path = home() / check_name(name, "cluster name") / "socket"
    if len(os.fsencode(path)) > _LONGEST:
        raise Invalid(f"{path} is longer than the address of a socket may be. Set TMPDIR to a shorter path.")
    return path


def claim(name: str) -> "Claim":
    """The right to run the cluster of that name, until ``release`` or the end of this process.

    Raises Conflict, naming the process, when another one runs it.
    """
    from mini_k8s.storage.claim import Claim

    folder = socket_of(name).parent
    try:
        return Claim(folder)
    except Conflict:
        with suppress(OSError, ValueError):
            pid = int((folder / "lock").read_text())
            raise Conflict(f"cluster '{name}' is run by process {pid} already. End that one first (kill {pid}), or "
                           "choose another name: --name NAME") from None
        raise


def running() -> list[str]:
    """The names of this user's clusters that answer."""
    return sorted(path.parent.name for path in home().glob("*/socket") if _listens(path))


def find(name: str | None) -> Path:
    """The socket of the cluster that is meant: the one of that name, else the only one that runs.

    Raises NotFound when it does not run, and BadRequest when it cannot be told which of several is meant.
    """
    if name is not None and _listens(path := socket_of(name)):
        return path
    there = running()
    if name is not None:
        others = f" There are: {', '.join(there)}." if there else ""
        raise NotFound(f"no cluster '{name}' runs here.{others} To start it: mini-k8s up --name {name}")
    if not there:
        raise NotFound("no cluster runs here. Start one, in a terminal of its own: mini-k8s up")
    if len(there) > 1:
        raise BadRequest(f"{len(there)} clusters run here. Say which one is meant: "
                         f"{' or '.join(f'--name {one}' for one in there)}")
    return home() / there[0] / "socket"


def _listens(path: Path) -> bool:
    with closing(socket.socket(socket.AF_UNIX)) as line:
        line.settimeout(1.0)
        try:
            line.connect(os.fspath(path))
        except BlockingIOError:
            return True  # so many wait that there is no room: somebody listens
        except OSError:
            return False
        return True

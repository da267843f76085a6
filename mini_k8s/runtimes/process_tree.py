"""Which processes are there, and who listens where? Linux's ``/proc``, read in the few ways that are needed here.

Pids are reused: between finding a process here and signalling it, it may have ended and its pid be another's. So
``kill`` holds on to the process first, and looks again whose child it is.
"""

import os
import signal
from collections.abc import Container

_LISTENS = "0A"
_EVERYWHERE = ("00000000", "0" * 32)  # 0.0.0.0 and ::, as /proc/net writes them


def parents() -> dict[int, int]:
    """pid -> pid of its parent, for every process there is."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            try:
                file = os.open(f"/proc/{entry}/stat", os.O_RDONLY)  # `open` would make seven calls of three
                try:
                    found[int(entry)] = int(os.read(file, 1000).rpartition(b")")[2].split(None, 2)[1])
                finally:
                    os.close(file)
            except (OSError, IndexError):
                continue  # it ended meanwhile
    return found


def family(head: int, but: Container[int] = ()) -> dict[int, int]:
    """pid -> parent, of all living descendants of ``head``, without its children in ``but`` and what is theirs."""
    tree, found, layer = {}, {}, [head]
    for pid, parent in parents().items():
        tree.setdefault(parent, []).append(pid)
    while layer:
        below = [(child, parent) for parent in layer for child in tree.get(parent, ())
                 if not (parent == head and child in but)]
        found.update(below)
        layer = [child for child, _ in below]
    return found


def kill(pid: int, parent: int) -> None:
    """Kill the process of that pid if ``parent`` is (still) its parent, or it has become a child of ours since."""
    try:
        handle = os.pidfd_open(pid)  # from now on it is this process or none
    except OSError:
        return
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            now = int(file.read().rpartition(b")")[2].split()[1])
        if now in (parent, os.getpid()):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        pass  # it has ended
    finally:
        os.close(handle)


def listens_everywhere() -> dict[str, int]:
    """inode -> port, of all TCP sockets that listen on 0.0.0.0 or ::, and so on the address of every pod."""
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:
                lines = file.readlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            address, _, port = fields[1].partition(":")
            if fields[3] == _LISTENS and address in _EVERYWHERE:
                found[fields[9]] = int(port, 16)
    return found


def sockets_of(pid: int) -> set[str]:
    """The inodes of all sockets that a process has open; none where we may not look."""
    found = set()
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            link = os.readlink(f"/proc/{pid}/fd/{fd}")
            if link.startswith("socket:["):
                found.add(link[8:-1])
    except OSError:
        pass
    return found

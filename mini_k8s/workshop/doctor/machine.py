"""Has this machine enough of what the workshop takes: memory, ports, open files, threads?"""

import contextlib
import ctypes
import errno
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from mini_k8s.errors import Conflict
from mini_k8s.workshop import learn
from mini_k8s.workshop.doctor import control_groups
from mini_k8s.workshop.doctor.row import Row, as_root, size

# Less than the first is worth a word; with less than the second JupyterLab does not get far. It takes, measured with
# one chapter open: 180 MB and 20 threads in three processes, none of which has more than 80 files open.
MEMORY = 500e6, 150e6  # bytes
THREADS = 200, 40
FILES = 256, 100  # macOS gives 256, and that is enough


def memory() -> Iterator[Row]:
    """What can still be had: of the machine, of the control group, of this terminal. The smallest counts."""
    rooms = list(_memories())
    if not rooms:
        with contextlib.suppress(AttributeError, OSError, ValueError):  # Windows tells it in another way
            total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
            yield Row("ok", "memory", f"{size(total)} in all; how much of it is free is not told here")
        return
    room, whose = min(rooms)
    found = f"{size(room)} available{whose}"
    if room >= MEMORY[0]:
        yield Row("ok", "memory", found)
        return
    do = "ulimit -v unlimited" if "ulimit" in whose else "top -o mem" if sys.platform == "darwin" else "top -o %MEM"
    yield Row("fail" if room < MEMORY[1] else "warn", "memory",
              f"only {found}. JupyterLab with one chapter open takes 200 MB", do)


def _memories() -> Iterator[tuple[int, str]]:
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/meminfo").read_text().splitlines()
        line = next(line for line in lines if line.startswith("MemAvailable:"))
        yield int(line.split()[1]) * 1024, ""
    room = control_groups.room_for_memory()
    if room is not None:
        yield room, " in the control group that this runs in"
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no such limits
        import resource
        most = resource.getrlimit(resource.RLIMIT_AS)[0]
        if most != resource.RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            yield max(0, most - pages * resource.getpagesize()), " within this terminal's limit (ulimit -v)"


def ports() -> Iterator[Row]:
    """Does this machine's own address work, and is a port free for JupyterLab?"""
    try:
        _call_oneself("127.0.0.1")
    except OSError as error:
        do = as_root("ip link set lo up") if sys.platform.startswith("linux") else "ping 127.0.0.1"
        yield Row("fail", "ports", f"127.0.0.1, the address of this machine to itself, does not work: "
                                   f"{error.strerror or error}", do)
        return
    try:
        port = learn.free_port(None)
    except Conflict:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            other = probe.getsockname()[1]
        last = learn.FIRST_PORT + learn.PORTS - 1
        yield Row("fail", "ports", f"{learn.FIRST_PORT} to {last} on 127.0.0.1 are all taken",
                  f"mini-k8s learn --port {other}")
        return
    yield Row("ok", "ports", f"{port} on 127.0.0.1 is free for JupyterLab")


def _call_oneself(address: str) -> None:
    with socket.socket() as server, socket.socket() as client:
        for end in (server, client):
            end.settimeout(0.5)
        server.bind((address, 0))
        server.listen(1)
        client.connect(server.getsockname())


def limits() -> Iterator[Row]:
    """Open files and threads that this user may have, and watches on files. Windows sets no such limits."""
    try:
        import resource
    except ImportError:
        return
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    yield _limit("open files", files if files != resource.RLIM_INFINITY else None, FILES, "for each program",
                 "ulimit -n 4096")
    rooms = [room for room in (_threads_of_user(resource), control_groups.room_for_threads(), _threads_of_all())
             if room is not None]
    yield _limit("threads", min(rooms, default=None), THREADS, "more may be started", "ps -eLf")
    if sys.platform.startswith("linux"):
        yield _file_watches()


def _limit(what: str, room: int | None, bounds: tuple[int, int], of: str, do: str) -> Row:
    if room is None:
        return Row("ok", what, "no limit")
    state = "ok" if room >= bounds[0] else "warn" if room >= bounds[1] else "fail"
    return Row(state, what, f"{'' if state == 'ok' else 'only '}{room:,} {of}", "" if state == "ok" else do)


def _threads_of_user(resource) -> int | None:
    """What ``ulimit -u`` leaves. It counts threads, and does not hold for root."""
    most = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    if most == resource.RLIM_INFINITY or os.geteuid() == 0 or not sys.platform.startswith("linux"):
        return None
    used = 0
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended meanwhile
            if place.stat().st_uid == os.geteuid():
                used += int((place / "stat").read_text().rpartition(")")[2].split()[17])
    return max(0, most - used)


def _threads_of_all() -> int | None:
    """What the kernel leaves to all users together."""
    try:
        most = min(int(Path("/proc/sys/kernel", name).read_text()) for name in ("threads-max", "pid_max"))
        return max(0, most - int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2]))
    except (OSError, ValueError, IndexError):
        return None


def _file_watches() -> Row:
    """One is opened and closed again: how many are left is told nowhere."""
    watcher = ctypes.CDLL(None, use_errno=True).inotify_init1(os.O_CLOEXEC)
    if watcher >= 0:
        os.close(watcher)
        return Row("ok", "file watches", "there are some left (inotify)")
    code = ctypes.get_errno()
    if code != errno.EMFILE:
        return Row("ok", "file watches", f"none here ({os.strerror(code)}); the workshop needs none")
    return Row("warn", "file watches", "other programs have taken all that this user may have (inotify instances)",
               as_root("sysctl fs.inotify.max_user_instances=512"))

"""What stands above a container's processes, so that none of them gets away? One shim for each container.

A process group is not enough: whoever calls ``setsid``, or forks twice, leaves it. The shim is a *subreaper*: a process
whose parent dies becomes the shim's child, so "kill my children until I have none" ends with nobody left. It waits for
the main process as an engine waits for process 1, keeps what is printed, and holds a pipe whose other end the zygote
has: when that ends, however it ends, the shim kills everything and follows. A sandbox is a shim with nothing below it.
Upstream: ``containerd-shim``.

The shim is forked by the zygote and has one thread; it never returns.
"""

import ctypes
import errno
import json
import os
import select
import signal
import socket
import time
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from mini_k8s.runtimes import process_apps as apps
from mini_k8s.runtimes import process_tree as tree

LOG_MOST = 10_000_000  # bytes, after which a new one is begun; the one before is kept
KILL_ALL = signal.SIGUSR1  # what the zygote sends for "no grace"

_SUBREAPER, _PDEATHSIG, _NAME, _NO_NEW_PRIVS = 36, 1, 15, 38  # of prctl
_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value) -> None:
    """Set an attribute of this process. Raises OSError when the kernel refuses."""
    if _libc.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def become_subreaper() -> None:
    """From now on orphans among our descendants become our children."""
    prctl(_SUBREAPER, 1)


def call_myself(name: str, title: str) -> None:
    """Be ``name`` for ``pkill -x`` (15 letters), and ``title`` in the columns of ``ps``."""
    prctl(_NAME, name.encode()[:15])
    with open("/proc/self/stat", "rb") as file:
        begin, end = map(int, file.read().rpartition(b")")[2].split()[45:47])
    if 0 < begin < end:  # the memory that holds our command line
        room = end - begin
        ctypes.memmove(begin, title.encode()[:room - 1].ljust(room, b"\0"), room)


def run(task: dict, engine: socket.socket, life: int) -> None:
    """Run one container to its end, and tell the engine: what runs, and with which exit code it ended.

    task     key, name, title, dir, log, env, and ``app`` (a name in ``process_apps``) or ``argv``
    engine   tells the program that the runtime lives in
    life     the end of a pipe that closes when the zygote dies
    """
    os.setsid()
    become_subreaper()
    call_myself(f"shim {task['name']}", f"mini-k8s shim of {task['title']}")
    wake = _signals()
    log = _Log(Path(task["log"]))
    printed, prints = os.pipe2(os.O_CLOEXEC)
    failed, fails = os.pipe2(os.O_CLOEXEC)
    main = os.fork()
    if main == 0:
        _become(task, prints, fails)
    os.close(prints)
    os.close(fails)
    why = os.read(failed, 1000)  # ends when the program has begun
    if why:
        os.waitpid(main, 0)
        _tell(engine, task, {"is": "failed", "error": why.decode(errors="replace")})
        os._exit(0)
    os.set_blocking(printed, False)
    _tell(engine, task, {"is": "running", "pid": main})
    code = _watch(main, wake, life, printed, log)
    clean = end_all()
    log.take(printed)
    _tell(engine, task, {"is": "exited", "code": code})
    os._exit(0 if clean else 1)


def hold(task: dict, engine: socket.socket, life: int) -> None:
    """Be a sandbox: a process that is there, and can be killed. It has no children, so it needs no shim above it."""
    os.setsid()
    call_myself(task["name"], task["title"])
    ready, wake = select.poll(), _signals()
    ready.register(wake, select.POLLIN)
    ready.register(life, select.POLLIN)
    _tell(engine, task, {"is": "running", "pid": os.getpid()})
    while True:
        if any(fd == life for fd, _ in ready.poll()):
            os._exit(0)
        for number in os.read(wake, 512):
            if number in (signal.SIGTERM, KILL_ALL):
                _tell(engine, task, {"is": "exited", "code": 0 if number == signal.SIGTERM else 128 + signal.SIGKILL})
                os._exit(0)


def _signals() -> int:
    """From now on signals only wake; returns where their numbers can be read."""
    wake, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGCHLD, KILL_ALL):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return wake


def end_all(patience: float = 5.0, but: Container[int] = ()) -> bool:
    """Kill our children, and the orphans they leave us, until there are none, but for children in ``but``.

    False when some are left after so many seconds.
    """
    me, until = os.getpid(), time.monotonic() + patience
    while time.monotonic() < until:
        if not but and _reaped_all():
            return True
        family = tree.family(me, but)
        if not family:
            return True
        for pid, parent in family.items():
            tree.kill(pid, parent)
        for _ in range(20):  # a look at all processes costs more than a moment's patience
            time.sleep(0.0005)
            if not but:
                if _reaped_all():
                    return True
            elif all(_reaped(pid) for pid, parent in family.items() if parent == me):
                break
    return False


def _reaped_all() -> bool:
    """Reap the children that have ended; True when there is none any more."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False


def _reaped(pid: int) -> bool:
    """Is this child of ours gone, and reaped?"""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _watch(main: int, wake: int, life: int, printed: int, log: "_Log") -> int:
    """Wait until the main process has ended, and return its exit code. Until it is reaped, its pid is nobody else's."""
    ready = select.poll()
    for fd in (wake, life, printed):
        ready.register(fd, select.POLLIN)
    while True:
        for fd, _ in ready.poll():
            if fd == printed:
                if not log.take(printed):
                    ready.unregister(printed)  # nobody can print any more
                continue
            if fd == life:  # nobody writes into it: it has closed
                ready.unregister(life)
                os.kill(main, signal.SIGKILL)
                continue
            for number in os.read(wake, 512):
                if number == signal.SIGTERM:
                    os.kill(main, signal.SIGTERM)
                elif number == KILL_ALL:
                    os.kill(main, signal.SIGKILL)
        code = _reap(main)
        if code is not None:
            return code


def _reap(main: int) -> int | None:
    """Reap all that have ended. The main process's exit code, 128 + signal when it was killed; None while it lives."""
    code = None
    with suppress(ChildProcessError):
        while found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG):
            if found.si_pid == main:
                code = found.si_status if found.si_code == os.CLD_EXITED else 128 + found.si_status
    return code


def _become(task: dict, prints: int, fails: int) -> None:
    """In the forked child: be the container's main process."""
    try:
        os.setsid()
        # Dies with the shim. It is sent when the thread that forked ends, and the shim has but one.
        prctl(_PDEATHSIG, signal.SIGKILL)
        prctl(_NO_NEW_PRIVS, 1)
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            if signal.getsignal(number) not in (signal.SIG_DFL, None):
                signal.signal(number, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(prints, 1)
        os.dup2(prints, 2)
        os.chdir(task["dir"])
        if task["argv"]:
            os.execvpe(task["argv"][0], task["argv"], task["env"])
        os.environ.clear()
        os.environ.update(task["env"])
        call_myself(task["name"], task["title"])
        os.closerange(3, 4096)  # and ``fails`` with them, which says that it runs
        os._exit(apps.run(task["app"]))
    except OSError as error:
        said = "there is no such program" if error.errno == errno.ENOENT else error.strerror or str(error)
        os.write(fails, f"{(task['argv'] or [task['app']])[0]}: {said}".encode())
    finally:
        os._exit(127)


def _tell(engine: socket.socket, task: dict, what: dict) -> None:
    with suppress(OSError):  # the program has died; so do we, by the pipe
        engine.send(json.dumps({"key": task["key"], "at": time.time(), **what}).encode())


class _Log:
    """What was printed, in a file that does not grow for ever."""

    def __init__(self, path: Path):
        self._path = path
        self._open()

    def take(self, fd: int) -> bool:
        """Keep what there is to read; False when nothing can come any more."""
        while True:
            try:
                piece = os.read(fd, 1 << 16)
            except BlockingIOError:
                return True
            if not piece:
                return False
            with suppress(OSError):  # the disk is full: who prints must not be held up by it
                os.write(self._file, piece)
            self._size += len(piece)
            if self._size > LOG_MOST:
                os.close(self._file)
                os.replace(self._path, self._path.with_suffix(".before"))
                self._open()
                return True

    def _open(self) -> None:
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._file).st_size

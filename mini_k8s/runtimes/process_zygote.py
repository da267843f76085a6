"""How is a container started in two milliseconds? By forking a process that has everything loaded already.

The zygote is a program of its own with one thread. It does what the engine (``process_engine``) asks on a socket: fork
a shim, or hand a signal to one. It dies with the program that started it, and its shims with it. Twice a second it
looks for what goes wrong in the whole: a container that forks without end, a port that is taken on every address.
Upstream: containerd, as far as a dozen lines go; the name and the idea are Android's.
"""

import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import NamedTuple

from mini_k8s.runtimes import process_apps as apps
from mini_k8s.runtimes import process_shim as shim
from mini_k8s.runtimes import process_tree as tree

TICK = 0.5  # seconds
MANY = 200  # processes and threads more than before, on the whole machine, make us count
MOST = 500  # processes that a container may have
YOUNG = 5.0  # seconds for which a container is watched for listening on every address


def main(fd: int, top: str) -> None:
    """Serve the engine at the other end of the socket ``fd`` until it is gone, then remove ``top``."""
    engine = socket.socket(fileno=fd)
    engine.set_inheritable(False)
    shim.become_subreaper()
    shim.call_myself("mini-k8s", f"mini-k8s containers of process {os.getppid()}")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    life, alive = os.pipe2(os.O_CLOEXEC)
    wake, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    gc.disable()
    gc.freeze()  # so that a fork shares what there is
    zygote, program = Zygote(engine, life, (alive, wake, wakes)), os.getppid()
    ready = select.poll()
    ready.register(engine, select.POLLIN)
    ready.register(wake, select.POLLIN)
    engine.send(b'{"is": "ready"}')
    while True:
        for source, _ in ready.poll(TICK * 1000 if zygote.shims else None):
            if source == wake:
                os.read(wake, 512)
                continue
            said = engine.recv(1 << 20)
            if said:
                zygote.do(json.loads(said))
            else:
                program = None
        if os.getppid() != program:  # it has died; a forked child of it may still hold the socket
            break
        zygote.reap()
        zygote.tick()
    os.close(alive)  # tells every shim
    zygote.wait()
    shutil.rmtree(top, ignore_errors=True)


class Shim(NamedTuple):
    """One that was forked: the key of its task, that of the task it is a command of, and when it began."""

    key: str
    inside: str
    begun: float


class Zygote:
    """The shims there are."""

    def __init__(self, engine: socket.socket, life: int, own: tuple[int, ...]):
        self.engine, self.life, self.own = engine, life, own
        self.shims: dict[int, Shim] = {}  # by pid
        self._threads, self._ticked = _threads(), 0.0
        self._told: set[tuple[str, int]] = set()

    def do(self, message: dict) -> None:
        if message["do"] == "run":
            return self.run(message)
        for pid, its in self.shims.items():
            if its.key == message["key"]:  # our child until we reap it, so this is nobody else's pid
                os.kill(pid, signal.SIGTERM if message["do"] == "end" else shim.KILL_ALL)
        return None

    def run(self, task: dict) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                signal.set_wakeup_fd(-1)
                for fd in self.own:
                    os.close(fd)
                (shim.hold if task["app"] == apps.PAUSE else shim.run)(task, self.engine, self.life)
            finally:
                os._exit(1)
        self.shims[pid] = Shim(task["key"], task["inside"], time.monotonic())

    def reap(self) -> None:
        """Shims that have ended. One that was killed leaves its processes to us."""
        orphans = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            its = self.shims.pop(pid, None)
            if its:
                orphans |= status != 0
                self.tell(its.key, "gone")
                for command, other in self.shims.items():
                    if other.inside == its.key:
                        os.kill(command, shim.KILL_ALL)
        if orphans:
            shim.end_all(but=self.shims)

    def tick(self) -> None:
        now = time.monotonic()
        if now - self._ticked < TICK or not self.shims:
            return
        self._ticked, threads = now, _threads()
        if threads - self._threads > MANY:
            for pid, family in self._families():
                if len(family) > MOST:
                    self.tell(self.shims[pid].key, "note",
                              f"ended: {len(family)} processes, more than the {MOST} that a container may have")
                    os.kill(pid, shim.KILL_ALL)
        else:
            self._threads = threads
        if any(now - its.begun < YOUNG for its in self.shims.values()):
            self._find_wide_listeners()

    def _find_wide_listeners(self) -> None:
        wide = tree.listens_everywhere()
        if not wide:
            return
        for pid, family in self._families():
            for inode in set().union(*map(tree.sockets_of, family)) & wide.keys():
                key, port = self.shims[pid].key, wide[inode]
                if (key, port) not in self._told:
                    self._told.add((key, port))
                    self.tell(key, "note", f"listens on 0.0.0.0:{port}, so on every pod's address; bind to $POD_IP")

    def _families(self) -> list[tuple[int, list[int]]]:
        """For each shim, all processes below it."""
        below = tree.family(os.getpid())
        heads = {}
        for pid, parent in below.items():  # parents come before their children
            heads[pid] = pid if parent == os.getpid() else heads[parent]
        families = {pid: [] for pid in self.shims}
        for pid, head in heads.items():
            if pid != head and head in families:
                families[head].append(pid)
        return list(families.items())

    def wait(self) -> None:
        """Until every shim has ended."""
        for pid in self.shims:
            os.waitpid(pid, 0)

    def tell(self, key: str, what: str, note: str = "") -> None:
        with suppress(OSError):  # the program has died, and the next look at the socket tells
            self.engine.send(json.dumps({"key": key, "is": what, "at": time.time(), "note": note}).encode())


def _threads() -> int:
    """How many processes and threads this machine has."""
    with open("/proc/loadavg", "rb") as file:
        return int(file.read().split()[3].partition(b"/")[2])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

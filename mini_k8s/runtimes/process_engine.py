"""What is behind the process runtime? An engine in this program, and its zygote beside it, which does the forking.

The books are this program's, and so are the processes: when it ends, however it ends, all of them end with it within a
moment. Each container or sandbox has a loopback address of its own out of 127.0.0.0/8, which needs no permission on
Linux.
"""

import atexit
import itertools
import json
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import mini_k8s
from mini_k8s.errors import Invalid, ServiceUnavailable, StatusError, Timeout
from mini_k8s.runtimes.books import KILLED, Books
from mini_k8s.runtimes.process_names import Addresses, Claims

ANSWERS = 15.0  # seconds for the zygote to do what it is asked
_BEGIN = "import sys; sys.path.insert(0, sys.argv.pop()); from mini_k8s.runtimes import process_zygote as z; " \
         "z.main(int(sys.argv[1]), sys.argv[2])"


def why_not() -> str:
    """Why processes cannot be containers on this system; empty when they can."""
    if not sys.platform.startswith("linux"):
        return "processes as containers need Linux, or WSL2 on Windows"
    try:
        with socket.socket() as probe:
            probe.bind((f"127.{random.randint(64, 126)}.0.1", 0))
    except OSError as error:
        return f"this system gives no loopback addresses of one's own ({error.strerror})"
    return "" if os.path.exists("/proc/self/stat") else "there is no /proc here"


@dataclass
class Task:
    """One process tree that was started: a container's, a sandbox's, or that of a command inside a container."""

    key: str
    cluster: str
    container: str  # its id
    log: Path
    inside: str = ""  # the key of the task whose command it is
    state: str = "new"  # new, running, failed, exited
    pid: int | None = None
    code: int = KILLED
    zygote: object = None
    error: str = ""


class ProcessEngine(Books):
    """Starts and ends process trees. One of it serves all runtimes of this program: ``ProcessEngine.ours()``."""

    _ours: "ProcessEngine | None" = None
    _making = threading.Lock()

    @classmethod
    def ours(cls) -> "ProcessEngine":
        """The one engine of this program, made when it is first needed. A forked child gets one of its own."""
        with cls._making:
            if cls._ours is None or cls._ours.pid != os.getpid():
                cls._ours = cls()
            return cls._ours

    def __init__(self):
        super().__init__()
        self.pid = os.getpid()
        self.top = Path(tempfile.mkdtemp(prefix="mini-k8s-"))
        self.tasks: dict[str, Task] = {}  # by key: each start is a task of its own
        self.main: dict[str, Task] = {}  # container -> the last task that was its main process
        self._keys = itertools.count(1)
        self.names = Claims()
        self.addresses = Addresses(self.names)
        self._zygote: subprocess.Popen | None = None
        self._socket: socket.socket | None = None
        self._asking = threading.Lock()
        self._begin()
        atexit.register(self.end)

    def end(self) -> None:
        """Kill all of it, and the zygote too. Nothing can be started afterwards but by a new engine."""
        if self.pid != os.getpid():
            return
        atexit.unregister(self.end)
        with self._asking, suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with suppress(subprocess.TimeoutExpired):
            self._zygote.wait(10)
        self.names.release_all()
        shutil.rmtree(self.top, ignore_errors=True)
        with ProcessEngine._making:
            if ProcessEngine._ours is self:
                ProcessEngine._ours = None

    def now(self) -> float:
        return time.time()

    def new_id(self, number: int) -> str:
        return secrets.token_hex(6)

    def address(self, number: int) -> str:
        return self.addresses.take()

    # What runtimes do.

    def begin(self, cluster: str, id: str, log: Path, inside: str = "") -> Task:
        """A new task, noted down before anything is started: whoever removes its container waits for it."""
        with self.changed:
            task = Task(str(next(self._keys)), cluster, id, log, inside)
            self.tasks[task.key] = task
            if not inside:
                self.main[id] = task
        return task

    def start(self, task: Task, **what) -> None:
        """Start its process tree and wait until it runs. Raises Invalid when there is no such program."""
        try:
            self.ask({"do": "run", "key": task.key, "inside": task.inside, "log": str(task.log), **what})
        except StatusError:
            with self.changed:
                task.state = "failed"  # the next start tries anew
            raise
        self.wait_for(task, "running", "failed", "exited")
        if task.state == "failed":
            raise Invalid(f"{what['name']} cannot be started: {task.error}")

    def end_task(self, task: Task, grace: float) -> None:
        """Ask it to end, and kill all of it when it has not after ``grace`` seconds. Returns when nothing is left."""
        if task.state == "new":
            self.wait_for(task, "running", "failed", "exited")
        if task.state != "running":
            return None
        if grace > 0:
            self.ask({"do": "end", "key": task.key})
            with suppress(Timeout):
                return self.wait_for(task, "exited", within=grace)
        self.ask({"do": "kill", "key": task.key})
        return self.wait_for(task, "exited")

    def wait_for(self, task: Task, *states: str, within: float = ANSWERS) -> None:
        """Wait until that task is in one of these states. Raises Timeout when it is not within so many seconds."""
        with self.changed:
            if not self.changed.wait_for(lambda: task.state in states, within):
                raise Timeout(f"after {within:g} s a process of container {task.container} is still {task.state}. "
                              "Look again.")

    def forget(self, task: Task) -> None:
        """Nobody asks for a command's task any more."""
        with self.changed:
            self.tasks.pop(task.key, None)
        shutil.rmtree(task.log.parent, ignore_errors=True)

    def remove(self, cluster: str, id: str) -> None:
        """Strike a container that has ended out of the books; its files go, and its address is free."""
        with self.changed:
            seen = self.cluster(cluster).get(id)
            if not seen:
                return
            self.drop(cluster, id)
            self.main.pop(id, None)
            self.tasks = {key: task for key, task in self.tasks.items() if task.container != id}
            if not seen.sandbox:
                self.addresses.give_back(seen.address)
        shutil.rmtree(self.top / id, ignore_errors=True)

    def folder(self, name: str) -> Path:
        """The folder of a task: its log, and beside it the directory that it runs in."""
        (self.top / name / "work").mkdir(parents=True, exist_ok=True)
        return self.top / name

    # The zygote.

    def ask(self, message: dict) -> None:
        """Send the zygote something to do; start it (anew) when there is none. Raises Invalid when it is too long."""
        said, task = json.dumps(message).encode(), self.tasks.get(message["key"])
        with self._asking:
            for again in (True, False):
                if self._zygote is None or self._zygote.poll() is not None:
                    self._begin()
                try:
                    if task and message["do"] == "run":
                        task.zygote = self._zygote
                    self._socket.send(said)
                    return
                except OSError as error:
                    if len(said) > 100_000:
                        raise Invalid(f"command and environment of {message.get('name')} are too long together "
                                      f"({len(said):,} bytes). Keep them below 100,000.") from error
                    if not again:
                        raise ServiceUnavailable(f"the process that starts containers is gone: {error.strerror}. "
                                                 "Try again.") from error
                    self._zygote.kill()
                    self._zygote.wait()

    def _begin(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        package = Path(mini_k8s.__file__).parent.parent
        with theirs:
            self._zygote = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _BEGIN, str(theirs.fileno()), str(self.top), str(package)],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True)
        self._socket = ours
        threading.Thread(target=self._listen, args=(ours, self._zygote), name="process-engine", daemon=True).start()

    def _listen(self, ours: socket.socket, zygote: subprocess.Popen) -> None:
        """Write into the books what zygote and shims tell, until they are gone."""
        while said := _receive(ours):
            with self.changed:
                self._heard(json.loads(said))
        ours.close()
        zygote.wait()
        with self.changed:  # whatever ran under it has ended with it
            for task in list(self.tasks.values()):
                if task.zygote is zygote:
                    self._heard({"key": task.key, "is": "exited", "code": KILLED, "at": self.now()})

    def _heard(self, said: dict) -> None:
        """With ``changed`` held."""
        task, what = self.tasks.get(said.get("key", "")), said["is"]
        if task is None or task.state in ("exited", "failed"):
            return
        main = self.main.get(task.container) is task
        if what == "note":
            if main:
                self.put(task.cluster, task.container, note=said["note"])
            return
        task.state = "exited" if what == "gone" else what  # gone: its shim was killed, else it had told before
        task.pid, task.code, task.error = said.get("pid"), said.get("code", KILLED), said.get("error", "")
        self.changed.notify_all()
        if not main or task.state == "failed":
            return
        if task.state == "running":
            self.put(task.cluster, task.container, started_at=said["at"], finished_at=None, exit_code=None, note="")
            self.change(task.cluster, task.container, said["at"], "running")
        else:
            self.change(task.cluster, task.container, said["at"], "exited", task.code)


def _receive(ours: socket.socket) -> bytes:
    try:
        return ours.recv(1 << 20)
    except OSError:
        return b""

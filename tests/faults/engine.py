"""A Docker engine of the tests' own, to hurt: it can be restarted, killed and frozen, and nobody else notices.

It runs in a network namespace of its own, so its bridge, its addresses and its firewall rules are not those of the
user's engine, which is never touched. Needs Linux, root, dockerd, nsenter and ip; where they are missing the tests are
skipped by name, unless MINI_K8S_REQUIRE_DOCKER=1 says that this is a failure.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from mini_k8s.errors import StatusError
from mini_k8s.runtimes import images
from mini_k8s.runtimes.engine import Engine

_PREFIX = "mini-k8s-faults"  # of namespaces, folders and control groups; the next part is the pid of their maker


def missing() -> str:
    """Why an engine of one's own cannot be had here; empty when it can."""
    if (chosen := os.environ.get("MINI_K8S_RUNTIME") or "auto") not in ("auto", "docker"):
        return f"MINI_K8S_RUNTIME={chosen}"
    if not sys.platform.startswith("linux"):
        return f"an engine of the tests' own needs Linux, this is {sys.platform}"
    if os.geteuid() != 0:
        return "an engine of the tests' own needs root"
    lacking = [program for program in ("dockerd", "nsenter", "ip", "umount") if not shutil.which(program)]
    return f"an engine of the tests' own needs {', '.join(lacking)}" if lacking else ""


class OwnEngine:
    """``with OwnEngine() as engine``: started and answering; on leaving, all of it is gone, whatever happened."""

    def __init__(self):
        self.name = f"{_PREFIX}-{os.getpid()}-{secrets.token_hex(3)}"
        self.folder = Path(tempfile.gettempdir(), self.name)  # short: a socket's path may have 107 characters
        self.socket = self.folder / "docker.sock"
        self.url = f"unix://{self.socket}"
        self.lives = 0  # how often it was started
        self._process: subprocess.Popen | None = None
        self._engine = Engine(self.url)  # our own way in, past every proxy

    def __enter__(self) -> "OwnEngine":
        sweep()
        self.folder.mkdir(mode=0o700)
        try:
            _run("ip", "netns", "add", self.name)
            _run("nsenter", f"--net=/run/netns/{self.name}", "ip", "link", "set", "lo", "up")
            self.start()
            images.prepare(self._engine)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        with suppress(Exception):  # politely first: what is removed now need not be hunted below
            self.thaw()
            self.remove_all()
            self.stop()
        self._engine.close()
        _remove(self.name)

    def start(self) -> None:
        """Start it, and return when it answers."""
        for left in ("pid", "exec/containerd/containerd.pid"):
            (self.folder / left).unlink(missing_ok=True)  # by a killed one; the next would believe that it still runs
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{self.name}", "dockerd", "--data-root", self.folder / "data",
                 "--exec-root", self.folder / "exec", "-H", self.url, "-p", self.folder / "pid",
                 # where a containerd of the system's runs, dockerd uses it: under another name than the user's engine
                 "--containerd-namespace", self.name, "--containerd-plugins-namespace", f"{self.name}-plugins",
                 "--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", f"/{self.name}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.lives += 1
        self.wait_until_it_answers()

    def wait_until_it_answers(self, within: float = 30.0) -> None:
        until = time.monotonic() + within
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the tests' own engine did not start. It said:\n{self.log()}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Does it answer, within 5 seconds?"""
        engine = Engine(self.url, deadline=5)
        try:
            return bool(engine.call("ping"))
        except StatusError:
            return False
        finally:
            engine.close()

    def stop(self) -> None:
        """SIGTERM, as an orderly shutdown of the machine would. Its containers end with it."""
        self._end(signal.SIGTERM)

    def kill9(self) -> None:
        """SIGKILL, as a crash would. Its containers live on until it is started again."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def freeze(self) -> None:
        """It keeps its connections, accepts new ones, and says nothing more."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def well(self) -> None:
        """Make it well again after whatever a test did to it."""
        if self._process.poll() is None:
            self.thaw()
        else:
            self.start()

    def containers(self, *labels: str) -> list[dict]:
        """Every container, dead or alive, as the engine lists it; with labels ("key=value"), those that have all."""
        return self.call("containers", all=True, filters={"label": list(labels)} if labels else None)

    def call(self, method: str, *args, **kwargs):
        """Behind everybody's back: a call of docker-py's low-level client."""
        return self._engine.call(method, *args, **kwargs)

    def remove_all(self) -> None:
        for container in self.containers():
            with suppress(StatusError):
                self.call("remove_container", container["Id"], force=True)

    def log(self) -> str:
        with suppress(OSError):
            return (self.folder / "log").read_text(errors="replace")[-3000:]
        return ""

    def _end(self, how: signal.Signals) -> None:
        self.thaw()
        self._process.send_signal(how)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)


def sweep() -> None:
    """Remove what earlier test runs left that were killed themselves."""
    left = {path.name for path in [*Path("/run/netns").glob(f"{_PREFIX}-*"),
                                   *Path(tempfile.gettempdir()).glob(f"{_PREFIX}-*")]}
    for name in left:
        pid = name.removeprefix(f"{_PREFIX}-").partition("-")[0]
        if not Path("/proc", pid).exists():
            _remove(name)


def _remove(name: str) -> None:
    """Processes, mounts, control groups, namespace, folder: everything that has this name, and nothing else."""
    folder = Path(tempfile.gettempdir(), name)
    until = time.monotonic() + 10
    while (pids := _processes(name)) and time.monotonic() < until:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    for line in reversed(Path("/proc/self/mounts").read_text().splitlines()):
        if f"/{name}/" in (where := line.split()[1]):
            subprocess.run(["umount", "-l", where], check=False, capture_output=True)
    for group in sorted(_groups(name), key=lambda path: -len(path.parts)):
        with suppress(OSError):
            group.rmdir()
    if Path("/run/netns", name).exists():
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def _processes(name: str) -> set[int]:
    """The engine, its containerd and shims (their command lines name the folder), and the containers' processes."""
    found = set()
    for group in _groups(name):
        with suppress(OSError):
            found |= {int(pid) for pid in (group / "cgroup.procs").read_text().split()}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if f"/{name}/".encode() in path.read_bytes():
                found.add(int(path.parent.name))
    return found - {os.getpid()}


def _groups(name: str) -> list[Path]:
    roots = [*Path("/sys/fs/cgroup").glob(name), *Path("/sys/fs/cgroup").glob(f"*/{name}")]
    return [path for root in roots for path in [root, *root.rglob("*")] if path.is_dir()]


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.strip()}")

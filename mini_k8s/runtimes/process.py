"""The runtime without an engine and without images: containers are processes of this machine.

A container is a process tree under a shim (``process_shim``) with a loopback address of its own, told to it in
``POD_IP``. It is really started, really killed and really answers; what it lacks it declares: no images but the
workshop's programs, no network or files of its own, no limits, and nothing survives the program that started it.
For Linux and WSL2; it needs no permission and nothing but Python. Upstream: runc, without namespaces and cgroups.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from pathlib import Path

from mini_k8s.errors import Conflict, Invalid, NotFound, Timeout
from mini_k8s.runtimes import (
    EXEC,
    LOGS,
    ContainerSpec,
    ExecResult,
    File,
    Image,
    Observed,
    SandboxSpec,
    Volume,
    VolumeSpec,
    check_image,
    check_spec,
)
from mini_k8s.runtimes.books import Bookkept
from mini_k8s.runtimes.process_apps import APPS, PAUSE
from mini_k8s.runtimes.process_engine import ProcessEngine, Task, why_not
from mini_k8s.runtimes.streams import at_most

_OUTPUT = 10_000_000  # bytes of a command's output that are kept


class ProcessRuntime(Bookkept):
    """The containers of one cluster, as processes of this machine.

    Raises Invalid where that cannot be done (macOS, Windows without WSL2).
    """

    name = "process"
    can = frozenset({LOGS, EXEC})
    engine: ProcessEngine

    def __init__(self, cluster: str, owner: str = "", engine: ProcessEngine | None = None):
        if reason := why_not():
            raise Invalid(f"{reason}. Use Docker, or MINI_K8S_RUNTIME=simulated, where nothing really runs.")
        super().__init__(cluster, owner, engine or ProcessEngine.ours())
        self._services: IPv4Network | None = None
        self.why = "containers are processes of this machine, and end with this program"

    def prepare(self, *names: str, progress: Callable[[str], None] = lambda line: None) -> Sequence[str]:
        """Nothing to make: the programs come with the package. Raises NotFound for a name that none has."""
        for name in names:
            _app(name)
        return []

    def image(self, name: str) -> Image | None:
        return Image(name) if check_image(name) in APPS else None

    def pull(self, name: str, timeout: float = 120.0) -> None:
        """Nothing to get: the programs come with the package. Raises NotFound for a name that none has."""
        _app(check_image(name))

    def create_sandbox(self, spec: SandboxSpec) -> str:
        check_spec(spec, can=self.can)
        with self.engine.changed:
            id = self._add("sandbox", spec, "sandbox", None)
            new = self._get(id).state == "created"
        if new:
            self.start(id)
        return id

    def create(self, spec: ContainerSpec, sandbox: str | None = None) -> str:
        with self.engine.changed:
            home = self._home(spec, sandbox)
            _app(spec.image)
            return self._add("container", spec, spec.image, home)

    def start(self, id: str) -> None:
        engine = self.engine
        with engine.changed:
            seen, spec, earlier = self._get(id), engine.spec(id), engine.main.get(id)
            if seen.alive or (earlier and earlier.state == "new"):
                return
            task = engine.begin(self.cluster, id, engine.top / id / "log")
        app = PAUSE if seen.kind == "sandbox" else _app(spec.image)
        words = [*(getattr(spec, "command", None) or ()), *getattr(spec, "args", ())] or ([] if app else ["sh"])
        try:
            self._run(task, seen, spec, app, words, seen.name, f"{seen.name} ({seen.image}) of {self.cluster}")
        except Invalid as error:
            with engine.changed:
                engine.put(self.cluster, id, message=str(error))
            raise

    def stop(self, id: str, grace: float = 2.0) -> None:
        with self.engine.changed:
            seen, task = self.engine.cluster(self.cluster).get(id), self.engine.main.get(id)
        if seen and seen.alive:
            self.engine.end_task(task, grace)

    def remove(self, id: str) -> None:
        with self.engine.changed:
            task = self.engine.main.get(id) if id in self.engine.cluster(self.cluster) else None
        if task:
            self.engine.end_task(task, grace=0)
        self.engine.remove(self.cluster, id)

    def logs(self, id: str, follow: bool = False, tail: int | None = None, *, timestamps: bool = False,
             since: float | None = None, limit: int | None = None) -> Iterator[bytes]:
        if timestamps or since is not None:
            raise Invalid("on processes nobody notes when a line was printed. Ask without times, or use Docker.")
        with self.engine.changed:
            self._get(id)
        return at_most(self._pieces(id, self.engine.top / id / "log", follow, tail), limit)

    def exec(self, id: str, argv: Sequence[str], timeout: float = 10.0) -> ExecResult:
        """Run a command with the container's environment, in its directory. It ends with it, or after the timeout."""
        engine = self.engine
        with engine.changed:
            seen, spec, main = self._get(id), engine.spec(id), engine.main.get(id)
            if not seen.alive:
                raise Conflict(f"{seen.name} does not run, so no command can run in it. Start it first.")
        task = engine.begin(self.cluster, id, engine.top / f"{id}-{secrets.token_hex(4)}" / "log", inside=main.key)
        try:
            self._run(task, seen, spec, "", list(argv), Path(argv[0]).name, f"{argv[0]} in {seen.name}")
            engine.wait_for(task, "exited", within=timeout)
            return ExecResult(task.code, task.log.read_bytes()[:_OUTPUT])
        except Invalid as error:
            return ExecResult(127, str(error).encode())
        except Timeout:
            engine.end_task(task, grace=0)
            raise Timeout(f"{' '.join(argv)} did not end within {timeout:g} s. It was killed.") from None
        finally:
            engine.forget(task)

    def message(self, id: str) -> bytes:
        """None: nothing can be laid over a path of this machine."""
        return b""

    def create_volume(self, spec: VolumeSpec) -> str:
        """Refused: a process sees this machine's files, and nothing can be laid over them."""
        raise Invalid(f"on processes there are no volumes such as {spec.name}. Use Docker.")

    def write_files(self, sandbox: str, volumes: Mapping[str, Mapping[str, File]]) -> None:
        """Nothing, or refused: there are no volumes."""
        if volumes:
            raise Invalid("on processes there are no volumes to write into. Use Docker.")

    def remove_volume(self, id: str) -> None:
        """Nothing: there are no volumes."""

    def list_volumes(self) -> Sequence[Volume]:
        """None."""
        return []

    def services(self) -> IPv4Network:
        """Loopback addresses that no container gets, and no other cluster: for services."""
        if self._services is None:
            self._services = IPv4Network(f"{self.engine.addresses.block()}.0/24")
        return self._services

    def lock(self) -> None:
        super().lock()
        claim = f"lock/{os.getuid()}/{self.cluster}"
        if not self.engine.names.take(claim):
            super().close()
            raise Conflict(f"cluster '{self.cluster}' is controlled by another program (process "
                           f"{self.engine.names.holder(claim) or 'unknown'}). Close that one, or use another name.")

    def down(self) -> int:
        ids = [seen.id for seen in self.list()]
        for id in ids:
            self.remove(id)
        self.close()
        return len(ids)

    def close(self) -> None:
        with self.engine.changed:
            if self.engine.holders.get(self.cluster) is self:
                self.engine.names.release(f"lock/{os.getuid()}/{self.cluster}")
            super().close()

    def pid(self, id: str) -> int | None:
        """The main process of a container that runs, for those who want to kill it by hand."""
        with self.engine.changed:
            task = self.engine.main.get(id)
            return task.pid if task and task.state == "running" else None

    def __repr__(self) -> str:
        return f"<ProcessRuntime {self.cluster}>"

    # Helpers.

    def _add(self, kind: str, spec: ContainerSpec | SandboxSpec, image: str, home: Observed | None) -> str:
        """With ``changed`` held: note it down, with the ports and the address that are its own."""
        id = self.engine.add(self.cluster, kind, spec, image, home and home.id, home and home.address)
        self.engine.put(self.cluster, id, ports={port: port for port in spec.ports}, host=self._get(id).address)
        return id

    def _run(self, task: Task, seen: Observed, spec: ContainerSpec | SandboxSpec, app: str, argv: list[str], name: str,
             title: str) -> None:
        home = self.engine.spec(seen.sandbox)
        work = self.engine.folder(seen.id) / "work"
        task.log.parent.mkdir(exist_ok=True)
        self.engine.start(task, name=name, title=title, dir=str(work), app=app, argv=argv, env={
            "PATH": os.environ.get("PATH", os.defpath), "HOME": str(work), "LANG": "C.UTF-8",
            "HOSTNAME": getattr(home or spec, "hostname", "") or (home or spec).name,
            "POD_IP": seen.address, **getattr(spec, "env", {})})

    def _pieces(self, id: str, path: Path, follow: bool, tail: int | None) -> Iterator[bytes]:
        if tail is not None:
            text = path.read_bytes() if path.exists() else b""
            lines = text.splitlines(keepends=True)
            yield from lines[len(lines) - min(tail, len(lines)):]
            if not follow:
                return
        at = path.stat().st_size if tail is not None and path.exists() else 0
        while True:
            with self.engine.changed:
                alive = (seen := self.engine.cluster(self.cluster).get(id)) is not None and seen.alive
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
                if file.seek(0, 2) < at:
                    at = 0  # a new one was begun
                file.seek(at)
                while piece := file.read(1 << 16):
                    at += len(piece)
                    yield piece
            if not (follow and alive):
                return
            yield b""  # so that who does not want it any more can leave
            time.sleep(0.05)


def _app(image: str) -> str:
    if image not in APPS:
        raise NotFound(f"without Docker there is no image '{image}', but: {', '.join(APPS)}. "
                       "Name one of these, or use Docker.")
    return APPS[image]

"""The runtime without an engine: containers follow a script, on any clock, by the thousand.

It behaves as a real one as far as the protocol goes, so that a loop cannot tell; several runtimes may share one
``SimulatedEngine``, as several clusters share one Docker engine. Upstream: kwok's fake kubelets.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from mini_k8s.clock import Clock
from mini_k8s.errors import Conflict, Invalid, NotFound
from mini_k8s.runtimes import (
    LOG_TIMES,
    LOGS,
    MESSAGE,
    MESSAGES,
    VOLUMES,
    ContainerSpec,
    ExecResult,
    File,
    Image,
    SandboxSpec,
    Volume,
    VolumeSpec,
    check_image,
    check_spec,
)
from mini_k8s.runtimes.books import KILLED, Bookkept
from mini_k8s.runtimes.simulated_engine import Script, SimulatedEngine
from mini_k8s.runtimes.simulated_volumes import KeptVolumes
from mini_k8s.runtimes.streams import at_most

__all__ = ["Script", "SimulatedEngine", "SimulatedRuntime"]


class SimulatedRuntime(Bookkept):
    """The containers of one cluster on a simulated engine: its own, or one that it shares with others."""

    name = "simulated"
    can = frozenset({LOGS, LOG_TIMES, MESSAGES, VOLUMES})
    engine: SimulatedEngine

    def __init__(self, cluster: str, owner: str = "", clock: Clock | None = None,
                 scripts: Mapping[str, Script] | None = None, engine: SimulatedEngine | None = None):
        super().__init__(cluster, owner, engine or SimulatedEngine(clock, scripts))
        self.why = "containers follow a script; nothing really runs"

    def prepare(self, *names: str, progress: Callable[[str], None] = lambda line: None) -> Sequence[str]:
        """Nothing to make: every image is a script."""
        return []

    def image(self, name: str) -> Image | None:
        check_image(name)
        return Image(name) if self.engine.images is None or name in self.engine.images else None

    def pull(self, name: str, timeout: float = 120.0) -> None:
        """Nothing to get. Raises NotFound where there is no such script."""
        if self.image(name) is None:
            raise NotFound(f"the engine has no image '{name}'. It has: {', '.join(self.engine.images or ())}")

    def create_sandbox(self, spec: SandboxSpec) -> str:
        check_spec(spec, can=self.can)
        with self.engine.changed:
            things = self.engine.cluster(self.cluster)
            for volume in spec.volumes:
                self._volumes.get(volume)
            id = self.engine.add(self.cluster, "sandbox", spec, "sandbox", None, None)
            if spec.volumes:
                self._volumes.use(id, spec.volumes)
            if things[id].state == "created":
                self.engine.start(self.cluster, id)
        return id

    def create(self, spec: ContainerSpec, sandbox: str | None = None) -> str:
        with self.engine.changed:
            home = self._home(spec, sandbox)
            if sandbox is None:
                self.engine.cluster(self.cluster)
            for mount in spec.mounts:
                self._volumes.get(mount.volume)
            if self.engine.images is not None and spec.image not in self.engine.images:
                raise NotFound(f"the engine has no image '{spec.image}'. It has: {', '.join(self.engine.images)}")
            id = self.engine.add(self.cluster, "container", spec, spec.image, sandbox, home and home.address)
            if spec.mounts:
                self._volumes.use(id, [mount.volume for mount in spec.mounts])
            return id

    def start(self, id: str) -> None:
        with self.engine.changed:
            self._get(id)
            self.engine.start(self.cluster, id)

    def stop(self, id: str, grace: float = 2.0) -> None:
        with self.engine.changed:
            seen, now = self.engine.cluster(self.cluster).get(id), self.engine.clock.now()
            if seen is None or not seen.alive:
                return
            listens = self.engine.script(id, self.cluster).on_term
            if grace > 0 and listens is None:
                self.engine.later(now + grace, self.cluster, id, "exited", seen.started_at, KILLED)
            else:
                self.engine.change(self.cluster, id, now, "exited", listens if grace > 0 else KILLED)

    def remove(self, id: str) -> None:
        with self.engine.changed:
            if id in self.engine.cluster(self.cluster):
                self.engine.remove(self.cluster, id)

    def logs(self, id: str, follow: bool = False, tail: int | None = None, *, timestamps: bool = False,
             since: float | None = None, limit: int | None = None) -> Iterator[bytes]:
        """What its script says, printed at the moment of its start."""
        with self.engine.changed:
            began = self._get(id).started_at
            text = self.engine.script(id, self.cluster).prints
        lines = [] if began is None or (since or began) > began else text.splitlines(keepends=True)
        if timestamps and began is not None:
            when = datetime.fromtimestamp(began, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ ").encode()
            lines = [when + line for line in lines]
        return at_most(iter(lines if tail is None else lines[len(lines) - min(tail, len(lines)):]), limit)

    def exec(self, id: str, argv: Sequence[str], timeout: float = 10.0) -> ExecResult:
        raise Invalid(f"nothing really runs on the simulated runtime, so {argv[0]!r} cannot either. "
                      "Use Docker for that.")

    def message(self, id: str) -> bytes:
        with self.engine.changed:
            ended, wished = self._get(id).state == "exited", self.engine.spec(id).message
            return self.engine.script(id, self.cluster).message[-MESSAGE:] if ended and wished else b""

    def create_volume(self, spec: VolumeSpec) -> str:
        check_spec(spec)
        with self.engine.changed:
            return self._volumes.create(spec, self.engine.now())

    def write_files(self, sandbox: str, volumes: Mapping[str, Mapping[str, File]]) -> None:
        with self.engine.changed:
            if not self._get(sandbox).alive:
                raise Conflict(f"sandbox {sandbox} has ended, so no files can be written. Make a new one.")
            self._volumes.write(sandbox, volumes)

    def remove_volume(self, id: str) -> None:
        with self.engine.changed:
            self._volumes.remove(id)

    def list_volumes(self) -> Sequence[Volume]:
        with self.engine.changed:
            return self._volumes.all()

    def down(self) -> int:
        with self.engine.changed:
            ids = [*self.engine.cluster(self.cluster)]
            for id in ids:
                self.engine.remove(self.cluster, id)
            volumes = [volume.id for volume in self._volumes.all()]
            for id in volumes:
                self._volumes.remove(id)
        self.close()
        return len(ids) + len(volumes)

    @property
    def _volumes(self) -> KeptVolumes:
        return self.engine.volumes[self.cluster]

    def __repr__(self) -> str:
        return f"<SimulatedRuntime {self.cluster}>"

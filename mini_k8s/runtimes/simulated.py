"""The runtime without an engine: containers follow a script, on any clock, by the thousand.

It behaves as a real one as far as the protocol goes, so that a loop cannot tell; several runtimes may share one
``SimulatedEngine``, as several clusters share one Docker engine. Upstream: kwok's fake kubelets.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from mini_k8s.clock import Clock
from mini_k8s.errors import Invalid, NotFound
from mini_k8s.runtimes import LOGS, ContainerSpec, ExecResult, SandboxSpec, check_spec
from mini_k8s.runtimes.books import KILLED, Bookkept
from mini_k8s.runtimes.simulated_engine import Script, SimulatedEngine

__all__ = ["Script", "SimulatedEngine", "SimulatedRuntime"]


class SimulatedRuntime(Bookkept):
    """The containers of one cluster on a simulated engine: its own, or one that it shares with others."""

    name = "simulated"
    can = frozenset({LOGS})
    engine: SimulatedEngine

    def __init__(self, cluster: str, owner: str = "", clock: Clock | None = None,
                 scripts: Mapping[str, Script] | None = None, engine: SimulatedEngine | None = None):
        super().__init__(cluster, owner, engine or SimulatedEngine(clock, scripts))
        self.why = "containers follow a script; nothing really runs"

    def prepare(self, *names: str, progress: Callable[[str], None] = lambda line: None) -> Sequence[str]:
        """Nothing to make: every image is a script."""
        return []

    def create_sandbox(self, spec: SandboxSpec) -> str:
        check_spec(spec)
        with self.engine.changed:
            things = self.engine.cluster(self.cluster)
            id = self.engine.add(self.cluster, "sandbox", spec, "sandbox", None, None)
            if things[id].state == "created":
                self.engine.start(self.cluster, id)
        return id

    def create(self, spec: ContainerSpec, sandbox: str | None = None) -> str:
        with self.engine.changed:
            home = self._home(spec, sandbox)
            if sandbox is None:
                self.engine.cluster(self.cluster)
            if self.engine.images is not None and spec.image not in self.engine.images:
                raise NotFound(f"the engine has no image '{spec.image}'. It has: {', '.join(self.engine.images)}")
            return self.engine.add(self.cluster, "container", spec, spec.image, sandbox, home and home.address)

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

    def logs(self, id: str, follow: bool = False, tail: int | None = None) -> Iterator[bytes]:
        with self.engine.changed:
            seen = self._get(id)
            lines = self.engine.script(id, self.cluster).prints.splitlines(keepends=True) if seen.started_at else []
        return iter(lines if tail is None else lines[len(lines) - min(tail, len(lines)):])

    def exec(self, id: str, argv: Sequence[str], timeout: float = 10.0) -> ExecResult:
        raise Invalid(f"nothing really runs on the simulated runtime, so {argv[0]!r} cannot either. "
                      "Use Docker for that.")

    def down(self) -> int:
        with self.engine.changed:
            ids = [*self.engine.cluster(self.cluster)]
            for id in ids:
                self.engine.remove(self.cluster, id)
        self.close()
        return len(ids)

    def __repr__(self) -> str:
        return f"<SimulatedRuntime {self.cluster}>"

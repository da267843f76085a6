"""What is behind the simulated runtime? An engine in which containers follow a script, on any clock.

Nothing runs here. A container is what its image's ``Script`` says of it at this moment of the clock; what is due
happens when somebody looks, in the same order every time. The engine can misbehave on purpose: lose events, cut
streams, refuse calls.
"""

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mini_k8s.clock import Clock, RealClock
from mini_k8s.errors import AlreadyExists, Invalid, StatusError
from mini_k8s.runtimes import ContainerSpec, Event, Observed, SandboxSpec
from mini_k8s.runtimes.labels import spec_hash

KILLED = 137


@dataclass(frozen=True)
class Script:
    """What containers of an image do. By default: run for ever, and end at once with exit code 0 when told to."""

    start_after: float = 0.0  # seconds between start() and running
    runs: float | None = None  # seconds until it ends by itself
    exit_code: int = 0  # when it ends by itself
    on_term: int | None = 0  # its exit code when told to stop; None: it does not listen, and is killed after the grace
    fails: str = ""  # why it cannot be started
    prints: bytes = b""


class SimulatedEngine:
    """What several runtimes share: their containers, the scripts by image, and the faults that are asked for.

    scripts   image -> Script; an image without one follows ``Script()``
    images    the images there are; None: every image there is
    """

    def __init__(self, clock: Clock | None = None, scripts: Mapping[str, Script] | None = None,
                 images: Sequence[str] | None = None):
        self.clock, self.scripts, self.images = clock or RealClock(), dict(scripts or {}), images
        self.holders: dict[str, object] = {}  # cluster -> the runtime that has its lock
        self.changed = threading.Condition()
        self._things: dict[str, dict[str, Observed]] = {}  # cluster -> id -> what it is now
        self._hashes: dict[str, str] = {}
        self._names: dict[tuple, str] = {}
        self._due: list[tuple[float, int, str, str, dict]] = []  # when, order, cluster, id, what it becomes
        self._numbers = itertools.count(1)
        self._streams: list[SimulatedEvents] = []
        self._lose, self._fail = 0, deque()

    # Faults.

    def lose_events(self, n: int = 1) -> None:
        """The next ``n`` events are told to nobody."""
        with self.changed:
            self._lose += n

    def cut_streams(self) -> None:
        """Every event stream ends now, as when an engine starts anew."""
        with self.changed:
            for stream in list(self._streams):
                stream.close()

    def fail_next(self, error: StatusError, n: int = 1) -> None:
        """The next ``n`` calls, of whatever kind, raise ``error`` and do nothing."""
        with self.changed:
            self._fail.extend([error] * n)

    # What runtimes do; all of it with ``changed`` held.

    def cluster(self, name: str) -> dict[str, Observed]:
        """A cluster's containers, after everything that is due has happened. Raises the fault that was asked for."""
        if self._fail:
            raise self._fail.popleft()
        self.catch_up()
        return self._things.setdefault(name, {})

    def catch_up(self) -> None:
        now = self.clock.now()
        while self._due and self._due[0][0] <= now:
            when, _, cluster, id, becomes = heapq.heappop(self._due)
            seen = self._things.get(cluster, {}).get(id)
            if seen and seen.started_at == becomes["run"]:  # else it was stopped or started anew meanwhile
                self.change(cluster, id, when, becomes["state"], becomes.get("exit_code"))

    def add(self, cluster: str, kind: str, spec: ContainerSpec | SandboxSpec, image: str, sandbox: str | None,
            address: str | None) -> str:
        name, hashed = (cluster, kind, sandbox, spec.name, spec.attempt), spec_hash(spec, sandbox)
        there = self._names.get(name)
        if there:
            if self._hashes[there] != hashed:
                raise AlreadyExists(f"{spec.name} (attempt {spec.attempt}) exists already, made from another spec. "
                                    "Use the next attempt, or remove it first.")
            return there
        number, now = next(self._numbers), self.clock.now()
        id = f"{number:012x}"
        self._names[name], self._hashes[id] = id, hashed
        self._things[cluster][id] = Observed(
            id, spec.name, kind, image, "created", spec.attempt, created_at=now, labels=dict(spec.labels),
            sandbox=sandbox, address=address or f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")
        self.tell(cluster, Event("created", id, spec.name))
        return id

    def start(self, cluster: str, id: str) -> None:
        seen, script, now = self._things[cluster][id], self.script(id, cluster), self.clock.now()
        if seen.alive:
            return
        if script.fails:
            raise Invalid(f"{seen.name} cannot be started: {script.fails}")
        begins = now + script.start_after
        self._things[cluster][id] = replace(seen, state="created", started_at=begins, finished_at=None,
                                            exit_code=None)
        self.later(begins, cluster, id, "running", begins)
        if script.runs is not None:
            self.later(begins + script.runs, cluster, id, "exited", begins, script.exit_code)
        self.catch_up()

    def later(self, when: float, cluster: str, id: str, state: str, run: float | None,
              exit_code: int | None = None) -> None:
        becomes = {"state": state, "exit_code": exit_code, "run": run}
        heapq.heappush(self._due, (when, next(self._numbers), cluster, id, becomes))

    def change(self, cluster: str, id: str, when: float, state: str, exit_code: int | None = None) -> None:
        seen = self._things[cluster][id]
        if state == "exited" and seen.state == "exited":
            return
        ended = {"finished_at": when, "exit_code": exit_code} if state == "exited" else {}
        self._things[cluster][id] = replace(seen, state=state, **ended)
        self.tell(cluster, Event("died" if state == "exited" else "started", id, seen.name, exit_code))

    def remove(self, cluster: str, id: str) -> None:
        seen = self._things[cluster][id]
        if seen.alive:
            self.change(cluster, id, self.clock.now(), "exited", KILLED)
        del self._things[cluster][id], self._hashes[id]
        del self._names[cluster, seen.kind, seen.sandbox, seen.name, seen.attempt]
        self.tell(cluster, Event("removed", id, seen.name))

    def script(self, id: str, cluster: str) -> Script:
        return self.scripts.get(self._things[cluster][id].image, Script())

    def tell(self, cluster: str, event: Event) -> None:
        if self._lose:
            self._lose -= 1
            return
        for stream in self._streams:
            stream.hear(cluster, event)
        self.changed.notify_all()

    def listen(self, stream: "SimulatedEvents", on: bool = True) -> None:
        if on:
            self._streams.append(stream)
        elif stream in self._streams:
            self._streams.remove(stream)
        self.changed.notify_all()


class SimulatedEvents:
    """One cluster's events from now on. ``close()`` ends it from any thread."""

    def __init__(self, engine: SimulatedEngine, cluster: str):
        self._engine, self._cluster = engine, cluster
        self._waiting: deque[Event] = deque()
        self._open = True
        with engine.changed:
            engine.listen(self)

    def __iter__(self) -> "SimulatedEvents":
        return self

    def __next__(self) -> Event:
        with self._engine.changed:
            while self._open and not self._waiting:
                self._engine.catch_up()
                if not self._waiting:
                    self._engine.changed.wait(0.05)  # a clock turned by hand wakes nobody
            if not self._open:
                raise StopIteration
            return self._waiting.popleft()

    def hear(self, cluster: str, event: Event) -> None:
        if cluster == self._cluster:
            self._waiting.append(event)

    def close(self) -> None:
        with self._engine.changed:
            self._open = False
            self._engine.listen(self, on=False)

"""What is behind the simulated runtime? An engine in which containers follow a script, on any clock.

Nothing runs here. A container is what its image's ``Script`` says of it at this moment of the clock; what is due
happens when somebody looks, in the same order every time. The engine can misbehave on purpose: lose events, cut
streams, refuse calls.
"""

import heapq
import itertools
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mini_k8s.clock import Clock, RealClock
from mini_k8s.errors import Invalid, StatusError
from mini_k8s.runtimes import Event, Observed
from mini_k8s.runtimes.books import KILLED, Books
from mini_k8s.runtimes.simulated_volumes import KeptVolumes


@dataclass(frozen=True)
class Script:
    """What containers of an image do. By default: run for ever, and end at once with exit code 0 when told to."""

    start_after: float = 0.0  # seconds between start() and running
    runs: float | None = None  # seconds until it ends by itself
    exit_code: int = 0  # when it ends by itself
    on_term: int | None = 0  # its exit code when told to stop; None: it does not listen, and is killed after the grace
    fails: str = ""  # why it cannot be started
    prints: bytes = b""
    message: bytes = b""  # what it leaves in the file for that when it ends by itself or is told to
    oom: bool = False  # ends because it wants more memory than it may have, with exit code 137


class SimulatedEngine(Books):
    """What several runtimes share: their containers, the scripts by image, and the faults that are asked for.

    scripts   image -> Script; an image without one follows ``Script()``
    images    the images there are; None: every image there is
    """

    patience = 0.05  # a clock turned by hand wakes nobody

    def __init__(self, clock: Clock | None = None, scripts: Mapping[str, Script] | None = None,
                 images: Sequence[str] | None = None):
        super().__init__()
        self.clock, self.scripts, self.images = clock or RealClock(), dict(scripts or {}), images
        self._due: list[tuple[float, int, str, str, dict]] = []  # when, order, cluster, id, what it becomes
        self._order = itertools.count(1)
        self._lose, self._fail = 0, deque()
        self.volumes: dict[str, KeptVolumes] = defaultdict(KeptVolumes)  # by cluster

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

    # The books, with everything that is due.

    def now(self) -> float:
        return self.clock.now()

    def address(self, number: int) -> str:
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def cluster(self, name: str) -> dict[str, Observed]:
        """A cluster's containers, after everything that is due has happened. Raises the fault that was asked for."""
        if self._fail:
            raise self._fail.popleft()
        return super().cluster(name)

    def catch_up(self) -> None:
        now = self.clock.now()
        while self._due and self._due[0][0] <= now:
            when, _, cluster, id, becomes = heapq.heappop(self._due)
            seen = self._things.get(cluster, {}).get(id)
            if seen and seen.started_at == becomes["run"]:  # else it was stopped or started anew meanwhile
                if becomes["oom"]:
                    self.put(cluster, id, oom_killed=True)
                self.change(cluster, id, when, becomes["state"], becomes.get("exit_code"))

    def tell(self, cluster: str, event: Event) -> None:
        if self._lose:
            self._lose -= 1
        else:
            super().tell(cluster, event)

    # What runtimes do; all of it with ``changed`` held.

    def start(self, cluster: str, id: str) -> None:
        seen, script, now = self._things[cluster][id], self.script(id, cluster), self.clock.now()
        if seen.alive:
            return
        if script.fails:
            self.put(cluster, id, message=f"{seen.name} cannot be started: {script.fails}")
            raise Invalid(f"{seen.name} cannot be started: {script.fails}")
        begins = now + script.start_after
        self.put(cluster, id, state="created", started_at=begins, finished_at=None, exit_code=None)
        self.later(begins, cluster, id, "running", begins)
        if script.runs is not None:
            self.later(begins + script.runs, cluster, id, "exited", begins, KILLED if script.oom else script.exit_code,
                       script.oom)
        self.catch_up()

    def later(self, when: float, cluster: str, id: str, state: str, run: float | None,
              exit_code: int | None = None, oom: bool = False) -> None:
        becomes = {"state": state, "exit_code": exit_code, "run": run, "oom": oom}
        heapq.heappush(self._due, (when, next(self._order), cluster, id, becomes))

    def remove(self, cluster: str, id: str) -> None:
        if self._things[cluster][id].alive:
            self.change(cluster, id, self.clock.now(), "exited", KILLED)
        self.drop(cluster, id)
        self.volumes[cluster].leave(id)

    def script(self, id: str, cluster: str) -> Script:
        return self.scripts.get(self._things[cluster][id].image, Script())

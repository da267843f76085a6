"""How is one computer three machines? Each container bears a label that says on which machine it stands.

A machine here is a slice of one runtime. Switched off, its containers are killed at once, nothing starts there, and
nobody hears of it any more: what is known of it is what was seen last. What is left out: its own engine, its own
network, and its speed. Chapter 8 gives a machine a kubelet and takes the network away too.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from mini_k8s.containers import ByName
from mini_k8s.errors import Conflict, NotFound, StatusError
from mini_k8s.record import Action
from mini_k8s.runtimes import ContainerSpec, Observed, Runtime
from mini_k8s.runtimes.hints import Hints
from mini_k8s.widgets.machines_picture import Machine, Tile, running
from mini_k8s.workshop.restarts import Always

MACHINE = "machine"  # the label


class Slices:
    """The machines of a chapter: ``machines`` is what was seen last, ``listeners`` are called after each look.

    names     what the machines are called
    places    how many containers one of them holds
    image     what all of them run
    """

    period = 1.0  # seconds between two looks, when no event comes
    quiet = 0.03  # seconds between two looks at least

    def __init__(self, runtime: Runtime, image: str, names: Sequence[str] = ("node-1", "node-2", "node-3"),
                 places: int = 4):
        self.runtime, self.image, self.names, self.places = runtime, image, tuple(names), places
        self.listeners: list[Callable[[], None]] = []
        self.looked, self.ended = 0.0, ""
        self.always = Always(runtime)
        self.machines = tuple(Machine(name, (None,) * places) for name in names)
        self._containers = ByName(runtime, self._spec)
        self._starting: dict[str, tuple[str, float]] = {}  # name -> (machine, since)
        self._lock, self._looking = threading.RLock(), threading.Lock()
        self._wake = threading.Event()
        self._hands = ThreadPoolExecutor(8, "machines")
        self._hints = Hints(runtime.events, self._wake.set)
        self._hints.listening.wait(5)
        self.look()
        threading.Thread(target=self._look_again, name="machines-look", daemon=True).start()

    # By hand.

    def start(self, name: str, machine: str, restart: str = "") -> None:
        """Start a new container under that name on that machine; with ``restart="always"`` under that policy.

        Raises Conflict when the machine is off or full, or the name runs already, and what the runtime says.
        """
        with self._lock:
            self._may_start(name, machine)
            self._starting[name] = machine, time.time()
        self._show()
        try:
            if restart:
                self.always.start(self._spec(name, self.image, self._attempt(name)))
            else:
                self._containers.act(Action("start", name, self.image))
            self._powerless(name, machine)
            self.look()  # before it is called "started": so that it is not missing for a moment
        finally:
            with self._lock:
                self._starting.pop(name, None)
            self.look()

    def kill(self, *names: str) -> None:
        """Kill containers at once, as ``docker kill`` does. Raises NotFound when one of them is not running."""
        for found in [self._alive(name) for name in names]:
            self.always.by_hand(found.id)
            self.runtime.stop(found.id, grace=0)
        self.look()

    def crash(self, name: str) -> None:
        """Let a container end by itself. Raises NotFound when it is not running."""
        self.always.crash(self._alive(name))
        self.look()

    def remove(self, name: str) -> None:
        """Remove what there is under that name, dead or alive."""
        for found in [o for o in self._all() if o.name == name]:
            self.always.by_hand(found.id)
            self.runtime.remove(found.id)
        self.look()

    def switch(self, machine: str, on: bool) -> None:
        """Switch a machine off, killing all that runs there, or on again. Raises NotFound when there is none."""
        self._find(machine)
        with self._lock:
            now = time.time()
            self.machines = tuple(
                m if m.name != machine or m.on == on else Machine(m.name, m.places, None if on else now)
                for m in self.machines)
        self._tell()
        if not on:
            there = [o for o in self._all() if o.labels.get(MACHINE) == machine and o.alive]
            for found in there:
                self.always.by_hand(found.id)
            list(self._hands.map(lambda o: self.runtime.stop(o.id, grace=0), there))
        self.look()

    def clear(self) -> int:
        """Remove everything, and switch all machines on. Returns how many containers there were."""
        old = self._all()
        for found in old:
            self.always.by_hand(found.id)
        list(self._hands.map(lambda o: self.runtime.remove(o.id), old))
        with self._lock:
            self.machines = tuple(Machine(m.name, (None,) * self.places) for m in self.machines)
        self.look()
        return len(old)

    def together(self, starts: Sequence[tuple[str, str]]) -> None:
        """Start all these (name, machine) at the same time. Raises what the first one raised that failed."""
        list(self._hands.map(lambda start: self.start(*start), starts))

    def submit(self, work: Callable, *arguments):
        """Have something done meanwhile; returns its future."""
        return self._hands.submit(work, *arguments)

    def running(self) -> list[str]:
        """The names that are known to run, as they were seen last."""
        return running(self.machines)

    # Looking.

    def look(self) -> tuple[Machine, ...]:
        """Look once, and tell whoever listens."""
        with self._looking:
            self.always.count()
            found = self._all()
            self.always.look(found)
            with self._lock:
                self.machines = tuple(self._seen(machine, found) if machine.on else machine
                                      for machine in self.machines)
                self.looked = time.time()
        self._tell()
        return self.machines

    def close(self, ended: str) -> None:
        """Look no more. ``ended`` says what became of the containers."""
        self.ended = ended
        self._wake.set()
        self._hints.close()
        self._hands.shutdown(wait=True, cancel_futures=True)
        self._tell()

    def _look_again(self) -> None:
        while not self.ended:
            self._wake.wait(self.period)
            self._wake.clear()
            if not self.ended:
                with suppress(StatusError):  # it is away; the picture says how long nobody has looked
                    self.look()
            time.sleep(self.quiet)

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()

    def _show(self) -> None:
        with suppress(StatusError):
            self.look()

    def _powerless(self, name: str, machine: str) -> None:
        """What was on its way to a machine while that was switched off does not arrive."""
        if self._find(machine).on:
            return
        for found in self._all():
            if found.name == name and found.labels.get(MACHINE) == machine and found.alive:
                self.always.by_hand(found.id)
                self.runtime.stop(found.id, grace=0)
        raise Conflict(f"{machine} was switched off while {name} was starting there. Start it on another machine.")

    def _all(self) -> list[Observed]:
        return [o for o in self.runtime.list() if o.kind == "container" and o.sandbox is None]

    def _seen(self, machine: Machine, found: Sequence[Observed]) -> Machine:
        """What stands on a machine now. Who is there keeps the place; who comes takes the first free one."""
        tiles: dict[str, Tile] = {}
        for o in found:
            here = o.labels.get(MACHINE) == machine.name and (o.state != "created" or o.name in self._starting)
            if here and (o.name not in tiles or o.alive or tiles[o.name].state != "Running"):
                tiles[o.name] = _tile(o, self.always.restarts(o.name))
        for name, (where, since) in self._starting.items():
            if where == machine.name and (name not in tiles or tiles[name].state != "Running"):
                tiles[name] = Tile(name, "Pending", "starting", since)
        places = [tiles.pop(old.name, None) if old else None for old in machine.places]
        free = [i for i, tile in enumerate(places) if tile is None]
        for i, tile in zip(free, tiles.values(), strict=False):
            places[i] = tile
        return Machine(machine.name, tuple(places))

    # Finding.

    def _spec(self, name: str, image: str, attempt: int) -> ContainerSpec:
        return ContainerSpec(name, image, attempt=attempt, labels={MACHINE: self._starting[name][0]})

    def _attempt(self, name: str) -> int:
        return max((o.attempt for o in self._all() if o.name == name), default=-1) + 1

    def _alive(self, name: str) -> Observed:
        there = {o.name: o for o in self._all() if o.alive}
        if name not in there:
            raise NotFound(f"{name!r} is not running. Running now: {', '.join(sorted(there)) or 'nothing'}. "
                           "Start it first, or take another.")
        return there[name]

    def _find(self, machine: str) -> Machine:
        for found in self.machines:
            if found.name == machine:
                return found
        raise NotFound(f"there is no machine {machine!r}. There are: {', '.join(self.names)}.")

    def _may_start(self, name: str, machine: str) -> None:
        there = self._find(machine)
        if not there.on:
            on = [m.name for m in self.machines if m.on]
            raise Conflict(f"{machine} is switched off, so nothing starts there. "
                           + (f"Start {name} on {' or '.join(on)}." if on else f"Switch it on: {machine}."))
        if name in self._starting:
            raise Conflict(f"{name} is being started on {self._starting[name][0]}.")
        for m in self.machines:
            if m.on and any(tile.name == name and tile.state == "Running" for tile in m.tiles):
                raise Conflict(f"{name} runs already, on {m.name}. Kill it first, or take another name.")
        if len(there.tiles) == len(there.places) and name not in [tile.name for tile in there.tiles]:
            raise Conflict(f"{machine} has no free place: {len(there.tiles)} of {len(there.places)} are taken. "
                           "Use another machine.")


def _tile(o: Observed, restarts: int) -> Tile:
    state = {"created": "Pending", "running": "Running", "paused": "Running"}.get(o.state)
    if state is None:
        state = "Succeeded" if o.exit_code == 0 else "Failed"
    since = {"created": o.created_at, "exited": o.finished_at}.get(o.state, o.started_at or o.created_at)
    return Tile(o.name, state, o.id, since, o.exit_code, restarts)

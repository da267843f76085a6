"""What is there, where no engine keeps the books? Containers, their names and events, in this program's memory.

The simulated engine and the process engine stand on it. Several runtimes may share one engine, as several clusters
share one Docker engine; so everything here is kept by cluster.
"""

import itertools
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from mini_k8s.errors import AlreadyExists, Conflict, NotFound
from mini_k8s.runtimes import ContainerSpec, Event, Observed, SandboxSpec, check_name, check_spec
from mini_k8s.runtimes.labels import spec_hash

KILLED = 137


class Books:
    """The containers of all clusters of one engine. Whoever reads or writes them holds ``changed``."""

    def __init__(self):
        self.holders: dict[str, object] = {}  # cluster -> the runtime that has its lock
        self.changed = threading.Condition()
        self._things: dict[str, dict[str, Observed]] = {}  # cluster -> id -> what it is now
        self._specs: dict[str, ContainerSpec | SandboxSpec] = {}
        self._names: dict[tuple, str] = {}
        self._numbers = itertools.count(1)
        self._streams: list[Events] = []

    # What an engine adds.

    patience: float | None = None  # seconds between two looks of somebody who waits for events; None: he is woken

    def now(self) -> float:
        """The time that is written into the books."""
        raise NotImplementedError

    def catch_up(self) -> None:
        """Let everything happen that is due. By default things happen by themselves."""

    def new_id(self, number: int) -> str:
        """The id of the container of that number."""
        return f"{number:012x}"

    def address(self, number: int) -> str:
        """The address of a new container or sandbox that joins nobody."""
        raise NotImplementedError

    # The books.

    def cluster(self, name: str) -> dict[str, Observed]:
        """A cluster's containers as they are at this moment."""
        self.catch_up()
        return self._things.setdefault(name, {})

    def add(self, cluster: str, kind: str, spec: ContainerSpec | SandboxSpec, image: str, sandbox: str | None,
            address: str | None, **more) -> str:
        """The id of that container: a new one, or the one that an earlier, identical call made."""
        name = (cluster, kind, sandbox, spec.name, spec.attempt)
        there = self._names.get(name)
        if there:
            before = self._specs[there]
            if before != spec and spec_hash(before, sandbox) != spec_hash(spec, sandbox):
                raise AlreadyExists(f"{spec.name} (attempt {spec.attempt}) exists already, made from another spec. "
                                    "Use the next attempt, or remove it first.")
            return there
        number = next(self._numbers)
        id = self.new_id(number)
        seen = Observed(id, spec.name, kind, image, "created", spec.attempt, created_at=self.now(),
                        labels=dict(spec.labels), sandbox=sandbox, address=address or self.address(number), **more)
        self._names[name], self._specs[id] = id, spec
        self._things.setdefault(cluster, {})[id] = seen
        self.tell(cluster, Event("created", id, spec.name))
        return id

    def spec(self, id: str | None) -> ContainerSpec | SandboxSpec | None:
        """What it was made from; None when it is not there."""
        return self._specs.get(id)

    def put(self, cluster: str, id: str, **new) -> Observed:
        """Note something new of a container, of which nobody is told."""
        seen = object.__new__(Observed)  # as dataclasses.replace, at a tenth of its price
        seen.__dict__.update(self._things[cluster][id].__dict__, **new)
        self._things[cluster][id] = seen
        return seen

    def change(self, cluster: str, id: str, when: float, state: str, exit_code: int | None = None) -> None:
        """It runs from now on, or it has ended."""
        seen = self._things[cluster][id]
        if state == "exited" and seen.state == "exited":
            return
        self.put(cluster, id, state=state,
                 **({"finished_at": when, "exit_code": exit_code} if state == "exited" else {}))
        self.tell(cluster, Event("died" if state == "exited" else "started", id, seen.name, exit_code))

    def drop(self, cluster: str, id: str) -> None:
        """It is gone, and its name is free."""
        seen = self._things[cluster].pop(id)
        del self._specs[id], self._names[cluster, seen.kind, seen.sandbox, seen.name, seen.attempt]
        self.tell(cluster, Event("removed", id, seen.name))

    # Events.

    def tell(self, cluster: str, event: Event) -> None:
        for stream in self._streams:
            stream.hear(cluster, event)
        self.changed.notify_all()

    def listen(self, stream: "Events", on: bool = True) -> None:
        if on:
            self._streams.append(stream)
        elif stream in self._streams:
            self._streams.remove(stream)
        self.changed.notify_all()


class Events(Iterator):
    """One cluster's events from now on. ``close()`` ends it from any thread."""

    def __init__(self, books: Books, cluster: str):
        self._books, self._cluster = books, cluster
        self._waiting: deque[Event] = deque()
        self._open = True
        with books.changed:
            books.listen(self)

    def __next__(self) -> Event:
        with self._books.changed:
            while self._open and not self._waiting:
                self._books.catch_up()
                if not self._waiting:
                    self._books.changed.wait(self._books.patience)
            if not self._open:
                raise StopIteration
            return self._waiting.popleft()

    def hear(self, cluster: str, event: Event) -> None:
        if cluster == self._cluster:
            self._waiting.append(event)

    def close(self) -> None:
        with self._books.changed:
            self._open = False
            self._books.listen(self, on=False)


class Bookkept:
    """The part of a runtime that is the same wherever the books are our own."""

    engine: Books
    can: frozenset[str]

    def __init__(self, cluster: str, owner: str, engine: Books):
        self.cluster, self.owner, self.engine = check_name(cluster, "cluster name"), owner, engine

    def list(self, ids: Iterable[str] | None = None) -> Sequence[Observed]:
        with self.engine.changed:
            found = self.engine.cluster(self.cluster)
            if ids is None:
                return [*found.values()]
            return sorted((found[id] for id in set(ids) if id in found), key=lambda o: (o.created_at, o.id))

    def events(self) -> Events:
        return Events(self.engine, self.cluster)

    def lock(self) -> None:
        with self.engine.changed:
            holder = self.engine.holders.setdefault(self.cluster, self)
            if holder is not self:
                raise Conflict(f"cluster '{self.cluster}' is controlled by {holder!r}. "
                               "Close that one, or use another name.")

    def close(self) -> None:
        with self.engine.changed:
            if self.engine.holders.get(self.cluster) is self:
                del self.engine.holders[self.cluster]

    def _get(self, id: str) -> Observed:
        seen = self.engine.cluster(self.cluster).get(id)
        if seen is None:
            raise NotFound(f"cluster '{self.cluster}' has no container {id}.")
        return seen

    def _home(self, spec: ContainerSpec, sandbox: str | None) -> Observed | None:
        """The sandbox that a new container is to join, which has to live."""
        check_spec(spec, sandbox, self.can)
        home = None if sandbox is None else self._get(sandbox)
        if home and not home.alive:
            raise Conflict(f"the sandbox of {spec.name} has ended. Make a new sandbox, and its containers anew.")
        return home

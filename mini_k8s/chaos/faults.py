"""Where do faults come in? Between a component and everything that it calls: the runtime, the API, the disk.

Nothing in production knows of this. Components are given a runtime and a client that pass every call on, and count it;
a deed that is due happens before or after it, and a fault that is due takes its place.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mini_k8s.chaos.deeds import Deed
from mini_k8s.clock import HandClock
from mini_k8s.errors import Conflict, NotFound, ServiceUnavailable, StatusError, Timeout
from mini_k8s.runtimes import Observed
from mini_k8s.store import Event

ERRORS = {"500": ServiceUnavailable, "timeout": Timeout, "late": Timeout, "404": NotFound, "409": Conflict}


_NEVER = {"404": ("list", "stop", "remove"), "409": ("list",)}  # what no engine answers while the thing is there


class Died(BaseException):
    """A program ends here. No ``except Exception`` outlives that."""


class Calls:
    """Counts the calls of components, and lets things go wrong in the middle of their work.

    do      does a deed
    note    writes a line of what happens: (who, what)
    """

    def __init__(self, do: Callable[[Deed], None], note: Callable[[str, str], None]):
        self.do, self.note = do, note
        self.armed: list[list] = []  # [calls left, deed]
        self.engine: deque[str] = deque()  # what becomes of the next calls to the runtime: keys of ERRORS
        self.writes: deque[str] = deque()  # and of the next writes to the API

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.armed.clear()
        self.engine.clear()
        self.writes.clear()

    def make(self, faults: deque[str], who: str, verb: str, about: object, call: Callable[[], Any]) -> Any:
        """Make this call; or don't, as the faults say."""
        if self.armed:
            self._pass()
        fault = faults.popleft() if faults and verb not in _NEVER.get(faults[0], ()) else ""
        if fault and fault != "late":
            self.note(who, f"{verb} {about}: {fault}, nothing happened")
            raise ERRORS[fault](f"a fault on purpose: {verb} gave {fault}")
        try:
            done = call()
        except StatusError as error:
            self.note(who, f"{verb} {about}: {error.reason}")
            raise
        self.note(who, f"{verb} {about}{': no answer, but it happened' if fault else ''}")
        if fault:
            raise Timeout(f"a fault on purpose: {verb} gave no answer")
        if self.armed:
            self._pass()
        return done

    def _pass(self) -> None:
        due = []
        for one in self.armed:
            one[0] -= 1
            if one[0] <= 0:
                due.append(one)
        for one in due:
            self.armed.remove(one)
            self.do(one[1])


class ShakyRuntime:
    """A runtime that is not to be relied on.

    answers   is told what ``list`` gave: (ids that were asked about or None, what was there)
    asked     is told before something is stopped (id, grace) or removed (id, None)
    blocks    does stopping this container take as long as it takes, for the one who asked?
    """

    def __init__(self, runtime: Any, calls: Calls, clock: HandClock, answers: Callable, asked: Callable,
                 blocks: Callable[[str], bool]):
        self._runtime, self._calls, self._clock = runtime, calls, clock
        self._answers, self._asked, self._blocks = answers, asked, blocks
        self._until = 0.0  # when everything has ended that somebody waits for

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)

    def _make(self, verb: str, about: object, call: Callable[[], Any]) -> Any:
        if self._until > self._clock.now():  # it was waiting for what it had told to end, all at the same time
            self._clock.advance(self._until - self._clock.now())
        return self._calls.make(self._calls.engine, "runtime", verb, about, call)

    def list(self, ids: Iterable[str] | None = None) -> Sequence[Observed]:
        ids = None if ids is None else [*ids]
        found = self._make("list", "everything" if ids is None else ids, lambda: self._runtime.list(ids))
        self._answers(ids, found)
        return found

    def image(self, name: str):
        return self._runtime.image(name)

    def pull(self, name: str, timeout: float = 120.0) -> None:
        self._make("pull", name, lambda: self._runtime.pull(name, timeout))

    def create_sandbox(self, spec) -> str:
        return self._make("create sandbox", f"{spec.name} #{spec.attempt}", lambda: self._runtime.create_sandbox(spec))

    def create(self, spec, sandbox: str | None = None) -> str:
        return self._make("create", f"{spec.name} #{spec.attempt} of {spec.labels.get('pod')} in {sandbox}",
                          lambda: self._runtime.create(spec, sandbox))

    def start(self, id: str) -> None:
        self._make("start", id, lambda: self._runtime.start(id))

    def stop(self, id: str, grace: float = 2.0) -> None:
        def stop() -> None:
            self._asked(id, grace)
            self._runtime.stop(id, grace)

        self._calls.make(self._calls.engine, "runtime", "stop", f"{id} within {grace:g} s", stop)
        if self._blocks(id) and any(o.alive for o in self._runtime.list([id])):
            self._until = max(self._until, self._clock.now() + grace)

    def remove(self, id: str) -> None:
        def remove() -> None:
            self._asked(id, None)
            self._runtime.remove(id)

        self._make("remove", id, remove)

    def create_volume(self, spec) -> str:
        return self._make("create volume", f"{spec.sandbox}.{spec.name}", lambda: self._runtime.create_volume(spec))

    def write_files(self, sandbox: str, volumes) -> None:
        self._make("write files", sandbox, lambda: self._runtime.write_files(sandbox, volumes))

    def remove_volume(self, id: str) -> None:
        self._make("remove volume", id, lambda: self._runtime.remove_volume(id))


class ShakyClient:
    """A client whose writes may fail, or seem to. Reading is as it is."""

    def __init__(self, client: Any, calls: Calls):
        self._client, self._calls = client, calls
        self.get, self.list, self.watch = client.get, client.list, client.watch

    def _make(self, verb: str, about: str, call: Callable[[], Any]) -> Any:
        return self._calls.make(self._calls.writes, "api", verb, about, call)

    def create(self, obj, dry_run: bool = False):
        return self._make("create", f"{obj['kind']} {obj['metadata'].get('name')}",
                          lambda: self._client.create(obj, dry_run))

    def update(self, obj, subresource: str = "", dry_run: bool = False):
        return self._make(f"update {subresource} of".replace("  ", " "), f"{obj['kind']} {obj['metadata']['name']}",
                          lambda: self._client.update(obj, subresource, dry_run))

    def patch(self, kind, name, patch, namespace="default", subresource="", dry_run=False):
        return self._make("patch", f"{kind} {name}",
                          lambda: self._client.patch(kind, name, patch, namespace, subresource, dry_run))

    def delete(self, kind, name, namespace="default", grace=None, uid=None, version=None, dry_run=False,
               propagation=None):
        return self._make("delete", f"{kind} {name} (grace {grace})", lambda: self._client.delete(
            kind, name, namespace, grace, uid, version, dry_run, propagation))


class Disk:
    """A log in memory (``store.Log``) that can be full or slow, and of which a crash leaves a part.

    full   so many writes are refused
    slow   nothing is kept for good until somebody waits for it
    """

    def __init__(self):
        self.events: list[Event] = []
        self.durable, self.full, self.slow = 0, 0, False
        self.listeners: list[Callable[[], None]] = []

    def load(self) -> tuple[int, list[Event]]:
        return 0, [*self.events]

    def append(self, event: Event, compacted: int, forget: Sequence[int]) -> None:
        if self.full > 0:
            self.full -= 1
            raise ServiceUnavailable("a fault on purpose: the disk is full")
        self.events.append(event)
        if not self.slow:
            self.wait(event.version, 0)

    def wait(self, version: int, timeout: float) -> None:
        self.durable = max(self.durable, version)
        for listener in self.listeners:
            listener()

    def close(self) -> None:
        """Nothing is open."""

    def crash(self, part: float) -> None:
        """What was not kept for good yet is lost, but for a part of it that had reached the disk."""
        waiting = len(self.events) - self.durable
        del self.events[self.durable + int(waiting * part):]
        self.durable, self.listeners = len(self.events), []

"""Chapter 2: what replaces the tired human?

Observe, compare, act; then again. ``diff`` compares two pictures of the world, ``reconcile`` makes one pass, and
``ControlLoop`` repeats passes: when something happened, and every ``period`` seconds in case nobody said so. It knows no
containers: anything that can be observed by name and started and stopped can be driven. The kubelet does it with its
pods, the network helper with its addresses, chaos with its machines.

Upstream: ``syncLoop`` in ``pkg/kubelet/kubelet.go``. The kubelet decides pod by pod; chapter 5 comes to that.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from mini_k8s.clock import Clock, RealClock


@dataclass(frozen=True)
class Action:
    """One thing to do: start or stop ``name``. ``what`` is what is wished (start) or what was seen (stop)."""

    verb: Literal["start", "stop"]
    name: str
    what: Hashable

    def __post_init__(self):
        if self.verb not in ("start", "stop"):
            raise ValueError(f"an action's verb is 'start' or 'stop', not {self.verb!r}")

    def __str__(self) -> str:
        return f"{self.verb} {self.name} ({self.what})"


def diff(desired: Mapping[str, Hashable], observed: Mapping[str, Hashable]) -> Iterable[Action]:
    """What has to be done, so that the observed comes to match the desired?

    desired    name -> what should run under that name, such as {"web-1": "mini-k8s/web:1"}
    observed   name -> what does run under that name, in the same form

    Return a list of actions, in any order: one for every name that differs, none for the others.
    Only missing: start what is wished. Only seen: stop what was seen. Both, but not equal: stop what was seen now;
    the start follows on the next pass, when the name is free. Decide from these two alone, and change neither.

    >>> diff({"a": "web:2"}, {"a": "web:1"})
    [Action(verb='stop', name='a', what='web:1')]
    """
    actions = []
    for name, what in observed.items():
        if name not in desired or desired[name] != what:
            actions.append(Action("stop", name, what))
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
    return actions


def reconcile(
    desired: Mapping[str, Hashable],
    observe: Callable[[], Mapping[str, Hashable]],
    act: Callable[[Action], object],
) -> list[tuple[Action, Exception | None]]:
    """Make one pass: look once, compare, act.

    desired    name -> what should run
    observe    observe() returns name -> what runs at this moment
    act        act(action) carries out one action; it raises an exception when that fails

    Try every action of diff(desired, what you saw) once. One that fails holds up no other.
    Return a list of (action, error), one for each action; error is None where it went well. Repeating is not your
    concern: whoever calls you will call again.

    >>> reconcile({"a": "web:1"}, lambda: {}, print)
    start a (web:1)
    [(Action(verb='start', name='a', what='web:1'), None)]
    """
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception as error:
            results.append((action, error))
        else:
            results.append((action, None))
    return results


@dataclass(frozen=True)
class Backoff:
    """How long a name waits before it is started again. The first restart is immediate.

    Kubernetes' values for crashing containers (``pkg/kubelet/kubelet.go``, ``MaxCrashLoopBackOff``): 10 s, doubled up to
    300 s, forgotten after 10 minutes of running. The workshop's are the same curve, ten times shorter.
    """

    base: float = 10.0  # seconds before the second restart
    factor: float = 2.0
    cap: float = 300.0
    reset: float = 600.0  # running this long, the past is forgotten

    @classmethod
    def workshop(cls) -> "Backoff":
        return cls(base=1.0, cap=30.0, reset=60.0)

    def delay(self, starts: int) -> float:
        """Seconds to wait after ``starts`` starts so far: 0 for the first restart, then base, base * factor, …"""
        if starts < 2:
            return 0.0
        return min(self.cap, self.base * self.factor ** min(starts - 2, 60))


class Fact(NamedTuple):
    """What people want to see of a name. Nothing is decided by it: ``diff`` sees names and whats only."""

    state: Literal["Pending", "Running", "Failed", "Succeeded", "Terminating"]
    what: Hashable
    id: str = ""
    exit_code: int | None = None
    since: float | None = None  # Unix seconds of the last change
    attempt: int = 0
    note: str = ""  # "paused"


class Observation(dict):
    """name -> what, for all that live; beside it ``facts``, name -> Fact, of the dead as well."""

    def __init__(self, living: Mapping[str, Hashable] = (), facts: Mapping[str, Fact] = ()):
        super().__init__(living)
        self.facts = dict(facts)


@dataclass(frozen=True)
class Held:
    """A name that this pass leaves alone: its action is under way, or it waits out its back-off."""

    kind: Literal["under way", "backing off"]
    action: Action
    since: float  # clock seconds
    until: float | None = None  # clock seconds, for a back-off
    delay: float = 0.0


@dataclass(frozen=True)
class Decision:
    """An action that this pass decided, what became of it, and why it was decided."""

    action: Action
    outcome: Literal["next", "submitted", "done", "failed", "wait"]
    why: str
    error: Exception | None = None
    delay: float = 0.0  # seconds of back-off, for "wait"


@dataclass(frozen=True)
class Step:
    """The record of one pass: what was wished and seen, what was decided, why, when, and by whose code."""

    number: int
    at: float  # clock seconds since the loop was made
    desired: Mapping[str, Hashable]
    observed: Mapping[str, Hashable]
    decisions: tuple[Decision, ...] = ()
    held: Mapping[str, Held] = field(default_factory=dict)
    finished: tuple[tuple[Action, Exception | None], ...] = ()  # came back since the pass before
    by: Mapping[str, str] = field(default_factory=dict)  # function -> the module it came from
    error: Exception | None = None  # looking or deciding failed; the next pass tries again

    @property
    def facts(self) -> Mapping[str, Fact]:
        return getattr(self.observed, "facts", {})

    @property
    def difference(self) -> dict[str, str]:
        """name -> 'missing', 'extra' or 'changed', held names included."""
        differs = {n: "missing" for n in self.desired if n not in self.observed}
        for name, what in self.observed.items():
            if name not in self.desired:
                differs[name] = "extra"
            elif self.desired[name] != what:
                differs[name] = "changed"
        return differs

    @property
    def converged(self) -> bool:
        """Nothing differs, as far as this pass could see."""
        return self.error is None and self.desired == self.observed

    def __repr__(self) -> str:
        if self.error:
            return f"<Step {self.number}: {type(self.error).__name__}: {self.error}>"
        said = ", ".join(f"{d.action.verb if d.outcome != 'wait' else 'wait'} {d.action.name}" for d in self.decisions)
        held = ", ".join(f"{h.kind}: {h.action.name}" for h in self.held.values())
        return f"<Step {self.number}: {'; '.join(filter(None, (said, held))) or 'nothing to do'}>"


class ControlLoop:
    """Repeats ``reconcile`` until the observed matches the desired, and for ever after.

    desired       a mapping, read anew on every pass, or a callable that returns one
    observe       observe() -> mapping of name to what; an ``Observation`` when there are facts to show
    act           act(action); raises on failure
    executor      where actions run (a thread pool); None: in the pass itself, one after the other
    max_in_flight how many actions may be under way at once; the others are recorded as *wait*
    backoff       None: never wait
    period        seconds between two looks when nobody says that something happened
    remember      how many passes are kept; together they keep at most ``remember_items`` names

    A new loop is paused. ``step()`` makes one pass, ``run()`` makes them by itself, ``pause()`` goes on looking but no
    longer acts, ``rewind(n)`` shows an earlier pass and changes nothing. ``wake()`` says "look now". A pass that cannot
    look or decide is recorded with its error, and the next one tries again: nothing but ``close()`` ends the loop.
    """

    def __init__(self, desired, observe, act, *, clock: Clock | None = None, executor: Executor | None = None,
                 max_in_flight: int = 8, backoff: Backoff | None = Backoff(), period: float = 1.0,
                 remember: int = 500, remember_items: int = 200_000):
        if max_in_flight < 1:
            raise ValueError(f"max_in_flight is {max_in_flight}: with none in flight nothing is ever done; use 1 or more")
        self._desired = desired if callable(desired) else lambda: desired
        self._observe, self._act = observe, act
        self.clock = clock or RealClock()
        self.executor, self.max_in_flight, self.backoff, self.period = executor, max_in_flight, backoff, period
        self.history: deque[Step] = deque()
        self.latest: Step | None = None  # the newest look: a pass, or while paused what a pass would do
        self.rewound: Step | None = None
        self.running = False
        self.closed = False
        self.slow_motion = False  # every wait lasts the whole period, whatever happens meanwhile
        self.listeners: list[Callable[[], None]] = []
        self._remember, self._remember_items, self._items = remember, remember_items, 0
        self._began = self.clock.now()
        self._number = 0
        self._in_flight: dict[str, Held] = {}
        self._waits: dict[str, Held] = {}
        self._starts: dict[str, tuple[int, float]] = {}  # name -> (starts so far, when the last one ended)
        self._finished: list[tuple[Action, Exception | None]] = []
        self._pass = threading.RLock()  # one pass at a time
        self._books = threading.Lock()  # guards the four lines above; held for moments only
        self._wake, self._closing = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    # What people and components call.

    def step(self) -> Step:
        """Make one pass and return its record."""
        with self._pass:
            self.rewound = None
            step = self._make_pass(acting=True)
            self._record(step)
        self._tell()
        return step

    def look(self) -> Step:
        """What a pass would do now. Nothing is done."""
        with self._pass:
            self.latest = self._make_pass(acting=False)
        self._tell()
        return self.latest

    def run(self) -> None:
        """Make passes, on a thread of the loop's own, until ``pause``."""
        self.rewound, self.running = None, True
        self.watch()
        self.wake()
        self._tell()

    def pause(self) -> None:
        """Stop acting. What is under way ends by itself; the loop goes on looking."""
        self.running = False
        self.wake()
        self._tell()

    def watch(self) -> None:
        """Begin to look on a thread of the loop's own, without acting before ``run``."""
        if self.closed:
            raise RuntimeError("this loop was closed. Make a new one; it needs no memory of the old.")
        if self._thread is None:
            self._thread = threading.Thread(target=self._live, name="control-loop", daemon=True)
            self._thread.start()

    def rewind(self, n: int = 1) -> Step:
        """Show the pass ``n`` before the last one. Changes nothing but what is shown; ``run`` and ``step`` return to now.

        Raises IndexError when so many passes are not remembered.
        """
        if not 0 <= n < len(self.history):
            raise IndexError(f"{len(self.history)} passes are remembered; rewind takes 0 to {len(self.history) - 1}, not {n}")
        self.rewound = self.history[-1 - n]
        self._tell()
        return self.rewound

    def wake(self) -> None:
        """Something may have happened: look now. Safe from any thread; ten calls are as good as one."""
        self._wake.set()

    def close(self, wait: float = 5.0) -> None:
        """End the loop's thread. What it started lives on. Returns when the thread has ended, or after ``wait`` seconds."""
        self.running, self.closed = False, True
        self._closing.set()
        self.wake()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(wait)
        self._tell()

    @property
    def in_flight(self) -> int:
        """How many actions are under way."""
        return len(self._in_flight)

    def due(self) -> float | None:
        """Clock seconds of the next back-off that ends, or None."""
        with self._books:
            return min((w.until for w in self._waits.values()), default=None)

    def __repr__(self) -> str:
        state = "closed" if self.closed else "running" if self.running else "paused"
        return f"<ControlLoop {state}, pass {self._number}>"

    # One pass.

    def _make_pass(self, acting: bool) -> Step:
        now = self.clock.now()
        with self._books:
            # Taken before looking: what ends while we look may not be in the picture yet, so it stays held.
            held = dict(self._in_flight)
            finished = tuple(self._finished)
            if acting:
                self._finished.clear()
                self._number += 1
        number = self._number if acting else self._number + 1
        decisions: list[Decision] = []
        desired, observed, error = {}, {}, None
        by = {f.__name__: getattr(f, "__module__", "?") for f in (reconcile, diff)}
        try:
            desired = dict(self._desired())
            observed = self._observe()
            held |= self._backing_off(now, desired, observed)
            act = self._submit if acting else self._note
            reconcile({n: w for n, w in desired.items() if n not in held} if held else dict(desired),
                      lambda: {n: w for n, w in observed.items() if n not in held} if held else dict(observed),
                      lambda action: act(action, decisions, observed, desired))
        except Exception as failure:  # the engine is away, or the learner's code is not right yet: next pass
            error = failure
        last = self.history[-1] if self.history else None
        if last and error is None and last.desired == desired:
            desired = last.desired  # an unchanged picture is kept once
            if last.observed == observed and last.facts == getattr(observed, "facts", {}):
                observed = last.observed
        return Step(number, now - self._began, desired, observed, tuple(decisions), held, finished, by, error)

    def _backing_off(self, now: float, desired: Mapping, observed: Mapping) -> dict[str, Held]:
        """The waits that still hold. A wait is over when its time is, or when the wish changed or came true."""
        with self._books:
            for name, wait in list(self._waits.items()):
                wished = desired.get(name)
                if wished != wait.action.what or observed.get(name) == wished:
                    del self._waits[name]
                    if wished != wait.action.what:
                        self._starts.pop(name, None)
            return {name: wait for name, wait in self._waits.items() if wait.until > now}

    def _note(self, action: Action, decisions: list[Decision], observed: Mapping, desired: Mapping) -> None:
        _check_action(action)
        decisions.append(Decision(action, "next", _why(action, observed, desired)))

    def _submit(self, action: Action, decisions: list[Decision], observed: Mapping, desired: Mapping) -> None:
        _check_action(action)
        why, now = _why(action, observed, desired), self.clock.now()
        with self._books:
            if action.name in self._in_flight or len(self._in_flight) >= self.max_in_flight:
                decisions.append(Decision(action, "wait", f"{why}; {len(self._in_flight)} under way"))
                return
            delay = self._delay(action, now)
            if delay:
                self._waits[action.name] = Held("backing off", action, now, now + delay, delay)
                decisions.append(Decision(action, "wait", why, delay=delay))
                return
            self._waits.pop(action.name, None)
            self._in_flight[action.name] = Held("under way", action, now)
        if self.executor:
            decisions.append(Decision(action, "submitted", why))
            try:
                self.executor.submit(self._carry_out, action)
            except BaseException as failure:  # the pool is shut: the name must not stay held for ever
                self._settle(action, failure if isinstance(failure, Exception) else None)
                raise
            return
        error = self._carry_out(action)
        decisions.append(Decision(action, "failed" if error else "done", why, error))
        if error:
            raise error

    def _delay(self, action: Action, now: float) -> float:
        """Seconds this start has to wait. A wait that was waited out is not waited again."""
        if action.verb != "start" or self.backoff is None or action.name in self._waits:
            return 0.0
        starts, ended = self._starts.get(action.name, (0, now))
        if now - ended >= self.backoff.reset:
            self._starts.pop(action.name, None)
            return 0.0
        return self.backoff.delay(starts)

    def _carry_out(self, action: Action) -> Exception | None:
        error = None
        try:
            self._act(action)
        except Exception as failure:
            error = failure
        self._settle(action, error)
        return error

    def _settle(self, action: Action, error: Exception | None) -> None:
        with self._books:
            if action.verb == "start":
                starts, _ = self._starts.get(action.name, (0, 0))
                self._starts[action.name] = (starts + 1, self.clock.now())
            elif error is None:
                self._starts.pop(action.name, None)  # stopped on purpose: its next start is a first one
            self._in_flight.pop(action.name, None)
            self._finished.append((action, error))
            del self._finished[:-1000]
        self.wake()

    # Repeating, remembering, telling.

    def _live(self) -> None:
        while not self.closed:
            self._wake.clear()
            self.step() if self.running else self.look()
            (self._closing if self.slow_motion else self._wake).wait(self._pause_length())

    def _pause_length(self) -> float:
        due = self.due()
        return self.period if due is None else max(0.0, min(self.period, due - self.clock.now()))

    def _record(self, step: Step) -> None:
        last = self.history[-1] if self.history else None
        self.history.append(step)
        self.latest = step
        self._items += _weight(step, last)
        while len(self.history) > self._remember or (self._items > self._remember_items and len(self.history) > 1):
            gone = self.history.popleft()
            # what the next one shares with the one that goes is now the next one's own
            self._items -= _weight(gone, None) - (_weight(self.history[0], None) - _weight(self.history[0], gone))

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()


def _check_action(action: object) -> None:
    if not isinstance(action, Action):
        raise TypeError(f"act() was given {action!r}. Give it an Action, such as Action('start', 'web-1', 'mini-k8s/web:1').")


def _why(action: Action, observed: Mapping, desired: Mapping) -> str:
    if action.verb == "stop":
        if action.name in desired:
            return f"{observed.get(action.name)} seen, {desired[action.name]} wished"
        return "nobody wished for it"
    fact = getattr(observed, "facts", {}).get(action.name)
    return f"missing, exit {fact.exit_code}" if fact and fact.exit_code is not None else "missing"


def _weight(step: Step, before: Step | None) -> int:
    """How many remembered names this step adds to the one before it."""
    own = 0 if before and step.desired is before.desired else len(step.desired)
    return own + (0 if before and step.observed is before.observed else len(step.observed) + len(step.facts))

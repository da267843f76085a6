"""Chapter 2: what replaces the tired human?

Observe, compare, act; then again. ``diff`` compares two pictures of the world, ``reconcile`` makes one pass, and
``ControlLoop`` repeats passes: when something happened, and every ``period`` seconds in case nobody said so. It knows
no containers: anything that can be observed by name and started and stopped can be driven. The kubelet does it with
its pods, the network helper with its addresses, chaos with its machines.

Upstream: ``syncLoop`` in ``pkg/kubelet/kubelet.go``. The kubelet decides pod by pod; chapter 5 comes to that.
"""

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING

from mini_k8s.backoff import Backoff
from mini_k8s.clock import Clock, RealClock
from mini_k8s.errors import Invalid
from mini_k8s.hands import Hands, Pass
from mini_k8s.record import Action, History, Observation, Step

if TYPE_CHECKING:
    from concurrent.futures import Executor


def diff(desired: dict, observed: dict) -> list[Action]:
    """What has to be done, so that the observed comes to match the desired?

    desired    name -> what should run under that name, such as {"web-1": "mini-k8s/web:1"}
    observed   name -> what does run under that name, in the same form

    Return a list of actions, in any order: one for every name that differs, none for others.
    Only in desired: start what is wished. Only in observed: stop what was seen. In both, but
    not equal: stop what was seen; the start follows on the next pass, when the name is free.
    Decide from these two alone, and change neither.
    What stands behind a name may be any value but None: "" and 0 too.

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


def reconcile(desired: dict, observe: Callable, act: Callable) -> list:
    """Make one pass: look once, compare, act.

    desired    name -> what should run
    observe    observe() returns name -> what runs at this moment
    act        act(action) carries out one action; it raises an exception when that fails

    Try every action of diff(desired, what you saw) once. One that fails holds up no other.
    Return a list of (action, error), one for each action; error is what act raised, or None
    where it went well. An error of observe() is no action's: let it out, for without a look
    there is nothing to report. Repeating is not your concern: whoever calls you will call
    again.

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


class ControlLoop:
    """Repeats ``reconcile`` until the observed matches the desired, and for ever after.

    desired       a mapping, read anew on every pass, or a callable that returns one
    observe       observe() -> mapping of name to what; an ``Observation`` when there are facts to show
    act           act(action); raises on failure
    tidy          tidy(desired, observed), at the end of each pass that may act: clear away what nobody needs, such as
                  the dead that no name stands for any more. Looking clears nothing away.
    executor      where actions run (a thread pool); None: in the pass itself, one after the other
    max_in_flight how many actions may be under way at once; the others are recorded as *wait*
    backoff       None: never wait, only what failed waits for the next look
    period        seconds between two looks when nobody says that something happened
    remember      how many passes are kept; together they keep at most ``remember_items`` names

    A new loop is paused. ``step()`` makes one pass, ``run()`` makes them by itself, ``pause()`` goes on looking but no
    longer acts, ``rewind(n)`` shows an earlier pass and changes nothing. ``wake()`` says "look now". A pass that cannot
    look or decide is recorded with its error, and the next one tries again: nothing but ``close()`` ends the loop.
    """

    def __init__(self, desired, observe, act, *, tidy=None, clock: Clock | None = None,
                 executor: "Executor | None" = None, max_in_flight: int = 8, backoff: Backoff | None = Backoff(),
                 period: float = 1.0, remember: int = 500, remember_items: int = 200_000):
        self._desired = desired if callable(desired) else lambda: desired
        self._observe, self._tidy = observe, tidy
        self.clock, self.period = clock or RealClock(), period
        self.hands = Hands(act, self.clock, executor, max_in_flight, backoff, lambda: self.running, self.wake)
        self.history = History(remember, remember_items)
        self.latest: Step | None = None  # the newest look: a pass, or while paused what a pass would do
        self.rewound: Step | None = None
        self.running = False
        self.closed = False
        self.slow_motion = False  # every wait lasts the whole period, whatever happens; only buttons cut it short
        self.listeners: list[Callable[[], None]] = []
        self.began = self._looked = self.clock.now()
        self._number = 0
        self._pass = threading.RLock()  # one pass at a time
        self._wake, self._pressed = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    # What people and components call.

    def step(self) -> Step:
        """Make one pass and return its record. Raises RuntimeError when the loop was closed."""
        self._refuse_if_closed()
        self.rewound = None
        return self._step(asked=True)

    def look(self) -> Step:
        """What a pass would do now. Nothing is done."""
        with self._pass:
            self.latest = step = self._make_pass(acting=False)
        self._tell()
        return step

    def run(self) -> None:
        """Make passes, on a thread of the loop's own, until ``pause``."""
        self.rewound, self.running = None, not self.closed
        self._press()
        self.watch()

    def pause(self) -> None:
        """Stop acting, at once. What is under way ends by itself; the loop goes on looking."""
        with self.hands.lock:
            self.running = False
        self._press()

    def watch(self) -> None:
        """Begin to look on a thread of the loop's own, without acting before ``run``."""
        with self.hands.lock:
            self._refuse_if_closed()
            if self._thread is None:
                self._thread = threading.Thread(target=self._live, name="control-loop", daemon=True)
                self._thread.start()

    def rewind(self, n: int = 1) -> Step:
        """Show the pass ``n`` before the last one, and change nothing. ``run`` and ``step`` return to now.

        Raises IndexError when so many passes are not remembered.
        """
        if not 0 <= n < len(self.history):
            kept = len(self.history)
            raise IndexError(f"{kept} passes are remembered; rewind takes 0 to {kept - 1}, not {n}" if kept else
                             "no pass was made yet. Make one with step().")
        self.rewound = self.history[-1 - n]
        self._tell()
        return self.rewound

    def wake(self) -> None:
        """Something may have happened: look now. Safe from any thread; ten calls are as good as one."""
        self._wake.set()

    def close(self, wait: float = 5.0) -> None:
        """End the loop's thread, waiting ``wait`` seconds for it at most. What it started lives on."""
        with self.hands.lock:
            self.running, self.closed = False, True
        self._press()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(wait)

    @property
    def in_flight(self) -> int:
        """How many actions are under way."""
        return len(self.hands)

    def due(self) -> float | None:
        """Clock seconds of the next back-off that ends, or None. One that has ended is the last pass's matter."""
        return self.hands.due(after=self._looked)

    def __repr__(self) -> str:
        state = "closed" if self.closed else "running" if self.running else "paused"
        return f"<ControlLoop {state}, pass {self._number}>"

    def _refuse_if_closed(self) -> None:
        if self.closed:
            raise RuntimeError("this loop was closed. Make a new one; it needs no memory of the old.")

    # One pass.

    def _step(self, asked: bool) -> Step:
        with self._pass:
            step = self._make_pass(acting=True, asked=asked)
            self.history.add(step)
            self.latest = step
        self._tell()
        return step

    def _make_pass(self, acting: bool, asked: bool = True) -> Step:
        now = self.clock.now()
        # Asked before looking: what ends while we look may not be in the picture yet, so it stays held.
        held, finished = self.hands.begin(acting)
        if acting:
            self._number += 1
            self._looked = now
        number = self._number if acting else self._number + 1
        this, error, failed = Pass(acting, asked, dict(held)), None, "desired"
        by = {name: getattr(f, "__module__", "?") for name, f in (("reconcile", reconcile), ("diff", diff))}
        try:
            desired = this.desired = self._wish()
            failed = "observe"
            seen = self._observe()
            observed = this.observed = Observation(seen, getattr(seen, "facts", ()))  # whatever becomes of theirs
            held |= self.hands.waiting(now, desired, observed)
            failed = "reconcile"
            reconcile({n: w for n, w in desired.items() if n not in held} if held else dict(desired),
                      lambda: {n: w for n, w in observed.items() if n not in held} if held else dict(observed),
                      lambda action: self.hands.take(action, this))
            if this.misuse:  # reconcile noted it as the failure of an action, and it is none
                raise this.misuse
            failed = "tidy"
            if self._tidy and acting and (asked or self.running):
                self._tidy(desired, seen)
            failed = ""
        except (Exception, SystemExit) as failure:  # the engine is away, or the learner's code is not right: next pass
            error = failure
            if failure is this.misuse or any(failure is d.error for d in this.decisions):
                failed = "act"
            elif failed == "reconcile" and _came_through(diff, failure):
                failed = "diff"
        desired, observed, last = this.desired, this.observed, self.history.last
        if last and last.desired == desired:
            desired = last.desired  # an unchanged picture is kept once
        if last and last.observed == observed and last.facts == observed.facts:
            observed = last.observed
        return Step(number, now - self.began, desired, observed, tuple(this.decisions), held, finished, by, error,
                    failed)

    def _wish(self) -> dict[str, Hashable]:
        """What is desired at this moment. Raises Invalid for what cannot be meant: no mapping, a name that is none."""
        wish = self._desired()
        if not isinstance(wish, Mapping):
            raise Invalid(f"desired is {wish!r}. It maps names to what should run: {{'web-1': 'mini-k8s/web:1'}}.")
        wish = dict(wish)
        for name in wish:
            if not isinstance(name, str):
                raise Invalid(f"desired has the name {name!r}. A name is a string, such as 'web-1'.")
        return wish

    # Repeating, remembering, telling.

    def _live(self) -> None:
        while True:
            self._wake.clear()
            self._pressed.clear()
            if self.closed:  # asked after the clearing: what is pressed from now on is seen below
                return
            self._step(asked=False) if self.running else self.look()
            if self.slow_motion:
                self._pressed.wait(self.period)
            elif self._wake.wait(self._pause_length()) and self.hands.news:
                self._pressed.wait(0.01)  # an action that ends and the event of it are one look; any other news is now

    def _pause_length(self) -> float:
        due = self.due() if self.running else None
        return self.period if due is None else max(0.0, min(self.period, due - self.clock.now()))

    def _press(self) -> None:
        self._pressed.set()
        self.wake()
        self._tell()

    def _tell(self) -> None:
        for listener in list(self.listeners):
            try:
                listener()
            except Exception:
                import logging

                log = logging.getLogger(__name__)
                log.exception("a listener of %r failed; the loop goes on without it having heard", self)


def _came_through(function: Callable, error: BaseException) -> bool:
    """Was ``function`` at work when the error was raised?"""
    code, at = getattr(function, "__code__", None), error.__traceback__
    while at and at.tb_frame.f_code is not code:
        at = at.tb_next
    return at is not None

"""Chapter 2: who carries out what a pass has decided, and how much at once?

``reconcile`` calls ``act`` and goes on; behind it somebody has to do the work. One name is never in two hands, no more
than so many are busy, and what failed a moment ago waits. All of it is written down: a decision that was not carried
out says why. Upstream: ``pod_workers.go`` in ``pkg/kubelet``, one worker for each pod.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mini_k8s.backoff import Backoff, Patience
from mini_k8s.clock import Clock
from mini_k8s.record import Action, Decision, Held, Observation

if TYPE_CHECKING:
    from concurrent.futures import Executor


@dataclass
class Pass:
    """What a pass has found out while it is made."""

    acting: bool
    asked: bool  # somebody pressed Step
    busy: dict[str, Held]  # what a look takes to be under way, were it a pass
    desired: dict = field(default_factory=dict)
    observed: Observation = field(default_factory=Observation)
    decisions: list[Decision] = field(default_factory=list)
    misuse: TypeError | None = None  # act() was given what is no action


class Hands:
    """Carry actions out, at most ``most`` at once.

    act       act(action); raises on failure
    executor  where actions run (a thread pool); None: in the pass itself, one after the other
    backoff   None: never wait
    may       may() says whether anybody may act at this moment; asked with ``lock`` held
    ended     called when an action has ended
    """

    def __init__(self, act: Callable[[Action], object], clock: Clock, executor: "Executor | None", most: int,
                 backoff: Backoff | None, may: Callable[[], bool], ended: Callable[[], None]):
        if most < 1:
            raise ValueError(f"max_in_flight is {most}: nothing would ever be done; use 1 or more")
        self.clock, self.executor, self.most = clock, executor, most
        self.lock = threading.Lock()  # held for moments only
        self._act, self._may, self._ended = act, may, ended
        self._busy: dict[str, Held] = {}
        self._patience = Patience(backoff)
        self._finished: list[tuple[Action, Exception | None]] = []

    def __len__(self) -> int:
        """How many actions are under way."""
        return len(self._busy)

    @property
    def news(self) -> bool:
        """Something is under way, or has ended and no pass knows of it."""
        return bool(self._busy or self._finished)

    def begin(self, acting: bool) -> tuple[dict[str, Held], tuple[tuple[Action, Exception | None], ...]]:
        """A pass begins: what is under way, and what has ended since the pass before."""
        with self.lock:
            held, finished = dict(self._busy), tuple(self._finished)
            if acting:
                self._finished.clear()
            return held, finished

    def waiting(self, now: float, desired: Mapping, observed: Mapping) -> dict[str, Held]:
        """Whoever has to wait still. What is no longer wanted is forgotten."""
        with self.lock:
            return self._patience.holding(now, desired, observed)

    def due(self, after: float) -> float | None:
        """The first moment after ``after`` at which a wait ends, or None."""
        with self.lock:
            return self._patience.due(after)

    def take(self, action: Action, this: Pass) -> None:
        """What ``act`` is to ``reconcile``: submit the action, or write down why not now."""
        if not isinstance(action, Action):
            this.misuse = TypeError(f"act() was given {action!r}. "
                                    "Give it an Action, such as Action('start', 'web-1', 'mini-k8s/web:1').")
            raise this.misuse
        why = _why(action, this.observed, this.desired)
        if refused := self._refused(action, this, why):
            this.decisions.append(refused)
        elif self.executor:
            this.decisions.append(Decision(action, "submitted", why))
            try:
                self.executor.submit(self._carry_out, action)
            except BaseException as failure:  # the pool is shut: the name must not stay held for ever
                self._settle(action, failure)
                this.decisions[-1] = Decision(action, "failed", why, failure)
                raise
        else:
            error = self._carry_out(action)
            this.decisions.append(Decision(action, "failed" if error else "done", why, error))
            if error:
                raise error

    def _refused(self, action: Action, this: Pass, why: str) -> Decision | None:
        """Why it is not carried out now; None when it is, and its name is held from now on."""
        now, name = self.clock.now(), action.name
        with self.lock:
            busy = self._busy if this.acting else this.busy
            delay = self._patience.delay(action, now)
            if this.acting and not (this.asked or self._may()):
                return Decision(action, "wait", f"{why}; paused")
            if name in busy:
                return Decision(action, "wait", f"{why}; under way already")
            if len(busy) >= self.most:
                return Decision(action, "wait", f"{why}; at most {self.most} at once")
            if delay:
                if this.acting:
                    self._patience.wait(action, now, delay)
                return Decision(action, "wait", why, delay=delay)
            if this.acting or self.executor:  # without one they are done one after the other: each finds a hand
                busy[name] = Held("under way", action, now)
            if not this.acting:
                return Decision(action, "next", why)
            self._patience.begin(action)
            return None

    def _carry_out(self, action: Action) -> Exception | None:
        error: BaseException | None = None
        try:
            self._act(action)
        except Exception as failure:
            error = failure
        except BaseException as failure:  # somebody pressed Stop: this name must not stay held for ever either
            error = failure
            raise
        finally:
            self._settle(action, error)
        return error

    def _settle(self, action: Action, error: BaseException | None) -> None:
        with self.lock:
            self._patience.end(action, self.clock.now())
            self._busy.pop(action.name, None)
            self._finished.append((action, error))
            del self._finished[:-1000]
        if error is None or self._patience.backoff:  # else the same would fail again, as fast as it can
            self._ended()


def _why(action: Action, observed: Observation, desired: Mapping) -> str:
    if action.verb == "stop":
        if action.name in desired:
            return f"{observed.get(action.name)} seen, {desired[action.name]} wished"
        return "nobody wished for it"
    fact = observed.facts.get(action.name)
    return f"missing, exit {fact.exit_code}" if fact and fact.exit_code is not None else "missing"

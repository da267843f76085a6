"""What is there to know about a pass of the loop?

The words in which ``control_loop`` speaks: what there is to do (``Action``), what was seen (``Observation``), and the
record of a pass (``Step``), kept for people who look, and bounded in memory (``History``). Nothing here decides.
"""

from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


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
    error: BaseException | None = None  # the next pass tries again
    failed: Literal["", "desired", "observe", "diff", "reconcile", "act", "tidy"] = ""  # where the error came from

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
    def blind(self) -> bool:
        """It saw nothing of the world, so nothing can be said about it."""
        return self.failed in ("desired", "observe")

    @property
    def converged(self) -> bool:
        """Nothing differs, as far as this pass could see."""
        return self.error is None and self.desired == self.observed

    def __repr__(self) -> str:
        if self.error:
            return f"<Step {self.number}: {self.failed} failed: {type(self.error).__name__}: {self.error}>"
        said = ", ".join(f"{d.action.verb if d.outcome != 'wait' else 'wait'} {d.action.name}" for d in self.decisions)
        held = ", ".join(f"{h.kind}: {h.action.name}" for h in self.held.values())
        return f"<Step {self.number}: {'; '.join(filter(None, (said, held))) or 'nothing to do'}>"


class History:
    """The last passes, oldest first: at most ``steps`` of them, and together at most ``items`` remembered names.

    What a pass shares with the one before it is counted once. The last pass is always kept, however large.
    """

    def __init__(self, steps: int, items: int):
        if steps < 1:
            raise ValueError(f"remember is {steps}: the last pass is always remembered; use 1 or more")
        self._steps: deque[Step] = deque()
        self._most_steps, self._most_items, self._items = steps, items, 0

    def add(self, step: Step) -> None:
        """Remember one more, and forget the oldest where it gets too much."""
        self._items += _weight(step, self.last)
        self._steps.append(step)
        while len(self._steps) > self._most_steps or (self._items > self._most_items and len(self._steps) > 1):
            gone = self._steps.popleft()
            # what the next one shares with the one that goes is now the next one's own
            self._items -= _weight(gone, None) - (_weight(self._steps[0], None) - _weight(self._steps[0], gone))

    @property
    def last(self) -> Step | None:
        return self._steps[-1] if self._steps else None

    def __getitem__(self, index: int) -> Step:
        return self._steps[index]

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(tuple(self._steps))  # passes go on while somebody reads


def _weight(step: Step, before: Step | None) -> int:
    """How many remembered names this step adds to the one before it."""
    own = len(step.decisions) + len(step.held) + len(step.finished)
    own += 0 if before and step.desired is before.desired else len(step.desired)
    return own + (0 if before and step.observed is before.observed else len(step.observed) + len(step.facts))

"""What ran when? Wished against running over time, every failure, and how long it took until it ran again.

A history is a value: ``noted`` returns a longer one. Moments are seconds since its beginning, and what lies between two
looks is taken to be as it was seen at the first of them.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from statistics import median


@dataclass(frozen=True)
class Failure:
    """Something that was wished for and ran, and then did not."""

    name: str
    died: float
    back: float | None = None  # when it ran again; None: not yet
    away: bool = False  # it died while nobody looked

    def lasted(self, until: float) -> float:
        """Seconds that it was down, up to the moment ``until``."""
        return (until if self.back is None else self.back) - self.died


@dataclass(frozen=True)
class History:
    """What ran of the ``wished`` names, from second 0 to second ``until``.

    length   seconds that are expected in all
    steps    (moment, how many ran from then on)
    away     (from, to) of the times in which nobody looked; ``to`` is None as long as it lasts
    """

    wished: tuple[str, ...]
    length: float = 0.0
    until: float = 0.0
    steps: tuple[tuple[float, int], ...] = ()
    failures: tuple[Failure, ...] = ()
    away: tuple[tuple[float, float | None], ...] = ()
    running: frozenset[str] = field(default=frozenset(), repr=False)

    def noted(self, at: float, running: Collection[str]) -> "History":
        """At the moment ``at`` somebody looked, and these ran. Raises ValueError when that lies in the past."""
        if at < self.until:
            raise ValueError(f"the history has come to {self.until:g} s; what ran at {at:g} s cannot be added any more")
        now = frozenset(running) & frozenset(self.wished)
        failures = [replace(f, back=at) if f.back is None and f.name in now else f for f in self.failures]
        died = [name for name in self.wished if name in self.running and name not in now]
        failures += [Failure(name, at, away=self.looking_away) for name in died]
        steps = self.steps
        if not steps or steps[-1][1] != len(now):
            steps = (*(step for step in steps if step[0] < at), (at, len(now)))
        return replace(self, until=at, steps=steps, failures=tuple(failures), running=now)

    def looked_away(self, at: float) -> "History":
        """From this moment on nobody looks."""
        return self if self.looking_away else replace(self, away=(*self.away, (at, None)))

    def looked_back(self, at: float) -> "History":
        """From this moment on somebody looks again."""
        return replace(self, away=tuple((begin, at if end is None else end) for begin, end in self.away))

    @property
    def looking_away(self) -> bool:
        return bool(self.away) and self.away[-1][1] is None

    @property
    def worked(self) -> float:
        """Seconds of work, of all names together: two names that ran for 3 s worked for 6."""
        ends = [*(at for at, _ in self.steps[1:]), self.until]
        return sum((end - at) * count for (at, count), end in zip(self.steps, ends, strict=True)) if self.steps else 0.0

    @property
    def down(self) -> float:
        """Seconds that wished names did not run, all together."""
        return (self.until - self.steps[0][0]) * len(self.wished) - self.worked if self.steps else 0.0

    @property
    def availability(self) -> float:
        """The share of the wished work that was done, 0.0 to 1.0; 1.0 before anything was seen."""
        whole = self.worked + self.down
        return self.worked / whole if whole else 1.0

    @property
    def average(self) -> float:
        """How many ran, on average."""
        return self.availability * len(self.wished)

    @property
    def mtbf(self) -> float:
        """Seconds that one of them worked until it failed, on average; infinite when none has failed."""
        return self.worked / len(self.failures) if self.failures else math.inf

    @property
    def repair(self) -> float:
        """Seconds that one of them was down, on average; 0 when none has failed."""
        return self.down / len(self.failures) if self.failures else 0.0

    def reactions(self, away: bool | None = None) -> list[float]:
        """Seconds from death to running of those that run again; ``away`` picks those that died while nobody looked,
        or those that did not."""
        return [f.lasted(self.until) for f in self.failures if f.back is not None and away in (None, f.away)]

    def typical(self) -> float | None:
        """The middle one of those that died while somebody looked; if there are none, of all."""
        looking = self.middle(away=False)
        return self.middle() if looking is None else looking

    def middle(self, away: bool | None = None) -> float | None:
        """The middle one of the reactions: half were faster, half slower. None when there are none."""
        found = self.reactions(away)
        return median(found) if found else None

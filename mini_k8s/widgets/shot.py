"""What has to be known of a control loop, so that it can be drawn?

``shoot`` copies a loop's state at one moment, and ``see`` remembers from look to look where each name has its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mini_k8s.control_loop import ControlLoop
from mini_k8s.record import Step

LINGER = 4.0  # seconds that a place stays after its name is gone from both sides


@dataclass(frozen=True)
class Shot:
    """A loop at one moment."""

    latest: Step | None
    history: tuple[Step, ...] = ()
    rewound: Step | None = None
    running: bool = False
    closed: bool = False
    afterwards: str = ""  # what became of its work once it was closed; "": it lives on
    period: float = 1.0
    began: float = 0.0  # Unix seconds when the loop was made
    clock: float = 0.0  # Unix seconds when the loop's clock stood at 0

    @property
    def shown(self) -> Step | None:
        return self.rewound or self.latest

    @property
    def last(self) -> Step | None:
        """The last pass; ``latest`` may be a look since then."""
        return self.history[-1] if self.history else None

    def at(self, step: Step | None) -> float:
        """Unix seconds of a pass."""
        return self.began + (step.at if step else 0.0)


@dataclass(frozen=True)
class Seen:
    """What has to be remembered from one look to the next, so that rows keep their places."""

    order: tuple[str, ...] = ()
    gone: Mapping[str, float] = field(default_factory=dict)  # name -> Unix seconds when it was missed on both sides
    good: Step | None = None  # the newest look that saw something
    heard: float = 0.0  # Unix seconds of that look


def shoot(loop: ControlLoop, clock: float, afterwards: str = "") -> Shot:
    """Copy a loop's state. ``clock`` is the Unix time at which the loop's clock stood at 0."""
    return Shot(loop.latest, tuple(loop.history), loop.rewound, loop.running, loop.closed, afterwards,
                loop.period, clock + loop.began, clock)


def see(seen: Seen, step: Step | None, now: float) -> Seen:
    """Remember a look: new wishes take their place among the wishes, the unwished come last, the gone leave later."""
    if step is None or step.blind:
        return seen
    order, gone = list(seen.order), {}
    known = set(order)
    if not known.issuperset(step.desired):
        place = 0
        for name in step.desired:
            if name in known:
                place = order.index(name) + 1
            else:
                order.insert(place, name)
                place += 1
    known.update(step.desired)
    order += [name for name in step.observed if name not in known]
    for name in order:
        if name not in step.desired and name not in step.observed:
            gone[name] = seen.gone.get(name, now)
    late = {name for name, since in gone.items() if now - since > LINGER}
    if late:
        order, gone = [n for n in order if n not in late], {n: t for n, t in gone.items() if n not in late}
    return Seen(tuple(order), gone, step, now)


def rewinds(shot: Shot) -> int:
    """How many passes before the last one the picture shows; -1 while it shows now, if now is not yet a pass."""
    if shot.rewound is not None:
        return next((i for i, step in enumerate(reversed(shot.history)) if step is shot.rewound), len(shot.history) - 1)
    return 0 if shot.history and shot.latest is shot.history[-1] else -1

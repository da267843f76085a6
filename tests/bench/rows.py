"""One row of the benchmark's table."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """``ours`` and ``peer`` in ``unit``; the goal limits the ratio (``most_ratio``) or our own figure (``most``)."""

    name: str
    ours: float
    unit: str = "ms"
    peer: float | None = None
    most_ratio: float | None = None
    most: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.ours / self.peer

    @property
    def goal(self) -> str:
        if self.most_ratio is not None:
            return f"≤ {self.most_ratio:g} × the peer"
        return f"≤ {self.most:g} {self.unit}" if self.most is not None else "shown beside"

    @property
    def holds(self) -> bool:
        if not math.isfinite(self.ours):
            return False
        if self.most_ratio is not None:
            return self.ratio is not None and self.ratio <= self.most_ratio
        return self.most is None or self.ours <= self.most

    def as_dict(self) -> dict:
        return {"name": self.name, "ours": self.ours, "peer": self.peer, "ratio": self.ratio, "unit": self.unit,
                "goal": self.goal, "holds": self.holds, "note": self.note}

    def __str__(self) -> str:
        peer = "" if self.peer is None else f"{self.peer:.1f}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = "holds" if self.holds else "MISSED"
        return (f"{self.name:<52} {f'{self.ours:.1f} {self.unit}':>10} {peer:>10} {ratio:>7}  {self.goal}: {verdict}"
                + (f"  ({self.note})" if self.note else ""))

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
    missing: str = ""  # why it was not measured, where that is so

    @classmethod
    def not_run(cls, name: str, why: str) -> "Row":
        """A row that says that it was not measured here, and why. It misses no goal, and holds none."""
        return cls(name, math.nan, missing=why)

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
        if self.missing:
            return True
        if not math.isfinite(self.ours):
            return False
        if self.most_ratio is not None:
            return self.ratio is not None and self.ratio <= self.most_ratio
        return self.most is None or self.ours <= self.most

    def as_dict(self) -> dict:
        if self.missing:
            return {"name": self.name, "not run": self.missing}
        return {"name": self.name, "ours": self.ours, "peer": self.peer, "ratio": self.ratio, "unit": self.unit,
                "goal": self.goal, "holds": self.holds, "note": self.note}

    def __str__(self) -> str:
        if self.missing:
            return f"{self.name:<52} not run: {self.missing}"
        peer = "" if self.peer is None else f"{self.peer:.1f}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = "holds" if self.holds else "MISSED"
        return (f"{self.name:<52} {f'{self.ours:.1f} {self.unit}':>10} {peer:>10} {ratio:>7}  {self.goal}: {verdict}"
                + (f"  ({self.note})" if self.note else ""))

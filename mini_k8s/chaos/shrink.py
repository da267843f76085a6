"""How short can a history be that still breaks the same promise?

Deeds are left out, half of them at once, then fewer, down to one, as long as the promise is still broken. What is left
is nearly always short enough to be read.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from html import escape

from mini_k8s.chaos.deeds import Deed
from mini_k8s.chaos.moments import moment
from mini_k8s.chaos.play import Outcome, play
from mini_k8s.chaos.sets import plan
from mini_k8s.cluster import Cluster
from mini_k8s.widgets.still import Still


def shrink(outcome: Outcome, build: Callable[..., Cluster] = Cluster, seconds: float = 20.0) -> tuple[Outcome,
                                                                                                       list[int]]:
    """The shortest history found within so many seconds, and which of the seed's deeds are left in it."""
    end = time.monotonic() + seconds
    best, kept = outcome, [*range(len(outcome.deeds))]
    size = len(kept) // 2
    while size and time.monotonic() < end:
        smaller, at = False, 0
        while at < len(kept) and time.monotonic() < end:
            fewer = kept[:at] + kept[at + size:]
            tried = play(outcome.seed, [outcome.deeds[i] for i in fewer], build)
            if tried.broken == outcome.broken:
                best, kept, smaller = tried, fewer, True
            else:
                at += size
        size = size if smaller and size == 1 else size // 2
    return best, kept


def replay(seed: int, keep: Sequence[int] | None = None, build: Callable[..., Cluster] = Cluster) -> "Replay":
    """Play a history once more, or only these of its deeds, to look at what happens."""
    deeds: Sequence[Deed] = plan(seed)
    return Replay(play(seed, deeds if keep is None else [deeds[i] for i in keep], build, film=True), keep)


class Replay:
    """A history that was played, to be looked at: as text, or in a notebook as a picture and a table."""

    def __init__(self, outcome: Outcome, keep: Sequence[int] | None = None):
        self.outcome, self.keep = outcome, keep

    @property
    def cell(self) -> str:
        """What to write into a notebook to see it again."""
        kept = "" if self.keep is None else f", keep={[*self.keep]}"
        return f"from mini_k8s.chaos import replay\nreplay({self.outcome.seed}{kept})"

    def at(self, seconds: float = math.inf) -> Still:
        """The nodes at that moment, and what really ran on them; by default at the end."""
        return moment(self.outcome, seconds)

    def __repr__(self) -> str:
        out = self.outcome
        lines = [f"{at:>9.2f} s  {who:<13}  {what}" for at, who, what in _telling(out.lines)]
        end = f"{out.broken} is broken: {out.how}" if out.broken else "every promise was kept"
        return "\n".join([f"history {out.seed}, {len(out.deeds)} deeds, hash {out.hash}", *lines, end])


    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td style='text-align:right'>{at:.2f} s</td><td>{escape(who)}</td>"
                       f"<td style='text-align:left'>{escape(what)}</td></tr>"
                       for at, who, what in _telling(self.outcome.lines))
        first, *_, last = repr(self).splitlines()
        return (f"<p>{escape(first)}</p>{self.at().svg()}<p>To see another moment, such as the first second: "
                f"<code>replay(…).at(1)</code></p><table>{rows}</table><p><b>{escape(last)}</b></p>")


def _telling(lines: Sequence[tuple[float, str, str]]) -> Iterator[tuple[float, str, str]]:
    """Without looks, after which nothing happened."""
    for i, line in enumerate(lines):
        if line[1:] != ("runtime", "list everything") or (lines[i + 1:i + 2] and lines[i + 1][1:] != line[1:]):
            yield line

"""Can this machine run the workshop, and if not, what is the one thing to do?

``examine`` looks at everything at once, each look on a thread of its own, and gives a row for each thing. It takes
``WITHIN`` seconds at most, whatever hangs; it never raises, and it changes nothing. What can only be known by trying is
tried in a child (``tries.py``).

    software.py  Python, Jupyter          engine.py    the Docker engine, its disk, the images
    places.py    the folder, its disk     remedies.py  what mends an engine that cannot be used
    machine.py   memory, limits, ports    choice.py    which runtime all that makes
"""

import threading
import time
from collections.abc import Callable, Iterable

from mini_k8s.runtimes.engine import Engine
from mini_k8s.widgets.doctor import Report
from mini_k8s.workshop.doctor import choice, machine, places, software, tries
from mini_k8s.workshop.doctor.engine import Asking
from mini_k8s.workshop.doctor.row import Row

__all__ = ["Row", "examine", "show", "verdict"]

WITHIN = 2.6  # seconds; with the interpreter's own start it is less than three


def examine(within: float = WITHIN) -> list[Row]:
    """A row for each thing that was looked at, in the order in which a beginner would ask."""
    until = time.monotonic() + within
    asking, trying = Asking(Engine(deadline=within)), tries.Trying()
    looks = [_Look("Python", lambda: [software.python()]), _Look("Jupyter", lambda: [software.jupyter()]),
             _Look("folder", places.look), _Look("memory", machine.memory),
             _Look("engine", lambda: asking.look(within - 0.4))]
    tried = _Look("processes", trying.look)
    more = [_Look("ports", machine.ports), _Look("limits", machine.limits)]
    before, own, after = ([row for look in some for row in look.rows(until)] for some in (looks, [tried], more))
    return [*before, *choice.rows(asking.why_not, trying.why_not, trying.in_the_way), *after, *own]


def show(rows: Iterable[Row] | None = None, size: str = "normal") -> Report:
    """The report as a card for a notebook; of what is found now when no rows are given."""
    rows = examine() if rows is None else list(rows)
    return Report(rows, verdict(rows)[0], size)


def verdict(rows: Iterable[Row]) -> tuple[str, str]:
    """One sentence that sums the rows up, and the one thing to do next: a command to type, or an address to open."""
    rows = list(rows)
    fails, warns = ([row for row in rows if row.state == state] for state in ("fail", "warn"))
    if fails:
        do = next((row.do for row in fails if row.do), "mini-k8s doctor")
        return f"The workshop cannot run here yet. What stops it: {_names(fails)}.", do
    runtime = next((row.found.partition(",")[0] for row in rows if row.what == "runtime"), "")
    on = {"docker": " on Docker", "process": " on processes", "simulated": ", simulated"}.get(runtime, "")
    if warns:
        return f"The workshop runs here{on}. Worth a look: {_names(warns)}.", "mini-k8s learn"
    return f"All is well: the workshop runs here{on}.", "mini-k8s learn"


def _names(rows: list[Row]) -> str:
    *others, last = dict.fromkeys(row.what for row in rows)
    return f"{', '.join(others)} and {last}" if others else last


class _Look:
    """One look, on a thread that nobody has to wait for: a disk or a name server may hang for ever."""

    def __init__(self, what: str, look: Callable[[], Iterable[Row]]):
        self.what, self._look, self._rows = what, look, []
        self._thread = threading.Thread(target=self._run, name=f"doctor-{what}", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # this user may start no more threads, which the row on threads explains
            self._run()

    def rows(self, until: float) -> list[Row]:
        """What was found until then, and that it is not all where the look has not ended."""
        if self._thread.ident:
            self._thread.join(max(0.0, until - time.monotonic()))
        rows = list(self._rows)
        if self._thread.is_alive():
            rows.append(Row("warn", self.what, "not known: this look did not end in time. Is the machine very busy?",
                            "mini-k8s doctor"))
        return rows

    def _run(self) -> None:
        try:
            for row in self._look():
                self._rows.append(row)
        except Exception as error:  # a machine may be broken in any way; the other rows are still worth having
            self._rows.append(Row("warn", self.what, f"could not be looked at ({type(error).__name__}: {error})"))

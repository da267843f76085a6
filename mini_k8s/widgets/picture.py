"""What is there to see of a control loop? Its state, as one plain dict that any screen can draw.

``picture`` turns a shot of a loop into a dict of strings, numbers and lists (JSON). Nothing is in it that was not
observed: a browser draws it (``loop.js``), ``svg.py`` draws it without one.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mini_k8s.widgets import sentence as say
from mini_k8s.widgets.rows import failures, greyed, stopped_row
from mini_k8s.widgets.rows import rows as all_rows
from mini_k8s.widgets.shot import Seen, Shot, rewinds
from mini_k8s.widgets.tape import ahead, tape
from mini_k8s.widgets.words import first_line, plain

SPEEDS = (0.25, 1, 4)


def picture(shot: Shot, seen: Seen, *, can_kill: bool = False, title: str = "The control loop",
            trouble: Sequence[str] = (), grey: Mapping[str, str] = MappingProxyType({})) -> dict:
    """Everything that is drawn, as plain values. Times are Unix seconds; a screen makes ages of them.

    grey    columns that are not drawn yet, "difference" or "action", and the words that stand there instead
    """
    step, at = shot.shown, shot.at(shot.shown)
    by = step.by if step else {}
    kill = "" if not can_kill else "on" if shot.rewound is None and not shot.closed else "off"
    ago = (shot.history[-1].number - step.number) if shot.rewound and shot.history else 0
    made = shot.rewound or shot.last  # a look since then is none
    nth = f"pass {made.number:,}" if made else "no pass yet"
    failed = failures(shot) if step and not step.converged else {}
    state = "closed" if shot.closed else "running" if shot.running else "paused"
    over = shot.closed and shot.rewound is None
    said = say.sentence(step, at=at, failed=failed, trouble=trouble, closed=over, afterwards=shot.afterwards,
                        counted="action" in grey, last=None if step is made else made)
    words = trouble[1] if trouble else first_line(step.error, 400) if step and step.error and not over else ""
    rows = [greyed(row, grey) for row in all_rows(shot, seen, kill, failed)]
    return {
        "title": title,
        "pass": nth,
        "state": state,
        "status": f"{nth}, {_back(ago)}" if shot.rewound else f"{nth} · {state}",
        "rewound": shot.rewound is not None,
        "closed": shot.closed,
        "say": said,
        "note": words if words not in plain(said, at) else "",
        "whose": {name: _whose(by.get(name, "mini_k8s.control_loop")) for name in ("reconcile", "diff")},
        "rows": rows if shot.rewound is None else [stopped_row(row, at) for row in rows],
        "player": _player(shot, "action" in grey),
        "grey": dict(grey),
        "tape": tape(shot.history, shot.rewound),
        "now": {"since": None if shot.rewound else shot.began, "words": ahead(shot)},
    }


def _back(ago: int) -> str:
    return f"{ago:,} pass{'' if ago == 1 else 'es'} ago" if ago else "the last one"


def undrawn(before: dict, error: Exception) -> dict:
    """The picture from before, which says why there is no newer one."""
    said, words = say.undrawn(error), first_line(error, 400)
    return {**before, "say": said, "note": words if words not in plain(said, 0) else ""}


def _whose(module: str) -> dict:
    return {"who": "ours" if module.startswith("mini_k8s.") else "yours", "module": module}


def _player(shot: Shot, grey: bool) -> dict:
    plays = not shot.closed and not grey
    return {
        "step": plays and not shot.running,
        "run": plays and (not shot.running or shot.rewound is not None),
        "pause": plays and shot.running,
        "rewind": plays and rewinds(shot) + 1 < len(shot.history),
        "speed": next((s for s in SPEEDS if abs(shot.period * s - 1) < 1e-6), None),
    }

"""What is there to see of a control loop? Its state, as one plain dict that any screen can draw.

``shoot`` copies what is needed from a loop, ``see`` remembers where each name has its place, and ``picture`` turns both
into a dict of strings, numbers and lists (JSON). Nothing is in it that was not observed: a browser draws it
(``loop.js``), ``svg.py`` draws it without one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from mini_k8s.control_loop import ControlLoop
from mini_k8s.record import Decision, Held, Step
from mini_k8s.widgets import sentence as say
from mini_k8s.widgets.tape import ahead, tape
from mini_k8s.widgets.words import exit_words, first_line, ordinal, plain, short, stopped

SPEEDS = (0.25, 1, 4)
LINGER = 4.0  # seconds that a place stays after its name is gone from both sides
_MEANS = {
    "Pending": "it was made, and does not run yet.",
    "Running": "its main process lives.",
    "Failed": "its main process ended, with an exit code that is not 0. 137 is 128 + 9: killed, by signal 9.",
    "Succeeded": "its main process ended by itself, with exit code 0: it says that its work is done.",
    "Terminating": "it was asked to end, and still runs.",
}


@dataclass(frozen=True)
class Shot:
    """A loop at one moment."""

    latest: Step | None
    history: tuple[Step, ...] = ()
    rewound: Step | None = None
    running: bool = False
    closed: bool = False
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


def shoot(loop: ControlLoop, clock: float) -> Shot:
    """Copy a loop's state. ``clock`` is the Unix time at which the loop's clock stood at 0."""
    return Shot(loop.latest, tuple(loop.history), loop.rewound, loop.running, loop.closed, loop.period,
                clock + loop.began, clock)


def see(seen: Seen, step: Step | None, now: float) -> Seen:
    """Remember a look: new wishes take their place among the wishes, the unwished come last, the gone leave later."""
    if step is None or not _looked(step):
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
    failed = _failures(shot) if step and not step.converged else {}
    state = "closed" if shot.closed else "running" if shot.running else "paused"
    over = shot.closed and shot.rewound is None
    said = say.sentence(step, at=at, failed=failed, trouble=trouble, closed=over,
                        counted="action" in grey, last=None if step is made else made)
    words = trouble[1] if trouble else first_line(step.error, 400) if step and step.error and not over else ""
    rows = [_greyed(row, grey) for row in _rows(shot, seen, kill, failed)]
    return {
        "title": title,
        "pass": nth,
        "state": state,
        "status": f"{nth}, {ago:,} pass{'' if ago == 1 else 'es'} ago" if shot.rewound else f"{nth} · {state}",
        "rewound": shot.rewound is not None,
        "closed": shot.closed,
        "say": said,
        "note": words if words not in plain(said, at) else "",
        "whose": {name: _whose(by.get(name, "mini_k8s.control_loop")) for name in ("reconcile", "diff")},
        "rows": rows if shot.rewound is None else [_stopped(row, at) for row in rows],
        "player": _player(shot, "action" in grey),
        "grey": dict(grey),
        "tape": tape(shot.history, shot.rewound),
        "now": {"since": None if shot.rewound else shot.began, "words": ahead(shot.latest, shot.running, shot.closed)},
    }


def undrawn(before: dict, error: Exception) -> dict:
    """The picture from before, which says why there is no newer one."""
    said, words = say.undrawn(error), first_line(error, 400)
    return {**before, "say": said, "note": words if words not in plain(said, 0) else ""}


def _looked(step: Step) -> bool:
    return step.failed not in ("desired", "observe")


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


def rewinds(shot: Shot) -> int:
    """How many passes before the last one the picture shows; -1 while it shows now, if now is not yet a pass."""
    if shot.rewound is not None:
        return next((i for i, step in enumerate(reversed(shot.history)) if step is shot.rewound), len(shot.history) - 1)
    return 0 if shot.history and shot.latest is shot.history[-1] else -1


def _rows(shot: Shot, seen: Seen, kill: str, failed: Mapping[str, Exception]) -> list[dict]:
    step = shot.shown
    if step is None:
        return []
    blind, heard = not _looked(step), seen.heard
    if blind:  # the last that was heard before, marked as such
        good = seen.good
        if shot.rewound:
            good = next((s for s in reversed(shot.history) if s.number < step.number and _looked(s)), None)
            heard = shot.at(good)
        if good is None:
            return [_row(name, step, shot, blind=0.0) for name in step.desired]
        step = good
    here = {**step.desired, **step.observed}
    order = [name for name in seen.order if name in here or (not shot.rewound and not blind and name in seen.gone)]
    placed = set(order)
    order += [name for name in here if name not in placed]
    decided = {decision.action.name: decision for decision in step.decisions} if not blind else {}
    differs = step.difference
    return [_row(name, step, shot, decided.get(name), differs.get(name, "same"), failed.get(name), kill,
                 heard if blind else None) for name in order]


def _row(name: str, step: Step, shot: Shot, decision: Decision | None = None, differs: str = "missing",
         failed: Exception | None = None, kill: str = "", blind: float | None = None) -> dict:
    wished = step.desired.get(name)
    gone = name not in step.desired and name not in step.observed
    row = {"name": name, "wished": None if name not in step.desired else short(wished),
           "whole": "" if name not in step.desired else str(wished),
           "tile": _tile(name, step, kill, blind),
           "differs": "gone" if gone else differs, "filled": False, "act": None, "note": ""}
    if blind is not None:
        row["differs"] = "not known"
    elif not gone and differs != "same":
        row["filled"] = decision is not None and decision.outcome != "wait"
        row["act"] = _act(name, step, shot, decision)
        if decision and decision.error:
            row["note"] = f"failed: {first_line(decision.error, 300, kind=False)}"
        elif failed:
            row["note"] = f"failed before: {first_line(failed, 300, kind=False)}"
    return row


def _greyed(row: dict, grey: Mapping[str, str]) -> dict:
    row |= {"differs": ""} if "difference" in grey else {}
    return row | {"act": None, "note": ""} if grey else row


def _stopped(row: dict, at: float) -> dict:
    """A row of the past: nothing in it counts."""
    row["tile"]["detail"] = stopped(row["tile"]["detail"], at)
    if act := row["act"]:
        act |= {"say": stopped(act["say"], at), "more": stopped(act["more"], at)}
        if "until" in act:
            act["left"] = max(0.0, act["until"] - at)
    return row


def _tile(name: str, step: Step, kill: str, blind: float | None) -> dict:
    fact, living = step.facts.get(name), name in step.observed
    if fact is None and not living:
        empty = "nothing heard yet" if blind is not None else "nothing runs here" if name in step.desired else "gone"
        return {"state": "Empty", "known": True, "key": "empty", "kill": "", "times": "", "detail": [empty],
                "title": ""}
    state = fact.state if fact else "Running"
    what = fact.what if fact else step.observed[name]
    since = fact.since if fact else None
    detail, times = [short(what, 11)], ""
    if blind is not None:
        detail = ["not heard of for ", {"age": blind}]
    elif state in ("Failed", "Succeeded"):
        detail = [exit_words(fact.exit_code)]
        times = f"for the {ordinal(fact.attempt + 1)} time" if fact.attempt else ""
        if since is not None:
            detail += [" · died " if state == "Failed" else " · ended ", {"age": since}, " ago"]
    elif since is not None:
        detail += [" · created " if state == "Pending" else " · for ", {"age": since}]
        detail += [" ago"] if state == "Pending" else []
    if fact and fact.note:
        detail += [f" · {fact.note}"]
    kill = "" if not living else "off" if kill and blind is not None else kill
    return {"state": state, "known": blind is None, "kill": kill,
            "key": f"{state} {fact.id if fact else ''} {since or ''}", "times": times, "detail": detail,
            "title": f"{what}\n{state}: {_MEANS[state]}"}


def _act(name: str, step: Step, shot: Shot, decision: Decision | None) -> dict:
    held: Held | None = step.held.get(name)
    action = held.action if held else decision.action if decision else None
    if action is None:
        return {"kind": "none", "verb": "", "say": ["nothing"], "more": ["no action names it"], "title": ""}
    act = {"kind": "next", "verb": action.verb, "say": [f"{action.verb} ", {"b": name}], "more": ["next"],
           "title": f"{action}, {decision.why}" if decision else str(action)}
    if held and held.kind == "under way":
        act |= {"kind": "under way", "more": ["under way, ", {"age": shot.clock + held.since}]}
    elif held or (decision.outcome == "wait" and decision.delay):
        delay = held.delay if held else decision.delay
        until = shot.clock + held.until if held else shot.at(step) + delay
        act |= {"kind": "waits", "say": ["wait ", {"left": until}], "until": until, "delay": delay,
                "more": [f"back-off {delay:g} s"]}
    elif decision.outcome == "wait":
        act |= {"kind": "waits", "say": ["wait"], "more": [decision.why.rpartition("; ")[2]]}
    elif decision.outcome == "submitted":
        act |= {"kind": "next", "more": ["under way, ", {"age": shot.at(step)}]}
    elif decision.outcome == "done":
        act |= {"kind": "next", "more": ["done"]}
    elif decision.outcome == "failed":
        act |= {"kind": "failed", "more": ["failed"]}
    return act


def _failures(shot: Shot) -> dict[str, Exception]:
    """name -> the error of the action that ended last, for those that failed. Only what was known at the shown pass."""
    last: dict[str, Exception | None] = {}
    newest = shot.shown.number
    for step in (*(() if shot.rewound or shot.latest is None else (shot.latest,)), *reversed(shot.history)):
        if step.number <= newest:
            for action, error in reversed(step.finished):
                last.setdefault(action.name, error)
    return {name: error for name, error in last.items() if error is not None}

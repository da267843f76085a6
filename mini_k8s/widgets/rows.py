"""What is there to see of one name? A row: wish, what is there, the difference, and what is done about it."""

from collections.abc import Mapping

from mini_k8s.record import Decision, Held, Step
from mini_k8s.widgets.shot import Seen, Shot
from mini_k8s.widgets.words import exit_meaning, exit_words, first_line, ordinal, short, stopped

_MEANS = {
    "Pending": "it was made, and does not run yet.",
    "Running": "its main process lives.",
    "Failed": "its main process ended, with an exit code that is not 0;",
    "Succeeded": "its main process ended by itself;",
    "Terminating": "it was asked to end, and still runs.",
}


def rows(shot: Shot, seen: Seen, kill: str, failed: Mapping[str, Exception]) -> list[dict]:
    """All names of the shown pass, each at the place that was remembered for it."""
    step = shot.shown
    if step is None:
        return []
    heard = seen.heard
    if blind := step.blind:  # the last that was heard before, marked as such
        good = seen.good
        if shot.rewound:
            good = next((s for s in reversed(shot.history) if s.number < step.number and not s.blind), None)
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
           "differs": "" if gone else differs, "filled": False, "act": None, "note": ""}
    if blind is not None:
        row["differs"] = "not known"
    elif not gone and differs != "same":
        row["act"] = _act(name, step, shot, decision)
        row["filled"] = decision is not None and decision.outcome != "wait" and row["act"]["kind"] != "none"
        if decision and decision.error:
            row["note"] = f"failed: {first_line(decision.error, 300, kind=False)}"
        elif failed:
            row["note"] = f"failed before: {first_line(failed, 300, kind=False)}"
    return row


def greyed(row: dict, grey: Mapping[str, str]) -> dict:
    """A row without what the learner has yet to build."""
    row |= {"differs": ""} if "difference" in grey else {}
    return row | {"act": None, "note": ""} if grey else row


def stopped_row(row: dict, at: float) -> dict:
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
        empty = "nothing heard yet" if blind is not None else "nothing runs here"
        return {"state": "Empty", "known": True, "key": "empty", "kill": "", "times": "", "detail": [empty],
                "title": ""}
    state = fact.state if fact else "Running"
    what = fact.what if fact else step.observed[name]
    since = fact.since if fact else None
    detail, times, dead = [short(what, 11)], "", state in ("Failed", "Succeeded")
    if blind is not None:
        detail = ["not heard of for ", {"age": blind}]
    elif dead:
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
            "title": f"{what}\n{state}: {_MEANS[state]}" + (f" {exit_meaning(fact.exit_code)}." if dead else "")}


def _act(name: str, step: Step, shot: Shot, decision: Decision | None) -> dict:
    held: Held | None = step.held.get(name)
    action = held.action if held else decision.action if decision else None
    over = shot.closed and not shot.rewound
    if action is None or over:
        why = "this loop is closed" if over else "no action names it"
        return {"kind": "none", "verb": "", "say": ["nothing"], "more": [why], "title": ""}
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
        since = [] if shot.rewound else [", ", {"age": shot.at(step)}]
        act |= {"kind": "next", "more": ["under way", *since]}
    elif decision.outcome == "done":
        act |= {"kind": "next", "more": ["done"]}
    elif decision.outcome == "failed":
        act |= {"kind": "failed", "more": ["failed"]}
    return act


def failures(shot: Shot) -> dict[str, Exception]:
    """name -> the error of the action that ended last, for those that failed. Only what was known at the shown pass."""
    last: dict[str, Exception | None] = {}
    newest = shot.shown.number
    for step in (*(() if shot.rewound or shot.latest is None else (shot.latest,)), *reversed(shot.history)):
        if step.number <= newest:
            for action, error in reversed(step.finished):
                last.setdefault(action.name, error)
    return {name: error for name, error in last.items() if error is not None}

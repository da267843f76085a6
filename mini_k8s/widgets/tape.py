"""What happened before now? The tape: past passes as far as a line is long, quiet ones as ticks."""

import re
import textwrap
from collections.abc import Sequence

from mini_k8s.record import Decision, Step
from mini_k8s.widgets.shot import Shot
from mini_k8s.widgets.words import age, cut, first_line

_LONG = 8  # quiet passes in a row that are drawn as one gap
_WIDTHS = {"acts": 112, "error": 112, "quiet": 12, "gap": 78}
_FAILED = {"desired": "no clear wish", "observe": "cannot look"}  # else "diff failed"


def tape(history: Sequence[Step], shown: Step | None, width: int = 668) -> list[dict]:
    """The passes to draw, oldest first. ``shown`` is the pass that the picture was wound back to, if it was."""
    items: list[dict] = []
    end = len(history)
    if shown is not None:
        back = next((i for i in range(len(history) - 1, -1, -1) if history[i] is shown), end - 1)
        if _width(history, back, end) > width:  # a third of the line is for what came after
            end = back + 1
            while _width(history, back + 1, end + 1) <= width // 3:
                end += 1
    used, i = 0, end - 1
    while i >= 0 and used < width:
        step, first = history[i], i
        kind = _kind(history, i)
        if kind == "quiet" and step is not shown:
            while first > 0 and _kind(history, first - 1) == "quiet" and history[first - 1] is not shown:
                first -= 1
        if i - first + 1 > _LONG:
            kind = "gap"
        else:
            first = i
        used += _WIDTHS[kind]
        if used > width:
            break
        items.append(_item(kind, history[first:i + 1], step is shown))
        i = first - 1
    items.reverse()
    first = next((item for item in items if item["kind"] in ("acts", "error")), None)
    if first:
        first["heads"].insert(0, "pass " + first["heads"][0])
    return items


def ahead(shot: Shot) -> list[str]:
    """What stands under *now*: a word, and what follows from it."""
    latest = shot.latest
    if shot.closed:
        return ["closed", "all removed" if shot.afterwards else "its work stays"]
    if latest is None:
        return ["not looked", "press Step"]
    if latest.error is not None:
        return [_blamed(latest), "tries again"]
    doing = sum(1 for d in latest.decisions if d.outcome == "submitted")
    doing += sum(1 for h in latest.held.values() if h.kind == "under way")
    waiting = len([d for d in latest.decisions if d.outcome == "wait"])
    waiting += sum(1 for h in latest.held.values() if h.kind == "backing off")
    if not shot.running and (next_ := sum(1 for d in latest.decisions if d.outcome == "next")):
        return [f"{next_:,} to do", "press Step"]
    said = f"{doing:,} under way" if doing else f"{waiting:,} to wait for" if waiting else "nothing to do"
    return ["running" if shot.running else "paused", said]


def _kind(history: Sequence[Step], i: int) -> str:
    step = history[i]
    if step.error is not None:
        before = history[i - 1].error if i else None
        return "quiet" if before is not None and str(before) == str(step.error) else "error"
    return "acts" if step.decisions or any(error for _, error in step.finished) else "quiet"


def _blamed(step: Step) -> str:
    return _FAILED.get(step.failed, f"{step.failed} failed")


def _width(history: Sequence[Step], begin: int, end: int) -> int:
    return sum(_WIDTHS[_kind(history, i)] for i in range(begin, end))


def _item(kind: str, steps: Sequence[Step], shown: bool) -> dict:
    step = steps[-1]
    item = {"kind": kind, "n": step.number, "what": "", "why": [], "shown": shown,
            "heads": [f"{step.number:,} · {age(step.at)}", f"{step.number:,}"],  # the first that there is room for
            "title": f"pass {step.number}: nothing to do"}
    if kind == "gap":
        item |= {"heads": [f"{len(steps):,} quiet", f"{len(steps):,}"],
                 "title": f"passes {steps[0].number} to {step.number}: nothing to do"}
    elif step.error is not None:
        item |= {"what": cut(_blamed(step), 14), "why": _wrap(first_line(step.error, 80, kind=False)),
                 "title": f"pass {step.number}: {first_line(step.error, 300)}"}
    elif kind == "acts":
        item["what"], *why = _said(step)
        item["why"] = _wrap(*why)
        item["title"] = f"pass {step.number}: " + ("; ".join(_whole(d) for d in step.decisions[:12]) or why[0])
    return item


def _said(step: Step) -> Sequence[str]:
    """What a pass decided in at most 14 characters, and why, in one part or two."""
    if not step.decisions:
        action, error = next((a, e) for a, e in step.finished if e)
        return "failed " + cut(action.name, 7), f"{action.verb}: {first_line(error, 300, kind=False)}"
    if len(step.decisions) == 1:
        decision = step.decisions[0]
        verb = {"wait": "wait", "failed": "failed"}.get(decision.outcome, decision.action.verb)
        fact = step.facts.get(decision.action.name)
        why = re.sub(r"\S+/(?=[^\s/])", "", decision.why)  # images by the last part of their names
        then = ""
        if decision.outcome == "failed":
            why = first_line(decision.error, 300, kind=False)
        elif decision.delay:
            then = f"back-off {age(decision.delay)}"
        elif verb == "start" and fact is not None and fact.attempt:
            then = f"died {fact.attempt + 1:,} times"
        return f"{verb} {cut(decision.action.name, 13 - len(verb))}", why, then
    counts: dict[str, int] = {}
    for decision in step.decisions:
        verb = {"wait": "wait", "failed": "fail"}.get(decision.outcome, decision.action.verb)
        counts[verb] = counts.get(verb, 0) + 1
    some = [d.action.name for d in step.decisions]
    what = " ".join(f"{verb} {count}" for verb, count in counts.items())
    return cut(what, 14), ", ".join(some[:2]) + (f" and {len(some) - 2:,} more" if len(some) > 2 else "")


def _whole(decision: Decision) -> str:
    outcome = decision.outcome if decision.outcome in ("wait", "failed") else ""
    return f"{outcome} {decision.action}, {decision.why}".strip()


def _wrap(text: str, then: str = "") -> list[str]:
    """Two lines at most; ``then`` is the second, whatever the first takes."""
    most = 1 if then else 2
    lines = textwrap.wrap(text, 17, max_lines=most, placeholder="…", break_on_hyphens=False)
    return [*lines, then] if then else lines

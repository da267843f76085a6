"""What does the picture say? One sentence that can be read aloud, with the numbers in it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from mini_k8s.record import Decision, Step
from mini_k8s.widgets.words import Saying, first_line, names, number, short

_MOST = 132  # characters that fit on two lines


def sentence(step: Step | None, *, closed: bool = False, at: float = 0.0,
             failed: Mapping[str, Exception] = MappingProxyType({}), trouble: str = "",
             counted: bool = False) -> Saying:
    """What this pass saw and what is done about it.

    at        Unix seconds of this look, to tell who *just* died
    failed    name -> why the last action on it failed
    trouble   what went wrong with a button that was pressed; said before everything else
    counted   say how many there are and no more
    """
    if trouble:
        return [trouble]
    if closed:
        left = "What it started lives on." if step is not None and step.observed else "Nothing was running then."
        return [f"This loop was closed: nobody looks any more, and nobody acts. {left}"]
    if step is None:
        return ["Nothing was looked at yet. Press ", {"b": "Step"}, " to look and to act once."]
    if step.error is not None:
        return _failed(step)
    if not step.desired and not step.observed:
        return ["Nothing is wished for, and nothing runs. Put a name into ", {"b": "desired"}, ", and it appears here."]
    said = _counts(step)
    if counted:
        return [*said, "."]
    clauses = list(_clauses(step, at, failed))
    if not clauses:
        return [*said, ". There is nothing to do."]
    said, left = [*said, ". "], len(clauses)
    for i, clause in enumerate(clauses):
        if i and _length(said) + _length(clause) + (26 if left > 1 else 1) > _MOST:
            return [*said, f"; {number(left)} more things differ." if left > 1 else "; one more thing differs."]
        if i:
            said.append("; ")
        elif isinstance(clause[0], str):
            clause[0] = clause[0][:1].upper() + clause[0][1:]
        said += clause
        left -= 1
    return [*said, "."]


def blame(step: Step) -> str:
    """What failed in a step with an error: 'desired', 'diff', 'reconcile' or '' when it was the looking."""
    frame, called = step.error.__traceback__, []
    while frame is not None:
        called.append(frame.tb_frame.f_code.co_name)
        frame = frame.tb_next
    if "reconcile" in called:
        return "diff" if "diff" in called[called.index("reconcile"):] else "reconcile"
    return "desired" if "_wish" in called else ""


def _failed(step: Step) -> Saying:
    who = blame(step)
    words = first_line(step.error, 78)
    end = "" if words.endswith((".", "!", "?", "…")) else "."
    if who == "desired":
        return [f"The wish cannot be read, so nobody looks: {words}{end}"]
    if who:
        return ["The loop looked, but ", {"b": who}, f" failed: {words}{end} It tries again."]
    return [f"The loop could not look: {words}{end} It tries again."]


def _counts(step: Step) -> Saying:
    wished = len(step.desired)
    run = sum(1 for name, what in step.desired.items() if step.observed.get(name) == what and name in step.observed)
    if not wished:
        return ["Nothing is wished for"]
    if wished == 1:
        return ["One is wished for, " + ("and it runs" if run else "but it does not run")]
    start = number(wished).capitalize() + " are wished for, "
    if run == wished:
        return [start + ("and both run" if wished == 2 else f"and all {number(wished)} run")]
    return [start + {0: "none of them runs", 1: "one of them runs"}.get(run, f"{number(run)} of them run")]


def _clauses(step: Step, at: float, failed: Mapping[str, Exception]) -> Iterator[Saying]:
    differs, groups = step.difference, {}
    decided = {d.action.name: d for d in step.decisions}
    for name, how in differs.items():
        decision, held = decided.get(name), step.held.get(name)
        if held and held.kind == "backing off" and name in failed:
            key = ("failed", name)
        elif held:
            key = (held.kind, held.action.verb)
        elif decision is None:
            key = ("nobody", how)
        elif decision.outcome == "failed" or (decision.delay and name in failed):
            key = ("failed", name)
        elif decision.outcome == "wait":
            key = ("backing off", decision.action.verb) if decision.delay else ("queued", "")
        else:
            fact = step.facts.get(name)
            dead = how == "missing" and fact is not None and fact.state in ("Failed", "Succeeded")
            just = dead and fact.since is not None and at - fact.since < 10
            following = " next" if decision.outcome == "next" else ""
            key = ("acts", decision.action.verb, how, "just died" if just else "died" if dead else "", following)
        groups.setdefault(key, []).append(name)
    rank = {"failed": 0, "acts": 1, "nobody": 2, "under way": 3, "backing off": 4, "queued": 5}
    for key, some in sorted(groups.items(), key=lambda group: rank[group[0][0]]):
        if key[0] == "failed":
            yield _failure(some[0], step, decided.get(some[0]), failed.get(some[0]), 66 if len(groups) == 1 else 40)
        else:
            yield _clause(key, some, step)


def _failure(name: str, step: Step, decision: Decision | None, error: Exception | None, most: int) -> Saying:
    held = step.held.get(name)
    verb = "starting " if (held or decision).action.verb == "start" else "stopping "
    waits = ", so it waits: " if held or decision.outcome == "wait" else ": "
    most -= len(waits) + min(len(name), 20) - 12
    words = first_line(decision.error if decision and decision.error else error, most, kind=False).rstrip(".")
    return [verb, *names([name]), " failed", waits, words]


def _clause(key: tuple, some: list[str], step: Step) -> Saying:
    who, one = names(some, 2 if sum(map(len, some[:2])) <= 24 else 1), len(some) == 1
    are, they = ("is", "it is") if one else ("are", "they are")
    match key:
        case "acts", "stop", "extra", _, following:
            return ["nobody wished for ", *who, f", so {they} stopped{following}"]
        case "acts", "stop", _, _, following:
            run = f"run{'s' if one else ''} {short(step.observed[some[0]])}" if one else "are not as wished"
            return [*who, f" {run}, so {they} stopped{following}"]
        case "acts", _, _, died, following:
            return [*who, f" {died or are + ' missing'}, so {they} started{following}"]
        case "nobody", how:
            seen = {"extra": f"{are} not wished for", "changed": f"{are} not as wished"}.get(how, f"{are} missing")
            return [*who, f" {seen}, and nothing is done about it"]
        case "under way", verb:
            return [*who, f" {are} being {'started' if verb == 'start' else 'stopped'}"]
        case "backing off", _:
            return [*who, f" wait{'s' if one else ''} out {'its' if one else 'their'} back-off"]
    return [*who, f" wait{'s' if one else ''}, as enough is under way"]


def _length(saying: Saying) -> int:
    return sum(len(piece) if isinstance(piece, str) else len(piece.get("b", "")) for piece in saying)

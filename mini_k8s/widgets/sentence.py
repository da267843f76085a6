"""What does the picture say? One sentence that can be read aloud, with the numbers in it."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from mini_k8s.record import Decision, Step
from mini_k8s.widgets.words import Saying, first_line, names, number, short

_MOST = 132  # characters that fit on two lines


def sentence(step: Step | None, *, closed: bool = False, afterwards: str = "", at: float = 0.0,
             failed: Mapping[str, Exception] = MappingProxyType({}), trouble: Sequence[str] = (),
             counted: bool = False, last: Step | None = None) -> Saying:
    """What this pass saw and what is done about it. Fits on two lines; an error that does not fit is left out.

    afterwards  what became of its work, where it was closed
    at          Unix seconds of this look, to tell who *just* died
    failed      name -> why the last action on it failed
    trouble     what went wrong with a button that was pressed, and the error's words; said before everything else
    counted     say how many there are and no more
    last        the last pass, where ``step`` is no pass but a look since then
    """
    if trouble:
        return _with([trouble[0]], trouble[1])
    if closed:
        left = "What it started lives on." if step is not None and step.observed else "Nothing was running then."
        return [f"This loop was closed: nobody looks any more, and nobody acts. {afterwards or left}"]
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
        return [*said, ". ", *_nothing(last)]
    said, left = [*said, ". "], len(step.difference)
    for i, (clause, count) in enumerate(clauses):
        if i and _length(said) + _length(clause) + (26 if left > count else 1) > _MOST:
            return [*said, f"; {number(left)} more names differ." if left > 1 else "; one more name differs."]
        if i:
            said.append("; ")
        elif isinstance(clause[0], str):
            clause[0] = clause[0][:1].upper() + clause[0][1:]
        said += clause
        left -= count
    return [*said, "."]


def undrawn(error: Exception) -> Saying:
    """That the picture could not be drawn."""
    return _with(["The loop goes on, but this picture of it could not be drawn anew"], first_line(error, 300))


def _with(said: Saying, words: str, end: str = "") -> Saying:
    """A saying and the words of an error, where they fit; else without them."""
    stop = "" if words.endswith((".", "!", "?", "…")) else "."
    whole = [*said, f": {words}{stop if end else ''}{end}"]
    return whole if _length(whole) <= _MOST - 20 else [*said, f".{end}"]  # their long words break lines early


def _failed(step: Step) -> Saying:
    words = first_line(step.error, 300)
    if step.failed == "desired":
        return _with(["The wish cannot be read, so nobody looks"], words, " It tries again.")
    if step.failed == "observe":
        return _with(["The loop could not look"], words, " It tries again.")
    return _with(["The loop looked, but ", {"b": step.failed}, " failed"], words, " It tries again.")


def _counts(step: Step) -> Saying:
    wished, differs = len(step.desired), step.difference.values()
    changed = sum(1 for how in differs if how == "changed")
    run = wished - changed - sum(1 for how in differs if how == "missing")
    how = " as wished" if changed else ""  # the others run too, but another image
    if not wished:
        return ["Nothing is wished for"]
    if wished == 1:
        return ["One is wished for, " + ("and it runs" if run else f"but it does not run{how}")]
    start = number(wished).capitalize() + " are wished for, "
    if run == wished:
        return [start + ("and both run" if wished == 2 else f"and all {number(wished)} run")]
    some = {0: "none of them runs", 1: "one of them runs"}.get(run, f"{number(run)} of them run")
    return [start + some + how]


def _nothing(last: Step | None) -> Saying:
    """That there is nothing to do, and which pass has seen to it."""
    if last is None or last.error is not None:
        return ["There is nothing to do."]
    if not last.decisions:
        return [f"Pass {last.number:,} found nothing to do."]
    did: Saying = []
    for verb, past in (("stop", "stopped "), ("start", "started ")):
        done = [d.action.name for d in last.decisions if d.action.verb == verb and d.outcome in ("done", "submitted")]
        if done:
            did += [" and " if did else "", past, *(names(done) if len(done) == 1 else [number(len(done))])]
    if not did:
        return ["There is nothing to do."]
    return [f"Pass {last.number:,} ", *did, "; a look since then finds nothing more to do."]


def _clauses(step: Step, at: float, failed: Mapping[str, Exception]) -> Iterator[tuple[Saying, int]]:
    """What is said of the names that differ, and of how many of them."""
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
            key = ("backing off", decision.action.verb) if decision.delay else (
                "queued", decision.why.rpartition("; ")[2])
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
            said = _failure(some[0], step, decided.get(some[0]), failed.get(some[0]), 66 if len(groups) == 1 else 40)
        else:
            said = _clause(key, some, step)
        yield said, len(some)


def _failure(name: str, step: Step, decision: Decision | None, error: Exception | None, most: int) -> Saying:
    held = step.held.get(name)
    verb = "starting " if (held or decision).action.verb == "start" else "stopping "
    waits = ", so it waits" if held or decision.outcome == "wait" else ""
    words = first_line(decision.error if decision and decision.error else error, 300, kind=False).rstrip(".")
    fits = len(words) + len(waits) + min(len(name), 20) <= most + 10  # else they stand in the row alone
    return [verb, *names([name]), " failed", waits, *([": ", words] if fits else [])]


def _clause(key: tuple, some: list[str], step: Step) -> Saying:
    who, one = names(some, 2 if sum(map(len, some[:2])) <= 24 else 1), len(some) == 1
    are, they = ("is", "it is") if one else ("are", "they are")
    match key:
        case "acts", "stop", "extra", _, following:
            return ["nobody wished for ", *who, f", so {they} stopped{following}"]
        case "acts", "stop", _, _, following:
            others = {short(step.observed[name]) for name in some}
            run = f"run{'s' if one else ''} {others.pop()}" if len(others) == 1 else "are not as wished"
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
    return [*who, f" wait{'s' if one else ''}: {key[1]}"]


def _length(saying: Saying) -> int:
    return sum(len(piece) if isinstance(piece, str) else len(piece.get("b", "")) for piece in saying)

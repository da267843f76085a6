"""Is what a ``reconcile`` returned a report, and does it say what happened? If not, which hint fits?"""

from mini_k8s.control_loop import Action
from mini_k8s.workshop.exercises.control_loop.reconcile_world import changed, short
from mini_k8s.workshop.exercises.words import countable, say, tally


def wrong_form(did) -> tuple[str, dict] | None:
    """What was returned is no report; None when it is one, right or wrong."""
    if not isinstance(did.value, tuple) or isinstance(did.value, Action):
        return "no-report", {"item": short(did.value)}
    if issubclass(did.kind, dict):
        return "dict-of-results", {}
    for item in did.value:
        if not isinstance(item, (tuple, list)) or len(item) != 2:
            return "no-pairs", {"item": short(item)}
        if isinstance(item[1], Action) and not isinstance(item[0], Action):
            return "pairs-reversed", {}
        if not isinstance(item[0], Action):
            return "no-pairs", {"item": short(tuple(item))}
    return None


def wrong_report(did, world) -> tuple[str, dict] | None:
    """The hint for pairs that do not say what happened; None when they do."""
    results = [tuple(pair) for pair in did.value]
    told = tally(action for action, _ in results)
    twice = [action for action, _ in results if told[countable(action)] > 1]
    if twice:
        return "reported-twice", {"action": str(twice[0])}
    for action, error in results:
        facts = {"action": str(action), "item": short(error)}
        if action not in world.right:
            return "reports-more", facts
        raised = world.fails.get(action.name)
        if _same(error, raised):
            continue
        if any(error is other for other in world.fails.values()):
            return "stale-error", facts
        if raised is None:
            return "not-none", facts
        return ("swallowed" if error is None else "not-the-error"), facts | {"error": short(raised)}
    missing = [action for action in world.right if action not in told]
    if not missing:
        return None
    failed = [action for action in missing if action.name in world.fails]
    return ("left-out" if failed else "only-errors"), {"action": str((failed or missing)[0])}


def _same(error: object, raised: BaseException | None) -> bool:
    """The one that was raised, or a copy of it: asyncio and a process pool hand on copies."""
    return error is raised or (type(error) is type(raised) and error.args == raised.args)


def told(world, did) -> str:
    """What was returned, as short as can be; or how it ended."""
    if did.trouble:
        return did.trouble.did
    if not isinstance(did.value, tuple):
        printed = did.printed.strip()
        return f"returned {say(did.value)}" + (f", and printed {printed[:60]}" if printed else "") + changed(did)
    if did.kind is tuple:
        return f"returned {short(did.value)}{changed(did)}"
    kind = "" if did.kind is list else f"a {did.kind.__name__}, which gives "
    return f"returned {kind}{short(list(did.value))}{changed(did)}"

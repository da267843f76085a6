"""Why did this ``retry_on_conflict`` do what it did? From what happened in its world to the hint."""

from mini_k8s.errors import Conflict
from mini_k8s.objects import Object
from mini_k8s.workshop.exercises.client.retry_on_conflict_world import World, went_on
from mini_k8s.workshop.exercises.words import say


def why(learner, world: World, did) -> tuple[str, dict]:
    """The hint, and its facts."""
    again = world.again()
    if again.is_right(again.run(learner.fresh())):
        return "memory", {"kept": learner.kept()}
    facts = {"writes": str(len(world.written)), "tries": str(world.most)}
    if went_on(did):
        return "for-ever", facts
    if did.trouble and not _of_the_world(did.trouble.error, world):
        return _own_error(did.trouble, world)
    if not world.written and not world.fails:
        return "never-writes", {}
    if found := _wrote_wrong(world):
        return found, facts
    if world.fails:
        (where, error), = world.fails.items()
        return _kept_error(world, did), facts | {"kind": type(error).__name__, "where": where}
    return _ended_wrong(world, did), facts | {"value": say(did.raw, 80)}


def _of_the_world(error: BaseException, world: World) -> bool:
    return isinstance(error, Conflict) or any(error is one for one in world.fails.values()) or (
        isinstance(error, Exception) and _made_of(error, world))


def _made_of(error: BaseException, world: World) -> bool:
    """Was it raised because of one of the world's, by purpose?"""
    cause = error.__cause__ or error.__context__
    if isinstance(error, TypeError | NameError | AttributeError | KeyError | IndexError):
        return False
    return isinstance(cause, Conflict) or any(cause is one for one in world.fails.values())


def _own_error(trouble, world: World) -> tuple[str, dict]:
    """Neither Conflict nor what ``read``, ``change`` and ``write`` raised here."""
    error, text = trouble.error, trouble.text
    if trouble.hint == "raises" and isinstance(error, TypeError):
        if any(f"{name}() " in text for name in ("read", "change", "write")):
            return "called-wrong", trouble.facts
        if "shared by everybody" in text:
            return "changes-it", trouble.facts
    if trouble.hint == "raises-outside" and world.tries is None and "missing 1 required" in text:
        return "no-default", trouble.facts
    if trouble.hint == "raises" and world.lost_by_all and not isinstance(
            error, TypeError | NameError | AttributeError | KeyError | IndexError):
        return "other-error", trouble.facts | {"kind": type(error).__name__}
    return trouble.hint, trouble.facts


def _wrote_wrong(world: World) -> str:
    """The hint for what came to ``write``, and was accepted; empty when it was as it should be."""
    if world.undone:
        said = world.accepted[0]["metadata"].get("resourceVersion")
        return "no-version" if said is None else "pasted"
    if world.accepted and world.restarts == 0:
        return "unchanged"
    if len(world.accepted) > 1:
        return "goes-on"
    if world.accepted and world.restarts > 1:
        return "changed-twice"
    return ""


def _kept_error(world: World, did) -> str:
    """Something else than a conflict went wrong, and did not come out at once."""
    (where, error), = world.fails.items()
    if world._calls(where) > world.rivals + 1:
        return "retries-all"
    if not isinstance(error, Exception):
        return "stops-stop"
    if did.trouble is None:
        return "swallows-others"
    if isinstance(did.trouble.error, Conflict):
        return "no-retry" if world.rivals and len(world.written) == 1 else "replaces-others"
    return "replaces-others"


def _ended_wrong(world: World, did) -> str:
    """How often it tried, and how it ended."""
    writes, error = len(world.written), did.trouble.error if did.trouble else None
    if isinstance(error, Conflict):
        if writes > world.most:
            return "once-more"
        if writes == 1:
            return "no-retry"
        if writes == world.most and _same_state(world.written):
            return "reads-once"
        return "too-few"
    if error is not None:
        return "other-error"
    if writes > world.rivals + 1 and world.accepted:
        return "once-more"
    if world.lost_by_all:
        return "once-more" if writes > world.most else "swallowed"
    if not world.accepted:
        return "reads-once" if _same_state(world.written) and writes > 1 else "swallowed"
    if did.raw is None:
        return "nothing-back"
    return "returns-changed"


def _same_state(written: list) -> bool:
    """All of them were made from one and the same version."""
    return len({obj["metadata"].get("resourceVersion") for obj in written if isinstance(obj, Object)}) == 1

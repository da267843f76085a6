"""Exercise 3.2: what is true of every right ``retry_on_conflict``?

The checks stand in a small world with one object and a rival, and look at what is stored there in the end.
"""

from collections.abc import Callable, Iterable

from mini_k8s.errors import Forbidden, Invalid, NotFound, ServiceUnavailable
from mini_k8s.workshop.exercises import Check, Exercise, Finding
from mini_k8s.workshop.exercises.client.retry_on_conflict_hints import HINTS
from mini_k8s.workshop.exercises.client.retry_on_conflict_why import why
from mini_k8s.workshop.exercises.client.retry_on_conflict_world import World


def _calm() -> Iterable[World]:
    yield from (World(), World(tries=1), World(tries=3))


def _raced() -> Iterable[World]:
    yield from (World(rivals=1), World(rivals=2), World(rivals=4), World(rivals=1, tries=2))


def _counted() -> Iterable[World]:
    yield from (World(rivals=99, tries=3), World(rivals=99, tries=1), World(rivals=99, tries=2), World(rivals=99),
                World(rivals=99, tries=7), World(rivals=2, tries=3), World(rivals=6, tries=7),
                World(rivals=9, tries=12))


def _broken() -> Iterable[World]:
    yield from (
        World(fails={"write": NotFound("there is no Pod default/web.")}),
        World(fails={"read": ServiceUnavailable("nobody answers.")}),
        World(fails={"change": Invalid("spec.image: Required value")}),
        World(fails={"write": ValueError("a bad value")}),
        World(fails={"write": Forbidden("the namespace is being deleted.")}, rivals=1),
        World(fails={"read": NotFound("there is no Pod default/web.")}, rivals=1),
        World(fails={"write": KeyboardInterrupt("the stop button")}),
    )


def _once_more() -> Iterable[World]:
    yield from (World(), World(rivals=1), World(rivals=99, tries=2), World(), World(rivals=1))


def _in(worlds: Callable[[], Iterable[World]], endless: str = "for-ever"):
    def test(learner) -> Finding | None:
        learner.endless = endless
        for world in worlds():
            did = world.run(learner)
            if not world.is_right(did):
                hint, facts = why(learner, world, did)
                return Finding(hint, world.given, world.wanted, world.happened(did), did.printed, facts)
        return None
    return test


RETRY_ON_CONFLICT = Exercise(
    "3.2", "mini_k8s.client:retry_on_conflict", "begin anew where somebody else was faster",
    (
        Check("where nobody else writes, one try is enough", _in(_calm)),
        Check("where somebody was faster, nobody's change is lost", _in(_raced)),
        Check("it tries as often as it may, then the Conflict comes out", _in(_counted)),
        Check("every other error comes out at once", _in(_broken)),
        Check("the next call begins anew", _in(_once_more)),
    ),
    HINTS,
    called="Everybody who changes an object calls it.",
)

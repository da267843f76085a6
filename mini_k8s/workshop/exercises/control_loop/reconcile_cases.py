"""The worlds in which a ``reconcile`` is tried. The smallest come first, for the first that goes wrong is shown."""

from mini_k8s.errors import Conflict, NotFound
from mini_k8s.workshop.exercises.control_loop.diff_cases import CHANGED, EQUAL, MISSING, MIXED, UNWISHED, generated
from mini_k8s.workshop.exercises.control_loop.reconcile_world import World


class EngineAway(Exception):
    """A failure of a kind that no learner can have named in an ``except``."""


KINDS = (  # of failures that somebody may have named there, each for a purpose of its own
    RuntimeError, ValueError, TypeError, KeyError, IndexError, AttributeError, OSError, FileNotFoundError,
    PermissionError, ConnectionError, ConnectionRefusedError, ConnectionResetError, BrokenPipeError, TimeoutError,
    InterruptedError, ArithmeticError, ZeroDivisionError, AssertionError, EOFError, NotFound, Conflict, EngineAway)

TWO = {"a": "web:1", "b": "web:2"}
THREE = {"a": "web:1", "b": "web:2", "c": "db:1"}
TWELVE = {f"web-{n}": "web:1" for n in range(1, 13)}


def plain() -> list[World]:
    """Nothing fails."""
    cases = [*MISSING[:3], *UNWISHED[:3], *EQUAL[:3], *CHANGED[:5], *MIXED, (TWELVE, {}),
             *generated(seed=11, count=20)]
    return [World(desired, observed) for desired, observed in cases]


def failing() -> list[World]:
    """Something fails: first, last, every one, of every kind."""
    with_a_cause = EngineAway("no room")
    with_a_cause.__cause__ = OSError("the disk is full")
    return [
        World(TWO, {}, {"a": RuntimeError("no such image")}),
        World(THREE, {}, {"b": RuntimeError("no room")}),
        World(THREE, {}, {"c": ValueError("bad name")}),
        World(THREE, {}, {"a": OSError("engine away"), "b": KeyError("b"), "c": EngineAway("gone")}),
        World({}, THREE, {"b": EngineAway("it will not stop")}),
        World(THREE, {"a": "web:0", "d": "db:1"}, {"a": TimeoutError("it will not stop"), "b": AssertionError("no")}),
        World({"a": "web:1", "b": "web:1"}, {"c": "web:1"}, {"c": ArithmeticError("no")}),
        *(World(TWO, {}, {"a": kind("it failed")}) for kind in KINDS),
        World(TWO, {}, {"a": with_a_cause}),
        *(World({}, TWO, {"a": kind("it failed")}) for kind in (RuntimeError, EngineAway)),
        World(TWELVE, {}, {name: RuntimeError("no such image") for name in TWELVE}),
    ]


def to_report() -> list[World]:
    """Whatever may have to be told."""
    one = World({"a": "web:1"}, {}, {"a": RuntimeError("no such image")})
    receipts = [World(*MISSING[0], receipt="done"), World(*UNWISHED[0], receipt=RuntimeError("not raised"))]
    return [World(*MISSING[0]), World(*EQUAL[0]), one, *failing(), *plain(), *receipts]


def once_more() -> list[World]:
    """Here is a reason to act again, or to return too early."""
    return [World({"a": "web:1", "b": "web:1"}, {"b": "web:0"}, heeds=False),
            World({}, {"a": "web:1"}, heeds=False),
            World({"a": "web:1"}, {}, slow=0.05)]


def stopped() -> list[World]:
    """Stop is pressed while ``act`` is at work."""
    return [World({"a": "web:1"}, {}, {"a": stop})
            for stop in (KeyboardInterrupt("Stop was pressed"), SystemExit("the kernel ends"))]


def stopped_looking() -> list[World]:
    """Stop is pressed while ``observe`` is at work."""
    return [World({"a": "web:1"}, {}, blind=KeyboardInterrupt("Stop was pressed"))]


def blind() -> list[World]:
    """The look fails."""
    return [World({"a": "web:1"}, seen, blind=kind("no answer"))
            for kind in (EngineAway, *KINDS) for seen in ({"a": "web:1"}, {})]

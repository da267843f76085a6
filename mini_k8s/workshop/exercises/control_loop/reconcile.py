"""Exercise 2.2: what is true of every right ``reconcile``, and what does a wrong one show?

The checks stand in a small world and look at what happened there: what was tried, in how many looks, what was reported.
How the answer is written, and what it calls on the way, is its own business.
"""

from mini_k8s.control_loop import Action
from mini_k8s.workshop.exercises import Check, Exercise, Finding
from mini_k8s.workshop.exercises.control_loop import reconcile_why as why
from mini_k8s.workshop.exercises.control_loop.diff import CHANGED, EQUAL, MISSING, MIXED, UNWISHED, expected, generated
from mini_k8s.workshop.exercises.control_loop.reconcile_hints import HINTS
from mini_k8s.workshop.exercises.words import several, show, tally


class EngineAway(Exception):
    """A failure of a kind that no learner can have named in an ``except``."""


class World:
    """What runs, and what happens to it.

    fails     for which names ``act`` raises what
    receipt   what ``act`` returns where it went well; that is no error, whatever it is
    """

    def __init__(self, desired: dict, observed: dict, fails: dict[str, BaseException] | None = None,
                 heeds: bool = True, receipt: object = None):
        self.desired, self.began, self.fails, self.heeds = desired, observed, fails or {}, heeds
        self.receipt = receipt
        self.running = dict(observed)
        self.right = expected(desired, observed)
        self.tried: list[object] = []
        self.looks = 0
        self.tried_at_return: int | None = None

    def run(self, learner):
        """Let the learner's function make its pass here; returns what it did."""
        learner.case = lambda: {"given": self.given, "expected": self.wanted}

        def observe():
            self.looks += 1
            return dict(self.running)

        def act(action):
            self.tried.append(action)
            if not isinstance(action, Action):
                raise TypeError(f"act() was given {show(action)}, and that is no Action")
            if action.name in self.fails:
                raise self.fails[action.name]
            if self.heeds:
                if action.verb == "stop":
                    self.running.pop(action.name, None)
                else:
                    self.running[action.name] = action.what
            return self.receipt

        def returned():
            self.tried_at_return = len(self.tried)

        return learner(self.desired, observe, act, returned=returned)

    @property
    def given(self) -> str:
        lines = [f"desired  = {show(self.desired)}", f"observed = {show(self.began)}"]
        lines += [f"act fails for {show(n)}: {type(e).__name__}({show(str(e))})" for n, e in self.fails.items()]
        if self.receipt is not None:
            lines.append(f"act returns {show(self.receipt)}")
        if not self.heeds:
            lines.append("act raises nothing, and nothing changes (a bad image)")
        return "\n".join(lines)

    @property
    def wanted(self) -> str:
        return "one look, then " + (several(self.right) if self.right else "nothing to do")

    @property
    def tried_right(self) -> bool:
        """Every action was tried once, and before the function returned."""
        in_time = self.tried_at_return in (None, len(self.tried))
        return in_time and all(isinstance(a, Action) for a in self.tried) and tally(self.tried) == tally(self.right)

    def happened(self) -> str:
        looks = {0: "no look", 1: "one look"}.get(self.looks, f"{self.looks} looks")
        return f"{looks}, then {several(self.tried)}" if self.looks < 2 else f"{looks}; tried {several(self.tried)}"


def _plain() -> list[World]:
    cases = [*MISSING[:3], *UNWISHED[:3], *EQUAL[:3], *CHANGED[:5], *MIXED, *generated(seed=11, count=20)]
    return [World(desired, observed) for desired, observed in cases]


def _failing() -> list[World]:
    three = {"a": "web:1", "b": "web:2", "c": "db:1"}
    return [
        World({"a": "web:1"}, {}, {"a": RuntimeError("no such image")}),
        World(three, {}, {"a": RuntimeError("no such image")}),
        World(three, {}, {"b": RuntimeError("no room")}),
        World(three, {}, {"c": ValueError("bad name")}),
        World(three, {}, {"a": OSError("engine away"), "b": KeyError("a"), "c": EngineAway("gone")}),
        World({}, three, {"b": EngineAway("it will not stop")}),
        World(three, {"a": "web:0", "d": "db:1"}, {"a": TimeoutError("it will not stop"), "b": AssertionError("no")}),
        World({"a": "web:1", "b": "web:1"}, {"c": "web:1"}, {"c": ArithmeticError("no")}),
    ]


def _finding(hint: str, world: World, did, said: str = "", expected: str = "", **facts: str) -> Finding:
    return Finding(hint, world.given, expected or world.wanted, said or world.happened(), did.printed, facts)


# The checks.

def _acts(learner) -> Finding | None:
    for world in _plain():
        did = world.run(learner)
        if did.changed:
            return _finding("edits-desired", world, did, "changed desired", name="desired")
        if did.trouble:
            hint, facts = why.it_raised(did.trouble, world)
            return _finding(hint, world, did, did.trouble.did, **facts)
        if not world.tried_right:
            return _finding(why.it_acted_so(learner, world, did, World), world, did)
    return None


def _looks(learner) -> Finding | None:
    for world in _plain():
        did = world.run(learner)
        if did.trouble or world.looks != 1:
            return _finding(why.it_looked_so(learner, world, World), world, did)
    return None


def _goes_on(learner) -> Finding | None:
    for world in _failing():
        did = world.run(learner)
        if did.trouble or not world.tried_right:
            hint, facts = why.it_failed_so(learner, world, did, World)
            said = world.happened() + (f", and {did.trouble.did}" if did.trouble else "")
            return _finding(hint, world, did, said, **facts)
    return None


def _tells(learner) -> Finding | None:
    receipts = [World(*MISSING[0], receipt="done"), World(*UNWISHED[0], receipt=RuntimeError("not raised"))]
    for world in [World(*MISSING[0]), World(*EQUAL[0]), *_failing(), *_plain(), *receipts]:
        did = world.run(learner)
        if did.trouble and any(did.trouble.error is e for e in world.fails.values()):
            return _finding("no-try", world, did, did.trouble.did)
        hint, facts = why.it_told_so(learner, world, did, World)
        if hint:
            wanted = ", ".join(f"({a}, {why.short(world.fails.get(a.name))})" for a in world.right)
            said = did.trouble.did if did.trouble else f"returned {why.told(did)}"
            return _finding(hint, world, did, said, f"[{wanted}]", **facts)
    return None


def _can_be_stopped(learner) -> Finding | None:
    for desired, observed in (({"a": "web:1", "b": "web:1"}, {"b": "web:0"}), ({}, {"a": "web:1"})):
        world = World(desired, observed, heeds=False)
        did = world.run(learner)
        if did.trouble is None and (not world.tried_right or world.looks > 1):
            more = len(world.tried) > len(world.right)
            return _finding("until-equal" if more else why.it_looked_so(learner, world, World), world, did)
    for stop in (KeyboardInterrupt("Stop was pressed"), SystemExit("the kernel ends")):
        world = World({"a": "web:1"}, {}, {"a": stop})
        did = world.run(learner)
        if did.trouble is None or did.trouble.error is not stop:
            said = f"returned {why.told(did)}" if did.trouble is None else did.trouble.did
            return _finding("stops-stop", world, did, said, f"{type(stop).__name__} comes through")
    return None


RECONCILE = Exercise(
    "2.2", "mini_k8s.control_loop:reconcile", "make one pass",
    (
        Check("every action of diff is tried, once", _acts, endless="until-equal"),
        Check("it looks once, at the world as it is now", _looks, endless="until-equal"),
        Check("one failure holds up no other", _goes_on, endless="retries"),
        Check("it tells what went well and what did not", _tells, endless="until-equal"),
        Check("it makes one pass, and Stop can stop it", _can_be_stopped, endless="until-equal"),
    ),
    HINTS,
)


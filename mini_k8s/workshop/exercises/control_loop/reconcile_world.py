"""The world in which a ``reconcile`` is tried: what runs there, what fails there, and what was done to it."""

from mini_k8s.control_loop import Action
from mini_k8s.workshop.exercises.control_loop.diff_cases import expected
from mini_k8s.workshop.exercises.words import several, show, tally


class World:
    """What runs, and what happens to it.

    fails     for which names ``act`` raises what
    heeds     False: actions raise nothing, and change nothing
    receipt   what ``act`` returns where it went well; that is no error, whatever it is
    blind     what ``observe`` raises
    """

    def __init__(self, desired: dict, observed: dict, fails: dict[str, BaseException] | None = None,
                 heeds: bool = True, receipt: object = None, blind: BaseException | None = None):
        self.desired, self.began, self.fails, self.heeds = desired, observed, fails or {}, heeds
        self.receipt, self.blind = receipt, blind
        self.running = dict(observed)
        self.right = expected(desired, observed)
        self.tried: list[object] = []
        self.looks = 0
        self.tried_at_return: int | None = None

    def run(self, learner):
        """Let the learner's function make its pass here; returns what it did."""
        learner.case = lambda: {"given": self.given, "expected": self.wanted()}

        def observe():
            self.looks += 1
            if self.blind:
                raise self.blind
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

        act.__qualname__, observe.__qualname__ = "act", "observe"  # how Python calls them when it complains

        def returned():
            self.tried_at_return = len(self.tried)

        return learner(self.desired, observe, act, returned=returned)

    def again(self) -> "World":
        """The same once more, as it was in the beginning."""
        return World(self.desired, self.began, self.fails, self.heeds, self.receipt, self.blind)

    @property
    def given(self) -> str:
        lines = [f"desired  = {show(self.desired)}", f"observed = {show(self.began)}"]
        lines += [f"act fails for {show(n)}: {short(e)}" for n, e in self.fails.items()]
        if self.receipt is not None:
            lines.append(f"act returns {show(self.receipt)}")
        if self.blind:
            lines.append(f"observe fails: {short(self.blind)}")
        if not self.heeds:
            lines.append("act raises nothing, and nothing changes (a bad image)")
        return "\n".join(lines)

    @property
    def errors(self) -> list[BaseException]:
        """What ``observe`` and ``act`` raise here."""
        return [*([self.blind] if self.blind else []), *self.fails.values()]

    def way_out(self) -> str:
        """What has to come out of the function."""
        return " and ".join(f"{type(error).__name__} comes out of your function" for error in self.errors)

    def wanted(self) -> str:
        """What a pass does here."""
        if self.blind:
            return f"one look, and {self.way_out()}"
        return "one look, then " + (several(self.right) if self.right else "nothing to do")

    @property
    def tried_right(self) -> bool:
        """Every action was tried once, and before the function returned."""
        in_time = self.tried_at_return in (None, len(self.tried))
        return in_time and all(isinstance(a, Action) for a in self.tried) and tally(self.tried) == tally(self.right)

    def report(self) -> str:
        """The report that is wanted."""
        return "[" + ", ".join(f"({a}, {short(self.fails.get(a.name))})" for a in self.right) + "]"

    def happened(self, did) -> str:
        looks = {0: "no look", 1: "one look"}.get(self.looks, f"{self.looks} looks")
        tried = f"{looks}, then {several(self.tried)}" if self.looks < 2 else f"{looks}; tried {several(self.tried)}"
        return f"{tried}, and {did.trouble.did}" if did.trouble else tried


def short(value: object) -> str:
    """An action as 'start web (web:1)', an error as 'ValueError("bad name")'."""
    if isinstance(value, BaseException):
        return f"{type(value).__name__}({show(str(value))})"
    return str(value) if isinstance(value, Action) else show(value)

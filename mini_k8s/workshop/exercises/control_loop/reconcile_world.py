"""The world in which a ``reconcile`` is tried: what runs there, what fails there, and what was done to it."""

import threading
from dataclasses import replace

from mini_k8s.control_loop import Action
from mini_k8s.workshop.exercises.control_loop.diff_cases import expected
from mini_k8s.workshop.exercises.words import several, show, tally


class Enough(BaseException):
    """Raised into a function that looks and acts on and on, so that what it did can be told."""


class World:
    """What runs, and what happens to it.

    fails     for which names ``act`` raises what
    heeds     False: actions raise nothing, and change nothing
    receipt   what ``act`` returns where it went well; that is no error, whatever it is
    blind     what ``observe`` raises
    slow      seconds that ``act`` takes in a thread of its own, where nobody sees whether it is waited for
    """

    def __init__(self, desired: dict, observed: dict, fails: dict[str, BaseException] | None = None,
                 heeds: bool = True, receipt: object = None, blind: BaseException | None = None, slow: float = 0.0):
        self.desired, self.began, self.fails, self.heeds = desired, observed, fails or {}, heeds
        self.receipt, self.blind, self.slow = receipt, blind, slow
        self.running = dict(observed)
        self.right = expected(desired, observed)
        self.tried: list[object] = []
        self.ended: list[object] = []
        self.looks = 0
        self.elsewhere = False  # act was called in a thread of its own
        self.ended_at_return: int | None = None
        self._most = 40 + 10 * len({**desired, **observed})  # looks and actions; a pass needs far fewer

    def run(self, learner):
        """Let the learner's function make its pass here; returns what it did."""
        learner.case = lambda: {"given": self.given, "expected": self.wanted()}
        here = threading.current_thread()

        def observe():
            self.looks += 1
            self._not_for_ever()
            if self.blind:
                raise self.blind
            return dict(self.running)

        def act(action):
            self.tried.append(action)
            try:
                self._not_for_ever()
                if not isinstance(action, Action):
                    raise TypeError(f"act() was given {show(action)}, and that is no Action")
                return self._act(action, threading.current_thread() is not here)
            finally:
                self.ended.append(action)

        act.__qualname__, observe.__qualname__ = "act", "observe"  # how Python calls them when it complains

        def returned():
            self.ended_at_return = len(self.ended)

        did = learner(self.desired, observe, act, returned=returned)
        if went_on(did):
            did = replace(did, trouble=replace(did.trouble, did="went on and on until it was stopped"))
        return did

    def _act(self, action: Action, elsewhere: bool) -> object:
        self.elsewhere = self.elsewhere or elsewhere
        if elsewhere and self.slow:
            threading.Event().wait(self.slow)
        error = self.fails.get(action.name)
        if error and (isinstance(error, Exception) or not elsewhere):  # Stop is pressed in the main thread, always
            raise error
        if self.heeds and action.verb == "stop":
            self.running.pop(action.name, None)
        elif self.heeds:
            self.running[action.name] = action.what
        return self.receipt

    def _not_for_ever(self) -> None:
        if self.looks + len(self.tried) > self._most:
            raise Enough

    def again(self, fails: dict[str, BaseException] | None = None) -> "World":
        """The same once more, as it was in the beginning; with other failures where they are given."""
        return World(self.desired, self.began, self.fails if fails is None else fails, self.heeds, self.receipt,
                     self.blind, self.slow)

    # What is said of it.

    @property
    def given(self) -> str:
        lines = [f"desired  = {show(self.desired)}", f"observed = {show(self.began)}"]
        if len(self.fails) > 3:
            lines.append(f"act fails for all: {short(next(iter(self.fails.values())))}")
        else:
            lines += [f"act fails for {show(n)}: {short(e)}" for n, e in self.fails.items()]
        if self.receipt is not None:
            lines.append(f"act returns {short(self.receipt)}")
        if self.blind:
            lines.append(f"observe fails: {short(self.blind)}")
        if not self.heeds:
            lines.append("act raises nothing, and nothing changes (a bad image)")
        return "\n".join(lines)

    @property
    def errors(self) -> list[BaseException]:
        """What ``observe`` and ``act`` raise here."""
        return [*([self.blind] if self.blind else []), *self.fails.values()]

    @property
    def left(self) -> list[Action]:
        """What ``diff`` asks for and was not tried."""
        return list((tally(self.right) - tally(self.tried)).elements())

    @property
    def late(self) -> bool:
        """Something was still to be done when the function had returned."""
        return self.ended_at_return is not None and self.ended_at_return < len(self.tried)

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
        return not self.late and all(isinstance(a, Action) for a in self.tried) and (
            tally(self.tried) == tally(self.right))

    def report(self) -> str:
        """The report that is wanted."""
        return "[" + ", ".join(f"({a}, {short(self.fails.get(a.name))})" for a in self.right) + "]"

    def happened(self, did) -> str:
        looks = {0: "no look", 1: "one look"}.get(self.looks, f"{self.looks} looks")
        tried = f"{looks}, then {several(self.tried)}" if self.looks < 2 else f"{looks}; tried {several(self.tried)}"
        if self.late and not self.elsewhere:
            tried = f"returned, and while its answer was read: {tried}"
        return f"{tried}, and {did.trouble.did}" if did.trouble else tried + changed(did)


def went_on(did) -> bool:
    """Was it stopped by ``Enough``?"""
    return did.trouble is not None and isinstance(did.trouble.error, Enough)


def changed(did) -> str:
    return ", and changed desired" if did.changed else ""


def short(value: object) -> str:
    """An action as 'start web (web:1)', an error as 'ValueError("bad name")'; in a list or a pair, each of them."""
    if isinstance(value, BaseException) and isinstance(value.args, tuple):
        return f"{type(value).__name__}({', '.join(show(part) for part in value.args)})"
    if type(value) in (list, tuple):
        inside = ", ".join(short(part) for part in value[:6]) + (", …" if len(value) > 6 else "")
        return f"[{inside}]" if type(value) is list else f"({inside}{',' if len(value) == 1 else ''})"
    return str(value) if isinstance(value, Action) else show(value)

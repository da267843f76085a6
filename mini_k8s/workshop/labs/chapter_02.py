"""Chapter 2's workbench: a loop paused and half hidden, a stream of events that can lose some, a loop to be killed."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from mini_k8s.record import Step
from mini_k8s.runtimes import Event
from mini_k8s.workshop.folder import Folder
from mini_k8s.workshop.labs.lab import told
from mini_k8s.workshop.labs.looping import ANEW, Looping
from mini_k8s.workshop.labs.losses import Losses

_TOLD = 10  # passes that are told in words

GATE = "Two containers died while the loop was dead. How did the new loop know which?"
REPLIES = {
    "It read the events it had missed.":
        "Those events are gone: nobody was there to hear them, and a new stream begins now. What can it still look at?",
    "It remembered the last pass of the old loop.":
        "The old loop took its memory with it, and the new one began at pass 1. What does pass 1 begin with?",
    "It does not know. It looked, and compared.":
        "Yes. It cannot tell who died, when, or how often. It sees that two wished names are not there, "
        "and that is all it has to know.",
}


class Lab(Looping):
    """Three ``web`` containers, and everything that chapter 2 does with them."""

    chapter, module = 2, "mini_k8s.control_loop"
    gate_question = GATE, REPLIES
    outcomes = ("two, for ever", "try it once and report it", "two", "after the loop's next look",
                "twice as long as the third", "they run on, and nobody watches over them", "start the two missing ones")

    def _open(self, folder: Folder | None) -> None:
        self.grey = {"difference": "yours to build in 2.1", "action": "yours to build in 2.2"}
        self._reactions = ThreadPoolExecutor(1, "on_die")  # one after the other, in the order heard
        self._on_die: Callable[[str], object] | None = None
        self._trouble: list[str] = []
        self._loses = Losses()
        super()._open(folder)

    # Events, and losing them.

    def react_with(self, on_die: Callable[[str], object] | None) -> None:
        """From now on call ``on_die(name)`` for every event that says "died". None: no longer."""
        self._on_die = on_die

    def lose_next_event(self) -> None:
        """The next "died" is told to nobody."""
        self._loses.next = True

    def lose_events(self, lose: bool = True) -> None:
        """From now on every "died" is told to nobody. False: they are told again."""
        self._loses.all = lose

    # The loop.

    def show_all(self) -> None:
        """From now on the picture has all its columns."""
        self.grey = {}
        self.picture.grey = self.grey

    def waits(self, name: str) -> list[float]:
        """How many seconds that name had to wait before each restart since it was wished for. At once is no wait."""
        waits: list[float] = []
        for step in reversed(list(self.loop.history)):
            if name not in step.desired:
                break
            waits += [float(d.delay) for d in step.decisions if d.action.name == name and d.delay]
        return waits[::-1]

    async def steps_until_desired(self, most: int = 10) -> None:
        """Press *Step* until a pass finds nothing to do; say what each pass did, also those that somebody pressed."""
        for _ in range(most):
            while self.loop.in_flight:
                await asyncio.sleep(0.02)
            last = self.loop.history.last
            if last and last.converged and last.desired == self.desired and last.observed == self.observe():
                break
            self.loop.step()
        passes = list(self.loop.history)
        if len(passes) > _TOLD:
            print(f"({len(passes) - _TOLD} earlier passes)")
        for step in passes[-_TOLD:]:
            print(f"pass {step.number}: {_did(step)}")
        if not passes[-1].converged:
            raise told(AssertionError(f"after {most} passes there is still something to do: {self.loop.look()!r}. "
                                      "Look at the picture for what holds it up."))

    def loop_should_be(self, state: str) -> None:
        """Say whether the loop is "alive" or "dead". Raises AssertionError when it is not as it should be."""
        really = "dead" if self.loop.closed else "alive"
        print(f"The loop is {really}.")
        if really != state:
            raise told(AssertionError(f"the loop should be {state} now. Run the cells of this section once more, from "
                                      "its heading on."))

    # What is otherwise here than in other labs.

    def close(self) -> None:
        self._no_longer_react()
        super().close()

    def let_go(self) -> None:
        self._no_longer_react()
        super().let_go()

    def _no_longer_react(self) -> None:
        self._on_die = None
        self._reactions.shutdown(wait=True, cancel_futures=True)  # else one of them might start something in the end

    def _events(self):
        return self._loses.filter(self.runtime.events())

    def _heard(self, event: Event) -> None:
        if event.kind == "died" and (on_die := self._on_die):
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                self._reactions.submit(self._react, on_die, event.name)

    def _react(self, on_die: Callable[[str], object], name: str) -> None:
        try:
            on_die(name)
        except Exception as error:  # the learner's function; shown with the next `watch`
            self._trouble.append(f"on_die({name!r}) raised {type(error).__name__}: {error}")

    def _refuse_trouble(self) -> None:
        if self._trouble:
            trouble, self._trouble = "\n".join(self._trouble), []
            raise told(AssertionError(f"{trouble}\nMend on_die, run its cell again, then this one."))

    def _next_step(self, *names: str) -> str:
        if self.loop.closed or self.loop.running:
            return super()._next_step(*names)
        if self._on_die is None:
            return f"Nobody starts anything before lab.react_with(on_die) or lab.loop.run(). {ANEW}"
        return f"on_die starts what it hears of, and nothing else. {ANEW}"

    def _say(self) -> None:
        super()._say()
        while self._trouble:
            print(self._trouble.pop(0))


def _did(step: Step) -> str:
    return ", ".join(sorted(str(decision.action) for decision in step.decisions)) or "nothing to do"

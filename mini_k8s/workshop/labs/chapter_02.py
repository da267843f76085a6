"""Chapter 2's workbench: three web containers, a stream of events that can lose some, and a loop that can be killed."""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from mini_k8s.backoff import Backoff
from mini_k8s.containers import ByName
from mini_k8s.control_loop import ControlLoop
from mini_k8s.errors import NotFound, StatusError
from mini_k8s.record import Action, Step
from mini_k8s.runtimes import ContainerSpec, Event
from mini_k8s.runtimes.choose import open_runtime
from mini_k8s.runtimes.hints import Hints
from mini_k8s.widgets.rows import failures
from mini_k8s.widgets.shot import shoot
from mini_k8s.workshop import build, parts
from mini_k8s.workshop.ask import Question
from mini_k8s.workshop.folder import Folder
from mini_k8s.workshop.labs.by_hand import kill_in_a_terminal, visit
from mini_k8s.workshop.labs.lab import Asking, told

IMAGE = "mini-k8s/web:1"
_ANEW = "Run the chapter's first cell again, which starts three new ones, and go on cell by cell."
_TOLD = 10  # passes that are told in words
_KERNEL = secrets.token_hex(3)  # without a learner's folder: one cluster for this kernel

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


class Lab(Asking):
    """Three ``web`` containers of this learner's own, and everything that chapter 2 does with them.

    desired     what should run, by name; change it as you like
    loop        the control loop, paused until it is run
    picture     the loop, to look at and to play with
    """

    chapter, module = 2, "mini_k8s.control_loop"

    def __init__(self):
        build.register()
        folder = Folder.current()
        owner = folder.owner if folder else _KERNEL
        self.runtime = open_runtime(f"chapter-2-{owner[:6]}", owner)
        try:
            self.runtime.lock()
            self._open(folder)
        except BaseException:
            self.runtime.close()
            raise

    def _open(self, folder: Folder | None) -> None:
        self.desired = {"web-1": IMAGE, "web-2": IMAGE, "web-3": IMAGE}
        self.containers = ByName(self.runtime, _spec)
        self._hands = ThreadPoolExecutor(8, "lab")
        self._reactions = ThreadPoolExecutor(1, "on_die")  # one after the other, in the order heard
        self._on_die: Callable[[str], object] | None = None
        self._trouble: list[str] = []
        self._loses = Losses()
        self._pictures = []  # of this loop and of those before it
        self._grey = {"difference": "yours to build in 2.1", "action": "yours to build in 2.2"}
        self._broken_at, self._killed = time.monotonic(), set()
        self.runtime.prepare(IMAGE, "mini-k8s/web:2")
        old = self.runtime.list()
        list(self._hands.map(lambda o: self.runtime.remove(o.id), old))
        list(self._hands.map(lambda name: self.start(name, self.desired[name]), self.desired))
        yours = parts.install_saved(folder) if folder else []
        self.start_loop()
        print(f"Three containers run on {self.runtime.name}: {self.runtime.why}")
        if old:
            print(f"Removed first: {len(old)} of your earlier run.")
        if yours:
            print(f"Yours already, from before: {', '.join(yours)}.")

    # The world, by hand.

    def observe(self) -> dict[str, str]:
        """name -> image of what runs at this moment."""
        return dict(sorted(self.containers.observe().items()))

    def act(self, action: Action) -> None:
        """Carry out one action: really start, or really stop, a container."""
        self.containers.act(action)

    def start(self, name: str, image: str) -> None:
        """Start a new container under that name."""
        self.act(Action("start", name, image))

    def kill(self, *names: str) -> None:
        """Kill containers at once, as ``docker kill`` does. Raises NotFound when one of them is not running."""
        running = {o.name: o.id for o in self.runtime.list() if o.alive}
        for name in names:
            if name not in running:
                raise told(NotFound(f"{name!r} is not running. Running now: {', '.join(sorted(running)) or 'nothing'}. "
                                    f"{self._next_step(name)}"))
        self._broken_at, self._killed = time.monotonic(), {running[name] for name in names}
        for name in names:
            self.runtime.stop(running[name], grace=0)

    def visit(self, name: str) -> str:
        """Ask the web server in that container for its page, and return what it answers."""
        for seen in self.runtime.list():
            if seen.name == name and seen.alive:
                return visit(self.runtime, seen)
        raise told(NotFound(f"{name!r} is not running, so nobody answers. {self._next_step(name)}"))

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

    def start_loop(self) -> None:
        """A new loop, without a memory, paused."""
        from mini_k8s.widgets.loop import LoopView

        self.loop = ControlLoop(lambda: self.desired, self.containers.observe, self.act, tidy=self.containers.tidy,
                                executor=self._hands, backoff=Backoff.workshop())
        self._hints = Hints(lambda: self._loses.filter(self.runtime.events()), self.loop.wake, self._heard)
        self._hints.listening.wait(5)
        self.picture = LoopView(self.loop, kill=self.kill, grey=self._grey)
        self._pictures.append(self.picture)

    def show_all(self) -> None:
        """From now on the picture has all its columns."""
        self._grey = {}
        self.picture.grey = self._grey

    def snapshot(self):
        """The picture as it is now, to stay in the notebook."""
        return self.picture.snapshot()

    def kill_loop(self) -> None:
        """The loop's thread ends, and with it whoever listened to events. The containers are not told."""
        self._hints.close()
        self.loop.close()

    async def watch(self, seconds: float) -> None:
        """Let ``seconds`` pass, while the pictures go on, and say what runs then."""
        await asyncio.sleep(seconds)
        self._say()

    async def until_desired(self, within: float = 30.0) -> float:
        """Wait until what is desired is there, and stays for a pass; return the seconds since the last ``kill``.

        Raises AssertionError with the last state seen when it takes longer than ``within`` seconds, and at once when
        ``on_die`` raised something.
        """
        end = time.monotonic() + within
        seen: object = None
        while time.monotonic() < end:
            if self._trouble:
                trouble, self._trouble = "\n".join(self._trouble), []
                raise told(AssertionError(f"{trouble}\nMend on_die, run its cell again, then this one."))
            try:
                seen = self.containers.observe()
            except StatusError as away:
                seen = away
            if seen == self.desired and not self._killed & {fact.id for fact in seen.facts.values()}:
                return time.monotonic() - self._broken_at
            await asyncio.sleep(0.05)
        raise told(AssertionError(f"after {within:g} s the wish has not come true.\n"
                                  f"desired   {self.desired}\nobserved  {seen}\n"
                                  f"loop      {self.loop!r}, {self.loop.latest!r}\n{self._next_step(*self.desired)}"))

    def _next_step(self, *names: str) -> str:
        """Who would start these names, and what to do."""
        if self.loop.closed:
            return "The loop is dead, so nobody starts anything. Begin again with the chapter's first cell."
        if self.loop.running:
            errors = failures(shoot(self.loop, 0.0)) if self.loop.latest else {}
            why = "".join(f"{name} could not be started: {errors[name]}\n" for name in names if name in errors)
            return f"{why}The loop is at it: look at the picture for what holds it up, and run this cell again then."
        if self._on_die is None:
            return f"Nobody starts anything before lab.react_with(on_die) or lab.loop.run(). {_ANEW}"
        return f"on_die starts what it hears of, and nothing else. {_ANEW}"

    async def next_look(self) -> None:
        """Wait until the loop has looked once more."""
        latest = self.loop.latest
        while self.loop.latest is latest and not self.loop.closed:
            await asyncio.sleep(0.01)

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

    def should_run(self, *names: str) -> None:
        """Say what runs. Raises AssertionError when it is not exactly these names, or, without names, what is desired,
        in the desired images."""
        seen = self.observe()
        print("running:", ", ".join(f"{name} ({image})" for name, image in seen.items()) or "nothing")
        wanted = {name: seen.get(name, "any image") for name in names} if names else self.desired
        if seen != wanted:
            again = ("Was a cell left out, or something killed besides? Run the cells of this section once more, from "
                     "its heading on; or all, from the first.")
            if self.loop.running:
                again = ("The loop is running, and starts what this cell takes to be dead. Nothing is wrong: read on; "
                         "or run all cells from the chapter's first." if names else self._next_step(*wanted))
            raise told(AssertionError(f"{', '.join(sorted(wanted))} should run now, and nothing else"
                                      + ("" if names else f", as desired: {wanted}") + f". {again}"))

    def loop_should_be(self, state: str) -> None:
        """Say whether the loop is "alive" or "dead". Raises AssertionError when it is not as it should be."""
        really = "dead" if self.loop.closed else "alive"
        print(f"The loop is {really}.")
        if really != state:
            raise told(AssertionError(f"the loop should be {state} now. Run the cells of this section once more, from "
                                      "its heading on."))

    def in_a_terminal(self, name: str) -> str:
        """What to type in a terminal to kill that container, whichever attempt it is at."""
        return kill_in_a_terminal(self.runtime, name)

    def gate(self) -> Question:
        """The question at the end."""
        return Question("2: gate", GATE, list(REPLIES), REPLIES)

    # The end.

    def close(self) -> None:
        """Remove everything that this chapter started, and say so."""
        self.loop.pause()
        self._on_die = None
        self._hands.shutdown()
        removed = len(self.runtime.list())
        self.runtime.down()
        if not self.loop.closed:
            self.loop.look()  # so that the picture ends with what is true
        self.let_go()
        for picture in self._pictures:
            picture.end("Its containers were removed when the chapter was closed.")
        print(f"Removed {removed} containers. Nothing of this chapter is left running.")

    def let_go(self) -> None:
        """Stop driving. What runs, runs on, until the chapter is opened again or removed."""
        self.kill_loop()
        self._on_die = None
        self._hands.shutdown(wait=True, cancel_futures=True)
        self._reactions.shutdown(wait=True, cancel_futures=True)
        self.runtime.close()

    def _heard(self, event: Event) -> None:
        if event.kind == "died" and self._on_die:
            self._reactions.submit(self._react, self._on_die, event.name)

    def _react(self, on_die: Callable[[str], object], name: str) -> None:
        try:
            on_die(name)
        except Exception as error:  # the learner's function; shown with the next `watch`
            self._trouble.append(f"on_die({name!r}) raised {type(error).__name__}: {error}")

    def _say(self) -> None:
        running = self.observe()
        print(f"{len(running)} running: {', '.join(sorted(running)) or 'nothing'}. "
              f"Desired: {len(self.desired)}: {', '.join(sorted(self.desired)) or 'nothing'}.")
        while self._trouble:
            print(self._trouble.pop(0))


class Losses:
    """Which "died" events get lost. Everything else passes."""

    def __init__(self):
        self.next = self.all = False

    def filter(self, events: Iterator[Event]) -> "Lossy":
        return Lossy(self, events)

    def lost(self, event: Event) -> bool:
        if event.kind != "died":
            return False
        lost = self.next or self.all
        self.next = False
        return lost


class Lossy:
    """An event stream with holes. Closing it closes the stream behind it."""

    def __init__(self, losses: Losses, events: Iterator[Event]):
        self._losses, self._events = losses, events

    def __iter__(self):
        return (event for event in self._events if not self._losses.lost(event))

    def close(self) -> None:
        close = getattr(self._events, "close", None)
        if close:
            close()


def _did(step: Step) -> str:
    return ", ".join(sorted(str(decision.action) for decision in step.decisions)) or "nothing to do"


def _spec(name: str, image: str, attempt: int) -> ContainerSpec:
    return ContainerSpec(name, image, attempt=attempt, ports=(8080,))

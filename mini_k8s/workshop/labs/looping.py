"""What do the labs with a loop have in common? Web containers of this learner's own, a wish, and a loop that keeps it.

Chapter 0 shows it finished and running; chapter 2 opens it paused, and has it built.
"""

import asyncio
import secrets
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from mini_k8s.backoff import Backoff
from mini_k8s.containers import ByName
from mini_k8s.control_loop import ControlLoop
from mini_k8s.errors import NotFound, StatusError
from mini_k8s.record import Action
from mini_k8s.runtimes import ContainerSpec, Event
from mini_k8s.runtimes.choose import open_runtime
from mini_k8s.runtimes.hints import Hints
from mini_k8s.widgets.rows import failures
from mini_k8s.widgets.shot import shoot
from mini_k8s.workshop import build, parts
from mini_k8s.workshop.folder import Folder
from mini_k8s.workshop.labs.by_hand import kill_in_a_terminal, visit, where
from mini_k8s.workshop.labs.lab import Asking, told

IMAGE, NEWER = "mini-k8s/web:1", "mini-k8s/web:2"
ANEW = "Run the chapter's first cell again, which starts three new ones, and go on cell by cell."
_KERNEL = secrets.token_hex(3)  # without a learner's folder: one cluster for this kernel


class Looping(Asking):
    """Three ``web`` containers of this learner's own, and a loop.

    desired     what should run, by name; change it as you like
    loop        the control loop
    picture     the loop, to look at and to play with
    """

    backoff: Backoff | None = Backoff.workshop()
    grey: Mapping[str, str] = {}  # columns of the picture that are still to be built

    def __init__(self):
        build.register(self.chapter)
        folder = Folder.current()
        owner = folder.owner if folder else _KERNEL
        self.runtime = open_runtime(f"chapter-{self.chapter}-{owner[:6]}", owner)
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
        self._pictures = []  # of this loop and of those before it
        self._broken_at, self._killed = time.monotonic(), set()
        self.runtime.prepare(IMAGE, NEWER)
        old = self.runtime.list()
        list(self._hands.map(lambda o: self.runtime.remove(o.id), old))
        list(self._hands.map(lambda name: self.start(name, self.desired[name]), self.desired))
        yours = parts.install_saved(folder) if folder else []
        self.start_loop()
        print(where("Three containers", self.runtime))
        if old:
            print(f"Removed first: {len(old)} containers, left of your earlier run.")
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

    # The loop.

    def start_loop(self) -> None:
        """A new loop, without a memory, paused."""
        from mini_k8s.widgets.loop import LoopView

        self.loop = ControlLoop(lambda: self.desired, self.containers.observe, self.act, tidy=self.containers.tidy,
                                executor=self._hands, backoff=self.backoff)
        self._hints = Hints(self._events, self.loop.wake, self._heard)
        self._hints.listening.wait(5)
        self.picture = LoopView(self.loop, kill=self.kill, grey=self.grey)
        self._pictures.append(self.picture)

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

        Raises AssertionError with the last state seen when it takes longer than ``within`` seconds.
        """
        end = time.monotonic() + within
        seen: object = None
        while time.monotonic() < end:
            self._refuse_trouble()
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

    async def next_look(self) -> None:
        """Wait until the loop has looked once more."""
        latest = self.loop.latest
        while self.loop.latest is latest and not self.loop.closed:
            await asyncio.sleep(0.01)

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

    def in_a_terminal(self, name: str) -> str:
        """What to type in a terminal to kill that container, whichever attempt it is at."""
        return kill_in_a_terminal(self.runtime, name)

    # The end.

    def close(self) -> None:
        """Remove everything that this chapter started, and say so."""
        self.loop.pause()
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
        self._hands.shutdown(wait=True, cancel_futures=True)
        self.runtime.close()

    # What a chapter may do otherwise.

    def _events(self) -> Iterator[Event]:
        return self.runtime.events()

    def _heard(self, event: Event) -> None:
        """An event was heard; the loop is awake already."""

    def _refuse_trouble(self) -> None:
        """Raise what went wrong in the learner's own code, instead of waiting on."""

    def _next_step(self, *names: str) -> str:
        """Who would start these names, and what to do."""
        if self.loop.closed:
            return "The loop is dead, so nobody starts anything. Begin again with the chapter's first cell."
        if self.loop.running:
            errors = failures(shoot(self.loop, 0.0)) if self.loop.latest else {}
            why = "".join(f"{name} could not be started: {errors[name]}\n" for name in names if name in errors)
            return f"{why}The loop is at it: look at the picture for what holds it up, and run this cell again then."
        return "Nobody starts anything while the loop is paused. Press Run in its picture, and run this cell again."

    def _say(self) -> None:
        running = self.observe()
        print(f"{len(running)} running: {', '.join(sorted(running)) or 'nothing'}. "
              f"Desired: {len(self.desired)}: {', '.join(sorted(self.desired)) or 'nothing'}.")


def _spec(name: str, image: str, attempt: int) -> ContainerSpec:
    return ContainerSpec(name, image, attempt=attempt, ports=(8080,))

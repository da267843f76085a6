"""Chapter 1's workbench: three machines, containers started by hand, a restart policy, and a game in which you are the
controller."""

import asyncio
import secrets
from functools import cached_property

from mini_k8s.runtimes.choose import open_runtime
from mini_k8s.widgets.history import History
from mini_k8s.workshop import build, parts
from mini_k8s.workshop.folder import Folder
from mini_k8s.workshop.game import Player
from mini_k8s.workshop.labs.by_hand import where
from mini_k8s.workshop.labs.lab import Asking, told
from mini_k8s.workshop.slices import Slices

IMAGE = "mini-k8s/web:1"
SIX = tuple(f"web-{i}" for i in range(1, 7))
_KERNEL = secrets.token_hex(3)  # without a learner's folder: one cluster for this kernel
_GONE = "The containers were removed when the chapter was closed."

READING = """
**Read this, and nothing else, until the picture says that you may look again.**

> It is three in the morning, and you are on call. A telephone wakes you. You find the light, the computer, the
> password. You read which container is gone, on which machine, and since when. You type a command, and look whether
> it has worked. Twenty minutes is a good time for that. Tomorrow night it is another container. There are people
> who did this for years, and they were good at it. None of them was ever as fast as you were just now: you sat
> before the picture, awake, with a finger on the button, and had nothing else to do.
"""

GATE = "Six containers should run. Where in all of this chapter was that written down?"
REPLIES = {
    "In Docker: it knows what was started.":
        "It knows what was started, and what became of it. Which of that is still wanted, it does not know. Remove "
        "a container, and what is left that would miss it?",
    "In the restart policy of each container.":
        "A policy belongs to one container, and goes with it. Does any of them know that there should be six?",
    "Nowhere but in your head.":
        "Yes. You knew that six should run, you looked, and you started what was missing. Chapter 2 takes exactly that "
        "out of your head: a wish that is written down, and a loop that looks.",
}


class Lab(Asking):
    """Three machines of this learner's own, and everything that chapter 1 does with them.

    machines       what runs where, to look at and to break
    availability   wished against running, over the time that was played
    """

    chapter, module = 1, "mini_k8s.failures"
    gate_question = GATE, REPLIES
    outcomes = ("two, until somebody acts", "it is started again", "it stays down", "nothing, as long as node-1 is off",
                "both the same", "about once in a day")

    def __init__(self):
        build.register(self.chapter)
        folder = Folder.current()
        owner = folder.owner if folder else _KERNEL
        self.runtime = open_runtime(f"chapter-1-{owner[:6]}", owner)
        try:
            self.runtime.lock()
            self.runtime.prepare(IMAGE)
            self.slices = Slices(self.runtime, IMAGE)
            self._open(folder)
        except BaseException:
            self.runtime.close()
            raise

    def _open(self, folder: Folder | None) -> None:
        from mini_k8s.workshop.play import Play

        old = self.slices.clear()
        self._play = Play(self.slices, SIX)
        yours = parts.install_saved(folder) if folder else []
        print("Three machines, all of them slices of this computer.")
        print(where("Their containers", self.runtime))
        if old:
            print(f"Removed first: {old} of your earlier run.")
        if yours:
            print(f"Yours already, from before: {', '.join(yours)}.")

    # By hand.

    @cached_property
    def machines(self):
        """What runs where, live; its buttons kill containers and switch machines."""
        from mini_k8s.widgets.machines import MachinesView

        return MachinesView(self.slices, kill=self.kill, switch=self.slices.switch)

    def start(self, name: str, on: str, restart: str = "") -> None:
        """Start a container on a machine. With ``restart="always"`` it is under that policy."""
        if restart not in ("", "always"):
            raise told(ValueError(f'restart is "always" or left out; {restart!r} is neither.'))
        with _telling():
            self.slices.start(name, on, restart)
        if restart:
            print(f"{name} is under the policy of {self.slices.always.how}.")

    def kill(self, *names: str) -> None:
        """Kill containers at once, as ``docker kill`` does."""
        with _telling():
            self.slices.kill(*names)

    def crash(self, name: str) -> None:
        """Let a container's process end by itself."""
        with _telling():
            self.slices.crash(name)

    def remove(self, *names: str) -> None:
        """Remove containers, as ``docker rm -f`` does."""
        for name in names:
            with _telling():
                self.slices.remove(name)

    def switch_off(self, machine: str) -> None:
        """Take the power from a machine."""
        with _telling():
            self.slices.switch(machine, on=False)

    def switch_on(self, machine: str) -> None:
        """Give it back."""
        with _telling():
            self.slices.switch(machine, on=True)

    async def watch(self, seconds: float) -> None:
        """Let ``seconds`` pass, while the pictures go on, and say what runs then."""
        await asyncio.sleep(seconds)
        self.slices.look()
        running = self.slices.running()
        print(f"{len(running)} known to run: {', '.join(running) or 'none'}.")

    def should_run(self, *names: str) -> None:
        """Raises AssertionError when other containers run than these."""
        self.slices.look()
        running = self.slices.running()
        if running != sorted(names):
            raise told(AssertionError(
                f"{', '.join(names) or 'nothing'} should run now, and nothing else. Running: "
                f"{', '.join(running) or 'nothing'}. Was a cell left out, or a button pressed besides? Run all cells "
                "from the chapter's first, and go on."))
        print("running:", ", ".join(running) or "nothing")

    # The game.

    async def play(self, seconds: float = 90, seed: int = 7, size: str = "normal") -> None:
        """You are the controller: keep six containers running for so many seconds, with the buttons in the picture.

        seed    which story the killer follows: the same seed, the same story
        size    "projector" is one and a half times as large
        """
        from IPython.display import display

        human, player = build.keeps(), None
        if not human:
            seconds, player = min(seconds, 10), Player(seed)
            print(f"A machine runs this notebook: a scripted player plays, for {seconds:g} s.")
        self._play.view.size = size
        await asyncio.get_running_loop().run_in_executor(None, self._play.begin, seconds, seed)
        display(self._play.view)
        if human:
            for left in (3, 2, 1):
                self._play.view.status = f"it begins in {left} s"
                await asyncio.sleep(1)
        await self._play.run(player)
        print(self._result())

    async def look_away(self, seconds: float = 20) -> None:
        """The killer goes on for so many seconds, and you look at something else."""
        from IPython.display import Markdown, display

        game, human = self._played(), build.keeps()
        player = None if human else Player(game.seed + 1)
        game.look_away(seconds if human else min(seconds, 3))
        display(self._play.view)
        display(Markdown(READING))
        await self._play.run(player)
        print(self._result())

    @cached_property
    def availability(self):
        """Wished against running, over the time that was played."""
        from mini_k8s.widgets.availability import AvailabilityView

        return AvailabilityView(self._play)

    @property
    def history(self) -> History:
        """What ran when, in the game."""
        return self._played().history

    @property
    def reaction(self) -> float:
        """The middle one of your reaction times, in seconds, from death to running."""
        return self.history.middle() or self.history.repair

    def looking_away(self, *options: str) -> str:
        """Which of three options looking away came to: about as long as before, twice, or more than three times."""
        before, away = self.history.middle(away=False), self.history.middle(away=True)
        ratio = away / before if before and away else 99.0
        return options[0 if ratio < 1.5 else 1 if ratio < 3 else 2]

    def _played(self):
        if self._play.game is None:
            raise told(AssertionError("Nothing has been played yet. Run the cell with  await lab.play()  first."))
        return self._play.game

    def _result(self) -> str:
        from mini_k8s.widgets.availability_picture import sentence
        from mini_k8s.widgets.words import plain

        return plain(sentence(self._play.history), 0.0)

    # The end.

    def close(self) -> None:
        """Remove everything that this chapter started, and say so."""
        self._end(_GONE)
        removed = self.runtime.down()
        self.runtime.close()
        print(f"Removed {removed} containers. Nothing of this chapter is left running.")

    def let_go(self) -> None:
        """Stop driving. What runs, runs on, until the chapter is opened again or removed."""
        self._end("Nobody looks any more: the chapter was opened anew, or left.")
        self.runtime.close()

    def _end(self, words: str) -> None:
        self._play.end(words)
        self.slices.close(words)


class _telling:
    """What goes wrong with a call of the notebook's is told in words, without a traceback."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if isinstance(error, Exception):
            told(error)

"""Chapter 1's workbench: three machines, containers started by hand, a restart policy, and a game in which you are the
controller."""

import asyncio
import secrets
from dataclasses import dataclass, field
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

> It is three in the morning. A telephone wakes you: a container is dead. You find the light, the computer, the
> password. You read which container it is, and on which machine. You type a command. Twenty minutes is a good time for
> all that. Tomorrow night it is another container. People did this work for years. None of them was as fast as you.
"""

GATE = "In the game six containers should run. Where could one of the machines have read that?"
REPLIES = {
    "In its list of the containers that were started.":
        "The list says what was started, and what became of it. Which of that is still wanted, it does not say. Remove "
        "a container, and what is left that would miss it?",
    "In the restart policy of each container.":
        "A policy belongs to one container, and goes with it. Does any of them know that there should be six?",
    "Nowhere. Only you knew it.":
        "Yes. The picture told you, and nobody told the machines. You looked, and you started what was missing. "
        "Chapter 2 gives that work to a program: a wish that is written down, and a loop that looks.",
}
LONGER = ("about as long as before", "twice as long", "three times as long, or more")


class Lab(Asking):
    """Three machines of this learner's own, and everything that chapter 1 does with them.

    machines       what runs where, to look at and to break
    availability   wished against running, over the time that was played up to now
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
            self.slices = Slices(self.runtime, IMAGE, places=2)
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
            print(f"Removed first: {old} containers, left of your earlier run.")
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
            print(f"{name} has the policy always: {self.slices.always.how}")

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
        """Show the machines, let ``seconds`` pass, and say what runs then."""
        from IPython.display import display

        display(self.machines)
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

        seed    the number of the game: the same number, and the killer does the same
        size    "projector" is one and a half times as large
        """
        from IPython.display import display

        human, player = build.keeps(), None
        if not human:
            seconds, player = min(seconds, 10), Player(seed)
            print(f"A machine runs this notebook: a scripted player plays, for {seconds:g} s.")
        if self._play.game is None:
            self._set_table()
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

    @property
    def availability(self):
        """Wished against running, over the time that was played. What is played after that changes it no more."""
        from mini_k8s.widgets.availability import AvailabilityView

        view = AvailabilityView(_Played(self._play.history, self._play.seed))
        view.changed()
        return view

    @property
    def history(self) -> History:
        """What ran when, in the game."""
        return self._played().history

    @property
    def reaction(self) -> float:
        """Your typical reaction time, in seconds, from death to running: half of them were faster. That of the times
        that you looked; if there are none, of all."""
        return self.history.typical() or self.history.repair

    def looking_away(self) -> str:
        """Which of the three options asked last came true: about as long as before, twice, or more than that."""
        options = self._asked.options if self._asked else LONGER
        before, away = self.history.middle(away=False), self.history.middle(away=True)
        ratio = away / before if before and away else 99.0
        return options[0 if ratio < 1.5 else 1 if ratio < 3 else 2]

    def _set_table(self) -> None:
        """The game has machines with more places. The pictures from before stay as they are."""
        from mini_k8s.workshop.play import Play

        before = self.__dict__.pop("machines", None)
        if before is not None:
            before.status = "over"
        self.slices.close("The game has begun, further down. This picture stays as it was.")
        self.slices = Slices(self.runtime, IMAGE)
        self._play = Play(self.slices, SIX)

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


@dataclass
class _Played:
    """What was played up to now, for a chart that does not change when another game is played."""

    history: History
    seed: int | None
    playing: bool = False
    ended: str = "It was played."
    listeners: list = field(default_factory=list)


class _telling:
    """What goes wrong with a call of the notebook's is told in words, without a traceback."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if isinstance(error, Exception):
            told(error)

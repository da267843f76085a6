"""Chapter 0's workbench: the finished loop, already running, and thirty seconds to beat it."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from mini_k8s.errors import NotFound
from mini_k8s.runtimes import Event
from mini_k8s.runtimes.choose import open_runtime
from mini_k8s.widgets.history import History
from mini_k8s.workshop import build
from mini_k8s.workshop.duel import Duel
from mini_k8s.workshop.folder import Folder
from mini_k8s.workshop.labs.by_hand import kill_in_a_terminal
from mini_k8s.workshop.labs.lab import told
from mini_k8s.workshop.labs.looping import IMAGE, Looping
from mini_k8s.workshop.labs.tour import Tour

GATE = "You killed them again and again, and each time three ran again. What did the loop need to know for that?"
REPLIES = {
    "Which one had died, and when.":
        "It would have to be told of every death then, and one message that is lost would be the end of it. "
        "It was enough to know less. What did the picture compare?",
    "What is wished for, and what runs at this moment.":
        "Yes. Two lists, and the difference between them. Who died, and when, it does not need to know. "
        "You write that loop in chapter 2.",
    "How to repair a container.":
        "Nothing was repaired: each time a new one was made. Look at the ids.",
}


@dataclass(frozen=True)
class Death:
    """A container that was heard to die."""

    name: str
    id: str
    exit_code: int | None
    at: float  # clock seconds


class Lab(Looping):
    """Three ``web`` containers, and a loop that keeps them running. It does not wait between two tries."""

    chapter, module = 0, "mini_k8s.control_loop"
    gate_question = GATE, REPLIES
    outcomes = ("three: a new one under the old name", "the loop stops it")
    backoff = None

    def _open(self, folder: Folder | None) -> None:
        self._deaths: list[Death] = []
        self._told = 0
        self._duel: Duel | None = None
        self._tour: Tour | None = None
        super()._open(folder)
        self.loop.run()

    # Killing.

    async def your_kill(self, within: float = 90.0) -> None:
        """Wait until you kill one of the three, and tell what came of it. After ``within`` seconds the cell does it.

        A death since the last call counts too, so it does not matter what comes first, the kill or this cell.
        """
        from IPython.display import display

        display(self.picture)
        if not build.keeps():  # a machine runs this notebook
            within = 0.0
        elif self._told == len(self._deaths):
            print("Waiting for you. Press kill in the picture, or type in a terminal:\n\n"
                  f"{self.in_a_terminal('web-1')}\n")
        until = time.monotonic() + within
        while len(self._deaths) == self._told:
            if time.monotonic() >= until:
                if within:
                    print(f"Nobody killed one within {within:g} s, so this cell kills web-1 for you.")
                self.kill("web-1")
                until += 10  # for the news of it
            await asyncio.sleep(0.02)
        death = self._deaths[self._told]
        self._go_on()
        await self.until_desired()
        self._told = len(self._deaths)
        print(f"before   {death.name} had the id {death.id[:12]}; it died, exit {death.exit_code}")
        now = self.containers.observe().facts.get(death.name)
        print(f"now      {death.name} has the id {now.id[:12]}, {now.state.lower()}" if now else
              f"now      {death.name} is not wished for any more, so nobody started it")

    async def until_it_runs(self, within: float = 60.0) -> None:
        """Wait until nobody has the loop paused, and everything is there. After ``within`` seconds the cell runs it."""
        until = time.monotonic() + (within if build.keeps() else 0.0)
        if not self.loop.running and build.keeps():
            print("The loop is paused: press Run in the picture.")
        while not self.loop.running and time.monotonic() < until:
            await asyncio.sleep(0.05)
        self.loop.run()
        await self.until_desired()
        self._told = len(self._deaths)
        print("The loop runs, and nothing differs.")

    async def beat_it(self, seconds: float = 30.0) -> None:
        """For so many seconds everything that dies is counted; then it is told who won."""
        from IPython.display import display

        from mini_k8s.widgets.availability import AvailabilityView

        machine = not build.keeps()
        self._duel = duel = Duel(tuple(self.desired), min(seconds, 4.0) if machine else seconds)
        display(self.picture, AvailabilityView(duel, title="You against the loop", who="the loop"))
        player = Player(self.kill) if machine else None
        while duel.tick():
            if player:
                player.step(duel.history)
            await asyncio.sleep(0.05)
        print("Time is over: stop killing, and see what is left.")
        self._go_on()
        await self.until_desired(within=60)
        self._told = len(self._deaths)
        least = min(count for _, count in duel.history.steps)
        print(f"In {duel.seconds:g} s {duel.died} died. At the worst moment {least} of {len(duel.history.wished)} ran. "
              f"And now: {len(self.observe())}.")

    def in_a_terminal(self, name: str = "") -> str:
        """What to type in a terminal to kill that container; without a name, all three."""
        return kill_in_a_terminal(self.runtime, name)

    @property
    def history(self) -> History:
        """What ran when, in the last thirty seconds that you had."""
        if self._duel is None:
            raise told(LookupError("nobody has tried to beat the loop yet. Run the cell with lab.beat_it() first."))
        return self._duel.history

    # A whole cluster.

    def start_cluster(self) -> Tour:
        """Three nodes, and nothing on them yet. A second time it begins anew."""
        if self._tour:
            self._tour.let_go()
        runtime = open_runtime(f"tour-{self.runtime.owner[:6]}", self.runtime.owner)
        self._tour = Tour(runtime, IMAGE)
        return self._tour

    def close(self) -> None:
        """Remove everything that this chapter started, and say so."""
        if self._tour:
            print(f"Removed the cluster, with {self._tour.close()} containers and sandboxes.")
        super().close()

    def let_go(self) -> None:
        """Stop driving. What runs, runs on, until the chapter is opened again or removed."""
        if self._tour:
            self._tour.let_go()
        super().let_go()

    # Around it.

    def doctor(self):
        """What the doctor has to say of this machine: only what warns or fails."""
        from mini_k8s.workshop import doctor

        return doctor.show()

    def _go_on(self) -> None:
        """Where somebody has pressed *Pause*, say what that means, and let the loop run again."""
        if not self.loop.running:
            print("You have paused the loop. Now nobody looks after the containers: what dies stays dead, and you have "
                  "won. Chapter 2 comes back to that. Here it runs again from now on.")
            self.loop.run()

    def _heard(self, event: Event) -> None:
        if self._duel:
            self._duel.heard(event)
        if event.kind == "died":
            self._deaths.append(Death(event.name, event.id, event.exit_code, time.monotonic()))


class Player:
    """Fights where a machine runs the notebook: kills one of those that run, again and again."""

    def __init__(self, kill: Callable[[str], object], every: float = 0.7):
        self._kill, self._every, self._next, self._random = kill, every, 0.5, random.Random(7)

    def step(self, history: History) -> None:
        if history.until >= self._next and history.running:
            self._next = history.until + self._every
            with suppress(NotFound):  # it has died by itself meanwhile
                self._kill(self._random.choice(sorted(history.running)))

"""How is a game played? On real containers, by a human with buttons, or by the scripted player with the same ones.

A thread watches the clock and does what the rules say; the notebook's cell only waits, so that the pictures and their
buttons go on. What a button starts is started by the machines' own hands, several at the same time.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from mini_k8s.clock import Clock, RealClock
from mini_k8s.errors import StatusError
from mini_k8s.widgets.history import History
from mini_k8s.widgets.machines import MachinesView
from mini_k8s.workshop.game import PATIENCE, Game, Player
from mini_k8s.workshop.slices import Slices

_TICK = 0.02  # seconds between two looks at the clock
_DRAWN = 0.25  # seconds between two pictures of the history, at least
_AWAY = ("You look away: read the text below. When the buttons are back, "
         f"you have {PATIENCE:.0f} s to start what is dead.")


class Play:
    """Lets games happen on machines. What an ``AvailabilityView`` wants to know is here: ``history``, ``seed`` …

    slices    the machines
    names     the containers that are wished for
    clock     by which the game is played
    """

    def __init__(self, slices: Slices, names: Sequence[str], clock: Clock | None = None):
        self.slices, self.names, self.clock = slices, tuple(names), clock or RealClock()
        self.listeners: list[Callable[[], None]] = []
        self.game: Game | None = None
        self.playing, self.ended = False, ""
        self._stop = threading.Event()
        self.view = MachinesView(slices, wished=self.names, start=self._start, title="You are the controller")

    @property
    def history(self) -> History:
        return self.game.history if self.game else History(self.names)

    @property
    def seed(self) -> int | None:
        return self.game.seed if self.game else None

    def begin(self, seconds: float, seed: int) -> None:
        """A new game: everything that is wished for runs, spread over the machines. Takes a moment."""
        self.slices.clear()
        self.game = None
        where = self.slices.names
        self.slices.together([(name, where[i % len(where)]) for i, name in enumerate(self.names)])
        self.game = Game(self.names, where, seconds, seed)

    async def run(self, player: Player | None = None) -> None:
        """Let the game go on until it is over. Interrupted, the killer stops at once."""
        self._stop.clear()
        done = threading.Event()
        trouble: list[Exception] = []

        def work() -> None:
            try:
                self._work(player)
            except Exception as error:  # told by the cell that waits
                trouble.append(error)
            finally:
                done.set()

        threading.Thread(target=work, name="game", daemon=True).start()
        try:
            while not done.is_set():
                await asyncio.sleep(0.05)
        finally:
            self._stop.set()
            done.wait(5)
        if trouble:
            raise trouble[0]

    def end(self, words: str) -> None:
        """There will be no other game."""
        self._stop.set()
        self.ended = words
        self._tell()

    def _work(self, player: Player | None) -> None:
        game, began = self.game, self.clock.now() - self.game.history.until
        self.playing, self.view.start, told = True, self._start, -_DRAWN
        try:
            while not self._stop.is_set():
                at = self.clock.now() - began
                for verb, whom in game.step(at, self.slices.running()):
                    self.slices.submit(self._strike, verb, whom)
                for message in player.step(at, self.view.picture) if player else ():
                    self.view.press(message)
                if at - told >= _DRAWN:
                    told = at
                    self._say(at)
                if game.over(at):
                    break
                self._stop.wait(_TICK)
        finally:
            game.finish()
            self.playing = False
            self.view.paused, self.view.start = [], None
            self.view.status = "over"
            self._tell()

    def _strike(self, verb: str, whom: str) -> None:
        with suppress(StatusError):  # it has gone by itself meanwhile, or the engine is away: no kill then
            if verb == "kill":
                self.slices.kill(whom)
            else:
                self.slices.switch(whom, on=False)

    def _say(self, at: float) -> None:
        game = self.game
        left = game.left(at)
        failed = len(game.history.failures)
        count = f"{failed} failed"
        last = max(0.0, game.ends + PATIENCE - at)
        self.view.status = f"{left:.0f} s left · {count}" if left else f"{last:.0f} s for the last repairs · {count}"
        self.view.paused = [_AWAY] if game.history.looking_away else []
        self._tell()

    def _start(self, name: str, machine: str) -> None:
        """A button asks for this. It is done meanwhile: the next button need not wait."""
        def work() -> None:
            try:
                self.slices.start(name, machine)
            except Exception as error:  # whatever it is, the picture says it
                self.view.tell({"do": "start", "name": name}, error)

        self.slices.submit(work)

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()

"""What is it like to be the controller? The rules of a game: a seeded killer, a human who starts things again.

The rules are pure. A game is told what time it is and what runs, and says what the killer does now; the same seed tells
the same story to a whole class. Whoever plays, a human or the scripted player, only starts containers; how long that
took is in ``history``. ``play.py`` lets it happen.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from mini_k8s.widgets.history import History

PATIENCE = 20.0  # seconds that the last failures may still be repaired in, when the time is over


@dataclass(frozen=True)
class Strike:
    """What the killer is about to do, and when. ``whom`` is a container, or a machine."""

    at: float
    verb: str  # "kill" or "switch off"
    whom: str


def story(seed: int, seconds: float, names: Sequence[str], machines: Sequence[str] = (),
          every: float = 9.0) -> tuple[Strike, ...]:
    """What happens in so many seconds: a kill about ``every`` 9 s, once two at once, and one machine dies whole.

    The same arguments, the same story. It leaves some time for the last repair; without ``machines`` none dies.
    """
    chance = Random(seed)
    first, last = 0.07 * seconds, 0.86 * seconds
    kills = max(2, round(seconds / every))
    gap = (last - first) / kills
    moments = [first + gap * (i + 0.7 * chance.random()) for i in range(kills)]
    if kills > 4:  # two at once
        moments.insert(3, moments[2] + 0.8)
    whom = _dealt(chance, names)
    strikes = [Strike(at, "kill", next(whom)) for at in moments]
    if machines:
        dies = (0.55 + 0.08 * chance.random()) * seconds
        calm = 0.05 * seconds, 0.09 * seconds  # before: all its containers go at once; after: that is enough to do
        strikes = [strike for strike in strikes if not -calm[0] < strike.at - dies < calm[1]]
        strikes.append(Strike(dies, "switch off", chance.choice(machines)))
    return tuple(sorted(strikes, key=lambda strike: strike.at))


def _dealt(chance: Random, names: Sequence[str]) -> Iterator[str]:
    """Names as cards are dealt: everybody's turn comes, in an order that nobody knows."""
    while True:
        yield from chance.sample(names, len(names))


class Game:
    """One game. ``step`` is all there is to it; ``history`` is what came of it.

    names      the containers that are wished for
    machines   where they run
    seconds    how long the killer is at it
    """

    def __init__(self, names: Sequence[str], machines: Sequence[str], seconds: float = 90.0, seed: int = 7):
        self.names, self.seed, self.seconds = tuple(names), seed, seconds
        self.history = History(self.names, length=seconds)
        self.ends = seconds
        self.looks_back: float | None = None  # the moment from which on somebody looks again
        self._strikes = list(story(seed, seconds, names, machines))

    def look_away(self, seconds: float = 20.0) -> None:
        """Nobody looks for so many seconds, and the killer goes on. After that there is time for the repair."""
        now = self.history.until
        self.looks_back = now + seconds
        self.ends = self.looks_back
        self._strikes = [Strike(now + strike.at, strike.verb, strike.whom)
                         for strike in story(self.seed + 1, seconds, self.names, every=6.0)]
        self.history = replace(self.history.looked_away(now), length=self.ends + PATIENCE)

    def step(self, at: float, running: Collection[str]) -> list[tuple[str, str]]:
        """It is ``at`` seconds, and these run: what does the killer do now? A list of (verb, whom)."""
        if self.looks_back is not None and at >= self.looks_back and self.history.looking_away:
            self.history = self.history.looked_back(self.looks_back)
        self.history = self.history.noted(at, running)
        due = [strike for strike in self._strikes if strike.at <= at]
        self._strikes = self._strikes[len(due):]
        left, does = set(running), []
        for strike in due:
            whom = strike.whom if strike.verb != "kill" else victim(strike.whom, self.names, left)
            if whom is not None:
                left.discard(whom)
                does.append((strike.verb, whom))
        return does

    def finish(self) -> None:
        """It is over, now: nobody looks away any more, and nothing more is expected."""
        now = self.history.until
        self.history = replace(self.history.looked_back(now), length=now)

    def over(self, at: float) -> bool:
        """The time has come, and everything runs again; or it does not, and the patience is at its end."""
        whole = len(self.history.running) == len(self.names)
        return at >= self.ends and (whole or at >= self.ends + PATIENCE)

    def left(self, at: float) -> float:
        """Seconds until the killer stops, 0 when it has."""
        return max(0.0, self.ends - at)


def victim(whom: str, names: Sequence[str], running: Collection[str]) -> str | None:
    """Who dies when ``whom`` is to: itself, or the next one in line that runs; None when nobody does."""
    first = names.index(whom)
    line = [*names[first:], *names[:first]]
    return next((name for name in line if name in running), None)


class Player:
    """Plays where no human does: sees a button that offers to start something, and presses it after a moment.

    seed        of its reactions
    slowest     seconds; the quickest takes a third of that
    """

    def __init__(self, seed: int, slowest: float = 0.9):
        self._chance, self._slowest = Random(seed), slowest
        self._when: dict[str, float] = {}  # name -> when it will be pressed

    def step(self, at: float, picture: Mapping) -> list[dict]:
        """It is ``at`` seconds, and this is seen: the messages of the buttons that are pressed now."""
        offers = {button["name"]: button for button in buttons(picture) if button["do"] == "start" and button["on"]}
        self._when = {name: when for name, when in self._when.items() if name in offers}
        for name in offers:
            self._when.setdefault(name, at + self._chance.uniform(self._slowest / 3, self._slowest))
        now = [name for name, when in self._when.items() if when <= at]
        for name in now:
            self._when[name] = at + 2.0  # again, if it is still offered then
        return [{key: offers[name][key] for key in ("do", "name", "machine")} for name in now]


def buttons(picture: Mapping) -> list[dict]:
    """The buttons of a picture of machines, in reading order."""
    return [place["button"] for machine in picture["machines"] for place in machine["places"] if place["button"]]

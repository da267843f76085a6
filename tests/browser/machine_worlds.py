"""Small machines and histories for the browser tests. Imported by the kernel of the notebook under test."""

import time

from mini_k8s.widgets.availability import AvailabilityView  # noqa: F401 - for the cells of the tests
from mini_k8s.widgets.history import History
from mini_k8s.widgets.machines import MachinesView  # noqa: F401
from mini_k8s.widgets.machines_picture import Machine, Tile, running

SIX = tuple(f"web-{i}" for i in range(1, 7))
LONG = "web-6d4f7c9b58-4kdxz-of-a-very-long-name"


class World:
    """Machines in a dict, on which things live and die at once."""

    def __init__(self, *machines):
        self.machines, self.looked, self.ended, self.listeners = machines, time.time(), "", []
        self.pressed = []
        self.slow = False  # nothing answers

    def tell(self):
        self.looked = time.time()
        for listener in list(self.listeners):
            listener()

    def put(self, machine, place, tile):
        self.machines = tuple(
            Machine(m.name, (*m.places[:place], tile, *m.places[place + 1:]), m.off_since)
            if m.name == machine else m for m in self.machines)
        self.tell()

    def where(self, name):
        return next((m.name, i) for m in self.machines for i, t in enumerate(m.places) if t and t.name == name and m.on)

    def kill(self, name):
        self.pressed.append(["kill", name])
        if not self.slow:
            self.put(*self.where(name), Tile(name, "Failed", since=time.time(), exit_code=137))

    def start(self, name, machine):
        self.pressed.append(["start", name, machine])
        if self.slow:
            return
        there = next(m for m in self.machines if m.name == machine)
        dead = [i for i, tile in enumerate(there.places) if tile and tile.name == name]
        self.put(machine, (dead or [there.places.index(None)])[0], Tile(name, since=time.time()))

    def switch(self, machine, on):
        self.pressed.append(["switch", machine, on])
        self.machines = tuple(Machine(m.name, m.places, None if on else time.time()) if m.name == machine else m
                              for m in self.machines)
        self.tell()

    def running(self):
        return running(self.machines)

    def end(self):
        self.ended = "The test has ended."
        self.tell()


def six():
    """Six containers on three machines of four places."""
    return World(*(Machine(f"node-{i}", (Tile(f"web-{i}", since=time.time() - 60), Tile(f"web-{i + 3}"), None, None))
                   for i in (1, 2, 3)))


def every_state():
    """All that can be seen at once, with long names, and a machine without power."""
    now = time.time()
    return World(
        Machine("node-1", (Tile("web-1", since=now - 7100), Tile("web-2", "Failed", since=now - 119, exit_code=137),
                           Tile("web-3", "Pending", since=now), Tile(LONG, restarts=12))),
        Machine("a-machine-of-a-very-long-name", (Tile("web-4", "Succeeded", since=now - 170_000, exit_code=0),
                                                  Tile(LONG, "Failed", since=now - 59, exit_code=1),
                                                  Tile("web-5", "Terminating"), None)),
        Machine("node-3", (Tile("web-6"), Tile(LONG, "Failed"), Tile("web-7", "Terminating"), None), now - 7100))


class Record:
    """A history that grows when it is told to."""

    def __init__(self, history, seed=7, playing=False):
        self.history, self.seed, self.playing, self.ended, self.listeners = history, seed, playing, "", []

    def become(self, history):
        self.history = history
        for listener in list(self.listeners):
            listener()

    def end(self):
        self.ended = "The test has ended."
        self.become(self.history)


def history(*looks, away=None, length=60):
    found = History(SIX, length)
    for at, *gone in looks:
        if away and at > away[0] and not found.away:
            found = found.looked_away(away[0])
        if away and at > away[1]:
            found = found.looked_back(away[1])
        found = found.noted(at, set(SIX) - set(gone))
    return found


def a_minute():
    return Record(history((0,), (6, "web-3"), (8.4,), (15, "web-1"), (18.1,), (24, "web-2"), (25.5, "web-2", "web-5"),
                          (27.6, "web-5"), (29.9,), (38, "web-1"), (42, "web-1", "web-2"), (49.4, "web-2"), (51,),
                          (60,), away=(36, 47)))


def a_bad_day():
    """Dozens of failures, many at once, some for ever."""
    return Record(history((0,), *((i, SIX[i % 6], SIX[(i + 1) % 6], "web-4") for i in range(1, 90)), away=(3, 80),
                          length=90))

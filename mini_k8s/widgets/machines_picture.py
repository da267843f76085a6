"""What is there to see of machines and of what runs on them? Plain values in, one plain dict out.

Nothing is in it that was not observed: what a machine without power does is not known, so its tiles are what was heard
last, with their age. A browser draws the dict (``machines.js``), ``machines_still.py`` draws it without one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mini_k8s.widgets.words import Saying, cut, exit_meaning, exit_words, first_line, names, number, plain

_MOST = 132  # characters that fit on two lines


@dataclass(frozen=True)
class Tile:
    """One container at its place on a machine, as it was seen last."""

    name: str
    state: str = "Running"  # or Pending, Failed, Succeeded, Terminating
    id: str = ""
    since: float | None = None  # Unix seconds of its newest event
    exit_code: int | None = None
    restarts: int = 0  # how often its own restart policy has started it again


@dataclass(frozen=True)
class Machine:
    """One machine: its places, and what stands on them."""

    name: str
    places: tuple[Tile | None, ...]  # None: free
    off_since: float | None = None  # Unix seconds; None: it is on

    @property
    def on(self) -> bool:
        return self.off_since is None

    @property
    def tiles(self) -> list[Tile]:
        return [tile for tile in self.places if tile is not None]


def running(machines: Sequence[Machine]) -> list[str]:
    """The names that are known to run, sorted."""
    return sorted({tile.name for m in machines if m.on for tile in m.tiles if tile.state == "Running"})


def missing(machines: Sequence[Machine], wished: Sequence[str]) -> list[str]:
    """Wished names that stand nowhere: not running, not being started, and not dead on a machine that is on."""
    there = {tile.name for m in machines if m.on for tile in m.tiles}
    return [name for name in wished if name not in there]


def picture(machines: Sequence[Machine], *, title: str = "The machines", wished: Sequence[str] = (),
            status: Saying | str = "live", buttons: Sequence[str] = (), paused: Saying = (), ended: str = "",
            trouble: Sequence[str] = (), now: float = 0.0) -> dict:
    """Everything that is drawn, as plain values. Times are Unix seconds; a screen makes ages of them.

    wished    the names that should run; none: nobody wishes for anything
    buttons   which there are: "kill" on what runs, "start" where something wished for is missing, "switch" on machines
    paused    what is said instead as long as nobody is to look; the buttons are there, and cannot be pressed
    ended     why nothing will change any more; then no button can be pressed
    """
    pressed = not paused and not ended
    said = _trouble(trouble) if trouble else [ended] if ended else [*paused] or sentence(machines, wished)
    words = trouble[1] if trouble else ""
    lacking = missing(machines, wished) if "start" in buttons else []
    there = {tile.name: m.name for m in machines if m.on for tile in m.tiles if tile.state == "Running"}
    return {
        "title": title,
        "status": [status] if isinstance(status, str) else status,
        "over": bool(ended),
        "paused": bool(paused),
        "say": said,
        "note": words if words not in plain(said, now) else "",
        "machines": [_machine(machine, wished, lacking, buttons, pressed, there) for machine in machines],
    }


def undrawn(before: dict, error: Exception) -> dict:
    """The picture from before, which says why there is no newer one."""
    return {**before, "say": ["This picture could not be drawn anew."], "note": first_line(error, 400)}


def sentence(machines: Sequence[Machine], wished: Sequence[str] = ()) -> Saying:
    """What is seen, with the numbers, on two lines at most."""
    run, silent = running(machines), [m for m in machines if not m.on]
    dead = [tile for m in machines if m.on for tile in m.tiles
            if tile.state in ("Failed", "Succeeded") and tile.name not in run]
    said = _counts(run, wished, bool(silent))
    if dead:
        said += [" ", *_died(dead, bool(wished))]
    if silent:
        said += [" ", *next((words for words in _silence(silent, run) if _length(said) + _length(words) <= _MOST),
                            [f"{number(len(silent)).capitalize()} machines are silent."])]
    return said


def _counts(run: Sequence[str], wished: Sequence[str], silent: bool) -> Saying:
    if not wished:
        many = number(len(run)).capitalize()
        return [f"{many} container{' runs' if len(run) == 1 else 's run'}." if run else "No container runs."]
    wish, have = len(wished), len(set(run) & set(wished))
    begin = f"{number(wish).capitalize()} {'is' if wish == 1 else 'are'} wished for, "
    if have == wish:
        return [begin + ("and it runs." if wish == 1 else f"and all {number(wish)} run.")]
    if silent and have:
        return [begin + f"{number(have)} {'is' if have == 1 else 'are'} known to run."]
    return [begin + (f"{number(have)} {'runs' if have == 1 else 'run'}." if have else "and none runs.")]


def _died(dead: Sequence[Tile], wished: bool) -> Saying:
    who, one = names([tile.name for tile in dead]), len(dead) == 1
    nobody = "." if wished else f", and nobody started {'it' if one else 'them'} again."
    if not one or dead[0].since is None:
        return [*who, f" died{nobody}"]
    return [*who, " died " if dead[0].state == "Failed" else " ended ", {"age": dead[0].since}, f" ago{nobody}"]


def _silence(silent: Sequence[Machine], run: Sequence[str]) -> list[Saying]:
    """That nobody hears of these machines, and what follows from it; then the same in fewer words. What runs elsewhere
    meanwhile is missed by nobody."""
    count, one = sum(tile.name not in run for machine in silent for tile in machine.tiles), len(silent) == 1
    who = names([machine.name for machine in silent])
    since = [" has been silent for ", {"age": silent[0].off_since}] if one else [" are silent"]
    what = (f"{'its' if one else 'their'} container does" if count == 1 else
            f"{'its' if one else 'their'} {number(count)} containers do")
    whole = [[*who, *since, f", and nobody can know what {what}."]] if count else []
    return [*whole, [*who, *since, "."], [*who, " is silent." if one else " are silent."]]


def _trouble(trouble: Sequence[str]) -> Saying:
    whole = f"{trouble[0]}: {trouble[1]}"
    return [whole if len(whole) <= _MOST - 20 else f"{trouble[0]}."]  # long words break lines early


def _length(saying: Saying) -> int:
    return sum(len(piece) if isinstance(piece, str) else len(piece.get("b", "12 min")) for piece in saying)


def _machine(machine: Machine, wished: Sequence[str], lacking: Sequence[str], buttons: Sequence[str],
             pressed: bool, there: Mapping[str, str]) -> dict:
    used, free = len(machine.tiles), iter(lacking if machine.on else ())
    places = [_place(i, tile, machine, wished, buttons, pressed, there) if tile else
              _free(i, machine, next(free, None), pressed) for i, tile in enumerate(machine.places)]
    switch = None
    if "switch" in buttons:
        do = "switch off" if machine.on else "switch on"
        switch = {"do": do, "name": "", "machine": machine.name, "say": do, "label": f"{do} {machine.name}",
                  "on": pressed}
    heard = f"{number(used)} container{'' if used == 1 else 's'}{'' if machine.on else ' last seen there'}"
    return {
        "name": machine.name, "on": machine.on, "state": "Ready" if machine.on else "NotReady",
        "word": f"{used} of {len(machine.places)} places" if machine.on else "switched off",
        "label": f"{machine.name}, {'Ready' if machine.on else 'NotReady, switched off'}, {heard}",
        "places": places, "switch": switch,
    }


def _place(i: int, tile: Tile, machine: Machine, wished: Sequence[str], buttons: Sequence[str], pressed: bool,
           there: Mapping[str, str]) -> dict:
    known, dead = machine.on, tile.state in ("Failed", "Succeeded")
    moved = not known and tile.name in there  # it runs elsewhere
    aside: Saying = []
    if moved:
        detail = [f"now on {cut(there[tile.name], 10)}"]
    elif not known:
        detail = ["" if len(tile.state) > 7 else "heard ", {"age": machine.off_since}, " ago"]  # as there is room
    elif dead:
        detail = [exit_words(tile.exit_code).removesuffix(" (killed)")]
        aside = [{"age": tile.since}, " ago"] if tile.since else []
    elif tile.state == "Pending":
        detail = ["for ", {"age": tile.since}] if tile.since else []
    else:
        detail = ["for ", {"age": tile.since}] if tile.since else []
        aside = [f"restarts {tile.restarts}"] if tile.restarts else []
    button = None
    if known and tile.state == "Running" and "kill" in buttons:
        button = _button("kill", tile.name, machine.name, "kill", pressed)
    elif known and dead and "start" in buttons and tile.name in wished:
        button = _button("start", tile.name, machine.name, "start", pressed)
    meaning = f"{tile.state}: {exit_meaning(tile.exit_code)}." if dead and known else tile.state
    return {"key": f"{tile.state} {tile.id} {known}", "place": i, "name": tile.name,
            "state": "was here" if moved else tile.state,
            "known": known, "detail": detail, "aside": aside, "title": f"{tile.name}\n{meaning}", "button": button}


def _free(i: int, machine: Machine, name: str | None, pressed: bool) -> dict:
    words = "a free place" if machine.on else "nothing starts here"
    button = _button("start", name, machine.name, f"start {cut(name, 8)}", pressed) if name else None
    return {"key": "empty", "place": i, "name": "", "state": "Empty", "known": True, "detail": [words], "aside": [],
            "title": "", "button": button}


def _button(do: str, name: str, machine: str, say: str, pressed: bool) -> dict:
    return {"do": do, "name": name, "machine": machine, "say": say, "on": pressed,
            "label": f"{do} {name}" + (f" on {machine}" if do == "start" else "")}

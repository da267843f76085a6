"""What stays of the machines when the kernel is gone? The same dict, drawn as a plain SVG, and as text."""

import textwrap

from mini_k8s.widgets.paper import DASHES, EDGE, INK, LINE, PAPER, QUIET, STATES, WIDTH, box, sheet, write
from mini_k8s.widgets.still import Still
from mini_k8s.widgets.words import plain

_OFF = {INK: "#e8e8e8", QUIET: "#b4b4b4", EDGE: "#6a6a70", LINE: "#4a4a50", PAPER: "#292929", "#7f7f7f": "#a8a8a8"}
_GAP, _TILE = 14, 56


class MachinesStill(Still):
    """The still picture of machines."""

    def svg(self) -> str:
        return svg(self.picture, self.now)

    def text(self) -> str:
        return text(self.picture, self.now)


def svg(picture: dict, now: float) -> str:
    """The picture as an SVG of 792 units' width, with every word escaped."""
    say = textwrap.wrap(plain(picture["say"], now), 70)[:3]
    note = textwrap.wrap(picture["note"], 105)
    out = [write(0, 18 + 22 * i, words, 16) for i, words in enumerate(say)]
    out.append(write(WIDTH, 16, plain(picture["status"], now), 12, QUIET, anchor="end"))
    y = 22 * max(2, len(say))
    out += [write(0, y + 18 + 17 * i, words, 12, QUIET) for i, words in enumerate(note)]
    y += 20 + 17 * len(note)
    machines = picture["machines"]
    for first in range(0, len(machines), 3):
        row = machines[first:first + 3]
        width = (WIDTH - 2 * _GAP) / 3
        height = 72 + _TILE * max(len(machine["places"]) for machine in row)
        for i, machine in enumerate(row):
            out += _machine(machine, i * (width + _GAP), y, width, height, now)
        y += height + _GAP
    return sheet(f"{picture['title']}. {plain(picture['say'], now)}", y - _GAP, out)


def text(drawn: dict, now: float) -> str:
    """The picture as lines of plain text, machine by machine."""
    lines = [f"{drawn['title']}: {plain(drawn['status'], now)}", plain(drawn["say"], now)]
    lines += [drawn["note"]] if drawn["note"] else []
    for machine in drawn["machines"]:
        lines.append(f"{machine['name']}  {machine['state']}, {machine['word']}")
        for place in machine["places"]:
            if place["state"] != "Empty":
                sign = STATES[place["state"] if place["known"] else "?"][1]
                lines.append(f"  {place['name']}  {sign} {place['state']}, {plain(place['detail'], now)}".rstrip(", "))
    return "\n".join(lines)


def _machine(machine: dict, x: float, y: float, width: float, height: float, now: float) -> list[str]:
    paint = (lambda colour: colour) if machine["on"] else (lambda colour: _OFF.get(colour, colour))
    colour, _, glyph = STATES["Running" if machine["on"] else "?"]
    out = [box(x, y, width, height, 10, paint(EDGE), "#f7f7f7" if machine["on"] else paint(PAPER)),
           write(x + 12, y + 26, machine["name"], bold=True, mono=True, colour=paint(INK), most=130),
           f'<g transform="translate({x + 12:g} {y + 34:g})">{glyph.format(c=paint(colour))}</g>',
           write(x + 28, y + 44, machine["state"], colour=paint(INK)),
           write(x + width - 12, y + 34, machine["word"], 12, paint(QUIET), anchor="end")]
    for i, place in enumerate(machine["places"]):
        out += _place(place, x + 12, y + 64 + _TILE * i, width - 24, paint, now)
    return out


def _place(place: dict, x: float, y: float, width: float, paint, now: float) -> list[str]:
    detail = plain(place["detail"], now)
    if place["state"] == "Empty":
        return [box(x, y, width, 48, 6, paint(LINE), more=DASHES),
                write(x + 14, y + 28, detail, 12, paint(QUIET))]
    colour, _, glyph = STATES[place["state"] if place["known"] else "?"]
    tint = "none" if not place["known"] else "#fcf4ef" if place["state"] == "Failed" else PAPER
    aside = plain(place["aside"], now)
    return [box(x, y, width, 48, 6, paint(EDGE), tint, "" if place["known"] else DASHES),
            f'<path d="M{x + 2.5:g} {y + 4:g}v40" stroke="{paint(colour)}" stroke-width="4"/>',
            write(x + 14, y + 20, place["name"], bold=True, mono=True, colour=paint(INK), most=120),
            write(x + width - 10, y + 20, aside, 12, paint(QUIET), anchor="end") if aside else "",
            f'<g transform="translate({x + 14:g} {y + 28:g})">{glyph.format(c=paint(colour))}</g>',
            write(x + 30, y + 38, place["state"], colour=paint(INK)),
            write(x + 36 + 7.2 * len(place["state"]), y + 38, detail, 12, paint(QUIET), most=120)]

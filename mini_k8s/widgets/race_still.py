"""What stays of a race when the kernel is gone? The same dict, drawn as a plain SVG, and as text."""

import textwrap

from mini_k8s.widgets.paper import DASHES, EDGE, INK, LINE, PAPER, QUIET, STATES, WIDTH, box, sheet, write
from mini_k8s.widgets.still import Still
from mini_k8s.widgets.words import plain

GUTTER, COLUMN, LANE = 92, 133, 22
_CELL, _RED = 92, STATES["Failed"][0]


class RaceStill(Still):
    """The still picture of a race."""

    def svg(self) -> str:
        return svg(self.picture, self.now)

    def text(self) -> str:
        return text(self.picture)


def svg(picture: dict, now: float) -> str:
    """The picture as an SVG of 792 units' width, with every word escaped."""
    say = textwrap.wrap(plain(picture["say"], now), 70)[:3]
    out = [write(0, 18 + 22 * i, words, 16) for i, words in enumerate(say)]
    out.append(write(WIDTH, 16, plain(picture["status"], now), 12, QUIET, anchor="end"))
    y = 22 * max(2, len(say)) + 16
    for i, who in enumerate(picture["writers"]):
        out.append(write(0, y + LANE * i + 15, who, 12, QUIET, most=GUTTER - 8))
    bottom = y + LANE * max(1, len(picture["writers"]))
    for cell in picture["cells"]:
        out += _arc(cell, y, bottom)
    out.append(write(0, bottom + 20, "versions", 12, QUIET))
    if picture["before"]:
        out.append(write(0, bottom + 38, f"{picture['before']:,} before", 12, QUIET))
    for cell in picture["cells"]:
        out += _cell(cell, GUTTER + COLUMN * cell["place"], bottom)
    if not picture["cells"]:
        out += [box(GUTTER, bottom, COLUMN - 8, _CELL, 6, LINE, more=DASHES),
                write(GUTTER + 9, bottom + 20, "a place for a version", 12, QUIET)]
    y = bottom + _CELL + 26
    state = picture["state"]
    out.append(write(0, y, state["head"], 12, QUIET))
    for i, (part, words) in enumerate((("wish", "spec, the wish"), ("fact", "status, the fact"))):
        out += _part(state[part], words, 386 * i, y + 10)
    return sheet(f"{picture['title']}. {plain(picture['say'], now)}", y + 10 + _high(state), out)


def text(picture: dict) -> str:
    """The picture as lines of plain text: the sentence, what was written and refused, the object."""
    lines = [f"{picture['title']}: {plain(picture['status'], 0)}", plain(picture["say"], 0)]
    lines += [f"  ({picture['before']:,} before)"] if picture["before"] else []
    for cell in picture["cells"]:
        lines.append(f"  {cell['head']:<12} {cell['who']:<14} {' '.join(cell['what'])}"
                     f"{'  ≠ ' + cell['undone'] if cell['undone'] else ''}".rstrip())
    state = picture["state"]
    lines.append(state["head"])
    for part, words in (("wish", "spec"), ("fact", "status")):
        said = ", ".join(f"{field['name']} {field['value']}" for field in state[part])
        lines.append(f"  {words:<7} {said or 'nothing'}")
    return "\n".join(lines)


def _x(place: int, lane: int) -> float:
    return GUTTER - 6 if place < 0 else GUTTER + COLUMN * place + 16 + 12 * lane


def _arc(cell: dict, y: float, bottom: float) -> list[str]:
    if cell["lane"] < 0:
        return []
    at, x = y + LANE * cell["lane"] + 11, _x(cell["place"], cell["lane"])
    out = []
    if cell["from"] is not None:
        begin, ink = _x(cell["from"], cell["lane"]), _RED if cell["kind"] == "refused" else INK
        out = [f'<path d="M{begin:g} {at:g}H{x:g}" stroke="{ink}" stroke-width="1.5" fill="none"'
               f'{"" if cell["asked"] else DASHES}/>',
               f'<circle cx="{begin:g}" cy="{at:g}" r="3.5" fill="{PAPER}" stroke="{INK}" stroke-width="1.5"/>']
    if cell["kind"] == "refused":
        return [*out, f'<path d="M{x - 5:g} {at - 5:g}l10 10M{x + 5:g} {at - 5:g}l-10 10" stroke="{_RED}" '
                      'stroke-width="2.2"/>']
    return [*out, f'<path d="M{x:g} {at:g}V{bottom:g}" stroke="{INK}" stroke-width="1.5"/>',
            f'<circle cx="{x:g}" cy="{at:g}" r="4" fill="{INK}"/>']


def _cell(cell: dict, x: float, y: float) -> list[str]:
    refused = cell["kind"] == "refused"
    out = [box(x, y, COLUMN - 8, _CELL, 6, INK if cell["shown"] else EDGE, PAPER, DASHES if refused else ""),
           write(x + 9, y + 20, cell["head"], 13, bold=True, most=COLUMN - 22),
           write(x + 9, y + 37, cell["who"], 12, QUIET, most=COLUMN - 22)]
    out += [write(x + 9, y + 54 + 15 * i, words, 12, most=COLUMN - 18) for i, words in enumerate(cell["what"])]
    if cell["undone"]:
        width = 7.2 * len(cell["undone"]) + 14
        out += [box(x + 6, y + _CELL - 10, width, 20, 10, INK, INK),
                write(x + 6 + width / 2, y + _CELL + 4, cell["undone"], 12, PAPER, bold=True, anchor="middle")]
    return out


def _high(state: dict) -> float:
    return 34 + 18 * max(1, len(state["wish"]), len(state["fact"]))


def _part(fields: list[dict], words: str, x: float, y: float) -> list[str]:
    rows = max(1, len(fields))
    out = [box(x, y, 374, 34 + 18 * rows, 6, EDGE if fields else LINE, more="" if fields else DASHES),
           write(x + 12, y + 20, words, 12, QUIET)]
    out += [write(x + 12, y + 38, "nothing", 13, QUIET)] if not fields else []
    for i, field in enumerate(fields):
        out += [write(x + 12, y + 39 + 18 * i, field["name"], 13, QUIET, most=150),
                write(x + 170, y + 39 + 18 * i, field["value"], 13, bold=field["fresh"], mono=True, most=195)]
    return out

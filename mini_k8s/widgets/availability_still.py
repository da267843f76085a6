"""What stays of a history when the kernel is gone? The same chart, as a plain SVG, and as text."""

import textwrap
from html import escape

from mini_k8s.widgets.availability_picture import BOTTOM, HEIGHT, LEFT, RIGHT, TOP
from mini_k8s.widgets.paper import EDGE, INK, PAPER, QUIET, STATES, WIDTH, sheet, write
from mini_k8s.widgets.still import Still
from mini_k8s.widgets.words import plain

_BLUE, _RED = STATES["Running"][0], STATES["Failed"][0]


class AvailabilityStill(Still):
    """The still picture of a history."""

    def svg(self) -> str:
        return svg(self.picture, self.now)

    def text(self) -> str:
        return text(self.picture, self.now)


def svg(picture: dict, now: float) -> str:
    """The picture as an SVG of 792 units' width, with every word escaped."""
    say = textwrap.wrap(plain(picture["say"], now), 70)[:3]
    out = [write(0, 18 + 22 * i, words, 16) for i, words in enumerate(say)]
    out += [write(WIDTH, 16, plain(picture["status"], now), 12, QUIET, anchor="end"),
            write(WIDTH, 33, picture["played"], 12, QUIET, anchor="end")]
    y = 22 * max(2, len(say)) + 16
    out += [f'<g transform="translate(0 {y})">', *_chart(picture["chart"]), "</g>"]
    y += HEIGHT + 16
    x = 0.0
    for fact in picture["facts"]:
        out += [write(x, y + 10, fact["label"], 12, QUIET), write(x, y + 36, fact["value"], 22, bold=True),
                write(x + 14 * len(fact["value"]) + 4, y + 36, fact["unit"], 13, QUIET)]
        x += max(6.4 * len(fact["label"]), 14 * len(fact["value"]) + 8 * len(fact["unit"])) + 30
    return sheet(f"{picture['title']}. {plain(picture['say'], now)}", y + 42, out)


def text(picture: dict, now: float) -> str:
    """The picture as lines of plain text: the sentence, every failure, the numbers."""
    lines = [f"{picture['title']}: {' · '.join(filter(None, [plain(picture['status'], now), picture['played']]))}",
             plain(picture["say"], now)]
    lines += [f"  {mark['title']}" for mark in picture["chart"]["marks"]]
    lines.append("  ".join(f"{fact['label']}: {fact['value']} {fact['unit']}" for fact in picture["facts"]))
    return "\n".join(lines)


def _chart(chart: dict) -> list[str]:
    out = [f'<defs><pattern id="lack" width="6" height="6" patternUnits="userSpaceOnUse" '
           f'patternTransform="rotate(45)"><rect width="6" height="6" fill="#fbe3d4"/>'
           f'<rect width="2.5" height="6" fill="{_RED}"/></pattern></defs>']
    for look in chart["looks"]:
        out += [f'<rect x="{look["x"]:g}" y="0" width="{look["width"]:g}" height="{BOTTOM}" fill="#f2f2f2"/>',
                write(look["x"] + 8, 16, "you looked away", 12, QUIET)]
    for mark in chart["marks"]:
        x, to, y = mark["x"], mark["to"], mark["y"]
        out += [f'<g><title>{escape(mark["title"])}</title>'
                f'<path d="M{x:g} {y}H{to:g}" stroke="{INK}" stroke-width="1.5"/>'
                f'<path d="M{x - 4:g} {y - 4}l8 8M{x + 4:g} {y - 4}l-8 8" stroke="{_RED}" stroke-width="2.2"/>']
        if not mark["open"]:
            out.append(f'<circle cx="{to:g}" cy="{y}" r="4.5" fill="{_BLUE}"/>')
        if mark["label"]:
            side = (x - 10, "end") if mark["before"] else (to + 10, "start")
            out.append(write(side[0], y + 4, mark["label"], 12, bold=True, anchor=side[1]))
        out.append("</g>")
    out += [f'<path d="{chart["lack"]}" fill="url(#lack)"/>', f'<path d="{chart["ran"]}" fill="{PAPER}"/>',
            f'<path d="{chart["ran"]}" fill="{_BLUE}" fill-opacity=".26"/>',
            f'<path d="{chart["edge"]}" fill="none" stroke="{_BLUE}" stroke-width="2"/>'] if chart["edge"] else []
    out += [f'<path d="M{LEFT} {TOP - 1}H{RIGHT}" stroke="{INK}" stroke-width="2"/>',
            write(44, TOP - 8, "wished", 12, bold=True),
            write(44, BOTTOM - 9, "running", 12, bold=True) if chart["edge"] else "",
            f'<path d="M{LEFT} {BOTTOM}.5H{RIGHT}" stroke="{EDGE}"/>']
    out += [write(28, count["y"] + 4, count["label"], 12, QUIET, anchor="end") for count in chart["counts"]]
    out += [write(tick["x"], BOTTOM + 19, tick["label"], 12, QUIET, anchor="middle") for tick in chart["ticks"]]
    return out

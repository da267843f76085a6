"""What stays of the loop's picture when the kernel is gone? The same dict, drawn as a plain SVG."""

import math
import textwrap

from mini_k8s.widgets.paper import DASHES, EDGE, INK, LINE, PAPER, QUIET, STATES, WIDTH, box, line, sheet, write
from mini_k8s.widgets.words import cut, first_line, plain

SIGNS = {"": "", "missing": "− missing", "extra": "+ extra", "changed": "≠ changed", "same": "=  same",
         "not known": "?  not known"}
_ROW, _MOST = 54, 60  # at most so many rows are drawn; the rest is counted


def svg(picture: dict, now: float) -> str:
    """The picture as an SVG of 792 units' width, with every word escaped."""
    say = textwrap.wrap(plain(picture["say"], now), 70)[:3]
    out = [write(0, 18 + 22 * i, line, 16) for i, line in enumerate(say)]
    note = textwrap.wrap(picture["note"], 105)
    y = 22 * max(1 if note else 2, len(say))
    out += [write(0, y + 18 + 17 * i, line, 12, QUIET) for i, line in enumerate(note)]
    still = "closed" if picture["closed"] else picture["status"]
    out.append(write(WIDTH, 16, still, 12, QUIET, anchor="end"))
    y += 24 + 17 * len(note) + (6 if note else 0)
    grey = picture["grey"]
    out += _head(y, picture["whose"], grey)
    y += 66
    shown = picture["rows"][:_MOST]
    for row in shown:
        out += _row(row, y, now)
        note = textwrap.wrap(row["note"], 88)
        out += [write(132, y + 62 + 17 * i, line, 12, QUIET) for i, line in enumerate(note)]
        y += _ROW + 17 * len(note) + (6 if note else 0)
    if not shown:
        out.append(write(0, y + 24, "no names yet", 13, QUIET))
        y += _ROW
    if len(picture["rows"]) > _MOST:
        out.append(write(0, y + 16, f"and {len(picture['rows']) - _MOST:,} more names", 13, QUIET))
        y += 28
    if "action" not in grey:
        out += _tape(picture, y + 26, now)
        y += 120
    return sheet(f"{picture['title']}, {picture['status']}. {plain(picture['say'], now)}", y, out)


def _head(y: float, whose: dict, grey: dict) -> list[str]:
    out = []
    if "action" not in grey:
        out = [f'<path d="M.5 {y + 12}v-6q0-6 6-6h{WIDTH - 13}q6 0 6 6v6" fill="none" stroke="{EDGE}"/>',
               box(16, y - 9, 132, 18, 0, PAPER, PAPER), write(24, y + 4, "reconcile", mono=True),
               *_badge(100, y - 9, whose["reconcile"]["who"])]
    if "difference" not in grey:
        out += [write(412, y + 53, "diff", mono=True), *_badge(450, y + 40, whose["diff"]["who"])]
    for x, word, under in ((0, "desired", "what should be"), (132, "observed", "what is there"),
                           (412, "difference", ""), (584, "action", "what is done about it")):
        out += [write(x, y + 34, word, 15, QUIET if word in grey else INK, bold=True),
                write(x, y + 53, grey.get(word, under), 12, QUIET)]
    return out


def _badge(x: float, y: float, who: str) -> list[str]:
    yours = who == "yours"
    return [box(x, y, 41, 18, 4, INK if yours else EDGE),
            write(x + 20.5, y + 13, who, 12, INK if yours else QUIET, bold=yours, anchor="middle")]


def _row(row: dict, y: float, now: float) -> list[str]:
    differs = row["act"] is not None
    name, wished, middle = row["name"], row["wished"], y + 24
    if wished is None:
        out = [write(0, middle + 4, "not wished for", 12, QUIET)]
    else:
        out = [write(0, middle - 5, name, bold=True, mono=True, most=112),
               write(0, middle + 13, wished, 12, QUIET, most=112)]
    out += [line(116, middle, 126, differs), *_tile(row, y, now), line(380, middle, 404, differs)]
    word = SIGNS[row["differs"]]
    if row["differs"] not in ("missing", "extra", "changed"):
        return [*out, write(416, middle + 4, word, 13, QUIET)]
    width = 8 * len(word) + 14
    fill, ink = (INK, PAPER) if row["filled"] else ("none", INK)
    return [*out, box(412, middle - 13, width + 1, 26, 12.5, INK, fill),
            write(412.5 + width / 2, middle + 4.5, word, 13, ink, bold=True, anchor="middle"),
            *([line(412 + width + 6, middle, 578, True), *_act(row["act"], middle, now)] if row["act"] else [])]


def _tile(row: dict, y: float, now: float) -> list[str]:
    tile, name = row["tile"], "" if row["wished"] is not None else row["name"]
    if tile["state"] == "Empty":
        return [box(132, y, 242, 48, 6, LINE, more=DASHES),
                write(146, y + 28, f"{cut(name, 14)} {plain(tile['detail'], now)}".strip(), 12, QUIET)]
    colour, _, glyph = STATES[tile["state"] if tile["known"] else "?"]
    dashes = "" if tile["known"] and tile["state"] != "Terminating" else DASHES
    tint = "#fcf4ef" if tile["state"] == "Failed" and tile["known"] else PAPER
    out = [box(132, y, 242, 48, 6, EDGE, tint, dashes),
           f'<path d="M134.5 {y + 4}v40" stroke="{colour}" stroke-width="4"/>',
           f'<g transform="translate(146 {y + 11})">{glyph.format(c=colour)}</g>',
           write(162, y + 20, f"{tile['state']} {tile['times']}".rstrip())]
    if name:
        out.append(write(170 + 7.6 * len(tile["state"]), y + 20, name, bold=True, mono=True, most=130))
    return [*out, write(146, y + 38, plain(tile["detail"], now), 12, QUIET, most=220)]


def _act(act: dict, middle: float, now: float) -> list[str]:
    paint = f'fill="none" stroke="{INK}" stroke-width="1.5"' if act["kind"] == "under way" else f'fill="{INK}"'
    icon = ""
    if act.get("until"):
        part = min(0.9999, act.get("left", max(0.0, act["until"] - now)) / act["delay"])
        turn = (1 - part) * 2 * math.pi
        icon = f'<circle cx="598" cy="{middle}" r="12.5" fill="none" stroke="{EDGE}"/>'
        if part > 0:
            icon += (f'<path d="M598 {middle}L{598 + 10 * math.sin(turn):.2f} {middle - 10 * math.cos(turn):.2f}'
                     f'A10 10 0 {int(part > 0.5)} 1 598 {middle - 10}z" fill="#E69F00"/>')
    elif act["kind"] == "failed":
        icon = f'<path d="M593 {middle - 5}l10 10M603 {middle - 5}l-10 10" stroke="#D55E00" stroke-width="2.4"/>'
    elif act["kind"] == "waits":
        icon = "".join(f'<circle cx="{x}" cy="{middle}" r="1.5" fill="{INK}"/>' for x in (593, 598, 603))
    elif act["verb"] == "start":
        icon = f'<path d="M593 {middle - 6}l11 6-11 6z" {paint}/>'
    elif act["verb"] == "stop":
        icon = f'<rect x="592.5" y="{middle - 5.5}" width="11" height="11" {paint}/>'
    return [icon, write(620, middle - 5, plain(act["say"], now), bold=True, most=140),
            write(620, middle + 13, plain(act["more"], now), 12, QUIET, most=144, shorten=first_line)]


def _tape(picture: dict, y: float, now: float) -> list[str]:
    out, x = [f'<path d="M0 {y - 22}H{WIDTH}" stroke="{LINE}"/>'], 0.0
    widths = {"quiet": 12, "gap": 78}
    for item in picture["tape"]:
        quiet, width = item["kind"] in widths, widths.get(item["kind"], 112)
        if item["shown"]:
            out.append(f'<circle cx="{x + 5:g}" cy="{y}" r="6" fill="{INK}"/>')
        tick = f'd="M{x + 1:g} {y - 2}v5" stroke="{QUIET}"' if quiet else f'd="M{x + 1:g} {y - 4}v9" stroke="{INK}"'
        out.append(f'<path {tick} stroke-width="{1 if quiet else 2}"/>')
        if item["kind"] != "quiet":
            head = next((head for head in item["heads"] if 6.6 * len(head) < width), item["heads"][-1])
            out += [write(x, y + 26, head, 12, QUIET),
                    write(x, y + 43, item["what"], 12, bold=True, mono=True)]
            out += [write(x, y + 60 + 17 * i, line, 12, most=114) for i, line in enumerate(item["why"])]
        x += width
    out += [line(0, y, x), line(x, y, WIDTH, dashed=True)]
    if not picture["rewound"] and not picture["closed"]:
        out.append(f'<circle cx="{x + 5:g}" cy="{y}" r="6" fill="{INK}"/>')
    word, following = picture["now"]["words"]
    then = "now" if picture["now"]["since"] is None else plain(["now · ", {"age": picture["now"]["since"]}], now)
    return [*out, write(x, y + 26, then, 12, QUIET), write(x, y + 43, word, 12, bold=True, mono=True),
            write(x, y + 60, following, 12)]

"""What stays of a ReplicaSet's picture when the kernel is gone? The same dict, drawn as a plain SVG, and as text."""

import textwrap

from mini_k8s.widgets.paper import DASHES, EDGE, INK, LINE, PAPER, QUIET, STATES, WIDTH, box, sheet, write
from mini_k8s.widgets.replicaset_picture import COLUMNS, in_words
from mini_k8s.widgets.still import Still
from mini_k8s.widgets.words import plain

_TILE, _GAP = 106, 10


class ReplicaSetStill(Still):
    """The still picture of a ReplicaSet."""

    def svg(self) -> str:
        return svg(self.picture, self.now)

    def text(self) -> str:
        return in_words(self.picture, self.now)


def svg(picture: dict, now: float) -> str:
    """The picture as an SVG of 792 units' width, with every word escaped."""
    say, note = textwrap.wrap(plain(picture["say"], now), 70)[:3], textwrap.wrap(picture["note"], 105)
    out = [write(0, 18 + 22 * i, words, 16) for i, words in enumerate(say)]
    out.append(write(WIDTH, 16, plain(picture["status"], now), 12, QUIET, anchor="end"))
    y = 22.0 * max(2, len(say))
    out += [write(0, y + 18 + 17 * i, words, 12, QUIET) for i, words in enumerate(note)]
    y += 20 + 17 * len(note)
    one, tiles = picture["set"], picture["tiles"]
    rows = -(-max(1, len(tiles)) // COLUMNS)
    height = 44 + (_TILE + _GAP) * rows + 8
    out += [f'<rect x="1" y="{y + 1:g}" width="{WIDTH - 2}" height="{height:g}" rx="10" fill="#f5f5f5" '
            f'stroke="{INK}" stroke-width="2"/>',
            write(18, y + 27, one["name"], bold=True, mono=True, most=200),
            write(30 + 8 * len(one["name"]), y + 27, f"ReplicaSet · selector {one['selector']}" if one["there"] else
                  "no such ReplicaSet", 12, QUIET, most=380),
            write(WIDTH - 18, y + 27, (f"replicas: {one['replicas']}" if one["there"] else "")
                  + (f"   {one['differs']}" if one["differs"] else ""), bold=True, anchor="end")]
    out += _tiles(tiles, 16, y + 44, WIDTH - 32)
    y += height + 26
    out += [write(16, y, "Not selected", bold=True),
            write(106, y, "neither counted nor replaced", 12, QUIET)]
    out += _tiles(picture["others"], 16, y + 12, WIDTH - 32) if picture["others"] else [
        write(16, y + 26, "change a pod's label and it moves here, alive", 12, QUIET)]
    y += 12 + (_TILE + _GAP) * -(-max(1, len(picture["others"])) // COLUMNS)
    if picture["whose"]:
        words = " · ".join(f"{each['name']} {each['who']}" for each in picture["whose"])
        out.append(write(0, y + 16, f"decided by {words}", 12, QUIET))
        y += 26
    return sheet(f"{picture['title']}. {plain(picture['say'], now)}", y, out)


def _tiles(tiles: list[dict], left: float, top: float, room: float) -> list[str]:
    width, out = (room - _GAP * (COLUMNS - 1)) / COLUMNS, []
    for i, tile in enumerate(tiles):
        out += _tile(tile, left + (width + _GAP) * (i % COLUMNS), top + (_TILE + _GAP) * (i // COLUMNS), width)
    return out


def _tile(tile: dict, x: float, y: float, width: float) -> list[str]:
    if tile["state"] == "Empty":
        return [box(x, y, width, _TILE, 6, LINE, "none", DASHES), write(x + 14, y + 24, tile["word"], 12, QUIET)]
    colour, _, glyph = STATES.get(tile["state"], STATES["?"])
    labels = " ".join(label["text"] for label in tile["labels"]) or "no labels"
    more = f"{tile['owner']}{', adopted' if tile['adopted'] else ''}"
    return [box(x, y, width, _TILE, 6, INK if tile["over"] else EDGE, PAPER),
            f'<path d="M{x + 2.5:g} {y + 4:g}v{_TILE - 8}" stroke="{colour}" stroke-width="4"/>',
            write(x + 14, y + 24, tile["name"], bold=True, mono=True, most=width - 24),
            write(x + 14, y + 44, labels, 12, QUIET, mono=True, most=width - 24),
            f'<g transform="translate({x + 14:g} {y + 56:g})">{glyph.format(c=colour)}</g>',
            write(x + 30, y + 65, f"{tile['state']} {tile['word']}".rstrip(), most=width - 40),
            write(x + 14, y + 88, more, 12, QUIET, most=width - 24)]

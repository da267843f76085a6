"""What stays of a pod's picture when the kernel is gone? The same dict, drawn as a plain SVG, and as text."""

import textwrap

from mini_k8s.widgets.paper import DASHES, EDGE, INK, PAPER, QUIET, STATES, WIDTH, box, sheet, write
from mini_k8s.widgets.still import Still
from mini_k8s.widgets.words import plain

_AS = {"Waiting": "Pending", "Empty": "?", "gone": "?"}
_TILE = 120


class PodStill(Still):
    """The still picture of a pod."""

    def svg(self) -> str:
        return svg(self.picture, self.now)

    def text(self) -> str:
        return text(self.picture, self.now)


def svg(picture: dict, now: float) -> str:
    """The picture as an SVG of 792 units' width, with every word escaped."""
    say, note = textwrap.wrap(plain(picture["say"], now), 70)[:3], textwrap.wrap(picture["note"], 105)
    out = [write(0, 18 + 22 * i, words, 16) for i, words in enumerate(say)]
    out.append(write(WIDTH, 16, plain(picture["status"], now), 12, QUIET, anchor="end"))
    y = 22.0 * max(2, len(say))
    out += [write(0, y + 18 + 17 * i, words, 12, QUIET) for i, words in enumerate(note)]
    y += 20 + 17 * len(note)
    pod, tiles, volumes = picture["pod"], picture["tiles"], picture["volumes"]
    columns = max(2, min(4, len(tiles)))
    rows = -(-max(1, len(tiles)) // columns)
    inner = 56 + (_TILE + 14) * rows
    height = 66 + inner + (34 + 44 * len(volumes) if volumes else 0) + 12
    out.append(f'<rect x="1" y="{y + 1:g}" width="{WIDTH - 2}" height="{height:g}" rx="10" fill="{PAPER}" '
               f'stroke="{INK}" stroke-width="2"/>')
    out += [write(18, y + 28, pod["name"], bold=True, mono=True, most=300),
            *_state(pod["phase"], 18, y + 48, pod["where"]), *_address(pod, y)]
    top = y + 62
    out += _sandbox(picture["sandbox"], top, inner)
    width = (WIDTH - 58 - 14 * (columns - 1)) / columns
    for i, tile in enumerate(tiles):
        x = 30 + (width + 14) * (i % columns)
        out += _tile(tile, x, top + 46 + (_TILE + 14) * (i // columns), width, now)
    for i, volume in enumerate(volumes):
        at = top + inner + 34 + 44 * i
        for mount in volume["mounts"] if volume["there"] else ():
            column = next(k for k, tile in enumerate(tiles) if tile["name"] == mount["container"]) % columns
            x = 58 + (width + 14) * column
            out += [f'<path d="M{x:g} {top + inner:g}V{at:g}" stroke="{EDGE}" stroke-width="2"/>',
                    write(x + 8, top + inner + 22, mount["path"], 12, QUIET, mono=True, most=width - 30)]
        out += [box(18, at, WIDTH - 36, 36, 6, EDGE, PAPER, "" if volume["there"] else DASHES),
                write(30, at + 23, volume["name"], bold=True, mono=True, most=200),
                write(44 + 8 * len(volume["name"]), at + 23, f"volume, {volume['words']}", 12, QUIET, most=500)]
    y += height + 12
    if strip := picture["backoff"]:
        out += _strip(strip, y)
        y += 62
    if picture["whose"]:
        words = " · ".join(f"{one['name']} {one['who']}" for one in picture["whose"])
        out.append(write(0, y + 16, f"decided by {words}", 12, QUIET))
        y += 26
    return sheet(f"{picture['title']}. {plain(picture['say'], now)}", y, out)


def text(picture: dict, now: float) -> str:
    """The picture as lines of plain text."""
    pod, sandbox = picture["pod"], picture["sandbox"]
    lines = [f"{picture['title']}: {plain(picture['status'], now)}", plain(picture["say"], now)]
    lines += [picture["note"]] if picture["note"] else []
    lines.append(f"{pod['name']}  {pod['phase']}, {pod['where']}, {pod['address'] or 'no address'}")
    lines.append(f"  sandbox  {sandbox['word']}, {plain(sandbox['detail'], now)}")
    for tile in picture["tiles"]:
        sign = STATES[_AS.get(tile["state"], tile["state"])][1]
        words = ", ".join(filter(None, (plain(tile["word"], now), plain(tile["detail"], now))))
        left = f", {plain([{'left': tile['clock']['until']}], now)} left" if tile["clock"] else ""
        lines.append(f"    {tile['name']}  {sign} {tile['state']}, {words}{left}".rstrip(", "))
    for volume in picture["volumes"]:
        mounts = ", ".join(f"{mount['path']} in {mount['container']}" for mount in volume["mounts"])
        lines.append(f"  volume {volume['name']}  {volume['words']}: {mounts}")
    if picture["whose"]:
        lines.append("  decided by " + ", ".join(f"{one['name']} ({one['who']})" for one in picture["whose"]))
    return "\n".join(lines)


def _state(word: str, x: float, y: float, more: str = "") -> list[str]:
    colour, _, glyph = STATES[_AS.get(word, word)]
    return [f'<g transform="translate({x:g} {y - 9:g})">{glyph.format(c=colour)}</g>', write(x + 16, y, word),
            write(x + 26 + 7.4 * len(word), y, more, 12, QUIET)]


def _address(pod: dict, y: float) -> list[str]:
    words = pod["address"] or (f"{pod['lost']} is gone" if pod["lost"] else "no address")
    width, there = 8.2 * len(words) + 24, bool(pod["address"])
    return [box(WIDTH - 16 - width, y + 12, width, 28, 13, INK if there else EDGE, PAPER, "" if there else DASHES),
            write(WIDTH - 16 - width / 2, y + 31, words, 13 if there else 12, INK if there else QUIET, bold=there,
                  mono=there, anchor="middle")]


def _sandbox(sandbox: dict, y: float, height: float) -> list[str]:
    there = sandbox["state"] == "Running"
    out = [box(18, y, WIDTH - 36, height, 6, EDGE if sandbox["state"] != "Failed" else "#D55E00",
               "#f7f7f7" if there else PAPER, "" if there else DASHES), write(30, y + 27, "sandbox", bold=True)]
    if sandbox["state"] == "Empty":
        return [*out, write(92, y + 27, plain(sandbox["detail"], 0.0), 12, QUIET)]
    colour, _, glyph = STATES[sandbox["state"]]
    return [*out, f'<g transform="translate(92 {y + 18:g})">{glyph.format(c=colour)}</g>',
            write(108, y + 27, sandbox["word"]), write(154, y + 27, plain(sandbox["detail"], 0.0), 12, QUIET)]


def _tile(tile: dict, x: float, y: float, width: float, now: float) -> list[str]:
    colour, _, _ = STATES[_AS.get(tile["state"], tile["state"])]
    left = f", {plain([{'left': tile['clock']['until']}], now)} left" if tile["clock"] else ""
    return [box(x, y, width, _TILE, 6, EDGE, "#fcf4ef" if tile["state"] == "Failed" else PAPER),
            f'<path d="M{x + 2.5:g} {y + 4:g}v{_TILE - 8}" stroke="{colour}" stroke-width="4"/>',
            write(x + 14, y + 24, tile["name"], bold=True, mono=True, most=width - 24),
            *_state(tile["state"], x + 14, y + 45),
            write(x + 14, y + 64, plain(tile["word"], now) + left, 12, QUIET, most=width - 24),
            write(x + 14, y + 82, plain(tile["detail"], now), 12, QUIET, most=width - 24),
            write(x + 14, y + 107, tile["port"] or tile["image"], 12, QUIET, mono=True, most=width - 24)]


def _strip(strip: dict, y: float) -> list[str]:
    out = [write(0, y + 14, f"{strip['name']} waits longer each time, up to {strip['cap']:g} s", 12, QUIET)]
    bars, x = strip["bars"], 0.0
    unit = (WIDTH - 34 * len(bars)) / sum(bar["seconds"] for bar in bars)
    for bar in bars:
        width = 26 + unit * bar["seconds"]
        fill, edge = ("#E69F00", "#E69F00") if bar["when"] == "was" else ("none", INK if bar["when"] == "is" else EDGE)
        out += [box(x, y + 22, width, 14, 0, edge, fill),
                write(x, y + 50, f"{bar['seconds']:g} s", 12, INK if bar["when"] == "is" else QUIET,
                      bold=bar["when"] == "is")]
        x += width + 8
    return out

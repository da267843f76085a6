"""What are still pictures drawn with? Ink, paper, glyphs, and a few strokes that come out as SVG.

JupyterLab shows an SVG as an image, which does not hear of the page's theme: so a still picture brings its own paper,
and is read in the light theme, in the dark one and on GitHub alike.
"""

from collections.abc import Callable, Sequence
from html import escape

from mini_k8s.widgets.words import cut

INK, QUIET, LINE, EDGE, PAPER = "#212121", "#555555", "#e0e0e0", "#bdbdbd", "#ffffff"
STATES = {  # word -> colour, sign in plain text, drawn glyph in a box of 10 by 10
    "Running": ("#0072B2", "●", '<circle cx="5" cy="5" r="5" fill="{c}"/>'),
    "Pending": ("#E69F00", "○", '<circle cx="5" cy="5" r="4" fill="none" stroke="{c}" stroke-width="2"/>'),
    "Failed": ("#D55E00", "✕", '<path d="M1.5 1.5l7 7M8.5 1.5l-7 7" stroke="{c}" stroke-width="2.2" fill="none"/>'),
    "Terminating": ("#7f7f7f", "◌", '<circle cx="5" cy="5" r="4" fill="none" stroke="{c}" stroke-width="2" '
                                    'stroke-dasharray="1.6 1.54"/>'),
    "Succeeded": ("#009E73", "✓", '<path d="M1.5 5.5l2.5 2.7 4.5-6" stroke="{c}" stroke-width="2.2" fill="none"/>'),
    "?": ("#7f7f7f", "?", '<path d="M2.5 3a2.5 2.2 0 1 1 3.6 2q-1.1.5-1.1 1.3M5 9v.1" stroke="{c}" stroke-width="1.8" '
                          'fill="none"/>'),
}
MONO, DASHES = "ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace", ' stroke-dasharray="3 2"'
WIDTH = 760  # of a picture, without the margin of its paper
_MARGIN = 16


def sheet(name: str, height: float, drawn: Sequence[str]) -> str:
    """The whole picture, on its paper. ``name`` is what a screen reader says of it."""
    width, height = WIDTH + 2 * _MARGIN, height + 2 * _MARGIN
    name = escape(name, quote=True)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-label="{name}" font-family="-apple-system, Segoe UI, Helvetica Neue, Arial, sans-serif">'
            f'<title>{name}</title><rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8" fill="{PAPER}" '
            f'stroke="{LINE}"/><g transform="translate({_MARGIN} {_MARGIN})">{"".join(drawn)}</g></svg>')


def write(x: float, y: float, words: str, size: int = 13, colour: str = INK, *, bold: bool = False, mono: bool = False,
          anchor: str = "start", most: float = 2000, shorten: Callable[[str, int], str] = cut) -> str:
    """One line of text. ``most`` is the room there is; text that is likely to be wider is shortened."""
    words = shorten(words, max(4, int(most / (size * (0.61 if mono else 0.58 if bold else 0.55)))))
    style = f'x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}"'
    if bold:
        style += ' font-weight="600"'
    if mono:
        style += f' font-family="{MONO}"'
    if anchor != "start":
        style += f' text-anchor="{anchor}"'
    return f"<text {style}>{escape(words)}</text>"


def box(x: float, y: float, width: float, height: float, r: float, stroke: str, fill: str = "none",
        more: str = "") -> str:
    place = f'x="{x + .5:g}" y="{y + .5:g}" width="{width - 1:g}" height="{height - 1:g}" rx="{r:g}"'
    return f'<rect {place} fill="{fill}" stroke="{stroke}"{more}/>'


def line(x: float, y: float, to: float, strong: bool = False, dashed: bool = False) -> str:
    colour, width = (INK, 2) if strong else (EDGE, 1)
    return f'<path d="M{x:g} {y:g}H{to:g}" stroke="{colour}" stroke-width="{width}"{DASHES if dashed else ""}/>'

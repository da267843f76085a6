"""How is a chapter written? As one MyST text notebook, ``chapters/source/NN_name.md``; both notebooks come from it.

Beside MyST's ``{code-cell}`` and ``+++`` there are three fences of our own (``chapters/README.md`` shows each):

    ```{exercise} mini_k8s.control_loop:diff     the learner's empty function; its body, if any, is a skeleton
    ```{output}                                  what the cell above prints or shows; nbval compares it
    ```{graphviz} name                           a still diagram, drawn when woven; first line :alt: its text

jupytext reads the MyST; what is not MyST is cut out of its Markdown cells here.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from mini_k8s.errors import Invalid

_FENCE = re.compile(r"^(`{3,}|~{3,})\s*(\{(?P<kind>[^}]*)\}\s*(?P<argument>.*?)|[^`]*?)\s*$")
_OURS = ("exercise", "output", "graphviz")


class BadSource(Invalid):
    """A chapter's source that cannot be woven; the message begins with file and line."""


@dataclass(frozen=True)
class Cell:
    """One piece of a chapter, in reading order."""

    kind: str  # markdown, code, exercise, output or graphviz
    text: str
    line: int
    argument: str = ""
    name: str = ""  # keeps the cell's id when cells are moved or put before it
    tags: tuple[str, ...] = ()
    metadata: dict = field(default_factory=dict)


def read_source(path: Path) -> list[Cell]:
    """The cells of a chapter. Raises BadSource with file and line when it cannot be read as one."""
    text = path.read_text(encoding="utf-8")
    lines = _without_front_matter(text.splitlines(), path)
    _check_fences(lines, path)
    cells: list[Cell] = []
    for kind, source, line, metadata in _read_myst("\n".join(lines), path):
        # jupytext counts from the blank lines above
        line = next((n for n in range(line, len(lines) + 1) if lines[n - 1].strip()), line)
        metadata = dict(metadata)
        name = str(metadata.pop("name", ""))
        options = {"tags": tuple(metadata.pop("tags", [])), "metadata": metadata}
        if kind == "markdown":
            cells += _cut(source, line, name, options)
        else:
            cells.append(Cell(kind, source, line, name=name, **options))
    return cells


def _read_myst(text: str, path: Path) -> list[tuple[str, str, int, dict]]:
    try:
        from jupytext.myst import MystMetadataParsingError, myst_to_notebook
        from nbformat import ValidationError
    except ImportError as error:
        raise BadSource(f"{path}: reading a chapter's source needs jupytext ({error}). "
                        'Install what authors need: pip install -e ".[dev]"') from error
    try:
        notebook = myst_to_notebook(text, add_source_map=True)
    except (MystMetadataParsingError, ValidationError, ValueError) as error:
        raise BadSource(f"{path}: {str(error).splitlines()[0]}. Look for it in the options of the cells.") from error
    where = [line + 1 for line in notebook.metadata["source_map"]]
    return [(c.cell_type, c.source, line, c.metadata) for c, line in zip(notebook.cells, where, strict=True)]


def _without_front_matter(lines: list[str], path: Path) -> list[str]:
    """The same lines with the front matter made blank, so that every line keeps its number."""
    if not lines or lines[0].strip() != "---":
        return lines
    for number, line in enumerate(lines[1:], 1):
        if line.strip() == "---":
            return [""] * (number + 1) + lines[number + 1:]
    raise BadSource(f"{path}:1: the front matter is never closed. End it with a line of its own: ---")


def _check_fences(lines: list[str], path: Path) -> None:
    """Every fence is closed, and every one in braces is one we know."""
    known = ("code-cell", *_OURS)
    for start, after, opening in _fences(lines):
        if opening["end"] is None:
            raise BadSource(f"{path}:{start + 1}: the fence {lines[start].strip()!r} is never closed. "
                            f"End it with a line of its own: {opening['mark']}")
        if opening["kind"] is not None and opening["kind"] not in known:
            raise BadSource(f"{path}:{start + 1}: there is no fence {{{opening['kind']}}}. Use one of "
                            f"{', '.join('{' + k + '}' for k in known)}, or a plain ``` for text.")
        if start + 1 < after and re.match(r":tags:(?!\s*\[.*\]\s*$)", lines[start + 1]):
            raise BadSource(f"{path}:{start + 2}: {lines[start + 1]!r} is no list of words. Write ':tags: [hide]'.")


def _fences(lines: list[str]):
    """(first line, line after it, {mark, kind, argument, end}) of the outermost fences."""
    number = 0
    while number < len(lines):
        match = _FENCE.match(lines[number])
        number += 1
        if not match:
            continue
        mark, start = match.group(1), number - 1
        closing = re.compile(rf"^ {{0,3}}{re.escape(mark[0])}{{{len(mark)},}}\s*$")
        end = next((n for n in range(number, len(lines)) if closing.match(lines[n])), None)
        number = len(lines) if end is None else end + 1
        yield start, number, {"mark": mark, "kind": match["kind"], "argument": match["argument"] or "", "end": end}


def _cut(source: str, line: int, name: str, options: dict) -> list[Cell]:
    """A Markdown cell as the pieces that it is: text, and our own fences."""
    lines, cells, begin = source.splitlines(), [], 0

    def text_until(end: int) -> None:
        text = "\n".join(lines[begin:end]).strip("\n")
        if text.strip():
            cells.append(Cell("markdown", text, line + begin, name=name if not cells else "", **options))

    for start, after, fence in _fences(lines):
        if fence["kind"] in _OURS:
            text_until(start)
            body = "\n".join(lines[start + 1:after - 1])
            cells.append(Cell(fence["kind"], body, line + start, fence["argument"], **options))
            begin = after
    text_until(len(lines))
    return cells

"""How does one source become two notebooks? ``python -m mini_k8s.workshop.weave [--check]``.

``chapters/source/NN_name.md`` and the package make ``chapters/NN_name.ipynb`` (the learner's, with the exercises open)
and ``solutions/NN_name.ipynb`` (the same, solved by the package's own functions), the still diagrams, and the tables
in README.md. Weaving what has not changed changes no byte; ``--check`` says what is stale, exits 1 then, and writes
nothing.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from mini_k8s import ladder
from mini_k8s.errors import NotFound, StatusError
from mini_k8s.workshop import diagrams, places, tables
from mini_k8s.workshop.ours import our_signature, our_source
from mini_k8s.workshop.source import BadSource, Cell, read_source

# The same in every notebook and on every machine; JupyterLab fills in the rest when it saves.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
ONLY = {"learner": {"solution-only", "instructor"}, "solution": {"learner-only"}}  # tags left out of each


def weave(top: Path, check: bool = False) -> list[Path]:
    """Weave every chapter below ``top``; return the files that were not up to date.

    With ``check`` nothing is written. Raises BadSource, with file and line, before anything is written.
    """
    fresh = {}
    for source in sorted((top / "chapters" / "source").glob("*.md")):
        fresh |= _chapter(top, source)
    readme = top / "README.md"
    if readme.exists():
        fresh[readme] = tables.refresh(readme.read_text(encoding="utf-8"), top)
    stale = [path for path, content in fresh.items() if not _same(path, content)]
    stale += (gone := _leftover(top, set(fresh)))
    if not check:
        for path in stale:
            if path in gone:
                path.unlink()
            else:
                _write(path, fresh[path]() if callable(fresh[path]) else fresh[path])
    return stale


def notebooks(source: Path) -> dict[str, str]:
    """The learner's and the solution notebook of one source, as the text of their files."""
    chapter = _chapter_of(source)
    cells = _spread_instructor(_attach_outputs(read_source(source), source))
    return {audience: _notebook(audience, chapter, cells, source) for audience in ONLY}


def _chapter(top: Path, source: Path) -> dict[Path, str | Callable[[], str]]:
    made = notebooks(source)
    files = {top / "chapters" / f"{source.stem}.ipynb": made["learner"],
             top / "solutions" / f"{source.stem}.ipynb": made["solution"]}
    for cell in read_source(source):
        if cell.kind == "graphviz":
            name, _, dot = diagrams.parse(cell, source)
            path = top / "chapters" / "images" / f"{source.stem}_{name}.svg"
            drawn = diagrams.is_drawn_from(path, dot)
            where = f"{source}:{cell.line}"
            files[path] = path.read_text(encoding="utf-8") if drawn else diagrams.drawer(dot, where)
    return files


def _chapter_of(source: Path) -> ladder.Chapter:
    for chapter in ladder.CHAPTERS:
        if chapter.stem == source.stem:
            return chapter
    raise BadSource(f"{source}:1: {source.stem} is no chapter of ladder.py. Name the file as one of "
                    f"{', '.join(c.stem for c in ladder.CHAPTERS)}.")


def _notebook(audience: str, chapter: ladder.Chapter, cells: list[dict], source: Path) -> str:
    number = _numbering(chapter, [c["cell"] for c in cells], source)
    woven, ids = [], set()
    for position, entry in enumerate(cells):
        cell: Cell = entry["cell"]
        if ONLY[audience] & set(cell.tags):
            continue
        name = cell.name or (cell.argument if cell.kind == "exercise" else f"#{position}")
        cell_id = hashlib.sha256(f"{chapter.stem} {name}".encode()).hexdigest()[:12]
        if cell_id in ids:
            raise BadSource(f"{source}:{cell.line}: a second cell is named {name}. Give each a name of its own.")
        ids.add(cell_id)
        woven.append(_cell(audience, cell, cell_id, entry["output"], number, source, len(woven) + 1))
    notebook = {"cells": woven, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _cell(audience: str, cell: Cell, cell_id: str, output: Cell | None, number: dict, source: Path, count: int) -> dict:
    metadata = dict(cell.metadata)
    tags = [t for t in cell.tags if t not in ("solution-only", "learner-only")]
    if "hide" in tags:
        metadata["jupyter"] = {"source_hidden": True}
    if cell.kind in ("markdown", "graphviz"):
        text = cell.text if cell.kind == "markdown" else diagrams.reference(cell, source, audience)
        if tags:
            metadata["tags"] = tags
        return {"cell_type": "markdown", "id": cell_id, "metadata": metadata, "source": _lines(text)}
    text = cell.text if cell.kind == "code" else _exercise(audience, cell, number[cell.argument], source)
    outputs, ran = [], None
    if output is not None and audience == "solution":
        tags, ran = [*tags, "nbval-check-output"], count
        outputs = [_output(output, ran)]
    if tags:
        metadata["tags"] = list(dict.fromkeys(tags))
    return {"cell_type": "code", "execution_count": ran, "id": cell_id, "metadata": metadata, "outputs": outputs,
            "source": _lines(text)}


def _output(output: Cell, count: int) -> dict:
    if output.argument == "stdout":
        return {"name": "stdout", "output_type": "stream", "text": _lines(output.text + "\n")}
    return {"data": {"text/plain": _lines(output.text)}, "execution_count": count, "metadata": {},
            "output_type": "execute_result"}


def _exercise(audience: str, cell: Cell, number: str, source: Path) -> str:
    try:
        if audience == "solution":
            return f"%%build {cell.argument}\n{our_source(cell.argument)}"
        given = our_signature(cell.argument)
    except StatusError as error:
        raise BadSource(f"{source}:{cell.line}: {error}") from error
    skeleton = "".join(f"    {line}".rstrip() + "\n" for line in cell.text.strip("\n").splitlines())
    stub = f'    raise NotImplementedError("Exercise {number} is yours to write")'
    return f"%%build {cell.argument}\n{given}\n{skeleton}{stub}"


def _numbering(chapter: ladder.Chapter, cells: list[Cell], source: Path) -> dict[str, str]:
    """target -> '2.1': as the catalogue of exercises says, else by order in the chapter."""
    numbers: dict[str, str] = {}
    for cell in cells:
        if cell.kind == "exercise":
            try:
                from mini_k8s.workshop import exercises
                numbers[cell.argument] = exercises.find(cell.argument).number
            except (ImportError, LookupError):  # the catalogue is not that far yet
                numbers[cell.argument] = f"{chapter.number}.{len(numbers) + 1}"
            except StatusError as error:
                raise BadSource(f"{source}:{cell.line}: {error}") from error
    return numbers


def _attach_outputs(cells: list[Cell], source: Path) -> list[dict]:
    """Cells with the output that was written below them."""
    attached: list[dict] = []
    for cell in cells:
        if cell.kind != "output":
            attached.append({"cell": cell, "output": None})
        elif not attached or attached[-1]["cell"].kind not in ("code", "exercise") or attached[-1]["output"]:
            raise BadSource(f"{source}:{cell.line}: an {{output}} belongs right below the cell that shows it.")
        elif cell.argument not in ("", "stdout"):
            raise BadSource(f"{source}:{cell.line}: {{output}} {cell.argument} is unknown. Write {{output}} for the "
                            "value of the last line, {output} stdout for what is printed.")
        else:
            attached[-1]["output"] = cell
    return attached


def _spread_instructor(cells: list[dict]) -> list[dict]:
    """A heading tagged 'instructor' takes its whole section with it: all cells up to a heading as high as itself."""
    level, spread = 0, []
    for entry in cells:
        cell: Cell = entry["cell"]
        heading = len(cell.text) - len(cell.text.lstrip("#")) if cell.kind == "markdown" else 0
        if level and heading and heading <= level:
            level = 0
        if "instructor" in cell.tags:
            level = heading or level
        elif level:
            entry = {**entry, "cell": Cell(**{**vars(cell), "tags": (*cell.tags, "instructor")})}
        spread.append(entry)
    return spread


def _leftover(top: Path, fresh: set[Path]) -> list[Path]:
    """Woven files whose source is gone."""
    chapters = {c.stem for c in ladder.CHAPTERS}
    woven = [p for folder in ("chapters", "solutions") for p in (top / folder).glob("*.ipynb") if p.stem in chapters]
    drawn = [p for p in (top / "chapters" / "images").glob("*.svg") if diagrams.hash_in(p)]
    return [path for path in woven + drawn if path not in fresh]


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _same(path: Path, content: str | Callable[[], str]) -> bool:
    return not callable(content) and path.exists() and path.read_bytes() == content.encode()


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_bytes(content.encode())
    os.replace(half, path)


def _shown(stale: list[Path], top: Path) -> Iterator[str]:
    return (path.relative_to(top).as_posix() for path in stale)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mini_k8s.workshop.weave",
                                     description="Weave the chapters' sources into notebooks.")
    parser.add_argument("--check", action="store_true", help="only say what is stale; exit 1 when something is")
    args = parser.parse_args(argv)
    try:
        top = places.clone_dir()
        if top is None:
            raise NotFound("the sources are in a clone, and this package is an installed one. Run this in a clone.")
        stale = weave(top, check=args.check)
    except StatusError as error:
        print(f"weave: {error}", file=sys.stderr)
        return 2
    for name in _shown(stale, top):
        print(f"stale  {name}" if args.check else f"woven  {name}")
    if args.check and stale:
        print("Run `make weave` and commit what it writes.", file=sys.stderr)
    return 1 if args.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

"""What is there to do in a chapter? Its exercises: those of the catalogue, and what the learner's own cells build."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from mini_k8s import ladder
from mini_k8s.errors import BadRequest, Invalid
from mini_k8s.workshop import choices, edition
from mini_k8s.workshop.copies import notebooks, read_cells
from mini_k8s.workshop.exercises import TARGETS, find
from mini_k8s.workshop.folder import Folder

# The line that makes a cell build something, as IPython finds it with our help: below comments and empty lines too.
BUILD = re.compile(r"\A(?P<above>(?:[ \t]*(?:#.*)?\n)*[ \t]*)%%build\b[ \t]*(?P<what>\S*).*")
_NUMBER = re.compile(r"\d+\.\d+")


class Asked(NamedTuple):
    """One exercise of a chapter. ``here``: a cell of the learner's notebook begins with its ``%%build`` line."""

    number: str
    target: str
    here: bool


def exercises(notebook: Path) -> list[Asked]:
    """What a chapter asks to build: never less than the catalogue has for it, whatever became of the learner's cells.

    Raises Invalid when the file is no notebook.
    """
    chapter = int(notebook.name[:2])
    builds = list(dict.fromkeys(TARGETS.get(line, line) for line in build_lines(notebook) if line))
    asked = [Asked(number, target, target in builds) for number, target in TARGETS.items()
             if number.partition(".")[0] == str(chapter)]
    known = {a.target: a for a in asked}
    others = [target for target in builds if target not in known]
    return asked + [Asked(f"{chapter}.{len(asked) + n}", target, True) for n, target in enumerate(others, 1)]


def build_lines(notebook: Path) -> list[str | None]:
    """For each code cell what it builds, as it is written there; None for a cell that builds nothing."""
    return [found["what"] if (found := BUILD.match(source)) else None
            for kind, source in read_cells(notebook) if kind == "code"]


def where_it_belongs(number: str, target: str) -> str:
    """What to do about an exercise that no cell of the notebook builds."""
    return (f"No cell's first line is `%%build {target}`. Write it on top of the cell of {number}; where that cell "
            f"is gone, `mini-k8s reset {number.partition('.')[0]}` brings it, and keeps your notebook beside it.")


def is_stretch(target: str) -> bool:
    """Is it beside the core? So is what a learner's own cell builds beyond the catalogue."""
    return target not in TARGETS.values() or find(target).stretch


def target_of(what: str) -> str | None:
    """The exercise meant by 'mini_k8s.control_loop:diff' or '2.1'; None where a chapter is meant.

    Raises BadRequest for a number that no exercise has.
    """
    if ":" in what:
        return what
    if not _NUMBER.fullmatch(what):
        return None
    if what not in TARGETS:
        raise BadRequest(f"there is no exercise {what[:40]!r}. There are: {', '.join(TARGETS)}.")
    return TARGETS[what]


def chapter_of(what: str) -> int:
    """The number of the chapter meant by '2', '02' or '02_control_loop'. Raises BadRequest for none."""
    number = what.partition("_")[0]
    if number.isascii() and number.isdecimal() and len(number) < 4:
        for chapter in ladder.CHAPTERS:
            if chapter.number == int(number) and what.removesuffix(".ipynb") in (number, chapter.stem):
                return chapter.number
    raise BadRequest(f"{what[:40]!r} is no exercise and no chapter. Write an exercise as 2.1, a chapter as 2.")


def spoken(targets: Collection[str]) -> str:
    """'1.1 availability, 2.1 diff', in the order of the chapters."""
    return ", ".join(f"{number} {target.partition(':')[2]}" for number, target in TARGETS.items() if target in targets)


def on_path(folder: Folder) -> list[Path]:
    """The learner's notebooks of the chapters on their path, in order."""
    path = choices.path(folder)
    return [notebook for notebook in notebooks(folder.path) if path.has(int(notebook.name[:2]))]


def left(notebook: Path, done: set[str]) -> list[Asked]:
    """The core exercises that are not among those ``done``, built or filled in. Raises Invalid for no notebook."""
    return [asked for asked in exercises(notebook) if asked.target not in done and not is_stretch(asked.target)]


def where_to_go_on(folder: Folder) -> Path | None:
    """The first chapter of the path at the very start; later the first one with something left to build, else the
    last."""
    chapters, built, filled = on_path(folder), edition.built(folder), choices.filled(folder)
    if not built and set(filled.values()) <= {"path"}:
        return chapters[0] if chapters else None
    done = built | filled.keys()
    return next((path for path in chapters if _has_left(path, done)), chapters[-1] if chapters else None)


def _has_left(notebook: Path, done: set[str]) -> bool:
    try:
        return bool(left(notebook, done))
    except Invalid:
        return True  # to be mended first

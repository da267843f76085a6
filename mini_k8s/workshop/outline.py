"""What is there to do in a chapter? Its exercises: those of the catalogue, and what the learner's own cells build."""

import re
from pathlib import Path
from typing import NamedTuple

from mini_k8s.errors import Invalid
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


def target_of(what: str) -> str | None:
    """The exercise meant by 'mini_k8s.control_loop:diff' or '2.1'; None where a chapter is meant.

    Raises BadRequest for a number that no exercise has.
    """
    if ":" in what:
        return what
    if _NUMBER.fullmatch(what):
        return TARGETS.get(what) or find(what).target
    return None


def where_to_go_on(folder: Folder) -> Path | None:
    """The first chapter at the very start; later the first one with something left to build, else the last."""
    chapters, passed = notebooks(folder.path), set(folder.parts())
    if not passed:
        return chapters[0] if chapters else None
    return next((path for path in chapters if _has_left(path, passed)), chapters[-1] if chapters else None)


def _has_left(notebook: Path, passed: set[str]) -> bool:
    try:
        return any(asked.target not in passed for asked in exercises(notebook))
    except Invalid:
        return True  # to be mended first

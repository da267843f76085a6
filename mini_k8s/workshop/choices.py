"""What did the learner choose? A path through the chapters, and exercises that ours fill in for.

Both are small files in the folder's ``.mini_k8s``, so that a terminal and an open notebook see the same.
"""

import shutil
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from mini_k8s.workshop import paths
from mini_k8s.workshop.exercises import TARGETS
from mini_k8s.workshop.files import read_json, write_json

if TYPE_CHECKING:
    from mini_k8s.workshop.folder import Folder

How = Literal["skip", "catch-up", "path"]
_PATH, _SKIPPED = "path.json", "skipped.json"


def path(folder: "Folder") -> paths.LearningPath:
    """The path that this folder follows; everything, unless one was chosen.

    A path of another version of the kit, which this one does not have, counts as everything.
    """
    name = read_json(folder.data / _PATH).get("name")
    return next((path for path in paths.PATHS if path.name == name), paths.EVERYTHING)


def follow(folder: "Folder", chosen: paths.LearningPath) -> None:
    """Follow that path from now on. What was brought in for another one stays."""
    write_json(folder.data / _PATH, {"name": chosen.name})


def filled(folder: "Folder") -> dict[str, How]:
    """target -> who said that ours fill in for it: ``skip``, ``catch-up``, or the path."""
    given = {TARGETS[number]: "path" for number in path(folder).given if number in TARGETS}
    given = {target: how for target, how in given.items() if folder.part(target) is None}
    skipped = read_json(folder.data / _SKIPPED)
    return {**given, **{target: how for target, how in skipped.items() if target in TARGETS.values()}}


def skip(folder: "Folder", targets: Iterable[str], how: How = "skip") -> None:
    """Let ours fill in for these, until they are built (``Folder.save_part``) or asked for again."""
    write_json(folder.data / _SKIPPED, {**dict.fromkeys(targets, how), **read_json(folder.data / _SKIPPED)})


def unskip(folder: "Folder", targets: Iterable[str]) -> list[str]:
    """Ask for these again; returns those that were skipped."""
    before, asked = read_json(folder.data / _SKIPPED), set(targets)
    again = [target for target in before if target in asked]
    if again:
        write_json(folder.data / _SKIPPED, {target: how for target, how in before.items() if target not in asked})
    return again


def copy(folder: "Folder", other: "Folder") -> None:
    """Choose the same in another folder."""
    for name in (_PATH, _SKIPPED):
        if (folder.data / name).is_file():
            shutil.copyfile(folder.data / name, other.data / name)

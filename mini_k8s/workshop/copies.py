"""How do new versions of the chapters reach a learner without touching the learner's work?

A copy counts as untouched while the sources of its cells are those that were given. Bytes would not tell: JupyterLab
rewrites a notebook's metadata and outputs whenever it saves.
"""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from mini_k8s.errors import Invalid, NotFound
from mini_k8s.workshop import choices
from mini_k8s.workshop.files import read_json, write_bytes, write_json

if TYPE_CHECKING:
    from mini_k8s.workshop.folder import Folder


class Copied(NamedTuple):
    """What happened to one chapter.

    behind  the learner's copy was kept although there is a newer version
    now     of a chapter that is ``gone``: the name that it has in this version, if it has one
    aside   of a chapter that is ``gone``: where the learner's copy is kept
    """

    name: str
    did: Literal["new", "refreshed", "same", "kept", "gone"]
    behind: bool = False
    now: str = ""
    aside: str = ""


def refresh(folder: "Folder", chapters: Path) -> list[Copied]:
    """Copy what is new and on the learner's path; replace what is untouched, keep what is not.

    A chapter whose number or name belongs to another one now is set aside, lest two of them stand under one number.
    """
    ledger, there, wanted = folder.data / "given.json", notebooks(chapters), choices.path(folder).has
    given, done = read_json(ledger), []
    for source in there:
        target = folder._stay_inside(folder.path / source.name)
        if target.exists() or wanted(int(source.name[:2])):
            copied, given[source.name] = _one(source, target, given.get(source.name))
            done.append(copied)
    for name in sorted(given.keys() - {source.name for source in there}):
        moved = next((source.name for source in there if source.name[3:] == name[3:]), "")
        if moved or any(source.name[:2] == name[:2] for source in there):
            target = folder._stay_inside(folder.path / name)
            if target.is_file():
                done.append(Copied(name, "gone", now=moved, aside=folder._set_aside(target).name))
            del given[name]
    for image in sorted((chapters / "images").glob("[0-9][0-9]_*")):
        target = folder._stay_inside(folder.path / "images" / image.name)
        if image.is_file() and not (target.is_file() and target.read_bytes() == image.read_bytes()):
            write_bytes(target, image.read_bytes())
    write_json(ledger, given)
    return done


def all_there(folder: "Folder", chapters: Path) -> bool:
    """Does the folder have a copy, of whatever age, of all that is given on its path?"""
    wanted = choices.path(folder).has
    names = [path.name for path in notebooks(chapters) if wanted(int(path.name[:2]))]
    names += [f"images/{path.name}" for path in (chapters / "images").glob("[0-9][0-9]_*")]
    return all((folder.path / name).is_file() for name in names)


def reset(folder: "Folder", what: str, chapters: Path) -> list[Path]:
    """Give a chapter anew; returns where the learner's copy is kept (nothing when there was none)."""
    source = find_chapter(chapters, what)
    target = folder._stay_inside(folder.path / source.name)
    ledger = folder.data / "given.json"
    given = read_json(ledger)  # first: a damaged one is refused before anything is moved
    kept = [folder._set_aside(target)] if target.is_file() else []
    write_bytes(target, source.read_bytes())
    write_json(ledger, {**given, source.name: digest(source)})
    return kept


def notebooks(place: Path) -> list[Path]:
    """The chapters in a folder, in order; kept copies of earlier work are none."""
    return sorted(path for path in place.glob("[0-9][0-9]_*.ipynb") if ".backup-" not in path.name)


def find_chapter(chapters: Path, what: str) -> Path:
    """The notebook of chapter '2', '02', '02_control_loop' or '02_control_loop.ipynb'. Raises NotFound."""
    there, is_number = notebooks(chapters), what.isascii() and what.isdecimal() and len(what) < 4
    for path in there:
        if what in (path.name, path.stem) or (is_number and int(what) == int(path.name[:2])):
            return path
    numbers = ", ".join(f"{int(p.name[:2])} ({p.stem})" for p in there) or "none yet"
    raise NotFound(f"there is no chapter {what[:40]!r}. There are: {numbers}.")


def read_cells(notebook: Path) -> list[tuple[str, str]]:
    """The kind and the source of each cell. Raises Invalid when the file is no notebook."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Invalid(f"{notebook} is no notebook ({error}). `mini-k8s reset {notebook.stem}` gives you a new copy "
                      "and keeps this one beside it.") from error


def digest(path: Path) -> str | None:
    """A hash of the kinds and sources of a notebook's cells, empty ones left out. None when it is no notebook."""
    try:
        kept = [[kind, source] for kind, source in read_cells(path) if source.strip()]
    except Invalid:
        return None
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()[:16]


def _one(source: Path, target: Path, given: str | None) -> tuple[Copied, str | None]:
    """Bring one chapter in; returns what was done and what the learner's copy was given as."""
    new = digest(source)
    if not target.exists():
        write_bytes(target, source.read_bytes())
        return Copied(source.name, "new"), new
    mine = digest(target)
    if mine is not None and mine == new:
        return Copied(source.name, "same"), new
    if mine is not None and mine == given:
        write_bytes(target, source.read_bytes())
        return Copied(source.name, "refreshed"), new
    return Copied(source.name, "kept", behind=given != new), given

"""Which kit is this, and which one was here last? Its version, and a hash of what decides whether an answer passes.

In a clone the exercises change while the version stays, so the version alone would not tell. Both together are the
edition, written as Python writes a local version: ``0.1.0+3fa2c1d9``.
"""

import functools
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mini_k8s import __version__
from mini_k8s.errors import Conflict
from mini_k8s.workshop import places
from mini_k8s.workshop.files import read_json, write_json

if TYPE_CHECKING:
    from mini_k8s.workshop.folder import Folder

_PACKAGE = Path(__file__).resolve().parent.parent
_JUDGE = ("around", "judge", "parts", "run_checks", "source", "trial", "worker")
_KIT = "kit.json"


@functools.cache
def edition() -> str:
    """The edition of this kit. The same for the same files, whatever became of the rest of the package."""
    from mini_k8s.workshop.exercises import TARGETS

    modules = sorted({target.partition(":")[0] for target in TARGETS.values()})
    files = [path for path in (_PACKAGE / "workshop" / "exercises").rglob("*.py")
             if not path.name.endswith("_answers.py")]
    files += [_PACKAGE / "workshop" / f"{name}.py" for name in _JUDGE]
    for module in modules:
        path = _PACKAGE.joinpath(*module.split(".")[1:])
        files += [path.with_suffix(".py"), *path.rglob("*.py")]
    return f"{__version__}+{_hash(files, _PACKAGE)}"


def chapters_hash(chapters: Path) -> str:
    """The same for different words: a hash of the notebooks and pictures that are given."""
    return _hash([*chapters.glob("[0-9][0-9]_*.ipynb"), *(chapters / "images").glob("[0-9][0-9]_*")], chapters)


def version_of(edition: str) -> str:
    """'0.1.0' of '0.1.0+3fa2c1d9'."""
    return edition.partition("+")[0]


def last(folder: "Folder") -> dict:
    """What was noted at the last ``learn``; empty where nothing was, as by the first kits.

    edition   of the kit
    chapters  a hash of those that were given
    behind    chapter -> digest of what was given, where the learner's copy was kept and they were told so
    refused   target -> why what had passed does not pass
    """
    return read_json(folder.data / _KIT)


def note(folder: "Folder", **what: str | dict) -> None:
    """This kit was here; what is not named stays as it was noted."""
    write_json(folder.data / _KIT, {**last(folder), **what, "edition": edition()})


def refused(folder: "Folder") -> dict[str, str]:
    """target -> why: what passed under another kit and does not under this one."""
    found = last(folder).get("refused")
    if not isinstance(found, dict) or last(folder).get("edition") != edition():
        return {}
    parts = folder.parts()
    return {target: why for target, why in found.items() if target in parts and parts[target].edition != edition()}


def built(folder: "Folder") -> set[str]:
    """The targets whose part runs: what passed, but for what this kit refuses."""
    return folder.parts().keys() - refused(folder).keys()


def refuse_newer(folder: "Folder") -> None:
    """Raises Conflict where a newer version of the kit was here: it may have written what this one does not know."""
    made_by = read_json(folder.data / "folder.json").get("made_by", "")
    newest = max((version_of(str(e)) for e in (made_by, last(folder).get("edition", ""))), key=_order)
    if _order(newest) > _order(__version__):
        clone = places.clone_dir()
        upgrade = f"Bring {clone} up to date (git pull)" if clone else f"Install mini_k8s {newest} or a newer one"
        raise Conflict(f"{folder.path} was used with mini_k8s {newest} already, and this is the older {__version__}. "
                       f"Nothing was changed. {upgrade}, then type this again.")


def _order(version: str) -> tuple[int, ...]:
    numbers = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(number) for number in numbers[0].split(".")) if numbers else ()


def _hash(files: list[Path], top: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(files):
        if path.is_file():
            content = path.read_bytes()
            found.update(f"{path.relative_to(top).as_posix()} {len(content)}\n".encode() + content)
    return found.hexdigest()[:8]

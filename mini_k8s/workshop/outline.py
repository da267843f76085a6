"""What is there to do in a chapter? Its exercises, read from the learner's own notebook."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from mini_k8s.workshop.copies import notebooks
from mini_k8s.workshop.folder import Folder

_BUILD = re.compile(r"^%%build\s+(\S+)")


def exercises(notebook: Path) -> list[str]:
    """The targets that a notebook asks to build, each once. Empty when it cannot be read as a notebook."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        found = (_BUILD.match("".join(c["source"])) for c in cells if c["cell_type"] == "code")
        return list(dict.fromkeys(match.group(1) for match in found if match))
    except (OSError, ValueError, KeyError, TypeError):
        return []


def where_to_go_on(folder: Folder) -> Path | None:
    """The first chapter at the very start; later the first one with something left to build, else the last."""
    chapters, passed = notebooks(folder.path), set(folder.parts())
    if not passed:
        return chapters[0] if chapters else None
    left = (path for path in chapters if not _all_in(exercises(path), passed))
    return next(left, chapters[-1] if chapters else None)


def number(target: str, chapter: int, position: int) -> str:
    """'2.1', as the catalogue of exercises has it, else by its position in the chapter (counted from 1)."""
    try:
        from mini_k8s.workshop import exercises as catalogue
        return catalogue.find(target).number
    except Exception:  # a target of the learner's own is no reason to show nothing
        return f"{chapter}.{position}"


def _all_in(targets: Iterable[str], passed: set[str]) -> bool:
    return all(target in passed for target in targets)

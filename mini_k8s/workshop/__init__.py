"""How is it learned? Folder, magic, judge, exercises, and the labs that the chapters open."""

import importlib
import os
import re

_open = {}  # chapter number -> its lab, in this kernel
_ELSEWHERE = ("If you did not write this number yourself, your notebook is of another version of the workshop: "
              "`mini-k8s learn` brings in the chapters of this one.")


def chapter(number: int):
    """Open the lab of a chapter, from the beginning: whatever an earlier run of it left is removed.

    Raises LookupError for a chapter that is not written (yet), and where the notebook is one of another number now;
    Conflict where a newer version of the kit was used in this folder; NotFound where $MINI_K8S_FOLDER names none.
    """
    from mini_k8s import ladder

    try:
        found = ladder.chapter(number)
    except LookupError as error:
        raise _refused(f"{error} {_ELSEWHERE}") from None
    now = _number_now(os.environ.get("JPY_SESSION_NAME", ""), number)
    if now != number:
        raise _refused(f"'{ladder.chapter(now).title}' is chapter {now} in this version of the workshop, and {number} "
                       f"is '{found.title}'. Open {ladder.chapter(now).stem}.ipynb instead.")
    try:
        module = importlib.import_module(f"mini_k8s.workshop.labs.chapter_{number:02d}")
    except ModuleNotFoundError as missing:
        if not (missing.name or "").startswith("mini_k8s.workshop.labs"):
            raise
        raise _refused(f"chapter {number}, '{found.title}', is not written yet.") from None
    _check_folder()
    earlier = _open.pop(number, None)
    if earlier:
        earlier.let_go()
    lab = module.Lab()
    _open[number] = lab
    return lab


def _number_now(notebook: str, number: int) -> int:
    """The number that the chapter in this notebook has now, if it is the one that had ``number`` once."""
    from mini_k8s import ladder

    name = re.search(r"(\d\d)_(\w+?)(\.backup-\d+)?\.ipynb$", notebook)
    was = name[2] if name and int(name[1]) == number else ""
    return next((chapter.number for chapter in ladder.CHAPTERS if chapter.slug == was), number)


def _check_folder() -> None:
    from mini_k8s.errors import StatusError
    from mini_k8s.workshop.edition import refuse_newer
    from mini_k8s.workshop.folder import Folder
    from mini_k8s.workshop.labs.lab import told

    try:
        folder = Folder.current()
        if folder:
            refuse_newer(folder)
    except StatusError as error:
        raise told(error) from None


def _refused(message: str) -> LookupError:
    from mini_k8s.workshop.labs.lab import told

    return told(LookupError(message))

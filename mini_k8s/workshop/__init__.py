"""How is it learned? Folder, magic, judge, exercises, and the labs that the chapters open."""

import importlib

_open = {}  # chapter number -> its lab, in this kernel


def chapter(number: int):
    """Open the lab of a chapter, from the beginning: whatever an earlier run of it left is removed.

    Raises LookupError for a chapter that is not written (yet).
    """
    from mini_k8s import ladder

    found = ladder.chapter(number)
    try:
        module = importlib.import_module(f"mini_k8s.workshop.labs.chapter_{number:02d}")
    except ModuleNotFoundError as missing:
        if not (missing.name or "").startswith("mini_k8s.workshop.labs"):
            raise
        raise LookupError(f"chapter {number}, '{found.title}', is not written yet.") from None
    earlier = _open.pop(number, None)
    if earlier:
        earlier.let_go()
    lab = module.Lab()
    _open[number] = lab
    return lab

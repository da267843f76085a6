"""How does everybody get to the same step? ``mini-k8s catch-up 2.2``: ours fill in for what is not built before it."""

import argparse
from pathlib import Path

from mini_k8s.errors import Invalid, NotFound
from mini_k8s.workshop import choices, edition, outline, places
from mini_k8s.workshop.copies import find_chapter
from mini_k8s.workshop.exercises import TARGETS, find
from mini_k8s.workshop.folder import Folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = ("Go to a step, wherever you are: ours fill in for what you have not built before it. Nothing "
                          "of yours is changed, and you can build it later.")
    parser.add_argument("what", metavar="WHAT", help="an exercise, as 2.2; or a chapter, as 2")


def main(args: argparse.Namespace) -> int:
    folder = Folder.require()
    edition.refuse_newer(folder)
    target = outline.target_of(args.what)
    target = find(target).target if target else None
    chapter = int(find(target).number.partition(".")[0]) if target else outline.chapter_of(args.what)
    notebook = _notebook(folder, chapter)
    before = _before(target, chapter)
    built = edition.built(folder)
    missing = [t for t in before if t not in built]
    choices.skip(folder, missing, "catch-up")
    if target:
        choices.unskip(folder, [target])
    if missing:
        print(f"Ours fill in for: {outline.spoken(missing)}. To do one later, run its cell: what passes is yours.")
    else:
        print("You have built all that comes before it; nothing is filled in." if before else
              "Nothing is to be built before it.")
    if target in built:
        print(f"{outline.spoken([target])} is built already, and yours runs.")
    print(_where(notebook, target))
    return 0


def _before(target: str | None, chapter: int) -> list[str]:
    """The exercises in front of this one, or of this chapter."""
    found = []
    for number, known in TARGETS.items():
        if known == target or (target is None and int(number.partition(".")[0]) >= chapter):
            break
        found.append(known)
    return found


def _notebook(folder: Folder, chapter: int) -> Path:
    given = find_chapter(places.chapters_dir(), str(chapter))  # one that is not written yet is refused
    try:
        return find_chapter(folder.path, str(chapter))
    except NotFound:
        raise NotFound(f"{given.name} is not in {folder.path}. Bring it in: mini-k8s reset {chapter}") from None


def _where(notebook: Path, target: str | None) -> str:
    """What to open, and which cell comes next."""
    if target is None:
        return f"Open {notebook.name}, and begin with its first cell."
    number = find(target).number
    try:
        here = target in {asked.target for asked in outline.exercises(notebook) if asked.here}
    except Invalid as error:
        return str(error)
    if not here:
        return f"Open {notebook.name}. {outline.where_it_belongs(number, target)}"
    return (f"Open {notebook.name}, and click into the cell of {number}: its first line is  %%build {target}\n"
            "Choose Run → Run All Above Selected Cell, then write that one.")

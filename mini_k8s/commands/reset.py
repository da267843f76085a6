"""How do I start something again? ``mini-k8s reset WHAT``: what was there is kept beside it."""

import argparse

from mini_k8s.workshop import choices, edition, outline
from mini_k8s.workshop.copies import find_chapter
from mini_k8s.workshop.folder import Folder

CHAPTER = """\
If its page is open in JupyterLab, it shows your old one still: File → Reload Notebook from Disk brings the new one.
What you typed there and never saved is in no file: copy it first, if you want it.
Where JupyterLab says "File Changed", choose Revert; Overwrite puts your old one back."""
PART = """\
The workshop's own function runs in its place. A notebook that is open runs yours until you run its first cell again.
Your notebook and the number of tries stay as they are; the cell, run again, makes it your part again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Take a chapter or a part back to how it was given. What was there is kept beside it."
    parser.add_argument("what", metavar="WHAT",
                        help="a chapter, as 2 (save its page first); or a part, as 2.1 or mini_k8s.control_loop:diff")


def main(args: argparse.Namespace) -> int:
    folder = Folder.require()
    edition.refuse_newer(folder)
    kept = folder.reset(args.what)
    yours = f" Yours is kept in {kept[0]}." if kept else ""
    if outline.target_of(args.what):
        print(f"{args.what} is out of use.{yours}\n{PART}")
    else:
        print(f"Chapter {args.what} is as it was given.{yours}\n{CHAPTER}")
        parts = folder.parts()
        asked, filled = outline.exercises(find_chapter(folder.path, args.what)), choices.filled(folder)
        passed = [a.number for a in asked if a.target in parts]
        skipped = [a.number for a in asked if filled.get(a.target, "path") != "path"]
        if passed:
            print(f"What has passed stays in use: {', '.join(passed)}. Take one back: mini-k8s reset {passed[0]}")
        if skipped:
            print(f"What is skipped stays so: {', '.join(skipped)}. Undo it: mini-k8s skip --undo {skipped[0]}")
    return 0

"""How do I go on without this? ``mini-k8s skip 2.1``: ours runs in its place, and it is yours again at any time."""

import argparse

from mini_k8s.errors import BadRequest
from mini_k8s.workshop import choices, edition, outline, standing
from mini_k8s.workshop.exercises import TARGETS, find
from mini_k8s.workshop.folder import Folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = ("Skip an exercise or a chapter: ours runs in its place, and `Run All` goes on there. Do it "
                          "later, and yours runs. Without WHAT: what is skipped.")
    parser.add_argument("what", nargs="*", metavar="WHAT",
                        help="an exercise, as 2.1 or mini_k8s.control_loop:diff; or a chapter, as 1; or several")
    parser.add_argument("--undo", action="store_true", help="ask for it again")


def main(args: argparse.Namespace) -> int:
    folder = Folder.require()
    if not args.what:
        if args.undo:
            raise BadRequest(f"which one is to be asked for again? {_listed(folder)}")
        print(_listed(folder))
        return 0
    edition.refuse_newer(folder)
    targets = list(dict.fromkeys(target for what in args.what for target in targets_of(what)))
    if targets:
        print(_undo(folder, targets) if args.undo else _skip(folder, targets))
    else:
        print(f"There are no exercises in {' and '.join(args.what)}, so there is nothing to skip.")
    print(standing.next_step(folder))
    return 0


def targets_of(what: str) -> list[str]:
    """The exercises meant by '2.1', 'mini_k8s.control_loop:diff' or a chapter, '2'. Raises BadRequest for no such
    thing; a chapter without exercises has none."""
    target = outline.target_of(what)
    if target:
        return [find(target).target]
    chapter = outline.chapter_of(what)
    return [target for number, target in TARGETS.items() if number.partition(".")[0] == str(chapter)]


def _skip(folder: Folder, targets: list[str]) -> str:
    built, filled = edition.built(folder), choices.filled(folder)
    open_ = [target for target in targets if target not in built]
    if not open_:
        return _built(targets)
    new = [target for target in open_ if target not in filled]
    choices.skip(folder, open_)
    said = f"Skipped{'' if new else ' already'}: {outline.spoken(open_)}. Ours runs there."
    if len(open_) < len(targets):
        said += f" Yours runs on: {outline.spoken([target for target in targets if target in built])}."
    return f"{said}\nNothing of your notebook is changed. To do it later, run its cell: what passes is yours."


def _built(targets: list[str]) -> str:
    first, *others = (find(target).number for target in targets)
    also = f", and {', '.join(others)} in the same way" if others else ""
    return f"{outline.spoken(targets)}: built already, and yours runs. To have ours run: mini-k8s reset {first}{also}."


def _undo(folder: Folder, targets: list[str]) -> str:
    again = choices.unskip(folder, targets)
    given = [target for target in targets if target in choices.filled(folder)]
    if given:
        return f"Your path fills in for {outline.spoken(given)}. Build it all the same: what passes is yours."
    if not again:
        return f"{outline.spoken(targets)}: not skipped. {_listed(folder)}"
    return f"Yours to build again: {outline.spoken(again)}."


def _listed(folder: Folder) -> str:
    filled = choices.filled(folder)
    if not filled:
        return "Nothing is skipped. Skip an exercise with: mini-k8s skip 2.1"
    rows = [f"  {outline.spoken([target]):<30} {standing.FILLED[how]}" for target, how in filled.items()]
    first = next(number for number, target in TARGETS.items() if target in filled)
    return "\n".join(["These are skipped:", *rows, f"Ask for one again: mini-k8s skip --undo {first}"])

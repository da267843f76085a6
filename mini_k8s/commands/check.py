"""Is it right so far? ``mini-k8s check`` runs the learner's own notebook, or judges one exercise in a file."""

import argparse
import sys
from pathlib import Path

from mini_k8s.errors import BadRequest

EXAMPLE = "mini-k8s check 2.1 my_diff.py"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Run a chapter of your own notebook from top to bottom, a row a step; a copy of it, so nothing is kept. Or "
        "judge one exercise in a file, as the %%build cell would: what passes is your part from then on. "
        "Exit status: 0 right, 1 not yet, 2 used wrongly.")
    parser.add_argument("what", nargs="?", metavar="CHAPTER|EXERCISE",
                        help="a chapter, as 2; or an exercise, as 2.1 or mini_k8s.control_loop:diff")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the Python file that solves the exercise")
    parser.add_argument("--json", action="store_true", help='one line: {"passed": …, "hint": …, "message": …}')
    parser.add_argument("--watch", action="store_true", help="judge the file again at each save, until Ctrl-C")


def main(args: argparse.Namespace) -> int:
    try:
        from mini_k8s.workshop import outline

        target = outline.target_of(args.what) if args.what else None
        if target:
            return _file(target, args)
        if args.file or args.json or args.watch:
            given = f"{args.what!r} is none" if args.what else "none was named"
            raise BadRequest(f"a file is judged against an exercise, and {given}. Write it as: {EXAMPLE}")
        from mini_k8s.workshop.check_notebook import check

        return check(args.what)
    except BadRequest as error:
        print(f"mini-k8s check: {error}", file=sys.stderr)
        return 2


def _file(target: str, args: argparse.Namespace) -> int:
    from mini_k8s.workshop import check_file, exercises

    number = exercises.find(target).number
    if args.file is None:
        raise BadRequest(f"which file solves {args.what}? Write it as: {EXAMPLE}. "
                         f"The notebook's own cells are run by: mini-k8s check {number.partition('.')[0]}")
    judge = check_file.watch_file if args.watch else check_file.check_file
    return judge(target, args.file, args.json, say=lambda text: print(text, flush=True))

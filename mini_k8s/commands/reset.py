"""How do I start something again? ``mini-k8s reset WHAT``: what was there is kept beside it."""

import argparse

from mini_k8s.workshop.folder import Folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="WHAT", help="a chapter, as 2, or a part, as mini_k8s.control_loop:diff")


def main(args: argparse.Namespace) -> int:
    folder = Folder.require()
    kept = folder.reset(args.what)
    if ":" in args.what:
        print(f"{args.what} is ours again. Yours is kept in {kept[0]}.")
        return 0
    print(f"Chapter {args.what} is as it was given." + (f" Yours is kept in {kept[0]}." if kept else ""))
    print("What passed stays in use. `mini-k8s progress` lists it; `mini-k8s reset PART` takes one back.")
    return 0

"""``mini-k8s images prepare``: make the workshop's images ahead of time."""

import argparse

from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.images import CATALOGUE, has_image, prepare


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    make = verbs.add_parser("prepare", help="make those that are missing; a tag that exists is never overwritten")
    make.add_argument("names", metavar="IMAGE", nargs="*", help="only these (default: all)")
    verbs.add_parser("list", help="show which there are")


def main(args: argparse.Namespace) -> int:
    engine = Engine()
    engine.ping()
    if args.verb == "list":
        for image in CATALOGUE.values():
            print(f"{image.name:20} {'there' if has_image(engine, image.name) else 'missing':8} {image.summary}")
        if not all(has_image(engine, name) for name in CATALOGUE):
            print("The missing ones are made when they are needed; to make them now: mini-k8s images prepare")
        return 0
    made = prepare(engine, args.names, progress=print)
    print(f"Made {len(made)}." if made else "All there.")
    return 0

"""``mini-k8s images``: make the workshop's images ahead of time, and carry them to machines without a network."""

import argparse
import sys
from pathlib import Path

from mini_k8s.runtimes import image_file
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.images import CATALOGUE, has_image, prepare


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    make = verbs.add_parser("prepare", help="make those that are missing; a tag that exists is never overwritten")
    make.add_argument("names", metavar="IMAGE", nargs="*", help="only these (default: all)")
    verbs.add_parser("list", help="show which there are")
    put = verbs.add_parser("save", help="write all of them into one file, for machines without a network")
    put.add_argument("file", metavar="FILE", type=Path)
    put.add_argument("--force", action="store_true", help="overwrite the file when it is there")
    get = verbs.add_parser("load", help="bring the images of such a file onto this engine")
    get.add_argument("file", metavar="FILE", type=Path)
    get.add_argument("--force", action="store_true", help="replace images of the same names that were made elsewhere")


def main(args: argparse.Namespace) -> int:
    if args.verb == "load":
        image_file.contents(args.file)  # a misspelt name is told first, with or without an engine
    engine = Engine()
    engine.ping()
    return {"list": _list, "prepare": _prepare, "save": _save, "load": _load}[args.verb](engine, args)


def _list(engine: Engine, args: argparse.Namespace) -> int:
    for image in CATALOGUE.values():
        print(f"{image.name:20} {'there' if has_image(engine, image.name) else 'missing':8} {image.summary}")
    if not all(has_image(engine, name) for name in CATALOGUE):
        print("The missing ones are made when they are needed; to make them now: mini-k8s images prepare")
    return 0


def _prepare(engine: Engine, args: argparse.Namespace) -> int:
    made = prepare(engine, args.names, progress=print)
    print(f"Made {len(made)}." if made else "All there.")
    return 0


def _save(engine: Engine, args: argparse.Namespace) -> int:
    with _Counter("written") as counter:
        packed = image_file.save(engine, args.file, args.force, tell=print, moved=counter)
    for image in packed:
        print(f"  {image.name:20} {_size(engine, image.name)}")
    print(f"Wrote {args.file}: {len(packed)} images for {packed[0].arch}, {mb(args.file.stat().st_size)} in all.\n"
          f"On the other machine: mini-k8s images load {args.file.name}")
    return 0


def _load(engine: Engine, args: argparse.Namespace) -> int:
    with _Counter("sent") as counter:
        new = image_file.load(engine, args.file, args.force, tell=print, moved=counter)
    if not new:
        print(f"All that is in {args.file} is on this engine already.")
        return 0
    for image in new:
        print(f"  {image.name:20} {_size(engine, image.name)}")
    print(f"Loaded {len(new)} image{'' if len(new) == 1 else 's'} from {args.file}, "
          f"{mb(args.file.stat().st_size)} in all.")
    return 0


def mb(count: int) -> str:
    """Megabytes: '6.1 MB'."""
    return f"{count / 1e6:.1f} MB"


def _size(engine: Engine, name: str) -> str:
    return mb(engine.call("inspect_image", name)["Size"])


class _Counter:
    """Shows on a terminal how much has gone over; elsewhere nothing."""

    def __init__(self, word: str):
        self.word, self.shown = word, ""

    def __call__(self, count: int) -> None:
        if sys.stdout.isatty() and (text := f"{mb(count)} {self.word}") != self.shown:
            print(f"\r  {text}", end="", flush=True)
            self.shown = text

    def __enter__(self) -> "_Counter":
        return self

    def __exit__(self, *_) -> None:
        if self.shown:
            print()

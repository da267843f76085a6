"""What do the commands have in common? Which cluster, which namespace, which objects; and how an error is said."""

import argparse
import functools
import sys
from collections.abc import Callable

from mini_k8s.errors import StatusError
from mini_k8s.local import places
from mini_k8s.local.client import LocalClient

Main = Callable[[argparse.Namespace], int]


def add_cluster(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", metavar="NAME", help="the cluster (default: the one that runs here)")


def add_namespace(parser: argparse.ArgumentParser, all: bool = False) -> None:
    parser.add_argument("-n", "--namespace", metavar="NAMESPACE", help="the namespace (default: default)")
    if all:
        parser.add_argument("-A", "--all-namespaces", action="store_true", help="in all namespaces")


def add_selectors(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-l", "--selector", metavar="LABELS", default="", help="those with these labels, as app=web")
    parser.add_argument("--field-selector", metavar="FIELDS", default="",
                        help="those with these fields, as status.phase=Running")


def add_files(parser: argparse.ArgumentParser, required: bool = False) -> None:
    parser.add_argument("-f", "--filename", metavar="FILE", action="append", default=[], required=required,
                        help="a manifest, a folder of them, or - for standard input; may be repeated")
    parser.add_argument("-R", "--recursive", action="store_true", help="folders with the folders below them")


def connect(args: argparse.Namespace) -> LocalClient:
    """The cluster that is meant. Raises NotFound when it does not run."""
    return LocalClient(places.find(args.name))


def in_kubectls_words(main: Main) -> Main:
    """A command that says what the cluster refused as kubectl does, and exits with 1."""
    @functools.wraps(main)
    def run(args: argparse.Namespace) -> int:
        try:
            return main(args)
        except StatusError as error:
            if not getattr(error, "remote", False):
                raise
            say(error)
            return 1
    return run


def say(error: StatusError) -> None:
    """To stderr: ``Error from server (NotFound): pods "web" not found``."""
    text = f"The {error}" if error.reason == "Invalid" else f"Error from server ({error.reason}): {error}"
    print(text, file=sys.stderr)

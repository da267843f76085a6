"""``mini-k8s delete pod web``: ask for objects to go, and wait until they have."""

import argparse
import sys
import time
from collections.abc import Sequence

from mini_k8s import selectors
from mini_k8s.errors import BadRequest, NotFound, StatusError, Timeout
from mini_k8s.kind import Kind
from mini_k8s.local.client import LocalClient
from mini_k8s.objects import Object
from mini_k8s.terminal.arguments import (
    add_cluster,
    add_files,
    add_namespace,
    add_selectors,
    connect,
    in_kubectls_words,
    say,
)
from mini_k8s.terminal.bring_in import read_files
from mini_k8s.terminal.targets import Target, kind_of, targets

FORCED = ("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
          "The resource may continue to run on the cluster indefinitely.")
CASCADES = ("background", "orphan", "foreground")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Delete objects of a cluster that runs here, and wait until they have gone."
    parser.add_argument("what", nargs="*", metavar="WHAT", help="as for get: pod web, pod/web; or a kind with -l")
    add_files(parser)
    add_namespace(parser, all=True)
    add_selectors(parser)
    parser.add_argument("--all", action="store_true", help="all objects of the kind")
    parser.add_argument("--grace-period", type=int, default=-1, metavar="SECONDS",
                        help="how long a pod gets to end (default: what it says); 0 needs --force")
    parser.add_argument("--now", action="store_true", help="the same as --grace-period=1")
    parser.add_argument("--force", action="store_true", help="at once, without waiting for its node")
    parser.add_argument("--cascade", choices=CASCADES, default="background", nargs="?", const="background",
                        help="what becomes of what it owns: it goes afterwards, stays, or goes first "
                             "(default: background)")
    parser.add_argument("--wait", type=yes_or_no, nargs="?", const=True, default=True, metavar="true|false",
                        help="wait until they have gone (default: true)")
    parser.add_argument("--timeout", type=float, default=0.0, metavar="SECONDS", help="how long (default: for ever)")
    parser.add_argument("--ignore-not-found", action="store_true", help="what is not there is no error")
    add_cluster(parser)


@in_kubectls_words
def main(args: argparse.Namespace) -> int:
    grace = _grace(args)
    wanted, namespace = _wanted(args), args.namespace or "default"
    client = connect(args)
    if args.force and grace == 0:
        print(FORCED, file=sys.stderr)
    going, failed = [], False
    for kind, name, place in _each(client, args, wanted, namespace):
        try:
            gone = client.delete(kind.name, name, place, grace, propagation=args.cascade.capitalize())
        except StatusError as error:
            if not getattr(error, "remote", False):
                raise
            if not (args.ignore_not_found and isinstance(error, NotFound)):
                say(error)
                failed = True
            continue
        print(f'{kind.resource} "{name}" {"force " if args.force and grace == 0 else ""}deleted', flush=True)
        going.append((kind, gone))
    if args.wait and not args.force:
        _wait(client, going, args.timeout)
    if not going and not failed and not any(target.name for target in wanted):
        print("No resources found", file=sys.stderr)
    return 1 if failed else 0


def yes_or_no(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _grace(args: argparse.Namespace) -> int | None:
    """The seconds to ask for. As with kubectl, 0 without --force is 1: then its node still confirms the end."""
    if args.now and args.grace_period >= 0:
        raise BadRequest("--now and --grace-period cannot be specified together: leave one of them out.")
    if args.force and args.grace_period > 0:
        raise BadRequest("--force and --grace-period greater than 0 cannot be specified together: leave one out.")
    if args.force:
        return 0
    if args.now or args.grace_period == 0:
        return 1
    return None if args.grace_period < 0 else args.grace_period


def _wanted(args: argparse.Namespace) -> list[Target]:
    if bool(args.what) == bool(args.filename):
        raise BadRequest("say what is to go: a kind and names, as pod web, or -f FILE; one of the two.")
    wanted = targets(args.what) if args.what else []
    for target in wanted:
        if target.name is None and not (args.all or args.selector or args.field_selector):
            raise BadRequest(f"resource(s) were provided, but no name was specified: name one, as "
                             f"{target.kind.name.lower()}/web, or say -l LABELS or --all.")
    return wanted


def _each(client: LocalClient, args: argparse.Namespace, wanted: Sequence[Target], namespace: str):
    """(kind, name, namespace) of everything that is meant; of files, the last object first."""
    for document in reversed(read_files(args.filename, args.recursive, args.namespace)):
        meta = document.object["metadata"]
        yield kind_of(document.object["kind"]), str(meta.get("name")), meta.get("namespace") or namespace
    where = selectors.where(args.selector, args.field_selector)
    for kind, name in wanted:
        if name is not None:
            yield kind, name, namespace
            continue
        place = None if args.all_namespaces or not kind.namespaced else namespace
        for obj in client.list(kind.name, place, where).items:
            yield kind, obj["metadata"]["name"], obj["metadata"].get("namespace") or namespace


def _wait(client: LocalClient, going: Sequence[tuple[Kind, Object]], timeout: float) -> None:
    """Until none of them is there, or another one of the same name is."""
    end = time.monotonic() + timeout
    for kind, obj in going:
        meta = obj["metadata"]
        pause = 0.01
        while True:
            try:
                if client.get(kind.name, meta["name"], meta.get("namespace") or "default")["metadata"]["uid"] \
                        != meta["uid"]:
                    break
            except NotFound:
                break
            if timeout and time.monotonic() > end:
                raise Timeout(f'{kind.resource} "{meta["name"]}" is still there after {timeout:g} s. It goes on '
                              "ending; look again later.")
            time.sleep(pause)
            pause = min(0.25, pause * 1.5)

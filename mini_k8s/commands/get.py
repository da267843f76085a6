"""``mini-k8s get pods``: what there is, in kubectl's columns, or as YAML."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence

from mini_k8s import selectors
from mini_k8s.errors import BadRequest, Gone, StatusError
from mini_k8s.kind import Kind
from mini_k8s.local.client import LocalClient
from mini_k8s.objects import Object
from mini_k8s.terminal import table
from mini_k8s.terminal.arguments import (
    add_cluster,
    add_namespace,
    add_selectors,
    connect,
    in_kubectls_words,
    say,
)
from mini_k8s.terminal.targets import Target, targets

FORMS = ("wide", "yaml", "json", "name")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Show objects of a cluster that runs here: get pods, get pod web, get pod/web, get pods,cm."
    parser.add_argument("what", nargs="+", metavar="WHAT", help="a kind, as pods or po; after it, names")
    add_namespace(parser, all=True)
    add_selectors(parser)
    parser.add_argument("-o", "--output", choices=FORMS, help="more columns, or the whole objects, or names only")
    parser.add_argument("-w", "--watch", action="store_true", help="go on showing what changes, until Ctrl-C")
    parser.add_argument("--no-headers", action="store_true", help="without the line of columns' names")
    parser.add_argument("--show-labels", action="store_true", help="with the labels, as the last column")
    add_cluster(parser)


@in_kubectls_words
def main(args: argparse.Namespace) -> int:
    wanted = targets(args.what)
    if any(target.name for target in wanted) and (args.selector or args.field_selector or args.all_namespaces):
        raise BadRequest("a name, and labels, fields or all namespaces as well: leave one of them out.")
    if args.watch and len({target.kind.name for target in wanted}) > 1:
        raise BadRequest("only one kind of object can be watched at a time. Name one.")
    client, namespace = connect(args), None if args.all_namespaces else args.namespace or "default"
    where = selectors.where(args.selector, args.field_selector)
    found, failed, version = _find(client, wanted, namespace, where)
    show = _Shown(args, several=len({target.kind.name for target in wanted}) > 1)
    show.all(found, alone=len(wanted) == 1 and wanted[0].name is not None)
    if args.watch and not failed:
        names = {target.name for target in wanted if target.name}
        _follow(client, wanted[0].kind, namespace, version, show,
                lambda obj: where(obj) and (not names or obj["metadata"]["name"] in names))
    elif not found and not failed and args.output not in ("json", "yaml"):
        nowhere = namespace is None or not any(target.kind.namespaced for target in wanted)
        print("No resources found" + ("" if nowhere else f" in {namespace} namespace."), file=sys.stderr)
    return 1 if failed else 0


def _find(client: LocalClient, wanted: Sequence[Target], namespace: str | None,
          where: Callable[[Object], bool]) -> tuple[list[tuple[Kind, Object]], bool, int | str]:
    """The objects with their kinds, whether one was missing, and the version of the last answer."""
    found, failed, version = [], False, 0
    for kind, name in wanted:
        try:
            if name is None:
                listing = client.list(kind.name, namespace if kind.namespaced else None, where)
                found += [(kind, obj) for obj in listing.items]
                version = listing.version
            else:
                found.append((kind, client.get(kind.name, name, namespace or "default")))
                version = max(int(version), int(found[-1][1]["metadata"]["resourceVersion"]))
        except StatusError as error:
            if name is None or not getattr(error, "remote", False):
                raise
            say(error)
            failed = True
    return found, failed, version


def _follow(client: LocalClient, kind: Kind, namespace: str | None, version: int | str, show: "_Shown",
            where: Callable[[Object], bool]) -> None:
    namespace = namespace if kind.namespaced else None
    watch = client.watch(kind.name, namespace, version, where)
    while True:
        try:
            watch.wait(60.0)
            for event in watch.drain():
                show.one(kind, event.object)
        except Gone:
            listing = client.list(kind.name, namespace, where)
            for obj in listing.items:
                show.one(kind, obj)
            watch = client.watch(kind.name, namespace, listing.version, where)


class _Shown:
    """Writes objects to stdout, in the form that was asked for."""

    def __init__(self, args: argparse.Namespace, several: bool):
        self.form, self.heads, self.several = args.output, not args.no_headers, several
        self.args = args
        self._tables: dict[str, table.Table] = {}
        self._widths: dict[str, list[int]] = {}

    def all(self, found: Sequence[tuple[Kind, Object]], alone: bool) -> None:
        """All at once. ``alone``: the one object that was named, which is shown as itself and not as a list."""
        if self.form in ("json", "yaml"):
            if alone or self.args.watch:
                for _, obj in found:
                    self._whole(obj)
            else:
                self._whole({"apiVersion": "v1", "items": [obj for _, obj in found], "kind": "List",
                             "metadata": {"resourceVersion": ""}})
            return
        kinds = list(dict.fromkeys(kind.name for kind, _ in found))
        for number, name in enumerate(kinds):
            if number and self.form != "name":
                print()
            self._rows([pair for pair in found if pair[0].name == name])

    def one(self, kind: Kind, obj: Object) -> None:
        """One that has changed."""
        if self.form in ("json", "yaml"):
            if self.form == "yaml":
                print("---")
            self._whole(obj)
        else:
            self._rows([(kind, obj)])

    def _rows(self, found: Sequence[tuple[Kind, Object]]) -> None:
        kind, now = found[0][0], time.time()
        if self.form == "name":
            for _, obj in found:
                print(f"{kind.resource}/{obj['metadata']['name']}", flush=True)
            return
        shape = self._tables.get(kind.name)
        rows = []
        if shape is None:
            shape = self._tables[kind.name] = table.Table(
                kind, self.form == "wide", self.args.all_namespaces, self.args.show_labels, self.several)
            rows = [shape.head] * self.heads
        rows += [shape.row(obj, now) for _, obj in found]
        wide = self._widths[kind.name] = table.widths(rows, self._widths.get(kind.name, ()))
        for row in rows:
            print(table.line(row, wide), flush=True)

    def _whole(self, obj: dict) -> None:
        if self.form == "json":
            print(json.dumps(obj, indent=4, ensure_ascii=False), flush=True)
        else:
            from mini_k8s.manifests import write

            print(write(obj), end="", flush=True)

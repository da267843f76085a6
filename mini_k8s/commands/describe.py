"""``mini-k8s describe pod web``: all about an object that a person wants to know, with what happened to it."""

import argparse
import sys

from mini_k8s import selectors
from mini_k8s.errors import NotFound, StatusError
from mini_k8s.kinds.endpointslice import SERVICE_NAME
from mini_k8s.objects import Object, owner_of
from mini_k8s.terminal.arguments import add_cluster, add_namespace, add_selectors, connect, in_kubectls_words, say
from mini_k8s.terminal.describe import describe
from mini_k8s.terminal.targets import targets


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Show an object of a cluster that runs here at length, and what happened to it."
    parser.add_argument("what", nargs="+", metavar="WHAT", help="a kind, as pods or po; after it, names")
    add_namespace(parser, all=True)
    add_selectors(parser)
    add_cluster(parser)


@in_kubectls_words
def main(args: argparse.Namespace) -> int:
    client, namespace = connect(args), None if args.all_namespaces else args.namespace or "default"
    where = selectors.where(args.selector, args.field_selector)
    found, failed = [], False
    for kind, name in targets(args.what):
        if name is None:
            found += client.list(kind.name, namespace if kind.namespaced else None, where).items
            continue
        try:
            found.append(client.get(kind.name, name, namespace or "default"))
        except NotFound as error:
            say(error)
            failed = True
    for number, obj in enumerate(found):
        print(("\n\n" if number else "") + describe(obj, _events(client, obj), _around(client, obj)))
    if not found and not failed:
        print("No resources found" + (f" in {namespace} namespace." if namespace else ""), file=sys.stderr)
    return 1 if failed else 0


def _events(client, obj: Object) -> tuple[Object, ...]:
    """What happened to this very object; nothing where events cannot be had."""
    meta = obj["metadata"]
    try:
        return client.list("Event", meta.get("namespace") or None, lambda event: (
            (about := event.get("involvedObject") or {}).get("kind") == obj["kind"]
            and about.get("name") == meta["name"] and about.get("uid") in (None, "", meta["uid"], meta["name"]))).items
    except StatusError:
        return ()


def _around(client, obj: Object) -> tuple[Object, ...]:
    """The pods of a node that have not ended, those that a ReplicaSet owns, the slices of a service."""
    meta = obj["metadata"]
    if obj["kind"] == "ReplicaSet":
        return client.list("Pod", meta["namespace"], lambda pod: (owner_of(pod) or {}).get("uid") == meta["uid"]).items
    if obj["kind"] == "Service":
        return client.list("EndpointSlice", meta["namespace"], selectors.where(f"{SERVICE_NAME}={meta['name']}")).items
    if obj["kind"] != "Node":
        return ()
    return client.list("Pod", None, selectors.where(fields=f"spec.nodeName={obj['metadata']['name']},"
                                                           "status.phase!=Succeeded,status.phase!=Failed")).items

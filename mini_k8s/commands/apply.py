"""``mini-k8s apply -f FILE``: bring in what a user wrote; again and again, it changes only what has changed."""

import argparse

from mini_k8s.terminal.arguments import add_cluster, add_files, add_namespace, connect, in_kubectls_words
from mini_k8s.terminal.bring_in import bring_in, read_files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = ("Apply manifests to a cluster that runs here. All of them are tried first: with one mistake "
                          "in them nothing is applied, and every mistake is shown with its place.")
    add_files(parser, required=True)
    add_namespace(parser)
    add_cluster(parser)


@in_kubectls_words
def main(args: argparse.Namespace) -> int:
    client = connect(args)
    bring_in(client, read_files(args.filename, args.recursive, args.namespace))
    return 0

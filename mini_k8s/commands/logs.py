"""``mini-k8s logs web``: what a container printed."""

import argparse
import os
import re
import sys

from mini_k8s.objects import Object
from mini_k8s.terminal.arguments import add_cluster, add_namespace, connect, in_kubectls_words
from mini_k8s.terminal.targets import pod_named

_UNITS = {"h": 3600, "m": 60, "s": 1, "ms": 0.001}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Show what a container of a pod printed, or its run before the last restart."
    parser.add_argument("pod", metavar="POD", help="a pod, as web or pod/web")
    parser.add_argument("container", metavar="CONTAINER", nargs="?", help="one of its containers")
    parser.add_argument("-c", "--container", dest="named", metavar="CONTAINER", help="the same")
    parser.add_argument("-f", "--follow", action="store_true", help="go on until it ends, or until Ctrl-C")
    parser.add_argument("-p", "--previous", action="store_true", help="the run before the last restart")
    parser.add_argument("--tail", type=int, default=-1, metavar="N", help="only the last N lines")
    parser.add_argument("--timestamps", action="store_true", help="begin each line with its time")
    parser.add_argument("--since", type=seconds, metavar="TIME", help="only the last so much, as 5s, 2m or 3h")
    parser.add_argument("--limit-bytes", type=int, metavar="N", help="end after N bytes")
    add_namespace(parser)
    add_cluster(parser)


@in_kubectls_words
def main(args: argparse.Namespace) -> int:
    client, name, namespace = connect(args), pod_named(args.pod), args.namespace or "default"
    container = args.named or args.container or first_container(client.get("Pod", name, namespace))
    options = {"timestamps": args.timestamps, "seconds": args.since, "limit": args.limit_bytes}
    for piece in client.logs(name, namespace, container=container, follow=args.follow, previous=args.previous,
                             tail=None if args.tail < 0 else args.tail, **options):
        write(piece)
    return 0


def first_container(pod: Object) -> str:
    """The container that is meant when none is named: the first one. Where there are several, that is said."""
    spec = pod["spec"]
    names = [one["name"] for one in spec["containers"]]
    inits = [f"{one['name']} (init)" for one in spec.get("initContainers") or ()]
    chosen = (pod["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
    if chosen in names:
        return chosen
    if len(names) + len(inits) > 1:
        print(f'Defaulted container "{names[0]}" out of: {", ".join([*names, *inits])}', file=sys.stderr)
    return names[0]


def write(piece: bytes) -> None:
    """These bytes, as they are, to stdout."""
    sys.stdout.flush()
    while piece:
        piece = piece[os.write(sys.stdout.fileno(), piece):]


def seconds(text: str) -> float:
    """'1h30m' in seconds."""
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)(h|ms|m|s)", text)
    if not parts or "".join(map("".join, parts)) != text:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time. Write it as 5s, 2m or 3h")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)

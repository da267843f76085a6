"""``mini-k8s scale rs/web --replicas=5``: say how many there are to be."""

import argparse

from mini_k8s.errors import BadRequest, Conflict
from mini_k8s.terminal.arguments import add_cluster, add_namespace, connect, in_kubectls_words
from mini_k8s.terminal.targets import targets


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Say how many pods a ReplicaSet of a cluster that runs here is to have."
    parser.add_argument("what", nargs="+", metavar="WHAT", help="as rs/web, or rs web")
    parser.add_argument("--replicas", type=int, required=True, metavar="N", help="how many there are to be")
    parser.add_argument("--current-replicas", type=int, metavar="N", help="only where there are to be so many now")
    add_namespace(parser)
    add_cluster(parser)


@in_kubectls_words
def main(args: argparse.Namespace) -> int:
    if args.replicas < 0:
        raise BadRequest(f"--replicas={args.replicas}: there cannot be fewer than none. Use 0 or more.")
    wanted, client, namespace = targets(args.what), connect(args), args.namespace or "default"
    for kind, name in wanted:
        if name is None:
            raise BadRequest(f"say which: {kind.name.lower()}/NAME.")
        if args.current_replicas is not None:
            now = client.get(kind.name, name, namespace)["spec"].get("replicas")
            if now != args.current_replicas:
                raise Conflict(f"Expected replicas to be {args.current_replicas}, was {now}. Look what somebody else "
                               f"wants: mini-k8s get {kind.resource}/{name}")
        client.patch(kind.name, name, {"spec": {"replicas": args.replicas}}, namespace, "scale")
        print(f"{kind.resource}/{name} scaled", flush=True)
    return 0

"""``mini-k8s down``: remove what this workshop started. It goes by label, and touches nothing else."""

import argparse

from mini_k8s.errors import NotFound
from mini_k8s.runtimes import check_name
from mini_k8s.runtimes.clusters import find_clusters, remove_cluster
from mini_k8s.runtimes.engine import Engine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--name", metavar="NAME", help="the cluster of that name; needs nothing but the engine")
    which.add_argument("--all", action="store_true", help="all clusters of your workshop folder (the default)")


def main(args: argparse.Namespace) -> int:
    engine = Engine()
    if args.name is not None:
        check_name(args.name, "cluster name")
        engine.ping()
        names = [c.name for c in find_clusters(engine) if c.name == args.name]
        if not names:
            raise NotFound(f"there is no cluster '{args.name}' on this engine. See which there are: mini-k8s status")
    else:
        owner = _owner()
        engine.ping()
        names = [c.name for c in find_clusters(engine) if c.owner == owner]
        if not names:
            print("Nothing of this folder is there.")
    for name in names:
        print(f"{name}: removed {_count(remove_cluster(engine, name))}")
    return 0


def _owner() -> str:
    from mini_k8s.workshop.folder import Folder

    folder = Folder.current()
    if folder is None:
        raise NotFound("whose clusters? There is no workshop folder here. Go into yours, "
                       "or name one cluster: mini-k8s down --name NAME (mini-k8s status lists them)")
    return folder.owner


def _count(n: int) -> str:
    return "1 thing" if n == 1 else f"{n} things"

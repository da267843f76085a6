"""``mini-k8s down``: remove what this workshop started. It goes by label, and touches nothing else."""

import argparse

from mini_k8s.commands.status import is_of
from mini_k8s.errors import Conflict, NotFound, StatusError
from mini_k8s.runtimes import check_name, process_clusters
from mini_k8s.runtimes.clusters import find_clusters, remove_cluster
from mini_k8s.runtimes.engine import Engine
from mini_k8s.workshop.folder import Folder

BESIDE = "networks, volumes, and the lock, a container that says who controls the cluster"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--name", metavar="NAME", help="the cluster of that name; needs nothing but the engine")
    which.add_argument("--all", action="store_true", help="all clusters of your workshop folder (the default)")


def main(args: argparse.Namespace) -> int:
    engine = Engine()
    held = process_clusters.find_held()
    if args.name is not None:
        check_name(args.name, "cluster name")
        for cluster in held:
            if cluster.name == args.name:
                raise Conflict(f"cluster '{cluster.name}' {_ends_with_its_program(cluster)}")
        engine.ping()
        found = [c for c in find_clusters(engine) if c.name == args.name]
        if not found:
            raise NotFound(f"there is no cluster '{args.name}' on this engine. See which there are: mini-k8s status")
    else:
        folder = _folder()
        owner = folder.owner
        mine = [cluster for cluster in held if is_of(cluster.name, owner)]
        for cluster in mine:
            print(f"{cluster.name}: {_ends_with_its_program(cluster)}")
        try:
            engine.ping()
        except StatusError:
            if mine:
                return 0
            raise
        found = [c for c in find_clusters(engine) if c.owner == owner]
        if not found and not mine:
            print(f"Nothing to remove: nothing that was started from {folder.path} is on this engine.")
    for cluster in found:
        containers = len(cluster.containers)
        beside = remove_cluster(engine, cluster.name) - containers
        print(f"{cluster.name}: removed {containers} container{'' if containers == 1 else 's'}"
              + (f", and {beside} beside: {BESIDE}" if beside > 0 else ""))
    return 0


def _ends_with_its_program(cluster: process_clusters.Held) -> str:
    return (f"runs as processes of program {cluster.holder or '?'}, and ends with it. Shut that notebook down "
            "(Kernel > Shut Down Kernel)" + (f", or type: kill {cluster.holder}" if cluster.holder else "."))


def _folder() -> Folder:
    folder = Folder.current()
    if folder is None:
        raise NotFound("whose clusters? There is no workshop folder here. Go into yours, "
                       "or name one cluster: mini-k8s down --name NAME (mini-k8s status lists them)")
    return folder

"""``mini-k8s status``: what runs on this engine now, whose it is, and who controls it."""

import argparse
import json

from mini_k8s.errors import StatusError
from mini_k8s.runtimes import labels
from mini_k8s.runtimes.clusters import Found, find_clusters
from mini_k8s.runtimes.engine import Engine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the same, to be read by a program")


def main(args: argparse.Namespace) -> int:
    engine = Engine()
    engine.ping()
    clusters, owner = find_clusters(engine), _owner()
    if args.json:
        print(json.dumps([_plain(c, owner) for c in clusters], indent=2))
        return 0
    print(f"Engine: {engine.where}")
    if not clusters:
        print("No clusters. Start one: mini-k8s learn")
    for cluster in clusters:
        print(f"\n{cluster.name}  {cluster.running} of {len(cluster.containers)} running, {_whose(cluster, owner)}, "
              f"{'controlled by ' + clean(cluster.holder) if cluster.holder else 'controlled by nobody'}")
        for c in cluster.containers:
            has = c["Labels"]
            image = clean(has.get(labels.IMAGE, c["Image"]))
            print(f"  {clean(has.get(labels.NAME, '?')):24} {image:24} {clean(c['Status'])}")
    return 0


def clean(text: str) -> str:
    """Without control characters: another user's labels must not move this terminal's cursor."""
    return "".join(ch if ch.isprintable() else "?" for ch in text)


def _owner() -> str:
    from mini_k8s.workshop.folder import Folder

    try:
        folder = Folder.current()
        return folder.owner if folder else ""
    except StatusError:  # status needs no folder
        return ""


def _whose(cluster: Found, owner: str) -> str:
    if not cluster.owner:
        return "of no folder"
    return "yours" if cluster.owner == owner else f"of owner {clean(cluster.owner[:8])}"


def _plain(cluster: Found, owner: str) -> dict:
    return {"name": cluster.name, "owner": cluster.owner, "yours": bool(owner) and cluster.owner == owner,
            "holder": cluster.holder, "containers": [
                {"id": c["Id"], "name": c["Labels"].get(labels.NAME, ""), "kind": c["Labels"].get(labels.KIND, ""),
                 "image": c["Labels"].get(labels.IMAGE, c["Image"]), "state": c["State"], "status": c["Status"]}
                for c in cluster.containers]}

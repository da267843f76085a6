"""``mini-k8s status``: what runs on this engine now, whose it is, and who controls it."""

import argparse
import json
import re

from mini_k8s.errors import StatusError
from mini_k8s.runtimes import labels
from mini_k8s.runtimes.clusters import Found, find_clusters
from mini_k8s.runtimes.engine import Engine
from mini_k8s.workshop.folder import Folder

OTHERS = """\
Of other folders, and no concern of this one. To remove one, type mini-k8s down in its own folder, or, where that is
gone and nobody needs it: mini-k8s down --name NAME"""
SIGNALS = {9: "killed", 15: "asked to end"}  # what the two that containers usually get do to them


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the same, to be read by a program")


def main(args: argparse.Namespace) -> int:
    engine = Engine()
    engine.ping()
    clusters = find_clusters(engine)
    folder, owner, unknown = _here()
    if args.json:
        print(json.dumps([_plain(c, owner) for c in clusters], indent=2))
        return 0
    print(f"Engine: {engine.where}")
    if not clusters:
        print("No clusters. Start one: mini-k8s learn")
    mine = [cluster for cluster in clusters if owner and cluster.owner == owner]
    others = [cluster for cluster in clusters if cluster not in mine]
    if mine:
        print(f"\nYours, of {folder.path}. To remove all of them: mini-k8s down")
        _show(mine)
    elif folder and others:
        print(f"\nNothing of yours, of {folder.path}, is on this engine.")
    if others:
        print(f"\nWhose these are cannot be told here: {unknown}" if unknown else f"\n{OTHERS}")
        _show(others)
    if any(cluster.holder for cluster in clusters):
        print("\nWhat controls a cluster is a program, mostly a notebook's kernel: user@machine and its process id. "
              "Only that one starts and stops its containers.")
    return 0


def _show(clusters: list[Found]) -> None:
    for cluster in clusters:
        print(f"  {cluster.name}  {cluster.running} of {len(cluster.containers)} running, "
              f"controlled by {clean(cluster.holder) or 'nobody: what dies stays dead'}")
        for c in cluster.containers:
            has = c["Labels"]
            image = clean(has.get(labels.IMAGE, c["Image"]))
            print(f"    {clean(has.get(labels.NAME, '?')):24} {image:24} {explained(clean(c['Status']))}")


def explained(status: str) -> str:
    """'Exited (137) 2 minutes ago', and what that number means."""
    found = re.match(r"Exited \((\d+)\)", status)
    code = int(found[1]) if found else 0
    if code > 128:
        return f"{status} ({SIGNALS.get(code - 128, 'ended by a signal')}: {code} is 128 + signal {code - 128})"
    return f"{status} (ended by itself, with error {code})" if code else status


def clean(text: str) -> str:
    """Without control characters: another user's labels must not move this terminal's cursor."""
    return "".join(ch if ch.isprintable() else "?" for ch in text)


def _here() -> tuple[Folder | None, str, str]:
    """The workshop folder that this is typed in, its owner's id, and, without one, why: status needs no folder."""
    try:
        folder = Folder.current()
        if folder:
            return folder, folder.owner, ""
        return None, "", "this is no workshop folder. Type this in yours, and yours are named."
    except StatusError as error:
        return None, "", str(error)


def _plain(cluster: Found, owner: str) -> dict:
    return {"name": cluster.name, "owner": cluster.owner, "yours": bool(owner) and cluster.owner == owner,
            "holder": cluster.holder, "containers": [
                {"id": c["Id"], "name": c["Labels"].get(labels.NAME, ""), "kind": c["Labels"].get(labels.KIND, ""),
                 "image": c["Labels"].get(labels.IMAGE, c["Image"]), "state": c["State"], "status": c["Status"]}
                for c in cluster.containers]}

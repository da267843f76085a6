"""``mini-k8s status``: what runs on this machine now, whose it is, and who controls it."""

import argparse
import json
import re

from mini_k8s.errors import StatusError
from mini_k8s.runtimes import labels, process_clusters
from mini_k8s.runtimes.clusters import Found, find_clusters
from mini_k8s.runtimes.engine import Engine
from mini_k8s.widgets.words import age
from mini_k8s.workshop.folder import Folder

OTHERS = """\
Of other folders, and no concern of this one. To remove one, type mini-k8s down in its own folder, or, where that is
gone and nobody needs it: mini-k8s down --name NAME"""
SIGNALS = {9: "killed", 15: "asked to end"}  # what the two that containers usually get do to them


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the same, to be read by a program")


def main(args: argparse.Namespace) -> int:
    engine, held = Engine(), process_clusters.find_held()
    try:
        engine.ping()
        clusters, away = find_clusters(engine), None
    except StatusError as error:
        clusters, away = [], error
    folder, owner, unknown = _here()
    if args.json:
        print(json.dumps([*(_plain(c, owner) for c in clusters), *(_plain_held(h, owner) for h in held)], indent=2))
        return 0
    print(f"Engine: none. {away}" if away else f"Engine: {engine.where}")
    _show_held(held, owner)
    if away:
        if not held:
            print("Nothing runs as processes either. Start something: mini-k8s learn")
        return 0
    if not clusters and not held:
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


def _show_held(held: list[process_clusters.Held], owner: str) -> None:
    if held:
        print("\nProcesses of this machine. They end with the program that controls them, mostly a notebook's kernel: "
              "shut that down, and they are gone.")
    for cluster in held:
        whose = "yours, " if is_of(cluster.name, owner) else ""
        print(f"  {cluster.name}  {whose}{len(cluster.containers)} running, "
              f"controlled by process {cluster.holder or 'unknown'}")
        for c in cluster.containers:
            print(f"    {clean(c.name):24} {clean(c.image):24} Up {age(process_clusters.age(c))}")


def is_of(cluster: str, owner: str) -> bool:
    """Was a cluster that runs as processes started from the folder of this owner? Its name ends as the owner begins."""
    return bool(owner) and cluster.endswith(f"-{owner[:6]}")


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
    return {"name": cluster.name, "runtime": "docker", "owner": cluster.owner,
            "yours": bool(owner) and cluster.owner == owner, "holder": cluster.holder, "containers": [
                {"id": c["Id"], "name": c["Labels"].get(labels.NAME, ""), "kind": c["Labels"].get(labels.KIND, ""),
                 "image": c["Labels"].get(labels.IMAGE, c["Image"]), "state": c["State"], "status": c["Status"]}
                for c in cluster.containers]}


def _plain_held(cluster: process_clusters.Held, owner: str) -> dict:
    return {"name": cluster.name, "runtime": "process", "yours": is_of(cluster.name, owner),
            "holder": f"process {cluster.holder}" if cluster.holder else "", "containers": [
                {"name": c.name, "image": c.image, "state": "running"} for c in cluster.containers]}

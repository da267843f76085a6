"""``mini-k8s up``: a cluster in this terminal, until Ctrl-C. Other terminals talk to it: ``mini-k8s get pods``."""

import argparse
import gc
import os
import signal
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mini_k8s.errors import Conflict, Invalid
from mini_k8s.runtimes import SURVIVES_CONTROL_PLANE, images
from mini_k8s.runtimes.choose import CHOICES
from mini_k8s.terminal.arguments import add_files, add_namespace, in_kubectls_words

if TYPE_CHECKING:
    from mini_k8s.cluster import Cluster
    from mini_k8s.manifests import Document
    from mini_k8s.objects import Object
    from mini_k8s.store import Store

NODES = 3
_LOOK = 0.5  # seconds between two looks whether the cluster is still ours


class Ended(BaseException):
    """Somebody wants the program to end: a signal. No error, so nobody catches it by mistake."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Run a cluster until Ctrl-C: a control plane and its nodes in this one process. On Docker, what it started "
        "serves on when it ends, and the same command takes it up again.")
    add_files(parser)
    add_namespace(parser)
    parser.add_argument("--name", metavar="NAME", default="default", help="the cluster's name (default: default)")
    parser.add_argument("--nodes", type=_count, metavar="N",
                        help=f"how many nodes, node-1 to node-N (default: as many as there were, else {NODES})")
    parser.add_argument("--runtime", choices=CHOICES, help="what really runs the containers (default: auto)")
    parser.add_argument("--data-dir", type=Path, metavar="DIR",
                        help="keep the objects in this folder, which is made when it is missing (default: in memory)")


@in_kubectls_words
def main(args: argparse.Namespace) -> int:
    began = time.monotonic()
    news = threading.Event()
    _listen()
    try:
        with ExitStack() as ending:
            cluster = _start(args, ending, news, began)
            _stand(cluster, news)
            return _over(cluster, args, removed=True)
    except Ended:
        return 0


def _start(args: argparse.Namespace, ending: ExitStack, news: threading.Event, began: float) -> "Cluster":
    """Bring it up; ``ending`` takes it down again, in the right order. Says what it does, then one line: ready."""
    from mini_k8s.local import places
    from mini_k8s.terminal.bring_in import bring_in, read_files

    claim = places.claim(args.name)
    ending.callback(claim.release)
    documents = read_files(args.filename, args.recursive, args.namespace)
    store = _store(args.data_dir)
    ending.callback(store.close)

    from mini_k8s import apply
    from mini_k8s.cluster import Cluster
    from mini_k8s.local.desk import Desk
    from mini_k8s.local.server import Server
    from mini_k8s.manifests import refuse

    cluster = Cluster(_nodes(args, store), name=args.name, runtime=args.runtime or "auto", store=store)
    ending.push(lambda *error: _close(cluster, args, error))
    refuse(apply.mistakes(cluster.client, documents))
    _prepare(cluster, documents)
    cluster.start()
    gc.collect()
    gc.freeze()  # all that is here stays: the collector need not look through it again and again
    where = args.data_dir.absolute() if args.data_dir else None
    about = {"pid": os.getpid(), "data_dir": str(where or "")}
    server = Server(Desk(cluster, about, news.set), places.socket_of(args.name))
    ending.callback(server.close)
    bring_in(cluster.client, documents)
    store.wait(store.version)
    if cluster.runtime.name == "simulated":
        _tell("It is simulated: pods are shown as running, and nothing really runs.")
    nodes = len(cluster.kubelets)
    _tell(f"Objects live in {where}." if where else
          "Objects live in memory: when this ends they are forgotten. To keep them: --data-dir DIR")
    _tell(f"Ready in {time.monotonic() - began:.1f} s: cluster '{args.name}', {nodes} node{'' if nodes == 1 else 's'} "
          f"on the {cluster.runtime.name} runtime, process {os.getpid()}. In another terminal: "
          "mini-k8s get pods. To end: Ctrl-C")
    return cluster


def _store(folder: Path | None) -> "Store":
    from mini_k8s.store import Store

    if folder is None:
        return Store()
    from mini_k8s.storage import open_log

    return Store(open_log(folder))


def _nodes(args: argparse.Namespace, store: "Store") -> int:
    """How many nodes: what was asked for, but never so few that pods lose theirs."""
    there = [int(name[5:]) for obj in store.list("Node").items
             if (name := obj["metadata"]["name"]).startswith("node-") and name[5:].isdecimal()]
    most = max(there, default=0)
    if args.nodes is None:
        return most or NODES
    if args.nodes < most:
        raise Invalid(f"cluster '{args.name}' has {most} nodes in {args.data_dir}, and with {args.nodes} nobody would "
                      f"look after the pods of the others. Use --nodes {most} or more, or another --data-dir.")
    return args.nodes


def _prepare(cluster: "Cluster", documents: "Iterable[Document]") -> None:
    """Make the images of the workshop that will be needed; what it takes time for is said."""
    wanted = {container.get("image") for document in documents for spec in _pod_specs(document.object)
              for field in ("initContainers", "containers") for container in spec.get(field) or ()}
    always = (images.BASE, images.SANDBOX, images.NETWORK)
    ours = [image for image in images.CATALOGUE if image in wanted or image in always]
    if cluster.runtime.name == "docker":
        cluster.runtime.prepare(*ours, progress=_tell)


def _pod_specs(obj: "Object") -> "Iterable[Object]":
    """The pod that it is, or that it makes."""
    spec = obj.get("spec") or {}
    yield from (one for one in (spec, (spec.get("template") or {}).get("spec")) if one)


def _stand(cluster: "Cluster", news: threading.Event) -> None:
    """Until somebody has everything removed. Raises Ended at a signal, and Conflict when the name was taken from us."""
    said = ""
    while not news.wait(_LOOK):
        if isinstance(cluster.sight.trouble, Conflict):
            raise cluster.sight.trouble
        trouble = str(cluster.trouble or "")
        if trouble != said:
            _tell(f"Trouble: {trouble}" if trouble else "It goes on.")
        said = trouble


def _close(cluster: "Cluster", args: argparse.Namespace, error: Sequence) -> None:
    """End the control plane, and say what becomes of what it started."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends already, in bounded time
    cluster.close()
    if error[0] is Ended:
        _over(cluster, args, removed=False)


def _over(cluster: "Cluster", args: argparse.Namespace, removed: bool) -> int:
    kept = f"\nIts objects stay in {args.data_dir.absolute()}." if args.data_dir else ""
    if removed:
        _tell(f"Cluster '{args.name}' was removed.{kept}")
        return 0
    again = f"mini-k8s up --name {args.name}" + (f" --data-dir {args.data_dir}" if args.data_dir else "")
    runs = sum(bool(pod.sandbox and pod.sandbox.alive) for node in cluster.kubelets
               for pod in cluster.sight.pods(node).values())
    if SURVIVES_CONTROL_PLANE in cluster.runtime.can and runs:
        _tell(f"Ended. {runs} pod{'' if runs == 1 else 's'} of cluster '{args.name}' run{'s' if runs == 1 else ''} on "
              "in Docker, and nobody looks after them."
              + (f" To take them up again: {again}" if args.data_dir else
                 f" What they are for is forgotten: {again} removes them.")
              + f" To remove them now: mini-k8s down --name {args.name}")
    else:
        _tell(f"Ended, and with it what it ran. To start again: {again}{kept}")
    return 0


def _listen() -> None:
    """End at SIGINT and SIGTERM, also where a shell starts us in the background, which makes us deaf to SIGINT."""
    def end(number: int, frame: object) -> None:
        raise Ended

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup has a reason
        signal.signal(signal.SIGHUP, end)


def _tell(text: str) -> None:
    with suppress(OSError):  # a terminal that was closed is no reason to leave containers alone
        print(text, flush=True)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of nodes. Use 1 to 1000")
    return int(text)

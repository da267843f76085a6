"""What is there to see of a whole running cluster? Its nodes as machines, its pods as what stands on them."""

import threading
import time
from collections.abc import Callable, Iterator

from mini_k8s.cluster import Cluster
from mini_k8s.kinds.columns import seconds_of
from mini_k8s.objects import Object
from mini_k8s.widgets.machines_picture import Machine, Tile


class ClusterWorld:
    """The nodes of a cluster, as its API has them. ``listeners`` are called when something has changed.

    places   how many pods a node is drawn with at least
    """

    period = 0.1  # seconds between two looks

    def __init__(self, cluster: Cluster, places: int = 2):
        self.cluster, self.places, self.ended = cluster, places, ""
        self.listeners: list[Callable[[], None]] = []
        self.machines: tuple[Machine, ...] = ()
        self.looked = time.time()
        self._look()
        threading.Thread(target=self._watch, name="cluster-look", daemon=True).start()

    def end(self, words: str) -> None:
        """Nobody looks any more."""
        self.ended = self.ended or words
        self._tell()

    def _watch(self) -> None:
        while not self.ended:
            time.sleep(self.period)
            before = self.machines
            self._look()
            if self.machines != before:
                self._tell()

    def _look(self) -> None:
        client = self.cluster.client
        self.machines = tuple(machines(client.list("Node").items, client.list("Pod").items, self.places))
        if not self.cluster.sight.trouble:
            self.looked = time.time()

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()


def machines(nodes: tuple[Object, ...], pods: tuple[Object, ...], places: int) -> Iterator[Machine]:
    """A machine for each node, with a tile for each of its pods, in the order of their names."""
    for node in nodes:
        there = [tile_of(pod) for pod in pods if pod["spec"].get("nodeName") == node["metadata"]["name"]]
        yield Machine(node["metadata"]["name"], (*there, *[None] * (places - len(there))))


def tile_of(pod: Object) -> Tile:
    """One pod: how it is, with the newest of its containers, and how often they were started again."""
    meta, status = pod["metadata"], pod.get("status") or {}
    containers = status.get("containerStatuses") or ()
    state, ended = status.get("phase", "Pending"), _ended(containers)
    since = max([seconds_of(c["state"]["running"]["startedAt"]) for c in containers if "running" in c["state"]],
                default=seconds_of(meta["creationTimestamp"]))
    if meta.get("deletionTimestamp"):
        state = "Terminating"
    elif state == "Running" and ended:
        state, since = "Failed", seconds_of(ended["finishedAt"])
    return Tile(meta["name"], state, "/".join(c.get("containerID", "") for c in containers), since,
                ended.get("exitCode"), sum(c["restartCount"] for c in containers))


def _ended(containers: tuple[Object, ...]) -> dict:
    """How the first of the containers ended that does not run now; empty when all of them run."""
    for c in containers:
        if "running" not in c["state"]:
            return c["state"].get("terminated") or (c.get("lastState") or {}).get("terminated") or {}
    return {}

"""Which clusters are on an engine, and how is one removed? By label alone: it needs nothing but the engine.

So it works when the program that made a cluster is gone, and for clusters of folders that were deleted.
"""

import time
from contextlib import suppress
from dataclasses import dataclass

from mini_k8s.errors import Conflict, NotFound, ServiceUnavailable, Timeout
from mini_k8s.runtimes import labels
from mini_k8s.runtimes.docker_lock import break_lock
from mini_k8s.runtimes.engine import Engine


@dataclass(frozen=True)
class Found:
    """One cluster as its labels tell it."""

    name: str
    owner: str
    containers: tuple[dict, ...] = ()  # as the engine lists them, without the lock
    holder: str = ""  # who controls it now; empty when nobody does
    networks: int = 0

    @property
    def running(self) -> int:
        return sum(c["State"] in ("running", "paused") for c in self.containers)


def find_clusters(engine: Engine) -> list[Found]:
    """All clusters on the engine, by name."""
    containers = engine.call("containers", all=True, filters={"label": [labels.CLUSTER]})
    networks = engine.call("networks", filters={"label": [labels.CLUSTER]})
    clusters: dict[str, list[dict]] = {}
    for thing in (*reversed(containers), *networks):
        clusters.setdefault(thing["Labels"][labels.CLUSTER], []).append(thing)
    return [_found(name, things) for name, things in sorted(clusters.items())]


def remove_cluster(engine: Engine, cluster: str, deadline: float = 60.0) -> int:
    """Remove everything that has the cluster's label; return how many things. What vanishes meanwhile is welcome to.

    A control plane that lives is told first, so that it does not start everything again. Raises Timeout when
    something is still there after ``deadline`` seconds; calling it again goes on where it stopped.
    """
    from concurrent.futures import ThreadPoolExecutor

    mine, until, removed = labels.of_cluster(cluster), time.monotonic() + deadline, set()
    break_lock(engine, cluster, "removed by `mini-k8s down`")

    def remove(id: str) -> None:
        with suppress(NotFound, Conflict, ServiceUnavailable):  # gone, going, or still in use: the next round tells
            engine.call("remove_container", id, force=True, v=True)
            removed.add(id)

    with ThreadPoolExecutor(8, "down") as pool:
        while left := [c["Id"] for c in engine.call("containers", all=True, filters=mine)]:
            list(pool.map(remove, left))
            if time.monotonic() > until:
                raise Timeout(f"{len(left)} containers of cluster '{cluster}' are still there. Repeat: "
                              f"mini-k8s down --name {cluster}")
            if not removed.issuperset(left):
                time.sleep(0.05)
    for kind, listed, key in (("network", engine.call("networks", filters=mine), "Id"),
                              ("volume", engine.call("volumes", filters=mine)["Volumes"] or [], "Name")):
        for thing in listed:
            with suppress(NotFound):
                engine.call(f"remove_{kind}", thing[key])
                removed.add(thing[key])
    return len(removed)


def _found(name: str, things: list[dict]) -> Found:
    owner = next((t["Labels"][labels.OWNER] for t in things if t["Labels"].get(labels.OWNER)), "")
    containers = [t for t in things if "State" in t]
    locks = [c for c in containers if c["Labels"].get(labels.KIND) == "lock"]
    holder = next((c["Labels"].get(labels.HOLDER, "?") for c in locks if c["State"] in ("running", "paused")), "")
    return Found(name, owner, tuple(c for c in containers if c not in locks), holder, len(things) - len(containers))

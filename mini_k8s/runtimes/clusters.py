"""Which clusters are on an engine, and how is one removed? By label alone: it needs nothing but the engine.

So it works when the program that made a cluster is gone, and for clusters of folders that were deleted.
"""

import time
from contextlib import suppress
from dataclasses import dataclass

from mini_k8s.errors import Conflict, Forbidden, NotFound, ServiceUnavailable, Timeout
from mini_k8s.runtimes import labels
from mini_k8s.runtimes.docker_lock import break_lock
from mini_k8s.runtimes.engine import Engine


@dataclass(frozen=True)
class Found:
    """One cluster as its labels tell it."""

    name: str
    owner: str
    containers: tuple[dict, ...] = ()  # as the engine lists them, without the lock and the network's helper
    holder: str = ""  # who controls it now; empty when nobody does
    networks: int = 0
    volumes: int = 0

    @property
    def running(self) -> int:
        return sum(c["State"] in ("running", "paused") for c in self.containers)


HELD = 10.0  # seconds that an engine may hold a network which no container uses


def find_clusters(engine: Engine) -> list[Found]:
    """All clusters on the engine, by name."""
    containers = engine.call("containers", all=True, filters={"label": [labels.CLUSTER]})
    networks = engine.call("networks", filters={"label": [labels.CLUSTER]})
    volumes = engine.call("volumes", filters={"label": [labels.CLUSTER]})["Volumes"] or []
    clusters: dict[str, list[dict]] = {}
    for thing in (*reversed(containers), *networks, *volumes):
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
            _remove(engine, cluster, kind, thing[key])
            removed.add(thing[key])
    return len(removed)


def _remove(engine: Engine, cluster: str, kind: str, id: str) -> None:
    """Remove a network or a volume. The engine may hold it for a moment longer than the last container that used it."""
    until = time.monotonic() + HELD
    while True:
        try:
            engine.call(f"remove_{kind}", id)
            return
        except NotFound:
            return
        except (Forbidden, Conflict) as error:
            if "active endpoints" not in str(error) and "in use" not in str(error):
                raise
            if time.monotonic() > until:  # engines have been seen that lost count of who uses a network
                raise Conflict(f"the engine holds {kind} {id[:12]} of cluster '{cluster}', which no container uses any "
                               f"more. Restart the engine, then repeat: mini-k8s down --name {cluster}") from error
        time.sleep(0.1)


def _found(name: str, things: list[dict]) -> Found:
    owner = next((t["Labels"][labels.OWNER] for t in things if t["Labels"].get(labels.OWNER)), "")
    containers = [t for t in things if "State" in t]
    volumes = sum("Mountpoint" in t for t in things)
    locks = [c for c in containers if c["Labels"].get(labels.KIND) == "lock"]
    helpers = [c for c in containers if c["Labels"].get(labels.KIND) == "helper"]
    holder = next((c["Labels"].get(labels.HOLDER, "?") for c in locks if c["State"] in ("running", "paused")), "")
    return Found(name, owner, tuple(c for c in containers if c not in (*locks, *helpers)), holder,
                 len(things) - len(containers) - volumes, volumes)

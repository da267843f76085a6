"""What does a ReplicaSet cost? As many pods as it says, gone again, and one that was deleted replaced."""

import gc
import statistics
import time
from collections.abc import Iterator

from mini_k8s.clock import HandClock
from mini_k8s.cluster import Cluster
from mini_k8s.runtimes.simulated import SimulatedRuntime
from tests.bench.pods import ROOMY, Raw, ours, pod
from tests.bench.rows import Row

STEP = 0.5  # seconds of the hand clock between two times that it settles


def replicaset(count: int) -> dict:
    template = pod("")
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"}, "spec": {
        "replicas": count, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": template["spec"]}}}


def simulated_sets() -> Iterator[Row]:
    """Through API, controller and kubelets of ten nodes, on a runtime that costs nothing."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)  # as ``mini-k8s up`` does it
    try:
        up, down, again = zip(*(_simulated(count) for count in (1000, 5000, 1000)), strict=True)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
    yield Row("a pod of a ReplicaSet of 1,000, simulated", min(up[0], up[2]) * 1000, most=0.5)
    yield Row("a pod of a ReplicaSet of 5,000, simulated", up[1] * 1000, most=0.67)
    yield Row("a pod of 1,000 gone again, scaled to 0", min(down[0], down[2]) * 1000)
    yield Row("pod deleted → replacement bound, of 1,000 simulated", statistics.median(again) * 1000, most=10.0)


def _simulated(count: int) -> tuple[float, float, float]:
    """Seconds a pod until all are ready, and until all have gone; seconds until one of them is replaced."""
    clock = HandClock(1.8e9)
    cluster = Cluster(10, name="bench", runtime=SimulatedRuntime("bench", clock=clock), clock=clock, seed=1,
                      capacity=ROOMY)
    cluster.settle()
    client = cluster.client

    def until(true) -> float:
        began = time.monotonic()
        for _ in range(100):
            cluster.settle(100_000)
            if true():
                return time.monotonic() - began
            clock.advance(STEP)
        raise TimeoutError(f"{cluster} does not come to it")

    client.create(replicaset(count))
    up = until(lambda: client.get("ReplicaSet", "web")["status"].get("readyReplicas") == count)
    began, one = time.monotonic(), client.list("Pod").items[0]
    client.delete("Pod", one["metadata"]["name"], grace=0)
    while len(live := client.list("Pod").items) < count or not all(one["spec"].get("nodeName") for one in live):
        cluster.step()
    again = time.monotonic() - began
    client.patch("ReplicaSet", "web", {"spec": {"replicas": 0}})
    down = until(lambda: not client.list("Pod").items)
    return up / count, down / count, again


def replaced_on_docker() -> Iterator[Row]:
    """From the request to delete a pod until another one runs in its place; the raw API makes and starts as much."""
    with ours("docker") as cluster:
        raw = Raw()
        try:
            raw.pod()
            cluster.apply(replicaset(3))
            cluster.wait(lambda: _ready(cluster) == 3)
            mine, theirs = [], []
            for _ in range(7):
                mine.append(_replaced(cluster))
                began = time.monotonic()
                raw.pod()
                theirs.append(time.monotonic() - began)
            yield Row("pod deleted → replacement running, on Docker", statistics.median(mine) * 1000,
                      peer=statistics.median(theirs) * 1000, most_ratio=1.05)
        finally:
            raw.close()


def _replaced(cluster: Cluster) -> float:
    names = {one["metadata"]["name"] for one in cluster.client.list("Pod").items}
    began = time.monotonic()
    cluster.client.delete("Pod", min(names))
    cluster.wait(lambda: any(one["metadata"]["name"] not in names and one["status"].get("phase") == "Running"
                             for one in cluster.client.list("Pod").items))
    took = time.monotonic() - began
    cluster.wait(lambda: _ready(cluster) == 3 and len(cluster.client.list("Pod").items) == 3)
    return took


def _ready(cluster: Cluster) -> int:
    return cluster.client.get("ReplicaSet", "web")["status"].get("readyReplicas") or 0


MEASURES = (simulated_sets, replaced_on_docker)

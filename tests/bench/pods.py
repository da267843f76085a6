"""What does the control plane cost beside the engine? The same pods by a cluster and by a raw script, in turn."""

import gc
import queue
import secrets
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import docker

from mini_k8s.clock import HandClock
from mini_k8s.cluster import Cluster, wait_for
from mini_k8s.errors import Conflict
from mini_k8s.runtimes import images
from mini_k8s.runtimes.clusters import remove_cluster
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.images import SANDBOX
from mini_k8s.runtimes.process_engine import why_not
from mini_k8s.runtimes.simulated import SimulatedRuntime
from tests.bench.rows import Row

IMAGE = "mini-k8s/web:1"
WAITS = ["sh", "-c", 'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done']
AT_ONCE = 8
ROOMY = {"pods": "100000"}
LIMITS = {"log_config": {"type": "json-file", "config": {"max-size": "8m", "max-file": "1"}}, "pids_limit": 1024}


def pod(name: str) -> dict:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "web"}},
            "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "app", "image": IMAGE}]}}


class Raw:
    """A script that makes pods as ours are made: a sandbox on a network of its own, and an app that joins it."""

    def __init__(self, url: str | None = None):
        self.name = f"raw-{secrets.token_hex(4)}"
        self._clients: queue.LifoQueue = queue.LifoQueue()  # docker-py's are for one thread at a time
        for _ in range(AT_ONCE):
            self._clients.put(docker.APIClient(base_url=url, version="auto", timeout=60))
        self.made: list[str] = []  # the youngest first
        with self.client() as client:
            self.network = client.create_network(self.name)["Id"]

    @contextmanager
    def client(self) -> Iterator[docker.APIClient]:
        client = self._clients.get()
        try:
            yield client
        finally:
            self._clients.put(client)

    def pods(self, count: int) -> float:
        """Seconds from the first call to the last start."""
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as hands:
            list(hands.map(self.pod, range(count)))
        return time.monotonic() - began

    def pod(self, n: int = 0) -> tuple[str, str]:
        """Make one; return its sandbox and its app."""
        with self.client() as client:
            sandbox = client.create_container(SANDBOX, WAITS, labels={"raw": self.name}, hostname=f"w{n}",
                                              host_config=client.create_host_config(
                                                  network_mode=self.network, ipc_mode="shareable", **LIMITS))["Id"]
            self.made.insert(0, sandbox)
            client.start(sandbox)
        return sandbox, self.app(sandbox)

    def app(self, sandbox: str) -> str:
        """Make and start an app in a sandbox that lives."""
        with self.client() as client:
            app = client.create_container(IMAGE, labels={"raw": self.name}, host_config=client.create_host_config(
                network_mode=f"container:{sandbox}", ipc_mode=f"container:{sandbox}", **LIMITS))["Id"]
            self.made.insert(0, app)
            client.start(app)
        return app

    def end(self, *ids: str) -> None:
        """Stop and remove them, one after the other."""
        with self.client() as client:
            for id in ids:
                client.stop(id, timeout=1)
                client.remove_container(id, v=True)
                self.made.remove(id)

    def clear(self) -> None:
        def remove(id: str) -> None:
            with self.client() as client, suppress(docker.errors.NotFound):
                client.remove_container(id, force=True, v=True)

        with ThreadPoolExecutor(AT_ONCE) as hands:
            list(hands.map(remove, self.made))
        self.made.clear()

    def close(self) -> None:
        try:
            self.clear()
        finally:
            with self.client() as client:
                client.remove_network(self.network)
            while not self._clients.empty():
                self._clients.get().close()


@contextmanager
def ours(runtime: str, url: str | None = None) -> Iterator[Cluster]:
    """Three nodes that run. On Docker: on the engine at ``url``, else on the user's."""
    name = f"bench-{secrets.token_hex(4)}"
    engine = Engine(url) if runtime == "docker" else None
    if engine:
        images.prepare(engine)
    cluster = Cluster(3, name=name, runtime=DockerRuntime(name, engine=Engine(url)) if engine else runtime,
                      capacity=ROOMY)
    try:
        cluster.runtime.prepare(IMAGE)
        yield cluster.start()
    finally:
        try:
            cluster.close()
        finally:
            if engine:
                try:
                    remove_cluster(engine, name)
                except Conflict as error:  # an engine that has lost count; what was measured is measured all the same
                    print(f"  ({error})", file=sys.stderr)
                engine.close()


def run(cluster: Cluster, names: list[str]) -> float:
    """Seconds until all of them are reported Running."""
    began = time.monotonic()
    cluster.apply(*map(pod, names))
    wait_for(cluster, names, timeout=300)
    return time.monotonic() - began


def clear(cluster: Cluster, names: list[str]) -> float:
    """Seconds until all of them are gone."""
    began = time.monotonic()
    for name in names:
        cluster.client.delete("Pod", name)
    cluster.wait(lambda: not cluster.client.list("Pod").items, 300)
    return time.monotonic() - began


def pods_on_docker() -> Iterator[Row]:
    with ours("docker") as cluster:
        raw = Raw()
        try:
            raw.pods(1)  # the engine is warm
            raw.clear()
            clear(cluster, [name for name in ["warm"] if run(cluster, [name])])
            for count, rounds in ((1, 5), (10, 3), (50, 3)):
                mine, theirs = [], []
                for n in range(rounds):
                    names = [f"w{n}-{i}" for i in range(count)]
                    if n % 2:  # who comes second finds another engine
                        theirs.append(_raw(raw, count))
                    mine.append(_ours(cluster, names))
                    if n % 2 == 0:
                        theirs.append(_raw(raw, count))
                yield Row(f"{count} pod{'s' if count > 1 else ''} on Docker running, against the raw API",
                          statistics.median(mine) * 1000, peer=statistics.median(theirs) * 1000,
                          most_ratio=1.05 if count == 50 else 1.25)
        finally:
            raw.close()


def _raw(raw: Raw, count: int) -> float:
    took = raw.pods(count)
    raw.clear()
    return took


def _ours(cluster: Cluster, names: list[str]) -> float:
    took = run(cluster, names)
    clear(cluster, names)
    return took


def pods_on_processes() -> Iterator[Row]:
    if why_not():
        return
    with ours("process") as cluster:
        run(cluster, ["warm"])
        took = run(cluster, [f"w{i}" for i in range(100)])
        yield Row("a pod of 100 on processes, through the control plane", took * 10, most=10.0)


def pods_simulated() -> Iterator[Row]:
    """All of the control plane, and a runtime that costs nothing. The collector is tuned as ``up`` does it."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        each = {count: min(_simulated(count) for _ in range(2)) for count in (1000, 5000)}
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
    yield Row("a pod of 1,000 simulated ones, on 10 nodes", each[1000] * 1000, most=0.5)
    yield Row("a pod of 5,000 simulated ones, against one of 1,000", each[5000] * 1000, peer=each[1000] * 1000,
              most_ratio=1.3)


def _simulated(count: int) -> float:
    clock = HandClock(1.8e9)
    cluster = Cluster(10, name="bench", runtime=SimulatedRuntime("bench", clock=clock), clock=clock, seed=1,
                      capacity=ROOMY)
    cluster.settle()
    began = time.monotonic()
    for n in range(count):
        cluster.client.create(pod(f"w{n}"))
    cluster.settle()
    took = time.monotonic() - began
    running = [one for one in cluster.client.list("Pod").items if one["status"]["phase"] == "Running"]
    assert len(running) == count
    return took / count


MEASURES = (pods_simulated, pods_on_processes, pods_on_docker)

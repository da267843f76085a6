"""What does the control plane cost when a pod breaks, or goes? Against a raw script that does the same, in turn."""

import contextlib
import queue
import statistics
import threading
import time
from collections.abc import Callable, Iterator

import docker

from mini_k8s.cluster import Cluster, wait_for
from mini_k8s.errors import NotFound
from mini_k8s.objects import Object
from tests.bench.pods import Raw, ours, pod
from tests.bench.rows import Row

ROUNDS = 11


class Reviver:
    """A script without a control plane: waits for the "die" of an app, creates the next one in its sandbox, starts it.

    ``started`` gets the moment of each start.
    """

    def __init__(self, raw: Raw):
        self.started: queue.Queue = queue.Queue()
        self.homes: dict[str, str] = {}  # app -> its sandbox, of those that are brought back
        self._raw, self._client = raw, docker.APIClient(version="auto", timeout=60)
        self._stream = self._client.events(decode=True, filters={"type": "container", "event": ["die"],
                                                                 "label": f"raw={raw.name}"})
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.homes.clear()
        self._stream.close()
        self._thread.join(10)
        self._client.close()

    def _follow(self) -> None:
        with contextlib.suppress(docker.errors.APIError):  # the end of the measurement removes everything
            for event in self._stream:
                if sandbox := self.homes.pop(event["id"], None):
                    self._raw.app(sandbox)
                    self.started.put(time.monotonic())


def app_killed() -> Iterator[Row]:
    """A pod is fresh in each round: its first restart is immediate, the next ones wait for the back-off."""
    mine, theirs = [], []
    with ours("docker") as cluster, contextlib.closing(Raw()) as raw, contextlib.closing(Reviver(raw)) as reviver:
        for n in range(-1, ROUNDS):  # the first one warms the engine
            turns = [lambda: theirs.append(_raw_killed(raw, reviver)),
                     lambda n=n: mine.append(_ours_killed(cluster, raw, f"w{n + 1}"))]
            for turn in turns if n % 2 else reversed(turns):
                turn()
    yield Row("app killed to running in its living sandbox", statistics.median(mine[1:]) * 1e3,
              peer=statistics.median(theirs[1:]) * 1e3, most_ratio=1.15,
              note="ours: as the API tells it; peer: a script that waits for 'die', creates, starts")


def pod_deleted() -> Iterator[Row]:
    mine, theirs = [], []
    with ours("docker") as cluster, contextlib.closing(Raw()) as raw:
        for n in range(-1, ROUNDS):
            turns = [lambda: theirs.append(_raw_deleted(raw)),
                     lambda n=n: mine.append(_ours_deleted(cluster, f"w{n + 1}"))]
            for turn in turns if n % 2 else reversed(turns):
                turn()
    yield Row("pod deleted to gone", statistics.median(mine[1:]) * 1e3, peer=statistics.median(theirs[1:]) * 1e3,
              most_ratio=1.15, note="ours: as the API tells it; peer: stop and remove, the app and its sandbox")


def _ours_killed(cluster: Cluster, raw: Raw, name: str) -> float:
    """Seconds until a client of the API sees the next container run."""
    cluster.apply(pod(name))
    wait_for(cluster, [name])
    (first,) = _pod(cluster, name)["status"]["containerStatuses"]
    with raw.client() as client:
        began = time.monotonic()
        client.kill(first["containerID"].partition("://")[2])

    def again() -> bool:
        (now,) = _pod(cluster, name)["status"]["containerStatuses"]
        return now["restartCount"] == 1 and "running" in now["state"]

    seen = _when(cluster, again)
    cluster.client.delete("Pod", name, grace=0)
    _when(cluster, lambda: _pod(cluster, name) is None)
    return seen - began


def _raw_killed(raw: Raw, reviver: Reviver) -> float:
    sandbox, app = raw.pod()
    reviver.homes[app] = sandbox
    with raw.client() as client:
        began = time.monotonic()
        client.kill(app)
    took = reviver.started.get(timeout=60) - began
    raw.clear()
    return took


def _ours_deleted(cluster: Cluster, name: str) -> float:
    cluster.apply(pod(name))
    wait_for(cluster, [name])
    began = time.monotonic()
    cluster.client.delete("Pod", name)
    return _when(cluster, lambda: _pod(cluster, name) is None) - began


def _raw_deleted(raw: Raw) -> float:
    sandbox, app = raw.pod()
    began = time.monotonic()
    raw.end(app, sandbox)
    return time.monotonic() - began


def _pod(cluster: Cluster, name: str) -> Object | None:
    with contextlib.suppress(NotFound):
        return cluster.client.get("Pod", name)


def _when(cluster: Cluster, true: Callable[[], bool], within: float = 60.0) -> float:
    """The moment at which it has become true, looked at with every change of the store."""
    news, end = threading.Event(), time.monotonic() + within
    cluster.store.durable_listeners.append(news.set)
    try:
        while not true():
            if not news.wait(end - time.monotonic()):
                raise TimeoutError(f"not within {within:g} s") from cluster.trouble
            news.clear()
        return time.monotonic()
    finally:
        cluster.store.durable_listeners.remove(news.set)


MEASURES = (app_killed, pod_deleted)

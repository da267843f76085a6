"""What does the loop cost beside the engine? The same work by the loop and by a raw script, in turn."""

import contextlib
import queue
import secrets
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import docker

from mini_k8s.containers import ByName
from mini_k8s.control_loop import ControlLoop
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.hints import Hints
from tests.bench.rows import Row

IMAGE = "mini-k8s/web:1"
LABEL = "mini-k8s-bench"


class Starts:
    """When does a container come to run? The engine's own time stamps of "start" events, for every container."""

    def __init__(self):
        self._client = docker.APIClient(version="auto", timeout=60)
        self._stream = self._client.events(decode=True, filters={"type": "container", "event": ["start", "die"]})
        self.seen: queue.Queue = queue.Queue()
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        for event in self._stream:
            self.seen.put((event["Action"], event["id"], event["Actor"]["Attributes"], event["timeNano"] / 1e9))

    def next(self, action: str, belongs, within: float = 60.0) -> float:
        """The engine's time of the next ``action`` of a container whose attributes satisfy ``belongs``."""
        end = time.monotonic() + within
        while True:
            seen, _, attributes, at = self.seen.get(timeout=max(0.01, end - time.monotonic()))
            if seen == action and belongs(attributes):
                return at

    def forget(self) -> None:
        while not self.seen.empty():
            self.seen.get_nowait()


class Raw:
    """A script without a loop: waits for a "die", creates the next container and starts it."""

    def __init__(self, name: str):
        self._client = docker.APIClient(version="auto", timeout=60)
        self.name, self.number = name, 0
        self.id = self._make()
        self._stream = self._client.events(decode=True, filters={"type": "container", "event": ["die"],
                                                                 "label": f"{LABEL}={name}"})
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop bringing it back. Nothing is made after this."""
        self._stream.close()
        self._thread.join(10)

    def _make(self) -> str:
        self.number += 1
        made = self._client.create_container(IMAGE, name=f"{self.name}.{self.number}", labels={LABEL: self.name},
                                             hostname=self.name)
        self._client.start(made["Id"])
        return made["Id"]

    def _follow(self) -> None:
        client = self._client
        with contextlib.suppress(docker.errors.APIError):  # the end of the measurement removes everything
            for _ in self._stream:
                old, self.id = self.id, self._make()
                client.remove_container(old)


def killed_to_running() -> Iterator[Row]:
    samples = 15
    name = f"bench-{secrets.token_hex(3)}"
    engine = docker.APIClient(version="auto", timeout=60)
    runtime = DockerRuntime(name, owner="bench")
    runtime.prepare(IMAGE)
    containers = ByName(runtime)
    loop = ControlLoop({"web": IMAGE}, containers.observe, containers.act, tidy=containers.tidy,
                       executor=ThreadPoolExecutor(8), backoff=None)
    hints = Hints(runtime.events, loop.wake)
    raw = None
    try:
        loop.run()
        until(lambda: containers.observe())
        raw = Raw(f"raw-{name}")
        starts = Starts()
        ours, peer, policy = [], [], []
        for _ in range(samples):
            running = next(o.id for o in runtime.list() if o.alive)
            ours.append(_kill(engine, starts, running, lambda a: a.get("mini-k8s.cluster") == name))
            until(lambda: len(runtime.list()) == 1)
            peer.append(_kill(engine, starts, raw.id, lambda a: a.get(LABEL) == raw.name))
            time.sleep(0.3)  # let the script remove the dead one, as the loop does
            policy.append(_restarted_by_policy(engine, starts, name))
    finally:
        hints.close()
        loop.close()
        if raw:
            raw.close()
        _remove(engine, f"{LABEL}=raw-{name}", f"{LABEL}={name}")
        runtime.down()
        runtime.close()
    yield Row("container killed to running again", statistics.median(ours), peer=statistics.median(peer),
              most_ratio=1.15, note="peer: a script that waits for 'die', creates, starts")
    yield Row("  beside it: docker run --restart=always", statistics.median(policy),
              note="the same container, only when it dies by itself")


def _restarted_by_policy(engine, starts: Starts, name: str) -> float:
    """A new container each time: the engine doubles its delay with every restart, from 0.1 s on."""
    always = engine.create_container(IMAGE, labels={LABEL: name}, host_config=engine.create_host_config(
        restart_policy={"Name": "always"}))["Id"]
    engine.start(always)
    starts.next("start", lambda a: a.get(LABEL) == name)
    began = time.time()
    # `docker kill` would end the policy for good, so it has to die by itself
    engine.exec_start(engine.exec_create(always, ["sh", "-c", "kill 1"])["Id"], detach=True)
    took = (starts.next("start", lambda a: a.get(LABEL) == name) - began) * 1e3
    engine.remove_container(always, force=True)
    return took


def _kill(engine, starts: Starts, id: str, belongs) -> float:
    starts.forget()
    began = time.time()
    engine.kill(id)
    return (starts.next("start", belongs) - began) * 1e3


def thirty_started() -> Iterator[Row]:
    n, ours, peer = 30, [], []
    engine = docker.APIClient(version="auto", timeout=120)
    for turn in range(6):  # whoever comes second finds another engine: a warmer one, or a busier one
        name = f"bench-{secrets.token_hex(3)}"
        if turn % 2:
            peer.append(_raw_starts(engine, f"raw-{name}", n))
        ours.append(_loop_starts(name, n))
        if not turn % 2:
            peer.append(_raw_starts(engine, f"raw-{name}", n))
    yield Row(f"{n} containers started", statistics.median(ours) * 1e3, peer=statistics.median(peer) * 1e3,
              most_ratio=1.05, note="peer: the raw API, 8 in flight")


def _loop_starts(name: str, n: int) -> float:
    runtime = DockerRuntime(name, owner="bench")
    containers = ByName(runtime)
    desired = {f"web-{i}": IMAGE for i in range(n)}
    loop = ControlLoop(desired, containers.observe, containers.act, tidy=containers.tidy,
                       executor=ThreadPoolExecutor(8), max_in_flight=8)
    hints = Hints(runtime.events, loop.wake)
    try:
        hints.listening.wait(5)
        began = time.perf_counter()
        loop.run()
        until(lambda: loop.latest is not None and loop.latest.converged)
        return time.perf_counter() - began
    finally:
        hints.close()
        loop.close()
        runtime.down()
        runtime.close()


def _raw_starts(engine, name: str, n: int) -> float:
    local = threading.local()

    def start(i: int) -> None:
        if not hasattr(local, "client"):
            local.client = docker.APIClient(version="auto", timeout=120)
        made = local.client.create_container(IMAGE, name=f"{name}.{i}", labels={LABEL: name}, hostname=f"web-{i}")
        local.client.start(made["Id"])

    try:
        with ThreadPoolExecutor(8) as pool:
            began = time.perf_counter()
            list(pool.map(start, range(n)))
            return time.perf_counter() - began
    finally:
        _remove(engine, f"{LABEL}={name}")


def _remove(engine, *labels: str) -> None:
    for label in labels:
        for found in engine.containers(all=True, filters={"label": label}):
            engine.remove_container(found["Id"], force=True)


def until(true: Callable[[], bool], within: float = 120.0, every: float = 0.01) -> None:
    """Return when it is true, asked every so many seconds. Raises TimeoutError."""
    end = time.monotonic() + within
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {within:g} s")
        time.sleep(every)


MEASURES = (killed_to_running, thirty_started)

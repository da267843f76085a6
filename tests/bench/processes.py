"""What does the loop cost where there is no engine? Processes by the loop and by a raw script, in turn."""

import os
import queue
import secrets
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from mini_k8s.containers import ByName
from mini_k8s.control_loop import ControlLoop
from mini_k8s.runtimes import ContainerSpec, SandboxSpec
from mini_k8s.runtimes.hints import Hints
from mini_k8s.runtimes.process import ProcessRuntime
from mini_k8s.runtimes.process_engine import ProcessEngine
from mini_k8s.workshop.folder import ENVIRONMENT, Folder
from tests.bench.containers import until
from tests.bench.rows import Row

IMAGE = "mini-k8s/web:1"


class Raw:
    """A script without a loop: waits for its child, and starts the next one. ``started`` gets the moment of each."""

    def __init__(self):
        self.command = [shutil.which("busybox") or "busybox", "httpd", "-f", "-p", "127.0.0.1:18080", "-h", os.sep]
        self.started: queue.Queue = queue.Queue()
        self.child, self._over = None, False
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over = True
        self.child.kill()
        self._thread.join(10)

    def _follow(self) -> None:
        while not self._over:
            self.child = subprocess.Popen(self.command)
            self.started.put(time.time())
            self.child.wait()


def killed_on_processes() -> Iterator[Row]:
    ours, peer, events = [], [], queue.Queue()
    with _loop({"web": IMAGE}, lambda event: event.kind == "started" and events.put(event.id)) as (runtime, loop):
        until(lambda: loop.latest is not None and loop.latest.converged)
        raw = Raw()
        raw.started.get(timeout=10)
        for _ in range(41):
            until(lambda: len(runtime.list()) == 1)
            pid = runtime.pid(runtime.list()[0].id)
            while not events.empty():
                events.get()
            began = time.time()
            os.kill(pid, signal.SIGKILL)
            id = events.get(timeout=10)
            ours.append((next(seen.started_at for seen in runtime.list() if seen.id == id) - began) * 1e3)
            began = time.time()
            raw.child.kill()
            peer.append((raw.started.get(timeout=10) - began) * 1e3)
            time.sleep(0.1)
        raw.close()
    yield Row("process killed to running again", statistics.median(ours), peer=statistics.median(peer), most=25,
              note="peer: a script that waits for its child and starts busybox anew")


def hundred_pods() -> Iterator[Row]:
    n, ours, pods, peer = 100, [], [], []
    for _ in range(5):
        ours.append(_loop_starts(n) / n * 1e3)
        peer.append(_raw_starts(n) / n * 1e3)
        pods.append(_pods(n) / n * 1e3)
    yield Row(f"{n} containers as processes, each", statistics.median(ours), peer=statistics.median(peer), most=10,
              note=f"by the loop, {1e3 / statistics.median(ours):.0f} a second; peer: 100 × Popen of busybox")
    yield Row(f"{n} pods as processes, each", statistics.median(pods), most=25,
              note=f"sandbox and container, {1e3 / statistics.median(pods):.0f} a second")


def _loop_starts(n: int) -> float:
    began = time.perf_counter()
    with _loop({f"web-{i}": IMAGE for i in range(n)}) as (_, loop):
        until(lambda: loop.latest is not None and loop.latest.converged)
        return time.perf_counter() - began


def _raw_starts(n: int) -> float:
    began = time.perf_counter()
    children = [subprocess.Popen([shutil.which("busybox") or "busybox", "sleep", "1000"]) for _ in range(n)]
    took = time.perf_counter() - began
    for child in children:
        child.kill()
        child.wait()
    return took


def _pods(n: int) -> float:
    runtime = _runtime()

    def start(i: int) -> None:
        sandbox = runtime.create_sandbox(SandboxSpec(f"pod-{i}"))
        runtime.start(runtime.create(ContainerSpec("web", IMAGE), sandbox))

    try:
        with ThreadPoolExecutor(8) as hands:
            began = time.perf_counter()
            list(hands.map(start, range(n)))
            took = time.perf_counter() - began
        assert sum(seen.alive for seen in runtime.list()) == 2 * n
        return took
    finally:
        runtime.down()


def first_picture() -> Iterator[Row]:
    """From a kernel's start until it has told of the picture, as a page asks for it; the peer's kernel adds 1 and 1."""
    cells = "from mini_k8s.workshop import chapter; lab = chapter(2)", "lab.picture"
    with tempfile.TemporaryDirectory(prefix="mini-k8s-bench-") as place:
        folder = Folder(Path(place, "mine"))
        ours, peer = [], []
        for _ in range(5):
            ours.append(_kernel(folder, *cells))
            peer.append(_kernel(folder, "1 + 1"))
    yield Row("kernel start to first picture", statistics.median(ours), "s", peer=statistics.median(peer), most_ratio=2,
              note="peer: a kernel that adds 1 and 1")


def _kernel(folder: Folder, *cells: str) -> float:
    from jupyter_client.manager import start_new_kernel

    began = time.perf_counter()
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder.path), stderr=subprocess.DEVNULL, env={
        **os.environ, "MINI_K8S_RUNTIME": "process", ENVIRONMENT: str(folder.path)})
    try:
        for cell in cells:
            shown = []
            answer = client.execute_interactive(cell, timeout=60, output_hook=shown.append)
            assert answer["content"]["status"] == "ok", answer
        took = time.perf_counter() - began
        assert any("data" in message["content"] for message in shown), shown
        return took
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


@contextmanager
def _loop(desired: dict, listener=None):
    """A loop that runs, on a runtime of its own, with a zygote that is there already."""
    runtime = _runtime()
    containers = ByName(runtime)
    hands = ThreadPoolExecutor(8)
    loop = ControlLoop(desired, containers.observe, containers.act, tidy=containers.tidy, executor=hands, backoff=None)
    hints = Hints(runtime.events, loop.wake, listener)
    try:
        hints.listening.wait(5)
        loop.run()
        yield runtime, loop
    finally:
        hints.close()
        loop.close()
        hands.shutdown()
        runtime.down()


def _runtime() -> ProcessRuntime:
    return ProcessRuntime(f"bench-{secrets.token_hex(3)}", engine=ProcessEngine.ours())


MEASURES = (killed_on_processes, hundred_pods, first_picture)

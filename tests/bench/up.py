"""How long does `mini-k8s up` take, and what does it hold? And a question to it, as typed in another terminal.

With an empty store, and with 5,000 objects on disk.
"""

import time
from collections.abc import Iterator

from mini_k8s.cluster import Cluster
from mini_k8s.storage import open_log
from mini_k8s.store import Store
from tests.bench.rows import Row
from tests.memory import pss

OBJECTS, ROUNDS = 5_000, 5


def up() -> Iterator[Row]:
    yield from _measured("process", "empty store", 0)
    yield from _measured("simulated", "empty store", 0)
    yield from _measured("simulated", f"{OBJECTS:,} objects", OBJECTS)


def _measured(runtime: str, what: str, objects: int) -> Iterator[Row]:
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).parents[1]))
    from terminal import Terminal

    terminal = Terminal(runtime)
    try:
        if objects:
            _fill(terminal.folder / "data", objects)
        took, memory, asked = [], [], []
        for _ in range(ROUNDS):
            began = time.monotonic()
            one = terminal.up("--data-dir", "data")
            took.append(time.monotonic() - began)
            memory.append(pss(one.pid) / 2**20)
            began = time.monotonic()
            terminal.says("get", "pods")
            asked.append(time.monotonic() - began)
            one.close()
    finally:
        terminal.close()
    note = f"median of {ROUNDS}"
    yield Row(f"up to ready, {runtime}, {what}", _median(took) * 1000, "ms", most=500, note=note)
    yield Row(f"up: memory, {runtime}, {what}", _median(memory), "MiB", most=90, note=note)
    yield Row(f"get pods, {runtime}, {what}", _median(asked) * 1000, "ms", most=300, note=note)


def _fill(folder, objects: int) -> None:
    """So many ConfigMaps, as a cluster writes them."""
    store = Store(open_log(folder))
    cluster = Cluster(3, runtime="simulated", store=store)
    for n in range(objects):
        cluster.client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{n}"},
                               "data": {"text": "x" * 200}})
    store.wait(store.version)
    cluster.close()
    store.close()


def _median(figures: list[float]) -> float:
    return sorted(figures)[len(figures) // 2]


MEASURES = (up,)

"""What does a workshop cost that nobody touches? JupyterLab, chapter 2 open in a browser, its loop running.

All processes are counted, from the server down to the containers, which are processes too; not the browser, which is
elsewhere. On a hub that is the price of a learner who reads.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from mini_k8s.runtimes.process_tree import family
from mini_k8s.workshop import learn
from mini_k8s.workshop.folder import Folder
from tests.bench.rows import Row
from tests.memory import pss

SETTLE, WATCHED = 10.0, 30.0  # seconds
CHAPTER = "02_control_loop.ipynb"
TICKS = os.sysconf("SC_CLK_TCK")


def idle() -> Iterator[Row]:
    from tests.browser.latency import chromium  # first, since it makes its folder importable
    from tests.browser.lab_server import Kernel  # isort: skip

    with tempfile.TemporaryDirectory(prefix="mini-k8s-bench-") as place, chromium() as page:
        folder = Folder(Path(place, "mine"))
        folder.refresh()
        with mock.patch.dict(os.environ, MINI_K8S_RUNTIME="process"):
            process, server = learn.start(folder, CHAPTER, None)
        try:
            page.goto(server.address(CHAPTER))
            _run_cells(page, 2)
            runtime = folder.data / "jupyter" / "runtime"
            kernel = Kernel(next(runtime.glob("kernel-*.json")))
            kernel("lab.loop.run()")
            kernel.close()
            time.sleep(SETTLE)
            began, spent = time.monotonic(), _spent(process.pid)
            time.sleep(WATCHED)
            used = _spent(process.pid)
            took = time.monotonic() - began
            core = sum(used[pid] - spent.get(pid, 0.0) for pid in used) / took * 100
            memory = pss(process.pid) / 1e6
        finally:
            learn.stop(process)
    yield Row("idle: lab, loop and containers, of one core", core, "%", most=2, note=f"over {WATCHED:g} s")
    yield Row("idle: memory of all of it", memory, "MB", most=300, note="shared pages counted once")


def _run_cells(page, n: int) -> None:
    """The first ``n`` cells with code, as a learner runs them; the last of them shows the picture."""
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    for number in range(n):
        page.locator(".jp-CodeCell").nth(number).locator(".cm-content").first.click()
        page.keyboard.press("Shift+Enter")
    page.locator(".mk-loop").first.wait_for(timeout=60_000)


def _spent(head: int) -> dict[int, float]:
    """pid -> seconds of processor time, for a process and all below it."""
    found = {}
    for pid in (head, *family(head)):
        try:
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        found[pid] = (int(fields[11]) + int(fields[12])) / TICKS
    return found


MEASURES = (idle,)

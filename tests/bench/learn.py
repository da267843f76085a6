"""How long until the first page? ``mini-k8s learn`` from a warm environment to a served notebook."""

import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator

from mini_k8s.workshop import edition, upgrade
from mini_k8s.workshop.folder import Folder
from tests.bench.rows import Row


def learn() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        times = [_until_served(f"{folder}/mine") for _ in range(4)][1:]  # the first one makes the folder
    yield Row("learn: warm environment to a served page", statistics.median(times), "s", most=6)


def _until_served(folder: str) -> float:
    began = time.perf_counter()
    environment = {**os.environ, "BROWSER": "none"}
    environment.pop("PORT", None)
    server = subprocess.Popen([sys.executable, "-m", "mini_k8s", "learn", "--folder", folder], env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for line in server.stdout:
            found = re.search(r"http://127\.0\.0\.1:\S+token=\w+", line)
            if found:
                with urllib.request.urlopen(found.group(0)) as page:
                    assert page.status == 200
                return time.perf_counter() - began
        raise RuntimeError("mini-k8s learn ended without an address")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def unchanged() -> Iterator[Row]:
    """What the look for a new edition of the kit costs each start, when there is none."""
    with tempfile.TemporaryDirectory() as place:
        folder = Folder(f"{place}/mine")
        upgrade.bring_up_to_date(folder, print)
        times = [_seconds_to_see_that_nothing_changed(folder) for _ in range(9)]
    yield Row("learn: nothing has changed in the kit", statistics.median(times) * 1000, most=20)


def _seconds_to_see_that_nothing_changed(folder: Folder) -> float:
    edition.edition.cache_clear()
    began = time.perf_counter()
    upgrade.bring_up_to_date(folder, print)
    return time.perf_counter() - began


MEASURES = (learn, unchanged)

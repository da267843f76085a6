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


MEASURES = (learn,)

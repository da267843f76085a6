"""What our own code costs: the import, a pass of the loop, a judgement."""

import inspect
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from mini_k8s import control_loop
from mini_k8s.control_loop import ControlLoop
from mini_k8s.record import Fact, Observation
from tests.bench.rows import Row


def imports() -> Iterator[Row]:
    modules = "mini_k8s.containers, mini_k8s.control_loop, mini_k8s.runtimes.docker, mini_k8s.runtimes.simulated"
    bare, ours = [], []
    _process(f"import {modules}")
    for _ in range(11):
        bare.append(_process("pass"))
        ours.append(_process(f"import {modules}"))
    extra = (statistics.median(ours) - statistics.median(bare)) * 1e3
    yield Row("import, over a bare interpreter", extra, most=150)


def _process(code: str) -> float:
    # compiled once and kept, as for every user; some test machines switch that off
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    return time.perf_counter() - began


def step() -> Iterator[Row]:
    medians = {}
    for n in (10, 1_000, 10_000):
        names = {f"name-{i}": "mini-k8s/web:1" for i in range(n)}
        facts = {name: Fact("Running", what) for name, what in names.items()}
        loop = ControlLoop(names, lambda names=names, facts=facts: Observation(names, facts), lambda action: None)
        times = []
        for _ in range(25):
            began = time.perf_counter()
            loop.step()
            times.append((time.perf_counter() - began) * 1e3)
        medians[n] = statistics.median(times)
    yield Row("step() over 10 unchanged items", medians[10])
    yield Row("step() over 1,000 unchanged items", medians[1_000])
    yield Row("step() over 10,000 unchanged items", medians[10_000], most=20)
    yield Row("  an item's cost, at 10,000 against 1,000", medians[10_000] / 10, "µs", peer=medians[1_000],
              most_ratio=1.5, note="linear is 1")


def build() -> Iterator[Row]:
    from mini_k8s.workshop.judge import judge

    for target in ("diff", "reconcile"):
        source = inspect.getsource(getattr(control_loop, target))
        judge(f"mini_k8s.control_loop:{target}", source)
        times = []
        for _ in range(15):
            time.sleep(0.3)  # a person types; the next child gets ready meanwhile
            began = time.perf_counter()
            verdict = judge(f"mini_k8s.control_loop:{target}", source)
            times.append((time.perf_counter() - began) * 1e3)
            assert verdict.passed, verdict.message
        yield Row(f"%%build {target}, asked to answered", statistics.median(times), most=100,
                  note="the learner's own code included")


MEASURES = (imports, step, build)

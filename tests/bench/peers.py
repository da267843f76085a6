"""How long do others take? Docker Swarm and docker compose run as many copies, on the engine on which ours run too.

It is an engine of the benchmark's own: Swarm changes the engine it lives in. Theirs are single containers; ours are
pods, each with a sandbox. What that costs by itself is shown beside it: the raw API makes the same two containers.

At 10 the goal is to be faster all the same. At 50 the engine is at its limit, and there two containers take longer than
one whoever asks for them: nobody can be faster than the raw API, so that is what ours is held to.
"""

import json
import os
import secrets
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import docker
from docker.types import ContainerSpec, NetworkAttachmentConfig, ServiceMode, TaskTemplate

from tests.bench.containers import until
from tests.bench.pods import IMAGE, Raw, clear, ours, run
from tests.bench.rows import Row
from tests.faults.engine import OwnEngine, missing

SIZES = ((10, 3), (50, 3))  # how many copies, and how often
FULL = 50  # copies at once that keep the engine busy to its limit
_PATIENCE = {"within": 180.0, "every": 0.05}  # seconds


def swarm() -> Iterator[Row]:
    """On an overlay network, as pods are on one of theirs; beside it without, where its containers share the engine's.
    """
    yield from _against("a Docker Swarm service", Swarm, missing())


def compose() -> Iterator[Row]:
    lacks = "" if _compose() else "neither `docker compose` nor docker-compose is installed"
    yield from _against("docker compose up --scale", Compose, missing() or lacks)


def _against(what: str, peer: Callable, why_not: str) -> Iterator[Row]:
    if why_not:
        for count, _ in SIZES:
            yield Row.not_run(f"{count} pods on Docker, against {what}", why_not)
        return
    with (OwnEngine() as engine, ours("docker", engine.url) as cluster, peer(engine) as other,
          closing(Raw(engine.url)) as raw):
        run(cluster, ["warm"])
        clear(cluster, ["warm"])
        other.run(1)
        for count, rounds in SIZES:
            mine, theirs, bare, beside = [], [], [], []
            for n in range(rounds):
                theirs.append(other.run(count))
                names = [f"w{n}-{i}" for i in range(count)]
                mine.append(run(cluster, names))
                clear(cluster, names)
                bare.append(raw.pods(count))
                raw.clear()
                if hasattr(other, "beside"):
                    beside.append(other.beside(count))
            full = count >= FULL
            yield Row(f"{count} pods on Docker, against {what}", statistics.median(mine), "s",
                      peer=statistics.median(theirs), most_ratio=None if full else 1.0)
            yield Row("  beside it: the raw API, two containers a pod", statistics.median(mine), "s",
                      peer=statistics.median(bare), most_ratio=1.1 if full else None)
            if beside:
                yield Row(f"  beside it: {other.besides}", statistics.median(mine), "s", peer=statistics.median(beside))


class Swarm:
    """One node. ``run(count)``: seconds until a new service says that all of its tasks run; then it goes again."""

    besides = "the service has no network of its own"
    _NETWORK = "bench"

    def __init__(self, engine: OwnEngine):
        self._client = docker.APIClient(base_url=engine.url, version="auto", timeout=60)

    def __enter__(self) -> "Swarm":
        self._client.init_swarm(advertise_addr="127.0.0.1", listen_addr="127.0.0.1:2377")
        self._client.create_network(self._NETWORK, driver="overlay")
        return self

    def __exit__(self, *_) -> None:
        try:
            self._client.leave_swarm(force=True)
        finally:
            self._client.close()

    def run(self, count: int) -> float:
        return self._run(count, [NetworkAttachmentConfig(self._NETWORK)])

    def beside(self, count: int) -> float:
        return self._run(count, None)

    def _run(self, count: int, networks: list | None) -> float:
        name = f"bench-{secrets.token_hex(3)}"
        task = TaskTemplate(ContainerSpec(IMAGE, stop_grace_period=10**9), networks=networks)
        began = time.monotonic()
        self._client.create_service(task, name=name, mode=ServiceMode("replicated", count))
        try:
            until(lambda: self._running(name) == count, **_PATIENCE)
            return time.monotonic() - began
        finally:
            self._client.remove_service(name)
            until(lambda: not self._client.containers(all=True, filters={
                "label": f"com.docker.swarm.service.name={name}"}), **_PATIENCE)

    def _running(self, name: str) -> int:
        """How many of its tasks run. A task that cannot is tried again for ever, so that is an error here."""
        stand = [task["Status"] for task in self._client.tasks(filters={"service": name})]
        if broken := [status for status in stand if status["State"] in ("rejected", "failed")]:
            raise RuntimeError(f"Swarm cannot run a task here: {broken[0].get('Err')}")
        return sum(status["State"] == "running" for status in stand)


class Compose:
    """``run(count)``: seconds that ``up --detach --scale`` takes; then all of it goes again."""

    def __init__(self, engine: OwnEngine):
        self._engine, self._command = engine, _compose()
        self._file = engine.folder / "compose.yaml"

    def __enter__(self) -> "Compose":
        self._file.write_text(json.dumps({"version": "3", "services": {  # YAML reads it too
            "web": {"image": IMAGE, "stop_grace_period": "1s"}}}))
        return self

    def __exit__(self, *_) -> None:
        """Its file goes with the engine's folder."""

    def run(self, count: int) -> float:
        project = f"bench-{secrets.token_hex(3)}"
        began = time.monotonic()
        try:
            self._say(project, "up", "--detach", "--scale", f"web={count}")
            took = time.monotonic() - began
            found = self._engine.containers(f"com.docker.compose.project={project}")
            assert [c["State"] for c in found] == ["running"] * count, found
            return took
        finally:
            self._say(project, "down", "--timeout", "1")

    def _say(self, project: str, *words: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCKER_")}
        done = subprocess.run([*self._command, "--project-name", project, "--file", str(self._file), *words],
                              env={**environment, "DOCKER_HOST": self._engine.url, "COMPOSE_PARALLEL_LIMIT": "64"},
                              cwd=Path(self._file).parent, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            raise RuntimeError(f"{' '.join(self._command)} {' '.join(words)} failed: {done.stderr.strip()}")


def _compose() -> list[str]:
    """How compose is called here: the engine's plug-in, or the program of its own; empty when there is none."""
    if shutil.which("docker") and not subprocess.run(["docker", "compose", "version"], capture_output=True,
                                                     check=False).returncode:
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else []


MEASURES = (swarm, compose)

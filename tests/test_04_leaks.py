"""A container that is restarted two hundred times: what has become more, of all that a program and its machine hold?"""

import gc
import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from helpers import eventually, new_name, no_processes, not_run

from mini_k8s.backoff import Backoff
from mini_k8s.cluster import Cluster
from mini_k8s.runtimes import labels

POD = {"kind": "Pod", "metadata": {"name": "crashes"}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [
    {"name": "main", "image": "mini-k8s/base:1", "command": ["sh", "-c", "exit 1"]}]}}


def crashing(name, runtime, first, last):
    """Held by the program and its machine after so many restarts, early and late."""
    with Cluster(1, name=name, runtime=runtime, backoff=Backoff(base=0.001, cap=0.001)) as cluster:
        try:
            cluster.start()
            cluster.apply(POD)
            return [_held(cluster, count) for count in (first, last)]
        finally:
            cluster.down()


def _held(cluster, count):
    def restarts():
        status = cluster.client.get("Pod", "crashes")["status"]
        return sum(c["restartCount"] for c in status.get("containerStatuses") or ())

    eventually(lambda: restarts() >= count, 120, f"{count} restarts", lambda: (restarts(), cluster.trouble))
    gc.collect()
    opened = []
    for path in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            opened.append(os.readlink(path))
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return {"containers": len(cluster.runtime.list()), "volumes": len(cluster.runtime.list_volumes()),
            "networks": _networks(cluster.runtime), "events": len(cluster.client.list("Event").items),
            "threads": threading.active_count(), "files": len(opened),
            "sockets": sum(name.startswith("socket:") for name in opened), "MiB": resident / 2**20}


def _networks(runtime):
    if runtime.name != "docker":
        return 0
    return len(runtime.engine.call("networks", filters=labels.of_cluster(runtime.cluster)))


def flat(early, late):
    """A few are no leak: a look may fall between an end and what is cleared away, and up to 32 hands are hired late."""
    for what, most in {"containers": 3, "volumes": 0, "networks": 0, "threads": 33, "files": 12,
                       "sockets": 12, "events": 3, "MiB": 8}.items():
        assert late[what] <= early[what] + most, f"{what}: {early} and later {late}"


def test_two_hundred_restarts_on_processes_leave_nothing():
    if no_processes():
        not_run("process", no_processes())
    flat(*crashing(new_name("leak"), "process", 50, 200))


@pytest.mark.usefixtures("engine")
def test_sixty_restarts_on_docker_leave_nothing(cluster):
    flat(*crashing(cluster, "docker", 20, 60))

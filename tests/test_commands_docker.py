"""`mini-k8s up` and its commands on real Docker, black box: pods are adopted, and apps serve on meanwhile."""

import json
import re
import signal
import threading
import urllib.request
from contextlib import suppress

import pytest
from helpers import eventually
from terminal import BASE, WEB, Terminal, manifests, pod

from mini_k8s.runtimes import labels

PODS = manifests(pod("web"), pod("job", BASE, ", command: [sh, -c, 'echo started; exec sleep 1000']"),
                 pod("dies", BASE, ", command: [sh, -c, 'sleep 0.5; exit 3']"))


@pytest.fixture
def terminal(engine):
    terminal = Terminal("docker")
    yield terminal
    terminal.close()


class Client(threading.Thread):
    """Asks an app again and again, and notes what was not answered."""

    def __init__(self, address: str):
        super().__init__(daemon=True)
        self.url, self.answered, self.failed, self.over = f"http://{address}:8080/", 0, [], threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(0.02):
            try:
                with urllib.request.urlopen(self.url, timeout=5) as answer:
                    self.answered += answer.status == 200
            except OSError as error:
                self.failed.append(error)


def containers(engine, cluster):
    """id -> (name, attempt, kind) of all containers of the cluster but its lock."""
    found = engine.call("containers", all=True, filters=labels.of_cluster(cluster))
    return {c["Id"]: (c["Labels"][labels.NAME], c["Labels"][labels.ATTEMPT], c["Labels"][labels.KIND])
            for c in found if c["Labels"][labels.KIND] not in ("lock", "helper")}


def statuses(terminal):
    """name -> (phase, restarts, container's id, pod's uid)."""
    pods = json.loads(terminal.says("get", "pods", "-o", "json"))["items"]
    with suppress(KeyError, IndexError):
        return {one["metadata"]["name"]: (
            one["status"]["phase"], (seen := one["status"]["containerStatuses"][0])["restartCount"],
            seen.get("containerID"), one["metadata"]["uid"]) for one in pods}
    return {}


def reach(terminal):
    """The address of the pod web, when this machine reaches it."""
    address = json.loads(terminal.says("get", "pod", "web", "-o", "json"))["status"]["podIP"]
    eventually(lambda: urllib.request.urlopen(f"http://{address}:8080/", timeout=2).status == 200)
    return address


def test_after_kill_9_pods_are_adopted_and_were_never_away(terminal, engine, cluster):
    """Same containers, same counts, nothing doubled, nothing lost; and the app answered all the time."""
    terminal.write("pods.yaml", PODS)
    up = terminal.up("-f", "pods.yaml", "--name", cluster, "--data-dir", "data", "--nodes", "2")
    eventually(lambda: (seen := statuses(terminal)) and seen["web"][0] == seen["job"][0] == "Running"
               and seen["dies"][1] >= 1, 90, "all run, and one has died", lambda: statuses(terminal))
    before, there = statuses(terminal), containers(engine, cluster)
    app = Client(reach(terminal))
    up.ends(signal.SIGKILL)
    asked = app.answered
    eventually(lambda: app.answered > asked + 20, because="the app serves on while nobody controls")
    again = terminal.up("--name", cluster, "--data-dir", "data")
    eventually(lambda: statuses(terminal)["dies"][1] > before["dies"][1], 90, "the back-off goes on",
               lambda: statuses(terminal))
    after, now = statuses(terminal), containers(engine, cluster)
    app.over.set()
    app.join()
    assert app.failed == []
    assert after["web"] == before["web"]
    assert after["job"] == before["job"]
    assert after["dies"][3] == before["dies"][3]
    assert {id: what for id, what in there.items() if what[0] != "dies"}.items() <= now.items()
    assert len(set(now.values())) == len(now), "each attempt is there once"
    assert "2 nodes" in again.said
    assert terminal.says("logs", "job") == "started\n"
    assert terminal("down", "--name", cluster).returncode == 0
    assert again.ends() == 0
    assert containers(engine, cluster) == {}


def test_a_signal_ends_it_and_says_what_runs_on(terminal, engine, cluster):
    terminal.write("pods.yaml", pod("web"))
    up = terminal.up("-f", "pods.yaml", "--name", cluster, "--data-dir", "data")
    eventually(lambda: statuses(terminal).get("web", ("",))[0] == "Running", 60)
    there = containers(engine, cluster)
    assert up.ends(signal.SIGTERM) == 0
    assert "1 pod of cluster" in up.said
    assert f"mini-k8s up --name {cluster} --data-dir data" in up.said
    assert containers(engine, cluster) == there
    said = terminal.says("down", "--name", cluster)
    assert re.search(rf"{cluster}: removed 2 containers", said)
    assert containers(engine, cluster) == {}


def test_a_name_that_a_notebook_controls_is_refused_with_its_pid(terminal, engine, cluster):
    from mini_k8s.runtimes.docker import DockerRuntime

    runtime = DockerRuntime(cluster, engine=engine)
    runtime.lock()
    try:
        done = terminal("up", "--runtime", "docker", "--name", cluster)
        assert done.returncode == 1
        assert "pid" in done.stderr
        assert "Traceback" not in done.stderr
    finally:
        runtime._lock.release()


def test_removed_from_outside_it_ends_and_does_not_fight(terminal, engine, cluster):
    """`mini-k8s down` of another machine, or of somebody who cannot open our socket, works by label."""
    from mini_k8s.runtimes.clusters import remove_cluster

    terminal.write("pods.yaml", pod("web"))
    up = terminal.up("-f", "pods.yaml", "--name", cluster)
    eventually(lambda: statuses(terminal).get("web", ("",))[0] == "Running", 60)
    remove_cluster(engine, cluster)
    assert up.ends() == 1
    assert "was removed" in up.said
    assert "Traceback" not in up.said
    assert containers(engine, cluster) == {}


def test_commands_reach_real_containers(terminal, engine, cluster):
    box = pod("box", BASE, ", command: [sh, -c, 'echo a; exec sleep 1000']")
    terminal.write("pods.yaml", manifests(pod("web", WEB), box))
    terminal.up("-f", "pods.yaml", "--name", cluster)
    eventually(lambda: {one[0] for one in statuses(terminal).values()} == {"Running"}, 60)
    assert terminal.says("exec", "box", "--", "hostname") == "box\n"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\S+Z a\n", terminal.says("logs", "box", "--timestamps"))
    assert terminal.says("delete", "pod", "box", "--now") == 'pod "box" deleted\n'
    assert {name for name, _, _ in containers(engine, cluster).values() if "box" in name} == set()

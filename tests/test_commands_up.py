"""`mini-k8s up`, as its user types it: it comes up, takes what -f names, ends when it is told to, and goes on later."""

import os
import re
import signal
import stat
import subprocess
import sys

import pytest
from helpers import eventually, no_processes, not_run
from terminal import BASE, Terminal, manifests, pod

WRONG = """\
apiVersion: v1
kind: Pod
metadata: {name: Web}
spec:
  containers:
  - {name: web, imagee: 'mini-k8s/web:1'}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
"""


@pytest.fixture
def terminal():
    """On the simulated runtime, since it is about the command."""
    terminal = Terminal("simulated")
    yield terminal
    terminal.close()


@pytest.fixture
def processes():
    """The same, on the process runtime."""
    if no_processes():
        not_run("process", no_processes())
    terminal = Terminal("process")
    yield terminal
    terminal.close()


def running(terminal, *names, also=()):
    """All these pods are shown as Running."""
    shown = terminal.says("get", "pods", *also)
    return all(re.search(rf"^{name}\s+\S+\s+Running", shown, re.M) for name in names)


def test_it_says_in_one_line_where_it_is_and_what_to_try(terminal):
    """And what surprises: nothing really runs here, and nothing is kept."""
    up = terminal.up("--name", "lab", "--nodes", "2")
    [line] = [line for line in up.said.splitlines() if line.startswith("Ready")]
    assert re.fullmatch(rf"Ready in \d+\.\d s: cluster 'lab', 2 nodes on the simulated runtime, process {up.pid}\. "
                        r"In another terminal: mini-k8s get pods\. To end: Ctrl-C", line)
    assert "nothing really runs" in up.said
    assert "in memory" in up.said
    assert terminal.says("get", "nodes", "-o", "name") == "node/node-1\nnode/node-2\n"


def test_it_applies_what_f_names_and_places_pods_in_turn(terminal):
    terminal.write("pods.yaml", manifests(*(pod(f"p{n}") for n in range(6))))
    terminal.up("-f", "pods.yaml")
    shown = terminal.says("get", "pods", "-o", "json")
    assert re.findall(r'"nodeName": "(.*)"', shown) == ["node-1", "node-2", "node-3"] * 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well(terminal, number):
    up = terminal.up()
    assert up.ends(number) == 0
    assert "Ended" in up.said
    assert "Traceback" not in up.said
    assert "no cluster runs here" in terminal("get", "pods").stderr


def test_a_shell_that_makes_it_deaf_to_sigint_in_the_background_is_overruled(terminal):
    """A background job of a script starts with SIGINT ignored."""
    code = ("import signal, sys, runpy; signal.signal(signal.SIGINT, signal.SIG_IGN); "
            "sys.argv[0] = 'mini-k8s'; runpy.run_module('mini_k8s', run_name='__main__')")
    out = terminal.folder / "out.txt"
    with out.open("w") as file:
        up = subprocess.Popen([sys.executable, "-c", code, "up", "--runtime", "simulated"], cwd=terminal.folder,
                              env=terminal.env, stdout=file, stderr=subprocess.STDOUT)
    try:
        eventually(lambda: "Ready" in out.read_text(), 60, "it comes up", out.read_text)
        up.send_signal(signal.SIGINT)
        assert up.wait(30) == 0
    finally:
        up.kill()
        up.wait()


def test_ctrl_c_while_it_comes_up_leaves_no_traceback(terminal):
    up = terminal.up(ready=False)
    eventually(lambda: (terminal.folder / f"mini-k8s-{os.getuid()}" / "default" / "lock").exists(), because="it begins")
    assert up.ends(signal.SIGINT) in (0, 130, -signal.SIGINT)
    assert "Traceback" not in up.said


def test_two_of_one_name_are_refused_with_the_owners_pid(terminal):
    up = terminal.up("--name", "one")
    second = terminal("up", "--name", "one", "--runtime", "simulated")
    assert second.returncode == 1
    assert f"process {up.pid}" in second.stderr
    assert up.process.poll() is None


def test_two_that_share_a_folder_of_data_are_refused(terminal):
    up = terminal.up("--name", "one", "--data-dir", "data")
    second = terminal("up", "--name", "two", "--runtime", "simulated", "--data-dir", "data")
    assert second.returncode == 1
    assert f"process {up.pid}" in second.stderr


def test_two_clusters_run_side_by_side_and_a_command_asks_which(terminal):
    terminal.up("--name", "one")
    terminal.up("--name", "two", "--nodes", "1")
    asked = terminal("get", "nodes")
    assert asked.returncode == 1
    assert "--name one or --name two" in asked.stderr
    assert len(terminal.says("get", "nodes", "--name", "two", "--no-headers").splitlines()) == 1


def test_the_folder_of_data_is_made_for_this_user_only_and_may_exist(terminal):
    terminal.up("--data-dir", "deep/data").close()
    folder = terminal.folder / "deep" / "data"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    terminal.up("--data-dir", "deep/data")


def test_the_socket_is_for_this_user_only(terminal):
    terminal.up("--name", "one")
    home = terminal.folder / f"mini-k8s-{os.getuid()}"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "one" / "socket").stat().st_mode) == 0o600


def test_what_was_written_is_there_after_kill_9(terminal):
    """And whoever applies the same again is told that nothing has changed."""
    terminal.write("pods.yaml", manifests(pod("a"), pod("b")))
    up = terminal.up("-f", "pods.yaml", "--data-dir", "data", "--nodes", "2")
    before = terminal.says("get", "pods", "-o", "json")
    up.ends(signal.SIGKILL)
    again = terminal.up("-f", "pods.yaml", "--data-dir", "data")
    assert "pod/a unchanged\npod/b unchanged\n" in again.said
    assert "2 nodes" in again.said
    assert re.findall('"uid".*', terminal.says("get", "pods", "-o", "json")) == re.findall('"uid".*', before)


def test_fewer_nodes_than_there_were_would_lose_pods(terminal):
    terminal.up("--data-dir", "data", "--nodes", "3").close()
    refused = terminal("up", "--runtime", "simulated", "--data-dir", "data", "--nodes", "2")
    assert refused.returncode == 1
    assert "--nodes 3 or more" in refused.stderr


def test_every_mistake_comes_at_once_with_its_place_and_nothing_is_applied(terminal):
    terminal.write("good.yaml", pod("good"))
    terminal.write("wrong.yaml", WRONG)
    done = terminal("up", "--runtime", "simulated", "--data-dir", "data", "-f", "good.yaml", "-f", "wrong.yaml")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "wrong.yaml, document 1, line 3: metadata.name: Invalid value" in done.stderr
    assert "wrong.yaml, document 1, line 6: spec.containers[0].image: Required value" in done.stderr
    assert "spec.containers[0].imagee: unknown field. Did you mean image?" in done.stderr
    assert "wrong.yaml, document 2, line 9: kind: Deployment comes in chapter 10" in done.stderr
    terminal.up("--data-dir", "data")
    assert terminal.says("get", "pods") == ""


@pytest.mark.parametrize("words", [["--nodes", "0"], ["--nodes", "x"], ["--runtime", "kvm"], ["--unknown"]])
def test_wrong_use_exits_with_2(terminal, words):
    assert terminal("up", *words).returncode == 2


@pytest.mark.parametrize(("words", "says"), [
    (["--name", "../x"], "cluster name '../x' is not allowed"), (["--data-dir", "file"], "file is no folder"),
    (["-f", "nowhere.yaml"], "nowhere.yaml: there is no such file")])
def test_what_cannot_be_is_refused_in_words(terminal, words, says):
    terminal.write("file", "")
    done = terminal("up", "--runtime", "simulated", *words)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_down_ends_it_and_removes_everything(processes):
    processes.write("pods.yaml", pod("web"))
    up = processes.up("--name", "lab", "-f", "pods.yaml")
    eventually(lambda: running(processes, "web"))
    said = processes.says("down", "--name", "lab")
    assert f"ended process {up.pid}" in said
    assert up.ends() == 0
    assert "was removed" in up.said


def test_on_processes_pods_end_with_it_and_a_ctrl_c_to_all_of_them_is_no_mess(processes):
    """A terminal sends Ctrl-C to everything that was started in it."""
    processes.write("pods.yaml", manifests(pod("web"), pod("job", BASE, ", command: [sleep, '1000']")))
    up = processes.up("-f", "pods.yaml", "--name", "ctrl-c")
    eventually(lambda: running(processes, "web", "job"))
    os.killpg(up.pid, signal.SIGINT)
    assert up.ends() == 0
    assert "Traceback" not in up.said
    assert "with it what it ran" in up.said


def test_pods_on_processes_come_again_after_kill_9(processes):
    processes.write("pods.yaml", manifests(pod("web"), pod("job", BASE, ", command: [sleep, '1000']")))
    up = processes.up("-f", "pods.yaml", "--data-dir", "data")
    eventually(lambda: running(processes, "web", "job"))
    up.ends(signal.SIGKILL)
    processes.up("--data-dir", "data")
    eventually(lambda: running(processes, "web", "job"))
    assert len(processes.says("get", "pods", "--no-headers").splitlines()) == 2

"""The commands that need nothing but an engine, each as its user types it: down, status, images."""

import json
import os
import re
import subprocess
import sys

import pytest
from helpers import no_processes, not_run
from sockets import bad_engine

from mini_k8s.commands.status import explained
from mini_k8s.runtimes import ContainerSpec, labels
from mini_k8s.runtimes.clusters import find_clusters
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.images import BASE
from mini_k8s.workshop.folder import Folder

ESCAPES = ["../x", "a/b", "<script>", "-rf", "A", "", "a b", "a\nb", "x" * 64]


@pytest.fixture
def command(tmp_path):
    """``command("status", …)`` runs it in an empty directory; ``DOCKER_HOST=…`` goes into its environment."""
    def run(*args, cwd=tmp_path, **env):
        inherited = {k: v for k, v in os.environ.items() if k not in ("MINI_K8S_FOLDER", "MINI_K8S_RUNTIME")}
        return subprocess.run([sys.executable, "-m", "mini_k8s", *args], cwd=cwd, env=inherited | env, text=True,
                              capture_output=True, timeout=60)
    return run


@pytest.fixture
def start(engine):
    """``start(cluster, owner)``: a control plane with one running container."""
    opened = []

    def run(cluster, owner="a-test"):
        runtime = DockerRuntime(cluster, owner, engine=engine)
        opened.append(runtime)
        runtime.start(runtime.create(ContainerSpec("job", BASE, ["sleep", "1000"])))
        return runtime

    yield run
    for runtime in opened:
        runtime.close()


def names(engine):
    return {c.name for c in find_clusters(engine)}


def refused(done, *says):
    """It failed as a refusal: said why on stderr, in our words and without a traceback, and exited with 1."""
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("mini-k8s ")
    assert "Traceback" not in done.stderr
    for text in says:
        assert text in done.stderr
    return True


# down


def test_down_by_name_needs_no_folder_and_leaves_others(command, start, engine, clusters):
    """The learner's folder may be long gone; the label is enough."""
    ours, other = clusters(), clusters()
    start(ours)
    start(other)
    done = command("down", "--name", ours)
    assert (done.returncode, done.stdout) == (0, f"{ours}: removed 1 container\n")
    assert ours not in names(engine)
    assert other in names(engine)
    refused(command("down", "--name", ours), f"there is no cluster '{ours}'", "mini-k8s status")


def test_down_all_is_all_of_this_owner(command, start, engine, clusters, tmp_path):
    """``--all`` means this folder's, with or without being said; a classroom shares one engine."""
    folder = Folder(tmp_path / "mine")
    for args in (["--all"], []):
        first, second, other = clusters(), clusters(), clusters()
        start(first, folder.owner)
        start(second, folder.owner)
        start(other, "somebody-else")
        done = command("down", *args, cwd=folder.path)
        assert done.returncode == 0, done.stderr
        assert {first, second, other} & names(engine) == {other}
    assert f"nothing that was started from {folder.path} is on this" in command("down", cwd=folder.path).stdout


def test_down_without_a_folder_asks_whose(command, engine, start, cluster):
    """It never guesses."""
    start(cluster)
    refused(command("down"), "whose clusters?", "--name NAME")
    refused(command("down", "--all"), "whose clusters?")
    assert cluster in names(engine)


@pytest.mark.parametrize("name", ESCAPES)
def test_down_refuses_names_that_are_none(command, name):
    """Before anything is asked or touched."""
    done = command("down", f"--name={name}", DOCKER_HOST="unix:///no/such.sock")
    assert refused(done, "is not allowed. Use at most 63")


def test_down_takes_a_cluster_from_its_living_holder(command, start, cluster):
    """What was removed stays removed: the loop that would bring it back is told."""
    runtime = start(cluster)
    runtime.lock()
    done = command("down", "--name", cluster)
    assert done.returncode == 0
    assert done.stdout.startswith(f"{cluster}: removed 1 container, and 1 beside: networks, volumes, and the lock, a ")
    with pytest.raises(Exception, match="removed by `mini-k8s down`"):
        runtime.list()


def test_wrong_use_exits_with_2(command):
    """And changes nothing."""
    for args in (["down", "--name", "a", "--all"], ["images"], ["images", "fetch"], ["status", "x"], ["doctor", "-x"]):
        done = command(*args)
        assert (done.returncode, done.stdout) == (2, "")
        assert "usage: mini-k8s" in done.stderr


def test_without_a_command_the_commands_are_listed(command):
    """Still wrong use, and the way on stands below it."""
    done = command()
    assert (done.returncode, done.stdout) == (2, "")
    assert "doctor" in done.stderr


def test_a_file_that_cannot_be_written_is_named_without_a_traceback(command, tmp_path):
    """Not our words, but the file, the reason, and where to look."""
    folder = Folder(tmp_path / "mine")
    (folder.data / "attempts" / "x.json").mkdir(parents=True)
    done = command("progress", cwd=folder.path)
    assert refused(done, f"{folder.data}/attempts/x.json: Is a directory", "who may write there")


# status


def test_status_shows_what_runs_whose_it_is_and_who_controls_it(command, start, clusters, tmp_path):
    """For people, and with ``--json`` for programs."""
    folder = Folder(tmp_path / "mine")
    owner = folder.owner
    mine, other = clusters(), clusters()
    start(mine, folder.owner).lock()
    start(other, "somebody-else")
    said = command("status", cwd=folder.path).stdout
    yours = said.index(f"Yours, of {folder.path}. To remove all of them: mini-k8s down")
    others = said.index("Of other folders")
    assert yours < said.index(f"  {mine}  1 of 1 running, controlled by ") < others
    assert others < said.index(f"  {other}  1 of 1 running, controlled by nobody: what dies stays dead")
    assert f"pid {os.getpid()}" in said
    assert "a program, mostly a notebook's kernel" in said
    assert "Whose these are cannot be told here: this is no workshop folder." in command("status").stdout
    (folder.data / "folder.json").write_text("{")
    said = command("status", cwd=folder.path).stdout
    assert f"Whose these are cannot be told here: {folder.data}/folder.json is damaged" in said
    (folder.data / "folder.json").write_text(json.dumps({"owner": owner}))
    found = {c["name"]: c for c in json.loads(command("status", "--json", cwd=folder.path).stdout)}
    assert found[mine]["yours"]
    assert not found[other]["yours"]
    assert [(c["name"], c["state"], c["image"]) for c in found[mine]["containers"]] == [("job", "running", BASE)]


@pytest.mark.parametrize(("status", "why"), [
    ("Exited (137) 2 minutes ago", " (killed: 137 is 128 + signal 9)"),
    ("Exited (143) 2 minutes ago", " (asked to end: 143 is 128 + signal 15)"),
    ("Exited (139) 1 second ago", " (ended by a signal: 139 is 128 + signal 11)"),
    ("Exited (3) 1 second ago", " (ended by itself, with error 3)"),
    ("Exited (0) 1 second ago", ""),
    ("Up 2 days", "")])
def test_status_says_what_an_exit_code_means(status, why):
    """137 is a number that nobody is born with."""
    assert explained(status) == status + why


def test_status_lets_no_label_move_the_cursor(command, engine, cluster):
    """Labels are written by anybody on the engine."""
    evil = engine.call("create_container", BASE, ["true"], labels={
        labels.CLUSTER: cluster, labels.KIND: "container", labels.NAME: "\x1b[2Jweb\n", labels.OWNER: "\x1b[31m"})
    assert evil
    said = command("status").stdout
    assert "?[2Jweb?" in said
    assert "\x1b" not in said


# no engine


@pytest.mark.parametrize("args", [["down", "--name", "web"], ["images", "prepare"], ["images", "list"],
                                  ["images", "save", "x.tar"]])
def test_no_command_hangs_or_shows_a_traceback_without_an_engine(command, args):
    """They say why, on stderr, and exit with 1."""
    refused(command(*args, DOCKER_HOST="unix:///no/such.sock"), "no engine answers", "Start it")
    with bad_engine() as url:
        refused(command(*args, DOCKER_HOST=url), "does not answer")


def test_status_without_an_engine_says_so_and_goes_on(command):
    """What runs as processes can be told all the same."""
    with bad_engine() as url:
        for where, why in (("unix:///no/such.sock", "no engine answers"), (url, "does not answer")):
            done = command("status", DOCKER_HOST=where)
            assert done.returncode == 0
            assert done.stdout.startswith("Engine: none. ")
            assert why in done.stdout
            assert isinstance(json.loads(command("status", "--json", DOCKER_HOST=where).stdout), list)


# images


def test_images_are_prepared_and_listed(command, engine):
    """A second time there is nothing to do."""
    assert command("images", "prepare").stdout == "All there.\n"
    listed = command("images", "list").stdout
    assert f"{BASE:20} there" in listed
    refused(command("images", "prepare", "mini-k8s/no:1"), "there is no image 'mini-k8s/no:1'", "mini-k8s/web:1")


# Where containers are processes.


@pytest.fixture
def processes():
    """A program with a cluster that runs as processes: ``processes(cluster)`` gives its pid."""
    if no_processes():
        not_run("process", no_processes())
    started = []

    def run(cluster):
        code = ("import sys, time; from mini_k8s.runtimes import ContainerSpec; "
                "from mini_k8s.runtimes.process import ProcessRuntime; r = ProcessRuntime(sys.argv[1]); r.lock(); "
                "r.start(r.create(ContainerSpec('web-1', 'mini-k8s/web:1'))); print('up', flush=True); "
                "time.sleep(1000)")
        started.append(subprocess.Popen([sys.executable, "-c", code, cluster], stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout.readline() == "up\n"
        return started[-1].pid

    yield run
    for program in started:
        program.kill()
        program.wait()
        program.stdout.close()


def test_status_shows_what_runs_as_processes_with_and_without_an_engine(command, processes, tmp_path):
    """Whose, how many, and which program controls them; a missing engine does not hide it."""
    folder = Folder(tmp_path / "my_mini_k8s")
    name = f"chapter-9-{folder.owner[:6]}"
    pid = processes(name)
    for env in ({}, {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}):
        done = command("status", **env)
        assert done.returncode == 0, done.stderr
        assert f"{name}  yours, 1 running, controlled by process {pid}" in done.stdout
        assert re.search(r"web-1 +mini-k8s/web:1 +Up \d", done.stdout)
        told = json.loads(command("status", "--json", **env).stdout)
        assert [c for c in told if c["name"] == name] == [
            {"name": name, "runtime": "process", "yours": True, "holder": f"process {pid}",
             "containers": [{"name": "web-1", "image": "mini-k8s/web:1", "state": "running"}]}]


def test_down_says_how_processes_end(command, processes, tmp_path):
    """They are in a program's hands, so down names the program; nothing is killed behind its back."""
    folder = Folder(tmp_path / "my_mini_k8s")
    name = f"chapter-9-{folder.owner[:6]}"
    pid = processes(name)
    nowhere = f"unix://{tmp_path}/none.sock"
    refused(command("down", "--name", name, DOCKER_HOST=nowhere), f"processes of program {pid}", f"kill {pid}")
    done = command("down", DOCKER_HOST=nowhere)
    assert done.returncode == 0
    assert f"{name}: runs as processes of program {pid}, and ends with it" in done.stdout

"""The doctor, on machines that are really broken: the real command, run as its user types it."""

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path

import broken
import pytest
from helpers import eventually
from sockets import bad_engine, http

from mini_k8s.errors import ServiceUnavailable
from mini_k8s.runtimes.engine import Engine, Where
from mini_k8s.workshop import doctor, learn
from mini_k8s.workshop.doctor import choice, control_groups, engine, places, remedies, software
from mini_k8s.workshop.doctor.row import Row, size

TOP = Path(__file__).resolve().parent.parent
PATH = os.pathsep.join([str(TOP), *filter(None, [os.environ.get("PYTHONPATH")])])
NOWHERE = "unix:///no/such.sock"
ROWS = ["Python", "Jupyter", "temporary files", "folder", "disk", "memory", "engine", "engine setup", "engine's disk",
        "images", "processes", "runtime", "ports", "open files", "threads", "file watches", "user namespaces"]


class Seen:
    """What a run of the doctor said: its rows by name, and its exit status."""

    def __init__(self, done: subprocess.CompletedProcess):
        assert done.stderr == ""
        self.status, self.rows = done.returncode, {row["what"]: Row(**row) for row in json.loads(done.stdout)}

    def __getitem__(self, what: str) -> Row:
        return self.rows[what]


@pytest.fixture
def run(tmp_path):
    """``run("doctor", …)``: one command, in an empty directory, in an environment in which nothing is chosen yet."""
    def go(*args, prefix=(), cwd=tmp_path, python=sys.executable, **env):
        chosen = ("MINI_K8S_FOLDER", "MINI_K8S_RUNTIME", "DOCKER_HOST", "DOCKER_CONTEXT", "NO_COLOR")
        inherited = {k: v for k, v in os.environ.items() if k not in chosen} | {"PYTHONPATH": PATH}
        return subprocess.run([*prefix, python, "-m", "mini_k8s", *args], cwd=cwd, env=inherited | env, text=True,
                              capture_output=True, timeout=60)
    return go


@pytest.fixture
def see(run):
    """``see(…)``: what the doctor finds there."""
    return lambda **how: Seen(run("doctor", "--json", **how))


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch):
    for name in ("MINI_K8S_FOLDER", "MINI_K8S_RUNTIME", "DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)


def stops(seen, what, *words, do):
    """This row fails, so the command does, and the next step of the first that fails is the one to take."""
    assert seen[what].state == "fail", seen.rows
    assert seen.status == 1
    for word in words:
        assert word in seen[what].found
    assert seen[what].do == do
    first = next(row for row in seen.rows.values() if row.state == "fail")
    assert doctor.verdict(seen.rows.values())[1] == first.do
    return True


def warns(seen, what, *words, do=None):
    """This row is worth a look, and the workshop runs all the same."""
    assert seen[what].state == "warn", seen.rows
    for word in words:
        assert word in seen[what].found
    assert do is None or seen[what].do == do
    assert seen.status == 0
    assert doctor.verdict(seen.rows.values())[1] == "mini-k8s learn"
    return True


# A machine that is well.


def test_all_is_well(see, engine):
    """A row for each thing, and the last line says how to begin."""
    seen = see()
    here = ROWS if sys.platform.startswith("linux") else [row for row in ROWS if row in seen.rows]
    assert list(seen.rows) == here
    for what in ("Python", "Jupyter", "engine", "images", "runtime", "ports"):
        assert seen[what].state == "ok", seen[what]
    assert seen["runtime"].found.startswith("docker, since an engine answers")
    assert re.match(r"Docker \S+, API \d+\.\d+, linux/\w+, at \S+ \(.+?\)(\. Before version 23 .+)?$",
                    seen["engine"].found)
    assert re.match(r"storage \w+, cgroup \d, (not )?rootless, \d+ CPUs?, ", seen["engine setup"].found)
    assert seen.status == 0


def test_the_json_is_a_list_of_the_same_four_words(run):
    """A teacher's script reads it from thirty machines."""
    for row in json.loads(run("doctor", "--json", DOCKER_HOST=NOWHERE).stdout):
        assert list(row) == ["state", "what", "found", "do"]
        assert row["state"] in ("ok", "warn", "fail")
        assert all(isinstance(value, str) for value in row.values())


def test_it_reads_well_at_80_columns(run):
    """Only what has no space in it, as a path, may be longer; and without a terminal there are no colours."""
    lines = run("doctor", DOCKER_HOST=NOWHERE).stdout.splitlines()
    too_long = [line for line in lines if len(line) > 80]
    assert [line for line in too_long if " " in line.split(maxsplit=2)[-1] and "type: " not in line] == []
    assert not [line for line in lines if "\x1b" in line]
    indents = {re.match(r"\[\w+\] +\S.*?\s{2,}", line).end() for line in lines if line[:1] == "["}
    assert len(indents) == 1


@pytest.mark.parametrize(("env", "status", "last", "before"), [
    ({}, 0, "Start: mini-k8s learn", "Worth a look: engine."),
    ({"MINI_K8S_RUNTIME": "docker"}, 1, "Next: unset MINI_K8S_RUNTIME", "What stops it: runtime."),
], ids=["a warning", "a failure"])
def test_the_last_line_is_the_one_next_step(run, env, status, last, before):
    """Above it stands each row's own, as a command to type."""
    done = run("doctor", DOCKER_HOST=NOWHERE, **env)
    *_, said, final = done.stdout.splitlines()
    assert (done.returncode, final) == (status, last)
    assert said.endswith(before)
    assert re.search(r"^\[warn\] engine  +no engine answers at .*\n +type: unset DOCKER_HOST$", done.stdout, re.M)


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are POSIX")
@pytest.mark.parametrize(("env", "coloured"), [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False),
                                               ({"TERM": "dumb"}, False)], ids=["a terminal", "NO_COLOR", "dumb"])
def test_colour_is_for_terminals_that_want_it(tmp_path, env, coloured):
    """And never the only sign: the word stands there too."""
    outer, inner = os.openpty()
    process = subprocess.Popen([sys.executable, "-m", "mini_k8s", "doctor"], stdout=inner, cwd=tmp_path,
                               env=os.environ | {"DOCKER_HOST": NOWHERE, "PYTHONPATH": PATH} | env)
    os.close(inner)
    said = b""
    while piece := _read(outer):
        said += piece
    os.close(outer)
    assert process.wait(30) == 0
    assert b"[warn]" in said
    assert (b"\x1b[33m[warn]\x1b[0m" in said) == coloured


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side has closed
        return b""


@pytest.mark.skipif(sys.platform == "win32", reason="closes stdout as a POSIX shell does")
@pytest.mark.parametrize("closed", [">&-", "<&-"], ids=["stdout", "stdin"])
def test_nobody_has_to_listen(run, closed):
    """Closed streams, as some services start programs with; a pipe whose reader has gone."""
    done = run("doctor", prefix=["sh", "-c", f'exec "$@" {closed}', "sh"], DOCKER_HOST=NOWHERE)
    assert (done.returncode, done.stderr) == (0, "")
    assert run("doctor", prefix=["sh", "-c", '"$@" | true', "sh"], DOCKER_HOST=NOWHERE).stderr == ""


def test_it_changes_nothing(run, tmp_path):
    """No folder, no file, no image, also where a folder is half made."""
    (tmp_path / "half" / ".mini_k8s").mkdir(parents=True)
    (tmp_path / "none").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for cwd in (tmp_path / "half", tmp_path / "none"):
        run("doctor", cwd=cwd)
    assert sorted(tmp_path.rglob("*")) == before


# The engine.


def test_no_engine_is_a_warning_where_processes_can_be_containers(see):
    """What is taken instead is said, and why."""
    seen = see(DOCKER_HOST=NOWHERE)
    assert warns(seen, "engine", f"no engine answers at {NOWHERE} (DOCKER_HOST)", do="unset DOCKER_HOST")
    if sys.platform.startswith("linux"):
        assert seen["runtime"] == Row("ok", "runtime",
                                      "process, since no engine can be used: each container is a real process")
    else:
        assert seen["runtime"].state == "warn"


def test_no_engine_is_a_failure_where_docker_is_asked_for_by_name(see):
    """Then the notebooks refuse as well."""
    seen = see(DOCKER_HOST=NOWHERE, MINI_K8S_RUNTIME="docker")
    assert stops(seen, "runtime", "MINI_K8S_RUNTIME asks for docker", do="unset MINI_K8S_RUNTIME")


@pytest.mark.parametrize(("asked", "state", "found"), [
    ("simulated", "warn", "nothing really runs"), ("dokcer", "fail", "MINI_K8S_RUNTIME is 'dokcer'")])
def test_the_runtime_that_was_asked_for(see, asked, state, found):
    """A misspelt one is named."""
    seen = see(DOCKER_HOST=NOWHERE, MINI_K8S_RUNTIME=asked)
    assert seen["runtime"].state == state
    assert found in seen["runtime"].found
    assert seen["runtime"].do == "unset MINI_K8S_RUNTIME"


def test_an_engine_that_hangs_hangs_nobody(see):
    """Three seconds at most. The socket of this test never answers, so any report comes in bounded time."""
    with bad_engine() as url:
        began = time.monotonic()
        seen = see(DOCKER_HOST=url)
        took = time.monotonic() - began
    assert warns(seen, "engine", "it accepts the call and says nothing for", "It may be busy: look again in a minute")
    assert " restart" in seen["engine"].do
    assert took < 30  # on any machine; in peace it is less than three


def test_an_engine_that_drips_hangs_nobody(see):
    """A byte now and then is no answer either."""
    with bad_engine(http("200 OK", " ", 10**6), drip=True) as url:
        assert warns(see(DOCKER_HOST=url), "engine", "says nothing for")


def says(api="1.41", **more):
    return http("200 OK", json.dumps({"ApiVersion": api, "Version": "1.6.2", "Os": "linux", "Arch": "amd64"} | more))


@pytest.mark.parametrize(("answer", "found", "runs_on"), [
    (says("1.18"), "is far too old: it speaks an API below 1.24", "process"),
    (says("1.30"), "API 1.30, linux/amd64, at", "docker"),
    (says(Components=[{"Name": "Podman Engine"}]), "The workshop was never tried on it", "docker"),
    (says(Os="windows"), "runs windows containers, and these are Linux ones", "process"),
    (b"SSH-2.0-OpenSSH\r\n", "does not speak as a Docker engine does", "process"),
    (http("200 OK", "<html>"), "does not speak as a Docker engine does", "process"),
    (http("200 OK", "[]"), "does not speak as a Docker engine does", "process"),
    (http("200 OK", '{"ApiVersion": 5}'), "does not speak as a Docker engine does", "process"),
    (http("500 Oh no", '{"message": "it burns"}'), "says: it burns", "process"),
    (b"", "does not speak as a Docker engine does, or hung up", "process"),
], ids=["far too old", "old", "podman", "Windows", "not HTTP", "a web page", "a list", "no version", "500", "hangs up"])
def test_an_engine_that_is_not_one_that_was_tried(see, answer, found, runs_on):
    """Each is named for what it is, and has a next step."""
    with bad_engine(answer) as url:
        seen = see(DOCKER_HOST=url)
    assert warns(seen, "engine", found, url)
    assert seen["engine"].do
    if sys.platform.startswith("linux"):
        assert seen["runtime"].found.startswith(f"{runs_on}, ")


@pytest.mark.parametrize(("api", "may_hang"), [("1.41", True), ("1.42", False)])
def test_an_engine_that_can_lock_itself_out_is_known(see, api, may_hang):
    """The workshop runs on it; whoever meets that knows what it is."""
    with bad_engine(says(api)) as url:
        row = see(DOCKER_HOST=url)["engine"]
    assert row.state == "ok"
    assert ("Before version 23 it can stop answering" in row.found) == may_hang


def test_an_engine_without_linux_containers_is_passed_over(see):
    """It answers, and nothing of ours runs on it. Whoever asks for it by name is stopped."""
    with bad_engine(says(Os="windows")) as url:
        assert warns(see(DOCKER_HOST=url), "engine", "runs windows containers", url, do="docker context ls")
        assert stops(see(DOCKER_HOST=url, MINI_K8S_RUNTIME="docker"), "runtime", "MINI_K8S_RUNTIME asks for docker",
                     do="unset MINI_K8S_RUNTIME")


def test_an_engine_that_answers_strange_things_is_no_end_of_the_report(see):
    """Nothing is believed to have the right type."""
    with bad_engine(says(Components="x", Arch=5, Driver=[1], SecurityOptions=3, DockerRootDir=7)) as url:
        seen = see(DOCKER_HOST=url)
    assert "ports" in seen.rows


def test_a_socket_that_this_user_may_not_use(see):
    """The commonest first problem on Linux."""
    prefix = broken.as_nobody()
    with bad_engine() as url:
        os.chmod(url.removeprefix("unix://"), 0)
        os.chmod(os.path.dirname(url.removeprefix("unix://")), 0o755)
        seen = see(prefix=prefix, DOCKER_HOST=url)
    row = seen["engine"]
    assert row.state == "warn"
    assert f"this user may not use the engine's socket {url}" in row.found
    assert re.fullmatch(r"sudo usermod -aG \S+ \$USER", row.do)
    assert row.found.endswith("Join its group, which gives root's rights, and then log out and in")


@pytest.mark.parametrize(("member", "do"), [
    (False, "usermod -aG whales $USER"), (True, "newgrp whales")], ids=["not joined", "joined"])
def test_who_has_joined_the_group_is_told_to_take_it_up(monkeypatch, tmp_path, member, do):
    """Joining changes nothing in terminals that are open already, and everybody tries there first."""
    grp, pwd = pytest.importorskip("grp"), pytest.importorskip("pwd")
    user = pwd.getpwuid(os.getuid()).pw_name
    (tmp_path / "socket").touch()
    (tmp_path / "socket").chmod(0o660)
    group = grp.struct_group(("whales", "x", 54321, [user] if member else []))
    monkeypatch.setattr(grp, "getgrgid", lambda _: group)
    assert remedies.permission(tmp_path / "socket").removeprefix("sudo ") == do


def test_a_context_that_is_not_there(see, tmp_path):
    """It is named, and so is the way back."""
    (tmp_path / "config.json").write_text('{"currentContext": "gone"}')
    seen = see(DOCKER_CONFIG=str(tmp_path))
    assert warns(seen, "engine", "docker context 'gone' does not exist", do="docker context use default")


def test_an_engine_that_was_well_and_then_hangs(monkeypatch):
    """It answered who it is, and nothing after that."""
    asking = engine.Asking(Engine("unix:///well"))
    monkeypatch.setattr(asking.engine, "ping", lambda within: json.loads(says().split(b"\r\n\r\n")[1]))
    rows = list(asking.look(1.0))
    assert [row.what for row in rows] == ["engine", "engine setup"]
    assert rows[1].state == "warn"
    assert asking.why_not == ""


def test_what_an_engine_keeps_its_images_in():
    """vfs copies all of an image for each container; a rootless engine says that it is one."""
    there = Engine("tcp://127.0.0.1:1")
    slow, *_ = engine.setup({"Driver": "vfs", "CgroupVersion": "2"}, there)
    assert (slow.state, slow.do[:8]) == ("warn", "https://")
    rootless, *disk = engine.setup({"Driver": "overlay2", "CgroupVersion": "2", "NCPU": 1, "MemTotal": 2e9,
                                    "SecurityOptions": ["name=rootless"], "DockerRootDir": "/"}, there)
    assert rootless == Row("ok", "engine setup", "storage overlay2, cgroup 2, rootless, 1 CPU, 2.0 GB of memory")
    assert disk == []  # another machine's disk is not ours to look at


# The machine.


def test_a_disk_that_is_full(see, tmp_path):
    """A notebook that cannot be saved is work lost."""
    seen = see(prefix=broken.disk("size=64k", tmp_path), DOCKER_HOST=NOWHERE)
    assert seen["disk"].state == "fail"
    assert stops(seen, "disk", "only 66 kB free for the folder", str(tmp_path), do=seen["disk"].do)
    assert "--folder" in seen["disk"].do or seen["disk"].do == "df -h"


def test_a_disk_with_little_room_and_one_without_room_for_files(see, tmp_path):
    """Room is counted in bytes and in files."""
    assert warns(see(prefix=broken.disk("size=100m", tmp_path), DOCKER_HOST=NOWHERE), "disk", "only 105 MB free")
    seen = see(prefix=broken.disk("size=2g,nr_inodes=12", tmp_path), DOCKER_HOST=NOWHERE)
    assert seen["disk"].state == "fail"
    assert "room for only 11 more files" in seen["disk"].found


def test_no_room_for_temporary_files(see, tmp_path):
    """Processes that stand in for containers write their logs there."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    prefix = broken.apart("m", f"mount -t tmpfs -o size=64k tmpfs {scratch}")
    assert warns(see(prefix=prefix, TMPDIR=str(scratch), DOCKER_HOST=NOWHERE), "temporary files",
                 f"only 66 kB free for them, at {scratch}", do="df -h")


def test_an_engine_whose_disk_is_full(see, tmp_path):
    """It answers, so it would be taken, and can make no container."""
    full = tmp_path / "docker"
    full.mkdir()
    with bad_engine(says(Driver="overlay2", DockerRootDir=str(full))) as url:
        seen = see(prefix=broken.apart("m", f"mount -t tmpfs -o size=64k tmpfs {full}"), DOCKER_HOST=url)
    assert stops(seen, "engine's disk", f"only 66 kB free for images and containers, at {full}", do="docker system df")
    assert seen["disk"].state == "ok"


def test_a_disk_that_may_only_be_read(see, tmp_path):
    """As some USB sticks, and a class's shared drive."""
    seen = see(prefix=broken.disk("ro,size=2g", tmp_path), DOCKER_HOST=NOWHERE)
    assert stops(seen, "folder", f"{tmp_path} is on a disk that may only be read", do=seen["folder"].do)


def test_a_place_where_this_user_may_not_write(see, tmp_path):
    """Said before anything is made."""
    prefix = broken.as_nobody()
    place = tmp_path / "theirs"
    place.mkdir(mode=0o555)
    for outer in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        with contextlib.suppress(PermissionError):  # not ours, so nobody's reach is what it is
            outer.chmod(outer.stat().st_mode | 0o055)
    seen = see(prefix=prefix, cwd=place, DOCKER_HOST=NOWHERE)
    assert stops(seen, "folder", f"{place}/my_mini_k8s cannot be made: this user may not write in {place}",
                 do=seen["folder"].do)


def test_a_folder_that_was_named_and_is_not_there(see, tmp_path):
    """$MINI_K8S_FOLDER points to where it was last week."""
    gone = tmp_path / "gone"
    seen = see(MINI_K8S_FOLDER=str(gone), DOCKER_HOST=NOWHERE)
    assert stops(seen, "folder", f"MINI_K8S_FOLDER names {gone}", do=f"mini-k8s learn --folder {gone}")


def test_a_folder_that_was_named_and_is_something_else(see, tmp_path):
    """Nobody is told to make a workshop folder of his photographs."""
    seen = see(MINI_K8S_FOLDER=str(tmp_path), DOCKER_HOST=NOWHERE)
    assert stops(seen, "folder", f"MINI_K8S_FOLDER names {tmp_path}", do="unset MINI_K8S_FOLDER")


def test_a_directory_that_was_removed_under_ones_feet(run, tmp_path):
    """A terminal may stand where nothing is any more."""
    place = tmp_path / "gone"
    place.mkdir()
    prefix = ["sh", "-c", f'rmdir {place}; exec "$@"', "sh"]
    done = run("doctor", "--json", prefix=prefix, cwd=place, DOCKER_HOST=NOWHERE)
    assert done.returncode == 1, done.stderr
    rows = {row["what"]: Row(**row) for row in json.loads(done.stdout)}
    assert (rows["folder"].state, rows["folder"].do) == ("fail", "cd")


def test_too_little_memory_in_a_control_group(see):
    """On Binder this is what counts, however much the machine has."""
    with broken.control_group("memory", "memory.limit_in_bytes", "memory.max", 140_000_000) as prefix:
        seen = see(prefix=prefix, DOCKER_HOST=NOWHERE)
    assert seen["memory"].state == "fail"
    assert "in the control group that this runs in" in seen["memory"].found
    with broken.control_group("memory", "memory.limit_in_bytes", "memory.max", 400_000_000) as prefix:
        assert warns(see(prefix=prefix, DOCKER_HOST=NOWHERE), "memory", "only 3")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ulimit -v holds on Linux")
def test_too_little_memory_in_this_terminal(see):
    """Shared machines set such a limit for everybody."""
    seen = see(prefix=broken.limit("RLIMIT_AS", 300_000_000), DOCKER_HOST=NOWHERE)
    assert stops(seen, "memory", "within this terminal's limit (ulimit -v)", do="ulimit -v unlimited")


@pytest.mark.parametrize("most", [6, 30])
def test_too_few_threads(see, most):
    """It reports even where it may start no thread for looking."""
    with broken.control_group("pids", "pids.max", "pids.max", most) as prefix:
        seen = see(prefix=prefix, DOCKER_HOST=NOWHERE)
    assert stops(seen, "threads", "more may be started", do="ps -eLf")
    assert seen["Jupyter"].state == "ok"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads as Linux does")
def test_too_few_threads_for_this_user(see):
    """``ulimit -u`` counts all of this user's threads, and does not hold for root."""
    prefix = [*broken.as_nobody(), *broken.limit("RLIMIT_NPROC", 100)]
    seen = see(prefix=prefix, DOCKER_HOST=NOWHERE)
    assert seen["threads"].state in ("warn", "fail")
    assert "only" in seen["threads"].found


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ulimit")
def test_too_few_open_files(see):
    """A kernel alone holds sixty."""
    none, few = (see(prefix=broken.limit("RLIMIT_NOFILE", most), DOCKER_HOST=NOWHERE) for most in (64, 200))
    assert stops(none, "open files", "only 64", do="ulimit -n 4096")
    assert warns(few, "open files", "only 200")


def test_no_file_watches_left(see):
    """Other programs take them, editors above all; how many are left is told nowhere."""
    prefix = broken.apart("", "echo 0 > /proc/sys/user/max_inotify_instances", user=True)
    assert warns(see(prefix=prefix, DOCKER_HOST=NOWHERE), "file watches", "other programs have taken all")


def test_user_namespaces_are_tried(see):
    """Not allowed, it is said why; and nothing in the workshop needs them, so it is no warning."""
    prefix = broken.apart("", "echo 0 > /proc/sys/user/max_user_namespaces", user=True)
    row = see(prefix=prefix, DOCKER_HOST=NOWHERE)["user namespaces"]
    assert row.state == "ok"
    assert row.found.startswith("not allowed (")
    assert "max_user_namespaces is 0" in row.found


def network(does: str) -> list[str]:
    """In a network of its own, in which this code has done something before: it may use ``lo`` and ``socket``."""
    code = ("import fcntl, socket, struct, subprocess, sys\n"
            "lo = lambda number, form, *what: fcntl.ioctl(socket.socket(), number, struct.pack(form, b'lo', *what))\n"
            f"lo(0x8914, '16sh14x', 0x49)  # SIOCSIFFLAGS: up, running\n{does}\n"
            "sys.exit(subprocess.run(sys.argv[1:]).returncode)")
    return [*broken.apart("n"), sys.executable, "-c", code]


def test_a_program_that_takes_a_port_on_all_addresses(see):
    """Each container that is a process has an address of its own; this port is gone on all of them."""
    seen = see(prefix=network("taken = socket.create_server(('0.0.0.0', 8080))"), DOCKER_HOST=NOWHERE)
    assert warns(seen, "processes", "none of them can listen on port 8080", do="ss -ltnp")
    processes, _ = choice.rows("", "", in_the_way=8080)
    assert processes.state == "ok"  # Docker's containers have networks of their own


def test_a_machine_with_one_loopback_address(see):
    """As macOS has it: then processes cannot have addresses of their own, and nothing is left but to simulate."""
    one = "lo(0x891c, '16sHH4s8x', socket.AF_INET, 0, b'\\xff' * 4)  # SIOCSIFNETMASK"
    seen = see(prefix=network(one), DOCKER_HOST=NOWHERE)
    assert "gives no loopback addresses of one's own" in seen["processes"].found
    assert warns(seen, "runtime", "simulated, since neither an engine nor processes work here")


def test_on_a_hub_no_engine_is_missed(see):
    """Nobody there can install one, so there is nothing to be told."""
    config = {"DOCKER_CONFIG": "/nowhere", "BINDER_LAUNCH_HOST": "https://mybinder.org/"}
    asking = engine.Asking(Engine(NOWHERE))
    assert next(asking.look(1.0)).state == "warn"
    prefix = broken.apart("m", "mount -t tmpfs tmpfs /run")  # the default socket lies there
    seen = see(prefix=prefix, **config)
    assert seen["engine"] == Row("ok", "engine", "none, as is usual on a hub")
    assert seen["runtime"].found.startswith("process, ")
    assert seen.status == 0


@pytest.mark.parametrize(("url", "how", "do"), [
    ("unix:///x", "docker context 'colima'", "colima start"), ("unix:///x", "docker context 'orbstack'", "orb start"),
    ("unix:///run/user/1000/docker.sock", "docker context 'rootless'", "systemctl --user start docker"),
    ("unix:///home/a/.docker/desktop/docker.sock", "docker context 'desktop-linux'",
     "systemctl --user start docker-desktop")])
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the commands are those of Linux")
def test_each_engine_is_started_in_its_own_way(monkeypatch, url, how, do):
    """What brings Docker to a laptop has many names."""
    there = Engine("unix:///x")
    monkeypatch.setattr(Engine, "where", Where(url, how))
    assert remedies.what_to_do(ServiceUnavailable("no engine answers at x. Start it"), there) == do


def test_an_engine_on_another_machine(see):
    """It speaks ssh only with a library that few have; and nobody starts it from here."""
    row = see(DOCKER_HOST="ssh://name.invalid")["engine"]
    assert row.state == "warn"
    if "paramiko" in row.found:
        assert row.do.endswith(" -m pip install paramiko")
    row = see(DOCKER_HOST="tcp://127.0.0.1:1")["engine"]
    assert (row.state, row.do) == ("warn", "unset DOCKER_HOST")


def test_no_port_is_free(see):
    """A hundred others run JupyterLab on this machine. In a network of the test's own."""
    last = learn.FIRST_PORT + learn.PORTS
    ports = f"range({learn.FIRST_PORT}, {last})"
    seen = see(prefix=network(f"taken = [socket.create_server(('127.0.0.1', port)) for port in {ports}]"),
               DOCKER_HOST=NOWHERE)
    assert seen["ports"].state == "fail"
    assert seen["ports"].found == f"{learn.FIRST_PORT} to {last - 1} on 127.0.0.1 are all taken"
    assert re.fullmatch(r"mini-k8s learn --port \d+", seen["ports"].do)
    assert seen.status == 1


def test_no_loopback(see):
    """The machine's own address does not work: no page can open."""
    seen = see(prefix=broken.apart("n"), DOCKER_HOST=NOWHERE)
    assert stops(seen, "ports", "127.0.0.1, the address of this machine to itself, does not work",
                 do="ip link set lo up")  # without sudo: in there everybody is root


# Python and Jupyter.


@pytest.fixture
def bare_python(run, tmp_path):
    """``bare_python("docker", …)``: the doctor's rows under a Python that has these libraries and no others."""
    def see(*names):
        made, libraries, empty = tmp_path / "venv", tmp_path / "libraries", tmp_path / "empty"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", made], check=True)
        for folder in (libraries, empty):
            folder.mkdir()
        for name in names:
            libraries.joinpath(name).symlink_to(Path(__import__(name).__file__).parent)
        python = made / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        done = run("doctor", "--json", cwd=empty, python=python, DOCKER_HOST=NOWHERE,
                   PYTHONPATH=f"{TOP}{os.pathsep}{libraries}")
        assert (done.returncode, done.stderr) == (1, "")
        return {row["what"]: Row(**row) for row in json.loads(done.stdout)}
    return see


def test_a_python_without_jupyterlab(bare_python):
    """Installed without [lab]: all else may be well, and the workshop does not open."""
    rows = bare_python("docker", "requests", "urllib3", "idna", "certifi", "charset_normalizer", "yaml")
    assert rows["Jupyter"].state == "fail"
    assert rows["Jupyter"].found == "jupyterlab, ipykernel, anywidget, ipywidgets are not installed"
    assert rows["Jupyter"].do.endswith(f'-m pip install -e "{TOP}[lab]"')
    assert rows["engine"].found == f"no engine answers at {NOWHERE} (DOCKER_HOST)"


def test_a_python_without_anything(bare_python):
    """Not even what asks an engine; one command brings it all."""
    rows = bare_python()
    assert (rows["engine"].state, rows["engine"].do) == ("warn", rows["Jupyter"].do)
    assert "the Python package 'docker' is not installed" in rows["engine"].found


def test_an_ipykernel_that_is_too_old(see, tmp_path):
    """With it a cell can wait for ever, which nobody would trace to it."""
    info = tmp_path / "old" / "ipykernel-6.29.5.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ipykernel\nVersion: 6.29.5\n")
    seen = see(PYTHONPATH=f"{tmp_path / 'old'}{os.pathsep}{PATH}", DOCKER_HOST=NOWHERE)
    assert warns(seen, "Jupyter", "ipykernel 6.29.5", "a cell can wait for ever")
    assert seen["Jupyter"].do.endswith('-m pip install "ipykernel>=7.4"')


@pytest.mark.parametrize(("version", "state"), [((3, 10, 9), "fail"), ((3, 11, 0), "ok"), ((3, 13, 9), "ok"),
                                                ((3, 14, 0), "warn"), ((4, 0, 0), "warn")])
def test_which_pythons_were_tried(version, state):
    """A newer one may well do."""
    row = software.python(version)
    assert row.state == state
    assert (row.do == "") == (state == "ok")


def test_the_doctor_asks_for_what_the_installer_installs():
    """Two lists of the same versions, of which one would be forgotten."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    floors = dict(line.split(">=") for line in project["optional-dependencies"]["lab"])
    for name, version in software.FLOORS.items():
        assert floors[name] == ".".join(map(str, version))
    named = {c.rpartition(" ")[2] for c in project["classifiers"] if "Python :: 3." in c}
    assert {software.OLDEST, software.NEWEST} <= {tuple(map(int, version.split("."))) for version in named}


# What decides.


@pytest.mark.parametrize(("no_docker", "no_processes", "runtime", "state"), [
    ("", "", "docker", "ok"), ("", "needs Linux", "docker", "ok"), ("no", "", "process", "ok"),
    ("no", "needs Linux", "simulated", "warn")])
def test_which_runtime_is_taken(no_docker, no_processes, runtime, state):
    """Docker, else processes, else simulated."""
    processes, row = choice.rows(no_docker, no_processes)
    assert processes.state == "ok"
    assert (row.state, row.found.partition(",")[0]) == (state, runtime)


def test_the_doctor_says_what_the_notebooks_get(see):
    """The same question, asked of the code that answers it for the notebooks."""
    from mini_k8s.runtimes.choose import open_runtime
    runtime = open_runtime("doctor-test")
    runtime.close()
    assert see()["runtime"].found.startswith(f"{runtime.name}, ")


def test_a_control_group_of_version_2(tmp_path):
    """Each level may set a limit; the tightest counts, and what files are cached is not lost."""
    outer, inner = tmp_path / "sys/fs/cgroup/user", tmp_path / "sys/fs/cgroup/user/job"
    inner.mkdir(parents=True)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/user/job\n")
    for group, most, used in ((outer, "1000000000", "800000000"), (inner, "max", "500000000")):
        (group / "memory.max").write_text(most + "\n")
        (group / "memory.current").write_text(used + "\n")
        (group / "memory.stat").write_text("anon 5\ninactive_file 50000000\nactive_file 20000000\n")
        (group / "pids.max").write_text("max\n")
        (group / "pids.current").write_text("7\n")
    assert control_groups.room_for_memory(tmp_path) == 270_000_000
    assert control_groups.room_for_threads(tmp_path) is None
    (tmp_path / "proc/self/cgroup").write_text("0::/../../elsewhere\n")  # in a container, the path of outside
    (tmp_path / "sys/fs/cgroup/memory.max").write_text("300000000")
    (tmp_path / "sys/fs/cgroup/memory.current").write_text("100000000")
    assert control_groups.room_for_memory(tmp_path) == 200_000_000
    assert control_groups.room_for_memory(tmp_path / "nowhere") is None


def test_a_look_that_never_ends_costs_only_its_own_row(monkeypatch):
    """A disk of a network that is gone holds whoever looks at it, for ever."""
    for_ever = threading.Event()
    monkeypatch.setattr(places, "located", lambda: for_ever.wait() or (Path("/"), True))
    rows = {row.what: row for row in doctor.examine(within=1.0)}
    assert rows["folder"].state == "warn"
    assert "did not end in time" in rows["folder"].found
    assert rows["ports"].found
    for_ever.set()
    eventually(lambda: not [t for t in threading.enumerate() if t.name == "doctor-folder"], 10)


def test_a_look_that_breaks_costs_only_its_own_row(monkeypatch):
    """The report is most needed where things are broken in ways that nobody thought of."""
    monkeypatch.setattr(software, "jupyter", lambda: 1 / 0)
    rows = {row.what: row for row in doctor.examine()}
    assert rows["Jupyter"].state == "warn"
    assert "ZeroDivisionError" in rows["Jupyter"].found
    assert rows["Python"].state == "ok"


def test_nothing_that_is_said_moves_the_cursor(run, tmp_path):
    """A variable may hold anything."""
    done = run("doctor", DOCKER_HOST="unix:///tmp/\x1b[31mred")
    assert "\x1b" not in done.stdout
    assert "?[31mred" in done.stdout


@pytest.mark.parametrize(("amount", "said"), [(12, "12 bytes"), (65536, "66 kB"), (9.94e6, "9.9 MB"), (740e6, "740 MB"),
                                              (1.92e9, "1.9 GB"), (2.3e12, "2,300 GB")])
def test_sizes_are_said_as_people_say_them(amount, said):
    assert size(amount) == said

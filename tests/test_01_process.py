"""Chapter 1 on processes: what is true of process trees only. Nothing gets away, and nobody else is hit."""

import contextlib
import ctypes
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from helpers import eventually, new_name, no_processes, not_run
from sockets import bad_engine, http

from mini_k8s.errors import Conflict, Invalid, NotFound, Timeout
from mini_k8s.runtimes import ContainerSpec, SandboxSpec, process_shim, process_tree
from mini_k8s.runtimes.choose import open_runtime
from mini_k8s.runtimes.images import BASE
from mini_k8s.runtimes.process import ProcessRuntime
from mini_k8s.runtimes.process_engine import ProcessEngine
from mini_k8s.workshop.labs.by_hand import kill_in_a_terminal

WEB = "mini-k8s/web:1"

# Children of all kinds that leave a process group: each sleeps for as many seconds as its mark says.
NASTY = """\
setsid sleep {mark} &
(setsid sh -c 'sleep {mark} & exec sleep {mark}' &)
env -i setsid "$(command -v sleep)" {mark} &
nohup sleep {mark} >/dev/null 2>&1 &
"""


_programs = []


@pytest.fixture(autouse=True)
def _here():
    if no_processes():
        not_run("process", no_processes())
    yield
    while _programs:
        started = _programs.pop()
        started.kill()
        started.wait()
        started.stdout.close()


@pytest.fixture
def engine():
    engine = ProcessEngine()
    yield engine
    engine.end()


@pytest.fixture
def runtime(engine):
    return ProcessRuntime(new_name(), engine=engine)


_marks = iter(range(1, 1000))


@pytest.fixture
def mark():
    """A number of seconds that nobody else sleeps: by it the processes of a test are counted."""
    return f"{80_000 + next(_marks)}.{os.getpid()}"


def with_mark(mark):
    """The pids of all processes whose command line holds the mark."""
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended meanwhile
        if any(mark.encode() in word for word in words) and int(pid) != os.getpid():
            found.append(int(pid))
    return found


def shell(name, script, **more):
    return ContainerSpec(name, BASE, ["sh", "-c", script], **more)


def run(runtime, spec, sandbox=None):
    id = runtime.create(spec, sandbox)
    runtime.start(id)
    return id


def seen(runtime, id):
    return next(o for o in runtime.list() if o.id == id)


def ended(runtime, id, within=30):
    """How it looks when it has ended."""
    return eventually(lambda: (o := seen(runtime, id)).state == "exited" and o, within, "it ends")


def none_left(mark, within=30):
    eventually(lambda: not with_mark(mark), within, "no process is left", shows=lambda: with_mark(mark))


def log(runtime, id):
    return b"".join(runtime.logs(id)).decode()


def get(address, path="/", port=8080):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://{address}:{port}{path}",
                                                                            timeout=10) as answer:
        return answer.read().decode()


def program(code, *args):
    """Another program that uses the runtime; it prints a line of JSON and waits for its end.

    Its arguments are on no command line, so that it is not counted among what has a mark.
    """
    prelude = ("import json, os, sys, time; sys.argv[1:] = json.loads(os.environ['ARGS'])\n"
               "from mini_k8s.runtimes import *; from mini_k8s.runtimes.process import ProcessRuntime\n")
    process = subprocess.Popen([sys.executable, "-c", prelude + code], stdout=subprocess.PIPE, text=True,
                               env=os.environ | {"ARGS": json.dumps(args)})
    _programs.append(process)
    line = process.stdout.readline()
    assert line, "it ended before it said anything"
    return process, json.loads(line)


STARTS_ALL = """
runtime = ProcessRuntime(sys.argv[1])
for n in range(3):
    runtime.start(runtime.create(ContainerSpec(f"web-{n}", "mini-k8s/web:1")))
runtime.start(runtime.create(ContainerSpec("nasty", "mini-k8s/base:1", ["sh", "-c", sys.argv[2]])))
print(json.dumps({"top": str(runtime.engine.top), "zygote": runtime.engine._zygote.pid}), flush=True)
time.sleep(1000)
"""


# Nobody gets away.


@pytest.mark.parametrize("how", ["the main process", "stop with grace", "stop without", "remove", "down"])
def test_whatever_it_started_ends_with_it(runtime, mark, how):
    """In another session, forked twice, with an empty environment: when the container ends, all of it ends."""
    id = run(runtime, shell("nasty", NASTY.format(mark=mark) + f"exec sleep {mark}"))
    eventually(lambda: len(with_mark(mark)) >= 6, because="all of them run", shows=lambda: with_mark(mark))
    {"the main process": lambda: os.kill(runtime.pid(id), signal.SIGKILL),
     "stop with grace": lambda: runtime.stop(id, 5), "stop without": lambda: runtime.stop(id, 0),
     "remove": lambda: runtime.remove(id), "down": runtime.down}[how]()
    none_left(mark)


def test_what_is_left_when_the_main_process_ends_well_ends_too(runtime, mark):
    """As in a container: when process 1 has ended, the rest is killed, and the exit code is that of process 1."""
    id = run(runtime, shell("job", NASTY.format(mark=mark) + "exit 7"))
    assert ended(runtime, id).exit_code == 7
    assert with_mark(mark) == []


def test_a_program_killed_with_9_takes_everything_with_it(mark):
    """Nothing survives the program: no process, no file."""
    cluster = new_name()
    process, said = program(STARTS_ALL, cluster, NASTY.format(mark=mark) + f"exec sleep {mark}")
    eventually(lambda: len(with_mark(mark)) >= 6, because="all of them run")
    assert len(with_mark(cluster)) >= 7, "web servers and shims are counted by the name of their cluster"
    process.kill()
    process.wait()
    none_left(mark)
    none_left(cluster)
    eventually(lambda: not Path(said["top"]).exists(), because="its files are removed")


def test_also_when_a_forked_child_of_the_program_lives_on(mark):
    """A child that the program has forked holds the same sockets, and must not keep the containers alive."""
    cluster = new_name()
    process, said = program(STARTS_ALL.replace("time.sleep(1000)", """
child = os.fork()
if child == 0:
    os.close(1)
    time.sleep(1000)
print(child, flush=True)
time.sleep(1000)"""), cluster, f"exec sleep {mark}")
    child = int(process.stdout.readline())
    try:
        eventually(lambda: with_mark(mark))
        process.kill()
        process.wait()
        none_left(mark)
        eventually(lambda: not Path(said["top"]).exists(), because="its files are removed")
    finally:
        os.kill(child, signal.SIGKILL)
    none_left(cluster)


@pytest.mark.parametrize("who", ["the zygote", "the zygote and the program", "every shim"])
def test_those_who_watch_may_be_killed_too(mark, who):
    """Whoever of them dies, the containers under it end."""
    cluster = new_name()
    process, said = program(STARTS_ALL, cluster, NASTY.format(mark=mark) + f"exec sleep {mark}")
    eventually(lambda: len(with_mark(mark)) >= 6, because="all of them run")
    victims = [said["zygote"]]
    if who == "every shim":
        victims = process_tree.family(said["zygote"])
        victims = [pid for pid, parent in victims.items() if parent == said["zygote"]]
    for pid in [*victims, *([process.pid] if "program" in who else [])]:
        os.kill(pid, signal.SIGKILL)
    none_left(mark)
    if who == "every shim":
        process.kill()
    none_left(cluster)


def test_a_killed_shim_is_seen_as_a_killed_container(runtime, mark):
    """Its processes are gone, so the books must not say that it runs; the next attempt starts as ever."""
    id = run(runtime, shell("job", NASTY.format(mark=mark) + f"exec sleep {mark}"))
    eventually(lambda: len(with_mark(mark)) >= 6)
    os.kill(process_tree.parents()[runtime.pid(id)], signal.SIGKILL)
    assert ended(runtime, id).exit_code == 137
    none_left(mark)
    assert seen(runtime, run(runtime, shell("job", f"exec sleep {mark}", attempt=1))).alive


def test_a_killed_zygote_is_replaced(runtime):
    """All containers have ended with it, and whoever looks sees that; a new start begins a new one."""
    ids = [run(runtime, ContainerSpec(f"web-{n}", WEB)) for n in range(3)]
    runtime.engine._zygote.kill()
    assert [ended(runtime, id).exit_code for id in ids] == [137] * 3
    again = run(runtime, ContainerSpec("web-0", WEB, attempt=1))
    eventually(lambda: get(seen(runtime, again).address) == "web-0\n")


def test_removed_while_it_starts_nothing_is_left(runtime, mark):
    """A loop starts, and somebody takes everything down at that very moment: what was removed does not run."""
    def start(id):
        with contextlib.suppress(NotFound):  # it was gone before it began
            runtime.start(id)

    for n in range(20):
        id = runtime.create(shell(f"job-{n}", f"exec sleep {mark}"))
        starting = threading.Thread(target=start, args=(id,))
        starting.start()
        time.sleep(n / 4000)
        runtime.remove(id)
        starting.join()
    assert list(runtime.list()) == []
    none_left(mark)


def test_one_that_ignores_term_is_killed_after_its_grace(runtime, mark):
    """And not before."""
    id = run(runtime, shell("deaf", f"trap '' TERM; echo ready; while :; do sleep {mark}; done"))
    eventually(lambda: log(runtime, id) == "ready\n")
    before = time.monotonic()
    runtime.stop(id, grace=0.5)
    assert time.monotonic() - before >= 0.5
    assert seen(runtime, id).exit_code == 137
    assert with_mark(mark) == []


def test_ten_thousand_forks_are_stopped(runtime, mark):
    """A container that forks without end is ended long before it has all of the machine, and it is said why."""
    code = ("import os, time\n"
            "for n in range(10_000):\n"
            "    if os.fork() == 0:\n"
            f"        time.sleep({mark})\n"
            "time.sleep(1000)\n")
    id = run(runtime, ContainerSpec("bomb", BASE, [sys.executable, "-I", "-S", "-c", code]))
    most = 0
    while seen(runtime, id).alive:
        most = max(most, len(with_mark(mark)))
    assert seen(runtime, id).exit_code == 137
    assert "more than the 500 that a container may have" in seen(runtime, id).note
    assert most < 10_000
    none_left(mark)


def test_what_prints_without_end_fills_no_disk(runtime, monkeypatch):
    """The newest output is kept, ten megabytes and what was before it."""
    id = run(runtime, shell("talker", "yes 'a line of text' | head -c 45000000; echo the end"))
    assert ended(runtime, id, 60).exit_code == 0
    kept = sum(path.stat().st_size for path in runtime.engine.top.rglob("log*"))
    assert kept <= 2 * process_shim.LOG_MOST + (1 << 16)
    assert list(runtime.logs(id, tail=1)) == [b"the end\n"]


# Nobody else is hit.


def with_pid(pid):
    """Start a process that has exactly this pid, if nobody has it now."""
    tid = (ctypes.c_int * 1)(pid)
    fields = [0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(tid), 1, 0]  # clone3's: set_tid, set_tid_size
    asked = ctypes.create_string_buffer(struct.pack("11Q", *fields))
    made = ctypes.CDLL(None, use_errno=True).syscall(435, asked, 88)
    if made == 0:
        os.execv("/bin/sleep", ["sleep", "1000"])
    return made


def test_a_pid_that_is_used_again_is_left_alone(runtime):
    """A container has ended, and a stranger has its pid: stopping and removing the container must not hit him."""
    id = run(runtime, shell("job", "exec sleep 1000"))
    pid = runtime.pid(id)
    os.kill(pid, signal.SIGKILL)
    ended(runtime, id)
    stranger = with_pid(pid)
    if stranger != pid:
        not_run("pid reuse", "a process with a pid of one's choice needs root")
    try:
        runtime.stop(id, grace=0)
        runtime.stop(id, grace=1)
        runtime.remove(id)
        assert os.waitpid(stranger, os.WNOHANG) == (0, 0), "the stranger lives"
    finally:
        os.kill(stranger, signal.SIGKILL)
        os.waitpid(stranger, 0)


def test_whoever_has_another_parent_meanwhile_is_left_alone():
    """Between looking and killing, a pid may have changed hands."""
    stranger = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    try:
        process_tree.kill(stranger.pid, parent=1)  # seen as a child of somebody else; here it is one of ours
        assert stranger.wait(10) == -signal.SIGKILL
        grandchild = subprocess.Popen(["sh", "-c", "sleep 1000 & echo $!; wait"], stdout=subprocess.PIPE, text=True)
        pid = int(grandchild.stdout.readline())
        process_tree.kill(pid, parent=1)
        assert process_tree.parents()[pid] == grandchild.pid, "it lives"
        process_tree.kill(pid, parent=grandchild.pid)
        grandchild.wait(10)
    finally:
        stranger.kill()


def test_two_programs_share_no_address_and_no_name(runtime):
    """Each has its own; a name is controlled by one of them, and it is said by which process."""
    runtime.lock()
    _, said = program("""
from mini_k8s.errors import Conflict
runtime = ProcessRuntime(sys.argv[1])
try:
    runtime.lock()
    refused = ""
except Conflict as error:
    refused = str(error)
id = runtime.create(ContainerSpec("web", "mini-k8s/web:1"))
print(json.dumps({"refused": refused, "address": runtime.list()[0].address}), flush=True)
time.sleep(1000)
""", runtime.cluster)
    assert f"cluster '{runtime.cluster}' is controlled by another program (process {os.getpid()})" in said["refused"]
    ours = seen(runtime, runtime.create(ContainerSpec("web", WEB))).address
    assert ours.rpartition(".")[0] != said["address"].rpartition(".")[0]


def test_a_name_is_free_when_its_holder_was_killed(runtime):
    """No file to delete by hand."""
    other, _ = program("""
runtime = ProcessRuntime(sys.argv[1])
runtime.lock()
print("1", flush=True)
time.sleep(1000)
""", runtime.cluster)
    with pytest.raises(Conflict, match=str(other.pid)):
        runtime.lock()
    other.kill()
    other.wait()
    eventually(lambda: runtime.lock() or True, because="the name is free")


# Addresses and ports.


def test_every_container_answers_at_its_own_address(runtime):
    """Ten web servers on one port, and each says who it is."""
    ids = [run(runtime, ContainerSpec(f"web-{n}", WEB, ports=[8080])) for n in range(10)]
    answers = {o.name: eventually(lambda o=o: get(o.host)) for o in runtime.list()}
    assert answers == {f"web-{n}": f"web-{n}\n" for n in range(10)}
    assert len(ids) == len({o.address for o in runtime.list()})


def test_the_app_is_the_same_as_on_docker(runtime):
    """It counts its visits, knows its version, is healthy, and is called as its pod is."""
    sandbox = runtime.create_sandbox(SandboxSpec("pod", hostname="a-host"))
    app = run(runtime, ContainerSpec("app", "mini-k8s/web:2"), sandbox)
    address = seen(runtime, app).address
    eventually(lambda: get(address, "/healthz") == "ok\n")
    assert [get(address), get(address), get(address, "/visits/"), get(address, "/version/")] == [
        "a-host\n", "a-host\n", "2\n", "2\n"]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(address, "/nothing")


def test_a_taken_port_is_explained(runtime):
    """Who listens on 0.0.0.0 has the port on every address, so the app cannot have it on its own."""
    with socket.socket() as everywhere:
        everywhere.bind(("0.0.0.0", 0))
        everywhere.listen()
        port = everywhere.getsockname()[1]
        id = run(runtime, ContainerSpec("web", WEB, env={"PORT": str(port)}))
        assert ended(runtime, id).exit_code == 1
        said = log(runtime, id)
    assert f"cannot listen on {seen(runtime, id).address}:{port}" in said
    assert f"Some program listens on 0.0.0.0:{port}" in said
    again = run(runtime, ContainerSpec("web", WEB, attempt=1, env={"PORT": str(port)}))
    eventually(lambda: get(seen(runtime, again).address, port=port) == "web\n", because="the port is free again")


def test_a_container_that_listens_on_every_address_is_told_of(runtime):
    """Its pod's neighbours would be reached through it; the note says which port and what to do."""
    code = ("import socket, time; s = socket.socket(); s.bind(('0.0.0.0', 0)); s.listen(); "
            "print(s.getsockname()[1], flush=True); time.sleep(1000)")
    id = run(runtime, ContainerSpec("wide", BASE, [sys.executable, "-c", code]))
    port = int(eventually(lambda: log(runtime, id)))
    eventually(lambda: f"listens on 0.0.0.0:{port}" in seen(runtime, id).note, because="it is noticed")
    assert "bind to $POD_IP" in seen(runtime, id).note


def test_addresses_do_not_run_out(engine):
    """More containers than one block holds; what was removed is used again."""
    runtime = ProcessRuntime(new_name(), engine=engine)
    ids = [runtime.create(ContainerSpec(f"web-{n}", WEB)) for n in range(300)]
    addresses = [o.address for o in runtime.list()]
    assert len(set(addresses)) == 300
    assert all(address.startswith("127.") for address in addresses)
    for id in ids:
        runtime.remove(id)
    again = [seen(runtime, runtime.create(ContainerSpec(f"web-{n}", WEB, attempt=1))).address for n in range(300)]
    assert len({a.rpartition(".")[0] for a in addresses + again}) == 2


# What a container gets, and what not.


def test_it_gets_no_secrets_of_the_program(runtime, monkeypatch):
    """The environment is its spec's and a few words more: no token of JupyterLab's, no key of the learner's."""
    monkeypatch.setenv("JUPYTER_TOKEN", "a-secret")
    id = run(runtime, shell("env", "env; pwd", env={"MINE": "1"}))
    ended(runtime, id)
    words = dict(line.partition("=")[::2] for line in log(runtime, id).splitlines())
    assert "a-secret" not in log(runtime, id)
    assert words.keys() - {"PWD", "SHLVL", "_", "OLDPWD"} == {
        "PATH", "HOME", "LANG", "HOSTNAME", "POD_IP", "MINE", str(words["HOME"])}


def test_it_inherits_no_open_files(runtime):
    """Neither the engine's socket nor anything that the program has open."""
    id = run(runtime, shell("files", "ls /proc/$$/fd"))
    ended(runtime, id)
    assert set(log(runtime, id).split()) <= {"0", "1", "2", "3", "10", "255"}  # a shell's own among them
    app = run(runtime, ContainerSpec("web", WEB))
    eventually(lambda: get(seen(runtime, app).address))
    eventually(lambda: len(process_tree.sockets_of(runtime.pid(app))) == 1,
               because="it listens, and has no other socket once the answer is given")


def test_a_command_inside_ends_with_its_container(runtime, mark):
    """And a command that takes too long is killed, with all that it has started."""
    id = run(runtime, shell("home", "exec sleep 1000"))
    with pytest.raises(Timeout, match="It was killed"):
        runtime.exec(id, ["sh", "-c", NASTY.format(mark=mark) + f"sleep {mark}"], timeout=0.5)
    assert with_mark(mark) == []
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as hand:
        result = hand.submit(runtime.exec, id, ["sleep", mark], 60)
        eventually(lambda: with_mark(mark))
        runtime.stop(id, grace=0)
        assert result.result(30).exit_code == 137
    with pytest.raises(Conflict, match="does not run"):
        runtime.exec(id, ["true"])


def test_a_log_is_followed_to_its_end(runtime):
    """Piece by piece as it is printed, until the container ends."""
    id = run(runtime, shell("slow", "for n in 1 2 3; do echo $n; sleep 0.2; done"))
    assert b"".join(runtime.logs(id, follow=True)) == b"1\n2\n3\n"
    assert b"".join(runtime.logs(id, follow=True, tail=1)) == b"3\n"


def test_an_image_that_is_none_of_the_workshops(runtime):
    """There are no images here, and it is said which names there are."""
    with pytest.raises(NotFound, match=r"without Docker there is no image 'nginx'.*mini-k8s/web:1"):
        runtime.create(ContainerSpec("web", "nginx"))
    with pytest.raises(NotFound, match="nginx"):
        runtime.prepare("nginx")


def test_an_environment_that_is_too_long(runtime):
    """It is refused with its size, and the engine goes on working."""
    id = runtime.create(ContainerSpec("web", WEB, env={"LONG": "x" * 1_000_000}))
    for _ in range(2):
        with pytest.raises(Invalid, match="too long"):
            runtime.start(id)
    assert seen(runtime, run(runtime, ContainerSpec("web-2", WEB))).alive


def test_it_can_be_killed_in_a_terminal(runtime):
    """By the words that the lab prints: the one that is meant, or all of this cluster; no shim, and nobody else's."""
    other = ProcessRuntime(new_name(), engine=runtime.engine)
    ids = [run(r, ContainerSpec(name, WEB)) for r, name in (
        (runtime, "web-1"), (runtime, "web-2"), (runtime, "web-12"), (other, "web-1"))]

    def alive():
        there = {o.id: o.alive for o in (*runtime.list(), *other.list())}
        return [there[id] for id in ids]

    for id in ids:
        titles = Path(f"/proc/{(runtime if id != ids[3] else other).pid(id)}/cmdline")
        eventually(lambda titles=titles: titles.read_text().startswith("web-"), because="it has its title")
    subprocess.run(["sh", "-c", kill_in_a_terminal(runtime, "web-1")], check=True)
    eventually(lambda: alive() == [False, True, True, True], because="only web-1 was meant", shows=alive)
    subprocess.run(["sh", "-c", kill_in_a_terminal(runtime)], check=True)
    eventually(lambda: alive() == [False, False, False, True], because="all of this cluster", shows=alive)


# Which runtime is chosen.


def test_without_an_engine_processes_are_chosen_and_it_is_said_why(monkeypatch, tmp_path):
    """The learner reads in one line what it is, and what it is not."""
    monkeypatch.delenv("MINI_K8S_RUNTIME", raising=False)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    runtime = open_runtime(new_name())
    assert runtime.name == "process"
    assert runtime.why.startswith("no Docker, because no engine answers at unix://")


def test_an_engine_of_windows_containers_is_passed_over(monkeypatch):
    """It answers, and nothing of ours runs on it; asked for by name, it is refused with what to do."""
    monkeypatch.delenv("MINI_K8S_RUNTIME", raising=False)
    with bad_engine(http("200 OK", json.dumps({"ApiVersion": "1.41", "Version": "27.1", "Os": "windows"}))) as url:
        monkeypatch.setenv("DOCKER_HOST", url)
        assert open_runtime(new_name()).name == "process"
        with pytest.raises(Invalid, match=r"runs windows containers, .* Switch to Linux containers"):
            open_runtime(new_name(), choice="docker")


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_elsewhere_it_is_refused_with_what_to_do_instead(monkeypatch, system):
    """macOS has one loopback address and no subreapers; Windows has WSL2."""
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(Invalid, match=r"need Linux, or WSL2 on Windows\. Use Docker, or MINI_K8S_RUNTIME=simulated"):
        open_runtime(new_name(), choice="process")

"""Chapter 1 on Docker: what is true of real containers only, and what their engine does to us."""

import gc
import os
import subprocess
import sys
import threading
import urllib.request
from contextlib import closing

import pytest
from helpers import eventually

from mini_k8s.errors import AlreadyExists, Conflict, NotFound, Timeout
from mini_k8s.runtimes import ContainerSpec, SandboxSpec, images, labels
from mini_k8s.runtimes.clusters import find_clusters, remove_cluster
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.images import BASE, CATALOGUE, Image

WEB = "mini-k8s/web:1"


@pytest.fixture
def open_runtime(engine):
    """``open_runtime(cluster)``: closed when the test ends. Its engine counts the calls."""
    opened = []

    def open(cluster, owner="a-test"):
        opened.append(DockerRuntime(cluster, owner, engine=CountingEngine()))
        return opened[-1]

    yield open
    for runtime in opened:
        runtime.close()


@pytest.fixture
def runtime(open_runtime, cluster):
    return open_runtime(cluster)


@pytest.fixture
def stranger(engine):
    """``stranger(name, labels)`` runs a container that is not the runtime's."""
    ids = []

    def run(name, its_labels=None, command=("sleep", "1000")):
        ids.append(engine.call("create_container", BASE, list(command), name=name, labels=its_labels)["Id"])
        engine.call("start", ids[-1])
        return ids[-1]

    yield run
    for id in ids:
        engine.call("remove_container", id, force=True)


class CountingEngine(Engine):
    """The real thing, and how often it was asked what."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.calls = []

    def call(self, method, *args, **kwargs):
        self.calls.append(method)
        return super().call(method, *args, **kwargs)


def run(runtime, spec, sandbox=None):
    id = runtime.create(spec, sandbox)
    runtime.start(id)
    return id


def seen(runtime, id):
    return next(o for o in runtime.list() if o.id == id)


def is_running(engine, id):
    return engine.call("inspect_container", id)["State"]["Running"]


def get(url):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        return answer.read().decode()


# Looking.


def test_looking_again_costs_one_call(runtime):
    """A list is one call, however many containers there are; only news cost an inspect, once."""
    ids = [run(runtime, ContainerSpec(f"job-{n}", BASE, ["sleep", "1000"])) for n in range(3)]
    runtime.stop(ids[0], grace=0)
    runtime.list()
    runtime.engine.calls.clear()
    for _ in range(3):
        assert [o.exit_code for o in runtime.list()] == [137, None, None]
    assert runtime.engine.calls == ["containers"] * 3


def test_a_death_that_was_heard_of_is_not_asked_about_again(runtime):
    """Whoever listens has asked already: the look that follows is one call, and knows when and how it ended."""
    id = run(runtime, ContainerSpec("job", BASE, ["sleep", "1000"]))
    with closing(runtime.events()) as events:
        runtime.stop(id, grace=0)
        assert next(event for event in events if event.kind == "died").exit_code == 137
        runtime.engine.calls.clear()
        ended = seen(runtime, id)
    assert runtime.engine.calls == ["containers"]
    assert (ended.state, ended.exit_code, ended.finished_at is not None) == ("exited", 137, True)


def test_nobody_asks_about_a_container_that_is_being_started(runtime, monkeypatch):
    """The engine would answer when the start is over, and whoever looks would wait for that."""
    call, looks = runtime.engine.call, []

    def look_before_starting(method, *args, **kwargs):
        if method == "start":
            runtime.engine.calls.clear()
            looks.extend(runtime.list())
            assert runtime.engine.calls == ["containers"]
        return call(method, *args, **kwargs)

    monkeypatch.setattr(runtime.engine, "call", look_before_starting)
    id = run(runtime, ContainerSpec("job", BASE, ["sleep", "1000"]))
    assert [o.state for o in looks] == ["created"]
    assert seen(runtime, id).started_at is not None
    assert "inspect_container" not in runtime.engine.calls


def test_a_start_of_which_nobody_knows_is_looked_into(runtime, monkeypatch):
    """The call has failed without an answer, and the container runs: its time comes from the engine."""
    call = runtime.engine.call

    def lose_the_answer(method, *args, **kwargs):
        answer = call(method, *args, **kwargs)
        if method == "start":
            raise Timeout("no answer within 30 s")
        return answer

    monkeypatch.setattr(runtime.engine, "call", lose_the_answer)
    id = runtime.create(ContainerSpec("job", BASE, ["sleep", "1000"]))
    with pytest.raises(Timeout):
        runtime.start(id)
    runtime.engine.calls.clear()
    assert seen(runtime, id).state == "running"
    assert runtime.engine.calls == ["containers", "inspect_container"]


def test_times_are_told_also_by_a_runtime_that_did_not_start_it(runtime, open_runtime, cluster):
    """A control plane that comes back knows how long its containers have been running."""
    id = run(runtime, ContainerSpec("job", BASE, ["sleep", "1000"]))
    mine, other = seen(runtime, id), open_runtime(cluster)
    assert abs(seen(other, id).started_at - mine.started_at) < 5
    runtime.stop(id, grace=0)
    assert seen(other, id).finished_at == seen(runtime, id).finished_at


def test_the_image_keeps_its_name(engine, runtime, monkeypatch):
    """Docker shows an id once a tag has gone; what was wished keeps matching what is seen."""
    monkeypatch.setitem(CATALOGUE, "mini-k8s/test:1", Image("mini-k8s/test:1", "", {"etc/test": (0o644, "1")}, ()))
    runtime.prepare("mini-k8s/test:1")
    image = engine.call("inspect_image", "mini-k8s/test:1")["Id"]
    id = run(runtime, ContainerSpec("job", "mini-k8s/test:1", ["sleep", "1000"]))
    engine.call("remove_image", "mini-k8s/test:1", force=True)
    try:
        assert seen(runtime, id).image == "mini-k8s/test:1"
    finally:  # the tag is gone, but a container keeps its image: first the one, then the other
        runtime.down()
        engine.call("remove_image", image)


def test_labels_that_somebody_else_wrote_break_nothing(runtime, stranger, cluster):
    """Anybody may put our label on anything."""
    stranger(f"{cluster}-plain", {labels.CLUSTER: cluster})
    odd = stranger(f"{cluster}-odd", {labels.CLUSTER: cluster, labels.KIND: "container", labels.ATTEMPT: "two"})
    assert [(o.id, o.name, o.attempt) for o in runtime.list()] == [(odd, "", 0)]


# Stopping.


@pytest.mark.parametrize("end", ["kill", "stop", "remove"])
def test_a_paused_container_can_be_ended(engine, runtime, end):
    """It is alive, only frozen; whoever wants it gone does not have to thaw it first."""
    id = run(runtime, ContainerSpec("web-1", WEB))
    engine.call("pause", id)
    assert (seen(runtime, id).state, seen(runtime, id).alive) == ("paused", True)
    if end == "remove":
        runtime.remove(id)
        eventually(lambda: not runtime.list())
        return
    runtime.stop(id, grace=0 if end == "kill" else 1)
    dead = eventually(lambda: (o := seen(runtime, id)).state == "exited" and o)
    assert end == "stop" or dead.exit_code == 137


def test_one_that_ignores_term_is_killed_after_its_grace(runtime):
    """Process 1 hears only the signals it asked for: ``sleep`` asked for none."""
    id = run(runtime, ContainerSpec("deaf", BASE, ["sleep", "1000"]))
    runtime.stop(id, grace=0.2)
    assert seen(runtime, id).exit_code == 137


# Others on the same engine.


def test_a_name_that_a_stranger_has_is_refused(engine, runtime, stranger, cluster):
    """It is said whose it is and what to do, and the stranger is not touched."""
    nobodys = stranger(f"{cluster}.web-1.0")
    theirs = stranger(f"{cluster}.web-2.0", {labels.CLUSTER: "theirs"})
    with pytest.raises(AlreadyExists, match=r"nobody that this workshop knows.*docker rm -f"):
        runtime.create(ContainerSpec("web-1", WEB))
    with pytest.raises(AlreadyExists, match="cluster 'theirs'"):
        runtime.create(ContainerSpec("web-2", WEB))
    for id in (nobodys, theirs):
        runtime.stop(id, grace=0)
        runtime.remove(id)
    assert runtime.down() == 0
    assert is_running(engine, nobodys)
    assert is_running(engine, theirs)


def test_down_takes_networks_and_volumes_with_the_label_and_no_others(engine, runtime, clusters, cluster):
    """A network is made with the first sandbox, not before: an engine has room for about thirty."""
    other = clusters()
    run(runtime, ContainerSpec("web-1", WEB))
    assert engine.call("networks", filters=labels.of_cluster(cluster)) == []
    runtime.create_sandbox(SandboxSpec("pod"))
    for name in (cluster, other):
        engine.call("create_volume", f"{name}-data", labels={labels.CLUSTER: name})
    assert len(engine.call("networks", filters=labels.of_cluster(cluster))) == 1
    assert runtime.down() == 4
    assert engine.call("networks", filters=labels.of_cluster(cluster)) == []
    left = {v["Name"] for v in engine.call("volumes", filters={"label": [labels.CLUSTER]})["Volumes"] or []}
    assert f"{cluster}-data" not in left
    assert f"{other}-data" in left


def test_clusters_are_found_by_their_labels(engine, runtime, cluster):
    """How many containers, how many of them running, whose, and controlled by whom."""
    runtime.lock()
    run(runtime, ContainerSpec("web-1", WEB))
    runtime.create(ContainerSpec("web-2", WEB))
    found = next(c for c in find_clusters(engine) if c.name == cluster)
    assert (found.owner, len(found.containers), found.running) == ("a-test", 2, 1)
    assert f"pid {os.getpid()}" in found.holder


# The lock.

HOLD = """
import os, sys, time
from mini_k8s.runtimes.docker import DockerRuntime
runtime = DockerRuntime(sys.argv[1])
runtime.lock()
{then}
print("held", flush=True)
time.sleep(1000)
"""


@pytest.fixture
def hold():
    """``hold(cluster)`` is another process that holds the lock."""
    processes = []

    def start(cluster, then=""):
        process = subprocess.Popen([sys.executable, "-c", HOLD.format(then=then), cluster], stdout=subprocess.PIPE,
                                   text=True)
        processes.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()


def take(runtime):
    """Take the lock as soon as it can be had."""
    def attempt():
        runtime.lock()
        return True
    eventually(attempt, within=10, because="its holder is dead")


def test_a_holder_that_is_killed_frees_its_lock(runtime, hold, cluster):
    """kill -9, and nobody has to wait for a timeout or clean up by hand."""
    holder = hold(cluster)
    with pytest.raises(Conflict, match=rf"pid {holder.pid} since .*mini-k8s down --name {cluster}"):
        runtime.lock()
    holder.kill()
    take(runtime)


def test_children_of_the_holder_do_not_keep_its_lock(runtime, hold, cluster):
    """A forked child that lives on, and a program that was started, have nothing of the holder's connection."""
    children = "pid = os.fork() or (time.sleep(60), os._exit(0))\nimport subprocess; subprocess.Popen(['sleep', '60'])"
    hold(cluster, children).kill()
    take(runtime)


def test_a_fork_does_not_free_the_lock_either(runtime, open_runtime, cluster):
    """The child closes its copies; its parent goes on holding."""
    runtime.lock()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    with pytest.raises(Conflict):
        open_runtime(cluster).lock()
    runtime.list()


def test_a_lock_that_the_engine_lost_is_taken_again(engine, runtime, open_runtime, cluster):
    """An engine that starts anew kills the lock while its holder lives; the next look brings it back."""
    runtime.lock()
    for harm in ("kill", "remove_container"):
        engine.call(harm, f"{cluster}.lock", **({"force": True} if harm != "kill" else {}))
        eventually(lambda: list(runtime.list()) == [], because="a look takes it again")
        with pytest.raises(Conflict):
            open_runtime(cluster).lock()


def test_who_lost_the_lock_to_another_stops_looking(engine, runtime, open_runtime, cluster):
    """Two control planes never act on one label: the first is told that the second has it now."""
    runtime.lock()
    engine.call("kill", f"{cluster}.lock")
    second = open_runtime(cluster)
    take(second)
    for _ in range(2):
        with pytest.raises(Conflict, match="is controlled by"):
            runtime.list()
    second.list()
    second.close()
    runtime.list()  # and when the second is gone, the first is back


def test_down_tells_the_living_holder(engine, runtime, open_runtime, cluster):
    """Else its loop would start again what was just removed."""
    runtime.lock()
    run(runtime, ContainerSpec("web-1", WEB))
    remove_cluster(engine, cluster)
    for _ in range(2):
        with pytest.raises(Conflict, match=r"was removed by `mini-k8s down`.*lock it anew"):
            runtime.list()
    assert engine.call("containers", all=True, filters=labels.of_cluster(cluster)) == []
    runtime.lock()
    assert list(runtime.list()) == []


def test_a_lock_whose_maker_died_before_starting_it_is_cleared_away(engine, runtime, cluster):
    """Killed between create and start, it would stand there for ever."""
    abandoned = engine.call("create_container", BASE, ["cat"], name=f"{cluster}.lock", labels={
        labels.CLUSTER: cluster, labels.KIND: "lock"})["Id"]
    runtime.lock()
    assert not any(c["Id"] == abandoned for c in engine.call("containers", all=True))


def test_a_stranger_with_the_locks_name_is_left_alone(engine, runtime, stranger, cluster):
    """It is no lock of ours, so it is neither taken over nor removed."""
    id = stranger(f"{cluster}.lock")
    with pytest.raises(Conflict, match="docker rm -f"):
        runtime.lock()
    runtime.down()
    assert is_running(engine, id)


# Streams and commands.


def test_a_silent_stream_ends(runtime):
    """A connection that died without a word looks like a quiet cluster; so silence ends it, and one looks again."""
    runtime.silence = 0.2
    assert list(runtime.events()) == []


def test_logs_that_are_followed_can_be_closed(runtime):
    """From another thread, while nothing is printed."""
    id = run(runtime, ContainerSpec("talker", BASE, ["sh", "-c", "echo one; sleep 1000"]))
    logs, heard = runtime.logs(id, follow=True), []
    thread = threading.Thread(target=lambda: [heard.append(piece) for piece in logs], daemon=True)
    thread.start()
    eventually(lambda: heard == [b"one\n"])
    logs.close()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize("command", ["sleep 1000", "while :; do echo x; sleep 0.05; done", "yes"],
                         ids=["silent", "slow talker", "flood"])
def test_a_command_that_does_not_end_is_given_up(runtime, command):
    """In bounded time and memory, whether it says nothing, a little, or more than anybody wants."""
    id = run(runtime, ContainerSpec("web-1", WEB))
    with pytest.raises(Timeout, match=r"did not end within 0\.5 s"):
        runtime.exec(id, ["sh", "-c", command], timeout=0.5)


def test_long_output_comes_back_whole(runtime):
    """Also when it needs many frames, and both streams."""
    id = run(runtime, ContainerSpec("web-1", WEB))
    result = runtime.exec(id, ["sh", "-c", "seq 20000; seq 5 >&2"])
    assert result.exit_code == 0
    assert len(result.output) == len("".join(f"{n}\n" for n in [*range(1, 20001), *range(1, 6)]))


def test_a_container_that_does_not_run_executes_nothing(runtime):
    """A probe's failure counts only when its container runs."""
    with pytest.raises(Conflict):
        runtime.exec(runtime.create(ContainerSpec("web-1", WEB)), ["true"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts in /proc")
def test_no_connection_is_left_open(runtime):
    """docker-py keeps one for each path it was asked for; of these there are few, however much we ask."""
    id = run(runtime, ContainerSpec("web-1", WEB))

    def use():
        runtime.exec(id, ["true"])
        list(runtime.logs(id))
        runtime.events().close()
        runtime.list()
        gc.collect()
        return len(os.listdir("/proc/self/fd"))

    before = max(use() for _ in range(3))
    for _ in range(10):
        assert use() <= before + 1


# Images.


def test_the_story_app_answers_with_its_name(runtime):
    """The name of the pod where there is one, else of the container; and it counts its visits."""
    specs = [ContainerSpec("web-1", WEB, ports=[8080]),
             ContainerSpec("web-2", "mini-k8s/web:2", ports=[8080], env={"POD_NAME": "a-pod"})]
    for spec in specs:
        run(runtime, spec)
    one, two = (f"http://127.0.0.1:{o.ports[8080]}" for o in runtime.list())
    eventually(lambda: _answers(one) and _answers(two))
    assert [get(f"{one}/"), get(f"{one}/"), get(f"{two}/")] == ["web-1\n", "web-1\n", "a-pod\n"]
    assert [get(f"{one}/visits/").strip(), get(f"{two}/visits").strip()] == ["2", "1"]
    assert [get(f"{url}/version").strip() for url in (one, two)] == ["1", "2"]
    assert get(f"{one}/healthz") == "ok\n"


def _answers(url):
    try:
        return get(f"{url}/healthz")
    except OSError:
        return ""


def test_the_story_app_can_be_used_as_a_shell(engine, runtime):
    """A CMD and no ENTRYPOINT, and the tools that the chapters use."""
    config = engine.call("inspect_image", WEB)["Config"]
    assert (config["Cmd"], config["Entrypoint"], list(config["ExposedPorts"])) == (["web"], None, ["8080/tcp"])
    assert not config["Labels"], "an image's labels would be its containers' labels"
    id = run(runtime, ContainerSpec("shell", WEB, ["sleep", "1000"]))
    tools = ["sh", "sleep", "cat", "wget", "nc", "ls", "ps", "kill", "hostname"]
    assert runtime.exec(id, ["which", *tools]).exit_code == 0


def test_images_are_made_once_and_never_overwritten(engine, runtime, monkeypatch):
    """What the catalogue lacks is said with the command that makes it; what is there stays, whatever it is."""
    name = "mini-k8s/test:2"
    monkeypatch.setitem(CATALOGUE, name, Image(name, "", {"etc/test": (0o644, "one")}, ('CMD ["cat", "/etc/test"]',)))
    with pytest.raises(NotFound, match="mini-k8s images prepare"):
        runtime.create(ContainerSpec("job", name))
    try:
        assert list(runtime.prepare(name)) == [name]
        id = engine.call("inspect_image", name)["Id"]
        monkeypatch.setitem(CATALOGUE, name, Image(name, "", {"etc/test": (0o644, "two")}, ()))
        assert list(runtime.prepare(name)) == []
        assert engine.call("inspect_image", name)["Id"] == id
        job = run(runtime, ContainerSpec("job", name))
        eventually(lambda: b"".join(runtime.logs(job)) == b"one")
    finally:
        runtime.down()
        engine.call("remove_image", name)
    with pytest.raises(NotFound, match="There are: mini-k8s/base:1"):
        runtime.prepare("mini-k8s/no:1")


def test_the_hosts_busybox_is_used_only_where_it_would_run(monkeypatch, tmp_path):
    """Not one for another machine, and not one that needs libraries which the image lacks."""
    program = tmp_path / "busybox"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert images.host_busybox(os.uname().machine) is None
    program.write_bytes(b"\x7fELF" + bytes(60))
    program.chmod(0o755)
    monkeypatch.setattr(sys, "platform", "linux")
    assert images.host_busybox(os.uname().machine) == program
    assert images.host_busybox("s390x") is None
    program.write_bytes(b"\x7fELF" + bytes(60) + b"/lib64/ld-linux-x86-64.so.2\0")
    assert images.host_busybox(os.uname().machine) is None
    monkeypatch.setattr(sys, "platform", "darwin")
    assert images.host_busybox(os.uname().machine) is None
    assert images.busybox_command() == "docker pull busybox"

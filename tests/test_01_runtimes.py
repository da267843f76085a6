"""Chapter 1: is every runtime a runtime? One suite of promises, run on each of them.

What a caller may rely on stands here, and nothing else: a new runtime is done when it passes. ``Docker``, ``Processes``
and ``Simulated`` (``places.py``) say only how to get the few containers that the suite needs.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from helpers import eventually, new_name
from places import NEW_WEB, WEB, Docker, Processes, Simulated, run, seen, web, when

from mini_k8s.containers import ByName
from mini_k8s.control_loop import ControlLoop
from mini_k8s.errors import AlreadyExists, Conflict, Invalid, NotFound
from mini_k8s.runtimes import EXEC, LOGS, SHARED_NETWORK, ContainerSpec, SandboxSpec, check_name
from mini_k8s.runtimes.hints import Hints


@pytest.fixture(params=[Docker, Processes, Simulated], ids=["docker", "process", "simulated"])
def place(request):
    place = request.param()
    yield place
    place.close()


@pytest.fixture
def runtime(place):
    return place.open()


# What is there.


def test_nothing_is_there_at_first(runtime):
    """A new cluster is empty, whatever else the engine runs."""
    assert list(runtime.list()) == []


def test_a_container_is_created_then_started(runtime):
    """Creating and starting are two steps, and what is listed says how far it is."""
    before = time.monotonic() if runtime.name == "simulated" else time.time()
    id = runtime.create(web(labels={"app": "web", "tier/x": "<b>"}))
    created = seen(runtime, id)
    assert (created.id, created.name, created.kind, created.image) == (id, "web-1", "container", WEB)
    assert (created.state, created.alive, created.exit_code, created.started_at) == ("created", False, None, None)
    runtime.start(id)
    running = when(runtime, id, "running")
    assert running.alive
    assert before - 2 < running.created_at < running.started_at + 1
    assert (running.exit_code, running.finished_at) == (None, None)
    assert running.labels == {"app": "web", "tier/x": "<b>"}, "its own labels, and none of the runtime's"
    assert running.address


def test_starting_a_running_one_does_nothing(runtime):
    """A start that is repeated, because its answer was lost, makes no double."""
    id = run(runtime, web())
    runtime.start(id)
    assert [o.id for o in runtime.list()] == [id]


def test_the_oldest_comes_first(runtime):
    """The order of the list is the order of creation."""
    ids = [runtime.create(web(f"web-{n}")) for n in (3, 1, 2)]
    assert [o.id for o in runtime.list()] == ids


# Creating twice.


def test_the_same_create_twice_gives_one_container(runtime):
    """A create whose answer was lost can be repeated: the second finds what the first made."""
    spec = web(labels={"a": "1"}, env={"B": "2"})
    assert runtime.create(spec) == runtime.create(spec)
    assert len(runtime.list()) == 1


def test_eight_at_once_still_make_one(runtime):
    """Only one create can win a name; all get its container."""
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: runtime.create(web()), range(8)))
    assert [o.id for o in runtime.list()] == list(ids)


@pytest.mark.parametrize("other", [
    web(env={"A": "2"}), web(labels={"b": "2"}), web(command=["sleep", "1"]), ContainerSpec("web-1", NEW_WEB)],
    ids=["env", "labels", "command", "image"])
def test_another_spec_under_the_same_name_and_attempt_is_refused(runtime, other):
    """Nobody gets a container that is not what was asked for, and the one that was there stays as it was."""
    id = runtime.create(web())
    with pytest.raises(AlreadyExists, match="web-1"):
        runtime.create(other)
    assert [(o.id, o.image) for o in runtime.list()] == [(id, WEB)]


def test_attempts_are_containers_of_their_own(runtime):
    """The dead one keeps its exit code beside its successor."""
    first, second = run(runtime, web()), run(runtime, web(attempt=1))
    runtime.stop(first, grace=0)
    when(runtime, first, "exited")
    assert [(o.id, o.attempt, o.alive) for o in runtime.list()] == [(first, 0, False), (second, 1, True)]


# Ending.


def test_killed_is_137(runtime):
    """Grace 0 is SIGKILL: 128 + 9."""
    id = run(runtime, web())
    runtime.stop(id, grace=0)
    dead = when(runtime, id, "exited")
    assert (dead.exit_code, dead.alive) == (137, False)
    assert dead.started_at <= dead.finished_at


def test_stopped_politely_it_ends_by_itself(place, runtime):
    """The story's app hears SIGTERM and ends well, long before the grace is over."""
    id = run(runtime, web())
    if EXEC in runtime.can:  # told before it listens, a shell would just die
        eventually(lambda: place.listens(runtime, id), because="it answers")
    runtime.stop(id, grace=20)
    assert when(runtime, id, "exited").exit_code == 0


@pytest.mark.parametrize("code", [0, 3])
def test_one_that_ends_by_itself_leaves_its_exit_code(place, runtime, code):
    """It stays in the list until somebody removes it; the runtime restarts nothing."""
    id = run(runtime, place.ends_with("job", code))
    assert when(runtime, id, "exited").exit_code == code
    assert [o.attempt for o in runtime.list()] == [0]


@pytest.mark.parametrize("grace", [0, 1])
def test_stopping_what_does_not_run_does_nothing(runtime, grace):
    """Created only, stopped already, gone: all are stopped."""
    id = runtime.create(web())
    runtime.stop(id, grace)
    assert seen(runtime, id).state == "created"
    runtime.start(id)
    runtime.stop(id, 0)
    runtime.stop(id, grace)
    runtime.remove(id)
    runtime.stop(id, grace)


def test_removing_ends_it_and_frees_its_name(runtime):
    """Running or not, once removed it is gone, and the same can be made again."""
    id = run(runtime, web())
    runtime.remove(id)
    eventually(lambda: not runtime.list(), because="it was removed")
    assert runtime.create(web()) != id


def test_removing_what_is_gone_does_nothing(runtime):
    """Two cleaners may meet."""
    id = runtime.create(web())
    runtime.remove(id)
    runtime.remove(id)
    runtime.remove("0" * 64)


# Refusals.


def test_a_missing_image_is_said_with_what_to_do(runtime):
    """Nothing half made is left."""
    with pytest.raises(NotFound, match="no image 'mini-k8s/none:7'"):
        runtime.create(ContainerSpec("web-1", "mini-k8s/none:7"))
    assert list(runtime.list()) == []


def test_what_cannot_be_started_stays_created(place, runtime):
    """The failure is told to whoever asked, as often as he asks; one attempt is kept, not many."""
    id = runtime.create(place.cannot_start("bad"))
    for _ in range(2):
        with pytest.raises(Invalid):
            runtime.start(id)
    assert [(o.id, o.state) for o in runtime.list()] == [(id, "created")]


@pytest.mark.parametrize("name", ["", "Web", "-web", "web-", "a.b", "a/b", "../web", "<script>", "a b", "a\n", "ä",
                                  "a" * 64, None, 7])
def test_names_that_would_escape_are_refused(runtime, name):
    """A name stands in labels, paths, shells and pages, so it is a DNS label or nothing is made."""
    for make in (lambda: runtime.create(ContainerSpec(name, WEB)), lambda: runtime.create_sandbox(SandboxSpec(name)),
                 lambda: type(runtime)(name), lambda: check_name(name)):
        with pytest.raises(Invalid, match=r"is not allowed\. Use"):
            make()
    assert list(runtime.list()) == []


@pytest.mark.parametrize("spec", [
    web(command="sleep 60"), web(command=["sleep", 60]), web(env={"A=B": "1"}), web(env={"": "1"}), web(ports=[0]),
    web(ports=["80"])], ids=["a shell string", "a number", "= in a name", "no name", "port 0", "port as text"])
def test_what_cannot_be_meant_is_refused(runtime, spec):
    """With the value and what would be right; nothing is made."""
    with pytest.raises(Invalid, match=r"web-1 has .*\. (Give|A) "):
        runtime.create(spec)
    assert list(runtime.list()) == []


def test_an_unknown_id_is_not_found(runtime):
    """Also in a cluster that has other containers."""
    runtime.create(web())
    with pytest.raises(NotFound):
        runtime.start("0" * 64)


# Sandboxes.


def test_joined_containers_share_the_sandbox(runtime):
    """A pod: one address, and containers that reach each other on localhost."""
    sandbox = runtime.create_sandbox(SandboxSpec("pod", hostname="a-host", labels={"pod": "1"}))
    assert runtime.create_sandbox(SandboxSpec("pod", hostname="a-host", labels={"pod": "1"})) == sandbox
    app = run(runtime, web("app", env={"POD_NAME": "pod"}), sandbox)
    helper = run(runtime, ContainerSpec("helper", WEB, ["sleep", "1000"]), sandbox)
    home, *joined = runtime.list()
    assert (home.id, home.kind, home.state, home.labels) == (sandbox, "sandbox", "running", {"pod": "1"})
    assert [(o.id, o.kind, o.state, o.sandbox) for o in joined] == [
        (app, "container", "running", sandbox), (helper, "container", "running", sandbox)]
    assert {o.address for o in joined} == {home.address}
    if SHARED_NETWORK in runtime.can:
        ask = ["wget", "-qO-", "http://127.0.0.1:8080/"]
        eventually(lambda: runtime.exec(helper, ask).output == b"pod\n", because="localhost is shared")
        assert runtime.exec(helper, ["hostname"]).output == b"a-host\n"


def test_pods_of_one_cluster_reach_each_other(runtime):
    """Two sandboxes are on one network, with an address each."""
    one, two = (runtime.create_sandbox(SandboxSpec(f"pod-{n}")) for n in (1, 2))
    run(runtime, web("app"), one)
    other = run(runtime, web("app"), two)  # the same name, in another pod
    addresses = {o.id: o.address for o in runtime.list()}
    assert addresses[one] != addresses[two]
    if SHARED_NETWORK in runtime.can:
        ask = ["wget", "-qO-", f"http://{addresses[one]}:8080/"]
        eventually(lambda: runtime.exec(other, ask).output == b"pod-1\n", because="pods reach each other")


def test_removing_a_sandbox_leaves_what_joined_it(runtime):
    """It decides nothing about others: whoever removes a pod removes its containers."""
    sandbox = runtime.create_sandbox(SandboxSpec("pod"))
    app = run(runtime, web("app"), sandbox)
    runtime.remove(sandbox)
    eventually(lambda: [o.id for o in runtime.list()] == [app])


def test_a_sandbox_that_is_dead_or_gone_cannot_be_joined(runtime):
    """A container that joined it would run without a network."""
    sandbox = runtime.create_sandbox(SandboxSpec("pod"))
    runtime.stop(sandbox, grace=0)
    when(runtime, sandbox, "exited")
    with pytest.raises(Conflict, match="Make a new sandbox"):
        runtime.create(web("app"), sandbox)
    runtime.remove(sandbox)
    eventually(lambda: not runtime.list())
    with pytest.raises(NotFound):
        runtime.create(web("app"), sandbox)


def test_ports_belong_to_the_sandbox(runtime):
    """A joined container has no network of its own to publish from."""
    sandbox = runtime.create_sandbox(SandboxSpec("pod"))
    with pytest.raises(Invalid, match="Give them to the sandbox"):
        runtime.create(web("app", ports=[8080]), sandbox)


# Events.


def collect(runtime):
    """Everything that is heard from now on, in a list that grows; and the thread that ends with the stream."""
    heard, stream = [], runtime.events()
    thread = threading.Thread(target=lambda: heard.extend(()) or [heard.append(e) for e in stream], daemon=True)
    thread.start()
    return heard, stream, thread


def test_what_happens_is_heard(runtime):
    """Created, started, died with its exit code, removed: as hints, but in the order of happening."""
    heard, stream, _ = collect(runtime)
    id = run(runtime, web())
    runtime.stop(id, grace=0)
    when(runtime, id, "exited")
    runtime.remove(id)
    kinds = ["created", "started", "died", "removed"]
    eventually(lambda: [e.kind for e in heard] == kinds, because="four things happened", shows=lambda: heard)
    assert {(e.id, e.name) for e in heard} == {(id, "web-1")}
    assert [e.exit_code for e in heard] == [None, None, 137, None]
    stream.close()


def test_other_clusters_are_not_heard(place, runtime):
    """Two loops on one engine do not wake each other."""
    heard, stream, _ = collect(runtime)
    place.open().create(web("theirs"))
    runtime.create(web("ours"))
    eventually(lambda: heard)
    assert [e.name for e in heard] == ["ours"]
    stream.close()


def test_a_stream_that_is_closed_ends(runtime):
    """Also for the thread that waits in it; closing twice does no harm."""
    _, stream, thread = collect(runtime)
    stream.close()
    thread.join(10)
    assert not thread.is_alive()
    stream.close()
    assert list(stream) == []


# Clusters beside each other.


def test_clusters_do_not_see_or_touch_each_other(place, runtime):
    """The same name in two clusters is two containers, and an id is worth something in its own cluster only."""
    other = place.open()
    ours, theirs = run(runtime, web()), run(other, web())
    assert ours != theirs
    assert [o.id for o in runtime.list()] == [ours]
    with pytest.raises(NotFound):
        runtime.start(theirs)
    runtime.stop(theirs, grace=0)
    runtime.remove(theirs)
    assert [(o.id, o.alive) for o in other.list()] == [(theirs, True)]


def test_down_removes_all_of_one_cluster_and_nothing_else(place, runtime):
    """It says how many things it removed, and can be repeated."""
    other = place.open()
    kept = run(other, web())
    run(runtime, web())
    runtime.create(web("only-created"))
    run(runtime, web("app"), runtime.create_sandbox(SandboxSpec("pod")))
    assert runtime.down() >= 4
    assert list(runtime.list()) == []
    assert runtime.down() == 0
    assert [(o.id, o.alive) for o in other.list()] == [(kept, True)]


# The lock.


def test_one_name_has_one_control_plane(place, runtime):
    """The second is told who the first is and what to do; when the first gives back, the second may."""
    second = place.open(runtime.cluster)
    runtime.lock()
    runtime.lock()  # ours already
    with pytest.raises(Conflict, match=f"cluster '{runtime.cluster}' is controlled by"):
        second.lock()
    assert list(runtime.list()) == [], "a lock is nothing to see"
    place.open().lock()  # another name is another lock
    runtime.close()
    second.lock()


def test_down_gives_the_lock_back(place, runtime):
    """After it the name is as new."""
    runtime.lock()
    runtime.down()
    place.open(runtime.cluster).lock()


def test_of_eight_that_want_it_one_gets_it(place):
    """However close they come."""
    name = new_name()
    contenders = [place.open(name) for _ in range(4)]

    def try_it(runtime):
        try:
            runtime.lock()
        except Conflict:
            return 0
        return 1

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(try_it, contenders)) == 1


# What it printed, and commands inside.


def test_logs(place, runtime):
    """All of it, or the last lines."""
    if LOGS not in runtime.can:
        pytest.skip(f"{runtime.name} has no logs")
    id = run(runtime, place.prints("talker"))
    when(runtime, id, "exited")
    assert b"".join(runtime.logs(id)) == b"one\ntwo\nthree\n"
    assert b"".join(runtime.logs(id, tail=1)) == b"three\n"
    assert b"".join(runtime.logs(id, tail=0)) == b""
    with pytest.raises(NotFound):
        runtime.logs("0" * 64)


def test_exec(runtime):
    """A command's output and exit code; a missing program is an exit code too; where nothing runs, it is refused."""
    id = run(runtime, web())
    if EXEC not in runtime.can:
        with pytest.raises(Invalid, match="Use Docker"):
            runtime.exec(id, ["true"])
        return
    result = runtime.exec(id, ["sh", "-c", "echo out; exit 3"])
    assert (result.exit_code, result.output) == (3, b"out\n")
    assert runtime.exec(id, ["no-such-program"]).exit_code in (126, 127)


# A loop on it.


def test_news_of_one_container_is_no_reason_to_look_at_all(runtime):
    """Whoever looks only where something happened is told where; everything is looked at when a stream begins."""
    woken, told = [], []
    hints = Hints(runtime.events, lambda: woken.append("all"), where=told.append)
    try:
        eventually(lambda: woken, because="a stream has begun")
        id = runtime.create(ContainerSpec("web-1", WEB))
        runtime.start(id)
        eventually(lambda: ("started", id) in [(event.kind, event.id) for event in told])
        assert woken == ["all"]
    finally:
        hints.close()


def test_a_loop_brings_back_what_was_killed(runtime):
    """Chapter 2 whole: start what is missing, replace what is dead, stop what nobody wants any more."""
    desired = {"web-1": WEB, "web-2": WEB, "web-3": WEB}
    containers = ByName(runtime)
    with ThreadPoolExecutor(4) as hands:
        loop = ControlLoop(lambda: desired, containers.observe, containers.act, executor=hands, backoff=None)
        hints = Hints(runtime.events, loop.wake)
        try:
            loop.run()
            _until_as_wished(containers, desired, loop)
            victims = [o for o in runtime.list() if o.name != "web-2"]
            for victim in victims:
                runtime.stop(victim.id, grace=0)
            eventually(lambda: not {v.id for v in victims} & {o.id for o in runtime.list()}, because="dead ones go")
            _until_as_wished(containers, desired, loop)
            assert {o.name: o.attempt for o in runtime.list() if o.alive} == {"web-1": 1, "web-2": 0, "web-3": 1}
            del desired["web-3"]
            desired["web-1"] = NEW_WEB
            _until_as_wished(containers, desired, loop)
        finally:
            hints.close()
            loop.close()


def _until_as_wished(containers, desired, loop):
    eventually(lambda: containers.observe() == desired, because="the loop runs", shows=lambda: loop.latest)

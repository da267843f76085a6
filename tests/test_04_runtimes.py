"""Chapter 4: what pods need of a runtime. What it can, it does; what it cannot, it refuses, and never leaves out."""

import time

import pytest
from helpers import eventually
from places import WEB, Docker, Processes, Simulated, run, seen, web, when
from registry import Registry

from mini_k8s.errors import AlreadyExists, Conflict, Invalid, NotFound, ServiceUnavailable, Timeout
from mini_k8s.runtimes import (
    EXEC,
    LIMITS,
    LOG_TIMES,
    USERS,
    VOLUMES,
    ContainerSpec,
    Dns,
    HostPort,
    Mount,
    Resources,
    SandboxSpec,
    Security,
    VolumeSpec,
    check_image,
    check_spec,
    needs,
    without,
)
from mini_k8s.runtimes.images import BASE, CATALOGUE, Image

SLEEP = ["sleep", "1000"]


@pytest.fixture(params=[Docker, Processes, Simulated], ids=["docker", "process", "simulated"])
def place(request):
    place = request.param()
    yield place
    place.close()


@pytest.fixture
def runtime(place):
    return place.open()


@pytest.fixture
def docker():
    place = Docker()
    yield place.open()
    place.close()


def base(name="app", command=None, **more):
    return ContainerSpec(name, BASE, command or SLEEP, **more)


def said(runtime, id, *argv):
    """What a command inside the container prints."""
    result = runtime.exec(id, argv)
    assert result.exit_code == 0, result.output
    return result.output.decode()


def printed(runtime, spec, sandbox=None):
    """What a container prints until its end."""
    id = run(runtime, spec, sandbox)
    when(runtime, id, "exited")
    return b"".join(runtime.logs(id)).decode()


# Nothing is left out in silence.


TOO_MUCH = {
    "limits": base(resources=Resources(memory_limit=64 << 20)), "users": base(security=Security(user=1000)),
    "capabilities": base(security=Security(drop=["ALL"])), "read_only_root": base(
        security=Security(read_only_root=True)), "terminals": base(tty=True), "images": base(working_dir="/tmp"),
    "host_paths": base(mounts=[Mount("/data", host="/srv/data")]), "names": SandboxSpec("pod", dns=Dns(["10.0.0.1"])),
    "host_ports": SandboxSpec("pod", host_ports=[HostPort(80, 8080)]),
    "shared_processes": SandboxSpec("pod", share_processes=True), "messages": SandboxSpec("pod", messages=["app"])}


@pytest.mark.parametrize("ability", TOO_MUCH)
def test_what_a_runtime_cannot_do_it_refuses(runtime, ability):
    """It says what it lacks, and makes nothing; who asks for less gets it."""
    spec = TOO_MUCH[ability]
    assert needs(spec) == {ability}
    if ability in runtime.can:
        check_spec(spec, can=runtime.can)
        return
    make = runtime.create_sandbox if isinstance(spec, SandboxSpec) else runtime.create
    with pytest.raises(Invalid, match=f"{spec.name} asks for {ability}, which this runtime cannot do"):
        make(spec)
    assert list(runtime.list()) == []
    less = without(spec, runtime.can)
    assert not needs(less)
    make(less if isinstance(less, SandboxSpec) else web("less"))


def test_what_is_left_of_a_spec_is_the_rest_of_it():
    """Only what cannot be done goes."""
    spec = base(env={"A": "1"}, resources=Resources(cpu_limit=1, memory_limit=1 << 30), tty=True,
                security=Security(user=7, no_new_privileges=True),
                mounts=[Mount("/a", "volume"), Mount("/b", host="/srv/b")])
    assert needs(spec) == {"limits", "terminals", "users", "volumes", "host_paths"}
    assert without(spec, frozenset({USERS, VOLUMES})) == base(
        env={"A": "1"}, security=Security(user=7, no_new_privileges=True), mounts=(Mount("/a", "volume"),))
    assert without(spec, needs(spec)) == base(
        env={"A": "1"}, resources=spec.resources, tty=True, security=spec.security, mounts=tuple(spec.mounts))


def test_every_part_of_a_spec_is_somebodys_ability():
    """What is added to a spec is either done everywhere or asked for: never something that one runtime forgets."""
    everywhere = {"name", "image", "command", "args", "env", "labels", "ports", "attempt", "hostname", "mounts",
                  "resources", "security", "no_new_privileges"}
    from mini_k8s.runtimes import specs

    parts = (ContainerSpec, SandboxSpec, Resources, Security)
    assert {name for part in parts for name in part.__dataclass_fields__} == everywhere | set(specs._NEEDS)


@pytest.mark.parametrize("spec", [
    base(args="a b"), base(working_dir="tmp"), base(working_dir="/a/../b"), base(mounts=[Mount("data", "v")]),
    base(mounts=[Mount("/data/../etc", "v")]), base(mounts=[Mount("/data")]),
    base(mounts=[Mount("/a", "v", host="/b")]),
    base(mounts=[Mount("/a", "v"), Mount("/a/", "w")]), base(mounts=[Mount("/a", "v", sub_path="../x")]),
    base(mounts=[Mount("/a", "v", sub_path="/x")]), base(mounts=[Mount("/a", "v", sub_path="x//y")]),
    base(mounts=[Mount("/a\n", "v")]), base(mounts=[Mount("/a", host="/srv/x", sub_path="y")]),
    base(message="last"), base(message="/tmp/../etc/last"), base(message="/"), base(message="/a\nb"),
    SandboxSpec("pod", messages=["a b"]), SandboxSpec("pod", messages=["app"], share_processes=True),
    base(mounts=[Mount("/a", host="/srv/x", host_type="Socket")]), base(resources=Resources(cpu_limit=-1)),
    base(resources=Resources(memory_limit="1Gi")), base(security=Security(user="root")),
    base(security=Security(user=-1)), base(security=Security(group=5)), base(security=Security(add=["SYS_ADMIN"])),
    base(security=Security(add=["ALL"])), base(security=Security(drop=["sys_admin"])),
    SandboxSpec("pod", hosts={"10.0.0.1": ["a b"]}), SandboxSpec("pod", hosts={"10.0.0.1": ["a\n6.6.6.6 b"]}),
    SandboxSpec("pod", hosts={"somewhere": ["a"]}), SandboxSpec("pod", dns=Dns(searches=["a\nb"])),
    SandboxSpec("pod", dns=Dns(servers=["one"])), SandboxSpec("pod", dns=Dns(options=["a b"])),
    SandboxSpec("pod", host_ports=[HostPort(80, 0)]), SandboxSpec("pod", host_ports=[HostPort(80, 80, "SCTP")]),
    SandboxSpec("pod", host_ports=[HostPort(80, 80, address="here")])], ids=repr)
def test_what_would_reach_out_or_cannot_be_meant_is_refused(spec):
    """Before any runtime is asked: paths that climb, lines that continue, rights that lead out."""
    with pytest.raises(Invalid, match=r"\. \w"):
        check_spec(spec)


@pytest.mark.parametrize("name", [
    "web", "mini-k8s/web:1", "localhost:5000/a/b_c:v1.2", "ghcr.io/a/b@sha256:" + "a" * 64])
def test_names_of_images(name):
    assert check_image(name) == name


@pytest.mark.parametrize("name", [
    "Web", "", "a b", "a:", "https://a/b", "a/B:1", "-a", "a@sha256:12", "a\n", "a:b:c", 7])
def test_names_that_no_image_can_have(runtime, name):
    """Kubernetes says InvalidImageName; nobody is asked for it."""
    for ask in (check_image, runtime.image, runtime.pull):
        with pytest.raises(Invalid, match="cannot be the name of an image"):
            ask(name)


# Images.


def test_an_image_is_here_or_it_is_not(runtime):
    """Asked before each container, and what the image says of its user counts for who may run it."""
    found = runtime.image(WEB)
    assert found.id
    assert found.user == ""
    assert runtime.image("mini-k8s/none:7") is None


def test_pulling_one_of_ours_makes_it(runtime):
    """Always is a policy that works without a network for the workshop's images."""
    runtime.pull(WEB)
    assert runtime.image(WEB)


def test_an_image_tells_its_user(docker, monkeypatch):
    """Whoever may not be root asks before he starts."""
    monkeypatch.setitem(CATALOGUE, "mini-k8s/user:1", Image("mini-k8s/user:1", "", {}, ("USER 1000",)))
    docker.prepare("mini-k8s/user:1")
    try:
        assert docker.image("mini-k8s/user:1").user == "1000"
    finally:
        docker.engine.call("remove_image", "mini-k8s/user:1")


@pytest.fixture
def registry(docker):
    """A registry on this machine that has ``app:1``; the engine gets to it over its own loopback."""
    with Registry(docker.engine, BASE, "app", "1") as registry:
        yield registry
        for tag in ("1", "latest"):
            if docker.image(f"{registry.host}/app:{tag}"):
                docker.engine.call("remove_image", f"{registry.host}/app:{tag}")


def test_an_image_is_pulled_from_its_registry(docker, registry):
    """And then it is one like any other, known by its digest too."""
    name = f"{registry.host}/app:1"
    assert docker.image(name) is None
    docker.pull(name)
    assert docker.image(name).digests[0].startswith(f"{registry.host}/app@sha256:")
    run(docker, ContainerSpec("app", name, SLEEP))


def test_an_image_that_no_registry_has_is_not_found(docker, registry):
    """By tag and by name; a name without a tag means the latest, not all of them."""
    for name in (f"{registry.host}/app:2", f"{registry.host}/other:1", f"{registry.host}/app"):
        with pytest.raises(NotFound, match="the registry has no image"):
            docker.pull(name)
    assert all("latest" in path or "/2" in path or "/other/" in path or path == "/v2/" for path in registry.asked)


def test_a_registry_that_is_not_there_is_said_in_time(docker):
    """What to do without a network is said too."""
    with pytest.raises(ServiceUnavailable, match=r"could not be pulled .* Is there a network.*IfNotPresent"):
        docker.pull("127.0.0.1:9/app:1")


def test_a_registry_that_says_nothing_is_not_waited_for(docker):
    """A pull ends after its time, whatever the other side does."""
    with Registry(docker.engine, BASE, "app", "1", silent=True) as registry:
        began = time.monotonic()
        with pytest.raises(Timeout, match="did not come within 1 s"):
            docker.pull(f"{registry.host}/app:1", timeout=1)
        assert time.monotonic() - began < 10


# Looking.


def test_only_those_that_are_asked_for(runtime):
    """Who knows what changed need not look at all; what is gone is not there."""
    ids = [runtime.create(web(f"web-{n}")) for n in range(4)]
    assert [o.id for o in runtime.list(ids=[ids[2], ids[0]])] == [ids[0], ids[2]], "the oldest first"
    assert list(runtime.list(ids=[])) == []
    runtime.remove(ids[0])
    eventually(lambda: not runtime.list(ids=[ids[0]]))
    assert [o.id for o in runtime.list(ids=[ids[0], ids[1], "0" * 64])] == [ids[1]]


def test_one_that_is_asked_for_looks_as_it_does_among_all(runtime):
    """Also a joined one, whose address is its sandbox's."""
    sandbox = runtime.create_sandbox(SandboxSpec("pod"))
    app = run(runtime, web(), sandbox)
    when(runtime, app, "running")
    runtime.list()
    assert list(runtime.list(ids=[app])) == [seen(runtime, app)]


def test_asking_for_some_is_one_call_with_the_lock_held(docker):
    """A look at one pod costs what it should, and still notices that the name was taken away."""
    docker.lock()
    id = run(docker, web())
    docker.list()
    calls, call = [], docker.engine.call
    docker.engine.call = lambda method, *args, **kwargs: calls.append(method) or call(method, *args, **kwargs)
    assert [o.id for o in docker.list(ids=[id])] == [id]
    assert calls == ["containers"]
    del docker.engine.call


def test_why_it_could_not_be_started_is_seen(place, runtime):
    """By those who look, not only by the one who tried."""
    id = runtime.create(place.cannot_start("bad"))
    assert seen(runtime, id).message == ""
    with pytest.raises(Invalid, match="bad cannot be started"):
        runtime.start(id)
    assert seen(runtime, id).message
    if runtime.name == "docker":  # also by a program that came later
        assert "no-such-program" in seen(place.open(runtime.cluster), id).message


@pytest.mark.parametrize(("spec", "why"), [
    (base(command=["no-such-program"]), "executable file not found"), (base(command=["/etc/passwd"]), "permission"),
    (base(mounts=[Mount("/etc/passwd", "v")]), "mount")], ids=["no program", "no permission", "onto a file"])
def test_what_is_wrong_with_it_is_told_from_what_is_wrong_with_the_engine(docker, spec, why):
    """The first is the user's to mend; the second goes by itself. One attempt stays, created, with the reason."""
    sandbox, volume = pod(docker, VolumeSpec("pod", "v"))
    spec = without(spec, docker.can - {VOLUMES}) if not spec.mounts else base(mounts=[Mount("/etc/passwd", volume)])
    id = docker.create(spec, sandbox)
    with pytest.raises(Invalid, match=why):
        docker.start(id)
    assert (seen(docker, id).state, why in seen(docker, id).message) == ("created", True)


def test_a_start_after_its_sandbox_died_is_a_conflict(docker):
    """Between create and start a sandbox may die; a container without a network must not run."""
    sandbox = docker.create_sandbox(SandboxSpec("pod"))
    app, late = docker.create(web("app"), sandbox), docker.create(web("late"), sandbox)
    docker.stop(sandbox, 0)
    with pytest.raises(Conflict, match="Make a new sandbox"):
        docker.start(app)
    docker.remove(sandbox)
    with pytest.raises(Conflict, match="Make a new sandbox"):
        docker.start(late)


# What it runs.


@pytest.fixture
def image(docker, monkeypatch):
    """An image with an entrypoint and a command of its own, a working directory and a user."""
    name = "mini-k8s/both:1"
    monkeypatch.setitem(CATALOGUE, name, Image(name, "", {}, ('ENTRYPOINT ["echo", "entry"]', 'CMD ["cmd"]')))
    docker.prepare(name)
    yield name
    docker.down()
    docker.engine.call("remove_image", name)


@pytest.mark.parametrize(("command", "args", "says"), [
    (None, [], "entry cmd"), (["echo", "mine"], [], "mine"), (None, ["args"], "entry args"),
    (["echo", "mine"], ["args"], "mine args")], ids=["neither", "command", "args", "both"])
def test_command_and_args_combine_as_in_kubernetes(docker, image, command, args, says):
    """Its table of entrypoint and command, row by row: a command alone drops the image's arguments too."""
    assert printed(docker, ContainerSpec("app", image, command, args=args)) == f"{says}\n"


def test_args_are_the_words_after_the_command(runtime):
    """On every runtime that runs something."""
    id = run(runtime, base(command=["echo", "one"], args=["two", "a  b"])) if EXEC in runtime.can else ""
    if id:
        when(runtime, id, "exited")
        assert b"".join(runtime.logs(id)) == b"one two a  b\n"
    else:  # where nothing runs there is nothing to see, but they are part of what it is
        runtime.create(web(args=["a"]))
        with pytest.raises(AlreadyExists):
            runtime.create(web(args=["b"]))


def test_it_works_where_it_is_told_to(docker):
    assert printed(docker, base(command=["pwd"], working_dir="/tmp")) == "/tmp\n"


def test_standard_input_stays_open_if_asked(docker):
    """Else it is at its end, and who reads it ends."""
    id = run(docker, base(command=["cat"], stdin=True))
    when(docker, run(docker, base("closed", command=["cat"])), "exited")
    assert seen(docker, id).alive


def test_a_terminal_is_one_and_its_log_can_be_read(docker):
    """What a terminal prints comes without the engine's frames."""
    assert printed(docker, base(command=["sh", "-c", "test -t 1 && echo yes"], tty=True)) == "yes\r\n"
    id = run(docker, base("later", command=["echo", "hello"], tty=True))
    when(docker, id, "exited")
    place = Docker()
    other = place.open(docker.cluster)  # a program that did not make it reads it as well
    assert b"".join(other.logs(id)) == b"hello\r\n"
    other.close()


# Logs.


def test_logs_end_after_so_many_bytes(place, runtime):
    id = run(runtime, place.prints("talker"))
    when(runtime, id, "exited")
    for limit, text in ((0, b""), (5, b"one\nt"), (1000, b"one\ntwo\nthree\n")):
        assert b"".join(runtime.logs(id, limit=limit)) == text


def test_logs_tell_when_each_line_was_printed(place, runtime):
    """Kubernetes' form, and only from a moment on if asked; without times, who asks for them is told."""
    id = run(runtime, place.prints("talker"))
    ended = when(runtime, id, "exited")
    if LOG_TIMES not in runtime.can:
        with pytest.raises(Invalid, match="use Docker"):
            runtime.logs(id, timestamps=True)
        return
    lines = b"".join(runtime.logs(id, timestamps=True)).decode().splitlines()
    times, words = zip(*(line.split(" ", 1) for line in lines), strict=True)
    assert words == ("one", "two", "three")
    assert all(t.endswith("Z") and t[10] == "T" for t in times)
    assert list(times) == sorted(times)
    assert b"".join(runtime.logs(id, since=ended.started_at - 60)) == b"one\ntwo\nthree\n"
    assert b"".join(runtime.logs(id, since=ended.finished_at + 60)) == b""


# Limits.


def test_memory_has_its_limit(docker):
    """Who wants more is killed, and the reason is seen: 137 alone does not tell."""
    eats = base(command=["sh", "-c", "x=a; while :; do x=$x$x; done"], resources=Resources(memory_limit=16 << 20))
    dead = when(docker, run(docker, eats), "exited")
    assert (dead.exit_code, dead.oom_killed) == (137, True)
    killed = run(docker, web("killed", resources=Resources(memory_limit=16 << 20)))
    docker.stop(killed, 0)
    dead = when(docker, killed, "exited")
    assert (dead.exit_code, dead.oom_killed) == (137, False)


def test_a_child_that_was_killed_is_not_the_container(docker):
    """The engine says OOMKilled of both; only the one that ended by it was."""
    spec = base(command=["sh", "-c", "sh -c 'x=aaaaaaaa; while :; do x=$x$x; done'; exit 3"],
                resources=Resources(memory_limit=16 << 20))
    dead = when(docker, run(docker, spec), "exited")
    assert (dead.exit_code, dead.oom_killed) == (3, False)


def test_processors_have_their_limit_and_their_share(docker):
    """A limit may be more than this machine has, as in Kubernetes; a request is a share."""
    id = run(docker, base(resources=Resources(cpu_limit=64.5, cpu_request=0.25, pids_limit=7)))
    host = docker.engine.call("inspect_container", id)["HostConfig"]
    assert (host["CpuQuota"] / host["CpuPeriod"], host["CpuShares"], host["PidsLimit"]) == (64.5, 256, 7)
    least = run(docker, base("least", resources=Resources(cpu_limit=0.001, cpu_request=0)))
    host = docker.engine.call("inspect_container", least)["HostConfig"]
    assert (host["CpuQuota"], host["CpuShares"]) == (1000, 2), "the least that the kernel takes"


def test_too_little_memory_to_begin_with_is_said(docker):
    with pytest.raises(Invalid, match="Minimum memory limit"):
        docker.create(base(resources=Resources(memory_limit=1000)))
    assert LIMITS in docker.can


# Who it is, and what it may.


def test_it_is_the_user_it_is_told_to_be(docker):
    its = Security(user=1234, group=2345, groups=[3456, 4567])
    assert printed(docker, base(command=["id", "-u"], security=its)) == "1234\n"
    assert printed(docker, base("g", command=["id", "-G"], security=its)) == "2345 3456 4567\n"


def test_its_own_files_can_be_read_only(docker):
    id = run(docker, base(security=Security(read_only_root=True)))
    assert b"Read-only" in docker.exec(id, ["touch", "/tmp/x"]).output


def test_capabilities_are_taken_and_given(docker):
    """Drop all, and add one: what is left is that one."""
    id = run(docker, base(security=Security(add=["NET_BIND_SERVICE"], drop=["ALL"], no_new_privileges=True)))
    status = said(docker, id, "cat", "/proc/1/status")
    assert f"CapEff:\t{1 << 10:016x}\n" in status
    assert "NoNewPrivs:\t1\n" in status


def test_a_sandbox_has_no_rights_at_all(docker):
    """It only waits; whoever gets into it got nothing."""
    id = docker.create_sandbox(SandboxSpec("pod"))
    assert "CapBnd:\t0000000000000000" in said(docker, id, "cat", "/proc/1/status")


# What a pod shares.


def pod(docker, *volumes, name="pod", **more):
    """A sandbox with these volumes: its id, and theirs."""
    ids = [docker.create_volume(spec) for spec in volumes]
    return docker.create_sandbox(SandboxSpec(name, volumes=ids, **more)), *ids


def test_names_are_the_pods_own(docker):
    """Hosts, resolver and hostname belong to the sandbox, and all its containers see them."""
    sandbox, = pod(docker, hostname="db-0", hosts={"10.1.2.3": ["a.example", "a"], "10.1.2.4": ["a.example"]},
                   dns=Dns(["10.9.9.9"], ["ns.svc.example", "svc.example"], ["ndots:5", "rotate"]))
    app = run(docker, base(), sandbox)
    hosts = [line.split() for line in said(docker, app, "cat", "/etc/hosts").splitlines()]
    assert [h[0] for h in hosts if "a.example" in h] == ["10.1.2.3", "10.1.2.4"]
    assert ["10.1.2.3", "a"] in hosts
    resolver = said(docker, app, "cat", "/etc/resolv.conf")
    assert "search ns.svc.example svc.example" in resolver
    assert "ndots:5" in resolver
    assert said(docker, app, "hostname") == "db-0\n"


def test_processes_can_be_seen_by_the_neighbours(docker):
    """If asked, and else not. Process 1 is the sandbox's then, and it buries orphans."""
    apart, = pod(docker, name="apart")
    assert "sleep 4321" not in _processes(docker, apart)
    together, = pod(docker, name="together", share_processes=True)
    assert "sleep 4321" in _processes(docker, together)
    other = run(docker, base("orphans"), together)
    docker.exec(other, ["sh", "-c", "(sleep 0.1 &) ; true"])
    eventually(lambda: "[sleep]" not in said(docker, other, "ps") and "sleep 0.1" not in said(docker, other, "ps"),
               because="the orphan was buried")


def _processes(docker, sandbox):
    run(docker, base("one", command=["sleep", "4321"]), sandbox)
    return said(docker, run(docker, base("two"), sandbox), "ps")


def test_a_port_of_the_machine_leads_to_the_pod(docker):
    """To one pod only: the second that wants it is told, and gets it when it is free."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    first, = pod(docker, name="first", host_ports=[HostPort(8080, free)])
    run(docker, web(env={"POD_NAME": "first"}), first)
    eventually(lambda: _get(free) == "first\n", because="the port leads to the pod")
    with pytest.raises(Conflict, match=r"taken .*Choose another host port"):
        pod(docker, name="second", host_ports=[HostPort(8080, free)])
    docker.remove(first)
    pod(docker, name="second", host_ports=[HostPort(8080, free)])


def _get(port):
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return answer.read().decode()


# How much it costs.


def test_a_pod_costs_one_call_more_than_the_bare_engine(docker):
    """Create and start, twice, and one look whether the sandbox lives; network and image are known by then."""
    _, calls = pod(docker), []
    call = docker.engine.call
    docker.engine.call = lambda method, *args, **kwargs: calls.append(method) or call(method, *args, **kwargs)
    sandbox = docker.create_sandbox(SandboxSpec("second"))
    docker.start(docker.create(web(), sandbox))
    del docker.engine.call
    assert [c for c in calls if c != "create_host_config"] == [
        "create_container", "start", "inspect_container", "create_container", "start"]


def test_eight_pods_at_once_share_one_network(docker):
    """It is made once, however close they come."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: docker.create_sandbox(SandboxSpec(f"pod-{n}")), range(8)))
    assert len(docker.engine.call("networks", names=[f"{docker.cluster}.pods"])) == 1


def test_a_network_that_somebody_removed_is_made_anew(docker):
    """What is remembered may be wrong; then it is found out, and nothing half made is left."""
    docker.remove(docker.create_sandbox(SandboxSpec("first")))
    network, = docker.engine.call("networks", names=[f"{docker.cluster}.pods"])
    docker.engine.call("remove_network", network["Id"])
    second = docker.create_sandbox(SandboxSpec("second"))
    assert [(o.id, o.state) for o in docker.list()] == [(second, "running")]
    assert seen(docker, second).address


def test_a_sandbox_image_that_somebody_removed_is_made_anew(docker, monkeypatch):
    """As above, for the image."""
    from mini_k8s.runtimes import images

    real = CATALOGUE[images.SANDBOX]
    monkeypatch.setattr(images, "SANDBOX", "mini-k8s/test-sandbox:1")
    monkeypatch.setitem(CATALOGUE, images.SANDBOX, real._replace(name=images.SANDBOX))
    try:
        docker.create_sandbox(SandboxSpec("pod"))
    finally:
        docker.down()
        docker.engine.call("remove_image", images.SANDBOX)


def test_the_simulated_one_can_run_out_of_memory():
    """What chapter 4 has to tell apart can be played without an engine."""
    from mini_k8s.runtimes.simulated import Script, SimulatedEngine, SimulatedRuntime

    runtime = SimulatedRuntime("a", engine=SimulatedEngine(scripts={"greedy": Script(runs=0.0, oom=True)}))
    dead = when(runtime, run(runtime, ContainerSpec("app", "greedy")), "exited")
    assert (dead.exit_code, dead.oom_killed) == (137, True)

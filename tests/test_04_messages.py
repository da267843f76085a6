"""Chapter 4: the last message of a container that ended: a file that it fills, and from which nothing leads out."""

import pytest
from places import Docker, Simulated, run, when

from mini_k8s.errors import Invalid
from mini_k8s.runtimes import MESSAGE, ContainerSpec, File, Mount, SandboxSpec, VolumeSpec, labels
from mini_k8s.runtimes.docker_messages import _LONG
from mini_k8s.runtimes.images import BASE, MESSAGES
from mini_k8s.runtimes.simulated import Script

LOG = "/dev/termination-log"


@pytest.fixture
def docker():
    place = Docker()
    yield place.open()
    place.close()


@pytest.fixture
def home(docker):
    return docker.create_sandbox(SandboxSpec("pod", messages=["app", "other"]))


def spec(script, name="app", message=LOG, **more):
    return ContainerSpec(name, BASE, ["sh", "-c", script], message=message, **more)


def message(runtime, home, *args, **more):
    """What is left of a container that did this."""
    id = run(runtime, spec(*args, **more), home)
    when(runtime, id, "exited")
    return runtime.message(id)


def test_what_a_container_wrote_is_there_when_it_has_ended(docker, home):
    id = run(docker, spec(f"printf 'good\\nbye' > {LOG}; exit 3"), home)
    when(docker, id, "exited")
    assert docker.message(id) == b"good\nbye"
    assert docker.message(run(docker, spec("sleep 1000", "other"), home)) == b"", "it has said nothing"


def test_a_message_does_not_depend_on_the_program_that_started_the_container(docker, home):
    """Another control plane takes up the work."""
    from mini_k8s.runtimes.docker import DockerRuntime

    id = run(docker, spec(f"echo bye > {LOG}"), home)
    when(docker, id, "exited")
    assert DockerRuntime(docker.cluster, engine=docker.engine).message(id) == b"bye\n"


@pytest.mark.parametrize("path", ["/tmp/last", "/no/such/folder/last", "/etc/passwd"])
def test_the_file_may_be_anywhere_and_anybody_may_write_it(docker, home, path):
    from mini_k8s.runtimes import Security

    more = {"security": Security(user=65534, read_only_root=True)}
    assert message(docker, home, f"echo bye > {path}", message=path, **more) == b"bye\n"


def test_of_a_long_message_the_end_counts(docker, home):
    line = "head -c 10000 /dev/zero | tr '\\0' x"
    assert message(docker, home, f"({line}; echo end) > {LOG}") == b"x" * (MESSAGE - 4) + b"end\n"
    assert message(docker, home, f"head -c {_LONG} /dev/zero > {LOG}; ({line}; echo end) >> {LOG}", "other") == (
        b"x" * (MESSAGE - 4) + b"end\n"), "and all of it is never fetched"


@pytest.mark.parametrize("trick", [
    "ln -sf /etc/passwd {0}", "rm -f {0}; ln -s /etc/passwd {0}", "rm -f {0}; mkfifo {0}", "rm -rf {0}; mkdir {0}",
    "mv {0} {0}.old; ln -s /etc/passwd {0}", "rm -f {0}; mknod {0} c 1 5",
    "mv /tmp/a /tmp/b; mkdir /tmp/a; ln -s /etc/passwd {0}"])
def test_nothing_else_comes_in_the_place_of_the_file(docker, home, trick):
    """A link to what others must not read, a pipe on which one waits for ever, a device without end, a folder."""
    path = "/tmp/a/last"
    assert message(docker, home, f"echo mine > {path}; {trick.format(path)}", message=path) == b"mine\n"


def test_each_attempt_has_a_file_of_its_own(docker, home):
    """Also who only adds to it finds nothing of the attempt before; not even when the files are used up."""
    for attempt in (0, 1, 2, MESSAGES // 2, MESSAGES):
        assert message(docker, home, f"echo {attempt} >> {LOG}", attempt=attempt) == f"{attempt}\n".encode()


def test_a_message_is_there_as_long_as_its_sandbox(docker, home):
    id = run(docker, spec(f"echo bye > {LOG}"), home)
    when(docker, id, "exited")
    docker.stop(home, 0)
    assert docker.message(id) == b"bye\n"
    docker.remove(home)
    assert docker.message(id) == b""


def test_messages_leave_nothing_on_the_engine(docker, home):
    """Removing the sandbox removes the files."""
    def volumes():
        return docker.engine.call("volumes", filters=labels.of_cluster(docker.cluster))["Volumes"] or []

    assert len(volumes()) == 1
    assert docker.list_volumes() == [], "nobody asked for it as a volume"
    docker.remove(home)
    assert volumes() == []


def test_who_mounts_something_at_that_path_means_that(docker):
    """Kubernetes' own programs do so with a file that outlives the pod."""
    volume = docker.create_volume(VolumeSpec("pod", "data"))
    home = docker.create_sandbox(SandboxSpec("pod", volumes=[volume], messages=["app"]))
    mounts = [Mount("/last", volume)]
    assert message(docker, home, "echo mine > /last/x && cat /last/x", message="/last", mounts=mounts) == b""


def test_a_message_needs_a_sandbox_that_has_a_file_for_it(docker, home):
    """It is not left out in silence."""
    for where, name in ((None, "app"), (home, "stranger")):
        with pytest.raises(Invalid, match="Name it in the SandboxSpec's messages"):
            docker.create(spec("true", name), where)


def test_a_container_that_sees_its_sandboxs_process_is_led_nowhere_outside(docker):
    """Root in a container that shares processes can write what the sandbox can: so no path that the sandbox could
    change is followed on the engine's machine there. It could be a link to any of its files."""
    volume = docker.create_volume(VolumeSpec("pod", "files", files=True))
    home = docker.create_sandbox(SandboxSpec("pod", volumes=[volume], share_processes=True))
    docker.write_files(home, {volume: {"key": File(b"value")}})
    bad = run(docker, ContainerSpec("bad", BASE, ["sleep", "1000"]), home)
    place = "/proc/1/root/volumes/0"
    assert docker.exec(bad, ["sh", "-c", f"rm {place}/..data && ln -s /etc {place}/..data"]).exit_code == 0
    for path in ("key", "..data/shadow"):
        with pytest.raises(Invalid, match="the pod shares processes"):
            docker.create(ContainerSpec("worse", BASE, mounts=[Mount("/x", volume, True, path)]), home)


def test_a_script_says_what_a_simulated_container_leaves():
    place = Simulated()
    runtime = place.open()
    runtime.engine.images.append("job")
    runtime.engine.scripts["job"] = Script(runs=0.0, message=b"x" * MESSAGE + b"bye")
    id = run(runtime, ContainerSpec("app", "job", message=LOG))
    when(runtime, id, "exited")
    assert runtime.message(id) == b"x" * (MESSAGE - 3) + b"bye"
    quiet = run(runtime, ContainerSpec("quiet", "job"))
    when(runtime, quiet, "exited")
    assert runtime.message(quiet) == b"", "nobody asked for it"
    place.close()

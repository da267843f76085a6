"""Chapter 1: which engine is it, and what do we say when it is not well? No engine is needed here."""

import json
import os
import sys
import threading
from hashlib import sha256

import pytest
from sockets import bad_engine, http

from mini_k8s.errors import Conflict, Forbidden, Invalid, NotFound, ServiceUnavailable, Timeout
from mini_k8s.runtimes import ContainerSpec, SandboxSpec
from mini_k8s.runtimes.choose import open_runtime
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.engine import Engine, which_engine
from mini_k8s.runtimes.labels import spec_hash


@pytest.fixture(autouse=True)
def no_settings(monkeypatch, tmp_path):
    """A machine on which nobody has chosen an engine."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "MINI_K8S_RUNTIME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


@pytest.fixture
def contexts(tmp_path):
    """``contexts(current, colima="unix:///…")`` writes what ``docker context create`` and ``use`` write."""
    def write(current, **hosts):
        (tmp_path / "config.json").write_text(json.dumps({"currentContext": current}))
        for name, host in hosts.items():
            folder = tmp_path / "contexts" / "meta" / sha256(name.encode()).hexdigest()
            folder.mkdir(parents=True)
            meta = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}
            (folder / "meta.json").write_text(json.dumps(meta))
    return write


# Which one.


def test_nobody_chose_so_it_is_the_default_socket():
    """As with the docker command."""
    assert which_engine().how == "the default socket"
    assert which_engine().url.endswith(("/var/run/docker.sock", "docker_engine"))


def test_the_current_context_is_followed(contexts):
    """Docker Desktop, Colima and rootless engines are reached only so."""
    contexts("colima", colima="unix:///home/a/.colima/docker.sock")
    assert str(which_engine()) == "unix:///home/a/.colima/docker.sock (docker context 'colima')"


def test_the_nearer_choice_wins(contexts, monkeypatch):
    """Given, then DOCKER_HOST, then DOCKER_CONTEXT, then the current context."""
    contexts("one", one="unix:///one", two="unix:///two")
    assert which_engine().url == "unix:///one"
    monkeypatch.setenv("DOCKER_CONTEXT", "two")
    assert which_engine().url == "unix:///two"
    monkeypatch.setenv("DOCKER_HOST", "unix:///three")
    assert which_engine().url == "unix:///three"
    assert which_engine("unix:///four").url == "unix:///four"


def test_a_context_that_is_not_there_is_named(contexts, monkeypatch):
    """And so is one whose file is broken, and TLS without certificates."""
    contexts("gone")
    with pytest.raises(Invalid, match=r"context 'gone' does not exist.*docker context use default"):
        which_engine()
    contexts("torn", torn="x")
    for folder in os.scandir(os.environ["DOCKER_CONFIG"] + "/contexts/meta"):
        with open(folder.path + "/meta.json", "w") as file:
            file.write("{")
    with pytest.raises(Invalid, match="context 'torn' cannot be read"):
        which_engine()
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", "/nowhere")
    with pytest.raises(Invalid, match="DOCKER_CERT_PATH"):
        which_engine()


# What its failures mean.


@pytest.mark.parametrize(("url", "error", "says"), [
    ("unix:///no/such.sock", ServiceUnavailable, r"no engine answers at unix:///no/such.sock \(given\)\. Start it"),
    ("tcp://127.0.0.1:1", ServiceUnavailable, "no engine answers at tcp://127.0.0.1:1"),
    ("tcp://name.invalid:2375", ServiceUnavailable, "broke|no engine answers"),
    ("foo://bar", Invalid, "Check DOCKER_HOST"),
])
def test_no_engine_there(url, error, says):
    """What was tried, and the next step."""
    with pytest.raises(error, match=says):
        Engine(url).ping()


@pytest.mark.parametrize(("answer", "error", "says"), [
    (http("500 Internal Server Error", '{"message": "it burns"}'), ServiceUnavailable, "it burns"),
    (http("503 Service Unavailable", "<html>"), ServiceUnavailable, "<html>"),
    (http("404 Not Found", '{"message": "no such thing"}'), NotFound, "no such thing"),
    (http("403 Forbidden", '{"message": "not you"}'), Forbidden, "not you"),
    (http("409 Conflict", '{"message": "taken"}'), Conflict, "taken"),
    (http("400 Bad Request", '{"message": "what?"}'), Invalid, "what?"),
    (http("200 OK", '{"ApiVersion": "1.4'), ServiceUnavailable, "broke|cannot be used"),
    (http("200 OK", '{"ApiVersion"', 500), ServiceUnavailable, "broke"),
    (http("200 OK", "{}"), Invalid, "ApiVersion"),
    (b"SSH-2.0-OpenSSH\r\n", ServiceUnavailable, "broke"),
    (b"", ServiceUnavailable, "broke"),
], ids=["500", "503", "404", "403", "409", "400", "half JSON", "cut off", "no version", "not HTTP", "hangs up"])
def test_an_engine_that_answers_wrongly(answer, error, says):
    """Whatever docker-py, requests, urllib3 or the socket make of it, it is one of our errors."""
    with bad_engine(answer) as url, pytest.raises(error, match=says):
        Engine(url).call("info")


def test_an_engine_that_hangs_does_not_hang_us():
    """Every call ends, with an error that says that it may have happened."""
    with bad_engine() as url:
        runtime = DockerRuntime("web", engine=Engine(url, deadline=0.2))
        for call in (runtime.list, runtime.events, runtime.lock, runtime.down, lambda: runtime.start("x"),
                     lambda: runtime.create(ContainerSpec("a", "b")), lambda: runtime.logs("x"),
                     lambda: runtime.create_sandbox(SandboxSpec("a")), lambda: runtime.exec("x", ["true"])):
            with pytest.raises(Timeout, match="look again"):
                call()
        runtime.close()


@pytest.mark.parametrize("drip", [False, True], ids=["silent", "a byte now and then"])
def test_whether_it_answers_is_known_in_bounded_time(drip):
    """A byte now and then resets a socket's timeout; the ping ends all the same."""
    with bad_engine(http("200 OK", " ", 10**6) if drip else None, drip) as url, \
            pytest.raises(Timeout, match=r"says nothing|did not answer"):
        Engine(url).ping(within=0.3)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of unix sockets")
def test_a_socket_that_is_not_ours_to_use():
    """The commonest first problem on Linux gets its own next step."""
    with bad_engine() as url:
        os.chmod(url.removeprefix("unix://"), 0)
        os.chmod(os.path.dirname(url.removeprefix("unix://")), 0o755)
        said = as_nobody(lambda: Engine(url).ping())
    assert said.startswith("Forbidden: this user may not use the engine's socket")
    assert "usermod -aG docker" in said


def as_nobody(call):
    """What ``call`` raises in a child process that is not root: root may use every socket."""
    with pytest.raises(Invalid):  # everything that it imports is imported before the child may read no files
        Engine("foo://bar").ping()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            call()
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said:
        text = said.read()
    os.waitpid(pid, 0)
    return text


def test_threads_and_forks_have_clients_of_their_own():
    """docker-py's are not thread safe, and two processes on one connection read each other's answers."""
    with bad_engine(http("200 OK", '{"ApiVersion": "1.41"}')) as url:
        engine, clients = Engine(url), []
        threads = [threading.Thread(target=lambda: clients.append(engine.client())) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        mine = engine.client()
        assert engine.client() is mine
        assert len({id(c) for c in [mine, *clients]}) == 4
        pid = os.fork()
        if pid == 0:
            os._exit(int(engine.client() is mine))
        assert os.waitpid(pid, 0)[1] == 0


# Which runtime.


def test_the_runtime_says_which_and_why(monkeypatch):
    """Asked for, told by the environment, or because no engine answers and no processes can be had."""
    monkeypatch.setattr("mini_k8s.runtimes.choose.why_not", lambda: "this is no Linux")
    assert open_runtime("web", choice="simulated").why == "asked for; nothing really runs"
    monkeypatch.setenv("MINI_K8S_RUNTIME", "simulated")
    assert open_runtime("web").why == "MINI_K8S_RUNTIME=simulated; nothing really runs"
    monkeypatch.setenv("MINI_K8S_RUNTIME", "auto")
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such.sock")
    runtime = open_runtime("web")
    assert runtime.name == "simulated"
    assert "because no engine answers at unix:///no/such.sock (DOCKER_HOST)" in runtime.why
    assert runtime.why.endswith("; and this is no Linux")


def test_asked_for_by_name_docker_is_docker_or_an_error(monkeypatch):
    """Who asked for real containers is not given others."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such.sock")
    with pytest.raises(ServiceUnavailable, match="no engine answers"):
        open_runtime("web", choice="docker")


def test_an_unknown_runtime_is_refused():
    """With those there are."""
    with pytest.raises(Invalid, match=r"there is no runtime 'podman'\. Choose one of: auto, docker, process"):
        open_runtime("web", choice="podman")


def test_equal_specs_have_equal_hashes():
    """Also when their labels were written in another order, and in another process."""
    one = ContainerSpec("a", "b", ["c"], labels={"x": "1", "y": "2"})
    assert spec_hash(one) == spec_hash(ContainerSpec("a", "b", ("c",), labels={"y": "2", "x": "1"}))
    assert spec_hash(one) != spec_hash(one, sandbox="s")
    assert spec_hash(ContainerSpec("a", "b")) == "4aaae168237a6f4e"

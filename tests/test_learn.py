"""``mini-k8s learn``, really started: served with its token and not without, on loopback only, and gone when ended."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers import new_name

from mini_k8s.cli import main
from mini_k8s.commands import learn as command
from mini_k8s.errors import Conflict, Invalid, ServiceUnavailable
from mini_k8s.runtimes import ContainerSpec
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.workshop import choices, edition, installed, learn
from mini_k8s.workshop.folder import Folder
from mini_k8s.workshop.ours import our_source

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/lab/tree/(\w+\.ipynb)\?token=([0-9a-f]+)\n")
DIFF = "mini_k8s.control_loop:diff"
TOP = Path(__file__).resolve().parent.parent


@contextmanager
def learning(place, *arguments, **environment):
    """A running ``mini-k8s learn``; its printed lines, and its address once there is one."""
    known = {name: value for name, value in os.environ.items() if name not in ("PORT", "MINI_K8S_FOLDER", "DISPLAY")}
    with (place / "stderr").open("w") as errors:
        program = subprocess.Popen(
            [sys.executable, "-m", "mini_k8s", "learn", *arguments], cwd=place, text=True, stdout=subprocess.PIPE,
            stderr=errors, env={**known, "PYTHONPATH": str(TOP), "BROWSER": "none", **environment})
    try:
        yield program
    finally:
        program.terminate()
        program.wait(30)


def said(place):
    return (place / "stderr").read_text()


def address_of(program):
    line = program.stdout.readline()
    found = ADDRESS.fullmatch(line)
    assert found, f"not an address: {line!r}"
    return line.strip(), int(found[1]), found[3]


def get(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.url
    except urllib.error.HTTPError as error:
        return error.code, url


def post(url, token, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def children_of(folder):
    """Processes that run for this folder: its server and its kernels."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
            if f"MINI_K8S_FOLDER={folder}".encode() in environment and (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def wait_until_gone(folder, seconds=15):
    until = time.monotonic() + seconds
    while (left := children_of(folder)) and time.monotonic() < until:
        time.sleep(0.1)
    return left


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """One workshop that runs for the tests that only look at it."""
    place = tmp_path_factory.mktemp("learner")
    (place / "home").mkdir()
    with learning(place, HOME=str(place / "home"), XDG_CACHE_HOME=str(place / "home" / ".cache")) as program:
        url, port, token = address_of(program)
        yield {"place": place, "folder": place / "my_mini_k8s", "url": url, "port": port, "token": token,
               "program": program}


def test_the_page_is_served_when_the_address_is_printed(workshop):
    assert get(workshop["url"]) == (200, workshop["url"])
    assert workshop["url"].partition("?")[0].endswith("/lab/tree/00_start_here.ipynb")


def test_without_the_token_nothing_is_shown(workshop):
    base = f"http://127.0.0.1:{workshop['port']}"
    assert get(f"{base}/api/contents")[0] == 403
    assert get(f"{base}/api/contents?token=guess")[0] == 403
    assert "/login" in get(f"{base}/lab")[1]
    assert len(workshop["token"]) >= 32


def test_a_page_from_another_name_is_refused(workshop):
    """A web site that resolves its own name to 127.0.0.1 gets nothing."""
    url = f"http://127.0.0.1:{workshop['port']}/api/contents?token={workshop['token']}"
    assert get(url, Host="evil.example")[0] == 403


def test_it_listens_on_loopback_only(workshop):
    ports = Path("/proc/net/tcp").read_text().splitlines()[1:]
    hexport = f":{workshop['port']:04X}"
    listening = [line.split()[1] for line in ports if line.split()[1].endswith(hexport) and line.split()[3] == "0A"]
    assert listening == [f"0100007F{hexport}"]
    six = Path("/proc/net/tcp6")
    assert not six.exists() or hexport not in [line.split()[1][32:] for line in six.read_text().splitlines()[1:]]


def test_the_token_is_on_no_command_line(workshop):
    """Command lines are for everybody on a machine to read."""
    for pid in children_of(workshop["folder"]):
        assert workshop["token"].encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_kernel_is_the_python_that_serves_it_and_knows_the_folder(workshop):
    """Also where no kernel, or another one, is installed; and no news are fetched."""
    spec = json.loads((workshop["folder"] / ".mini_k8s/jupyter/data/kernels/python3/kernel.json").read_text())
    assert spec["argv"][0] == sys.executable
    kernel = post(f"http://127.0.0.1:{workshop['port']}/api/kernels", workshop["token"], {"name": "python3"})
    running = [pid for pid in children_of(workshop["folder"])
               if kernel["id"].encode() in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(running) == 1
    assert os.path.samefile(f"/proc/{running[0]}/exe", sys.executable)
    settings = next((workshop["folder"] / ".mini_k8s").rglob("notification.jupyterlab-settings"))
    assert json.loads(settings.read_text()) == {"fetchNews": "false", "checkForUpdates": False}
    widgets = workshop["folder"].joinpath(".mini_k8s").rglob("jupyterlab-manager/plugin.jupyterlab-settings")
    assert json.loads(next(widgets).read_text()) == {"saveState": True}


def test_a_second_learn_says_where_the_first_one_is(workshop):
    with learning(workshop["place"]) as second:
        assert address_of(second)[0] == workshop["url"]
        assert second.wait(20) == 0
    assert get(workshop["url"])[0] == 200


def test_the_next_free_port_is_taken_when_none_was_asked_for(monkeypatch):
    """Two people, or two folders, on one machine."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(learn, "FIRST_PORT", taken.getsockname()[1])
        assert learn.free_port(None) > learn.FIRST_PORT


def test_only_the_address_is_printed_on_stdout(workshop):
    """One line that a script can read; what is for people goes to stderr."""
    readable, _, _ = select.select([workshop["program"].stdout], [], [], 0)
    assert not readable


def test_nothing_is_written_outside_the_folder(workshop):
    """Nothing in the home directory, with a kernel running."""
    written = [path.relative_to(workshop["place"] / "home") for path in (workshop["place"] / "home").rglob("*")]
    assert [path for path in written if path.parts[0] != ".cache"] == []
    assert {path.name for path in workshop["place"].iterdir()} == {"home", "my_mini_k8s", "stderr"}


def test_what_jupyter_needs_is_not_committed_by_mistake(workshop):
    assert (workshop["folder"] / ".mini_k8s" / ".gitignore").read_text() == "*\n"
    assert (workshop["folder"] / ".mini_k8s/jupyter/runtime").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_when_it_ends_nothing_is_left(tmp_path, number):
    """Ctrl-C, `kill`, a closed terminal: server and kernels go; and the next start is a new one."""
    with learning(tmp_path) as program:
        _, port, token = address_of(program)
        post(f"http://127.0.0.1:{port}/api/kernels", token, {"name": "python3"})
        assert len(children_of(tmp_path / "my_mini_k8s")) >= 2
        program.send_signal(number)
        assert program.wait(20) == (0 if number == signal.SIGINT else 128 + number)
    said = (tmp_path / "stderr").read_text()
    assert ("The workshop is ending." in said) == (number == signal.SIGINT), "who waits wants to know for what"
    assert wait_until_gone(tmp_path / "my_mini_k8s") == []
    assert learn.running(Folder(tmp_path / "my_mini_k8s")) is None


def test_when_it_ends_what_runs_on_is_named(tmp_path, engine):
    """Containers outlive their notebook; the way to remove them is said, not looked for."""
    folder = Folder(tmp_path / "mine")
    runtime = DockerRuntime(new_name("learn"), folder.owner)
    try:
        runtime.start(runtime.create(ContainerSpec("web", "mini-k8s/web:1")))
        with learning(tmp_path, "--folder", "mine") as program:
            address_of(program)
        said = (tmp_path / "stderr").read_text()
        assert f"{runtime.cluster} has 1 container left" in said
        assert f"mini-k8s down --name {runtime.cluster}" in said
    finally:
        runtime.down()
        runtime.close()


def test_a_path_is_followed_and_a_change_of_the_kit_is_said_once(tmp_path):
    """The way and its minutes; after an upgrade what became of the folder, and that an open page is old."""
    with learning(tmp_path, "--folder", "mine", "--path", "taster") as program:
        url, _, _ = address_of(program)
        folder = Folder(tmp_path / "mine")
        assert choices.path(folder).name == "taster"
        assert re.search(r"^Your path is taster: chapters? .*, \d+ minutes\.$", said(tmp_path), re.M)
        folder.save_part(DIFF, our_source(DIFF))
        part = folder.path / "parts" / "control_loop" / "diff.py"
        part.write_text(part.read_text().replace(edition.edition(), "0.0.9+00000000"))
        kit = folder.data / "kit.json"
        kit.write_text(json.dumps({**json.loads(kit.read_text()), "edition": "0.0.9+00000000"}))
        for told in (True, False):
            with learning(tmp_path, "--folder", "mine") as second:
                assert address_of(second)[0].partition("/lab/")[0] == url.partition("/lab/")[0]
                assert second.wait(20) == 0
            assert ("This folder was last used with mini_k8s 0.0.9" in said(tmp_path)) == told
            assert ("judged again  2.1 diff passes\n" in said(tmp_path)) == told
            assert ("JupyterLab is open still, with the workshop as it was before." in said(tmp_path)) == told


def test_after_a_kill_the_server_that_is_left_is_found_again(tmp_path):
    """kill -9 leaves the server to itself; the next learn shows the way to it, work in memory included."""
    with learning(tmp_path) as program:
        url, _, _ = address_of(program)
        program.kill()
        program.wait()
        with learning(tmp_path) as second:
            assert address_of(second)[0] == url
    for pid in children_of(tmp_path / "my_mini_k8s"):
        os.kill(pid, signal.SIGTERM)
    assert wait_until_gone(tmp_path / "my_mini_k8s") == []


def test_a_taken_port_is_named_when_it_was_asked_for(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for arguments, environment in ((("--port", port), {}), ((), {"PORT": port})):
            with learning(tmp_path, *arguments, **environment) as program:
                assert program.wait(20) == 1
            assert f"port {port} is taken. Choose another with PORT=" in (tmp_path / "stderr").read_text()


@pytest.mark.parametrize("port", ["0", "-1", "65536", "http", "８８８８", "8888 "])
def test_a_port_that_is_none_is_refused_before_anything_is_made(tmp_path, port, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", port)
    assert main(["learn"]) == 1
    assert "is no port" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


def test_a_port_that_is_free_is_taken(monkeypatch):
    assert command._port(None) is None
    assert command._port("8899") == 8899
    with pytest.raises(Invalid):
        command._port("70000")


def test_a_foreign_folder_is_refused(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("")
    assert main(["learn", "--folder", str(tmp_path)]) == 1
    assert "is no workshop folder" in capsys.readouterr().err


def test_without_jupyterlab_the_command_to_type_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(learn, "NEEDED", ("jupyterlab_of_tomorrow",))
    monkeypatch.chdir(tmp_path)
    assert main(["learn"]) == 1
    assert f"jupyterlab_of_tomorrow is not installed. Type: {installed.command()}\n" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


def test_a_server_that_ends_by_itself_says_why(tmp_path, monkeypatch):
    """The end of its log is shown; nothing is left running."""
    folder = Folder(tmp_path / "mine")
    monkeypatch.setattr(learn, "_options", lambda *_: ["--no-such-option-at-all=1", "--version-of-nothing"])
    with pytest.raises(ServiceUnavailable, match="JupyterLab ended by itself"):
        learn.start(folder, "02_control_loop.ipynb", None)
    assert wait_until_gone(folder.path) == []


def test_a_page_that_never_comes_ends_the_server(tmp_path):
    folder = Folder(tmp_path / "mine")
    with pytest.raises(ServiceUnavailable, match="served no page within"):
        learn.start(folder, "02_control_loop.ipynb", None, wait=0.3)
    assert wait_until_gone(folder.path) == []


def test_all_ports_taken(monkeypatch):
    monkeypatch.setattr(learn, "_is_free", lambda port: False)
    with pytest.raises(Conflict, match="are all taken"):
        learn.free_port(None)


def test_a_browser_is_opened_only_where_there_is_one(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    assert not command._has_display()
    monkeypatch.setenv("DISPLAY", ":0")
    assert command._has_display()
    monkeypatch.setenv("BROWSER", "none")
    assert not command._has_display()

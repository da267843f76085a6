"""The socket of a cluster that runs: a client like any other, and whoever comes with nonsense or without patience."""

import json
import os
import secrets
import shutil
import socket
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from helpers import eventually, new_name, no_docker, no_processes, not_run

from mini_k8s import selectors
from mini_k8s.client import Client
from mini_k8s.cluster import Cluster, wait_for
from mini_k8s.errors import AlreadyExists, BadRequest, Conflict, Forbidden, Gone, Invalid, NotFound, ServiceUnavailable
from mini_k8s.informer import Informer
from mini_k8s.local import places
from mini_k8s.local.client import LocalClient
from mini_k8s.local.desk import Desk
from mini_k8s.local.server import Server
from mini_k8s.objects import Object, freeze
from mini_k8s.storage import open_log
from mini_k8s.store import Store


def config(name, **data):
    return freeze({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})


@pytest.fixture
def folder():
    """Short: a socket's address has about a hundred characters."""
    folder = Path(tempfile.mkdtemp(prefix="mk-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def serve(folder):
    """``serve()``: a cluster that nobody steps, whose objects are kept on disk, and its server."""
    open_ones = []

    def run(**options):
        store = Store(open_log(folder / "data"), window=options.pop("window", 10_000))
        cluster = Cluster(1, name="lab", runtime="simulated", store=store)
        server = Server(Desk(cluster), folder / "socket", **options)
        open_ones.append((server, cluster, store))
        return server

    yield run
    for server, cluster, store in open_ones:
        server.close()
        cluster.close()
        store.close()


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture
def client(server):
    return LocalClient(server.path)


def line_to(server):
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(10)
    line.connect(os.fspath(server.path))
    return line


def answer_to(server, sent: bytes) -> dict:
    """The first line that is answered to these bytes."""
    with closing(line_to(server)) as line, line.makefile("rb") as file:
        line.sendall(sent)
        return json.loads(file.readline())


# A client like any other.


def test_it_is_a_client(client):
    assert isinstance(client, Client)


def test_what_it_reads_and_writes_is_what_the_api_has(client, server):
    api = server.desk.client
    made = client.create(config("a", x="1"))
    assert made == api.get("ConfigMap", "a") == client.get("ConfigMap", "a")
    assert type(made.data) is Object
    assert client.update(made.with_(data={"x": "2"})).data["x"] == "2"
    assert client.patch("ConfigMap", "a", {"data": {"y": "3"}}).data == {"x": "2", "y": "3"}
    assert client.list("ConfigMap") == api.list("ConfigMap")
    assert client.list("ConfigMap", "kube-system").items == ()
    assert client.list("ConfigMap", where=lambda obj: obj["metadata"]["name"] != "a").items == ()
    assert client.delete("ConfigMap", "a").data == {"x": "2", "y": "3"}
    with pytest.raises(NotFound):
        client.get("ConfigMap", "a")


def test_dry_runs_write_nothing(client):
    assert client.create(config("a"), dry_run=True)["metadata"]["uid"]
    assert client.list("ConfigMap").items == ()


def test_errors_travel_as_what_they_are(client):
    made = client.create(config("a"))
    client.patch("ConfigMap", "a", {"data": {"x": "1"}})
    with pytest.raises(AlreadyExists):
        client.create(config("a"))
    with pytest.raises(Conflict, match="at version"):
        client.update(made.with_(data={"x": "2"}))
    with pytest.raises(NotFound, match='pods "web" not found'):
        client.delete("Pod", "web")
    with pytest.raises(Forbidden):
        client.delete("Namespace", "default", "")
    with pytest.raises(Invalid, match="invalid") as wrong:
        client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "X"}, "spec": {}})
    assert {problem.field for problem in wrong.value.problems} == {"metadata.name", "spec.containers"}
    with pytest.raises(Gone):
        client.watch("ConfigMap", since=10**9)


def test_a_watch_tells_of_changes_as_the_apis_does(client, server):
    """Also of those that come to match, or do not match any more."""
    where = selectors.where("tier=front")
    ours, theirs = client.watch("ConfigMap", where=where), server.desk.client.watch("ConfigMap", where=where)
    client.create(config("a"))
    client.patch("ConfigMap", "a", {"metadata": {"labels": {"tier": "front"}}})
    client.patch("ConfigMap", "a", {"data": {"x": "1"}})
    client.patch("ConfigMap", "a", {"metadata": {"labels": None}})
    heard = []
    eventually(lambda: heard.extend(ours.drain()) or len(heard) == 3)
    assert heard == theirs.drain()
    assert [event.type for event in heard] == ["ADDED", "MODIFIED", "DELETED"]
    ours.close()


def test_an_informer_follows_over_the_socket(client):
    """Also when the connection was cut: it lists anew."""
    informer = Informer(client, "ConfigMap")
    informer.step()
    client.create(config("a"))
    eventually(lambda: informer.step() and len(informer) == 1)
    informer._watch.close()
    client.create(config("b"))
    eventually(lambda: informer.step() and len(informer) == 2)
    informer._watch.close()


def test_what_is_answered_is_on_disk(client, server):
    """32 writers at once: no answer is ahead of the log."""
    def write(n):
        version = int(client.create(config(f"c{n}"))["metadata"]["resourceVersion"])
        return server.desk.store.durable >= version

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(write, range(96)))
    assert len(client.list("ConfigMap").items) == 96


def test_without_a_cluster_the_client_says_what_to_do(folder):
    with pytest.raises(ServiceUnavailable, match="mini-k8s up --name"):
        LocalClient(folder / "lab" / "socket").get("Pod", "web")


# Whoever comes with nonsense.

NONSENSE = {
    "no JSON": b"hello\n", "no mapping": b"[1]\n", "no verb": b"{}\n", "no such verb": b'{"verb": "__init__"}\n',
    "a private thing": b'{"verb": "_kept", "obj": {}}\n', "bytes": b"\xff\xfe\n", "deep": b"[" * 100_000 + b"\n",
    "an unknown argument": b'{"verb": "list", "where": "x"}\n', "a missing one": b'{"verb": "get"}\n',
    "a wrong type": b'{"verb": "get", "kind": ["Pod"], "name": {}}\n',
    "no object": b'{"verb": "create", "obj": {"kind": 7, "metadata": 3}}\n',
    "no command": b'{"verb": "exec", "name": "x", "command": [1]}\n',
    "a deep object": b'{"verb": "create", "obj": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}\n"}


@pytest.mark.parametrize("sent", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_refused_and_the_next_one_is_answered(server, client, sent):
    assert answer_to(server, sent)["error"]["reason"] in ("BadRequest", "NotFound", "Invalid")
    assert client.list("Node").items


@pytest.mark.parametrize("sent", [b"", b'{"verb": "li', b"\n"])
def test_who_goes_away_in_the_middle_is_no_loss(server, client, sent):
    with closing(line_to(server)) as line:
        line.sendall(sent)
    assert client.list("Node").items


def test_a_line_without_an_end_is_cut(server, client):
    with closing(line_to(server)) as line, line.makefile("rb") as file:
        try:
            for _ in range(64):
                line.sendall(b"x" * (1 << 20))
        except OSError:
            return  # cut off before its answer could be read
        assert b"MiB" in file.readline()
    assert client.list("Node").items


# Whoever comes without patience, or in crowds.


def test_who_asks_nothing_is_sent_away(serve):
    server = serve(patience=0.1)
    with closing(line_to(server)) as line, line.makefile("rb") as file:
        assert "nothing was asked" in json.loads(file.readline())["error"]["message"]


def test_too_many_are_told_so_and_when_some_leave_there_is_room(serve):
    server = serve(most=2)
    client = LocalClient(server.path)
    watches = [client.watch("Pod"), client.watch("Pod")]
    with pytest.raises(ServiceUnavailable, match="2 commands talk to this cluster already"):
        client.get("Node", "node-1", "")
    watches[0].close()
    assert eventually(lambda: client.get("Node", "node-1", ""))
    watches[1].close()


def test_who_does_not_read_what_he_follows_is_cut_off_and_holds_up_nobody(serve):
    server = serve(patience=0.3)
    client = LocalClient(server.path)
    with closing(line_to(server)) as line:
        line.sendall(b'{"verb": "watch", "kind": "ConfigMap"}\n')
        eventually(lambda: server.desk._followers)
        text = secrets.token_hex(50_000)
        for n in range(30):
            client.create(config(f"c{n}", text=text))
        eventually(lambda: not server.desk._followers, because="the one who does not read is cut off")


def test_who_falls_behind_what_is_remembered_is_told_to_list_anew(serve):
    server = serve(window=5)
    client = LocalClient(server.path)
    since = client.list("ConfigMap").version
    for n in range(20):
        client.create(config(f"c{n}"))
    with pytest.raises(Gone):
        client.watch("ConfigMap", since=since)


def test_a_follower_that_leaves_is_forgotten(server, client):
    watch = client.watch("Pod")
    eventually(lambda: server.desk._followers)
    watch.close()
    eventually(lambda: not server.desk._followers)


def test_a_hundred_questions_leave_no_thread_and_no_file_behind(server, client):
    client.list("Node")
    before = eventually(lambda: not _answering() and _open_files())
    for _ in range(100):
        client.list("Node")
    eventually(lambda: not _answering() and _open_files() <= before, shows=lambda: (_answering(), _open_files()))


def _answering() -> int:
    return sum(thread.name == "socket-answer" for thread in threading.enumerate())


def _open_files() -> int:
    return len(os.listdir("/dev/fd"))


# Where it is.


def test_the_socket_of_one_that_was_killed_is_taken_over(serve, folder):
    with closing(socket.socket(socket.AF_UNIX)) as left:
        left.bind(os.fspath(folder / "socket"))
    assert LocalClient(serve().path).list("Node").items


def test_somebody_elses_folder_in_place_of_ours_is_refused(folder, monkeypatch):
    """In a folder for all users anybody may have put a link where ours would be."""
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(folder))
    (folder / "elsewhere").mkdir()
    (folder / f"mini-k8s-{os.getuid()}").symlink_to(folder / "elsewhere")
    with pytest.raises(Forbidden, match="not a folder of yours"):
        places.running()


def test_a_folder_that_was_opened_to_others_is_closed_again(folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(folder))
    places.home().chmod(0o777)
    assert places.home().stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["../x", "", "A", "a/b"])
def test_what_is_no_name_finds_no_socket(folder, monkeypatch, name):
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(folder))
    with pytest.raises(Invalid):
        places.find(name)


def test_an_address_that_is_too_long_is_refused_in_words(folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(folder / ("x" * 60)))
    (folder / ("x" * 60)).mkdir()
    with pytest.raises(Invalid, match="TMPDIR"):
        places.socket_of("n" * 40)


def test_which_cluster_is_meant_is_asked_where_there_are_several(folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(folder))
    with pytest.raises(NotFound, match="mini-k8s up"):
        places.find(None)
    doors = []
    for name in ("one", "two"):
        path = places.socket_of(name)
        path.parent.mkdir()
        doors.append(socket.socket(socket.AF_UNIX))
        doors[-1].bind(os.fspath(path))
        doors[-1].listen()
    with pytest.raises(BadRequest, match="--name one or --name two"):
        places.find(None)
    doors[0].close()
    assert places.find(None) == places.socket_of("two")
    doors[1].close()


@pytest.mark.parametrize("runtime", ["process", "docker"])
def test_who_follows_a_silent_container_and_leaves_is_forgotten(folder, runtime):
    """Nothing is printed, so nothing is sent by which it could be noticed that nobody listens."""
    why = no_docker() if runtime == "docker" else no_processes()
    if why:
        not_run(runtime, why)
    with Cluster(1, name=new_name(), runtime=runtime) as cluster:
        server = Server(Desk(cluster), folder / "socket")
        try:
            cluster.start()
            cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "quiet"}, "spec": {"containers": [
                {"name": "quiet", "image": "mini-k8s/base:1", "command": ["sh", "-c", "echo one; exec sleep 1000"]}]}})
            wait_for(cluster, ["quiet"])
            pieces = LocalClient(server.path).logs("quiet", follow=True)
            assert next(pieces) == b"one\n"
            pieces.close()
            eventually(lambda: not _answering() and not any(t.name == "follow" for t in threading.enumerate()))
        finally:
            server.close()
            cluster.down()

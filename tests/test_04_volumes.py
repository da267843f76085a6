"""Chapter 4: the storage that a pod's containers share. It outlives them, anybody may write, and nothing leads out."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from helpers import eventually
from places import WEB, Docker, Simulated, run, when

from mini_k8s.errors import AlreadyExists, Conflict, Invalid, NotFound
from mini_k8s.runtimes import (
    HOST_PATHS,
    MEMORY,
    ContainerSpec,
    File,
    Mount,
    SandboxSpec,
    Security,
    VolumeSpec,
    labels,
)
from mini_k8s.runtimes.clusters import find_clusters
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.images import BASE, PLACES

NOBODY = Security(user=65534, group=65534)


@pytest.fixture(params=[Docker, Simulated], ids=["docker", "simulated"])
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


def pod(runtime, *specs, attempt=0):
    """A sandbox with these volumes: its id, and theirs."""
    ids = [runtime.create_volume(spec) for spec in specs]
    return runtime.create_sandbox(SandboxSpec("pod", volumes=ids, attempt=attempt)), *ids


def app(runtime, sandbox, *mounts, name="app", command=("sleep", "1000"), image=BASE, **more):
    """A container that runs in the sandbox with these mounts."""
    return run(runtime, ContainerSpec(name, image, list(command), mounts=mounts, **more), sandbox)


def sh(runtime, id, line):
    """What a line of shell prints in a container that runs; its error with it."""
    return runtime.exec(id, ["sh", "-c", line]).output.decode().strip()


# What is there.


def test_a_volume_is_made_listed_and_removed(place, runtime):
    """By the name of its pod's sandboxes and its own; other clusters do not see it."""
    other = place.open()
    id = runtime.create_volume(VolumeSpec("pod", "data", {"uid": "u-1"}))
    assert runtime.create_volume(VolumeSpec("pod", "data", {"uid": "u-1"})) == id
    another = runtime.create_volume(VolumeSpec("pod-2", "data"))
    seen, more = sorted(runtime.list_volumes(), key=lambda v: v.sandbox)
    assert (seen.id, seen.name, seen.sandbox, seen.labels) == (id, "data", "pod", {"uid": "u-1"})
    assert seen.created_at
    assert more.id == another
    assert list(other.list_volumes()) == []
    other.remove_volume(id)
    runtime.remove_volume(another)
    runtime.remove_volume(another)
    assert [v.id for v in runtime.list_volumes()] == [id]


def test_another_spec_under_the_same_name_is_refused(runtime):
    """What is in it may be needed."""
    runtime.create_volume(VolumeSpec("pod", "data"))
    with pytest.raises(AlreadyExists, match="Remove it first"):
        runtime.create_volume(VolumeSpec("pod", "data", medium=MEMORY))


@pytest.mark.parametrize("spec", [
    VolumeSpec("pod", "../data"), VolumeSpec("a/b", "data"), VolumeSpec("pod", "data", medium="HugePages"),
    VolumeSpec("pod", "data", size=-1), VolumeSpec("pod", "data", group="staff"),
    VolumeSpec("pod", "data", sub_paths=["../x"]), VolumeSpec("pod", "data", sub_paths=["/x"]),
    VolumeSpec("pod", "data", files=True, sub_paths=["x"])], ids=repr)
def test_what_cannot_be_meant_is_refused(runtime, spec):
    with pytest.raises(Invalid, match=r"\. \w"):
        runtime.create_volume(spec)
    assert list(runtime.list_volumes()) == []


def test_a_volume_that_is_not_there_cannot_be_mounted(runtime):
    """Nothing half made is left, and no empty one comes in its place."""
    with pytest.raises(NotFound):
        runtime.create_sandbox(SandboxSpec("pod", volumes=["no-such-volume"]))
    sandbox, = pod(runtime)
    with pytest.raises(NotFound):
        runtime.create(ContainerSpec("app", WEB, mounts=[Mount("/data", "no-such-volume")]), sandbox)
    assert [o.id for o in runtime.list()] == [sandbox]
    assert list(runtime.list_volumes()) == []


def test_a_volume_in_use_stays(runtime):
    """Whoever removes a pod removes its containers first; then it goes, with all parts of it."""
    sandbox, data = pod(runtime, VolumeSpec("pod", "data", sub_paths=["a", "b/c"]))
    with pytest.raises(Conflict, match="Remove the containers"):
        runtime.remove_volume(data)
    runtime.remove(sandbox)
    eventually(lambda: not runtime.list())
    runtime.remove_volume(data)
    assert list(runtime.list_volumes()) == []
    if runtime.name == "docker":
        assert not runtime.engine.call("volumes", filters=labels.of_cluster(runtime.cluster))["Volumes"]


def test_down_removes_volumes_too(place, runtime):
    """Of this cluster only, by label, and counts them."""
    other = place.open()
    kept = other.create_volume(VolumeSpec("pod", "data"))
    pod(runtime, VolumeSpec("pod", "data"), VolumeSpec("pod", "more"))
    assert runtime.down() >= 3
    assert list(runtime.list_volumes()) == []
    assert [v.id for v in other.list_volumes()] == [kept]


def test_a_cluster_of_which_only_a_volume_is_left_is_found(docker):
    """Else nobody would ever remove it."""
    docker.create_volume(VolumeSpec("pod", "data"))
    found = next(c for c in find_clusters(docker.engine) if c.name == docker.cluster)
    assert (found.owner, found.containers) == ("a-test", ())


# Folders that containers write.


@pytest.mark.parametrize("medium", ["", MEMORY])
def test_anybody_may_write_and_all_share_it(docker, medium):
    """As upstream's emptyDir; what one wrote the next reads, and what is mounted read-only stays as it is."""
    sandbox, data = pod(docker, VolumeSpec("pod", "data", medium=medium))
    writer = app(docker, sandbox, Mount("/data", data), security=NOBODY)
    assert sh(docker, writer, "echo hello > /data/x; cat /data/x; stat -c %a /data") == "hello\n1777"
    reader = app(docker, sandbox, Mount("/other/place", data, read_only=True), name="reader")
    assert sh(docker, reader, "cat /other/place/x") == "hello"
    assert "Read-only" in sh(docker, reader, "touch /other/place/y")


def test_the_files_of_the_image_do_not_come_in(docker):
    """Docker fills an empty volume from the image; Kubernetes does not."""
    sandbox, data = pod(docker, VolumeSpec("pod", "data"))
    id = app(docker, sandbox, Mount("/www", data), image=WEB)
    assert sh(docker, id, "ls -A /www") == ""


def test_it_outlives_containers_and_sandbox(docker):
    """All containers and the sandbox are made anew; what was written is still there."""
    sandbox, data = pod(docker, VolumeSpec("pod", "data"))
    sh(docker, app(docker, sandbox, Mount("/data", data), security=NOBODY), "echo kept > /data/x")
    for o in docker.list():
        docker.remove(o.id)
    eventually(lambda: not docker.list())
    again, same = pod(docker, VolumeSpec("pod", "data"), attempt=1)
    assert same == data
    id = app(docker, again, Mount("/data", data), security=NOBODY)
    assert sh(docker, id, "cat /data/x; echo more > /data/y; cat /data/y") == "kept\nmore"


def test_memory_lasts_while_one_container_has_it_and_has_a_size(docker):
    """A new sandbox that comes before the old one goes carries it over; what is more than its size does not fit."""
    sandbox, data = pod(docker, VolumeSpec("pod", "data", medium=MEMORY, size=1 << 20))
    id = app(docker, sandbox, Mount("/data", data), security=NOBODY)
    sh(docker, id, "echo kept > /data/x; head -c 2000000 /dev/zero > /data/big")
    assert 900_000 < int(sh(docker, id, "wc -c < /data/big")) < 1 << 20
    again, _ = pod(docker, VolumeSpec("pod", "data", medium=MEMORY, size=1 << 20), attempt=1)
    docker.remove(id)
    docker.remove(sandbox)
    eventually(lambda: [o.id for o in docker.list()] == [again])
    assert sh(docker, app(docker, again, Mount("/data", data)), "cat /data/x; mount | grep ' /data '").startswith(
        "kept\ntmpfs")


@pytest.mark.parametrize("medium", ["", MEMORY])
def test_a_group_owns_what_is_made_in_it(docker, medium):
    """Kubernetes' fsGroup, and only members may write."""
    sandbox, data = pod(docker, VolumeSpec("pod", "data", medium=medium, group=2000, sub_paths=["a"]))
    id = app(docker, sandbox, Mount("/data", data), security=Security(user=1000, groups=[2000]))
    assert sh(docker, id, "touch /data/x /data/a/y; stat -c '%g %a' /data /data/a; stat -c %g /data/x /data/a/y"
              ) == "2000 2777\n2000 2777\n2000\n2000"


def test_a_program_that_died_in_between_left_nothing_undone(docker, monkeypatch):
    """Whoever asks again for the sandbox gets one whose volumes belong to their group."""
    spec = VolumeSpec("pod", "data", group=2000)
    with monkeypatch.context() as patch:
        patch.setattr(docker._volumes, "give_to_groups", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            pod(docker, spec)
    sandbox, data = pod(docker, spec)
    assert sh(docker, app(docker, sandbox, Mount("/data", data)), "stat -c '%g %a' /data") == "2000 2777"


def test_as_many_as_a_pod_may_have(docker):
    """All of them can be written, and one more is refused by name of the limit."""
    specs = [VolumeSpec("pod", f"v{n}") for n in range(PLACES + 1)]
    ids = [docker.create_volume(spec) for spec in specs]
    with pytest.raises(Invalid, match=f"{PLACES} volumes"):
        docker.create_sandbox(SandboxSpec("pod", volumes=ids))
    sandbox = docker.create_sandbox(SandboxSpec("pod", volumes=ids[:-1]))
    id = app(docker, sandbox, *(Mount(f"/v{n}", ids[n]) for n in range(PLACES)), security=NOBODY)
    assert sh(docker, id, f"for n in $(seq 0 {PLACES - 1}); do touch /v$n/x || echo no; done") == ""


# Parts of them.


def test_a_sub_path_is_a_part_of_the_whole(docker):
    """Who has the part sees it alone; who has the whole sees it in its place, however deep."""
    sandbox, data = pod(docker, VolumeSpec("pod", "data", sub_paths=["a", "a/deep", "b/c"]))
    part = app(docker, sandbox, Mount("/part", data, sub_path="a"), security=NOBODY)
    sh(docker, part, "echo one > /part/x; echo two > /part/deep/y")
    whole = app(docker, sandbox, Mount("/whole", data, read_only=True), name="whole")
    assert sh(docker, whole, "cd /whole; find . -type f -exec cat {} + | sort; ls") == "one\ntwo\na\nb"
    assert "Read-only" in sh(docker, whole, "touch /whole/a/z")
    deep = app(docker, sandbox, Mount("/deep", data, sub_path="a/deep"), name="deep", security=NOBODY)
    assert sh(docker, deep, "cat /deep/y; touch /deep/z; ls /deep") == "two\ny\nz"


def test_a_part_that_was_not_named_is_refused(docker):
    """Its path would have to be followed on the engine's machine, and a container may have put a link there."""
    sandbox, data = pod(docker, VolumeSpec("pod", "data", sub_paths=["a"]))
    with pytest.raises(Invalid, match="has no part 'b'"):
        docker.create(ContainerSpec("app", BASE, mounts=[Mount("/b", data, sub_path="b")]), sandbox)


@pytest.mark.parametrize("medium", ["", MEMORY])
def test_a_link_in_a_volume_leads_nowhere_outside(docker, medium):
    """CVE-2017-1002101: a container puts a link where the next one mounts a sub path, and reads the machine's files."""
    sandbox, data = pod(docker, VolumeSpec("pod", "data", medium=medium, sub_paths=["a", "b/c"]))
    evil = app(docker, sandbox, Mount("/data", data))
    sh(docker, evil, "umount /data/a; rm -rf /data/a /data/b; ln -s /etc /data/a; ln -s / /data/b; ln -s /etc /data/z")
    docker.remove(evil)
    victim = app(docker, sandbox, Mount("/a", data, sub_path="a"), Mount("/c", data, sub_path="b/c"), name="victim")
    assert sh(docker, victim, "ls -A /c; mount | grep -c -E ' /(a|c) '") == "2"
    assert "shadow" not in sh(docker, victim, "ls -A /a/ /c/; cat /a/* /c/* 2>&1")


def test_links_that_are_exchanged_while_containers_start_lead_nowhere_outside(docker):
    """CVE-2021-25741: the exchange hits between check and mount. There is no check here that could be passed: what a
    container can write is never looked up by path."""
    sandbox, data = pod(docker, VolumeSpec("pod", "data", sub_paths=["a"]))
    app(docker, sandbox, Mount("/data", data), name="evil", command=[
        "sh", "-c", "mkdir /data/b; while :; do mv -T /data/b /data/a; rm -rf /data/a; ln -s /etc /data/b; done"])
    for n in range(4):
        id = app(docker, sandbox, Mount("/a", data, sub_path="a"), Mount("/data", data), name=f"victim-{n}")
        assert "passwd" not in sh(docker, id, "ls -A /a; ls -A /data/a/")


# Files that are written for containers.


def secret(text, mode=0o400):
    return File(text.encode(), mode)


@pytest.mark.parametrize("medium", ["", MEMORY])
def test_files_are_there_before_the_app_starts(docker, medium):
    """With their modes, also hidden ones and those in folders; nobody can write there."""
    sandbox, config = pod(docker, VolumeSpec("pod", "config", medium=medium, files=True))
    docker.write_files(sandbox, {config: {"a.conf": File(b"one"), ".hidden": File(b"two", 0o600),
                                          "in/a/folder": File(b"three\0\xff", 0o755), "empty": File(b"")}})
    id = app(docker, sandbox, Mount("/etc/app", config, read_only=True))
    assert sh(docker, id, "cd /etc/app; ls; cat a.conf .hidden; wc -c < in/a/folder; stat -L -c %a .hidden in/a/folder"
              ) == "a.conf\nempty\nin\nonetwo7\n600\n755"
    assert "Read-only" in sh(docker, id, "echo x > /etc/app/a.conf")
    with pytest.raises(Invalid, match="read_only"):
        docker.create(ContainerSpec("other", BASE, mounts=[Mount("/etc/app", config)]), sandbox)


def test_files_change_all_at_once(docker):
    """A reader that looks all the time sees the old files or the new ones, never one of each, and never none. (Who is
    still among the old ones when they go has to look again, as in Kubernetes.)"""
    sandbox, config = pod(docker, VolumeSpec("pod", "config", files=True))
    docker.write_files(sandbox, {config: {"a": File(b"0"), "b": File(b"0")}})
    reader = app(docker, sandbox, Mount("/c", config, read_only=True), command=[
        "sh", "-c", "exec 2>/dev/null; while cd /c/..data/ || cd /c/..data/ || echo none; do "
                    "[ -e /c/a ] || [ -e /c/a ] || echo away; { a=$(cat a) && b=$(cat b); } || continue; "
                    "[ \"$a\" = \"$b\" ] || echo $a $b; done"])
    for n in range(1, 6):
        docker.write_files(sandbox, {config: {"a": File(b"%d" % n), "b": File(b"%d" % n)}})
        assert sh(docker, reader, "cat /c/a /c/b") == f"{n}{n}"
    assert b"".join(docker.logs(reader)) == b""


def test_files_come_and_go(docker):
    """What is no longer wished is gone, and nothing of the old versions stays on the disk."""
    sandbox, config = pod(docker, VolumeSpec("pod", "config", files=True))
    id = app(docker, sandbox, Mount("/c", config, read_only=True))
    docker.write_files(sandbox, {config: {"old": File(b"1"), ".old": File(b"1"), "in/x": File(b"1")}})
    docker.write_files(sandbox, {config: {"new": File(b"2"), ".new": File(b"2"), "in/y": File(b"2")}})
    assert sh(docker, id, "cd /c; ls -A | grep -v '^[.][.]2'") == "..data\n.new\nin\nnew"
    assert sh(docker, id, "cd /c; find . -type f | wc -l; cat new .new in/y") == "3\n222"
    docker.write_files(sandbox, {config: {}})
    assert sh(docker, id, "cd /c; ls; find . -type f") == ""


def test_files_are_changed_by_a_program_that_came_later(docker):
    """It knows nothing but the ids; and a sandbox that was made anew gets them again."""
    sandbox, config, keys = pod(docker, VolumeSpec("pod", "config", files=True),
                                VolumeSpec("pod", "keys", files=True, medium=MEMORY))
    docker.write_files(sandbox, {config: {"a": File(b"1")}, keys: {"k": secret("one")}})
    place = Docker()
    later = place.open(docker.cluster)
    later.write_files(sandbox, {config: {"a": File(b"2")}, keys: {"k": secret("two")}})
    again, *_ = pod(later, VolumeSpec("pod", "config", files=True),
                    VolumeSpec("pod", "keys", files=True, medium=MEMORY), attempt=1)
    later.remove(sandbox)
    later.write_files(again, {config: {"a": File(b"3")}, keys: {"k": secret("three")}})
    id = app(later, again, Mount("/c", config, read_only=True), Mount("/k", keys, read_only=True))
    assert sh(later, id, "cat /c/a /k/k") == "3three"
    place.close()


def test_one_file_can_be_mounted_alone(docker):
    """Beside the image's own files; it stays as it was when the volume changes, until the next container."""
    sandbox, config = pod(docker, VolumeSpec("pod", "config", files=True, medium=MEMORY))
    docker.write_files(sandbox, {config: {"motd": File(b"one"), "in/x": File(b"deep")}})
    mounts = (Mount("/etc/motd", config, read_only=True, sub_path="motd"),
              Mount("/deep", config, read_only=True, sub_path="in"))
    first = app(docker, sandbox, *mounts)
    assert sh(docker, first, "cat /etc/motd /deep/x; ls /etc/passwd") == "onedeep/etc/passwd"
    assert "Read-only" in sh(docker, first, "echo x > /etc/motd")
    docker.write_files(sandbox, {config: {"motd": File(b"two"), "in/x": File(b"deep")}})
    assert sh(docker, first, "cat /etc/motd") == "one"
    assert sh(docker, app(docker, sandbox, *mounts, name="second"), "cat /etc/motd") == "two"
    with pytest.raises(Invalid, match="does not exist"):
        docker.create(ContainerSpec("third", BASE, mounts=[
            Mount("/x", config, read_only=True, sub_path="none")]), sandbox)


def test_a_group_may_read_what_others_may_not(docker):
    """Secrets of mode 0400 are readable for fsGroup, and for nobody else."""
    sandbox, keys = pod(docker, VolumeSpec("pod", "keys", files=True, medium=MEMORY, group=2000))
    docker.write_files(sandbox, {keys: {"key": secret("hidden")}})
    member = app(docker, sandbox, Mount("/k", keys, read_only=True), security=Security(user=1000, groups=[2000]))
    other = app(docker, sandbox, Mount("/k", keys, read_only=True), name="other", security=NOBODY)
    assert sh(docker, member, "cat /k/key; stat -L -c %a /k/key") == "hidden440"
    assert "ermission denied" in sh(docker, other, "cat /k/key")


def test_a_secret_is_nowhere_but_in_memory(docker):
    """Not in what the engine tells of containers and volumes, not on its disk, and gone with the pod."""
    word = "s3cret-" + os.urandom(8).hex()
    sandbox, keys = pod(docker, VolumeSpec("pod", "keys", {"a": "b"}, files=True, medium=MEMORY))
    docker.write_files(sandbox, {keys: {"key": secret(word)}})
    id = app(docker, sandbox, Mount("/k", keys, read_only=True))
    assert sh(docker, id, "cat /k/key") == word
    told = [docker.engine.call("inspect_container", c) for c in (sandbox, id)]
    told += [docker.engine.call("inspect_volume", keys), docker.list(), docker.list_volumes()]
    assert word not in repr(told)
    assert word not in repr(secret(word))
    path = docker.engine.call("inspect_volume", keys)["Mountpoint"]
    docker.down()
    if os.access(os.path.dirname(path), os.R_OK | os.X_OK):
        assert not os.path.exists(path)


@pytest.mark.parametrize("path", ["../x", "/x", "a/../b", "a//b", "..data", "..x", "a\n", ""])
def test_files_with_odd_names_are_refused(docker, path):
    """Names that would leave the volume, or that its own links have."""
    sandbox, config = pod(docker, VolumeSpec("pod", "config", files=True))
    with pytest.raises(Invalid, match=r"config has the (path|file)"):
        docker.write_files(sandbox, {config: {path: File(b"")}})


def test_files_go_only_where_files_belong(runtime):
    """Into volumes of files, through a sandbox that has them and lives."""
    sandbox, data, config = pod(runtime, VolumeSpec("pod", "data"), VolumeSpec("pod", "config", files=True))
    other = runtime.create_volume(VolumeSpec("other", "config", files=True))
    for id in (data, other):
        with pytest.raises(Invalid, match="no volume of files of this sandbox"):
            runtime.write_files(sandbox, {id: {"a": File(b"")}})
    runtime.write_files(sandbox, {config: {"a": File(b"")}})
    runtime.stop(sandbox, 0)
    when(runtime, sandbox, "exited")
    with pytest.raises(Conflict, match="Make a new one"):
        runtime.write_files(sandbox, {config: {"a": File(b"")}})


# Paths of the host.


@pytest.fixture
def host(tmp_path):
    """A folder of the host, and a runtime that may mount what lies directly below it."""
    place = Docker()
    (tmp_path / "allowed").mkdir()
    tmp_path.chmod(0o755)
    runtime = DockerRuntime(place.open().cluster, "a-test", engine=place.engine, host_root=str(tmp_path / "allowed"))
    yield tmp_path / "allowed", runtime
    place.close()


def mounted(runtime, **mount):
    id = run(runtime, ContainerSpec("app", BASE, ["sleep", "1000"], mounts=[Mount("/host", **mount)]))
    return id


def test_what_lies_below_the_allowed_folder_can_be_mounted(host):
    """A folder or a file; the folder is made where Kubernetes makes it."""
    folder, runtime = host
    assert HOST_PATHS in runtime.can
    (folder / "data").mkdir()
    (folder / "data" / "x").write_text("hello")
    id = mounted(runtime, host=f"{folder}/data", host_type="Directory")
    assert sh(runtime, id, "cat /host/x; echo back > /host/y") == "hello"
    assert (folder / "data" / "y").read_text() == "back\n"
    runtime.remove(id)
    eventually(lambda: not runtime.list())
    assert sh(runtime, mounted(runtime, host=f"{folder}/new", read_only=True), "ls /host; touch /host/x").endswith(
        "Read-only file system")
    assert (folder / "new").is_dir()


@pytest.mark.parametrize("path", ["", "/", "/../other", "/data/deeper", "/link", "/link/x", "/../allowed", "/data/.."])
def test_what_lies_elsewhere_cannot(host, path):
    """The folder itself, what is deeper, beside it or behind a link: whoever writes there could lead it anywhere."""
    folder, runtime = host
    (folder / "data" / "deeper").mkdir(parents=True)
    (folder.parent / "other").mkdir()
    (folder / "link").symlink_to("/etc")
    with pytest.raises(Invalid, match=r"directly below|is a link|without '\.\.'"):
        mounted(runtime, host=f"{folder}{path}")
    assert list(runtime.list()) == []


@pytest.mark.parametrize(("name", "kind", "why"), [
    ("none", "Directory", "is not there"), ("none", "File", "is not there"), ("data", "File", "is a folder"),
    ("pipe", "", "something special"), ("pipe", "File", "something special")])
def test_the_type_that_was_asked_for_counts(host, name, kind, why):
    folder, runtime = host
    (folder / "data").mkdir()
    os.mkfifo(folder / "pipe")
    with pytest.raises(Invalid, match=why):
        mounted(runtime, host=f"{folder}/{name}", host_type=kind)


def test_without_a_folder_named_no_path_of_the_host_is_mounted(docker, tmp_path):
    """The default; and neither everything nor nothing can be named."""
    with pytest.raises(Invalid, match="not told below which folder"):
        mounted(docker, host=f"{tmp_path}/x")
    for root in ("/", f"{tmp_path}/none", "/etc/passwd"):
        with pytest.raises(Invalid, match="Name a folder that is there"):
            DockerRuntime("a", host_root=root)


# Many of them.


def test_two_hundred_rounds_leave_nothing(docker):
    """Volumes come and go with their pods, and none is forgotten."""
    def life(n):
        for spec in (VolumeSpec(f"pod-{n}", "data", sub_paths=["a"]), VolumeSpec(f"pod-{n}", "keys", files=True)):
            docker.remove_volume(docker.create_volume(spec))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(life, range(200)))
    assert docker.engine.call("volumes", filters=labels.of_cluster(docker.cluster))["Volumes"] in (None, [])
    assert threading.active_count() < 50

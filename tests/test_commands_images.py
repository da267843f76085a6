"""Images in a file: how a class without a network gets them, and what may go wrong on the way."""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from contextlib import suppress
from pathlib import Path

import broken
import pytest
from faults.engine import OwnEngine, missing
from faults.proxy import FaultyProxy
from helpers import new_name, no_docker, not_run

from mini_k8s.errors import AlreadyExists, Conflict, Invalid, NotFound, ServiceUnavailable
from mini_k8s.runtimes import ContainerSpec, image_file, images
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.images import BASE, CATALOGUE, Image

PATH = os.pathsep.join([str(Path(__file__).resolve().parent.parent),
                        *filter(None, [os.environ.get("PYTHONPATH")])])


@pytest.fixture
def command(tmp_path):
    """``command("save", …)`` runs `mini-k8s images save …` in an empty directory."""
    def run(*args, prefix=(), cwd=tmp_path, **env):
        return subprocess.run([*prefix, sys.executable, "-m", "mini_k8s", "images", *args], cwd=cwd, text=True,
                              env=os.environ | {"PYTHONPATH": PATH} | env, capture_output=True, timeout=120)
    return run


@pytest.fixture
def saved(engine, tmp_path):
    """A file with the workshop's images, as this engine has them."""
    path = tmp_path / "saved.tar"
    image_file.save(engine, path)
    return path


@pytest.fixture
def throwaway(engine, monkeypatch):
    """A catalogue of one image that nobody else uses; ``make(command)`` gives its tag a content."""
    name, made = f"mini-k8s-test/{new_name()}:1", []

    class Throwaway:
        tag = name

        @staticmethod
        def make(words: str) -> None:
            container = engine.call("create_container", BASE, ["true"])["Id"]
            repository, _, version = name.rpartition(":")
            made.append(engine.call("commit", container, repository=repository, tag=version,
                                    changes=f'CMD ["{words}"]')["Id"])
            engine.call("remove_container", container, force=True)

        @staticmethod
        def says() -> str:
            return engine.call("inspect_image", name)["Config"]["Cmd"][0]

    alone = {name: Image(name, "of a test", {}, ())}
    for module in (images, image_file):
        monkeypatch.setattr(module, "CATALOGUE", {BASE: CATALOGUE[BASE]} | alone)
    Throwaway.make("one")
    yield Throwaway
    for image in (name, *made):
        with suppress(NotFound):
            engine.call("remove_image", image, force=True)


def ids(engine):
    return {image["Id"] for image in engine.call("images")}


def refused(done, *says):
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    for words in says:
        assert words in done.stderr
    return True


def rewritten(path, to, change):
    """A copy of a file of images in which ``change(name, content)`` gives each list its new content."""
    with tarfile.open(path) as old, tarfile.open(to, "w") as new:
        for entry in old:
            content = old.extractfile(entry).read() if entry.isreg() else None
            if content is not None and entry.name.endswith(".json"):
                content = change(entry.name, content)
                entry.size = len(content)
            new.addfile(entry, io.BytesIO(content) if content is not None else None)
    return to


# From one machine to another.


@pytest.fixture(scope="module")
def other():
    """The engine of another machine."""
    if no_docker() or missing():
        not_run("docker", no_docker() or missing())
    with OwnEngine() as own:
        yield own


def test_a_machine_without_anything_gets_all_from_a_file(command, other, engine, tmp_path):
    """Saved on one, loaded on another that has no image at all; and what was loaded runs there."""
    done = command("save", "class.tar")
    assert done.returncode == 0, done.stderr
    size = (tmp_path / "class.tar").stat().st_size / 1e6
    arch = engine.call("version")["Arch"]
    assert f"Wrote class.tar: {len(CATALOGUE)} images for {arch}, {size:.1f} MB in all." in done.stdout
    assert done.stdout.endswith("On the other machine: mini-k8s images load class.tar\n")
    there = Engine(other.url)
    while found := there.call("images"):
        for image in found:
            with suppress(Conflict, NotFound):  # another is made from it: the next round
                there.call("remove_image", image["Id"], force=True)
    done = command("load", "class.tar", DOCKER_HOST=other.url)
    assert done.returncode == 0, done.stderr
    assert f"Loaded {len(CATALOGUE)} images from class.tar, {size:.1f} MB in all." in done.stdout
    for name in CATALOGUE:
        assert f"  {name}" in done.stdout
        assert images.has_image(there, name)
    assert images.prepare(there) == []
    runtime = DockerRuntime("web", engine=there)
    id = runtime.create(ContainerSpec("web-1", "mini-k8s/web:1"))
    runtime.start(id)
    assert runtime.exec(id, ["hostname"]).output == b"web-1\n"
    runtime.down()
    assert command("load", "class.tar", DOCKER_HOST=other.url).stdout == \
        "All that is in class.tar is on this engine already.\n"
    there.close()


def test_docker_load_reads_the_file_too(saved):
    """A machine may have Docker, and this workshop not yet."""
    if not shutil.which("docker"):
        not_run("docker_cli", "the program 'docker' is not there")
    done = subprocess.run(["docker", "load", "-i", saved], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for name in CATALOGUE:
        assert f"Loaded image: {name}" in done.stdout


def test_what_is_missing_is_made_before_it_is_saved(engine, throwaway, monkeypatch, tmp_path):
    """Nobody has to know of `prepare`."""
    engine.call("remove_image", throwaway.tag, force=True)
    told = []
    image_file.save(engine, tmp_path / "x.tar", tell=told.append)
    assert told == [f"making {throwaway.tag}", f"writing {tmp_path / 'x.tar'}"]
    assert {image.name for image in image_file.contents(tmp_path / "x.tar")} == {BASE, throwaway.tag}


def test_the_way_is_counted(engine, saved, throwaway, tmp_path):
    """From the first bytes to all of them."""
    written, sent = [], []
    image_file.save(engine, tmp_path / "x.tar", moved=written.append)
    throwaway.make("two")
    image_file.load(engine, tmp_path / "x.tar", overwrite=True, moved=sent.append)
    for counts in (written, sent):
        assert counts == sorted(counts)
        assert counts[-1] == (tmp_path / "x.tar").stat().st_size


# Whole, or not at all.


def test_a_file_that_is_there_is_not_overwritten(command, saved):
    """It may be the only copy, on the only stick."""
    before = saved.read_bytes()
    assert refused(command("save", "saved.tar"), "saved.tar is there already", "--force")
    assert saved.read_bytes() == before
    saved.write_text("not images")
    assert command("save", "saved.tar", "--force").returncode == 0
    assert len(image_file.contents(saved)) == len(CATALOGUE)
    assert refused(command("save", ".", "--force"), "is a folder")
    assert refused(command("save", "no/where.tar"), "there is no folder no. Make it")


def test_a_file_that_came_meanwhile_is_not_overwritten(engine, tmp_path):
    """Two in a class may save to the same stick."""
    path = tmp_path / "x.tar"
    with pytest.raises(AlreadyExists, match="came there meanwhile"):
        image_file.save(engine, path, moved=lambda count: path.write_text("theirs"))
    assert path.read_text() == "theirs"
    assert os.listdir(tmp_path) == ["x.tar"]


def test_a_disk_that_is_full_keeps_no_half_file(command, engine, tmp_path):
    """The file is named, and the room is given back."""
    prefix = [*broken.disk("size=1m", tmp_path), "sh", "-c", '"$@"; status=$?; echo "left: $(ls -A)"; exit $status',
              "sh"]
    done = command("save", "class.tar", prefix=prefix)
    assert done.returncode == 1
    assert "mini-k8s images: class.tar: No space left on device" in done.stderr
    assert done.stdout == "writing class.tar\nleft: \n"


def test_an_engine_that_breaks_off_leaves_no_half_file(engine, tmp_path):
    """And an older file stays as it was."""
    socket = engine.where.url.removeprefix("unix://")
    if socket == engine.where.url:
        not_run("docker", "the engine's socket is not a unix socket")
    path = tmp_path / "x.tar"
    path.write_text("older")
    (tmp_path / "proxy").mkdir()
    with FaultyProxy(Path(socket), tmp_path / "proxy") as proxy:
        proxy.spoil("GET", r"/images/get", cut=700_000)
        spoilt = Engine(proxy.url)
        with pytest.raises(ServiceUnavailable, match="broke"):
            image_file.save(spoilt, path, overwrite=True)
        spoilt.close()
    assert path.read_text() == "older"
    assert sorted(os.listdir(tmp_path)) == ["proxy", "x.tar"]


# What is not loaded.


def test_images_of_others_are_refused_by_name(command, engine, throwaway, tmp_path):
    """Before anything is loaded: a file from a stick may hold anything."""
    with (tmp_path / "theirs.tar").open("wb") as file:
        for piece in engine.open("/images/get", silence=60, names=[throwaway.tag, BASE]).iter_content(None):
            file.write(piece)
    engine.call("remove_image", throwaway.tag, force=True)
    before = ids(engine)
    assert refused(command("load", "theirs.tar"), f"theirs.tar holds '{throwaway.tag}', which is not of this workshop",
                   "nothing was loaded")
    assert ids(engine) == before


def test_a_name_that_only_containerd_reads_is_seen_too(saved, tmp_path, engine):
    """Newer engines go by another list in the same file."""
    with tarfile.open(saved, "a") as tar:
        index = json.dumps({"manifests": [{"annotations": {"io.containerd.image.name": "docker.io/evil/base:1"}}]})
        entry = tarfile.TarInfo("index.json")
        entry.size = len(index)
        tar.addfile(entry, io.BytesIO(index.encode()))
    with pytest.raises(Invalid, match="'evil/base:1', which is not of this workshop"):
        image_file.load(engine, saved)


def test_images_for_another_processor_are_refused(engine, saved, tmp_path):
    """They would be loaded, and no container of them would start."""
    def change(name, content):
        return content.replace(b'"architecture":"', b'"architecture":"not-')
    with pytest.raises(Invalid, match=r"are for not-\w+ processors, and this engine runs on \w+, so nothing was"):
        image_file.load(engine, rewritten(saved, tmp_path / "other.tar", change))


def test_a_tag_of_another_make_is_not_replaced_without_being_told(engine, throwaway, tmp_path):
    """What serves here goes on serving, until somebody says --force."""
    path = tmp_path / "x.tar"
    image_file.save(engine, path)
    assert image_file.load(engine, path) == []
    throwaway.make("two")
    with pytest.raises(Conflict, match=f"has {throwaway.tag} already, of another make than in .*--force"):
        image_file.load(engine, path)
    assert throwaway.says() == "two"
    assert [image.name for image in image_file.load(engine, path, overwrite=True)] == [throwaway.tag]
    assert throwaway.says() == "one"


@pytest.mark.parametrize(("spoil", "says"), [
    (lambda path: path.write_bytes(path.read_bytes()[:1_000_000]), "unexpected end of data"),
    (lambda path: path.write_bytes(b"not a tar"), "could not be opened"),
    (lambda path: path.write_bytes(b""), "could not be opened|empty file"),
    (lambda path: path.write_bytes(b"\x1f\x8b broken"), "no whole file of images"),
    (lambda path: tarfile.open(path, "w").close(), "it has no manifest.json"),
], ids=["cut short", "another file", "empty", "half packed", "no list"])
def test_a_file_that_is_damaged_or_no_file_of_images(command, saved, spoil, says):
    """Copying to a stick goes wrong more often than one thinks."""
    spoil(saved)
    with pytest.raises(Invalid, match=says):
        image_file.contents(saved)
    assert refused(command("load", "saved.tar"), "saved.tar is no whole file of images", "Copy it again")
    assert len(command("load", "saved.tar").stderr.splitlines()) == 1


@pytest.mark.parametrize("content", [b"[]", b"{}", b"5", b'[{"Config": 5, "RepoTags": []}]', b'[{"RepoTags": ["x"]}]',
                                     b'[{"Config": "../../etc/passwd", "RepoTags": ["mini-k8s/base:1"]}]', b"[" * 9999])
def test_a_list_that_makes_no_sense_is_no_traceback(saved, tmp_path, content):
    """Whatever is in it, it is one of our errors."""
    path = rewritten(saved, tmp_path / "x.tar", lambda name, old: content if name == "manifest.json" else old)
    with pytest.raises(Invalid, match="no whole file of images"):
        image_file.contents(path)


def test_a_second_list_in_the_same_file_is_refused(saved, tmp_path):
    """The engine would read the last one, and we another."""
    with tarfile.open(saved, "a") as tar:
        entry = tarfile.TarInfo("./manifest.json")
        entry.size = 2
        tar.addfile(entry, io.BytesIO(b"[]"))
    with pytest.raises(Invalid, match=r"holds manifest\.json twice"):
        image_file.contents(saved)


def test_a_list_that_is_a_link_is_none(saved, tmp_path):
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        entry = tarfile.TarInfo("manifest.json")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    with pytest.raises(Invalid, match=r"it has no manifest\.json"):
        image_file.contents(tmp_path / "x.tar")


def test_no_file_at_all(command, tmp_path):
    """The commonest slip, told first, with or without an engine."""
    assert refused(command("load", "no.tar", DOCKER_HOST="unix:///no/such.sock"), "there is no file no.tar")
    with pytest.raises(NotFound):
        image_file.contents(tmp_path)


def test_no_engine(command, saved):
    """Then nothing can be loaded, and it is said why."""
    assert refused(command("load", "saved.tar", DOCKER_HOST="unix:///no/such.sock"), "no engine answers", "Start it")


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are POSIX")
def test_a_terminal_shows_how_far_it_is(engine, tmp_path):
    """Elsewhere, as in a script's log, there are no half lines."""
    outer, inner = os.openpty()
    process = subprocess.Popen([sys.executable, "-m", "mini_k8s", "images", "save", "x.tar"], stdout=inner,
                               cwd=tmp_path, env=os.environ | {"PYTHONPATH": PATH})
    os.close(inner)
    said = b""
    try:
        while piece := os.read(outer, 65536):
            said += piece
    except OSError:  # Linux says so when the other side has closed
        pass
    os.close(outer)
    assert process.wait(30) == 0
    size = (tmp_path / "x.tar").stat().st_size / 1e6
    assert f"\r  {size:.1f} MB written".encode() in said

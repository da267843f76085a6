"""Chapter 1: where do images come from without a registry? On an engine of the tests' own, which can be emptied."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from faults.engine import OwnEngine, missing
from helpers import no_docker, not_run

from mini_k8s.errors import Conflict, NotFound
from mini_k8s.runtimes import ContainerSpec, images
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.images import BASE, CATALOGUE


@pytest.fixture(scope="module")
def own():
    if no_docker() or missing():
        not_run("docker", no_docker() or missing())
    with OwnEngine() as own:
        yield own


@pytest.fixture
def bare(own, monkeypatch, tmp_path):
    """An engine without any image, and a host whose PATH has no busybox."""
    engine = Engine(own.url)
    while found := engine.call("images"):
        for image in found:
            with suppress(Conflict, NotFound):  # another is made from it: the next round
                engine.call("remove_image", image["Id"], force=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    yield engine
    engine.close()


def test_the_hosts_busybox_is_enough(bare, monkeypatch):
    """No registry, no builder: all images are made, and a second time there is nothing to do."""
    monkeypatch.undo()
    if not images.host_busybox(os.uname().machine):
        pytest.skip("no static busybox on this host")
    told = []
    assert images.prepare(bare, progress=told.append) == list(CATALOGUE)
    assert told[0] == f"making {BASE}"
    assert images.prepare(bare) == []


def test_without_it_the_engines_busybox_is_taken(bare, own, monkeypatch):
    """As on macOS and Windows, where the host has none that a container could run."""
    program = shutil.which("busybox", path="/bin:/usr/bin")
    if not program:
        pytest.skip("no busybox on this host to make the engine's from")
    bare.call("import_image_from_data", images._base_tar(Path(program)), repository="busybox", tag="latest")
    assert images.prepare(bare) == list(CATALOGUE)
    runtime = DockerRuntime("web", engine=bare)
    id = runtime.create(ContainerSpec("web-1", "mini-k8s/web:1"))
    runtime.start(id)
    assert runtime.exec(id, ["hostname"]).output == b"web-1\n"
    runtime.down()


def test_with_nothing_at_all_the_next_step_is_said(bare):
    """No busybox anywhere, no registry: one command to type, and nothing half made."""
    with pytest.raises(NotFound, match=r"needs busybox.*When you are online: .*(install|pull) busybox"):
        images.prepare(bare)
    assert bare.call("images") == []


def test_a_lock_makes_the_image_that_it_needs(bare, monkeypatch):
    """Nobody has to prepare anything before taking a name."""
    monkeypatch.undo()
    if not images.host_busybox(os.uname().machine):
        pytest.skip("no static busybox on this host")
    runtime = DockerRuntime("web", engine=bare)
    runtime.lock()
    runtime.down()

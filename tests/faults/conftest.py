"""The tests' own engine, one for all tests of this folder, and what each of them runs on it."""

import shutil
import tempfile
from pathlib import Path

import pytest
from helpers import not_run

from faults.engine import OwnEngine, missing
from faults.proxy import FaultyProxy
from faults.rig import Rig, Strangers

_count = iter(range(1, 1000))


@pytest.fixture(scope="session")
def own_engine():
    """Started once; skipped by name where it cannot be had."""
    if why := missing():
        not_run("docker", why)
    with OwnEngine() as engine:
        yield engine


@pytest.fixture
def engine(own_engine):
    """The tests' own engine, well and with strangers on it, whom this test must leave alone."""
    own_engine.well()
    strangers = Strangers(own_engine)
    yield own_engine
    own_engine.well()
    strangers.were_left_alone()


@pytest.fixture
def proxy(engine):
    """A proxy that spoils what it is told to."""
    folder = Path(tempfile.mkdtemp(prefix="mini-k8s-proxy-"))
    with FaultyProxy(engine.socket, folder) as proxy:
        yield proxy
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster():
    """A name that no other test uses."""
    return f"faults-{next(_count)}"


@pytest.fixture
def rig(engine, cluster):
    """Makes control planes for this test's cluster; in the end scans for orphans and doubles, and takes all down."""
    rigs = []

    def make(desired, url="", **how):
        rigs.append(Rig(engine, cluster, desired, url or engine.url, **how))
        return rigs[-1]

    yield make
    engine.well()
    for each in rigs:
        each.close()
    if rigs:
        rigs[-1].nothing_is_left()

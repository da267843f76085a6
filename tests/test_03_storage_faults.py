"""What is left of the store when the program is killed, the disk is full, or somebody else has the file?

Whatever was acknowledged is there, and nothing is half there; whatever was accepted is kept as soon as it can be.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import broken
import busy_writer
import pytest
from helpers import eventually

from mini_k8s.errors import ServiceUnavailable, Timeout
from mini_k8s.objects import freeze, key_of
from mini_k8s.storage import log as writer
from mini_k8s.storage import open_log
from mini_k8s.store import Store

DATABASE = "store.db"


def pod(name="web", **more):
    return freeze({"kind": "Pod", "metadata": {"name": name, "namespace": "default"}, **more})


def version_of(obj):
    return int(obj["metadata"]["resourceVersion"])


# Killed.

def written(folder, round, acknowledgements=None, threads=8, **at):
    """What a busy writer said until it died: name -> (step, version).

    It is killed after so many acknowledgements; None: it dies by itself.
    """
    command = [sys.executable, busy_writer.__file__, folder, round, threads, *at.values()]
    child = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                             env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)})
    said = {}
    for count, line in enumerate(child.stdout, 1):
        if line.endswith("\n"):
            name, step, version = line.split()
            said[name] = int(step), int(version)
        if count == acknowledgements:
            child.kill()
    child.stdin.close()
    child.stdout.close()
    assert child.wait(30) == -9
    return said


def check(kept, said, older):
    """Each object is as its last acknowledged step left it, or as the next one would: nothing else can be."""
    objects = {obj["metadata"]["name"]: obj for obj in kept.list("Pod").items}
    for name, (step, version) in said.items():
        found = objects.pop(name, None)
        at = found and version_of(found)
        now = found and found.with_(metadata={"resourceVersion": None})
        then, next = busy_writer.content(name, step), busy_writer.content(name, step + 1)
        assert now in (then, next), f"{name} after step {step}, version {version}"
        if now and now == then:
            assert at == version
        elif now:
            assert at > version
        assert version <= kept.version
    for name in [name for name in objects if name not in older]:  # begun, and nothing of it acknowledged
        assert objects.pop(name).with_(metadata={"resourceVersion": None}) == busy_writer.content(name, 0)
    assert objects == older, "what is left is from before, and as it was"


def check_history(kept):
    """What can be followed leads from a state to the present one, with no version left out."""
    watch = kept.watch(since=kept._compacted)
    events = watch.drain(durable=False)
    assert [event.version for event in events] == [*range(kept._compacted + 1, kept.version + 1)]
    now = {key_of(obj): obj for obj in kept.list("Pod").items}
    for event in reversed(events):
        key = key_of(event.object)
        assert now.pop(key, None) == (None if event.type == "DELETED" else event.object)
        if event.old:
            now[key] = event.old


def live_through(folder, deaths):
    """One start after the other, on the same folder; each dies, and afterwards everything is checked."""
    older, newest = {}, 0
    for round, death in enumerate(deaths):
        said = written(folder, round, **death)
        with closing(Store(open_log(folder), window=300)) as kept:
            check(kept, said, older)
            check_history(kept)
            assert kept.version >= newest
            assert all(version > newest for _, version in said.values()), "a version was given twice"
            older = {obj["metadata"]["name"]: obj for obj in kept.list("Pod").items}
            newest = kept.version
    assert newest > 0


@pytest.mark.parametrize("threads", [1, 32])
def test_kill_9_at_any_moment_loses_nothing_that_was_acknowledged(tmp_path, threads):
    """S2, with one writer and with many that share a transaction."""
    random = Random(threads)
    live_through(tmp_path, [{"acknowledgements": random.randint(1, 600), "threads": threads} for _ in range(6)])


@pytest.mark.parametrize("where", ["BEGIN", "INSERT", "DELETE", "COMMIT", "ACKNOWLEDGE"])
def test_kill_9_at_each_step_of_a_commit_loses_nothing_that_was_acknowledged(tmp_path, where):
    """S2: before it began, half-way, before and after it was done."""
    # what is forgotten comes only when the window is full
    live_through(tmp_path, [{"acknowledgements": 400}, *({"where": where, "count": n} for n in (1, 2, 60))])


def test_what_was_committed_and_not_acknowledged_is_there_wholly(tmp_path):
    """The first commit is done, and nobody was told."""
    assert written(tmp_path / "data", 0, threads=1, where="ACKNOWLEDGE", count=1) == {}
    with closing(Store(open_log(tmp_path / "data"))) as kept:
        assert [obj.with_(metadata={"resourceVersion": None}) for obj in kept.list("Pod").items] == [
            busy_writer.content("0-0", 0)]


# The write-ahead log, cut or overwritten by a dying disk.

@pytest.fixture(scope="module")
def left_behind(tmp_path_factory):
    """A folder as a killed program leaves it: most of it still in the write-ahead log."""
    folder = tmp_path_factory.mktemp("killed") / "data"
    written(folder, 0, 150)
    assert (folder / f"{DATABASE}-wal").stat().st_size > 20_000
    return folder


def history(folder):
    with closing(Store(open_log(folder))) as kept:
        check_history(kept)
        return kept.watch(since=0).drain(durable=False)


@pytest.mark.parametrize("how", ["cut", "overwritten"])
@pytest.mark.parametrize("part", [0.03, 0.31, 0.5, 0.77, 0.999])
def test_a_broken_write_ahead_log_is_read_up_to_where_it_is_whole(left_behind, tmp_path, how, part):
    """What comes after is lost, as the disk has lost it; what is there is a true beginning, never a mixture."""
    whole = history(shutil.copytree(left_behind, tmp_path / "whole"))
    folder = shutil.copytree(left_behind, tmp_path / "broken")
    wal = folder / f"{DATABASE}-wal"
    where = int(wal.stat().st_size * part)
    if how == "cut":
        os.truncate(wal, where)
    else:
        with wal.open("r+b") as file:
            file.seek(where)
            file.write(b"\xa5" * 64)
    left = history(folder)
    assert left == whole[:len(left)]
    assert len(left) < len(whole)


# A disk that refuses.

@contextmanager
def held_by_another(folder):
    """Another connection writes, and does not come to an end."""
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def moved_away(folder):
    (folder / DATABASE).rename(folder / "elsewhere")
    yield
    (folder / "elsewhere").rename(folder / DATABASE)


@contextmanager
def replaced(folder):
    (folder / DATABASE).rename(folder / "elsewhere")
    (folder / DATABASE).write_text("something else")
    yield
    (folder / "elsewhere").rename(folder / DATABASE)


TROUBLES = {held_by_another: "another program holds .*it goes on by itself", moved_away: "is gone. Put it back",
            replaced: "was replaced while it was in use"}


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_what_cannot_be_kept_waits_and_nothing_more_is_taken(tmp_path, trouble):
    """Accepted changes are not lost, new ones are refused before they happen, and when it is over all goes on."""
    with closing(Store(open_log(tmp_path))) as kept:
        kept.wait(version_of(kept.create(pod("before"))))
        with trouble(tmp_path):
            made = kept.create(pod("meanwhile"))
            with pytest.raises(ServiceUnavailable, match=f"version 2 is not kept yet: .*{TROUBLES[trouble]}"):
                kept.wait(2, 60)
            with pytest.raises(ServiceUnavailable, match=f"nothing can be changed just now: .*{TROUBLES[trouble]}"):
                kept.create(pod("refused"))
            with pytest.raises(ServiceUnavailable):
                kept.update(made.with_(spec={"nodeName": "x"}))
            assert (kept.version, kept.durable, len(kept)) == (2, 1, 2)
            assert kept.get(key_of(made)) == made, "reading goes on"
        eventually(lambda: kept.durable == 2, 60, "it goes on by itself")
        kept.wait(version_of(kept.create(pod("after"))))
    with closing(Store(open_log(tmp_path))) as kept:
        assert [obj["metadata"]["name"] for obj in kept.list("Pod").items] == ["after", "before", "meanwhile"]
        assert kept.version == 3


def test_an_end_says_what_it_could_not_keep(tmp_path):
    """And gives the folder back all the same. What was acknowledged is there."""
    kept = Store(open_log(tmp_path))
    kept.wait(version_of(kept.create(pod("before"))))
    with held_by_another(tmp_path):
        kept.create(pod("a"))
        kept.create(pod("b"))
        with pytest.raises(ServiceUnavailable, match="the last 2 changes could not be kept: another program holds"):
            kept.close()
    with closing(Store(open_log(tmp_path))) as kept:
        assert [obj["metadata"]["name"] for obj in kept.list("Pod").items] == ["before"]


def test_whoever_does_not_want_to_wait_longer_is_told_that_it_is_not_certain(tmp_path):
    with closing(Store(open_log(tmp_path))) as kept:
        with held_by_another(tmp_path):
            kept.create(pod())
            with pytest.raises(Timeout, match=r"not kept within 0\.01 s\. Before you repeat the change, look"):
                kept.wait(1, 0.01)
        kept.wait(1, 60)


def test_a_disk_that_is_too_slow_makes_its_writers_wait_not_the_memory_full(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "MOST_PENDING", 3)
    with closing(Store(open_log(tmp_path))) as kept:
        with held_by_another(tmp_path):
            for name in "abc":
                kept.create(pod(name))
            with pytest.raises(ServiceUnavailable, match="3 changes wait for the slow disk"):
                kept.create(pod("d"))
            assert kept.version == 3
        kept.wait(3, 60)
        kept.wait(version_of(kept.create(pod("d"))), 60)


FILL = """
import os, resource, sys
from contextlib import suppress
from helpers import eventually
from mini_k8s.errors import ServiceUnavailable
from mini_k8s.objects import freeze
from mini_k8s.storage import open_log
from mini_k8s.store import Store

how, folder = sys.argv[1:]
kept = Store(open_log(folder))
if how == "full":  # the rest of the disk, given back later
    with suppress(OSError), open("filler", "wb", buffering=0) as filler:
        for _ in range(10_000):
            filler.write(bytes(1024))
    os.truncate("filler", os.path.getsize("filler") - 100_000)
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))

def write(n):
    made = kept.create(freeze({"kind": "Pod", "metadata": {"name": f"pod-{n:04}"}, "spec": {"much": "x" * 3000}}))
    kept.wait(made["metadata"]["resourceVersion"], 60)

durable = 0
with suppress(ServiceUnavailable):
    for n in range(1000):
        write(n)
        durable += 1
print(durable > 3, kept.version == durable + 1, kept.durable == durable)
try:
    write(2000)
except ServiceUnavailable as error:
    print(error)
print(kept.version == durable + 1, len(kept.list("Pod").items) == durable + 1)
if how == "full":
    os.remove("filler")
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
eventually(lambda: kept.durable == durable + 1, 60, "there is room again")
write(durable + 1)
kept.close()
again = Store(open_log(folder))
much = [pod["spec"]["much"] for pod in again.list("Pod").items]
print(again.version == durable + 2, much == ["x" * 3000] * (durable + 2))
"""


@pytest.mark.parametrize("how", ["full", "at its limit"])
def test_a_full_disk_loses_nothing_and_is_said(tmp_path, how):
    """On a disk of its own, really full; and with a limit on the size of a file, which everybody can set."""
    disk = broken.disk("size=1m", tmp_path) if how == "full" else []
    here = Path(__file__).parent
    done = subprocess.run([*disk, sys.executable, "-c", FILL, how, tmp_path / "data"], capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": f"{here.parent}{os.pathsep}{here}"})
    first, refusal, second, third = done.stdout.splitlines() or [done.stderr] * 4
    assert (first, second, third) == ("True True True", "True True", "True True"), done
    says = ("is full. Make room there; it goes on by itself." if how == "full" else
            "does not take it (disk I/O error). Look at its disk")
    assert refusal.startswith("nothing can be changed just now: ")
    assert says in refusal

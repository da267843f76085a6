"""What is kept in a folder, whose it is, and what is refused. What goes wrong while it is used: see the faults."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import broken
import pytest

from mini_k8s.errors import Conflict, Gone, Invalid, ServiceUnavailable, StatusError
from mini_k8s.objects import Key, freeze
from mini_k8s.storage import open_log
from mini_k8s.storage.claim import Claim
from mini_k8s.storage.file import OURS, SCHEMA, open_file
from mini_k8s.storage.rows import REMEMBERED
from mini_k8s.store import Store

DATABASE = "store.db"
FORM_1 = """
    PRAGMA application_id = 1835743347;
    CREATE TABLE log (version INTEGER PRIMARY KEY, type TEXT NOT NULL, kind TEXT NOT NULL, namespace TEXT NOT NULL,
                      name TEXT NOT NULL, body BLOB NOT NULL);
    CREATE TABLE compacted (version INTEGER NOT NULL);
    INSERT INTO compacted VALUES (2);
    INSERT INTO log VALUES (2, 'ADDED', 'Pod', 'default', 'web',
        '{"kind": "Pod", "metadata": {"name": "web", "namespace": "default", "resourceVersion": "2"}}');
    INSERT INTO log VALUES (3, 'MODIFIED', 'Pod', 'default', 'web',
        '{"kind": "Pod", "metadata": {"name": "web", "namespace": "default", "resourceVersion": "3"}, "spec": {}}');
    PRAGMA user_version = 1;
"""  # as it was written, never to be changed: somebody has such a file


def pod(name="web", **more):
    return freeze({"kind": "Pod", "metadata": {"name": name, "namespace": "default"}, **more})


def filled(folder, count=5, **how):
    """A folder in which a store has had so many pods."""
    with closing(Store(open_log(folder), **how)) as kept:
        for n in range(count):
            kept.create(pod(f"pod-{n}"))
    return folder


def events(kept, since=0):
    return kept.watch(since=since).drain(durable=False)


def in_the_table(folder):
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        return [version for (version,) in db.execute("SELECT version FROM log ORDER BY version")]


def elsewhere(code, *args, **how):
    """Another process, whose first line of output is awaited."""
    child = subprocess.Popen([sys.executable, "-c", code, *map(str, args)], stdout=subprocess.PIPE,
                             stdin=subprocess.PIPE, text=True, **how)
    child.stdout.readline()
    return child


# What is there after a start.

def test_all_of_it_is_there_again(tmp_path):
    """Objects, versions, and what can be followed, with what was before."""
    with closing(Store(open_log(tmp_path))) as kept:
        made = kept.create(pod())
        kept.update(made.with_(spec={"nodeName": "node-1"}))
        kept.create(pod("other"))
        kept.delete(Key("Pod", "default", "web"))
        before = (kept.version, kept.list("Pod"), events(kept))
    with closing(Store(open_log(tmp_path))) as kept:
        assert (kept.version, kept.list("Pod"), events(kept)) == before
        assert kept.durable == kept.version
        assert kept.create(pod())["metadata"]["resourceVersion"] == "5"


def test_a_version_is_not_given_again_though_its_object_is_gone(tmp_path):
    """S1: also when nothing of it is left to be followed."""
    with closing(Store(open_log(tmp_path), window=1)) as kept:
        for _ in range(3):
            kept.create(pod())
            kept.delete(Key("Pod", "default", "web"))
    with closing(Store(open_log(tmp_path), window=1)) as kept:
        assert kept.create(pod())["metadata"]["resourceVersion"] == "7"


def test_what_could_not_be_followed_before_cannot_be_afterwards(tmp_path):
    filled(tmp_path, 9, window=4)
    with closing(Store(open_log(tmp_path), window=100)) as kept:
        assert [event.version for event in events(kept, 5)] == [6, 7, 8, 9]
        with pytest.raises(Gone, match="remembers 5 to 9"):
            events(kept, 4)
        assert len(kept) == 9


def test_the_table_does_not_grow_with_the_number_of_changes(tmp_path):
    """What nobody can follow and no object needs is deleted."""
    with closing(Store(open_log(tmp_path), window=10)) as kept:
        made = kept.create(pod())
        for n in range(200):
            made = kept.update(made.with_(spec={"n": n}))
            kept.create(pod("passing"))
            kept.delete(Key("Pod", "default", "passing"))
    assert in_the_table(tmp_path) == [*range(590, 602)], "the last ten, and what was there before them"


def test_after_a_start_only_the_last_thousand_changes_can_be_followed(tmp_path):
    """More would have to be read before anything can begin. The others are deleted, and the objects are all there."""
    count = REMEMBERED + 50
    with closing(Store(open_log(tmp_path))) as kept:
        made = kept.create(pod())
        for n in range(2, count + 1):
            made = kept.update(made.with_(spec={"n": n}))
    with closing(Store(open_log(tmp_path))) as kept:
        assert kept.get(Key("Pod", "default", "web")) == made
        assert len(events(kept, 50)) == REMEMBERED
        with pytest.raises(Gone):
            events(kept, 49)
    assert in_the_table(tmp_path) == [*range(50, count + 1)]


def test_of_what_was_deleted_long_ago_nothing_is_read_again(tmp_path):
    """After a start too: neither the object as it was, nor that it was deleted."""
    with closing(Store(open_log(tmp_path))) as kept:
        kept.create(pod("old"))
        kept.delete(Key("Pod", "default", "old"))
        again = kept.create(pod("old"))
        kept.create(pod("gone"))
        kept.delete(Key("Pod", "default", "gone"))
        made = kept.create(pod())
        for n in range(REMEMBERED):
            made = kept.update(made.with_(spec={"n": n}))
    assert in_the_table(tmp_path)[:4] == [1, 2, 3, 4], "nothing has left the window yet"
    with closing(Store(open_log(tmp_path))) as kept:
        assert kept.list("Pod").items == (again, made)
    assert in_the_table(tmp_path) == [3, *range(6, REMEMBERED + 7)]


def test_a_smaller_window_forgets_at_once_what_is_too_much(tmp_path):
    filled(tmp_path, 30)
    with closing(Store(open_log(tmp_path), window=5)) as kept:
        kept.delete(Key("Pod", "default", "pod-0"))
        assert len(events(kept, 26)) == 5
        with pytest.raises(Gone):
            events(kept, 25)


def test_what_nobody_waited_for_is_kept_by_an_orderly_end(tmp_path):
    filled(tmp_path, 500)
    with closing(Store(open_log(tmp_path))) as kept:
        assert len(kept) == 500


def test_a_watcher_outside_hears_of_a_change_when_it_is_durable(tmp_path):
    """Before, a crash could give the same version to something else."""
    with closing(Store(open_log(tmp_path))) as kept:
        watch, heard = kept.watch(), threading.Event()
        kept.durable_listeners.append(heard.set)
        with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # for as long as this one writes, nobody else can
            kept.create(pod())
            assert (watch.drain(), watch.version, kept.durable) == ([], 0, 0)
            assert not heard.is_set()
            assert len(kept.watch(since=0).drain(durable=False)) == 1, "within the program it is heard of at once"
            assert kept.watch(since=1).drain() == []
            other.execute("ROLLBACK")
        assert heard.wait(30)
        assert [event.version for event in watch.drain()] == [1]


def test_a_watch_from_a_version_that_is_not_kept_yet_goes_on_from_there(tmp_path):
    """Somebody listed it within the program. It never goes back to what is kept, and hears nothing twice."""
    with closing(Store(open_log(tmp_path))) as kept:
        with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            kept.create(pod())
            kept.create(pod("other"))
            watch = kept.watch(since=1)
            for _ in range(2):
                assert (watch.drain(), watch.version, watch.durable) == ([], 1, False)
            other.execute("ROLLBACK")
        kept.wait(2)
        assert [event.version for event in watch.drain()] == [2]
        assert (watch.drain(), watch.version, watch.durable) == ([], 2, True)


def test_a_listener_that_fails_does_not_stop_the_writer(tmp_path, capsys):
    """A rim whose event loop has ended must not cost anybody a change."""
    with closing(Store(open_log(tmp_path))) as kept:
        kept.durable_listeners.append(lambda: 1 / 0)
        for n in range(3):
            kept.wait(kept.create(pod(f"pod-{n}"))["metadata"]["resourceVersion"])
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert in_the_table(tmp_path) == [1, 2, 3]


def test_after_its_end_a_store_takes_nothing_more(tmp_path):
    kept = Store(open_log(tmp_path))
    kept.create(pod())
    kept.close()
    kept.close()
    with pytest.raises(ServiceUnavailable, match="closed"):
        kept.create(pod("late"))
    assert len(kept) == 1
    kept.wait(1)
    with pytest.raises(ServiceUnavailable, match="closed"):
        kept.wait(2)


def test_an_end_leaves_no_thread_and_no_open_file(tmp_path):
    def open_files():
        return {os.readlink(f"/dev/fd/{fd}") for fd in os.listdir("/dev/fd") if os.path.exists(f"/dev/fd/{fd}")}

    before = threading.active_count()
    for _ in range(20):
        filled(tmp_path, 1) if not (tmp_path / DATABASE).exists() else Store(open_log(tmp_path)).close()
    assert threading.active_count() == before
    assert not [path for path in open_files() if str(tmp_path) in path]


# Whose it is.

def test_the_folder_is_made_for_its_owner_only(tmp_path):
    """Secrets will lie there."""
    folder = tmp_path / "new" / "data"
    old = os.umask(0)
    try:
        with closing(Store(open_log(folder))) as kept:
            kept.wait(kept.create(pod())["metadata"]["resourceVersion"])
            modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    finally:
        os.umask(old)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {DATABASE, f"{DATABASE}-wal", "lock"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_a_copy_that_was_put_back_is_closed_to_others(tmp_path):
    (filled(tmp_path) / DATABASE).chmod(0o644)
    Store(open_log(tmp_path)).close()
    assert (tmp_path / DATABASE).stat().st_mode & 0o777 == 0o600


HOLD = """
import sys
from mini_k8s.storage import open_log
log = open_log(sys.argv[1])
print("held", flush=True)
input()
"""


def test_a_second_process_is_refused_with_the_pid_of_the_first(tmp_path):
    child = elsewhere(HOLD, tmp_path)
    with pytest.raises(Conflict, match=f"in use by process {child.pid}. Stop that one first, or use another folder"):
        open_log(tmp_path)
    files = len(os.listdir("/dev/fd"))
    for _ in range(3):
        with pytest.raises(Conflict):
            open_log(tmp_path)
    assert len(os.listdir("/dev/fd")) == files, "who was refused keeps nothing open"
    child.communicate("\n", timeout=30)
    open_log(tmp_path).close()


def test_the_folder_of_a_killed_process_is_free_at_once(tmp_path):
    child = elsewhere(HOLD, tmp_path)
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=30)
    open_log(tmp_path).close()


def test_what_a_killed_process_has_started_does_not_hold_its_folder(tmp_path):
    """The processes of pods live on; a lock that they inherited would keep the next start out."""
    code = HOLD.replace("input()", "import os; os.fork() or print(os.getpid(), flush=True); input()")
    child = elsewhere(code, tmp_path)
    heir = int(child.stdout.readline())
    try:
        child.kill()
        child.wait(30)
        open_log(tmp_path).close()
    finally:
        os.kill(heir, signal.SIGKILL)
        child.stdin.close()
        child.stdout.close()


def test_the_same_process_is_refused_too(tmp_path):
    """And what is refused does not end the lock of the one who has it."""
    log = open_log(tmp_path)
    for _ in range(2):
        with pytest.raises(Conflict, match="in use by this very process"):
            open_log(tmp_path / "." / "x" / "..")
    child = subprocess.run([sys.executable, "-c", HOLD, tmp_path], capture_output=True, text=True)
    assert f"in use by process {os.getpid()}" in child.stderr
    log.close()
    log.close()
    open_log(tmp_path).close()


def test_giving_a_folder_back_twice_closes_nobody_elses_file(tmp_path):
    """The number of the lock's file is somebody else's by then."""
    claim = Claim(tmp_path)
    claim.release()
    others = [os.open(tmp_path / "lock", os.O_RDONLY) for _ in range(20)]
    try:
        claim.release()
        for other in others:
            os.fstat(other)
    finally:
        for other in others:
            os.close(other)
    next_one = Claim(tmp_path)
    claim.release()
    with pytest.raises(Conflict, match="this very process"):
        Claim(tmp_path)
    next_one.release()


def test_a_child_of_the_one_who_has_the_folder_does_not_have_it(tmp_path):
    """It is told whose it is, and it may have the folder when its parent has given it back."""
    code = """
import os, sys
from mini_k8s.errors import Conflict
from mini_k8s.storage.claim import Claim
from pathlib import Path
folder, (tried, tries), (freed, frees) = Path(sys.argv[1]), os.pipe(), os.pipe()
claim = Claim(folder)
if os.fork():
    os.read(tried, 1)
    claim.release()
    os.write(frees, b"x")
    os.wait()
else:
    try:
        Claim(folder)
    except Conflict as error:
        print(str(error).replace(str(os.getppid()), "PARENT"), flush=True)
    os.write(tries, b"x")
    os.read(freed, 1)
    Claim(folder).release()
    print("mine", flush=True)
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, timeout=60)
    assert done.stdout == (f"{tmp_path} is in use by process PARENT. Stop that one first, or use another folder.\n"
                           "mine\n"), done.stderr


def test_a_folder_that_is_none_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(Invalid, match="is no folder"):
            open_log(place)
    assert (tmp_path / "file").read_text() == "mine"


TRY = """
import os, sys
from mini_k8s.errors import StatusError
from mini_k8s.storage import open_log
if len(sys.argv) > 2:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    open_log(sys.argv[1])
except StatusError as error:
    print(type(error).__name__, error)
"""


def test_a_disk_that_can_only_be_read_is_refused(tmp_path):
    """Found out at the start, not at the first change."""
    command = broken.apart("m", f"mount --bind {filled(tmp_path)} {tmp_path} && mount -o remount,ro,bind {tmp_path}")
    done = subprocess.run([*command, sys.executable, "-c", TRY, tmp_path], capture_output=True, text=True)
    assert done.stdout.startswith(f"Forbidden {tmp_path} cannot be used: Read-only file system."), done


def test_somebody_elses_folder_is_refused(tmp_path_factory):
    """Whether one may not look into it, or only not write there."""
    if os.geteuid():
        place, args = "/", []
    else:
        place, args = filled(tmp_path_factory.mktemp("theirs")), ["as nobody"]
    done = subprocess.run([sys.executable, "-c", TRY, place, *args], capture_output=True, text=True)
    assert done.stdout.startswith(f"Forbidden {place} cannot be used: Permission denied. Name a folder"), done


# What is refused, and left as it is.

def spoil(folder, sql):
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
        db.executescript(sql)


def cut(folder, size):
    os.truncate(folder / DATABASE, size)


def scribble(folder, offset):
    with (folder / DATABASE).open("r+b") as file:
        file.seek(offset)
        file.write(b"\xff" * 4096)


DAMAGE = {
    "empty": (lambda folder: cut(folder, 0), "it is empty"),
    "half of its first page": (lambda folder: cut(folder, 2000), "damaged"),
    "half of it": (lambda folder: cut(folder, (folder / DATABASE).stat().st_size // 8192 * 4096), "damaged"),
    "its last page is missing": (lambda folder: cut(folder, (folder / DATABASE).stat().st_size - 4096), "damaged"),
    "no database": (lambda folder: (folder / DATABASE).write_text("notes of mine"), "does not begin as a database"),
    "a page overwritten": (lambda folder: scribble(folder, 8192), "damaged"),
    "the file is gone, the changes are not": (lambda folder: _only_the_wal(folder), "it is gone"),
    "a version is missing": (lambda folder: spoil(folder, "DELETE FROM log WHERE version = 3"), "version 3 is missing"),
    "the last but one": (lambda folder: spoil(folder, "DELETE FROM log WHERE version = 39"), "version 39 is missing"),
    "no JSON": (lambda folder: spoil(folder, "UPDATE log SET body = '{\"kind\": ' WHERE version = 3"), "damaged"),
    "no object": (lambda folder: spoil(folder, "UPDATE log SET body = '[1]' WHERE version = 3"), "damaged"),
    "another object": (lambda folder: spoil(folder, "UPDATE log SET name = 'x' WHERE version = 3"),
                       "version 3 of Pod default/x holds <Pod default/pod-2>"),
    "a change of nothing": (lambda folder: spoil(folder, "UPDATE log SET type = 'MODIFIED' WHERE version = 3"),
                            "version 3 is MODIFIED, and before it there was nothing"),
    "no table": (lambda folder: spoil(folder, "DROP TABLE log"), "damaged"),
    "nothing about what is forgotten": (lambda folder: spoil(folder, "DELETE FROM compacted"), "damaged"),
}


def _only_the_wal(folder):
    (folder / f"{DATABASE}-wal").write_bytes(b"changes")
    (folder / DATABASE).unlink()


@pytest.mark.parametrize("what", DAMAGE)
def test_what_is_damaged_is_refused_and_left_as_it_is(tmp_path, what):
    """Never emptied, never half read: whoever has a copy can put it back."""
    filled(tmp_path, 40)
    spoiled, says = DAMAGE[what]
    spoiled(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for _ in range(2):
        with pytest.raises(StatusError, match=says) as refusal:
            Store(open_log(tmp_path))
        assert "Put back a copy" in str(refusal.value)
        left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        assert {name: left.get(name) for name in before} == before


def test_every_end_of_a_cut_file_is_refused(tmp_path):
    """However much of it is missing."""
    filled(tmp_path / "whole", 60)
    size = (tmp_path / "whole" / DATABASE).stat().st_size
    for n, left in enumerate(range(0, size, 1536)):
        folder = shutil.copytree(tmp_path / "whole", tmp_path / str(n))
        cut(folder, left)
        with pytest.raises(StatusError, match="is damaged"):
            Store(open_log(folder))


def test_another_programs_database_is_refused(tmp_path):
    spoil(tmp_path, "CREATE TABLE mine (x)")
    before = (tmp_path / DATABASE).read_bytes()
    with pytest.raises(Invalid, match="is a database of another program"):
        open_log(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == before


def test_a_database_that_another_program_holds_is_refused(tmp_path):
    filled(tmp_path)
    with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Conflict, match="is held by another program"):
            open_log(tmp_path)
        other.execute("ROLLBACK")
    Store(open_log(tmp_path)).close()


def test_a_start_that_was_cut_short_is_begun_again(tmp_path):
    """The file appears whole or not at all."""
    for name in (f"{DATABASE}.new", f"{DATABASE}.new-wal", f"{DATABASE}.new-journal"):
        (tmp_path / name).write_bytes(b"half")
    filled(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", DATABASE]
    assert in_the_table(tmp_path) == [1, 2]


# From one form to the next.

def test_a_file_of_the_first_form_is_read(tmp_path):
    spoil(tmp_path, FORM_1)
    with closing(Store(open_log(tmp_path))) as kept:
        assert (kept.version, kept.get(Key("Pod", "default", "web")).spec) == (3, {})
        assert [(event.type, event.old["metadata"]["resourceVersion"]) for event in events(kept, 2)] == [
            ("MODIFIED", "2")]
        kept.delete(Key("Pod", "default", "web"))
    assert in_the_table(tmp_path) == [2, 3, 4]


NEXT = (*SCHEMA, "ALTER TABLE log ADD COLUMN writer TEXT; UPDATE log SET writer = 'unknown'")


def test_an_older_form_is_brought_up_to_ours_with_all_that_is_in_it(tmp_path):
    """Each step that is missing, once."""
    filled(tmp_path, 3)
    for _ in range(2):
        with closing(open_file(tmp_path / DATABASE, NEXT)) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (2,)
            assert db.execute("SELECT version, writer FROM log").fetchall() == [(n, "unknown") for n in (1, 2, 3)]


def test_a_step_that_fails_changes_nothing(tmp_path):
    filled(tmp_path, 3)
    with pytest.raises(StatusError):
        open_file(tmp_path / DATABASE, (*SCHEMA, "DELETE FROM log; ALTER TABLE nothing ADD COLUMN x"))
    assert in_the_table(tmp_path) == [1, 2, 3]
    Store(open_log(tmp_path)).close()


def test_a_file_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path):
    """An older program would write what the newer one cannot read."""
    filled(tmp_path, 3)
    open_file(tmp_path / DATABASE, NEXT).close()
    before = (tmp_path / DATABASE).read_bytes()
    with pytest.raises(Invalid, match=r"was written by a newer mini_k8s \(form 2; this one knows up to 1\)"):
        open_log(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == before


def test_a_commit_returns_when_the_disk_has_it(tmp_path):
    """What a test cannot pull is the plug; so it looks at what SQLite was told."""
    with closing(open_file(tmp_path / DATABASE)) as db:
        told = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "fullfsync")]
        assert told == ["wal", 2, 1]
        assert db.execute("PRAGMA application_id").fetchone() == (OURS,)


def test_nobody_else_is_needed_to_read_it(tmp_path):
    """With SQLite's own shell, also while it is used."""
    with closing(Store(open_log(tmp_path))) as kept:
        kept.wait(kept.create(pod())["metadata"]["resourceVersion"])
        with closing(sqlite3.connect(tmp_path / DATABASE)) as db:
            assert db.execute("SELECT version, type, kind, name FROM log").fetchall() == [(1, "ADDED", "Pod", "web")]

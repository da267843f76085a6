"""Does the store keep its promises, whatever lies under it? One table of tests, on every back end.

In memory; with SQLite under it; and with SQLite, opened anew after every single change.
"""

import doctest
import threading
import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mini_k8s import store
from mini_k8s.errors import AlreadyExists, BadRequest, Conflict, Gone, Invalid, NotFound
from mini_k8s.objects import Key, Object, freeze, key_of
from mini_k8s.storage import open_log
from mini_k8s.store import Store

WEB = Key("Pod", "default", "web")


class Reopened:
    """A store that is closed and opened anew after each change. Its watches go on from the version they were at."""

    def __init__(self, folder, window):
        self._how = folder, window
        self._open()

    def __getattr__(self, name):
        return getattr(self._store, name)

    def __len__(self):
        return len(self._store)

    def create(self, obj):
        return self._and_anew(self._store.create(obj))

    def update(self, obj):
        return self._and_anew(self._store.update(obj))

    def delete(self, *key, **conditions):
        return self._and_anew(self._store.delete(*key, **conditions))

    def watch(self, kind=None, namespace=None, since=None, where=None):
        return Followed(self, kind, namespace, since, where)

    def close(self):
        self._store.close()

    def _open(self):
        folder, window = self._how
        self._store = Store(open_log(folder), window)

    def _and_anew(self, answer):
        self.close()
        self._open()
        return answer


class Followed:
    def __init__(self, reopened, kind, namespace, since, where):
        self._reopened, self._what, self._where = reopened, (kind, namespace), where
        self.version = reopened._store.watch(*self._what, since, where).version

    def drain(self, durable=True):
        watch = self._reopened._store.watch(*self._what, self.version, self._where)
        seen = watch.drain(durable)
        self.version = watch.version
        return seen


@pytest.fixture(params=["memory", "SQLite", "SQLite, opened anew after each change"])
def new(request, tmp_path):
    """``new(window)`` gives an empty store on this back end."""
    made = []

    def new(window=10_000):
        folder = tmp_path / f"data-{len(made)}"
        make = {"memory": lambda: Store(window=window), "SQLite": lambda: Store(open_log(folder), window)}
        made.append(make.get(request.param, lambda: Reopened(folder, window))())
        return made[-1]

    yield new
    for one in made:
        one.close()


@pytest.fixture
def kept(new):
    """An empty store on this back end."""
    return new()


def pod(name="web", namespace="default", **more):
    return freeze({"kind": "Pod", "metadata": {"name": name, "namespace": namespace, "uid": f"uid of {name}"}, **more})


def node(name):
    return freeze({"kind": "Node", "metadata": {"name": name}})


def label(obj, **labels):
    return obj.with_(metadata={"labels": labels})


def blue(obj):
    return (obj["metadata"].get("labels") or {}).get("colour") == "blue"


def version_of(obj):
    return int(obj["metadata"]["resourceVersion"])


def told(watch):
    """What a watch tells, short: (type, name, version)."""
    return [(event.type, event.object["metadata"]["name"], event.version) for event in watch.drain(durable=False)]


def test_the_examples_of_the_docstrings_are_true():
    """One of them is the text of exercise 3.1."""
    assert doctest.testmod(store).failed == 0


# Reading and writing.

def test_every_change_gets_the_next_version_one_number_for_all_kinds(kept):
    """S1: whoever has two versions knows which change came first."""
    first, second = kept.create(pod()), kept.create(node("node-1"))
    third = kept.update(first.with_(spec={"nodeName": "node-1"}))
    assert [version_of(obj) for obj in (first, second, third)] == [1, 2, 3]
    assert version_of(kept.delete(WEB)) == 4
    assert version_of(kept.create(pod())) == 5
    assert kept.version == 5


def test_what_was_refused_uses_no_version(kept):
    """A gap would look like a change that was lost."""
    kept.create(pod())
    for refused in (lambda: kept.create(pod()), lambda: kept.update(pod("other")), lambda: kept.delete(WEB, uid="x"),
                    lambda: kept.update(pod().with_(metadata={"resourceVersion": "7"}))):
        with pytest.raises((AlreadyExists, Conflict, NotFound)):
            refused()
    assert version_of(kept.create(pod("next"))) == 2


def test_a_name_is_taken_until_it_is_deleted(kept):
    kept.create(pod())
    with pytest.raises(AlreadyExists, match="Pod default/web"):
        kept.create(pod(spec={"nodeName": "node-2"}))
    assert kept.get(WEB).get("spec") is None
    kept.create(pod(namespace="other"))
    kept.delete(WEB)
    kept.create(pod())


def test_what_is_not_there_is_said_by_its_name(kept):
    for ask in (kept.get, kept.delete):
        with pytest.raises(NotFound, match="there is no Pod default/web"):
            ask(WEB)
    with pytest.raises(NotFound, match="there is no Node node-1"):
        kept.update(node("node-1"))


def test_a_change_of_an_old_version_is_refused_and_changes_nothing(kept):
    """S3: two read the same, both change it, and the second has not seen the first one's change."""
    read = kept.create(pod())
    mine = kept.update(read.with_(spec={"nodeName": "node-1"}))
    with pytest.raises(Conflict, match="'web' is at version 2, you changed version 1"):
        kept.update(read.with_(spec={"nodeName": "node-2"}))
    assert kept.get(WEB) == mine


def test_another_object_of_the_same_name_is_not_changed(kept):
    """S3: it was deleted and made anew meanwhile. Nobody meant this one."""
    kept.create(pod())
    other = pod().with_(metadata={"uid": "another"})
    with pytest.raises(Conflict, match="uid"):
        kept.update(other)
    with pytest.raises(Conflict, match="uid"):
        kept.delete(WEB, uid="another")
    with pytest.raises(Conflict, match="version"):
        kept.delete(WEB, version="7")
    assert kept.get(WEB)["metadata"]["uid"] == "uid of web"


def test_whoever_names_no_version_overwrites(kept):
    kept.create(pod())
    kept.update(pod(spec={"nodeName": "node-1"}))
    assert kept.get(WEB).spec.nodeName == "node-1"


def test_a_change_that_changes_nothing_is_none(kept):
    """S7: else two controllers that write the same would wake each other for ever."""
    made, watch = kept.create(pod()), kept.watch()
    assert kept.update(made) == made
    assert kept.update(pod()) == made
    assert (kept.version, watch.drain(durable=False)) == (1, [])


def test_a_list_is_in_order_of_namespace_and_name_and_says_its_version(kept):
    for name, namespace in (("b", "y"), ("c", "x"), ("a", "y"), ("b", "x")):
        kept.create(pod(name, namespace))
    kept.create(node("a"))
    version, items = kept.list("Pod")
    assert [(obj.metadata.namespace, obj.metadata.name) for obj in items] == [("x", "b"), ("x", "c"), ("y", "a"),
                                                                              ("y", "b")]
    assert version == 5
    assert [obj.metadata.name for obj in kept.list("Pod", "y").items] == ["a", "b"]
    assert len(kept.list("Pod", where=lambda obj: obj.metadata.name == "b").items) == 2
    assert kept.list("ConfigMap").items == ()
    assert len(kept) == 5


def test_a_list_is_of_one_moment(kept):
    kept.create(pod())
    listed = kept.list("Pod")
    kept.create(pod("later"))
    kept.delete(WEB)
    assert [obj.metadata.name for obj in listed.items] == ["web"]


def test_what_is_handed_out_cannot_be_changed(kept):
    """Everybody shares it, so nobody copies it."""
    made = kept.create(pod(spec={"containers": [{"name": "app"}]}))
    assert kept.get(WEB) is kept.get(WEB)
    with pytest.raises(TypeError, match="make a changed copy"):
        made["spec"]["containers"][0]["name"] = "other"
    assert kept.update(made.with_(status={"phase": "Running"}))["spec"] == made["spec"]


def test_a_deleted_object_is_returned_as_it_was_with_the_version_of_its_deletion(kept):
    kept.create(pod(spec={"nodeName": "node-1"}))
    gone = kept.delete(WEB)
    assert (gone.spec.nodeName, version_of(gone)) == ("node-1", 2)


# Following.

def test_a_watch_tells_every_change_once_in_order(kept):
    """S4."""
    watch = kept.watch()
    made = kept.create(pod())
    kept.update(made.with_(spec={"nodeName": "node-1"}))
    kept.create(node("node-1"))
    assert told(watch) == [("ADDED", "web", 1), ("MODIFIED", "web", 2), ("ADDED", "node-1", 3)]
    kept.delete(WEB)
    assert told(watch) == [("DELETED", "web", 4)]
    assert told(watch) == []


def test_an_event_carries_what_was_before(kept):
    watch = kept.watch()
    made = kept.create(pod())
    changed = kept.update(made.with_(spec={"nodeName": "node-1"}))
    gone = kept.delete(WEB)
    assert [(event.old, event.object) for event in watch.drain(durable=False)] == [
        (None, made), (made, changed), (changed, gone)]


def test_a_watch_of_a_kind_and_a_namespace_tells_nothing_else(kept):
    watch = kept.watch("Pod", "default")
    kept.create(node("node-1"))
    kept.create(pod("elsewhere", "other"))
    kept.create(pod())
    assert told(watch) == [("ADDED", "web", 3)]


def test_what_comes_to_match_is_added_and_what_no_longer_does_is_deleted(kept):
    """S4: filtered by the old and the new object, or a watcher would keep for ever what it should have dropped."""
    watch = kept.watch("Pod", where=blue)
    made = kept.create(pod())
    made = kept.update(label(made, colour="blue"))
    made = kept.update(made.with_(spec={"nodeName": "node-1"}))
    assert told(watch) == [("ADDED", "web", 2), ("MODIFIED", "web", 3)]
    kept.update(label(made, colour="red"))
    (left,) = watch.drain(durable=False)
    assert (left.type, left.version, version_of(left.object)) == ("DELETED", 4, 4)
    assert blue(left.object), "as it was when it matched"
    kept.delete(WEB)
    assert told(watch) == [], "it was told already"


def test_a_deletion_is_told_with_the_version_of_the_deletion(kept):
    """S4: with the object's own last version, a watcher that goes on from it would hear of the deletion again."""
    kept.create(label(pod(), colour="blue"))
    watch = kept.watch(where=blue)
    kept.delete(WEB)
    (event,) = watch.drain(durable=False)
    assert (event.type, version_of(event.object), event.version) == ("DELETED", 2, 2)


def test_a_list_and_a_watch_from_its_version_are_the_whole(kept):
    """S6: nothing falls between the two."""
    kept.create(pod("a"))
    listing = kept.list("Pod")
    kept.create(pod("b"))
    assert told(kept.watch("Pod", since=listing.version)) == [("ADDED", "b", 2)]


def test_a_watch_goes_on_from_where_another_one_was(kept):
    """S4: a watcher that was cut off has missed nothing."""
    watch = kept.watch()
    kept.create(pod("a"))
    watch.drain(durable=False)
    kept.create(pod("b"))
    for since in (watch.version, str(watch.version)):
        assert told(kept.watch(since=since)) == [("ADDED", "b", 2)]


@pytest.mark.parametrize("since", [3, "3", -1])
def test_a_version_that_does_not_exist_cannot_be_followed(kept, since):
    """S5: one of the future would tell old changes as if they were new."""
    kept.create(pod("a"))
    kept.create(pod("b"))
    with pytest.raises(Gone, match=f"version {since} cannot be followed: this store remembers 0 to 2. List anew"):
        kept.watch(since=since)


def test_what_is_no_version_is_refused(kept):
    with pytest.raises(BadRequest, match="'newest' is no version"):
        kept.watch(since="newest")


def test_a_version_outside_the_window_is_gone(new):
    """S5: silence is never an answer."""
    kept = new(window=3)
    for name in "abcde":
        kept.create(pod(name))
    assert [told(kept.watch(since=since))[0][1] for since in (2, 3, 4)] == ["c", "d", "e"]
    for since in (0, 1):
        with pytest.raises(Gone, match="remembers 2 to 5"):
            kept.watch(since=since)


def test_a_slow_watcher_is_told_that_it_missed_something(new):
    """S5: it is sent away to list anew; nothing is ever skipped."""
    kept = new(window=3)
    slow, quick = kept.watch(), kept.watch()
    for name in "abcd":
        kept.create(pod(name))
        assert len(quick.drain(durable=False)) == 1
    with pytest.raises(Gone, match="List anew"):
        slow.drain(durable=False)
    with pytest.raises(Gone, match="List anew"):
        slow.drain(durable=False)


@pytest.mark.parametrize("window", [1, 2, 9, 10, 55])
def test_at_least_the_window_can_be_followed_and_not_much_more(new, window):
    kept = new(window)
    for n in range(120):
        kept.create(pod(f"pod-{n}"))
        oldest = max(0, kept.version - window)
        assert len(kept.watch(since=oldest).drain(durable=False)) == kept.version - oldest
    with pytest.raises(Gone):
        kept.watch(since=kept.version - window - window // 10 - 1)


# Durable.

def test_what_was_waited_for_is_durable(kept):
    made = kept.create(pod())
    kept.wait(made["metadata"]["resourceVersion"])
    assert kept.durable == 1
    assert [event.version for event in kept.watch(since=0).drain()] == [1]


# In all histories.

names = st.sampled_from("abc")
steps = st.lists(st.tuples(st.sampled_from(["create", "update", "delete"]), names, st.sampled_from(["blue", "red"])),
                 max_size=30)


def happen(kept, steps):
    """Whatever of the steps can happen."""
    for verb, name, colour in steps:
        try:
            if verb == "delete":
                kept.delete(Key("Pod", "default", name))
            else:
                getattr(kept, verb)(label(pod(name), colour=colour))
        except (AlreadyExists, NotFound):
            pass


@given(steps, steps, st.booleans())
@settings(deadline=None)
def test_a_replay_is_the_list(before, after, filtered):
    """S6 and S4: from any moment on; and each object is ADDED, MODIFIED so many times, and DELETED, in that order."""
    kept = Store()
    where = blue if filtered else None
    happen(kept, before)
    listing = kept.list("Pod", where=where)
    known = {key_of(obj): obj for obj in listing.items}
    watch = kept.watch("Pod", since=listing.version, where=where)
    happen(kept, after)
    last = listing.version
    for event in watch.drain(durable=False):
        key = key_of(event.object)
        assert event.version > last
        assert version_of(event.object) == event.version
        assert (key in known) == (event.type != "ADDED")
        last = event.version
        if event.type == "DELETED":
            del known[key]
        else:
            known[key] = event.object
    assert sorted(known.items()) == [(key_of(obj), obj) for obj in kept.list("Pod", where=where).items]


@pytest.fixture(params=["memory", "SQLite"])
def shared(request, tmp_path):
    """A store that stays the same one: for many threads, and for listeners."""
    made = Store(open_log(tmp_path / "data") if request.param == "SQLite" else None)
    yield made
    made.close()


def test_listeners_are_called_after_each_change(shared):
    """And find it done. They are how a component learns that there is something to drain."""
    seen = []
    shared.listeners.append(lambda: seen.append(shared.version))
    made = shared.create(pod())
    shared.update(made)
    assert seen == [1], "nothing has changed the second time"
    shared.delete(WEB)
    assert seen == [1, 2]


# Many at once.

def together(count, work):
    """``work(n)`` on so many threads that begin at the same moment. Raises what one of them raised."""
    begin, errors = threading.Barrier(count), []

    def run(n):
        try:
            begin.wait()
            work(n)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error


def test_of_32_writers_none_loses_an_update(shared):
    """S3: each reads, adds one and writes; who was too late begins again. In the end the sum is right."""
    shared.create(pod(spec={"count": 0}))

    def add(n):
        for _ in range(20):
            while True:
                read = shared.get(WEB)
                try:
                    shared.wait(version_of(shared.update(read.with_(spec={"count": read["spec"]["count"] + 1}))))
                    break
                except Conflict:
                    pass

    together(32, add)
    assert shared.get(WEB)["spec"]["count"] == 640
    assert shared.version == 641


def test_versions_are_in_the_order_of_real_time(shared):
    """A change that was acknowledged before another one was asked for has the smaller version."""
    times = []  # (asked, acknowledged, version)

    def write(n):
        for i in range(25):
            asked = time.perf_counter()
            made = version_of(shared.create(pod(f"pod-{n}-{i}")))
            shared.wait(made)
            times.append((asked, time.perf_counter(), made))

    together(32, write)
    by_end = sorted(times, key=lambda entry: entry[1])
    newest, done = 0, 0
    for asked, _, made in sorted(times):
        while by_end[done][1] < asked:
            newest, done = max(newest, by_end[done][2]), done + 1
        assert made > newest
    assert sorted(made for *_, made in times) == [*range(1, 801)]


def test_watchers_beside_many_writers_hear_everything_in_order(shared):
    """S4: while it happens, and those outside the program only of what is durable."""
    heard = {durable: [] for durable in (False, True)}
    watches = {durable: shared.watch() for durable in heard}
    over = threading.Event()

    def drain(durable):
        while True:
            last = over.is_set() and shared.durable == shared.version
            for event in watches[durable].drain(durable):
                assert not durable or event.version <= shared.durable
                heard[durable].append(event.version)
            if last:
                return

    def work(n):
        if n < 2:
            drain(bool(n))
        else:
            random = Random(n)
            for _ in range(60):
                happen(shared, [(random.choice(["create", "update", "delete"]), f"{n}-{random.randrange(3)}", "blue")])
            if waiting.wait() == 0:
                over.set()

    waiting = threading.Barrier(14)
    together(16, work)
    assert heard[False] == heard[True] == [*range(1, shared.version + 1)]


# What can be kept.

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-2**63, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=12)


@given(st.lists(st.dictionaries(texts, values, max_size=4), max_size=3))
@settings(deadline=None, max_examples=60)
def test_objects_come_back_as_they_were(tmp_path_factory, specs):
    """Every number, text and list, frozen as before."""
    folder = tmp_path_factory.mktemp("kept")
    kept = Store(open_log(folder))
    made = [kept.create(pod(f"pod-{n}", spec=spec)) for n, spec in enumerate(specs)]
    kept.close()
    again = Store(open_log(folder))
    assert list(again.list("Pod").items) == made
    assert [repr(thing) for obj in again.list("Pod").items for thing in _all(obj)] == [
        repr(thing) for obj in made for thing in _all(obj)], "1 is not 1.0, and a list is a tuple"
    assert all(type(thing) in (Object, tuple, str, int, float, bool, type(None))
               for obj in again.list("Pod").items for thing in _all(obj))
    again.close()


def _all(value):
    yield value
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple):
        for item in value:
            yield from _all(item)


@pytest.mark.parametrize("value", [2**64, -2**63 - 1, "\ud800"])
def test_what_json_cannot_hold_is_refused_before_anything_is_changed(tmp_path, value):
    kept = Store(open_log(tmp_path))
    with pytest.raises(Invalid, match="Pod default/web cannot be kept"):
        kept.create(pod(spec={"odd": value}))
    assert (kept.version, len(kept)) == (0, 0)
    kept.wait(version_of(kept.create(pod())))
    kept.close()

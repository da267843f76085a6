"""The informer: a copy of the truth that is cheap to ask, a moment old at most, and never missing anything."""

import random

import pytest

from mini_k8s.errors import Conflict, Gone
from mini_k8s.informer import Informer
from mini_k8s.objects import Key, freeze
from mini_k8s.store import Store


class Rows:
    """A client over a bare store, which is all that an informer needs."""

    def __init__(self, window=10_000):
        self.store = Store(window=window)
        self.list, self.watch = self.store.list, self.store.watch

    def put(self, name, node="a", uid="1"):
        row = freeze({"kind": "Pod", "metadata": {"name": name, "namespace": "default", "uid": uid},
                      "spec": {"nodeName": node}})
        key = Key("Pod", "default", name)
        if key in {Key("Pod", "default", o["metadata"]["name"]) for o in self.store.list("Pod").items}:
            return self.store.update(row)
        return self.store.create(row)

    def remove(self, name):
        return self.store.delete(Key("Pod", "default", name))


@pytest.fixture
def rows():
    return Rows()


def informer_of(rows):
    return Informer(rows, "Pod", {"node": lambda pod: (pod["spec"].get("nodeName") or "",)})


def names(objects):
    return sorted(o["metadata"]["name"] for o in objects)


def test_it_lists_once_and_then_follows(rows):
    rows.put("one")
    informer = informer_of(rows)
    assert informer.step()
    rows.put("two", "b")
    assert names(informer.list()) == ["one"], "it knows what it was told at its last step"
    assert informer.step()
    assert names(informer.list()) == ["one", "two"]
    assert not informer.step()


def test_handlers_are_told_the_object_before_and_after(rows):
    told, informer = [], informer_of(rows)
    informer.handlers.append(lambda old, new: told.append((old and old["spec"]["nodeName"],
                                                            new and new["spec"]["nodeName"])))
    rows.put("one", "a")
    informer.step()
    rows.put("one", "b")
    rows.remove("one")
    informer.step()
    assert told == [(None, "a"), ("a", "b"), ("b", None)]


def test_an_index_finds_what_moved_and_forgets_what_went(rows):
    informer = informer_of(rows)
    rows.put("one", "a")
    rows.put("two", "a")
    informer.step()
    assert names(informer.by("node", "a")) == ["one", "two"]
    rows.put("one", "b")
    rows.remove("two")
    informer.step()
    assert (names(informer.by("node", "a")), names(informer.by("node", "b"))) == ([], ["one"])
    assert informer.count("node", "b") == 1
    with pytest.raises(KeyError):
        informer.by("colour", "b")


def test_who_falls_behind_lists_anew_and_misses_nothing():
    rows = Rows(window=3)
    told, informer = [], informer_of(rows)
    rows.put("stays")
    rows.put("goes")
    informer.step()
    informer.handlers.append(lambda old, new: told.append((old and old["metadata"]["name"],
                                                            new and new["metadata"]["name"])))
    rows.remove("goes")
    for n in range(10):
        rows.put("busy", f"node-{n}")
    informer.step()
    assert names(informer.list()) == ["busy", "stays"]
    assert sorted(told, key=str) == [("goes", None), (None, "busy")], "what did not change is told to nobody"
    assert names(informer.by("node", "node-9")) == ["busy"]


def test_another_object_of_the_same_name_is_a_death_and_a_birth():
    """Seen or unseen, its uid says that it is another one."""
    rows = Rows(window=2)
    told, informer = [], informer_of(rows)
    rows.put("web", uid="1")
    informer.step()
    informer.handlers.append(lambda old, new: told.append((old and old["metadata"]["uid"],
                                                            new and new["metadata"]["uid"])))
    rows.remove("web")
    rows.put("web", uid="2")
    rows.put("other", uid="other")
    rows.put("other", "b", uid="other")
    informer.step()
    assert [pair for pair in told if pair != (None, "other")] == [("1", None), (None, "2")]


def test_a_resync_tells_of_everything_again(rows):
    informer = informer_of(rows)
    rows.put("one")
    informer.step()
    told = []
    informer.handlers.append(lambda old, new: told.append(new["metadata"]["name"]))
    informer.resync()
    assert told == ["one"]


def test_a_list_that_fails_is_made_again(rows):
    """A step that raises has taken nothing in, and the next one begins anew."""
    informer, real = informer_of(rows), rows.watch
    rows.put("one")

    def broken(*args, **more):
        raise Gone("compacted meanwhile")

    rows.watch = broken
    with pytest.raises(Gone):
        informer.step()
    rows.watch = real
    rows.put("two")
    informer.step()
    assert names(informer.list()) == ["one", "two"]


@pytest.mark.parametrize("seed", range(20))
def test_after_any_history_the_copy_and_its_index_are_the_truth(seed):
    chance = random.Random(seed)
    rows = Rows(window=chance.choice([3, 10, 1000]))
    informer = informer_of(rows)
    for _ in range(200):
        name, do = f"pod-{chance.randrange(6)}", chance.random()
        if do < 0.5:
            try:
                rows.put(name, chance.choice("abc"), str(chance.randrange(3)))
            except Conflict:  # another uid under that name
                rows.remove(name)
        elif do < 0.7 and name in names(rows.store.list("Pod").items):
            rows.remove(name)
        elif do > 0.8:
            informer.step()
    informer.step()
    truth = rows.store.list("Pod").items
    assert sorted(informer.list(), key=str) == sorted(truth, key=str)
    for node in "abc":
        assert names(informer.by("node", node)) == names(o for o in truth if o["spec"]["nodeName"] == node)


class Slow:
    """A log that keeps nothing for good until it is told to."""

    def __init__(self):
        self.durable, self.listeners = 0, []

    def load(self):
        return 0, []

    def append(self, event, compacted, forget):
        pass


def test_it_is_never_ahead_of_what_is_kept_for_good(rows):
    """Whether it lists or follows: what is done because of a change must not outlive it."""
    log = Slow()
    rows.store = Store(log)
    rows.list, rows.watch = rows.store.list, rows.store.watch
    rows.put("one")
    informer = informer_of(rows)
    assert not informer.step()
    assert (informer.synced, names(informer.list())) == (False, [])
    log.durable = 1
    rows.put("two")
    assert informer.step()
    assert (informer.synced, names(informer.list())) == (True, ["one"])
    assert not informer.step()
    log.durable = 2
    assert informer.step()
    assert names(informer.list()) == ["one", "two"]


def test_a_list_anew_that_is_not_kept_yet_leaves_the_copy_as_it_is(rows):
    log = Slow()
    rows.store = Store(log, window=2)
    rows.list, rows.watch = rows.store.list, rows.store.watch
    informer = informer_of(rows)
    assert informer.step()
    for name in ("one", "two", "three", "four"):
        rows.put(name)
    assert not informer.step()
    assert (informer.synced, names(informer.list())) == (True, [])
    log.durable = 4
    assert informer.step()
    assert names(informer.list()) == ["four", "one", "three", "two"]

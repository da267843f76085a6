"""Does the store do what a store of a few lines would do, whatever comes after what?

The model keeps the whole history in a list and works everything out of it anew. Hypothesis looks for steps after which
the two disagree, and for the shortest of them.
"""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from mini_k8s.errors import AlreadyExists, Conflict, Gone, NotFound, StatusError
from mini_k8s.objects import Key, freeze
from mini_k8s.storage import open_log
from mini_k8s.store import Store

WINDOW = 6
NAMES, COLOURS = ("a", "b", "c"), ("blue", "red")


class Model:
    """All that ever happened: a list of (type, name, content); its version is its place, from 1 on."""

    def __init__(self):
        self.history = []

    def state(self, version):
        """name -> (content, version) as it was at that version."""
        state = {}
        for number, (type, name, content) in enumerate(self.history[:version], 1):
            if type == "DELETED":
                del state[name]
            else:
                state[name] = content, number
        return state

    def now(self):
        return self.state(len(self.history))

    def create(self, name, content):
        if name in self.now():
            raise AlreadyExists
        self.history.append(("ADDED", name, content))

    def update(self, name, content, version):
        old = self._found(name, version)
        if old != content:
            self.history.append(("MODIFIED", name, content))

    def delete(self, name, version):
        old = self._found(name, version)
        self.history.append(("DELETED", name, old))

    def follow(self, since, colour):
        """What a watch of the objects of one colour tells: (type, name, content, version)."""
        told = []
        for version in range(since + 1, len(self.history) + 1):
            name = self.history[version - 1][1]
            was, has = self.state(version - 1).get(name, [None])[0], self.state(version).get(name, [None])[0]
            before, after = (x is not None and (colour is None or x[0] == colour) for x in (was, has))
            if before or after:
                type = "MODIFIED" if before and after else "ADDED" if after else "DELETED"
                told.append((type, name, has if after else was, version))
        return told

    def _found(self, name, version):
        if name not in self.now():
            raise NotFound
        content, has = self.now()[name]
        if version is not None and version != has:
            raise Conflict
        return content


class StoreMachine(RuleBasedStateMachine):
    """One real store beside the model. A watch is [where it is, its colour, the real one]."""

    watches = Bundle("watches")

    def __init__(self):
        super().__init__()
        self.model, self.store, self.followed = Model(), self.open(), []

    def open(self):
        return Store(window=WINDOW)

    def both(self, real, modelled):
        """Both do it, or both refuse it for the same reason."""
        answers = []
        for do in (real, modelled):
            try:
                answers.append(do() and None)
            except StatusError as error:
                answers.append(type(error))
        assert answers[0] == answers[1]

    @rule(name=st.sampled_from(NAMES), colour=st.sampled_from(COLOURS), size=st.integers(0, 1))
    def create(self, name, colour, size):
        self.both(lambda: self.store.create(pod(name, (colour, size))), lambda: self.model.create(name, (colour, size)))

    @rule(name=st.sampled_from(NAMES), colour=st.sampled_from(COLOURS), size=st.integers(0, 1), back=st.integers(-1, 3))
    def update(self, name, colour, size, back):
        version = self.read(name, back)
        self.both(lambda: self.store.update(pod(name, (colour, size), version)),
                  lambda: self.model.update(name, (colour, size), version))

    @rule(name=st.sampled_from(NAMES), back=st.integers(-1, 3))
    def delete(self, name, back):
        version = self.read(name, back)
        self.both(lambda: self.store.delete(Key("Pod", "x", name), version=version and str(version)),
                  lambda: self.model.delete(name, version))

    @rule(target=watches, colour=st.sampled_from((None, *COLOURS)), back=st.integers(-1, WINDOW + 2))
    def watch(self, colour, back):
        since = len(self.model.history) - back
        where = colour and (lambda obj: obj["metadata"]["labels"]["colour"] == colour)
        try:
            watch = self.store.watch("Pod", "x", since, where)
        except Gone:
            assert back < 0 or back > WINDOW or since < 0
            return multiple()
        assert 0 <= back <= WINDOW
        self.followed.append([since, colour, where, watch])
        return self.followed[-1]

    @rule(watch=watches)
    def drain(self, watch):
        since, colour, _, real = watch
        try:
            told = [(event.type, event.object["metadata"]["name"], content(event.object), event.version)
                    for event in real.drain(durable=False)]
        except Gone:
            assert len(self.model.history) - since > WINDOW
            return
        assert len(self.model.history) - since <= WINDOW
        assert told == self.model.follow(since, colour)
        watch[0] = len(self.model.history)

    @invariant()
    def the_state_is_the_same(self):
        now = self.model.now()
        assert self.store.version == len(self.model.history)
        assert {obj["metadata"]["name"]: (content(obj), int(obj["metadata"]["resourceVersion"]))
                for obj in self.store.list("Pod").items} == now

    def read(self, name, back):
        """The version of somebody who read the object so many changes ago; None: who does not say."""
        now = self.model.now().get(name)
        return None if back < 0 or now is None else max(0, now[1] - back)

    def teardown(self):
        self.store.close()


class KeptMachine(StoreMachine):
    """The same with SQLite, and with ends and starts between; a watch goes on from its version."""

    watches = StoreMachine.watches

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mini-k8s-store-"))
        super().__init__()

    def open(self):
        return Store(open_log(self.folder), window=WINDOW)

    @rule()
    def end_and_begin_anew(self):
        self.store.close()
        self.store = self.open()
        for watch in self.followed:
            since, _, where, _ = watch
            try:
                watch[3] = self.store.watch("Pod", "x", since, where)
            except Gone:
                assert len(self.model.history) - since > WINDOW

    def teardown(self):
        super().teardown()
        shutil.rmtree(self.folder)


def pod(name, content, version=None):
    meta = {"name": name, "namespace": "x", "labels": {"colour": content[0]}}
    return freeze({"kind": "Pod", "spec": {"size": content[1]},
                   "metadata": meta | ({} if version is None else {"resourceVersion": str(version)})})


def content(obj):
    return obj["metadata"]["labels"]["colour"], obj["spec"]["size"]


TestInMemory = StoreMachine.TestCase
TestInMemory.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestKept = KeptMachine.TestCase
TestKept.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)

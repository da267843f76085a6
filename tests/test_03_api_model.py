"""The API against a model of a hundred lines: whatever is done in whatever order, both say the same."""

import contextlib
import random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mini_k8s import kinds
from mini_k8s.api import Api
from mini_k8s.clock import HandClock, timestamp
from mini_k8s.errors import AlreadyExists, Conflict, Forbidden, Gone, Invalid, NotFound, StatusError
from mini_k8s.objects import thaw
from mini_k8s.store import Store

NAMES, NAMESPACES = st.just("a"), st.sampled_from(["default", "team"])
IMAGES, PHASES = st.sampled_from(["web:1", "web:2", ""]), st.sampled_from(["Pending", "Running", "Succeeded"])
HOLDERS = st.lists(st.sampled_from(["example.com/x", "example.com/y"]), max_size=2, unique=True)
GRACES = st.sampled_from([None, 0, 5, 90])


class Model:
    """What the API promises of pods: ``pods`` maps (namespace, name) to what is known of one."""

    def __init__(self, clock):
        self.clock, self.version, self.uids, self.pods, self.going = clock, 2, 0, {}, set()
        self.history = []  # (type, namespace/name, version)

    def create(self, key, image, node, holders):
        if key[0] in self.going:
            raise Forbidden
        if not image:
            raise Invalid
        if key in self.pods:
            raise AlreadyExists
        self.uids += 1
        self.pods[key] = {"uid": self.uids, "generation": 1, "image": image, "node": node, "phase": "Pending",
                          "holders": [*holders], "until": None, "grace": None, "label": None}
        self._wrote("ADDED", key)

    def write(self, key, read, status=False, **fields):
        """An update that was made from what was ``read``: the pod as it was then, or None for "as it is"."""
        pod = self._get(key)
        if read is not None and read != (pod["uid"], pod["version"]):
            raise Conflict
        wanted = {**pod, **fields}
        if not wanted["image"] or (pod["until"] and set(wanted["holders"]) - set(pod["holders"])):
            raise Invalid
        if wanted == pod and not self._may_go(pod):
            return
        wanted["generation"] += wanted["image"] != pod["image"]
        self.pods[key] = wanted
        self._goes(key) if self._may_go(wanted) else self._wrote("MODIFIED", key)

    def delete(self, key, grace, read):
        pod = self._get(key)
        if read is not None and read[0] != pod["uid"]:
            raise Conflict
        runs = pod["node"] and pod["phase"] not in ("Succeeded", "Failed")
        grace = (30 if grace is None else grace) if runs else 0
        if pod["until"] and grace:
            grace = min(grace, pod["grace"])
        if not grace and not pod["holders"]:
            self._goes(key)
        elif not pod["until"] or grace != pod["grace"]:
            pod.update(grace=grace, until=timestamp(self.clock.now() + grace), generation=pod["generation"] + 1)
            self._wrote("MODIFIED", key)

    def _get(self, key):
        if key not in self.pods:
            raise NotFound
        return self.pods[key]

    def _may_go(self, pod):
        return pod["until"] and not pod["holders"] and not pod["grace"]

    def _goes(self, key):
        self.version += 1
        self.history.append(("DELETED", key, self.version))
        del self.pods[key]

    def _wrote(self, type, key):
        self.version += 1
        self.pods[key]["version"] = self.version
        self.history.append((type, key, self.version))


class Machine(RuleBasedStateMachine):
    """Does everything to both, and compares answers, contents and history."""

    @initialize()
    def begin(self):
        self.clock = HandClock(1_764_144_000)
        self.api = Api(Store(), kinds.KINDS, self.clock, random.Random(0), kinds.admission())
        for name in ("default", "team"):
            self.api.create({"kind": "Namespace", "metadata": {"name": name}})
        self.model, self.uids, self.read = Model(self.clock), {}, {}
        self.watch = self.api.watch("Pod", since=self.api.store.version)
        self.seen = []

    def both(self, ours, theirs):
        results = []
        for act in (ours, theirs):
            try:
                act()
                results.append(None)
            except StatusError as error:
                results.append(type(error))
        assert results[0] is results[1]

    def known(self, key):
        """What somebody read some time ago: the object, and how the model calls that state."""
        obj = self.read.get(key)
        return (obj, (self.uids[obj.metadata.uid], int(obj.metadata.resourceVersion))) if obj else (None, None)

    @rule(name=NAMES, namespace=NAMESPACES, image=IMAGES, node=st.sampled_from(["node-1", ""]), holders=HOLDERS)
    def create(self, name, namespace, image, node, holders):
        obj = {"kind": "Pod", "metadata": {"name": name, "namespace": namespace, "finalizers": holders},
               "spec": {"containers": [{"name": "web", "image": image}], **({"nodeName": node} if node else {})}}
        self.both(lambda: self.learn(self.api.create(obj)),
                  lambda: self.model.create((namespace, name), image, node, holders))

    def learn(self, obj):
        self.uids.setdefault(obj.metadata.uid, len(self.uids) + 1)

    @rule(name=NAMES, namespace=NAMESPACES)
    def reads(self, name, namespace):
        key = (namespace, name)
        if key in self.model.pods:
            self.read[key] = self.api.get("Pod", name, namespace)

    @rule(name=NAMES, namespace=NAMESPACES, label=st.sampled_from(["x", "y"]), image=IMAGES, phase=PHASES)
    def updates_what_was_read(self, name, namespace, label, image, phase):
        """Its status does not count."""
        key = (namespace, name)
        obj, state = self.known(key)
        if obj is not None:
            fields = {"label": label, "image": image, "holders": [*(obj.metadata.finalizers or ())]}
            obj = thaw(obj.with_(metadata={"labels": {"by": label}}, status={"phase": phase}))
            obj["spec"]["containers"][0]["image"] = image
            self.both(lambda: self.api.update(obj), lambda: self.model.write(key, state, **fields))

    @rule(name=NAMES, namespace=NAMESPACES, phase=PHASES)
    def reports_on_what_was_read(self, name, namespace, phase):
        """Nothing but its status counts."""
        key = (namespace, name)
        obj, state = self.known(key)
        if obj is not None:
            obj = obj.with_(status={"phase": phase}, spec={"nodeName": "elsewhere"}, metadata={"labels": {"by": "?"}})
            self.both(lambda: self.api.update(obj, "status"), lambda: self.model.write(key, state, phase=phase))

    @rule(name=NAMES, namespace=NAMESPACES, holders=HOLDERS)
    def holds_and_lets_go(self, name, namespace, holders):
        patch = {"metadata": {"finalizers": holders or None}}
        self.both(lambda: self.api.patch("Pod", name, patch, namespace),
                  lambda: self.model.write((namespace, name), None, holders=holders))

    @rule(name=NAMES, namespace=NAMESPACES, grace=GRACES, sure=st.booleans())
    def deletes(self, name, namespace, grace, sure):
        key = (namespace, name)
        obj, state = self.known(key)
        obj, state = (obj, state) if sure else (None, None)
        self.both(lambda: self.api.delete("Pod", name, namespace, grace, uid=obj and obj.metadata.uid),
                  lambda: self.model.delete(key, grace, state))

    @rule(name=NAMES, namespace=NAMESPACES, image=IMAGES)
    def tries_it_out(self, name, namespace, image):
        """Nothing comes of it."""
        obj = {"kind": "Pod", "metadata": {"name": name, "namespace": namespace},
               "spec": {"containers": [{"name": "web", "image": image}]}}
        for act in (lambda: self.api.create(obj, dry_run=True),
                    lambda: self.api.delete("Pod", name, namespace, dry_run=True),
                    lambda: self.api.patch("Pod", name, {"metadata": {"labels": {"a": "b"}}}, namespace, dry_run=True)):
            with contextlib.suppress(NotFound, AlreadyExists, Invalid, Forbidden):
                act()

    @precondition(lambda self: not self.model.going)
    @rule()
    def a_namespace_is_asked_to_go(self):
        self.api.delete("Namespace", "team")
        self.model.going.add("team")
        self.model.version += 1

    @rule(seconds=st.sampled_from([1, 20]))
    def time_passes(self, seconds):
        self.clock.advance(seconds)

    @rule()
    def watches(self):
        self.seen += [(event.type, (event.object.metadata.namespace, event.object.metadata.name), event.version)
                      for event in self.watch.drain()]
        assert self.seen == self.model.history

    @rule(back=st.integers(0, 5))
    def watches_from_before(self, back):
        since = max(2, self.model.version - back)
        try:
            again = self.api.watch("Pod", since=since).drain()
        except Gone:
            raise AssertionError(f"version {since} is in the window") from None
        assert [event.version for event in again] == [event[2] for event in self.model.history if event[2] > since]

    @precondition(lambda self: hasattr(self, "model"))
    @invariant()
    def both_hold_the_same(self):
        assert self.api.store.version == self.model.version
        found = {}
        for pod in self.api.list("Pod").items:
            meta, spec = pod.metadata, pod.spec
            found[meta.namespace, meta.name] = {
                "uid": self.uids[meta.uid], "generation": meta.generation, "image": spec["containers"][0]["image"],
                "node": spec.nodeName or "", "phase": pod.status.phase, "holders": [*(meta.finalizers or ())],
                "until": meta.deletionTimestamp, "grace": meta.deletionGracePeriodSeconds,
                "label": (meta.labels or {}).get("by"), "version": int(meta.resourceVersion)}
        assert found == self.model.pods


def no_version_check(monkeypatch):
    monkeypatch.setattr("mini_k8s.store.check_version", lambda stored, written: None)


def status_not_apart(monkeypatch):
    monkeypatch.setattr("mini_k8s.api.apart", lambda stored, written, subresource: written)


def no_op_writes_bump(monkeypatch):
    monkeypatch.setattr("mini_k8s.objects.Object.__eq__", lambda self, other: False)


def finalizers_forgotten(monkeypatch):
    monkeypatch.setattr("mini_k8s.api._may_go", lambda obj: bool(obj["metadata"].get("deletionTimestamp")))


def grace_lengthened(monkeypatch):
    monkeypatch.setattr("mini_k8s.api.min", lambda asked, left: asked, raising=False)


def dry_run_written(monkeypatch):
    create = Api.create
    monkeypatch.setattr(Api, "create", lambda self, obj, dry_run=False: create(self, obj))


@pytest.mark.parametrize("broken", [no_version_check, status_not_apart, no_op_writes_bump, finalizers_forgotten,
                                    grace_lengthened, dry_run_written])
def test_a_broken_rule_is_caught(broken, monkeypatch):
    """The comparison is worth something: each of these is found within a few hundred histories."""
    broken(monkeypatch)
    quick = settings(max_examples=400, stateful_step_count=40, deadline=None, derandomize=True, database=None,
                     report_multiple_bugs=False, phases=[Phase.generate], suppress_health_check=[*HealthCheck],
                     print_blob=False)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Machine, settings=quick)


TestApiAgainstItsModel = Machine.TestCase
TestApiAgainstItsModel.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)

"""Who may change what: the rules over the store, whoever asks."""

import doctest
import random
import threading
import uuid

import pytest

from mini_k8s import api as rules
from mini_k8s import kinds
from mini_k8s.api import Api
from mini_k8s.client import Client, retry_on_conflict
from mini_k8s.clock import HandClock
from mini_k8s.errors import (
    AlreadyExists,
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RequestEntityTooLarge,
)
from mini_k8s.kind import Kind
from mini_k8s.namespaces import NamespaceController
from mini_k8s.objects import thaw
from mini_k8s.store import Store

NOW = 1_764_144_000  # 2025-11-26T08:00:00Z


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def api(clock):
    api = Api(Store(), kinds.KINDS, clock, random.Random(7), kinds.admission())
    for name in ("default", "team"):
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return api


def pod(name="web", spec=None, **meta):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **meta},
            "spec": {"containers": [{"name": "web", "image": "web:1"}], "nodeName": "node-1", **(spec or {})}}


def config(name="settings", **meta):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **meta}, "data": {"a": "1"}}


def is_there(api, kind, name, namespace="default"):
    return any(obj["metadata"]["name"] == name for obj in api.list(kind, namespace).items)


def test_the_example_of_the_docstring_is_true():
    """It is the exercise's text."""
    assert doctest.testmod(rules).failed == 0


def test_it_is_a_client_like_any_other(api):
    assert isinstance(api, Client)


# A new object.

def test_a_new_object_is_given_its_identity(api):
    made = api.create(pod())
    assert thaw(made.metadata) == {
        "name": "web", "namespace": "default", "uid": made.metadata.uid, "generation": 1,
        "resourceVersion": str(api.store.version), "creationTimestamp": "2025-11-26T08:00:00Z"}
    uid = uuid.UUID(made.metadata.uid)
    assert (uid.version, uid.variant, str(uid)) == (4, uuid.RFC_4122, made.metadata.uid)
    assert api.get("Pod", "web") is made


def test_nobody_chooses_their_own_identity(api):
    """What an exported manifest says of it is left out."""
    made = api.create(pod(uid="mine", resourceVersion="1", generation=9, creationTimestamp="1999-01-01T00:00:00Z",
                          deletionTimestamp="1999-01-01T00:00:00Z", deletionGracePeriodSeconds=1))
    assert made.metadata.uid != "mine"
    assert made.metadata.generation == 1
    assert made.metadata.creationTimestamp == "2025-11-26T08:00:00Z"
    assert "deletionTimestamp" not in made.metadata


def test_only_what_has_a_wish_has_a_generation(api):
    assert "generation" not in api.create(config()).metadata


def test_a_name_is_taken_once_in_each_namespace(api):
    first = api.create(pod())
    with pytest.raises(AlreadyExists) as error:
        api.create(pod())
    assert str(error.value) == 'pods "web" already exists'
    other = api.create(pod(namespace="team"))
    assert first.metadata.uid != other.metadata.uid


def test_a_name_that_was_freed_belongs_to_somebody_else(api):
    """The uid tells them apart."""
    first = api.create(config())
    api.delete("ConfigMap", "settings")
    assert api.create(config()).metadata.uid != first.metadata.uid


def test_a_generated_name_that_is_taken_is_tried_again():
    """Here two that make the same names, in the same order."""
    store = Store()
    one, other = (Api(store, kinds.KINDS, HandClock(NOW), random.Random(1)) for _ in range(2))
    one.create({"kind": "Namespace", "metadata": {"name": "default"}})
    other.chance.getrandbits(128)  # the namespace's uid
    first, second = (api.create({**pod(), "metadata": {"generateName": "web-"}}) for api in (one, other))
    assert first.metadata.name != second.metadata.name
    for made in (first, second):
        assert made.metadata.name.startswith("web-")
        assert len(made.metadata.name) == len("web-") + 5
        assert made.metadata.generateName == "web-"


def test_a_long_prefix_is_cut(api):
    made = api.create({**pod(), "metadata": {"generateName": "w" * 80}})
    assert len(made.metadata.name) == 63


def test_an_object_without_a_name_is_told_so(api):
    with pytest.raises(Invalid, match=r"metadata\.name: Required value: name or generateName is required"):
        api.create({**pod(), "metadata": {}})


def test_an_unknown_kind_is_told_what_was_meant(api):
    with pytest.raises(NotFound, match=r"there is no kind 'Pood' here\. Did you mean 'Pod'\?"):
        api.create({**pod(), "kind": "Pood"})
    with pytest.raises(NotFound, match=r"There are: ConfigMap, EndpointSlice, Event, Namespace, Node, Pod, R"):
        api.get("Zebra", "x")
    with pytest.raises(NotFound, match=r"there is no Pod in apiVersion 'apps/v1'\. Use 'v1'\."):
        api.create({**pod(), "apiVersion": "apps/v1"})


def test_what_lives_in_no_namespace_may_name_none(api):
    with pytest.raises(BadRequest, match="a Node lives in no namespace, and this one says 'team'"):
        api.create({"kind": "Node", "metadata": {"name": "n", "namespace": "team"}})


def test_what_is_too_large_is_refused(api):
    with pytest.raises(RequestEntityTooLarge, match="is too large: at most 3145728 are kept"):
        api.create({**config(), "novelty": "x" * 3 * 1024 * 1024})


@pytest.mark.parametrize(("meta", "said"), [
    ({"name": "A"}, 'metadata.name: Invalid value: "A"'), ({"name": "a/b"}, "metadata.name"),
    ({"name": "../a"}, "metadata.name"), ({"name": "a%2fb"}, "metadata.name"), ({"name": "x" * 254}, "metadata.name"),
    ({"name": "a\n"}, "metadata.name"), ({"labels": {"a b": "c"}}, 'metadata.labels: Invalid value: "a b"'),
    ({"labels": {"a": "b c"}}, 'metadata.labels: Invalid value: "b c"'), ({"labels": {"a": "x" * 64}}, "63 characters"),
    ({"annotations": {"a b": "c"}}, "metadata.annotations"),
    ({"annotations": {"a": "x" * 256 * 1024}}, "metadata.annotations: Too long: may not be more than 262144 bytes"),
    ({"finalizers": ["a b"]}, "metadata.finalizers[0]"),
    ({"ownerReferences": [{"kind": "ReplicaSet", "name": "a", "uid": "u"}]},
     "metadata.ownerReferences[0].apiVersion: Required value: apiVersion must not be empty"),
    ({"ownerReferences": [{"apiVersion": "v1", "kind": "K", "name": name, "uid": "u", "controller": True}
                          for name in "ab"]}, "only one reference can have controller set to true")])
def test_metadata_is_checked(api, meta, said):
    with pytest.raises(Invalid) as error:
        api.create(pod(**meta))
    assert said in str(error.value)
    assert len(error.value.problems) == 1


# Changes.

def test_a_change_of_the_wish_makes_a_generation(api):
    made = api.create(pod())
    assert api.patch("Pod", "web", {"metadata": {"labels": {"a": "b"}}}).metadata.generation == 1
    assert api.update(api.get("Pod", "web").with_(status={"phase": "Running"}), "status").metadata.generation == 1
    wish = thaw(api.get("Pod", "web"))
    wish["spec"]["containers"][0]["image"] = "web:2"
    assert api.update(wish).metadata.generation == 2
    assert api.get("Pod", "web").metadata.uid == made.metadata.uid


def test_wish_and_fact_are_written_apart(api):
    """Neither side can undo the other's work by accident, however old what it read is."""
    stale = thaw(api.create(pod()))
    del stale["metadata"]["resourceVersion"]
    api.update({**stale, "status": {"phase": "Running"}, "spec": {}}, "status")
    stale["metadata"]["labels"] = {"by": "user"}
    got = api.update({**stale, "status": {"phase": "Failed"}})
    assert got.status.phase == "Running"
    assert got.metadata.labels["by"] == "user"
    stale["metadata"]["labels"] = {}
    got = api.update({**stale, "status": {"phase": "Failed"}}, "status")
    assert got.status.phase == "Failed"
    assert got.metadata.labels["by"] == "user"
    assert got.spec.nodeName == "node-1"


@pytest.mark.parametrize("field", ["uid", "creationTimestamp", "generation", "deletionTimestamp",
                                   "deletionGracePeriodSeconds"])
def test_identity_cannot_be_changed(api, field):
    made = api.create(pod())
    wanted = {"uid": None, "creationTimestamp": None, "generation": 9, "deletionTimestamp": "2025-11-26T09:00:00Z",
              "deletionGracePeriodSeconds": 5}[field]
    assert api.patch("Pod", "web", {"metadata": {field: wanted}}) is made


def test_a_stale_change_is_refused_in_words(api):
    made = api.create(pod())
    newer = api.patch("Pod", "web", {"metadata": {"labels": {"a": "b"}}})
    with pytest.raises(Conflict) as error:
        api.update(made.with_(metadata={"labels": {"c": "d"}}))
    assert str(error.value) == (f"'web' is at version {newer.metadata.resourceVersion}, you changed version "
                                f"{made.metadata.resourceVersion}")
    with pytest.raises(Conflict, match="has the uid"):
        api.update(newer.with_(metadata={"uid": "another"}))
    assert api.get("Pod", "web") is newer


def test_what_changes_nothing_is_no_change(api):
    """No version, no event for anybody who watches; whether it comes back as it was, or as a manifest without all that
    was filled in."""
    made = api.create(pod())
    version = api.store.version
    assert api.update(thaw(made)) is made
    assert api.update(pod()) is made
    assert api.patch("Pod", "web", pod()) is made
    assert api.patch("Pod", "web", {"metadata": {"labels": None}}) is made
    assert api.update(made.with_(status=thaw(made.status)), "status") is made
    assert api.store.version == version


def test_an_empty_field_of_metadata_is_none(api):
    """Found by the model: ``finalizers: []`` was kept, and letting go of nothing was a change."""
    made = api.create(config(finalizers=[], labels={}, annotations={}, ownerReferences=[], generateName=""))
    assert set(made.metadata) == {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"}
    assert api.patch("ConfigMap", "settings", {"metadata": {"finalizers": None, "labels": {}}}) is made


def test_a_patch_removes_what_it_says_is_null(api):
    api.create(config(labels={"a": "1", "b": "2"}))
    got = api.patch("ConfigMap", "settings", {"metadata": {"labels": {"a": None}}, "data": {"c": "3"}})
    assert thaw(got.metadata.labels) == {"b": "2"}
    assert thaw(got["data"]) == {"a": "1", "c": "3"}


def test_a_patch_cannot_move_an_object(api):
    api.create(config())
    with pytest.raises(NotFound):
        api.patch("ConfigMap", "settings", {"metadata": {"name": "other"}})
    assert is_there(api, "ConfigMap", "settings")


def test_what_is_not_there_cannot_be_changed(api):
    for write in (lambda: api.update(pod()), lambda: api.patch("Pod", "web", {}), lambda: api.delete("Pod", "web")):
        with pytest.raises(NotFound, match="there is no Pod default/web"):
            write()


def test_unknown_fields_live_through_every_write(api):
    made = api.create({**pod(spec={"novelty": {"a": [1]}}), "more": "x"})
    api.update(made.with_(status={"phase": "Running", "novelty": 2}), "status")
    got = api.patch("Pod", "web", {"metadata": {"labels": {"a": "b"}}})
    assert thaw(got["spec"]["novelty"]) == {"a": [1]}
    assert (got["more"], got["status"]["novelty"]) == ("x", 2)


def test_a_status_is_checked_for_its_types(api):
    """A component's mistake should not live on in the store."""
    made = api.create(pod())
    with pytest.raises(Invalid, match=r"status\.conditions: Invalid value: must be a list"):
        api.update(made.with_(status={"conditions": {"type": "Ready"}}), "status")


# Trying it out.

def test_a_dry_run_says_what_would_be_and_writes_nothing(api):
    version = api.store.version
    would = api.create(pod(), dry_run=True)
    assert would.spec.restartPolicy == "Always"
    assert "resourceVersion" not in would.metadata
    with pytest.raises(Invalid):
        api.create(pod(spec={"restartPolicy": "never"}), dry_run=True)
    assert api.store.version == version
    made = api.create(pod())
    with pytest.raises(AlreadyExists):
        api.create(pod(), dry_run=True)
    assert api.patch("Pod", "web", {"metadata": {"labels": {"a": "b"}}}, dry_run=True).metadata.labels["a"] == "b"
    assert api.update(made.with_(status={"phase": "Failed"}), "status", dry_run=True).status.phase == "Failed"
    assert api.delete("Pod", "web", dry_run=True).metadata.deletionTimestamp
    assert api.delete("Pod", "web", grace=0, dry_run=True) is made
    assert api.get("Pod", "web") is made
    assert api.store.version == version + 1


# Admission.

def test_an_admission_step_may_change_what_is_written_before_it_is_checked(api):
    seen = []

    def to_node_2(verb, new, stored):
        seen.append((verb, new["kind"], stored is not None))
        return new.with_(spec={"nodeName": "node-2"}) if verb == "create" else new

    api.admission.append(to_node_2)
    assert api.create(pod()).spec.nodeName == "node-2"
    api.patch("Pod", "web", {"metadata": {"labels": {"a": "b"}}})
    api.delete("Pod", "web")
    assert seen == [("create", "Pod", False), ("update", "Pod", True), ("delete", "Pod", True)]


def test_an_admission_step_may_say_no(api):
    def no(verb, new, stored):
        raise Forbidden("not on a Friday")

    api.admission.append(no)
    with pytest.raises(Forbidden, match="not on a Friday"):
        api.create(pod())
    assert not is_there(api, "Pod", "web")


def test_a_kind_may_come_later(api):
    api.kinds = {**api.kinds, "Website": Kind("Website", "websites", "example.com/v1")}
    website = {"apiVersion": "example.com/v1", "kind": "Website", "metadata": {"name": "w"}, "spec": {"a": [1]}}
    assert thaw(api.create(website).spec) == {"a": [1]}
    with pytest.raises(Invalid, match=r"metadata\.labels: Invalid value: must be a mapping"):
        api.create({**website, "metadata": {"name": "v", "labels": []}})


# Going.

@pytest.mark.parametrize(("spec", "phase", "asked", "left"), [
    ({}, "Running", None, 30), ({"terminationGracePeriodSeconds": 5}, "Running", None, 5), ({}, "Running", 7, 7),
    ({}, "Running", 90, 90), ({}, "Running", 0, None), ({"terminationGracePeriodSeconds": 0}, "Running", None, None),
    ({"nodeName": None}, "Pending", None, None), ({"nodeName": None}, "Pending", 30, None),
    ({}, "Succeeded", None, None), ({}, "Failed", 30, None), ({}, "Pending", None, 30)])
def test_a_pod_gets_its_grace_where_something_may_run(api, spec, phase, asked, left):
    """None: it is gone at once."""
    made = api.create(pod(spec=spec))
    api.update(made.with_(status={"phase": phase}), "status")
    gone = api.delete("Pod", "web", grace=asked)
    assert is_there(api, "Pod", "web") is (left is not None)
    assert gone.metadata.deletionGracePeriodSeconds == left


def test_a_pod_that_goes_stays_readable_and_keeps_its_name(api, clock):
    made = api.create(pod())
    gone = api.delete("Pod", "web")
    assert gone.metadata.deletionTimestamp == "2025-11-26T08:00:30Z"
    assert gone.metadata.generation == made.metadata.generation + 1
    with pytest.raises(AlreadyExists):
        api.create(pod())
    api.update(gone.with_(status={"phase": "Running"}), "status")
    assert is_there(api, "Pod", "web")
    api.delete("Pod", "web", grace=0)
    assert not is_there(api, "Pod", "web")


def test_grace_can_be_shortened_and_never_lengthened(api, clock):
    api.create(pod())
    first = api.delete("Pod", "web")
    clock.advance(10)
    assert api.delete("Pod", "web") is first
    assert api.delete("Pod", "web", grace=300) is first
    shorter = api.delete("Pod", "web", grace=5)
    assert shorter.metadata.deletionTimestamp == "2025-11-26T08:00:15Z"
    assert shorter.metadata.deletionGracePeriodSeconds == 5


def test_a_negative_grace_makes_no_sense(api):
    with pytest.raises(Invalid, match="a grace of -1 s makes no sense"):
        api.delete("Pod", "web", grace=-1)


def test_only_the_object_that_was_meant_is_deleted(api):
    made = api.create(config())
    with pytest.raises(Conflict):
        api.delete("ConfigMap", "settings", uid="another")
    api.patch("ConfigMap", "settings", {"data": {"b": "2"}})
    with pytest.raises(Conflict):
        api.delete("ConfigMap", "settings", version=made.metadata.resourceVersion)
    api.delete("ConfigMap", "settings", uid=made.metadata.uid)
    assert not is_there(api, "ConfigMap", "settings")


def test_finalizers_hold_an_object_until_the_last_one_lets_go(api):
    api.create(config(finalizers=["example.com/a", "example.com/b"]))
    marked = api.delete("ConfigMap", "settings")
    assert marked.metadata.deletionTimestamp == "2025-11-26T08:00:00Z"
    assert api.delete("ConfigMap", "settings") is marked
    api.patch("ConfigMap", "settings", {"metadata": {"finalizers": ["example.com/b"]}})
    assert is_there(api, "ConfigMap", "settings")
    with pytest.raises(Invalid, match="no new finalizers can be added if the object is being"):
        api.patch("ConfigMap", "settings", {"metadata": {"finalizers": ["example.com/b", "example.com/c"]}})
    api.patch("ConfigMap", "settings", {"metadata": {"finalizers": None}})
    assert not is_there(api, "ConfigMap", "settings")


def test_a_pod_with_a_finalizer_waits_for_both(api):
    """For its containers to end, and for whoever holds it."""
    api.create(pod(finalizers=["example.com/a"]))
    api.delete("Pod", "web")
    api.patch("Pod", "web", {"metadata": {"finalizers": None}})
    assert is_there(api, "Pod", "web")  # the kubelet has not said that it ended
    api.delete("Pod", "web", grace=0)
    assert not is_there(api, "Pod", "web")
    api.create(pod(finalizers=["example.com/a"]))
    api.delete("Pod", "web")
    api.delete("Pod", "web", grace=0)
    assert api.get("Pod", "web").metadata.deletionGracePeriodSeconds == 0
    api.patch("Pod", "web", {"metadata": {"finalizers": None}})
    assert not is_there(api, "Pod", "web")


def test_a_watcher_sees_each_step_once(api):
    watch = api.watch("Pod", since=api.store.version)
    api.create(pod())
    api.patch("Pod", "web", {"metadata": {"labels": {"a": "b"}}})
    api.delete("Pod", "web")
    api.delete("Pod", "web", grace=0)
    assert [event.type for event in watch.drain()] == ["ADDED", "MODIFIED", "MODIFIED", "DELETED"]


# Namespaces.

def test_nothing_is_created_in_a_namespace_that_is_not_there(api):
    with pytest.raises(NotFound) as error:
        api.create(pod(namespace="nowhere"))
    assert str(error.value) == 'namespaces "nowhere" not found. Make it first: kind Namespace, name nowhere.'


def test_a_namespace_goes_when_everything_in_it_has_gone(api):
    """Pods get their grace; nothing new comes in meanwhile."""
    api.create(pod(namespace="team"))
    api.create(config(namespace="team", finalizers=["example.com/a"]))
    api.create(config(name="plain", namespace="team"))
    keeper = NamespaceController(api, kinds.KINDS)
    marked = api.delete("Namespace", "team")
    assert marked.metadata.deletionTimestamp
    with pytest.raises(Forbidden, match=r'namespace "team" is being deleted: nothing new can be created in it\.'):
        api.create(config(name="late", namespace="team"))
    settle(keeper)
    assert api.get("Namespace", "team").status.phase == "Terminating"
    assert not is_there(api, "ConfigMap", "plain", "team")
    assert api.get("Pod", "web", "team").metadata.deletionGracePeriodSeconds == 30
    api.delete("Pod", "web", "team", grace=0)
    settle(keeper)
    assert is_there(api, "Namespace", "team", None)
    api.patch("ConfigMap", "settings", {"metadata": {"finalizers": None}}, "team")
    settle(keeper)
    assert not is_there(api, "Namespace", "team", None)
    with pytest.raises(NotFound):
        api.create(pod(namespace="team"))


def test_an_empty_namespace_goes_too(api):
    api.delete("Namespace", "team")
    settle(NamespaceController(api, kinds.KINDS))
    assert not is_there(api, "Namespace", "team", None)


def test_the_first_namespaces_stay(api):
    with pytest.raises(Forbidden, match='namespaces "default" is forbidden: this namespace may not be deleted'):
        api.delete("Namespace", "default")


def settle(component):
    for _ in range(100):
        if not component.step():
            return
    raise AssertionError("it never comes to rest")


# Many at once.

def at_once(count, work):
    """Call work(0) … work(count - 1) in as many threads; what they returned or raised."""
    begin, results = threading.Barrier(count), [None] * count

    def run(i):
        begin.wait()
        try:
            results[i] = work(i)
        except Exception as error:
            results[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_32_who_want_a_name_one_gets_it(api):
    results = at_once(32, lambda i: api.create(config(labels={"by": str(i)})))
    assert sum(not isinstance(result, AlreadyExists) for result in results) == 1


def test_no_change_of_32_writers_is_lost(api):
    """Each adds ones to a number that all of them read and write."""
    api.create({**config(), "data": {"n": "0"}})

    def add(obj):
        return obj.with_(data={"n": str(int(obj["data"]["n"]) + 1)})

    def work(i):
        for _ in range(10):
            retry_on_conflict(lambda: api.get("ConfigMap", "settings"), add, api.update, tries=1000)

    assert at_once(32, work) == [None] * 32
    assert api.get("ConfigMap", "settings")["data"]["n"] == "320"


def test_patches_of_32_writers_all_count(api):
    """A patch says what should change, so nobody needs to read before."""
    made = api.create(pod())
    at_once(32, lambda i: [api.patch("Pod", "web", {"metadata": {"labels": {f"l-{i}": str(n)}}}) for n in range(5)])
    got = api.get("Pod", "web")
    assert thaw(got.metadata.labels) == {f"l-{i}": "4" for i in range(32)}
    assert int(got.metadata.resourceVersion) == int(made.metadata.resourceVersion) + 32 * 5


def test_versions_are_one_count_for_everybody(api):
    """What was asked for later got a higher one; none was given twice."""
    before = api.store.version
    made = at_once(16, lambda i: [int(api.create(config(name=f"c-{i}-{n}")).metadata.resourceVersion)
                                  for n in range(20)])
    assert all(numbers == sorted(numbers) for numbers in made)
    assert sorted(number for numbers in made for number in numbers) == list(range(before + 1, before + 1 + 320))

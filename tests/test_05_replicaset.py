"""ReplicaSets: how three stay three, which pods count, and who goes when there are too many."""

import random
from functools import cmp_to_key

import pytest

from mini_k8s import kinds, selectors
from mini_k8s.api import Api
from mini_k8s.clock import HandClock, timestamp
from mini_k8s.cluster import Cluster
from mini_k8s.control_plane import ControlPlane
from mini_k8s.controllers import claims, replicaset
from mini_k8s.controllers.claims import claim, selects
from mini_k8s.controllers.replicaset import pods_to_delete
from mini_k8s.errors import Conflict, Forbidden, Invalid, NotFound, Timeout
from mini_k8s.expectations import Expectations
from mini_k8s.objects import Key, condition, freeze, merge, owner_of, thaw
from mini_k8s.runtimes.simulated import Script, SimulatedEngine, SimulatedRuntime
from mini_k8s.store import Store

START = 1_800_000_000.0
CONTAINER = {"name": "app", "image": "web:1"}
ROOM = {"cpu": "64", "memory": "64Gi", "pods": "500"}


def a_set(name="web", replicas=3, spec=None, pod=None, labels=None, called=None, **meta):
    """A ReplicaSet.

    spec     changes of its spec
    pod      changes of its template's spec
    labels   that its pods are selected by, and have; by default app=<name>
    called   labels of the template, where they are others
    """
    labels = labels or {"app": name}
    made = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name, **meta}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": called or labels}, "spec": {"containers": [CONTAINER], **(pod or {})}}}}
    return thaw(merge(made, {"spec": spec or {}}))


class World:
    """A stepped cluster with simulated containers, and words to talk about its ReplicaSets.

    nodes    0: pods stay where they were written, on no node, and nobody runs them
    """

    def __init__(self, scripts=None, nodes=2, **more):
        self.clock = HandClock(START)
        self.runtime = SimulatedRuntime("test", engine=SimulatedEngine(self.clock, scripts))
        self.more = {"nodes": max(nodes, 1), "place": nodes > 0, "seed": 1, "capacity": ROOM} | more
        self.anew(None)

    def anew(self, store):
        """Another control plane, with what was kept."""
        self.cluster = Cluster(name="test", runtime=self.runtime, clock=self.clock, store=store, **self.more)
        self.api = self.cluster.api
        self.plane = self.cluster.control_plane
        self.sets, self.pods_seen = self.plane.informers["replicasets"], self.plane.pods
        self.controller = self.plane.controllers["replicaset"]

    def set(self, *args, **more):
        """Wish for a ReplicaSet, and let the cluster come to rest."""
        made = self.api.create(a_set(*args, **more))
        self.rest()
        return self.get(made["metadata"]["name"])

    def bare(self, name="stray", labels=None, spec=None, **meta):
        """A pod that nobody made."""
        return self.api.create({"kind": "Pod", "metadata": {"name": name, "labels": labels or {"app": "web"}, **meta},
                                "spec": {"containers": [CONTAINER], **(spec or {})}})

    def get(self, name="web"):
        return self.api.get("ReplicaSet", name)

    def status(self, name="web"):
        return thaw(self.get(name)["status"])

    def scale(self, replicas, name="web"):
        self.api.patch("ReplicaSet", name, {"spec": {"replicas": replicas}})
        self.rest()

    def pods(self, of=None, all=False):
        """The pods that were not asked to go and have not failed; those of one set."""
        uid = of and self.get(of)["metadata"]["uid"]
        return [pod for pod in self.api.list("Pod").items
                if (uid is None or (owner_of(pod) or {}).get("uid") == uid)
                and (all or (not pod["metadata"].get("deletionTimestamp") and pod["status"]["phase"] != "Failed"))]

    def names(self, of=None, all=False):
        return {pod["metadata"]["name"] for pod in self.pods(of, all)}

    def rest(self):
        self.cluster.settle()

    def later(self, seconds, step=1.0):
        until = self.clock.now() + seconds
        while self.clock.now() < until:
            self.clock.advance(min(step, until - self.clock.now()))
            self.rest()

    def ready(self, name, since=None, **status):
        """Somebody says that this pod runs and is ready."""
        self.api.patch("Pod", name, {"status": {"phase": "Running", "conditions": [
            {"type": "Ready", "status": "True", "lastTransitionTime": timestamp(since or self.clock.now())}],
            **status}}, subresource="status")

    def events(self, reason):
        return [event for event in self.api.list("Event").items if event["reason"] == reason]

    def refuse(self, verb="create", error=Forbidden, after=0):
        """From now on pods are refused, but for so many. Returns what was tried; ``stop()`` of that ends it."""
        tried = Tried(self.api, verb, error, after)
        self.api.admission.append(tried)
        return tried


class Tried:
    def __init__(self, api, verb, error, after):
        self.api, self.verb, self.error, self.after, self.times = api, verb, error, after, 0

    def __call__(self, verb, new, stored):
        if new["kind"] == "Pod" and verb == self.verb:
            self.times += 1
            if self.times > self.after:
                raise self.error("exceeded quota: pods")
        return new

    def stop(self):
        self.api.admission.remove(self)


@pytest.fixture
def world():
    """Pods run on two nodes."""
    return World()


@pytest.fixture
def still():
    """Nobody runs a pod: what becomes of it is in the test's hands."""
    return World(nodes=0)


@pytest.fixture
def api():
    api = Api(Store(), kinds.KINDS, HandClock(START), admission=kinds.admission())
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
    return api


# What the API says of a ReplicaSet.

def refused(call, *args, **more):
    """The mistakes that are named: field and reason, in order."""
    with pytest.raises(Invalid) as error:
        call(*args, **more)
    return [(problem.field, problem.reason) for problem in error.value.problems]


def test_what_the_author_left_out_is_filled_in(api):
    made = api.create(a_set(replicas=None))
    assert made.spec.replicas == 1
    spec = made.spec.template.spec
    assert (spec.restartPolicy, spec.terminationGracePeriodSeconds, spec.dnsPolicy) == ("Always", 30, "ClusterFirst")
    assert spec.containers[0].imagePullPolicy == "IfNotPresent"
    assert thaw(made.status) == {"replicas": 0}
    assert made.metadata.generation == 1


def test_zero_is_a_number_and_its_author_cannot_say_how_it_stands(api):
    made = api.create({**a_set(replicas=0), "status": {"replicas": 7, "readyReplicas": 7}})
    assert made.spec.replicas == 0
    assert thaw(made.status) == {"replicas": 0}


LABELS, SELECTOR, POD = "spec.template.metadata.labels", "spec.selector", "spec.template.spec"


@pytest.mark.parametrize(("spec", "found"), [
    ({"selector": None}, [(SELECTOR, "Required value")]),
    ({"selector": {"matchLabels": {"app": "db"}}}, [(LABELS, "Invalid value")]),
    ({"template": {"metadata": {"labels": None}}}, [(LABELS, "Invalid value")]),
    ({"selector": {"matchLabels": {"app": "web", "tier": "front"}}}, [(LABELS, "Invalid value")]),
    ({"selector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}},
     [(LABELS, "Invalid value")]),
    ({"selector": {"matchExpressions": [{"key": "app", "operator": "Is"}]}},
     [(f"{SELECTOR}.matchExpressions[0].operator", "Unsupported value")]),
    ({"selector": {"matchLabels": {"app": "-"}}}, [(f"{SELECTOR}.matchLabels", "Invalid value")]),
    ({"replicas": -1}, [("spec.replicas", "Invalid value")]),
    ({"minReadySeconds": -1}, [("spec.minReadySeconds", "Invalid value")]),
    ({"template": None}, [("spec.template", "Required value")]),
    ({"template": {"spec": {"restartPolicy": "Never"}}}, [(f"{POD}.restartPolicy", "Unsupported value")]),
    ({"template": {"spec": {"restartPolicy": "OnFailure"}}}, [(f"{POD}.restartPolicy", "Unsupported value")]),
    ({"template": {"spec": {"activeDeadlineSeconds": 5}}}, [(f"{POD}.activeDeadlineSeconds", "Forbidden")]),
    ({"template": {"spec": {"containers": []}}}, [(f"{POD}.containers", "Required value")]),
    ({"template": {"spec": {"containers": [{"name": "app"}]}}}, [(f"{POD}.containers[0].image", "Required value")]),
    ({"template": {"spec": {"containers": [{"name": "A", "image": "web:1"}]}}},
     [(f"{POD}.containers[0].name", "Invalid value")]),
    ({"template": {"spec": {"terminationGracePeriodSeconds": -1}}},
     [(f"{POD}.terminationGracePeriodSeconds", "Invalid value")]),
])
def test_a_mistake_is_refused_by_its_field_and_its_reason(api, spec, found):
    assert refused(api.create, a_set(spec=spec)) == found


def test_all_mistakes_are_named_at_once(api):
    spec = {"replicas": -1, "selector": {"matchLabels": {"app": "db"}}, "template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "app"}]}}}
    assert refused(api.create, a_set(spec=spec)) == [
        ("spec.replicas", "Invalid value"), (LABELS, "Invalid value"),
        (f"{POD}.containers[0].image", "Required value"), (f"{POD}.restartPolicy", "Unsupported value")]
    with pytest.raises(Invalid, match="`selector` does not match template `labels`"):
        api.create(a_set(spec=spec))


@pytest.mark.parametrize("selector", [{}, {"matchLabels": {}}, {"matchExpressions": []},
                                      {"matchLabels": {}, "matchExpressions": []}])
def test_a_selector_that_asks_for_nothing_is_refused(api, selector):
    """It would count every pod of the namespace."""
    made = a_set()
    made["spec"]["selector"] = selector
    assert [field for field, _ in refused(api.create, made)] == [SELECTOR]


@pytest.mark.parametrize("template", [
    {"spec": {"ephemeralContainers": [{"name": "debug", "image": "web:1"}]}},
    {"metadata": {"annotations": {"no key": "x"}}}], ids=["ephemeralContainers", "annotations"])
def test_a_template_that_no_pod_could_be_made_of_is_refused(api, template):
    """Else only the controller finds out, again and again."""
    assert refused(api.create, a_set(spec={"template": template}))


def test_a_selector_stays_as_it_is(api):
    api.create(a_set())
    assert refused(api.patch, "ReplicaSet", "web", {"spec": {
        "selector": {"matchLabels": {"app": "db"}}, "template": {"metadata": {"labels": {"app": "db"}}}}}) == [
            (SELECTOR, "Invalid value")]
    with pytest.raises(Invalid, match="field is immutable"):
        api.patch("ReplicaSet", "web", {"spec": {"selector": {"matchLabels": {"app": "web", "tier": None, "x": "y"}},
                                                 "template": {"metadata": {"labels": {"x": "y"}}}}})


def test_an_update_is_checked_as_a_create_is(api):
    api.create(a_set())
    assert refused(api.patch, "ReplicaSet", "web", {"spec": {"replicas": -1}}) == [("spec.replicas", "Invalid value")]
    assert refused(api.patch, "ReplicaSet", "web", {"spec": {"template": {"metadata": {"labels": {"app": "db"}}}}}) == [
        (LABELS, "Invalid value")]


def test_get_shows_how_many_there_are_to_be_and_how_many_there_are(world):
    made = world.set(replicas=2)
    world.clock.advance(90)
    shown = {column.name: (column.value(made, world.clock.now()), column.wide)
             for column in kinds.KINDS["ReplicaSet"].columns}
    assert shown == {
        "NAME": ("web", False), "DESIRED": ("2", False), "CURRENT": ("2", False), "READY": ("2", False),
        "AGE": ("90s", False), "CONTAINERS": ("app", True), "IMAGES": ("web:1", True), "SELECTOR": ("app=web", True)}


def test_get_shows_zero_as_a_number(api):
    made = api.create(a_set(replicas=0))
    shown = {column.name: column.value(made, START) for column in kinds.KINDS["ReplicaSet"].columns}
    assert (shown["DESIRED"], shown["CURRENT"], shown["READY"]) == ("0", "0", "0")


# After the titles of Kubernetes' conformance tests.

def test_it_serves_an_image_on_each_replica(world):
    world.set(replicas=3)
    pods = world.pods("web")
    assert [pod["status"]["phase"] for pod in pods] == ["Running"] * 3
    assert len({pod["status"]["podIP"] for pod in pods}) == 3
    running = [one for one in world.runtime.list() if one.kind == "container" and one.state == "running"]
    assert [one.image for one in running] == ["web:1"] * 3
    assert {one.labels["pod"] for one in running} == world.names("web")


def test_it_adopts_a_matching_pod_on_creation_and_lets_it_go_when_it_matches_no_more(world):
    world.bare("stray")
    world.rest()
    made = world.set(replicas=1)
    assert world.names() == {"stray"}
    assert thaw(owner_of(world.api.get("Pod", "stray"))) == {
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": made["metadata"]["uid"],
        "controller": True, "blockOwnerDeletion": True}
    world.api.patch("Pod", "stray", {"metadata": {"labels": {"app": "other"}}})
    world.rest()
    assert not world.api.get("Pod", "stray")["metadata"].get("ownerReferences")
    assert len(world.names("web")) == 1
    assert world.names("web") != {"stray"}


def test_a_collection_is_listed_and_deleted(world):
    """A client here has no deletecollection: the list says what is to be deleted, one by one."""
    for name in ("a", "b", "c"):
        world.api.create(a_set(name, replicas=2, called={"app": name, "e2e": "yes"}) | {
            "metadata": {"name": name, "labels": {"e2e": "yes"}}})
    world.set("other", replicas=1)
    wanted = selectors.where("e2e=yes")
    found = world.api.list("ReplicaSet", "default", wanted).items
    assert [one["metadata"]["name"] for one in found] == ["a", "b", "c"]
    for one in found:
        world.api.delete("ReplicaSet", one["metadata"]["name"])
    world.rest()
    assert world.api.list("ReplicaSet", None, wanted).items == world.api.list("Pod", None, wanted).items == ()
    assert len(world.names("other")) == 1


def test_it_is_replaced_and_patched(world):
    made = world.set(replicas=1)
    world.api.update(made.with_(spec={"replicas": 2}))
    world.rest()
    assert world.status()["readyReplicas"] == 2
    world.api.patch("ReplicaSet", "web", {"metadata": {"labels": {"test-rs": "patched"}}, "spec": {
        "replicas": 3, "template": {"spec": {"terminationGracePeriodSeconds": 0,
                                             "containers": [{"name": "app", "image": "web:2"}]}}}})
    world.rest()
    got = world.get()
    assert got.metadata.labels["test-rs"] == "patched"
    assert got.spec.template.spec.terminationGracePeriodSeconds == 0
    assert world.status()["readyReplicas"] == 3
    assert sorted(pod.spec.containers[0].image for pod in world.pods("web")) == ["web:1", "web:1", "web:2"]


def test_its_status_is_read_updated_and_patched(world):
    made = world.set(replicas=1)
    assert made.status.readyReplicas == 1
    said = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "Set from e2e test"}
    got = world.api.update(made.with_(status={"conditions": [said]}, spec={"replicas": 7}), "status")
    assert thaw(condition(got, "StatusUpdate")) == said
    assert got.spec.replicas == 1, "a write of the status changes nothing else"
    said = said | {"type": "StatusPatched"}
    got = world.api.patch("ReplicaSet", "web", {"status": {"conditions": [said]}}, subresource="status")
    assert thaw(condition(got, "StatusPatched")) == said


def test_what_others_say_in_its_status_stays_there(still):
    """The controller's are the numbers and ReplicaFailure."""
    still.set(replicas=1)
    said = {"type": "Reviewed", "status": "True", "reason": "E2E", "message": "by somebody else"}
    still.api.patch("ReplicaSet", "web", {"status": {"conditions": [said]}}, subresource="status")
    still.scale(2)
    assert still.status()["replicas"] == 2
    assert said in still.status().get("conditions", [])


def test_it_is_scaled_by_its_scale(world):
    """What else is written with it does not count."""
    made = world.set(replicas=1)
    world.api.update(made.with_(spec={"replicas": 2, "minReadySeconds": 9}), "scale")
    world.rest()
    assert (world.get().spec.replicas, world.get().spec.minReadySeconds) == (2, None)
    assert world.status()["readyReplicas"] == 2
    world.api.patch("ReplicaSet", "web", {"spec": {"replicas": 4}}, subresource="scale")
    world.rest()
    assert world.status()["readyReplicas"] == 4


# As many as wished.

def test_more_fewer_none_and_again(world):
    world.set(replicas=2)
    first = world.names("web")
    world.scale(5)
    assert len(world.names("web")) == 5
    assert first < world.names("web"), "who was there stays"
    world.scale(1)
    assert len(world.names("web", all=True)) == 1
    world.scale(0)
    assert world.names(all=True) == set()
    assert world.runtime.list() == []
    world.scale(3)
    assert len(world.names("web")) == 3


def test_a_pod_that_was_deleted_is_replaced_by_another(world):
    world.set(replicas=3)
    before = world.names("web")
    gone = min(before)
    world.api.delete("Pod", gone)
    world.rest()
    assert len(world.names("web")) == 3
    assert before - world.names("web") == {gone}


def test_a_container_that_died_is_its_kubelets_matter(world):
    """It is started again in the same pod; no other pod is made."""
    world.set(replicas=2)
    before = world.names("web")
    for one in world.runtime.list():
        if one.kind == "container":
            world.runtime.stop(one.id, 0)
    world.later(5)
    assert world.names("web", all=True) == before


def test_a_pod_that_goes_does_not_count():
    """Its successor does not wait until it has gone."""
    world = World({"web:1": Script(on_term=None)})
    world.set(replicas=2)
    gone = min(world.names("web"))
    world.api.delete("Pod", gone)
    world.rest()
    assert len(world.names("web")) == 2
    assert len(world.names("web", all=True)) == 3
    assert world.status()["replicas"] == 2
    world.later(40)
    assert len(world.names("web", all=True)) == 2
    assert gone not in world.names(all=True)


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_a_pod_that_is_over_is_replaced_and_stays_to_be_looked_at(still, phase):
    still.set(replicas=2)
    over = min(still.names("web"))
    still.api.patch("Pod", over, {"status": {"phase": phase}}, subresource="status")
    still.rest()
    assert len(still.names("web", all=True)) == 3
    assert over in still.names("web", all=True)
    assert still.status()["replicas"] == 2


def test_a_new_template_is_for_new_pods(world):
    world.set(replicas=2)
    before = world.pods("web")
    world.api.patch("ReplicaSet", "web", {"spec": {"template": {
        "metadata": {"labels": {"version": "2"}}, "spec": {"containers": [{"name": "app", "image": "web:2"}]}}}})
    world.rest()
    assert world.pods("web") == before
    world.scale(3)
    (new,) = (pod for pod in world.pods("web") if pod not in before)
    assert (new.spec.containers[0].image, new.metadata.labels["version"]) == ("web:2", "2")


def test_a_pod_is_what_the_template_says(still):
    still.set("a-long-name", replicas=1, pod={"terminationGracePeriodSeconds": 7}, spec={"template": {"metadata": {
        "name": "ignored", "namespace": "ignored", "annotations": {"a": "b"}, "finalizers": ["example.com/f"]}}})
    (pod,) = still.pods()
    assert pod.metadata.name.startswith("a-long-name-")
    assert len(pod.metadata.name) == len("a-long-name-") + 5
    assert pod.metadata.namespace == "default"
    assert thaw({part: pod.metadata[part] for part in ("labels", "annotations", "finalizers")}) == {
        "labels": {"app": "a-long-name"}, "annotations": {"a": "b"}, "finalizers": ["example.com/f"]}
    assert pod.spec.terminationGracePeriodSeconds == 7


def test_pods_are_made_where_their_set_is(still):
    still.api.create({"kind": "Namespace", "metadata": {"name": "team"}})
    still.api.create(a_set(replicas=2, namespace="team"))
    still.set(replicas=1)
    assert len(still.api.list("Pod", "team").items) == 2
    assert len(still.api.list("Pod", "default").items) == 1


def test_another_set_of_the_same_name_makes_its_own(world):
    """What the old one owned goes with it."""
    world.set(replicas=2)
    old = world.names("web")
    world.api.delete("ReplicaSet", "web")
    world.set(replicas=3)
    assert len(world.names("web")) == 3
    assert not old & world.names(all=True)


def test_who_leaves_its_pods_behind_leaves_them_to_the_next(world):
    world.set(replicas=2)
    pods = world.names("web")
    world.api.delete("ReplicaSet", "web", propagation="Orphan")
    world.rest()
    assert world.names() == pods
    assert not any(owner_of(pod) for pod in world.pods())
    world.set(replicas=2)
    assert world.names("web") == pods


def test_what_is_adopted_too_much_is_deleted(still):
    for n in range(4):
        still.bare(f"stray-{n}")
    still.set(replicas=3)
    assert len(still.names("web", all=True)) == 3
    assert still.names() < {f"stray-{n}" for n in range(4)}


# What it reports.

def test_its_status_says_how_many_of_each_there_are(still):
    still.set(replicas=3)
    one, two, three = sorted(still.names())
    assert still.status() == {"replicas": 3, "fullyLabeledReplicas": 3, "observedGeneration": 1}
    still.ready(one)
    still.ready(two)
    still.api.patch("Pod", three, {"metadata": {"labels": {"more": "fine"}}})
    still.rest()
    assert still.status() == {"replicas": 3, "fullyLabeledReplicas": 3, "readyReplicas": 2, "availableReplicas": 2,
                              "observedGeneration": 1}


def test_a_pod_that_lacks_a_label_of_the_template_counts_but_not_as_fully_labeled(still):
    still.bare("stray")
    still.set(replicas=2, called={"app": "web", "version": "1"})
    assert still.status() == {"replicas": 2, "fullyLabeledReplicas": 1, "observedGeneration": 1}


def test_it_says_which_wish_it_has_seen(still):
    still.set(replicas=1)
    still.scale(0)
    assert still.get().metadata.generation == 2
    assert still.status() == {"replicas": 0, "observedGeneration": 2}
    still.api.patch("ReplicaSet", "web", {"metadata": {"labels": {"a": "b"}}})
    still.rest()
    assert still.status()["observedGeneration"] == 2, "labels are no wish"


def test_at_rest_it_writes_nothing(world):
    world.set(replicas=3)
    before = world.cluster.store.version
    world.later(700, step=50)
    assert world.cluster.store.version == before


def test_available_is_who_has_been_ready_for_long_enough(world):
    world.set(replicas=2, spec={"minReadySeconds": 10})
    assert (world.status()["readyReplicas"], world.status().get("availableReplicas")) == (2, None)
    world.later(9)
    assert world.status().get("availableReplicas") is None
    assert world.cluster.due() <= START + 10, "nobody will tell of it"
    world.later(2)
    assert (world.status()["readyReplicas"], world.status()["availableReplicas"]) == (2, 2)


def test_each_pod_becomes_available_at_its_own_time(still):
    still.set(replicas=2, spec={"minReadySeconds": 10})
    one, two = sorted(still.names())
    still.ready(one)
    still.later(5)
    still.ready(two)
    still.later(6)
    assert (still.status()["readyReplicas"], still.status()["availableReplicas"]) == (2, 1)
    still.later(5)
    assert still.status()["availableReplicas"] == 2


def test_what_happens_is_told_as_events(world):
    world.set(replicas=2)
    made = world.events("SuccessfulCreate")
    assert sorted(event["message"] for event in made) == sorted(f"Created pod: {name}" for name in world.names())
    assert {(event["type"], event["involvedObject"]["kind"], event["involvedObject"]["name"],
             event["source"]["component"]) for event in made} == {
                 ("Normal", "ReplicaSet", "web", "replicaset-controller")}
    before = world.names()
    world.scale(1)
    (gone,) = before - world.names()
    assert [event["message"] for event in world.events("SuccessfulDelete")] == [f"Deleted pod: {gone}"]


# What is in the way.

def test_where_all_are_refused_one_is_tried_in_a_turn(still):
    """What is wrong with all of them is found out with few."""
    still.sets.step(), still.pods_seen.step()
    still.api.create(a_set(replicas=50))
    still.sets.step()
    tried = still.refuse()
    assert still.controller.step()
    assert tried.times == 1
    assert isinstance(still.controller.error, Forbidden)
    assert not still.controller.step(), "it waits before it tries again"


@pytest.mark.parametrize("accepted", [1, 2, 3, 6, 20])
def test_creates_go_on_in_steps_that_double_until_the_first_refusal(still, accepted):
    """1, 2, 4 …: the step in which one is refused is the last."""
    still.sets.step(), still.pods_seen.step()
    still.api.create(a_set(replicas=50))
    still.sets.step()
    tried = still.refuse(after=accepted)
    still.controller.step()
    batches = [2 ** n - 1 for n in range(1, 8)]
    assert accepted < tried.times <= min(most for most in batches if most > accepted)
    assert len(still.names()) == accepted


def test_that_it_fails_is_a_condition_until_it_does_not(still):
    tried = still.refuse()
    made = still.set(replicas=2)
    failure = condition(made, "ReplicaFailure")
    assert (failure.status, failure.reason) == ("True", "FailedCreate")
    assert "exceeded quota" in failure.message
    assert failure.lastTransitionTime == timestamp(START)
    event = still.events("FailedCreate")[0]
    assert (event.type, event.involvedObject.name) == ("Warning", "web")
    assert event.message == "Error creating: exceeded quota: pods"
    still.later(10)
    assert condition(still.get(), "ReplicaFailure") == failure, "it fails since then"
    tried.stop()
    still.later(70)
    assert condition(still.get(), "ReplicaFailure") is None
    assert len(still.names("web")) == 2


def test_who_cannot_delete_says_so(still):
    still.set(replicas=3)
    tried = still.refuse("delete")
    still.scale(1)
    assert condition(still.get(), "ReplicaFailure").reason == "FailedDelete"
    assert len(still.names()) == still.status()["replicas"] == 3
    tried.stop()
    still.later(70)
    assert len(still.names()) == 1
    assert condition(still.get(), "ReplicaFailure") is None


def test_a_condition_that_somebody_else_wrote_is_no_stumbling_block(still):
    """Without a lastTransitionTime, which nobody has to give."""
    still.refuse()
    still.api.create(a_set())
    still.api.patch("ReplicaSet", "web", {"status": {"conditions": [
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}]}}, subresource="status")
    still.rest()
    assert condition(still.get(), "ReplicaFailure").lastTransitionTime == timestamp(START)


def test_what_is_made_before_the_refusal_is_reported(still):
    still.refuse(after=2)
    still.set(replicas=5)
    assert len(still.names()) == 2
    assert still.status()["replicas"] == 2
    assert condition(still.get(), "ReplicaFailure")


def test_one_set_that_fails_holds_up_no_other(still):
    def no_db(verb, new, stored):
        if new["kind"] == "Pod" and new["metadata"]["labels"]["app"] == "db":
            raise Forbidden("no databases here")
        return new

    still.api.admission.append(no_db)
    still.api.create(a_set("db"))
    still.set("web")
    assert (len(still.names("db")), len(still.names("web"))) == (0, 3)


def test_a_namespace_that_goes_gets_no_new_pods(world):
    world.api.create({"kind": "Namespace", "metadata": {"name": "team"}})
    world.api.create(a_set(replicas=2, namespace="team"))
    world.rest()
    world.api.delete("Namespace", "team")
    world.later(60)
    with pytest.raises(NotFound):
        world.api.get("Namespace", "team")
    assert world.names(all=True) == set()


# Whose is a pod?

def reference(uid="1", name="web", kind="ReplicaSet", controller=True):
    return {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": controller}


OURS = freeze({**a_set(), "metadata": {"name": "web", "namespace": "default", "uid": "1"}})


def a_pod(*owners, labels=None, phase="Running", **meta):
    return freeze({"kind": "Pod", "spec": {}, "status": {"phase": phase}, "metadata": {
        "name": "p", "namespace": "default", "labels": {"app": "web"} if labels is None else labels,
        **({"ownerReferences": owners} if owners else {}), **meta}})


LEAVING = {"deletionTimestamp": "2027-01-15T08:00:00Z"}


@pytest.mark.parametrize(("pod", "becomes"), [
    (a_pod(reference()), "mine"),
    (a_pod(reference(name="another")), "mine"),
    (a_pod(reference(), reference("7", "job", "Job", False)), "mine"),
    (a_pod(reference(), **LEAVING), "mine"),
    (a_pod(reference(), phase="Failed"), "mine"),
    (a_pod(reference(), labels={"app": "db"}), "release"),
    (a_pod(reference(), labels={}), "release"),
    (a_pod(reference(), labels={"app": "db"}, phase="Failed"), "release"),
    (a_pod(), "adopt"),
    (a_pod(labels={"app": "web", "more": "x"}), "adopt"),
    (a_pod(phase="Pending"), "adopt"),
    (a_pod(reference("7", "job", "Job", False)), "adopt"),
    (a_pod(reference(controller=False)), "adopt"),
    (a_pod(labels={"app": "db"}), None),
    (a_pod(labels={}), None),
    (a_pod(phase="Failed"), None),
    (a_pod(phase="Succeeded"), None),
    (a_pod(**LEAVING), None),
    (a_pod(namespace="team"), None),
    (a_pod(reference("2")), None),
    (a_pod(reference("2", "other")), None),
    (a_pod(reference("2"), labels={"app": "db"}), None),
    (a_pod(reference(controller=False), reference("2")), None),
])
def test_what_becomes_of_a_pod(pod, becomes):
    found = claim(OURS, [pod])
    assert {part: list(pods) for part, pods in found._asdict().items() if pods} == ({becomes: [pod]} if becomes else {})


def test_a_pod_without_labels_and_owners_is_a_pod():
    bare = freeze({"kind": "Pod", "spec": {}, "metadata": {"name": "p", "namespace": "default"}})
    assert claim(OURS, [bare]) == ([], [], [])
    all_but = freeze(thaw(OURS) | {"spec": {"selector": {"matchExpressions": [
        {"key": "app", "operator": "DoesNotExist"}]}}})
    assert claim(all_but, [bare]) == ([], [bare], [])


def test_who_was_asked_to_go_keeps_what_it_has_and_nothing_else():
    leaving = OURS.with_(metadata=LEAVING)
    mine = a_pod(reference())
    assert claim(leaving, [mine, a_pod(reference(), labels={}), a_pod(), a_pod(reference("2"))]) == ([mine], [], [])


def test_many_pods_are_told_apart_in_one_go_and_none_is_changed():
    mine = [a_pod(reference(), phase=phase) for phase in ("Running", "Pending", "Failed")]
    lost, stray, other = a_pod(reference(), labels={}), a_pod(), a_pod(reference("2"))
    found = claim(OURS, iter([mine[0], other, lost, mine[1], stray, mine[2]]))
    assert found == (mine, [stray], [lost])
    assert all(isinstance(part, list) for part in found)


EXPRESSIONS = [("In", ["web", "db"]), ("NotIn", ["web"]), ("Exists", None), ("DoesNotExist", None)]


@pytest.mark.parametrize(("labels", "chosen"), [
    ({"app": "web"}, [True, False, True, False]), ({"app": "job"}, [False, True, True, False]),
    ({"app": ""}, [False, True, True, False]), ({"web": "app"}, [False, True, False, True]),
    ({}, [False, True, False, True]), (None, [False, True, False, True])])
def test_each_operator_asks_in_its_way(labels, chosen):
    asked = [{"key": "app", "operator": operator, **({"values": values} if values else {})}
             for operator, values in EXPRESSIONS]
    assert [selects({"matchExpressions": [one]}, labels) for one in asked] == chosen


def test_a_selector_asks_for_all_of_it_and_one_that_asks_for_nothing_chooses_everything():
    both = {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]}
    assert selects(both, {"app": "web", "tier": ""})
    assert not selects(both, {"app": "web"})
    assert not selects(both, {"tier": "", "app": "db"})
    assert selects({}, None)
    assert selects({"matchLabels": None, "matchExpressions": ()}, {"a": "b"})


@pytest.mark.parametrize("seed", range(5))
def test_it_selects_as_every_other_selector_does(seed):
    chance = random.Random(seed)

    def some(texts, least=0):
        return chance.sample(texts, chance.randint(least, len(texts)))

    for _ in range(200):
        asked = [{"key": chance.choice("ab"), "operator": operator,
                  **({"values": some(["x", "y", ""], 1)} if operator.endswith("In") else {})}
                 for operator in some(["In", "NotIn", "Exists", "DoesNotExist"])]
        selector = {"matchLabels": {key: chance.choice("xy") for key in some(["a", "b"])}, "matchExpressions": asked}
        labels = {key: chance.choice(["x", "y", "z", ""]) for key in some(["a", "b", "c"])}
        assert selects(selector, labels) == selectors.of(selector).matches(labels), (selector, labels)


@pytest.mark.parametrize("seed", range(10))
def test_two_sets_that_select_the_same_never_share_or_steal_a_pod(seed):
    chance, world = random.Random(seed), World(nodes=0, seed=seed)
    labels = {"app": "both"}
    world.api.create(a_set("a", replicas=3, labels=labels))
    world.api.create(a_set("b", replicas=2, labels=labels))
    owners = {}
    for n in range(40):
        do = chance.random()
        if do < 0.2:
            world.bare(f"stray-{n}", labels)
        elif do < 0.4:
            world.api.patch("ReplicaSet", chance.choice("ab"), {"spec": {"replicas": chance.randrange(5)}})
        elif do < 0.5 and (pods := world.pods()):
            world.api.delete("Pod", chance.choice(pods)["metadata"]["name"])
        else:
            chance.choice([*world.plane.components().values()])()
        for pod in world.pods():
            assert len(pod["metadata"].get("ownerReferences") or ()) <= 1
            if owner := owner_of(pod):
                assert owners.setdefault(pod["metadata"]["uid"], owner["uid"]) == owner["uid"]
    world.later(70, step=10)
    assert {name: len(world.names(name)) for name in "ab"} == {name: world.get(name).spec.replicas for name in "ab"}
    assert len(world.names()) == len(world.names("a")) + len(world.names("b"))


def test_a_pod_of_another_controller_is_left_alone(still):
    still.bare("jobs", ownerReferences=[reference("7", "backup", "Job")])
    still.set(replicas=1)
    assert len(still.names()) == 2
    assert owner_of(still.api.get("Pod", "jobs")).kind == "Job"


def test_who_only_was_named_as_an_owner_becomes_the_controller(still):
    """A reference that is there is not written a second time."""
    made = still.set(replicas=0)
    still.bare("stray", ownerReferences=[reference(made["metadata"]["uid"], controller=False)])
    still.scale(1)
    still.later(1)
    assert still.names("web") == {"stray"}
    assert len(still.api.get("Pod", "stray")["metadata"]["ownerReferences"]) == 1


def test_who_adopts_a_pod_lets_its_other_owners_be(still):
    other = reference("7", "backup", "Job", False)
    still.bare("stray", ownerReferences=[other])
    made = still.set(replicas=1)
    kept, new = thaw(still.api.get("Pod", "stray")["metadata"]["ownerReferences"])
    assert (kept, new["uid"]) == (other, made["metadata"]["uid"])


def test_who_lets_a_pod_go_lets_its_other_owners_be(still):
    made = still.set(replicas=0)
    other = reference("7", "backup", "Job", False)
    still.bare("p", {"app": "other"}, ownerReferences=[reference(made["metadata"]["uid"]), other])
    still.rest()
    assert thaw(still.api.get("Pod", "p")["metadata"]["ownerReferences"]) == [other]


def test_a_set_that_was_deleted_adopts_nobody_though_its_controller_does_not_know(still):
    """What a copy says may be old: the owner is read anew before it adopts."""
    still.set(replicas=1)
    still.api.delete("ReplicaSet", "web", propagation="Foreground")
    still.bare("stray")
    still.pods_seen.step()
    while still.controller.step():
        pass
    assert owner_of(still.api.get("Pod", "stray")) is None


def test_another_set_of_the_same_name_is_not_whom_a_pod_is_adopted_for(still):
    old = still.set(replicas=0)
    pod = still.bare("stray")
    still.api.delete("ReplicaSet", "web")
    still.api.create(a_set(replicas=0))
    assert claims.adopt(still.api, pod, old) is None
    assert owner_of(still.api.get("Pod", "stray")) is None


def test_a_pod_that_is_not_what_was_seen_is_not_adopted(still):
    made, pod = still.set(replicas=0), still.bare("stray", {"app": "other"})
    still.api.patch("Pod", "stray", {"metadata": {"labels": {"a": "b"}}})
    with pytest.raises(Conflict):
        claims.adopt(still.api, pod, made)
    still.api.delete("Pod", "stray")
    assert claims.adopt(still.api, pod, made) is None


# Who goes when there are too many?

def candidate(name, node="node-1", phase="Running", ready=True, since=100, restarts=0, age=100, cost=None):
    """A pod, and when it became what it is: seconds ago."""
    now = START
    return freeze({"kind": "Pod", "metadata": {
        "name": name, "uid": name, "creationTimestamp": timestamp(now - age),
        **({"annotations": {"controller.kubernetes.io/pod-deletion-cost": cost}} if cost is not None else {})},
        "spec": {"nodeName": node} if node else {},
        "status": {"phase": phase, "containerStatuses": [{"name": "app", "restartCount": restarts}],
                   "conditions": [{"type": "Ready", "status": "True" if ready else "False",
                                   "lastTransitionTime": timestamp(now - since)}]}})


BETTER = {"cost": "9", "restarts": 0, "age": 900, "since": 900}  # all that later rules count for
WORSE = {"cost": "-9", "restarts": 9, "age": 1, "since": 1}
CROWD = [candidate("c1", "node-2", age=10_000, since=10_000, cost="99")]


@pytest.mark.parametrize(("rule", "goes", "stays", "others"), [
    ("it is on no node", {"node": "", **BETTER}, {**WORSE}, []),
    ("it is on no node, though it runs", {"node": "", "phase": "Running"}, {"phase": "Pending", "ready": False}, []),
    ("it does not run", {"phase": "Pending", **BETTER}, {"ready": False, **WORSE}, []),
    ("nobody knows whether it runs", {"phase": "Unknown", **BETTER}, {"ready": False, **WORSE}, []),
    ("it is not ready", {"ready": False, **BETTER}, {**WORSE}, []),
    ("it costs less", {**BETTER, "cost": "-1"}, {**WORSE, "cost": None, "node": "node-2"}, CROWD),
    ("more are on its node", {**BETTER, "cost": "0", "node": "node-2"}, {**WORSE, "cost": "0"}, CROWD),
    ("it is ready for less time", {"since": 5, "age": 900}, {"since": 6, "age": 1, "restarts": 9}, []),
    ("it was restarted more often", {"restarts": 2, "age": 900}, {"restarts": 1, "age": 1}, []),
    ("it is younger", {"age": 5}, {"age": 6}, []),
], ids=lambda value: value if isinstance(value, str) else "")
def test_the_first_rule_that_tells_two_apart_decides(rule, goes, stays, others):
    goes, stays = candidate("goes", **goes), candidate("stays", **stays)
    for pods in ([goes, stays, *others], [*others, stays, goes]):
        assert pods_to_delete(pods, 1) == [goes], rule


def test_none_all_and_the_argument_stays():
    pods = (candidate("a"), candidate("b", ready=False), candidate("c", node=""))
    before = list(pods)
    assert pods_to_delete(pods, 0) == pods_to_delete((), 0) == []
    assert [pod.metadata.name for pod in pods_to_delete(pods, 3)] == ["c", "b", "a"]
    many = [*pods]
    pods_to_delete(many, 2)
    assert (many, pods) == (before, tuple(before))


def test_a_pod_of_which_little_is_known_goes_first():
    bare = freeze({"kind": "Pod", "metadata": {"name": "bare"}, "spec": {}})
    assert pods_to_delete([candidate("a"), bare, candidate("b")], 1) == [bare]


def less(one, other, rank):
    """Upstream's ActivePodsWithRanks.Less, with ages as they are (LogarithmicScaleDown off)."""
    def node(pod):
        return pod["spec"].get("nodeName") or ""

    def ordinal(pod):
        return {"Pending": 0, "Unknown": 1, "Running": 2}[pod["status"]["phase"]]

    def ready(pod):
        return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"]["conditions"])

    def cost(pod):
        return int((pod["metadata"].get("annotations") or {}).get("controller.kubernetes.io/pod-deletion-cost", 0))

    def ready_time(pod):
        return next(c["lastTransitionTime"] for c in pod["status"]["conditions"] if c["type"] == "Ready")

    def restarts(pod):
        return max(c["restartCount"] for c in pod["status"]["containerStatuses"])

    if node(one) != node(other) and not (node(one) and node(other)):
        return not node(one)
    if ordinal(one) != ordinal(other):
        return ordinal(one) < ordinal(other)
    if ready(one) != ready(other):
        return not ready(one)
    if cost(one) != cost(other):
        return cost(one) < cost(other)
    if rank[node(one)] != rank[node(other)]:
        return rank[node(one)] > rank[node(other)]
    if ready(one) and ready(other) and ready_time(one) != ready_time(other):
        return ready_time(one) > ready_time(other)
    if restarts(one) != restarts(other):
        return restarts(one) > restarts(other)
    return one["metadata"]["creationTimestamp"] > other["metadata"]["creationTimestamp"]


@pytest.mark.parametrize("seed", range(200))
def test_they_go_in_the_order_of_upstream(seed):
    chance = random.Random(seed)
    few = chance.choice([1, 2, 3])  # values of each: the fewer, the later the rule that decides

    def pick(*values):
        return chance.choice(values[:few])

    pods = [candidate(f"p{n}", pick("node-1", "node-2", "", "node-3"), pick("Running", "Pending", "Unknown"),
                      pick(True, False), pick(5, 6, 70), pick(0, 1, 12), pick(5, 6, 70), pick(None, "-3", "12"))
            for n in range(chance.randrange(1, 12))]
    rank = {}
    for pod in pods:
        node = pod["spec"].get("nodeName") or ""
        rank[node] = rank.get(node, 0) + 1
    count = chance.randint(0, len(pods))
    gone = pods_to_delete(pods, count)
    names = {pod["metadata"]["name"] for pod in gone}
    assert len(gone) == len(names) == count
    stay = [pod for pod in pods if pod["metadata"]["name"] not in names]
    assert not any(less(stays, goes, rank) for goes in gone for stays in stay)
    right = sorted(pods, key=cmp_to_key(lambda one, other: less(other, one, rank) - less(one, other, rank)))
    assert all(not less(goes, best, rank) and not less(best, goes, rank)
               for goes, best in zip(gone, right, strict=False))


def test_who_is_deleted_is_whom_the_rules_name(still):
    still.set(replicas=4)
    one, two, _, four = sorted(still.names())
    for name in (one, two, four):
        still.ready(name)
    still.rest()
    still.scale(3)
    assert still.names() == {one, two, four}
    still.api.patch("Pod", two, {"metadata": {"annotations": {
        "controller.kubernetes.io/pod-deletion-cost": "-1"}}})
    still.scale(2)
    assert still.names() == {one, four}


# Its copy is a moment old.

def blind(world, times=5):
    """The controller goes on while nobody tells it of pods."""
    for _ in range(times):
        world.sets.step()
        world.controller.queue.add(Key("ReplicaSet", "default", "web"))
        while world.controller.step():
            pass


def test_what_it_made_and_does_not_see_yet_it_makes_once(still):
    still.rest()
    still.api.create(a_set(replicas=3))
    blind(still)
    assert len(still.names()) == 3
    still.rest()
    assert len(still.names("web", all=True)) == 3
    assert still.status()["replicas"] == 3


def test_what_it_deleted_and_still_sees_it_deletes_once(still):
    still.set(replicas=5)
    still.api.patch("ReplicaSet", "web", {"spec": {"replicas": 3}})
    tried = still.refuse("delete", after=2)
    blind(still)
    assert (len(still.names()), tried.times) == (3, 2)
    still.rest()
    assert len(still.names("web")) == 3


def test_who_remembers_nothing_makes_too_many_and_finds_it_out_later(still, monkeypatch):
    monkeypatch.setattr(Expectations, "wait", lambda self, key: 0.0)
    still.rest()
    still.api.create(a_set(replicas=3))
    blind(still)
    assert len(still.names()) > 3
    still.rest()
    assert len(still.names("web", all=True)) == 3


def test_a_change_of_mind_is_carried_out_when_the_first_is_seen(still):
    still.rest()
    still.api.create(a_set(replicas=3))
    blind(still)
    still.api.patch("ReplicaSet", "web", {"spec": {"replicas": 1}})
    blind(still)
    assert len(still.names()) == 3
    still.rest()
    assert len(still.names()) == 1


def test_another_set_of_the_same_name_awaits_nothing_that_the_first_one_made(still):
    """By that name, but not by that uid."""
    still.rest()
    still.api.create(a_set(replicas=3))
    blind(still)
    still.api.delete("ReplicaSet", "web")
    still.api.create(a_set(replicas=2))
    blind(still)
    assert len(still.names("web")) == 2
    still.rest()
    assert len(still.names(all=True)) == len(still.names("web")) == 2


def test_what_is_made_for_a_set_that_has_gone_goes_too(still):
    still.rest()
    still.api.create(a_set(replicas=3))
    still.sets.step()
    still.api.delete("ReplicaSet", "web")
    assert still.controller.step()
    assert len(still.names()) == 3
    still.rest()
    assert still.names(all=True) == set()


def test_what_is_never_seen_is_awaited_for_five_minutes_and_then_looked_for(still):
    """The copy lacks them, but the truth does not: still nothing is made twice."""
    still.rest()
    still.api.create(a_set(replicas=3))
    blind(still)
    still.clock.advance(301)
    blind(still)
    assert len(still.names()) == 3
    still.rest()
    assert len(still.names("web")) == 3


class Deaf:
    """A client that does not hear how some of its creates of pods ended: the first, and half of the others."""

    def __init__(self, api, chance):
        self._api, self._chance, self.lost = api, chance, 0

    def __getattr__(self, name):
        return getattr(self._api, name)

    def create(self, obj, dry_run=False):
        if obj["kind"] != "Pod" or (self.lost and self._chance.random() < 0.5):
            return self._api.create(obj, dry_run)
        self.lost += 1
        if self._chance.random() < 0.5:
            self._api.create(obj, dry_run)
        raise Timeout("no answer")


@pytest.mark.parametrize("seed", range(10))
def test_a_create_whose_answer_was_lost_is_not_made_twice(seed):
    deaf = []

    def client(api):
        deaf.append(Deaf(api, random.Random(seed)))
        return deaf[-1]

    world = World(nodes=0, client=client)
    world.rest()
    world.api.create(a_set(replicas=6))
    for _ in range(40):
        blind(world, 2)
        assert len(world.names(all=True)) <= 6
        world.clock.advance(30)
        if world.clock.now() % 4 == 0:
            world.pods_seen.step()
    world.later(120, step=10)
    assert deaf[0].lost
    assert len(world.names("web", all=True)) == 6


def test_more_than_a_burst_is_made_and_deleted_in_several_turns(still, monkeypatch):
    monkeypatch.setattr(replicaset, "BURST", 5)
    still.rest()
    still.api.create(a_set(replicas=12))
    blind(still)
    assert len(still.names()) == 5
    still.rest()
    assert len(still.names()) == 12
    still.api.patch("ReplicaSet", "web", {"spec": {"replicas": 1}})
    blind(still)
    assert len(still.names()) == 7
    still.rest()
    assert len(still.names()) == 1


# Others, and anew.

@pytest.mark.parametrize("seed", range(20))
def test_two_controllers_at_once_end_with_as_many_as_wished(seed):
    """That is a mistake of whoever started them; it costs work, but nothing stays wrong."""
    chance, world = random.Random(seed), World(nodes=0, seed=seed)
    other = ControlPlane(world.api, kinds.KINDS, world.clock, lambda: None, through=5)
    steps = [*world.plane.components().values(), *other.components().values()]
    world.api.create(a_set(replicas=3))
    for n in range(60):
        do = chance.random()
        if do < 0.1:
            world.api.patch("ReplicaSet", "web", {"spec": {"replicas": chance.randrange(6)}})
        elif do < 0.15:
            world.bare(f"stray-{n}")
        elif do < 0.2 and (pods := world.pods()):
            world.api.delete("Pod", chance.choice(pods)["metadata"]["name"])
        else:
            chance.choice(steps)()
        assert all(len(pod["metadata"].get("ownerReferences") or ()) <= 1 for pod in world.pods())
    for _ in range(30):
        world.clock.advance(10)
        for _ in range(1000):
            chance.shuffle(steps)
            if not sum(step() for step in steps):
                break
        else:
            raise AssertionError("they do not come to rest")
    assert len(world.names("web", all=True)) == world.get().spec.replicas == world.status()["replicas"]
    assert world.names(all=True) == world.names("web")


@pytest.mark.parametrize("steps", range(14))
def test_a_new_control_plane_makes_nothing_twice(steps):
    """Whatever the old one had come to."""
    world = World()
    world.rest()
    world.api.create(a_set(replicas=3))
    parts = [step for _ in range(steps) for step in world.cluster.components().values()]
    for step in parts[:steps]:
        step()
    store = world.cluster.store
    made = store.watch("Pod", since=0)
    world.anew(store)
    world.rest()
    assert len({event.object["metadata"]["uid"] for event in made.drain()}) == 3
    assert len(world.names("web", all=True)) == 3
    assert world.status()["readyReplicas"] == 3


def test_a_control_plane_that_was_away_sees_what_happened_meanwhile(world):
    world.set(replicas=3)
    store = world.cluster.store
    world.api.delete("Pod", min(world.names()), grace=0)
    world.api.patch("ReplicaSet", "web", {"spec": {"replicas": 5}})
    world.anew(store)
    world.rest()
    assert len(world.names("web")) == 5
    assert world.status() == {"replicas": 5, "fullyLabeledReplicas": 5, "readyReplicas": 5, "availableReplicas": 5,
                              "observedGeneration": 2}


@pytest.mark.parametrize("seed", range(20))
def test_in_any_order_of_steps_there_are_never_too_many_and_in_the_end_enough(seed):
    chance, world = random.Random(seed), World(seed=seed)
    world.rest()
    world.api.create(a_set(replicas=4))
    for _ in range(200):
        chance.choice([*world.cluster.components().values()])()
        assert len(world.names(all=True)) <= 4
    world.rest()
    assert len(world.names("web")) == 4


def test_two_hundred_sets_of_five_come_to_rest_and_go_again():
    world = World(nodes=4)
    for n in range(200):
        world.api.create(a_set(f"web-{n}", replicas=5))
    world.rest()
    pods = world.api.list("Pod").items
    assert len(pods) == 1000
    assert all(pod["status"]["phase"] == "Running" for pod in pods)
    assert all(one.status.availableReplicas == 5 for one in world.api.list("ReplicaSet").items)
    for n in range(200):
        world.api.patch("ReplicaSet", f"web-{n}", {"spec": {"replicas": n % 2}})
    world.rest()
    assert sorted(owner_of(pod).name for pod in world.api.list("Pod").items) == sorted(
        f"web-{n}" for n in range(200) if n % 2)
    assert all((one.status.replicas, one.status.observedGeneration) == (one.spec.replicas, 2)
               for one in world.api.list("ReplicaSet").items)
    assert sum(one.kind == "container" for one in world.runtime.list()) == 100

"""The kubelet, on simulated containers and a clock turned by hand: how a node's containers come to match its pods."""

import itertools

import pytest

from mini_k8s.clock import HandClock
from mini_k8s.cluster import Cluster
from mini_k8s.errors import NotFound, ServiceUnavailable, Timeout
from mini_k8s.runtimes import MESSAGES
from mini_k8s.runtimes.simulated import Script, SimulatedEngine, SimulatedRuntime

START = 1_800_000_000.0


class World:
    """A stepped cluster of two nodes, and words to talk about it."""

    def __init__(self, scripts=None, images=None, **more):
        self.clock = HandClock(START)
        self.engine = SimulatedEngine(self.clock, scripts, images=images)
        self.runtime = SimulatedRuntime("test", engine=self.engine)
        self.more = {"nodes": 2, "seed": 1, "capacity": {"cpu": "2", "memory": "1Gi", "pods": "20"}} | more
        self.cluster = Cluster(name="test", runtime=self.runtime, clock=self.clock, **self.more)
        self.client = self.cluster.client

    def pod(self, name="web", image="web:1", containers=None, **spec):
        """Wish for a pod, and let the cluster come to rest."""
        containers = containers or [{"name": "app", "image": image}]
        self.client.create({"kind": "Pod", "metadata": {"name": name}, "spec": {"containers": containers, **spec}})
        self.rest()
        return self.get(name)

    def get(self, name="web"):
        return self.client.get("Pod", name)

    def status(self, name="web", container="app"):
        status = self.get(name)["status"]
        found = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
        return next(one for one in found if one["name"] == container)

    def rest(self):
        self.cluster.settle()

    def later(self, seconds, step=1.0):
        """Time passes, and everybody does what is due."""
        until = self.clock.now() + seconds
        while self.clock.now() < until:
            self.clock.advance(min(step, until - self.clock.now()))
            self.rest()

    def here(self, kind=None, name=None, state=None):
        return [o for o in self.runtime.list() if (kind is None or o.kind == kind) and (name is None or o.name == name)
                and (state is None or o.state == state)]

    def anew(self):
        """Another control plane with the same store."""
        self.cluster = Cluster(name="test", runtime=self.runtime, clock=self.clock, store=self.cluster.store,
                               **self.more)
        self.client = self.cluster.client

    def kill(self, name="app"):
        """What runs under that name dies, and nobody tells."""
        for o in self.here(name=name, state="running"):
            self.runtime.stop(o.id, 0)

    def gone(self, name="web"):
        with pytest.raises(NotFound):
            self.get(name)
        return True

    def events(self, reason):
        return [e for e in self.client.list("Event").items if e["reason"] == reason]


@pytest.fixture
def world():
    return World()


# A pod comes to run.

def test_a_pod_is_a_sandbox_and_its_containers(world):
    pod = world.pod(containers=[{"name": "app", "image": "web:1"}, {"name": "side", "image": "log:1"}])
    sandbox, = world.here("sandbox")
    assert {o.sandbox for o in world.here("container")} == {sandbox.id}
    assert {o.name for o in world.here("container", state="running")} == {"app", "side"}
    assert pod["status"]["phase"] == "Running"
    assert pod["status"]["podIP"] == sandbox.address
    assert {c["type"]: c["status"] for c in pod["status"]["conditions"]} == dict.fromkeys(
        ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"), "True")


def test_nobody_runs_a_pod_of_another_node_or_of_none():
    """Writing a pod down starts nothing. Somebody has to be responsible."""
    world = World(place=False)
    world.pod("nobodys")
    world.pod("somebodys", nodeName="node-7")
    assert world.here() == []
    assert world.get("nobodys")["status"]["phase"] == "Pending"
    world.pod("mine", nodeName="node-2")
    assert [o.labels["node"] for o in world.here("container")] == ["node-2"]


def test_pods_without_a_node_are_dealt_out_in_turn(world):
    nodes = [world.pod(f"web-{i}")["spec"]["nodeName"] for i in range(4)]
    assert nodes == ["node-1", "node-2", "node-1", "node-2"]


def test_a_pod_at_rest_costs_no_writes(world):
    world.pod()
    before = world.cluster.store.version
    world.later(300, step=10)
    assert world.cluster.store.version == before


# A container ends.

def test_a_container_that_died_is_made_anew_and_the_address_stays(world):
    before = world.pod()["status"]["podIP"]
    world.kill()
    world.later(3)
    status = world.status()
    assert status["restartCount"] == 1
    assert status["state"].keys() == {"running"}
    assert status["lastState"]["terminated"]["exitCode"] == 137
    assert world.get()["status"]["podIP"] == before
    assert [o.attempt for o in world.here("container")] == [0, 1], "the dead one stays, for its logs"


def test_what_crashes_again_and_again_waits_twice_as_long_each_time():
    world = World({"bad:1": Script(runs=1.0, exit_code=3)})
    world.pod(image="bad:1")
    starts = []
    for _ in range(900):
        world.later(1)
        for o in world.here("container"):
            if o.started_at and o.started_at not in starts:
                starts.append(o.started_at)
    waits = [round(b - a - 1) for a, b in itertools.pairwise(starts)]
    assert waits[0] <= 3  # found by the next look
    assert [round(wait, -1) for wait in waits[1:6]] == [10, 20, 40, 80, 160]
    assert all(wait <= 303 for wait in waits)
    status = world.status()
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert status["lastState"]["terminated"]["exitCode"] == 3
    assert world.get()["status"]["phase"] == "Running", "CrashLoopBackOff is a reason, not a phase"
    assert status["restartCount"] == len(starts) - 1
    assert len(world.here("container")) <= 2, "the older dead are removed"


def test_ten_good_minutes_are_forgiven():
    world = World({"bad:1": Script(runs=1.0, exit_code=3), "good:1": Script()})
    world.pod(image="bad:1")
    world.later(100)
    world.client.patch("Pod", "web", {"spec": {"containers": [{"name": "app", "image": "good:1"}]}})
    world.later(700, step=5)
    assert world.status()["state"].keys() == {"running"}
    count = world.status()["restartCount"]
    world.kill()
    world.later(3)
    assert world.status()["restartCount"] == count + 1
    assert world.status()["state"].keys() == {"running"}


@pytest.mark.parametrize(("policy", "code", "phase", "runs"), [
    ("Always", 0, "Running", True), ("Always", 1, "Running", True), ("OnFailure", 0, "Succeeded", False),
    ("OnFailure", 1, "Running", True), ("Never", 0, "Succeeded", False), ("Never", 1, "Failed", False)])
def test_the_policy_says_who_is_started_again(policy, code, phase, runs):
    world = World({"job:1": Script(runs=5.0, exit_code=code)})
    world.pod(image="job:1", restartPolicy=policy)
    world.later(8)
    assert world.get()["status"]["phase"] == phase
    assert bool(world.here("container", state="running")) == runs
    if not runs:
        assert world.status()["state"]["terminated"]["exitCode"] == code
        assert world.here("sandbox", state="running") == [], "a pod that is over needs no address"
        assert world.here("container"), "its containers stay, for their logs"
        world.later(60)
        assert world.get()["status"]["phase"] == phase
        assert world.get()["status"]["podIP"], "what it was is still told"


def test_what_ends_before_anybody_looks_is_wound_up_too():
    """Its sandbox lived on: the pod was reported as over before anything was decided about it."""
    world = World({"job:1": Script(runs=0.0)})
    world.pod(image="job:1", restartPolicy="Never")
    world.later(3)
    assert world.get()["status"]["phase"] == "Succeeded"
    assert world.here(state="running") == []


def test_a_new_image_is_a_new_container_in_the_same_pod(world):
    world.pod()
    sandbox = world.here("sandbox")[0].id
    world.client.patch("Pod", "web", {"spec": {"containers": [{"name": "app", "image": "web:2"}]}})
    world.later(2)
    running, = world.here("container", state="running")
    assert running.image == "web:2"
    assert running.sandbox == sandbox
    assert world.status()["restartCount"] == 1


# The sandbox ends.

def test_a_pod_whose_sandbox_died_is_rebuilt_as_a_whole(world):
    """Its containers run on without a network: they are of no use to anybody."""
    world.pod(containers=[{"name": "app", "image": "web:1"}, {"name": "side", "image": "log:1"}])
    old, = world.here("sandbox")
    world.runtime.stop(old.id, 0)
    world.later(5)
    new, = world.here("sandbox")
    assert new.id != old.id
    assert {o.name: o.sandbox for o in world.here("container", state="running")} == {"app": new.id, "side": new.id}
    assert world.get()["status"]["podIP"] == new.address
    assert world.status()["restartCount"] == 1


def test_a_pod_that_is_to_run_once_is_not_rebuilt():
    world = World({"web:1": Script(on_term=143)})
    world.pod(restartPolicy="Never")
    world.runtime.stop(world.here("sandbox")[0].id, 0)
    world.later(5)
    assert world.here(state="running") == []
    assert world.get()["status"]["phase"] == "Failed"


# The end of a pod.

def test_a_deleted_pod_ends_within_its_grace_and_then_its_object_goes():
    world = World({"deaf:1": Script(on_term=None)})
    world.pod(image="deaf:1", terminationGracePeriodSeconds=10)
    world.client.delete("Pod", "web")
    world.later(8)
    assert world.here("container", state="running"), "killed before its grace was over"
    assert world.get()["metadata"]["deletionTimestamp"]
    world.later(5)
    assert world.gone()
    assert world.here() == []


def test_a_pod_that_listens_is_gone_at_once(world):
    world.pod(terminationGracePeriodSeconds=30)
    world.client.delete("Pod", "web")
    world.rest()
    assert world.gone()
    assert world.here() == []
    assert world.events("Killing")


def test_a_grace_that_is_shortened_counts():
    world = World({"deaf:1": Script(on_term=None)})
    world.pod(image="deaf:1", terminationGracePeriodSeconds=1000)
    world.client.delete("Pod", "web")
    world.later(2)
    assert world.here("container", state="running")
    world.client.delete("Pod", "web", grace=3)
    world.later(6)
    assert world.here() == []
    assert world.gone()


def test_what_is_killed_while_its_pod_ends_is_not_started_again():
    world = World({"deaf:1": Script(on_term=None)})
    world.pod(image="deaf:1", terminationGracePeriodSeconds=30)
    world.client.delete("Pod", "web")
    world.later(2)
    world.kill()
    world.later(3)
    assert world.gone()
    assert world.here() == []


def test_a_pod_deleted_by_force_is_cleared_away_and_its_name_is_free():
    """The object goes at once; its containers are found without one, and end."""
    world = World({"deaf:1": Script(on_term=None)})
    old = world.pod(image="deaf:1", terminationGracePeriodSeconds=5)
    world.client.delete("Pod", "web", grace=0)
    new = world.pod(image="web:1", nodeName=old["spec"]["nodeName"])
    assert new["status"]["phase"] == "Running"
    world.later(10)
    assert {o.labels["uid"] for o in world.here()} == {new["metadata"]["uid"]}


def test_a_finished_pod_that_is_deleted_leaves_nothing():
    world = World({"job:1": Script(runs=1.0)})
    world.pod(image="job:1", restartPolicy="Never")
    world.later(5)
    world.client.delete("Pod", "web")
    world.rest()
    assert world.here() == []
    assert world.gone()


# What is in the way.

def test_one_pod_whose_image_is_missing_holds_up_no_other():
    world = World(images=["web:1"])
    world.pod("bad", image="wbe:1")
    world.pod("good")
    assert world.get("good")["status"]["phase"] == "Running"
    assert world.get("bad")["status"]["phase"] == "Pending"
    assert world.status("bad")["state"]["waiting"]["reason"] == "ErrImagePull"
    assert "wbe:1" in world.status("bad")["state"]["waiting"]["message"]
    world.later(5)
    assert world.status("bad")["state"]["waiting"]["reason"] == "ImagePullBackOff"
    world.engine.images.append("wbe:1")
    world.later(60)
    assert world.get("bad")["status"]["phase"] == "Running"


def test_a_missing_configmap_is_waited_for(world):
    world.pod(containers=[{"name": "app", "image": "web:1", "env": [
        {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}}]}])
    waiting = world.status()["state"]["waiting"]
    assert waiting == {"reason": "CreateContainerConfigError", "message": 'configmap "settings" not found'}
    world.client.create({"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"b": "1"}})
    world.later(10)
    assert "couldn't find key a in ConfigMap default/settings" in world.status()["state"]["waiting"]["message"]
    world.client.patch("ConfigMap", "settings", {"data": {"a": "1"}})
    world.later(70)
    assert world.get()["status"]["phase"] == "Running"


@pytest.mark.parametrize("error", [ServiceUnavailable("no engine answers"), Timeout("no answer")])
def test_an_engine_that_refuses_is_asked_again(world, error):
    """Whichever of the calls it is that fails."""
    for n in range(6):
        name = f"web-{n}"
        world.client.create({"kind": "Pod", "metadata": {"name": name},
                             "spec": {"containers": [{"name": "app", "image": "web:1"}]}})
        for _ in range(n):
            try:
                world.cluster.pods.step()
                world.cluster.sight.look()
            except (ServiceUnavailable, Timeout):
                pass
        world.engine.fail_next(error, n)
        for _ in range(30):
            world.clock.advance(2)
            try:
                world.rest()
            except (ServiceUnavailable, Timeout):
                continue
        assert world.get(name)["status"]["phase"] == "Running"
        sandboxes = [o for o in world.here("sandbox") if o.labels["pod"] == name]
        assert len(sandboxes) == 1


def test_a_lost_event_costs_a_look_and_nothing_else(world):
    world.pod()
    world.engine.lose_events(10)
    world.kill()
    world.later(4)
    assert world.status()["restartCount"] == 1


def test_a_pod_that_does_not_fit_is_refused_for_good(world):
    """The kubelet has the last word."""
    big = [{"name": "app", "image": "web:1", "resources": {"requests": {"cpu": "1500m"}}}]
    world.pod("first", containers=big, nodeName="node-1")
    world.pod("second", containers=big, nodeName="node-1")
    status = world.get("second")["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "OutOfcpu")
    assert "requested: 1500, used: 1500, capacity: 2000" in status["message"]
    event, = world.events("OutOfcpu")
    assert (event["type"], event["involvedObject"]["name"]) == ("Warning", "second")
    assert status["message"].endswith(event["message"].removeprefix("Pod was rejected: "))
    assert len(world.here("sandbox")) == 1
    world.client.delete("Pod", "first")
    world.rest()
    world.pod("third", containers=big, nodeName="node-1")
    assert world.get("third")["status"]["phase"] == "Running"


def test_a_pod_that_is_active_for_too_long_fails(world):
    world.pod(activeDeadlineSeconds=30)
    world.later(25)
    assert world.get()["status"]["phase"] == "Running"
    world.later(10)
    status = world.get()["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")
    assert world.here(state="running") == []


def test_the_end_of_the_log_is_the_message_where_that_is_wanted():
    world = World({"job:1": Script(runs=1.0, exit_code=2, prints=b"it broke\n")})
    world.pod(containers=[{"name": "app", "image": "job:1", "terminationMessagePolicy": "FallbackToLogsOnError"}],
              restartPolicy="Never")
    world.later(4)
    assert world.status()["state"]["terminated"]["message"] == "it broke\n"


def test_what_a_container_left_in_its_file_is_its_message():
    """It comes before the log; and a program that ended well may leave one too."""
    world = World({"job:1": Script(runs=1.0, exit_code=2, prints=b"noise\n", message=b"why"),
                   "fine:1": Script(runs=1.0, message="fertig, g\u00fcnstig\n".encode())})
    world.pod(containers=[{"name": "app", "image": "job:1", "terminationMessagePolicy": "FallbackToLogsOnError"},
                          {"name": "fine", "image": "fine:1"}], restartPolicy="Never")
    world.later(4)
    assert world.status()["state"]["terminated"]["message"] == "why"
    assert world.status(container="fine")["state"]["terminated"]["message"] == "fertig, g\u00fcnstig\n"


def test_the_message_of_a_container_that_ends_at_once_is_heard_too():
    """It has ended before anybody has seen it run, and then nobody looks again."""
    world = World({"job:1": Script(runs=0.0, exit_code=2, message=b"why"),
                   "log:1": Script(runs=0.0, exit_code=2, prints=b"it broke\n")})
    world.pod(containers=[{"name": "app", "image": "job:1"}, {
        "name": "log", "image": "log:1", "terminationMessagePolicy": "FallbackToLogsOnError"}], restartPolicy="Never")
    assert world.status()["state"]["terminated"]["message"] == "why"
    assert world.status(container="log")["state"]["terminated"]["message"] == "it broke\n"


def test_without_a_word_there_is_no_message():
    world = World({"job:1": Script(runs=1.0, exit_code=2, prints=b"noise\n"),
                   "fine:1": Script(runs=1.0, prints=b"noise\n")})
    world.pod(containers=[{"name": "app", "image": "job:1"}, {
        "name": "fine", "image": "fine:1", "terminationMessagePolicy": "FallbackToLogsOnError"}], restartPolicy="Never")
    world.later(4)
    assert "message" not in world.status()["state"]["terminated"], "its log was not asked for"
    assert "message" not in world.status(container="fine")["state"]["terminated"], "it was no error"


def test_where_a_runtime_has_no_files_for_messages_whoever_chose_one_is_told():
    """As on processes. Everybody has the default path, so nobody is told of that. The log may serve."""
    world = World({"job:1": Script(runs=1.0, exit_code=2, prints=b"it broke\n", message=b"why")})
    world.runtime.can -= {MESSAGES}
    logs = {"image": "job:1", "terminationMessagePolicy": "FallbackToLogsOnError"}
    world.pod(containers=[{"name": "app", **logs}, {"name": "chose", "terminationMessagePath": "/tmp/last", **logs}],
              restartPolicy="Never")
    world.later(4)
    for name in ("app", "chose"):
        assert world.status(container=name)["state"]["terminated"]["message"] == "it broke\n"
    assert [e["message"] for e in world.events("NotSupported")] == [
        "Container chose runs without a file for its last message: the runtime 'simulated' has none"]


def test_the_message_of_the_run_before_is_kept_also_by_a_new_kubelet():
    """A new one has not heard it, and the pod's status says it."""
    world = World({"job:1": Script(runs=50.0, exit_code=2, message=b"why")})
    world.pod(image="job:1")
    world.later(60)
    assert world.status()["state"].keys() == {"running"}
    assert world.status()["lastState"]["terminated"]["message"] == "why"
    version = world.cluster.store.version
    world.anew()
    world.later(5)
    assert world.status()["lastState"]["terminated"]["message"] == "why"
    assert world.cluster.store.version == version


def test_messages_of_a_pod_have_12_kilobytes_together_in_equal_parts():
    """Each of four a quarter, from its beginning; and no character is cut in two."""
    world = World({"job:1": Script(runs=1.0, message=b"a" + "\u00e9".encode() * 2000)})
    world.pod(containers=[{"name": f"c{n}", "image": "job:1"} for n in range(3)],
              initContainers=[{"name": "first", "image": "job:1"}], restartPolicy="Never")
    world.later(10)
    said = [world.status(container=name)["state"]["terminated"]["message"] for name in ("first", "c0", "c1", "c2")]
    assert [len(text.encode()) for text in said] == [3071] * 4
    assert set(said) == {"a" + "\u00e9" * 1535} or set(said) == {"\u00e9" * 1535}, "no half of a character"


# Volumes.

SCRATCH = [{"name": "v", "emptyDir": {}}]


def test_a_new_kubelet_starts_containers_with_the_volumes_that_are_there():
    """It made none of them, and has to find them before the first container that it starts anew."""
    world = World()
    world.pod(containers=[{"name": "app", "image": "web:1", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}],
              volumes=SCRATCH)
    made = world.runtime.list_volumes()
    world.anew()
    world.kill()
    world.later(15)
    assert world.status()["restartCount"] == 1
    assert world.status()["state"].keys() == {"running"}
    assert world.runtime.list_volumes() == made


def named_by(annotation):
    source = {"fieldRef": {"fieldPath": f"metadata.annotations['{annotation}']"}}
    return {"name": "app", "image": "web:1", "env": [{"name": "PART", "valueFrom": source}],
            "volumeMounts": [{"name": "v", "mountPath": "/v", "subPathExpr": "$(PART)"}]}


def test_a_part_of_a_volume_that_has_no_name_yet_is_waited_for():
    """The name comes with a change of the pod, and then it begins."""
    world = World()
    world.pod(containers=[named_by("part"), {"name": "other", "image": "web:1"}], volumes=SCRATCH)
    waiting = {"reason": "CreateContainerConfigError", "message": "missing value for PART"}
    assert world.status()["state"]["waiting"] == waiting
    assert world.status(container="other")["state"]["waiting"]["reason"] == "ContainerCreating"
    assert [e["message"] for e in world.events("Failed")] == ["Error: missing value for PART"]
    world.client.update(world.get().with_(metadata={"annotations": {"part": "mine"}}))
    world.later(30)
    assert world.status()["state"].keys() == {"running"}
    world.client.update(world.get().with_(metadata={"annotations": {"part": "another"}}))
    world.anew()
    world.kill("other")
    world.later(15)
    assert world.status(container="other")["restartCount"] == 1, "a volume that another kubelet made is used as it is"


# Init containers and sidecars.

def inits(*names, **more):
    return [{"name": name, "image": f"{name}:1", **more} for name in names]


def test_init_containers_run_one_after_the_other_and_before_all_others():
    world = World({"one:1": Script(runs=5.0), "two:1": Script(runs=5.0)})
    world.pod(initContainers=inits("one", "two"))
    seen = []
    for _ in range(20):
        running = sorted(o.name for o in world.here("container", state="running"))
        if not seen or seen[-1] != running:
            seen.append(running)
        if running == ["one"]:
            assert world.get()["status"]["phase"] == "Pending"
            assert world.status()["state"]["waiting"]["reason"] == "PodInitializing"
        world.later(1)
    assert [names for names in seen if names] == [["one"], ["two"], ["app"]]
    assert world.status(container="one")["state"]["terminated"]["exitCode"] == 0


def test_an_init_container_that_fails_is_tried_again():
    world = World({"one:1": Script(runs=1.0, exit_code=1)})
    world.pod(initContainers=inits("one"))
    world.later(30)
    assert world.get()["status"]["phase"] == "Pending"
    assert world.status(container="one")["restartCount"] >= 1
    world.engine.scripts["one:1"] = Script(runs=1.0)
    world.later(120)
    assert world.get()["status"]["phase"] == "Running"


def test_an_init_container_that_may_not_be_tried_again_fails_the_pod():
    world = World({"one:1": Script(runs=1.0, exit_code=1)})
    world.pod(initContainers=inits("one"), restartPolicy="Never")
    for _ in range(2):  # when it has failed, and ever after
        world.later(10)
        assert world.get()["status"]["phase"] == "Failed"
        assert world.here(state="running") == []
        conditions = {one["type"]: one["status"] for one in world.get()["status"]["conditions"]}
        assert conditions["Initialized"] == "False"
        assert world.status()["state"]["waiting"]["reason"] == "PodInitializing"


def test_a_sidecar_begins_first_and_ends_with_the_pod():
    world = World({"job:1": Script(runs=5.0)})
    world.pod(image="job:1", restartPolicy="OnFailure", initContainers=inits("proxy", restartPolicy="Always"))
    assert {o.name for o in world.here("container", state="running")} == {"proxy", "app"}
    world.kill("proxy")
    world.later(3)
    assert {o.name for o in world.here("container", state="running")} == {"proxy", "app"}
    world.later(10)
    assert world.get()["status"]["phase"] == "Succeeded"
    assert world.here(state="running") == []


# A kubelet that comes anew.

def test_a_new_control_plane_takes_up_the_work_and_doubles_nothing(world):
    """The store was kept, everything else was lost."""
    world.pod()
    world.kill()
    world.later(3)
    before, version = world.here(), world.cluster.store.version
    world.anew()
    world.later(10)
    assert world.here() == before
    assert world.cluster.store.version == version
    world.kill()
    world.later(15)
    assert world.status()["restartCount"] == 2


def test_what_nobody_wishes_for_is_cleared_away():
    """The labels say that it is ours; the store does not know it (any more)."""
    world = World()
    world.pod()
    fresh = Cluster(name="test", runtime=world.runtime, clock=world.clock, **world.more)
    for _ in range(5):
        world.clock.advance(1)
        fresh.settle()
    assert world.here() == []

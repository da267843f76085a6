"""What the picture of a pod says and shows, without a browser: pods of a stepped cluster in, plain values out."""

import json
import xml.etree.ElementTree as ET

import pytest

from mini_k8s.backoff import Backoff
from mini_k8s.clock import HandClock
from mini_k8s.cluster import Cluster
from mini_k8s.runtimes.simulated import Script, SimulatedEngine, SimulatedRuntime
from mini_k8s.widgets.pod_picture import picture
from mini_k8s.widgets.pod_still import PodStill
from mini_k8s.widgets.words import plain

START = 1_795_683_600.0


class World:
    """A cluster of one node, its clock in our hands."""

    def __init__(self):
        self.clock = HandClock(START)
        engine = SimulatedEngine(self.clock, {"ends": Script(runs=1.0, exit_code=3), "job": Script(runs=1.0)})
        self.runtime = SimulatedRuntime("pods", engine=engine)
        self.cluster = Cluster(1, name="pods", runtime=self.runtime, clock=self.clock, seed=4, place=False,
                               backoff=Backoff.workshop())

    def apply(self, *images, policy="Always", node="node-1", **spec):
        containers = [{"name": f"c{i}", "image": image} for i, image in enumerate(images)]
        self.cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {
            "restartPolicy": policy, "containers": containers, **({"nodeName": node} if node else {}), **spec}})
        self.cluster.settle()

    def wait(self, seconds):
        for _ in range(int(seconds * 10)):
            self.clock.advance(0.1)
            self.cluster.sight.look_at(None)
            self.cluster.settle()

    def drawn(self, **settings):
        pod = self.cluster.client.get("Pod", "web")
        made = picture(pod, self.cluster.sight.pod(pod["metadata"]["uid"]), name="web", backoff=Backoff.workshop(),
                       **settings)
        assert json.loads(json.dumps(made)) == made  # plain enough to be sent
        return made

    def says(self, **settings):
        return plain(self.drawn(**settings)["say"], self.clock.now())

    def tile(self, name):
        return next(tile for tile in self.drawn()["tiles"] if tile["name"] == name)

    def sandbox(self):
        return self.cluster.sight.pod(self.cluster.client.get("Pod", "web")["metadata"]["uid"]).sandbox


@pytest.fixture
def world():
    return World()


def test_a_pod_without_a_node_is_only_written_down(world):
    """Nobody places it before chapter 7."""
    world.apply("web", node="")
    assert world.says() == "web is written down, and has no node. No kubelet looks after it, so nothing of it runs."
    assert world.drawn()["sandbox"]["word"] == "none"
    assert world.drawn()["pod"]["phase"] == "Pending"


def test_what_runs_shares_one_address(world):
    world.apply("web", "web")
    assert world.says() == ("Two containers run, and share one sandbox and one address. Nothing was restarted yet; "
                            "the pod's phase is Running.")
    assert world.drawn()["pod"]["address"] == world.sandbox().address
    assert [tile["state"] for tile in world.drawn()["tiles"]] == ["Running", "Running"]


def test_a_crash_loop_is_a_reason_with_a_clock_and_no_phase(world):
    """The pod stays Running while a container of it waits longer each time."""
    world.apply("web", "ends")
    world.wait(2.5)
    tile = world.tile("c1")
    assert (tile["state"], plain(tile["word"], 0), plain(tile["detail"], 0)) == (
        "Waiting", "CrashLoopBackOff", "exit 3")
    assert tile["clock"]["delay"] == 1.0
    assert 0 < tile["clock"]["until"] - world.clock.now() <= 1.0
    assert "The pod's phase is Running all the same." in world.says()
    assert [bar["when"] for bar in world.drawn()["backoff"]["bars"]] == ["is", "next", "next", "next", "next", "next"]
    world.wait(2.0)
    assert [bar["when"] for bar in world.drawn()["backoff"]["bars"]][:3] == ["was", "is", "next"]


def test_in_a_dead_sandbox_what_runs_is_said_to_run_there(world):
    """The API still says what was reported last, and the picture says what was seen."""
    world.apply("web", "web")
    address = world.sandbox().address
    world.runtime.stop(world.sandbox().id, grace=0)
    world.cluster.sight.look_at(None)  # the kubelet has not looked yet
    assert world.says(watched=False) == (
        "The sandbox is dead, and two of its containers run on in it. No kubelet is there to see it. The phase "
        "reported last is Running.")
    assert world.drawn()["pod"]["address"] == ""
    assert world.drawn()["pod"]["lost"] == address
    assert plain(world.tile("c0")["word"], 0) == "in a dead sandbox"
    world.wait(3)
    assert world.drawn()["sandbox"]["detail"] == ["number 2; holds the address as long as it lives"]


def test_a_pod_that_is_over_says_how_its_containers_ended(world):
    world.apply("job", policy="Never")
    world.wait(3)
    assert world.says() == "The pod is over: Succeeded. c0 exit 0."
    assert world.tile("c0")["state"] == "Succeeded"
    assert world.drawn()["sandbox"]["word"] == "stopped"


def test_a_volume_says_where_it_is_found(world):
    mounts = {"volumeMounts": [{"name": "page", "mountPath": "/page"}]}
    world.apply("web", volumes=[{"name": "page", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}],
                containers=[{"name": "c0", "image": "web", **mounts}])
    [volume] = world.drawn()["volumes"]
    assert volume["words"] == "emptyDir, in memory, at most 1Mi"
    assert volume["mounts"] == [{"container": "c0", "path": "/page"}]
    assert "no volumes" in world.drawn(volumes=False)["volumes"][0]["words"]


def test_no_button_acts_when_nobody_could(world):
    """Over is over."""
    world.apply("web")
    assert world.tile("c0")["button"]["on"]
    assert not world.drawn(ended="Its containers were removed.")["tiles"][0]["button"]["on"]


@pytest.mark.parametrize("images", [("web",), ("web", "ends"), ("web",) * 5], ids=len)
def test_what_stays_is_a_picture_and_a_text(world, images):
    """Every word is escaped, whatever a name holds; the text has all that the picture has."""
    world.apply(*images)
    world.wait(2.5)
    still = PodStill(world.drawn(whose={"diff": "yours", "phase": "ours"}, trouble=("It <did> not & work", "why")),
                     world.clock.now())
    root = ET.fromstring(still.svg())
    words = " ".join(root.itertext())
    assert "It <did> not & work" in words
    assert "diff yours" in words
    for i in range(len(images)):
        assert f"c{i}" in words
        assert f"c{i}" in still.text()

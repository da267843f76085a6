"""What the picture of a ReplicaSet says and shows, without a browser: a stepped cluster in, plain values out."""

import json
import xml.etree.ElementTree as ET

import pytest

from mini_k8s.clock import HandClock
from mini_k8s.cluster import Cluster
from mini_k8s.objects import owner_of
from mini_k8s.runtimes.simulated import Script, SimulatedEngine, SimulatedRuntime
from mini_k8s.widgets.replicaset_picture import picture, undrawn
from mini_k8s.widgets.replicaset_still import ReplicaSetStill
from mini_k8s.widgets.words import plain

START = 1_795_683_600.0
PODS = {"metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [
    {"name": "app", "image": "web:1"}]}}


class World:
    """A cluster of one node, its clock in our hands."""

    def __init__(self):
        self.clock = HandClock(START)
        engine = SimulatedEngine(self.clock, {"web:1": Script()})
        self.cluster = Cluster(1, name="sets", runtime=SimulatedRuntime("sets", engine=engine), clock=self.clock,
                               seed=4)
        self.client = self.cluster.client

    def set(self, replicas):
        self.cluster.apply({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"}, "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": PODS}})

    def stray(self, name, **labels):
        self.cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
                            "spec": PODS["spec"]})

    def drawn(self, **settings):
        sets = self.client.list("ReplicaSet").items
        made = picture(sets[0] if sets else None, self.client.list("Pod").items, name="web", **settings)
        assert json.loads(json.dumps(made)) == made  # plain enough to be sent
        return made

    def says(self, **settings):
        return plain(self.drawn(**settings)["say"], self.clock.now())


@pytest.fixture
def world():
    return World()


def test_of_no_set_it_says_so(world):
    assert world.says() == "There is no ReplicaSet web in the API. What it owned is nobody's, or goes."
    assert world.drawn()["tiles"] == []


def test_all_are_there(world):
    world.set(3)
    world.cluster.settle()
    assert world.says() == "Three are wished for, and all three are ready: there is nothing to do."
    assert [tile["owner"] for tile in world.drawn()["tiles"]] == ["owner web"] * 3
    assert world.drawn()["set"]["differs"] == ""


def test_a_place_stands_for_each_that_is_missing(world):
    world.set(3)
    assert world.says() == "Three are wished for, none is there: three more have to be made."
    assert [tile["word"] for tile in world.drawn()["tiles"]] == ["missing"] * 3
    assert world.drawn()["set"]["differs"] == "− 3 missing"


def test_too_many_are_marked_and_who_goes_first_is_named(world):
    world.set(2)
    world.cluster.settle()
    world.client.patch("ReplicaSet", "web", {"spec": {"replicas": 1}})
    first = world.client.list("Pod").items[0]["metadata"]["name"]
    assert world.says(next_to_go=(first,)) == (f"One is wished for, two are there: one too many. {first} goes first.")
    assert [tile["over"] for tile in world.drawn(next_to_go=(first,))["tiles"]].count(True) == 1
    assert world.drawn()["set"]["differs"] == "+ 1 extra"


def test_a_stranger_that_fits_is_shown_as_adopted(world):
    world.stray("visitor", app="web")
    world.set(2)
    world.cluster.settle()
    made = world.drawn(known=frozenset({"visitor"}))
    assert {tile["name"]: tile["adopted"] for tile in made["tiles"]}["visitor"] is True
    assert [tile["adopted"] for tile in made["tiles"]].count(True) == 1


def test_who_does_not_fit_any_more_moves_out_alive(world):
    world.set(1)
    world.cluster.settle()
    name = world.client.list("Pod").items[0]["metadata"]["name"]
    world.client.patch("Pod", name, {"metadata": {"labels": {"app": "debug"}}})
    world.cluster.settle()
    made = world.drawn()
    out = made["others"][0]
    assert (out["name"], out["state"], out["owner"], out["button"]) == (name, "Running", "released", None)
    assert out["labels"] == [{"text": "app=debug", "fits": False, "asked": True}]
    assert owner_of(world.client.get("Pod", name)) is None
    assert len(made["tiles"]) == 1


def test_an_old_copy_is_said_with_its_age(world):
    world.set(1)
    world.cluster.settle()
    assert world.says(late=0.64).endswith(" Its copy of the pods is 0.6 s old.")


def test_a_pod_keeps_its_place(world):
    world.set(3)
    world.cluster.settle()
    names = [pod["metadata"]["name"] for pod in world.client.list("Pod").items]
    places = dict(zip(reversed(names), range(3), strict=True))
    assert [tile["name"] for tile in world.drawn(places=places)["tiles"]] == [*reversed(names)]


def test_buttons_delete_and_none_does_when_it_is_over(world):
    world.set(1)
    world.cluster.settle()
    assert world.drawn()["tiles"][0]["button"]["do"] == "delete"
    assert not world.drawn(ended="It was closed.")["tiles"][0]["button"]["on"]
    assert world.says(ended="It was closed.") == "It was closed."


def test_stills_show_the_same(world):
    world.set(2)
    world.stray("db-0", app="db<&>"[:2])
    world.cluster.settle()
    still = ReplicaSetStill(world.drawn(whose={"pods_to_delete": "yours"}), world.clock.now())
    words = still.text()
    assert "replicas 2, selector app=web" in words
    assert "not selected: neither counted nor replaced" in words
    assert "decided by pods_to_delete (yours)" in words
    drawn = "".join(ET.fromstring(still.svg()).itertext())
    for name in [pod["metadata"]["name"] for pod in world.client.list("Pod").items]:
        assert name in drawn
        assert name in words


def test_a_picture_that_cannot_be_drawn_anew_says_why(world):
    assert undrawn(world.drawn(), ValueError("no"))["note"] == "ValueError: no"

"""What the picture of an object and its writers says and shows, without a browser: real writes in, plain values out."""

import json
import xml.etree.ElementTree as ET

import pytest
from helpers import eventually

from mini_k8s.api import Api
from mini_k8s.errors import Conflict
from mini_k8s.kinds import KINDS
from mini_k8s.objects import Key
from mini_k8s.store import Store
from mini_k8s.widgets.race import RaceView
from mini_k8s.widgets.race_picture import picture
from mini_k8s.widgets.race_still import RaceStill
from mini_k8s.widgets.words import plain
from mini_k8s.workshop.writers import Race, Writer

WEB = Key("Pod", "default", "web-1")


class World:
    def __init__(self, versions=True):
        self.store = Store()
        self.api = Api(self.store, dict(KINDS))
        self.api.create({"kind": "Namespace", "metadata": {"name": "default"}})
        self.race = Race(self.store, WEB, ("you", "the kubelet"))
        self.you, self.kubelet = (Writer(who, self.store, self.api, self.race, versions) for who in self.race.writers)
        self.you.create({"kind": "Pod", "metadata": {"name": "web-1"},
                         "spec": {"containers": [{"name": "web", "image": "mini-k8s/web:1"}]}})

    def image(self, image, pod=None):
        pod = pod or self.you.get("web-1")
        return self.you.update(pod.with_(spec={"containers": [pod.spec.containers[0].with_(image=image)]}))

    def phase(self, phase, pod=None, **more):
        return self.kubelet.update((pod or self.kubelet.get("web-1")).with_(status={"phase": phase}, **more))

    def drawn(self, **settings):
        made = picture(self.race.events, self.race.answers, self.race.writers, always=("image", "phase"), **settings)
        assert json.loads(json.dumps(made)) == made  # plain enough to be sent
        return made

    def tape(self):
        return [(cell["head"], cell["who"], cell["what"], cell["undone"]) for cell in self.drawn()["cells"]]

    def says(self, **settings):
        return plain(self.drawn(**settings)["say"], 0)


@pytest.fixture
def world():
    return World()


def test_a_write_is_a_version_of_its_writer(world):
    world.image("mini-k8s/web:2")
    assert world.tape() == [("2", "you", ["new"], ""), ("3", "you", ["image web:2"], "")]
    assert world.says() == "Version 3 was written by you: image web:2."


def test_a_refused_write_stands_behind_the_version_that_was_in_its_way(world):
    seen = world.kubelet.get("web-1")
    world.image("mini-k8s/web:2")
    with pytest.raises(Conflict):
        world.phase("Running", seen)
    world.phase("Running")
    assert [head for head, *_ in world.tape()] == ["2", "3", "409 refused", "4"]
    assert world.tape()[2] == ("409 refused", "the kubelet", ["made from 2"], "")
    assert world.says(shown="refused 2") == ("A write by the kubelet was refused (409): it was made from version 2, "
                                             "and version 3 is stored.")


def test_a_line_goes_from_the_version_that_was_read_to_the_one_that_was_written(world):
    seen = world.kubelet.get("web-1")
    world.image("mini-k8s/web:2")
    with pytest.raises(Conflict):
        world.phase("Running", seen)
    _, yours, refused = world.drawn()["cells"]
    assert (yours["lane"], yours["from"], yours["place"]) == (0, 0, 1)
    assert (refused["lane"], refused["from"], refused["place"]) == (1, 0, 2)


@pytest.mark.parametrize("how", ["without a version", "with the newest one pasted on"])
def test_a_lost_update_is_seen_whichever_way_it_came(how):
    """The image was carried along from an older state, and its writer never meant to change it."""
    world = World(versions=how != "without a version")
    seen = world.kubelet.get("web-1")
    world.image("mini-k8s/web:2")
    newest = {} if how == "without a version" else {"metadata": {
        "resourceVersion": world.kubelet.get("web-1").metadata.resourceVersion}}
    world.phase("Running", seen, **newest)
    assert world.tape()[-1] == ("4", "the kubelet", ["image web:1", "phase Running"], "undid 3")
    assert world.says() == ("Version 4 was written by the kubelet, and undid your change in version 3: "
                            "image web:1 again.")


def test_whoever_means_it_has_undone_nothing(world):
    """To wish for the old image once more is a wish as any other."""
    world.kubelet.update(world.kubelet.get("web-1").with_(
        spec={"containers": [{"name": "web", "image": "mini-k8s/web:2"}]}))
    world.image("mini-k8s/web:1")
    assert world.tape()[-1][3] == ""


def test_below_is_the_object_as_it_was_then(world):
    world.image("mini-k8s/web:2")
    world.phase("Running")
    state = world.drawn()["state"]
    assert state["head"] == "as it is in version 4"
    assert state["wish"] == [{"name": "image", "value": "web:2", "fresh": False}]
    assert state["fact"] == [{"name": "phase", "value": "Running", "fresh": True}]
    before = world.drawn(shown="version 2")
    assert before["state"]["head"] == "as it is in version 2"
    assert before["state"]["wish"][0]["value"] == "web:1"
    assert before["status"] == ["wound back, not now"]


def test_only_the_newest_are_drawn_and_the_others_counted(world):
    for number in range(20):
        world.image(f"mini-k8s/web:{number + 2}")
    made = world.drawn()
    assert [cell["head"] for cell in made["cells"]] == ["18", "19", "20", "21", "22"]
    assert (made["before"], made["after"]) == (16, 0)
    assert made["cells"][0]["from"] == -1  # from a version that has no place any more
    back = world.drawn(shown="version 2")
    assert (back["before"], back["after"]) == (0, 16)


def test_what_is_deleted_is_gone(world):
    world.store.delete(WEB)
    made = world.drawn()
    assert plain(made["say"], 0) == "Version 3 was written by somebody: the object is gone."
    assert made["state"] == {"head": "no object", "wish": [], "fact": []}


def test_before_anything_is_stored():
    made = picture((), (), ("you",))
    assert plain(made["say"], 0) == "Nothing is stored under this name yet."
    assert "nothing" in RaceStill(made, 0.0).text()


def test_the_still_picture_says_the_same_and_is_escaped(world):
    seen = world.kubelet.get("web-1")
    world.image("<b>&'\"")
    with pytest.raises(Conflict):
        world.phase("Running", seen)
    still = RaceStill(world.drawn(title="<i>"), 0.0)
    ET.fromstring(still.svg())
    assert "<b>" not in still.svg()
    assert "409 refused" in still.text()
    assert "made from 2" in still.text()


def test_the_view_follows_the_race_and_ends_with_it(world):
    view = RaceView(world.race)
    world.image("mini-k8s/web:2")
    eventually(lambda: len(view.picture["cells"]) == 2, 10, "a write is drawn", lambda: view.picture)
    view.press({"do": "show", "pass": "version 2"})
    eventually(lambda: view.picture["state"]["head"] == "as it is in version 2", 10, "a version is shown")
    view.press({"do": "show", "pass": "version 3"})
    eventually(lambda: view.picture["status"] == ["live"], 10, "the newest is now")
    world.race.end("It is over.")
    eventually(lambda: view.picture["over"], 10, "it says that it is over")
    assert view.picture["say"] == ["It is over."]


def test_the_race_hears_each_change_once_whoever_made_it(world):
    world.store.update(world.store.get(WEB).with_(status={"phase": "Running"}))
    assert [event.version for event in world.race.events] == [2, 3]
    assert world.tape()[-1][1] == "somebody"

"""What the picture of machines says and shows, without a browser: plain values in, plain values out."""

import json
import xml.etree.ElementTree as ET

import pytest
from helpers import eventually

from mini_k8s.widgets.machines_picture import Machine, Tile, missing, picture, running, sentence
from mini_k8s.widgets.machines_still import MachinesStill
from mini_k8s.widgets.words import plain

NOW = 1_800_000_000.0
SIX = tuple(f"web-{i}" for i in range(1, 7))


def machine(name, *tiles, places=4, off=None):
    return Machine(name, (*tiles, *[None] * (places - len(tiles))), None if off is None else NOW - off)


def three(dead=(), **settings):
    """Six containers on three machines; those in ``dead`` were killed three seconds ago."""
    def tile(name):
        return Tile(name, "Failed", since=NOW - 3, exit_code=137) if name in dead else Tile(name, since=NOW - 60)

    return [machine(f"node-{i}", tile(f"web-{i}"), tile(f"web-{i + 3}"), **settings) for i in (1, 2, 3)]


def dark(machines, name="node-3", seconds=52):
    return [Machine(m.name, m.places, NOW - seconds) if m.name == name else m for m in machines]


def says(machines, wished=SIX):
    return plain(sentence(machines, wished), NOW)


def drawn(machines, **settings):
    made = picture(machines, now=NOW, **settings)
    assert json.loads(json.dumps(made)) == made  # plain enough to be sent
    return made


def buttons(made):
    return [place["button"]["label"] for m in made["machines"] for place in m["places"] if place["button"]]


def test_all_is_well():
    assert says(three()) == "Six are wished for, and all six run."


def test_who_died_is_said_by_name_and_with_its_age():
    assert says(three(dead=["web-5"])) == "Six are wished for, five run. web-5 died 3 s ago."


def test_where_nobody_wishes_nobody_starts_anything_and_that_is_said():
    assert says(three(dead=["web-5"]), wished=()) == \
        "Five containers run. web-5 died 3 s ago, and nobody started it again."
    assert says([machine("node-1")], wished=()) == "No container runs."


def test_what_a_silent_machine_does_nobody_can_know():
    """Its containers are neither counted as running nor called dead."""
    assert says(dark(three())) == ("Six are wished for, four are known to run. node-3 has been silent for 52 s, and "
                                   "nobody can know what its two containers do.")
    assert running(dark(three())) == ["web-1", "web-2", "web-4", "web-5"]


def test_what_was_started_again_elsewhere_is_marked_where_it_was():
    """A name that stands twice runs once that is known of; whoever has moved leaves nobody in doubt."""
    moved = dark([machine("node-2", Tile("web-5", since=NOW - 9)),
                  machine("node-3", Tile("web-5", "Failed", since=NOW - 60), Tile("web-6", since=NOW - 60))])
    assert says(moved, ()) == ("One container runs. node-3 has been silent for 52 s, and nobody can know what its "
                               "container does.")
    old, other, *_ = drawn(moved)["machines"][1]["places"]
    assert (old["state"], old["detail"], old["known"]) == ("was here", ["now on node-2"], False)
    assert other["state"] == "Running"
    everybody = [moved[0], Machine("node-3", moved[1].places[:1], NOW - 52)]
    assert says(everybody, ()) == "One container runs. node-3 has been silent for 52 s."
    still = MachinesStill(drawn(moved), NOW).text()
    assert "web-5  ? was here, now on node-2" in still


def test_two_silent_machines_are_said_together():
    assert says(dark(dark(three()), "node-2"), ()) == ("Two containers run. node-2 and node-3 are silent, and nobody "
                                                       "can know what their four containers do.")


@pytest.mark.parametrize("wished", [(), SIX])
@pytest.mark.parametrize("machines", [
    dark(three(dead=SIX)), dark(dark(three(dead=["web-1"]), "node-2"), "node-1"),
    dark(dark(dark(three(), "node-1"), "node-2"), "node-3"),
    dark(dark([machine(f"a-rather-long-machine-name-{i}", Tile("web-6d4f7c9b58-4kdxz-of-a-long-name", "Failed"))
               for i in range(9)], "a-rather-long-machine-name-3"), "a-rather-long-machine-name-4")])
def test_a_sentence_fits_on_two_lines(machines, wished):
    assert len(says(machines, wished)) <= 140


def test_a_dead_container_offers_its_start_in_its_own_place():
    made = drawn(three(dead=["web-5"]), wished=SIX, buttons=["start"])
    assert buttons(made) == ["start web-5 on node-2"]
    place = made["machines"][1]["places"][1]
    assert (place["name"], place["state"], plain(place["detail"], NOW)) == ("web-5", "Failed", "exit 137")


def test_what_went_with_its_machine_is_offered_by_free_places_of_the_others():
    """Each machine offers every missing name, the first one in its first free place."""
    made = drawn(dark(three()), wished=SIX, buttons=["start"])
    assert buttons(made) == ["start web-3 on node-1", "start web-6 on node-1",
                             "start web-3 on node-2", "start web-6 on node-2"]
    assert missing(dark(three()), SIX) == ["web-3", "web-6"]


def test_what_is_being_started_is_offered_nowhere():
    there = dark(three())
    there[0] = machine("node-1", *there[0].tiles, Tile("web-3", "Pending", since=NOW))
    assert buttons(drawn(there, wished=SIX, buttons=["start"])) == ["start web-6 on node-1", "start web-6 on node-2"]


def test_without_a_wish_nothing_offers_a_start():
    assert buttons(drawn(dark(three(dead=["web-1"])), buttons=["kill", "switch"])) == [
        "kill web-4", "kill web-2", "kill web-5"]


def test_a_machine_without_power_shows_what_was_heard_last():
    """With its age, and nothing on it can be pressed but the switch."""
    made = drawn(dark(three()), buttons=["kill", "switch"])["machines"][2]
    assert [(p["state"], p["known"], plain(p["detail"], NOW), p["button"]) for p in made["places"][:2]] == [
        ("Running", False, "heard 52 s ago", None)] * 2
    assert (made["state"], made["word"], made["switch"]["label"]) == ("NotReady", "switched off", "switch on node-3")
    assert made["label"] == "node-3, NotReady, switched off, two containers last seen there"


def test_a_restart_by_policy_is_counted_on_the_tile():
    made = drawn([machine("node-1", Tile("web-4", since=NOW, restarts=2))])
    assert made["machines"][0]["places"][0]["aside"] == ["restarts 2"]


def test_while_nobody_is_to_look_no_button_can_be_pressed():
    made = drawn(three(dead=["web-5"]), wished=SIX, buttons=["start"], paused=["You look away."])
    assert plain(made["say"], NOW) == "You look away."
    assert [p["button"]["on"] for m in made["machines"] for p in m["places"] if p["button"]] == [False]


def test_what_goes_wrong_with_a_button_is_said_and_stands_in_full_where_it_is_long():
    made = drawn(three(), trouble=("start web-3 did not work", "node-3 is off"))
    assert (plain(made["say"], NOW), made["note"]) == ("start web-3 did not work: node-3 is off", "")
    made = drawn(three(), trouble=("start web-3 did not work", "x" * 200))
    assert (plain(made["say"], NOW), made["note"]) == ("start web-3 did not work.", "x" * 200)


def test_what_has_ended_says_so_and_no_button_can_be_pressed():
    made = drawn(three(), buttons=["kill", "switch"], ended="All were removed.")
    assert plain(made["say"], NOW) == "All were removed."
    assert made["over"]
    assert not any(p["button"]["on"] for m in made["machines"] for p in m["places"] if p["button"])


def test_the_still_picture_is_an_svg_and_every_name_in_it_is_text():
    evil = "<script>&\""
    made = drawn([machine(evil, Tile(evil, "Failed", exit_code=137)), *dark(three())])
    svg = MachinesStill(made, NOW).svg()
    ET.fromstring(svg)
    assert "<script>" not in svg


def test_the_still_picture_as_text():
    assert MachinesStill(drawn(dark(three(dead=["web-1"])), wished=SIX), NOW).text().splitlines()[:6] == [
        "The machines: live",
        "Six are wished for, three are known to run. web-1 died 3 s ago. node-3 has been silent for 52 s.",
        "node-1  Ready, 2 of 4 places",
        "  web-1  ✕ Failed, exit 137",
        "  web-4  ● Running, for 60 s",
        "node-2  Ready, 2 of 4 places"]


class Machines:
    """A world to look at, as a view wants it."""

    def __init__(self, machines):
        self.machines, self.looked, self.ended, self.listeners = tuple(machines), NOW, "", []

    def become(self, machines):
        self.machines = tuple(machines)
        for listener in list(self.listeners):
            listener()

    def end(self):
        self.ended = "All were removed."
        self.become(self.machines)


@pytest.fixture
def view_of():
    pytest.importorskip("anywidget")
    from mini_k8s.widgets.machines import MachinesView
    worlds = []

    def make(machines, **settings):
        worlds.append(Machines(machines))
        return worlds[-1], MachinesView(worlds[-1], **settings)

    yield make
    for world in worlds:
        world.end()


def test_the_view_follows_the_world_and_ends_with_it(view_of):
    world, view = view_of(three(), wished=SIX)
    world.become(three(dead=["web-2"]))
    eventually(lambda: "five run" in repr(view), 10, "the death is drawn")
    world.end()
    eventually(lambda: view.picture["over"], 10, "the last picture says that it is over")
    eventually(lambda: world.listeners == [], 10, "nobody listens any more")


def test_buttons_start_and_nothing_else(view_of):
    """What a message asks for and no button offers is refused, in words."""
    pressed = []
    _, view = view_of(three(), wished=SIX, start=lambda *what: pressed.append(what))
    view.press({"do": "start", "name": "web-1", "machine": "node-2"})
    eventually(lambda: pressed == [("web-1", "node-2")], 10, "it is started there")
    view.press({"do": "kill", "name": "web-1"})
    eventually(lambda: "kill web-1 did not work" in repr(view), 10, "there is no such button")
    view.paused = ["Look away."]
    view.press({"do": "start", "name": "web-2", "machine": "node-2"})
    view.press({"do": "nothing"})
    eventually(lambda: "nothing did not work" in repr(view), 10, "all messages were read")
    assert pressed == [("web-1", "node-2")]

"""What the picture of a loop says and shows, without a browser: plain values in, plain values out."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import Executor

import pytest
from helpers import eventually

from mini_k8s.backoff import Backoff
from mini_k8s.clock import HandClock
from mini_k8s.control_loop import ControlLoop
from mini_k8s.record import Action, Fact, Observation
from mini_k8s.widgets import words
from mini_k8s.widgets.picture import picture
from mini_k8s.widgets.shot import LINGER, Seen, see, shoot
from mini_k8s.widgets.still import Snapshot
from mini_k8s.widgets.words import plain

NOW = 1_800_000_000.0  # Unix seconds at which the clock of these tests stands at 0


class Shelf(Executor):
    """An executor that lays its work aside."""

    def submit(self, fn, *args):
        pass


class World:
    """A loop over a dict, on a hand clock, and the picture of it."""

    def __init__(self, desired, living=(), facts=(), **settings):
        self.clock, self.desired, self.seen = HandClock(), desired, Seen()
        self.living, self.facts, self.refuse, self.away = dict(living), dict(facts), {}, None
        settings.setdefault("backoff", Backoff.workshop())
        self.loop = ControlLoop(desired, self.observe, self.act, clock=self.clock, **settings)

    def observe(self):
        if self.away:
            raise self.away
        return Observation(self.living, self.facts)

    def act(self, action):
        if action.name in self.refuse:
            raise self.refuse[action.name]
        self.facts.pop(action.name, None)
        if action.verb == "start":
            self.living[action.name] = action.what
        else:
            del self.living[action.name]

    def die(self, name, exit_code=137, attempt=0):
        what = self.living.pop(name)
        self.facts[name] = Fact("Failed", what, "id", exit_code, NOW + self.clock.now(), attempt)

    @property
    def picture(self):
        """Look once more, as the loop's own thread does, and draw."""
        self.loop.look()
        return self.drawn()

    def drawn(self, **more):
        self.seen = see(self.seen, self.loop.latest, NOW + self.clock.now())
        drawn = picture(shoot(self.loop, NOW), self.seen, can_kill=True, **more)
        assert json.loads(json.dumps(drawn)) == drawn  # plain enough to be sent
        return drawn

    def says(self, drawn=None):
        return plain((drawn or self.picture)["say"], NOW + self.clock.now())


def row(drawn, name):
    return next(row for row in drawn["rows"] if row["name"] == name)


def said(saying):
    return plain(saying, NOW)


def three(**living):
    return World({f"web-{i}": "mini-k8s/web:1" for i in (1, 2, 3)},
                 {"web-1": "mini-k8s/web:1", "web-2": "mini-k8s/web:1", "web-3": "mini-k8s/web:1"} | living)


# The sentence.

def test_all_is_well():
    assert three().says() == "Three are wished for, and all three run. There is nothing to do."


def test_who_died_is_said_by_name():
    world = three()
    world.die("web-3")
    assert world.says() == "Three are wished for, two of them run. web-3 just died, so it is started next."
    world.clock.advance(60)
    assert "web-3 died, so" in world.says()


def test_who_is_not_wished_for():
    assert three(debug="mini-k8s/web:1").says().endswith("Nobody wished for debug, so it is stopped next.")


def test_another_version_is_stopped_first():
    """It runs, and the sentence does not deny it."""
    assert three(**{"web-2": "mini-k8s/web:2"}).says() == (
        "Three are wished for, two of them run as wished. web-2 runs web:2, so it is stopped next.")
    assert three(**{"web-2": "mini-k8s/web:2", "web-3": "mini-k8s/web:2"}).says() == (
        "Three are wished for, one of them runs as wished. web-2 and web-3 run web:2, so they are stopped next.")
    alone = World({"web": "web:1"}, {"web": "web:2"})
    assert alone.says().startswith("One is wished for, but it does not run as wished. web runs web:2, so")


def test_which_pass_did_what():
    """A look since the pass is no pass."""
    world = World({"web-1": "web:1", "web-2": "web:1"}, {"web-1": "web:1"})
    assert world.picture["status"] == "no pass yet · paused"
    world.loop.step()
    drawn = world.picture
    assert drawn["status"] == "pass 1 · paused"
    assert world.says(drawn) == ("Two are wished for, and both run. Pass 1 started web-2; a look since then finds "
                                 "nothing more to do.")
    world.loop.step()
    assert world.says() == "Two are wished for, and both run. Pass 2 found nothing to do."
    world.desired |= {"web-3": "web:1", "web-4": "web:1"}
    world.living["debug"] = "web:1"
    world.loop.step()
    assert "Pass 3 stopped debug and started two; a look" in world.says()
    world.loop.rewind(1)
    drawn = world.drawn()
    assert (drawn["status"], world.says(drawn)) == ("pass 2, 1 pass ago",
                                                    "Two are wished for, and both run. There is nothing to do.")


def test_one_and_none():
    world = World({"web": "web:1"})
    assert world.says() == "One is wished for, but it does not run. web is missing, so it is started next."
    world.loop.step()
    assert world.says().startswith("One is wished for, and it runs.")
    assert World({}).says().startswith("Nothing is wished for, and nothing runs.")
    assert "13 are wished for, none of them runs" in World({str(i): "web" for i in range(13)}).says()


def test_what_is_under_way_and_what_waits():
    world = World({"a": "web", "b": "web"}, executor=Shelf(), max_in_flight=1)
    world.loop.step()
    assert world.says(world.drawn()).endswith("a is missing, so it is started; b waits: at most 1 at once.")
    assert world.says().endswith("a is being started; b waits: at most 1 at once.")


def test_a_wait_has_its_seconds():
    world = World({"web-1": "web:1"})
    for attempt in (0, 1, 2):
        world.loop.step()
        if "web-1" in world.living:
            world.die("web-1", 1, attempt)
    world.loop.step()
    act = row(world.picture, "web-1")["act"]
    assert act["kind"] == "waits"
    assert said(act["say"]) == f"wait {act['delay']:g} s"
    assert act["until"] == NOW + act["delay"]
    assert world.says().endswith("web-1 waits out its back-off.")


def test_what_failed_is_said_with_its_words():
    world = World({"web-1": "web:9"})
    world.refuse["web-1"] = RuntimeError("there is no image 'web:9'\nTraceback …")
    world.loop.step()
    drawn = world.drawn()
    assert row(drawn, "web-1")["act"]["kind"] == "failed"
    assert row(drawn, "web-1")["note"] == "failed: there is no image 'web:9'"
    assert world.says(drawn).endswith("Starting web-1 failed: there is no image 'web:9'.")


def test_what_failed_at_length_stands_in_full_beneath_its_row():
    """The end of a message is its useful part: nothing of it is cut off."""
    words = "there is no image 'mini-k8s/wbe:1' on this engine, and no registry has it. Did you mean 'mini-k8s/web:1'?"
    world = World({"web-1": "mini-k8s/wbe:1"})
    world.refuse["web-1"] = RuntimeError(words)
    world.loop.step()
    for said, drawn in (("failed", world.drawn()), ("failed before", world.picture)):
        assert row(drawn, "web-1")["note"] == f"{said}: {words}"
        still = Snapshot(drawn, NOW)
        assert words in still.text()
        assert "mini-k8s/web:1" in still.svg()
    assert world.says(world.drawn()).endswith("web-1 is missing, so it is started next.")


def test_an_error_that_does_not_fit_into_the_sentence_stands_in_full_beneath_it():
    world = three()
    world.away = OSError("no engine answers at unix:///var/run/docker.sock. Start Docker Desktop, or choose another "
                         "runtime with MINI_K8S_RUNTIME")
    drawn = world.picture
    assert world.says(drawn) == "The loop could not look. It tries again."
    assert drawn["note"] == f"OSError: {world.away}"
    assert drawn["note"] in Snapshot(drawn, NOW).text()
    world.away = None
    assert world.picture["note"] == ""


@pytest.mark.parametrize("wish", [None, ["web-1", "web-2"], {"web-1": "web:1", 7: "web:1"}])
def test_a_wish_that_cannot_be_meant_is_said_whole(wish):
    world = three()
    world.loop._desired = lambda: wish
    drawn = world.picture
    assert world.says(drawn).startswith("The wish cannot be read, so nobody looks")
    assert "desired " in world.says(drawn) + drawn["note"]
    assert drawn["now"]["words"] == ["no clear wish", "tries again"]
    world.loop.step()
    assert world.drawn()["tape"][0]["what"] == "no clear wish"


def test_what_is_given_to_act_and_is_no_action_is_said(monkeypatch):
    """Also where reconcile catches the error."""
    monkeypatch.setattr("mini_k8s.control_loop.diff", lambda desired, observed: ["start web-1"])
    world = World({"web-1": "web:1"})
    assert world.says().startswith("The loop looked, but act failed")
    assert "act() was given 'start web-1'. Give it an Action" in world.drawn()["note"]


def test_a_diff_that_names_nobody_is_seen_through(monkeypatch):
    """A difference that the learner's diff overlooks is a difference all the same."""
    def diff(desired, observed):
        return []

    monkeypatch.setattr("mini_k8s.control_loop.diff", diff)
    world = World({"web-1": "web:1"})
    drawn = world.picture
    assert world.says(drawn).endswith("web-1 is missing, and nothing is done about it.")
    assert said(row(drawn, "web-1")["act"]["more"]) == "no action names it"
    assert drawn["whose"]["diff"]["who"] == "yours"
    assert drawn["whose"]["reconcile"]["who"] == "ours"


def test_a_diff_that_fails_is_named(monkeypatch):
    def diff(desired, observed):
        raise NameError("name 'desird' is not defined")

    monkeypatch.setattr("mini_k8s.control_loop.diff", diff)
    drawn = three().picture
    assert said(drawn["say"]) == ("The loop looked, but diff failed: NameError: name 'desird' is not defined. "
                                  "It tries again.")
    assert row(drawn, "web-1")["tile"]["state"] == "Running"


@pytest.mark.parametrize("world", [
    World({f"a-very-long-name-{i}": "web" for i in range(40)}, {f"an-extra-of-long-name-{i}": "w" for i in range(9)}),
    World({"web-1": "web:1"}, {"a" * 63: "x" * 200}),
])
def test_a_sentence_fits_on_two_lines(world):
    assert len(world.says()) <= 135


# Rows.

def test_nobody_looked_yet():
    drawn = three().drawn()
    assert (drawn["rows"], drawn["status"]) == ([], "no pass yet · paused")


def test_rows_keep_the_order_of_the_wish_then_of_first_sight():
    world = three(z="web", m="web")
    assert [r["name"] for r in world.picture["rows"]] == ["web-1", "web-2", "web-3", "z", "m"]
    world.living["a"] = "web"
    world.die("web-1")
    world.desired["web-4"] = "mini-k8s/web:1"
    assert [r["name"] for r in world.picture["rows"]] == ["web-1", "web-2", "web-3", "web-4", "z", "m", "a"]


def test_who_is_gone_keeps_the_place_for_a_moment():
    world = three(debug="web")
    assert row(world.picture, "debug")["differs"] == "extra"
    del world.living["debug"]
    assert row(world.picture, "debug")["differs"] == ""
    world.clock.advance(LINGER + 1)
    assert [r["name"] for r in world.picture["rows"]] == ["web-1", "web-2", "web-3"]


def test_who_was_never_there_is_not_said_to_be_gone():
    world = three()
    world.desired["web-0"] = "mini-k8s/wbe:1"
    world.picture  # noqa: B018
    del world.desired["web-0"]
    assert row(world.picture, "web-0")["tile"]["detail"] == ["nothing runs here"]


def test_nothing_is_next_where_the_loop_is_closed():
    world = three()
    world.die("web-1")
    assert row(world.picture, "web-1")["act"]["more"] == ["next"]
    world.loop.close()
    done = row(world.picture, "web-1")
    assert (done["act"]["say"], done["act"]["more"], done["filled"]) == (["nothing"], ["this loop is closed"], False)


def test_a_filled_chip_is_about_to_be_acted_on_an_outlined_one_is_known():
    world = World({"a": "web", "b": "web"}, executor=Shelf(), max_in_flight=1)
    assert [r["filled"] for r in world.picture["rows"]] == [True, False]
    world.loop.step()
    world.loop.step()
    drawn = world.drawn()
    assert [r["filled"] for r in drawn["rows"]] == [False, False]
    assert row(drawn, "a")["act"]["kind"] == "under way"
    assert row(drawn, "b")["act"]["kind"] == "waits"


def test_what_is_not_heard_of_is_drawn_as_such():
    """The last that was known, with its age; nothing is claimed about the difference."""
    world = three()
    assert row(world.picture, "web-1")["tile"]["known"]
    world.away = OSError("no engine answers")
    world.clock.advance(4)
    drawn = world.picture
    assert world.says(drawn) == "The loop could not look: OSError: no engine answers. It tries again."
    tile = row(drawn, "web-1")["tile"]
    assert (tile["state"], tile["known"], tile["kill"]) == ("Running", False, "off")
    assert plain(tile["detail"], NOW + 4) == "not heard of for 4 s"
    assert row(drawn, "web-1")["differs"] == "not known"


def test_only_the_living_can_be_killed():
    world = three()
    world.die("web-2")
    assert [r["tile"]["kill"] for r in world.picture["rows"]] == ["on", "", "on"]


def test_columns_still_to_be_built_are_empty():
    world = three()
    world.die("web-2")
    world.loop.look()
    drawn = world.drawn(grey={"difference": "yours, in 2.1", "action": "yours, in 2.2"})
    assert said(drawn["say"]) == "Three are wished for, two of them run."
    assert {(r["differs"], r["act"]) for r in drawn["rows"]} == {("", None)}
    assert not any(drawn["player"][button] for button in ("step", "run", "pause", "rewind"))


def test_a_death_is_explained():
    world = three()
    world.die("web-1", attempt=1)
    world.die("web-2", 1)
    tiles = {r["name"]: r["tile"] for r in world.picture["rows"]}
    assert (tiles["web-1"]["state"], tiles["web-1"]["times"]) == ("Failed", "for the second time")
    assert said(tiles["web-1"]["detail"]) == "exit 137 (killed) · died 0.0 s ago"
    assert said(tiles["web-2"]["detail"]) == "exit 1 · died 0.0 s ago"
    assert tiles["web-1"]["title"] == ("mini-k8s/web:1\nFailed: its main process ended, with an exit code that is not "
                                       "0; 137 is 128 + 9, so signal 9 ended it: killed.")
    assert tiles["web-2"]["title"].endswith("what 1 means, its program decides.")
    still = Snapshot(world.drawn(), NOW)
    assert "Failed for the second time" in still.svg()
    assert "✕ Failed for the second time" in still.text()


# Player and tape.


def test_wound_back_nothing_counts():
    """The past is as it was, however long one looks at it."""
    world = World({"a": "web", "b": "web", "c": "web"}, {"c": "web"}, {"c": Fact("Running", "web", since=NOW - 7)},
                  executor=Shelf())
    world.loop.hands._patience.wait(Action("start", "b", "web"), 0.0, 8.0)
    world.loop.step()
    world.clock.advance(2)
    world.loop.step()
    world.clock.advance(50)
    world.loop.step()
    assert any("age" in piece for piece in row(world.drawn(), "a")["act"]["more"])
    world.loop.rewind(1)
    drawn = world.drawn()
    assert "age" not in json.dumps([drawn["rows"], drawn["say"]])
    assert "left\": 1" not in json.dumps([r["act"] and r["act"]["say"] for r in drawn["rows"]])
    assert drawn["now"]["since"] is None
    assert said(row(drawn, "a")["act"]["more"]) == "under way, 2 s"
    assert said(row(drawn, "b")["act"]["say"]) == "wait 6 s"
    assert row(drawn, "b")["act"]["left"] == 6
    assert said(row(drawn, "c")["tile"]["detail"]) == "web · for 9 s"
    assert Snapshot(drawn, NOW + 52).svg() == Snapshot(drawn, NOW + 99).svg()


def test_wound_back_to_a_pass_that_was_blind_shows_what_was_heard_before_it():
    world = three()
    world.loop.step()
    world.clock.advance(3)
    world.away = OSError("no engine answers")
    world.loop.step()
    world.away = None
    world.die("web-2")
    world.loop.step()
    world.loop.rewind(1)
    tile = row(world.drawn(), "web-2")["tile"]
    assert (tile["state"], tile["known"], said(tile["detail"])) == ("Running", False, "not heard of for 3 s")

def test_rewound_says_how_far_and_nothing_can_be_killed():
    world = three()
    for _ in range(8):
        world.loop.step()
    world.loop.rewind(7)
    drawn = world.drawn()
    assert drawn["status"] == "pass 1, 7 passes ago"
    assert {r["tile"]["kill"] for r in drawn["rows"]} == {"off"}
    assert drawn["player"]["run"]
    assert not drawn["player"]["rewind"]
    assert [item["n"] for item in drawn["tape"] if item["shown"]] == [1]


def test_quiet_passes_are_ticks_and_many_are_one_gap():
    world = World({"web-1": "web:1"})
    for _ in range(4):
        world.loop.step()
    assert [item["kind"] for item in world.picture["tape"]] == ["acts", "quiet", "quiet", "quiet"]
    for _ in range(30):
        world.loop.step()
    assert [item["kind"] for item in world.picture["tape"]] == ["acts", "gap"]
    assert [item["heads"][0] for item in world.drawn()["tape"]] == ["pass 1 · 0.0 s", "33 quiet"]


def test_a_tape_that_begins_with_a_gap_does_not_call_it_a_pass():
    world = World({"web-1": "web:1"}, {"web-1": "web:1"})
    for n in range(20):
        if n == 15:
            world.die("web-1")
        world.loop.step()
    heads = [item["heads"][0] for item in world.drawn()["tape"] if item["kind"] != "quiet"]
    assert heads == ["15 quiet", "pass 16 · 0.0 s"]


def test_the_tape_is_never_longer_than_its_line_and_holds_what_is_shown():
    world = World({"web-1": "web:1"}, backoff=None)
    for _ in range(60):
        world.loop.step()
        world.living.clear()
    assert len(world.picture["tape"]) <= 6
    for n in (0, 17, 59):
        world.loop.rewind(n)
        assert len(world.drawn()["tape"]) <= 6
        assert [item["n"] for item in world.drawn()["tape"] if item["shown"]] == [60 - n]


@pytest.mark.parametrize(("number", "seconds"), [(9, 1), (999, 119), (1_234, 7_100), (999_999, 86_400 * 365)])
def test_the_heads_of_the_tape_have_room(number, seconds):
    """Also after a thousand passes and many hours: the number and the age are whole."""
    world = World({"web-1": "web:1"}, backoff=None)
    world.loop._number = number - 1
    world.clock.advance(seconds)
    for _ in range(3):
        world.loop.step()
        world.living.clear()
    first, second = world.drawn()["tape"][:2]
    assert first["heads"] == [f"pass {number:,} · {words.age(seconds)}", f"{number:,} · {words.age(seconds)}",
                              f"{number:,}"]
    assert second["heads"] == [f"{number + 1:,} · {words.age(seconds)}", f"{number + 1:,}"]
    assert f">{number + 1:,}" in Snapshot(world.drawn(), NOW).svg()


def test_a_pass_on_the_tape_says_what_and_why():
    world = three(**{"web-2": "mini-k8s/web:2"})
    world.loop.step()
    item = world.picture["tape"][0]
    assert (item["what"], " ".join(item["why"])) == ("stop web-2", "web:2 seen, web:1 wished")
    assert "mini-k8s/web:2 seen, mini-k8s/web:1 wished" in item["title"]


def test_the_tape_tells_what_failed_from_what_was_done():
    world = World({"web-1": "web:1", "web-2": "web:1", "web-3": "web:1"})
    world.refuse = {"web-1": OSError("busy"), "web-2": OSError("busy")}
    world.loop.step()
    assert world.drawn()["tape"][0]["what"] == "fail 2 start 1"


def test_now_says_what_a_press_would_do():
    world = three(debug="web")
    world.die("web-1")
    assert world.picture["now"]["words"] == ["2 to do", "press Step"]
    world.loop.close()
    assert world.drawn()["now"]["words"] == ["closed", "its work stays"]


# Stills and words.

def test_the_still_picture_is_an_svg_and_every_name_in_it_is_text():
    evil = "<script>alert(1)</script>&\"'"
    world = World({evil: evil}, {evil + "2": evil})
    still = Snapshot(world.picture, NOW)
    root = ET.fromstring(still.svg())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not root.findall(".//{http://www.w3.org/2000/svg}script")
    assert set(still._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}


def test_the_still_picture_as_text():
    world = three(debug="mini-k8s/web:1")
    world.die("web-3")
    assert repr(Snapshot(world.picture, NOW + 2)).splitlines() == [
        "The control loop: no pass yet · paused",
        "Three are wished for, two of them run. web-3 just died, so it is started next; nobody wished for debug, so "
        "it is stopped next.",
        "desired         observed                                    difference  action",
        "web-1 web:1     ● Running, web:1                            = same",
        "web-2 web:1     ● Running, web:1                            = same",
        "web-3 web:1     ✕ Failed, exit 137 (killed) · died 2 s ago  − missing   start web-3 (next)",
        "not wished for  ● Running debug, web:1                      + extra     stop debug (next)",
    ]


@pytest.mark.parametrize(("seconds", "shown"), [(-1, "0.0 s"), (0.39, "0.3 s"), (1, "1 s"), (119.9, "119 s"),
                                                (120, "2 min"), (7200, "2 h"), (200_000, "2 d")])
def test_ages(seconds, shown):
    assert words.age(seconds) == shown


def test_long_names_are_cut_in_the_middle():
    assert words.cut("web-6d4f7c9b58-4kdxz", 13) == "web-6d…-4kdxz"
    assert words.cut("web-1", 13) == "web-1"


def test_ordinals():
    assert [words.ordinal(n) for n in (1, 3, 11, 12, 21, 113)] == ["first", "third", "11th", "12th", "21st", "113th"]


# The view, without a browser.

def test_the_package_stays_light():
    """Only the view itself needs anywidget; importing the package does not."""
    still = ("still", "picture", "machines_still", "availability_still")
    code = f"import sys, {', '.join(f'mini_k8s.widgets.{m}' for m in still)}; print('anywidget' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


def test_buttons_are_carried_out_by_the_views_own_thread():
    loop_module = pytest.importorskip("mini_k8s.widgets.loop")
    living = {}
    loop = ControlLoop({"web-1": "web:1"}, lambda: Observation(living),
                       lambda action: living.__setitem__(action.name, action.what))
    view = loop_module.LoopView(loop, kill=living.pop)
    try:
        view._heard(view, {"do": "step"}, [])
        eventually(lambda: view.picture["rows"][0]["differs"] == "same", 10, "Step starts it, and it is seen")
        view._heard(view, {"do": "kill", "name": "nobody"}, [])
        eventually(lambda: "did not work" in plain(view.picture["say"], 0), 10, "what goes wrong is said")
        view._heard(view, {"do": "dance"}, [])
        view._heard(view, {"do": "kill", "name": "web-1"}, [])
        eventually(lambda: view.picture["rows"][0]["differs"] == "missing", 10, "kill kills")
        assert set(view._repr_mimebundle_()[0]) >= {"image/svg+xml", "text/plain"}
    finally:
        loop.close()
    eventually(lambda: view.picture["closed"], 10, "the end of the loop is seen")


def test_a_picture_that_cannot_be_drawn_says_so_and_the_next_one_is_drawn():
    """A wish whose words raise when it is printed ends no thread. (It did, and silently.)"""
    loop_module = pytest.importorskip("mini_k8s.widgets.loop")

    class Unspeakable:
        def __str__(self):
            raise RuntimeError("I have no words")

    desired, living = {"web-1": "web:1"}, {"web-1": "web:1"}
    loop = ControlLoop(desired, lambda: Observation(living), print, period=0.05)
    view = loop_module.LoopView(loop)
    try:
        eventually(lambda: len(view.picture["rows"]) == 1, 10, "it is drawn")
        desired["web-2"] = Unspeakable()
        eventually(lambda: "could not be drawn anew: RuntimeError: I have no words" in plain(view.picture["say"], 0),
                   10, "it is said")
        assert len(view.picture["rows"]) == 1
        assert "I have no words" in repr(view)
        desired["web-2"] = "web:1"
        eventually(lambda: len(view.picture["rows"]) == 2, 10, "the next one is drawn")
        assert "could not" not in plain(view.picture["say"], 0)
    finally:
        loop.close()


def test_an_unchanged_loop_sends_nothing():
    """Ages are counted where they are seen."""
    world = three()
    first = world.picture
    world.clock.advance(1)
    assert world.picture == first


def test_a_picture_that_was_drawn_earlier_never_comes_later(monkeypatch):
    """The last words of a chapter stay: a picture that was half drawn when it closed must not cover them."""
    import threading

    from mini_k8s.widgets.loop import LoopView

    loop = World({"web": "web:1"}).loop
    view = LoopView(loop)
    half, go_on, draw = threading.Event(), threading.Event(), view._picture

    def slowly():
        drawn = draw()
        if threading.current_thread().name == "slow":
            half.set()
            go_on.wait(10)
        return drawn

    monkeypatch.setattr(view, "_picture", slowly)
    slow = threading.Thread(target=view._show, name="slow")
    slow.start()
    half.wait(10)
    loop.close()
    ending = threading.Thread(target=view.end, args=("All was removed.",))
    ending.start()
    go_on.set()
    slow.join(10)
    ending.join(10)
    assert "All was removed." in plain(view.picture["say"], NOW)

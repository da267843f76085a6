"""What a history knows, and what its chart says and shows: plain values in, plain values out."""

import json
import math
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mini_k8s.widgets.availability_picture import LEFT, RIGHT, picture, sentence
from mini_k8s.widgets.availability_still import AvailabilityStill
from mini_k8s.widgets.history import History
from mini_k8s.widgets.words import plain

SIX = tuple(f"web-{i}" for i in range(1, 7))


def history(*looks, wished=SIX, length=60):
    """A history of looks: (moment, names that do not run then)."""
    found = History(wished, length)
    for at, *gone in looks:
        found = found.noted(at, set(wished) - set(gone))
    return found


def a_minute():
    """The minute of the design: six failures, and eleven seconds of looking away."""
    found = history((0,), (6, "web-3"), (8.4,), (15, "web-1"), (18.1,), (24, "web-2"), (25.5, "web-2", "web-5"),
                    (27.6, "web-5"), (29.9,))
    found = found.looked_away(36)
    for at, *gone in ((38, "web-1"), (42, "web-1", "web-2")):
        found = found.noted(at, set(SIX) - set(gone))
    found = found.looked_back(47)
    for at, *gone in ((49.4, "web-2"), (51,), (60,)):
        found = found.noted(at, set(SIX) - set(gone))
    return found


def says(found):
    return plain(sentence(found), 0)


def test_a_failure_lasts_from_death_to_running():
    found = history((0,), (6, "web-3"), (8.5,), (20,))
    assert [(f.name, f.died, f.back) for f in found.failures] == [("web-3", 6, 8.5)]
    assert found.reactions() == [2.5]


def test_what_is_not_back_has_no_reaction_yet_and_lacks_all_the_same():
    found = history((0,), (10, "web-3"), (20, "web-3"))
    assert (found.reactions(), found.down, found.middle()) == ([], 10, None)


def test_dead_twice_is_two_failures():
    found = history((0,), (1, "web-1"), (2,), (3, "web-1"), (4,))
    assert len(found.failures) == 2


def test_working_and_broken_time_make_the_availability():
    """One of two is away for a quarter of the time."""
    found = history((0,), (10, "b"), (15,), (20,), wished=("a", "b"))
    assert (found.worked, found.down, found.availability, found.average) == (35, 5, 0.875, 1.75)


def test_two_averages_say_what_was_measured():
    """MTBF and repair time, put together again, are the share of the time that was counted."""
    found = a_minute()
    assert found.mtbf / (found.mtbf + found.repair) == pytest.approx(found.availability)
    assert found.availability == pytest.approx(0.9058, abs=1e-4)


def test_where_nothing_failed_the_numbers_hold():
    found = history((0,), (60,))
    assert (found.availability, found.mtbf, found.repair, found.middle()) == (1.0, math.inf, 0.0, None)
    assert History(SIX).availability == 1.0


def test_who_died_while_nobody_looked_is_known():
    found = a_minute()
    assert found.reactions(away=True) == pytest.approx([11.4, 9.0])
    assert len(found.reactions(away=False)) == 4
    assert found.away == ((36, 47),)


def test_the_past_is_not_written_anew():
    with pytest.raises(ValueError, match="has come to 10 s"):
        history((0,), (10,), (5,))


def test_what_nobody_wished_for_does_not_count():
    found = History(("a",)).noted(0, {"a", "x"}).noted(10, {"a"})
    assert (found.failures, found.availability) == ((), 1.0)


@given(st.lists(st.sets(st.sampled_from(SIX)), min_size=1, max_size=30))
def test_whatever_dies_the_sums_hold(looks):
    """Working and broken time are the whole; every failure is over or still lasts; the chart stays in its frame."""
    found = History(SIX, 40)
    for at, gone in enumerate(looks):
        found = found.noted(at, set(SIX) - gone)
    assert found.worked + found.down == pytest.approx(6 * (len(looks) - 1))
    assert 0 <= found.availability <= 1
    assert all(f.back is None or f.back > f.died for f in found.failures)
    chart = picture(found)["chart"]
    for mark in chart["marks"]:
        assert LEFT <= mark["x"] <= mark["to"] <= RIGHT


def test_the_sentence_has_the_numbers():
    assert says(a_minute()) == ("In 60 s six containers failed, and you started each again after about 3.4 s. While "
                                "you looked away it took 10.2 s.")
    assert says(history((0,), (6, "web-1"), (10,), (20,))) == (
        "In 20 s one container failed, and you started it again after about 4.0 s. On average 5.8 of 6 ran.")
    assert says(history((0,), (6, "web-1"), (20, "web-1"))) == (
        "In 20 s one container failed, and none was started again. On average 5.3 of 6 ran.")
    assert says(history((0,), (6, "web-1", "web-2"), (20, "web-1"), (30, "web-1"))) == (
        "In 30 s two containers failed, and you started one of them again after about 14.0 s. On average 4.7 of 6 ran.")
    assert says(history((0,), (20,))) == "In 20 s nothing failed: all six ran."
    many = history(*((i, *SIX[:i % 2]) for i in range(30)), wished=SIX)
    assert says(many).startswith("In 29 s, 15 containers failed, and you started 14 of them again after about 1.0 s.")
    assert says(History(SIX)) == "Nothing has run yet. Play, and this shows what ran, and how long it took you."


def test_the_facts_have_their_units():
    facts = picture(a_minute())["facts"]
    assert [(fact["label"], fact["value"], fact["unit"]) for fact in facts] == [
        ("Failed", "6", "times"), ("your reaction, typical", "3.4", "s"), ("longest", "11.4", "s"),
        ("works for, average", "54.4", "s"), ("down for, average", "5.6", "s"), ("availability", "91", "%")]


def test_what_is_still_down_is_the_longest_at_least():
    """The longest bar of the chart is the longest in its numbers."""
    facts = picture(history((0,), (10, "web-1"), (14,), (20, "web-2"), (50, "web-2")))["facts"]
    assert [facts[2][key] for key in ("label", "value", "unit")] == ["longest, at least", "30.0", "s"]
    assert picture(history((0,), (10,)))["facts"][2]["value"] == "–"


def test_nearly_always_is_not_always():
    """One second in ten minutes is no hundred percent."""
    found = history((0,), (100, "web-1"), (101,), (600,))
    assert picture(found)["facts"][5]["value"] == "99.9"
    assert picture(history((0,), (600,)))["facts"][5]["value"] == "100"


def test_the_chart_is_made_of_steps_and_begins_at_zero():
    chart = picture(history((0,), (30, "web-1"), (60,)))["chart"]
    assert chart["edge"] == "M36 126H392V151H748V126H748"
    assert [count["label"] for count in chart["counts"]] == ["6", "4", "2", "0"]
    assert [tick["label"] for tick in chart["ticks"]] == ["0 s", "10", "20", "30", "40", "50", "60 s"]


def test_two_failures_at_once_take_two_lines():
    marks = picture(a_minute())["chart"]["marks"]
    assert len({mark["y"] for mark in marks[2:4]}) == 2
    assert [mark["label"] for mark in marks] == ["2.4 s", "3.1 s", "3.6 s", "4.4 s", "11.4 s", "9.0 s"]


def test_numbers_never_lie_on_each_other():
    """Where there is no room for a number it is left out; the mark's title has it."""
    found = History(SIX, 90)
    for i in range(60):
        found = found.noted(i, set(SIX) - {SIX[i % 6], SIX[(i + 1) % 6]})
    marks = picture(found)["chart"]["marks"]
    for y in {mark["y"] for mark in marks}:
        lane = [mark for mark in marks if mark["y"] == y and mark["label"]]
        assert all(sooner["to"] + 40 < later["x"] for sooner, later in pairwise(lane) if not sooner["before"])
    assert all("running again after" in mark["title"] or "so far" in mark["title"] for mark in marks)


def test_what_is_still_down_at_the_end_has_its_number_before_it():
    """Behind it there is no room."""
    marks = picture(history((0,), (10, "web-1"), (40,), (50, "web-2"), (60, "web-2")))["chart"]["marks"]
    assert [(mark["label"], mark["before"], mark["open"]) for mark in marks] == [
        ("30.0 s", False, False), ("10.0 s", True, True)]


def test_the_last_number_of_the_axis_stands_alone():
    """However long it took."""
    for length in range(5, 200):
        ticks = picture(history((0,), length=length))["chart"]["ticks"]
        assert ticks[-1]["label"] == f"{length} s"
        assert all(later["x"] - sooner["x"] > 30 for sooner, later in pairwise(ticks))


def test_the_picture_is_plain_values():
    made = picture(a_minute(), status="seed 7")
    assert json.loads(json.dumps(made)) == made
    assert json.loads(json.dumps(picture(History(SIX)))) == picture(History(SIX))


def test_the_still_picture():
    still = AvailabilityStill(picture(a_minute(), status="seed 7"), 0)
    ET.fromstring(still.svg())
    ET.fromstring(AvailabilityStill(picture(History(("<script>",)).noted(0, []).noted(9, [])), 0).svg())
    lines = still.text().splitlines()
    assert lines[0] == "Wished against running: seed 7 · 60 of 60 s"
    assert lines[2] == "  web-3 died at 6.0 s, running again after 2.4 s"
    assert lines[6] == "  web-1 died at 38.0 s, running again after 11.4 s (you looked away)"


def test_a_short_lack_is_not_rounded_away():
    """A loop repairs in milliseconds: that is neither no time at all nor as if nothing had been missing."""
    history = History(("a", "b"), length=10).noted(0, ["a", "b"]).noted(5, ["a"]).noted(5.04, ["a", "b"]).noted(
        10, ["a", "b"])
    drawn = picture(history, who="the loop")
    assert plain(drawn["say"], 0) == ("In 10 s one container failed, and the loop started it again after about 40 ms. "
                                      "On average 1.99 of 2 ran.")
    assert [f"{fact['value']} {fact['unit']}" for fact in drawn["facts"]][1:3] == ["40 ms", "40 ms"]

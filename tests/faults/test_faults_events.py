"""Events are lost, cut, or stop without a word. Does the loop get there all the same, only later?"""

from helpers import eventually

from faults.rig import WEB

WISH = {"web-1": WEB, "web-2": WEB}
EVENTS = "^/events"


def killed_comes_back(plane, because):
    old = plane.id("web-1")
    plane.engine.call("kill", old)
    eventually(lambda: plane.restarted_means_new("web-1", old), within=30, because=because)
    plane.gets_there(because=because)


def test_without_any_event_the_loop_looks_for_itself(rig):
    """Level, not edge: nobody tells it anything, and nothing is missed."""
    plane = rig(WISH, hints=False)
    plane.gets_there(because="the loop looks every period")
    killed_comes_back(plane, because="no event said so")


def test_a_stream_that_stays_open_and_silent_costs_only_time(rig, proxy):
    """Half-open: the connection stands, and nothing comes. The next look finds what happened."""
    silent = proxy.spoil("GET", EVENTS, mute=True)
    plane = rig(WISH, proxy.url)
    assert silent.hit.wait(20)
    plane.gets_there(because="the stream says nothing")
    killed_comes_back(plane, because="the stream says nothing")
    assert plane.heard == []


def test_a_stream_that_is_cut_in_the_middle_of_a_line_is_opened_anew(rig, proxy):
    """Half an event is no event; the next stream is heard again."""
    cut = proxy.spoil("GET", EVENTS, cut=150, times=3)
    plane = rig(WISH, proxy.url)
    plane.gets_there(because="the stream breaks")
    for n in range(1, 4):
        eventually(lambda: cut.hits >= min(n, 3), within=20, because="a new stream is opened")  # noqa: B023
        killed_comes_back(plane, because="the stream breaks")
    eventually(lambda: proxy.count("GET", EVENTS) > cut.hits >= 3, within=30, because="the fourth stream is not cut")
    heard = len(plane.heard)
    eventually(plane.hints.listening.is_set, within=10, because="it listens")
    killed_comes_back(plane, because="the stream works")
    eventually(lambda: len(plane.heard) > heard, within=20, because="the stream works")


def test_a_stream_of_nonsense_is_no_reason_to_stop_listening(rig, proxy):
    """A line that is no event, or no JSON, ends the stream, not the listener."""
    strange = (b"{half a line\n", b"[]\n", b'{"message": "sorry"}\n', b"\xff\xfe\n")
    for line in strange:
        proxy.spoil("GET", EVENTS, insert=line, times=1)
    plane = rig(WISH, proxy.url)
    plane.gets_there(because="nonsense is no event")
    eventually(lambda: proxy.count("GET", EVENTS) > len(strange), within=40, because="each nonsense ends a stream")
    eventually(lambda: killed_comes_back(plane, because="it listens again") or plane.heard, within=30,
               because="the last stream is sound")


def test_events_that_answer_500_are_asked_for_again(rig, proxy):
    """The engine has no events just now: that is not for ever."""
    broken = proxy.spoil("GET", EVENTS, answer=500, times=3)
    plane = rig(WISH, proxy.url)
    plane.gets_there(because="the loop looks for itself")
    eventually(lambda: proxy.count("GET", EVENTS) > broken.hits >= 3, within=30, because="asked for again")

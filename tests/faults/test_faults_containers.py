"""Things happen to containers behind the loop's back. Does what was wished come back, once?"""

import pytest
from helpers import eventually

from faults.rig import WEB, WEB2

WISH = {"web-1": WEB, "web-2": WEB, "web-3": WEB}


@pytest.mark.parametrize("how", ["killed", "removed", "stopped"])
def test_what_was_taken_away_comes_back(rig, engine, how):
    """docker kill, docker rm -f, docker stop: a new container under the same name, and the others are left alone."""
    plane = rig(WISH)
    plane.gets_there(because="three were wished for")
    before = {name: plane.id(name) for name in WISH}
    victim = before["web-2"]
    if how == "killed":
        engine.call("kill", victim)
    elif how == "removed":
        engine.call("remove_container", victim, force=True)
    else:
        engine.call("stop", victim, timeout=1)
    eventually(lambda: plane.restarted_means_new("web-2", victim), within=30, because=f"web-2 was {how}")
    plane.gets_there(because=f"web-2 was {how}")
    assert {n: plane.id(n) for n in ("web-1", "web-3")} == {n: before[n] for n in ("web-1", "web-3")}


def test_all_taken_away_at_once_come_back(rig, engine):
    """An emptied engine is a state like any other."""
    plane = rig(WISH)
    plane.gets_there(because="three were wished for")
    before = plane.names()
    for ids in before.values():
        engine.call("remove_container", ids[0], force=True)
    eventually(lambda: all(plane.restarted_means_new(name, ids[0]) for name, ids in before.items()), within=30,
               because="all were removed")
    plane.gets_there(because="all were removed")


def test_a_paused_container_is_frozen_not_gone(rig, engine):
    """It is not doubled; thawed it is the same one; and frozen it can be stopped when nobody wishes for it any more."""
    plane = rig({"web-1": WEB, "web-2": WEB})
    plane.gets_there(because="two were wished for")
    paused = plane.id("web-1")
    engine.call("pause", paused)
    eventually(lambda: (plane.loop.latest.facts["web-1"].note == "paused"), within=10, because="docker pause")
    passes = plane.loop.latest.number
    eventually(lambda: plane.loop.latest.number > passes + 3, within=10, because="the loop has looked several times")
    assert plane.names()["web-1"] == [paused]
    assert plane.loop.latest.converged

    engine.call("unpause", paused)
    eventually(lambda: plane.loop.latest.facts["web-1"].note == "", within=10, because="docker unpause")
    assert plane.names()["web-1"] == [paused]

    engine.call("pause", paused)
    del plane.desired["web-1"]
    plane.gets_there(because="a paused one is not wished for any more")


def test_a_restart_by_hand_of_what_died_makes_no_double(rig, engine):
    """Somebody is faster than the loop and starts the dead one again: then that one it is."""
    plane = rig({"web-1": WEB})
    plane.gets_there(because="one was wished for")
    plane.loop.pause()
    old = plane.id("web-1")
    engine.call("kill", old)
    eventually(lambda: not plane.names(), within=10, because="killed")
    engine.call("start", old)
    plane.loop.run()
    plane.gets_there(because="it was started by hand")
    assert plane.id("web-1") == old


def test_a_wish_that_changes_is_followed(rig):
    """Another image: the old one is stopped, the new one started under the same name. Nothing wished: nothing left."""
    plane = rig({"web-1": WEB, "web-2": WEB})
    plane.gets_there(because="two were wished for")
    plane.desired["web-1"] = WEB2
    plane.gets_there(because="web-1 is wished to be another")
    plane.desired.clear()
    plane.gets_there(because="nothing is wished for")
    assert plane.names() == {}


def test_a_bad_image_delays_nobody(rig):
    """It fails and waits longer each time; the others start, and restart, as if it were not there."""
    plane = rig({"bad": "no-such-image:1", "web-1": WEB}, hands=1)
    eventually(lambda: "web-1" in plane.names(), within=30, because="its image is good")
    old = plane.id("web-1")
    plane.engine.call("kill", old)
    eventually(lambda: plane.restarted_means_new("web-1", old), within=30, because="web-1 was killed")
    eventually(lambda: plane.loop.latest.held.get("bad") and plane.loop.latest.held["bad"].delay > 0.2, within=20,
               because="bad backs off")
    assert any("no-such-image:1" in str(error) for error in plane.errors())
    plane.desired["bad"] = WEB
    plane.gets_there(because="the image was corrected")


def test_what_could_not_start_makes_way_for_what_is_wished_next(rig, proxy):
    """A container that was made and could not start is no obstacle for another image under its name."""
    proxy.spoil("POST", "/start", after=1, answer=500)  # the first is the lock's
    plane = rig({"web-1": WEB}, proxy.url)
    eventually(lambda: len(plane.errors()) > 1, within=20, because="every start answers 500")
    plane.desired["web-1"] = WEB2
    proxy.mend()
    plane.gets_there(because="starting works again, and web:2 is wished for")
    assert plane.loop.latest.observed == {"web-1": WEB2}


def test_a_name_that_lives_twice_is_brought_back_to_one(rig, engine, proxy):
    """A dead one that was not cleared away is started again by hand, beside its successor: in the end there is one."""
    plane = rig({"web-1": WEB}, proxy.url, doubled_by_hand=True)
    plane.gets_there(because="one was wished for")
    first = plane.id("web-1")
    proxy.spoil("DELETE", "^/containers/", answer=500)
    engine.call("kill", first)
    eventually(lambda: plane.restarted_means_new("web-1", first), within=20, because="it was killed")
    engine.call("start", first)
    proxy.mend()
    plane.gets_there(because="it lives twice")
    eventually(lambda: len(plane.all()) == 1, within=20, because="and nothing is left of the others")


def test_a_dead_one_whose_successor_lives_is_cleared_away(rig, engine, proxy):
    """Also when that failed the first time, or the program that was to do it was killed."""
    plane = rig({"web-1": WEB}, proxy.url)
    plane.gets_there(because="one was wished for")
    first = plane.id("web-1")
    spoilt = proxy.spoil("DELETE", "^/containers/", answer=500)
    engine.call("kill", first)
    eventually(lambda: plane.restarted_means_new("web-1", first) and spoilt.hits, within=20, because="it was killed")
    plane.gets_there(because="only the removal fails")
    assert len(plane.all()) == 2
    plane.loop.pause()
    looked = plane.loop.latest.at
    eventually(lambda: plane.loop.latest.at > looked + 1, within=20, because="a paused loop looks")
    proxy.mend()
    looked = plane.loop.latest.at
    eventually(lambda: plane.loop.latest.at > looked + 1, within=20, because="a paused loop looks")
    assert len(plane.all()) == 2, "looking clears nothing away"
    plane.loop.run()
    eventually(lambda: len(plane.all()) == 1, within=20, because="now it can be removed")


def test_nothing_is_left_of_who_is_not_wished_for_and_died(rig, engine, proxy):
    """Stopped and not removed, since that failed or the program was killed between; or dead before it was stopped."""
    plane = rig({"web-1": WEB, "web-2": WEB}, proxy.url)
    plane.gets_there(because="two were wished for")
    spoilt = proxy.spoil("DELETE", "^/containers/", answer=500)
    del plane.desired["web-1"]
    eventually(lambda: "web-1" not in plane.names() and spoilt.hits, within=20, because="it is stopped")
    plane.loop.pause()
    engine.call("kill", plane.id("web-2"))
    del plane.desired["web-2"]
    eventually(lambda: plane.loop.latest.observed == {}, within=20, because="nothing lives")
    assert len(plane.all()) == 2
    proxy.mend()
    plane.loop.run()
    eventually(lambda: plane.all() == [], within=20, because="nobody wishes for any")

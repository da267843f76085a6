"""The workbench of chapter 1: machines that are slices, a restart policy and its limits, the game on real things."""

import asyncio

import pytest
from helpers import eventually, new_name, no_docker, not_run, wait_for

from mini_k8s.errors import Conflict, NotFound
from mini_k8s.runtimes.choose import open_runtime
from mini_k8s.runtimes.process_engine import why_not
from mini_k8s.workshop import chapter
from mini_k8s.workshop.game import Player
from mini_k8s.workshop.restarts import should_restart
from mini_k8s.workshop.slices import Slices

IMAGE = "mini-k8s/web:1"


@pytest.fixture(params=["simulated", "process", "docker"])
def slices(request):
    """Three machines on each runtime there is here; nothing of them is left."""
    if request.param == "docker" and no_docker():
        not_run("docker", no_docker())
    if request.param == "process" and why_not():
        not_run("process", why_not())
    runtime = open_runtime(new_name(), "tests", request.param)
    runtime.prepare(IMAGE)
    slices = Slices(runtime, IMAGE)
    yield slices
    slices.close("The test has ended.")
    runtime.down()
    runtime.close()


@pytest.fixture
def lab(monkeypatch, tmp_path):
    monkeypatch.setenv("MINI_K8S_RUNTIME", "simulated")
    monkeypatch.setenv("MINI_K8S_NOTHING_KEPT", "1")
    monkeypatch.delenv("MINI_K8S_FOLDER", raising=False)
    monkeypatch.chdir(tmp_path)
    lab = chapter(1)
    yield lab
    lab.let_go()


def tiles(slices, machine):
    return [tile and (tile.name, tile.state) for tile in next(m for m in slices.machines if m.name == machine).places]


def test_what_is_started_on_a_machine_stands_there(slices):
    slices.start("web-1", "node-2")
    assert tiles(slices, "node-2")[0] == ("web-1", "Running")
    assert slices.running() == ["web-1"]


def test_what_is_killed_stays_dead_in_its_place(slices):
    """Nobody starts it again; started by hand it is back in the same place."""
    for name in ("web-1", "web-2", "web-3"):
        slices.start(name, "node-1")
    slices.kill("web-2")
    assert tiles(slices, "node-1")[:3] == [("web-1", "Running"), ("web-2", "Failed"), ("web-3", "Running")]
    slices.start("web-2", "node-1")
    assert tiles(slices, "node-1")[:3] == [("web-1", "Running"), ("web-2", "Running"), ("web-3", "Running")]


def test_a_machine_without_power_takes_its_containers_along_and_starts_none(slices):
    """What is known of them is what was seen last."""
    slices.start("web-1", "node-1")
    slices.start("web-2", "node-2")
    slices.switch("node-1", on=False)
    assert slices.running() == ["web-2"]
    assert tiles(slices, "node-1")[0] == ("web-1", "Running")
    assert [o.alive for o in slices.runtime.list() if o.name == "web-1"] == [False]
    with pytest.raises(Conflict, match=r"node-1 is switched off.*node-2 or node-3"):
        slices.start("web-3", "node-1")
    slices.start("web-1", "node-3")
    assert slices.running() == ["web-1", "web-2"]
    slices.switch("node-1", on=True)
    assert tiles(slices, "node-1")[0] is None  # it lives elsewhere now


def test_a_machine_that_comes_back_shows_its_dead(slices):
    slices.start("web-1", "node-1")
    slices.switch("node-1", on=False)
    slices.switch("node-1", on=True)
    assert tiles(slices, "node-1")[0] == ("web-1", "Failed")


def test_always_restarts_what_ended_by_itself_and_not_what_was_killed(slices):
    """The policy of Docker where there is Docker, and what stands in for it elsewhere, behave alike."""
    slices.start("web-4", "node-1", restart="always")
    slices.crash("web-4")
    eventually(lambda: [(tile.state, tile.restarts) for tile in slices.machines[0].tiles] == [("Running", 1)], 20,
               "what ended by itself is started again", lambda: slices.machines)
    slices.kill("web-4")
    eventually(lambda: tiles(slices, "node-1")[0] == ("web-4", "Failed"), 10, "a kill is obeyed")
    for _ in range(20):
        slices.look()
    assert slices.running() == []


def test_always_cannot_leave_its_machine_and_knows_of_no_number(slices):
    slices.start("web-4", "node-1", restart="always")
    slices.start("web-5", "node-2", restart="always")
    slices.switch("node-1", on=False)
    slices.remove("web-5")
    for _ in range(20):
        slices.look()
    assert slices.running() == []


def test_what_was_under_the_policy_is_removed_with_the_others(slices):
    slices.start("web-4", "node-1", restart="always")
    slices.start("web-1", "node-2")
    assert slices.clear() == 2
    assert slices.runtime.list() == []


def test_a_place_is_needed_and_a_name_runs_once(slices):
    for i in range(1, 5):
        slices.start(f"web-{i}", "node-1")
    with pytest.raises(Conflict, match="no free place: 4 of 4"):
        slices.start("web-5", "node-1")
    with pytest.raises(Conflict, match="web-1 runs already, on node-1"):
        slices.start("web-1", "node-2")
    with pytest.raises(NotFound, match="There are: node-1, node-2, node-3"):
        slices.start("web-5", "node-9")
    with pytest.raises(NotFound, match=r"'web-9' is not running\. Running now: web-1"):
        slices.kill("web-9")


def test_what_is_being_started_when_the_power_goes_does_not_arrive():
    """Nothing runs on a machine without power, not even what was on its way."""
    runtime = open_runtime(new_name(), "tests", "simulated")
    slices = Slices(runtime, IMAGE)
    really = runtime.start

    def meanwhile(id):
        slices.switch("node-1", on=False)
        really(id)

    runtime.start = meanwhile
    with pytest.raises(Conflict, match="node-1 was switched off while web-1 was starting"):
        slices.start("web-1", "node-1")
    assert [o.alive for o in runtime.list()] == [False]
    slices.close("The test has ended.")


def test_the_policy_in_a_line():
    assert should_restart(alive=False, stopped_by_hand=False)
    assert not should_restart(alive=False, stopped_by_hand=True)
    assert not should_restart(alive=True, stopped_by_hand=False)


def test_ages_are_those_of_a_wall_clock(lab):
    """A simulated container started now is not twenty thousand days old."""
    lab.start("web-1", on="node-1")
    assert "● Running, for 0." in repr(lab.machines)


def test_the_lab_says_what_runs_and_demands_it(lab, capsys):
    lab.start("web-1", on="node-1")
    lab.should_run("web-1")
    assert capsys.readouterr().out.splitlines()[-1] == "running: web-1"
    with pytest.raises(AssertionError, match="web-1, web-2 should run now") as error:
        lab.should_run("web-1", "web-2")
    assert error.value._render_traceback_() == [f"AssertionError: {error.value}"]


def test_a_mistake_in_the_notebook_is_told_without_a_traceback(lab):
    with pytest.raises(NotFound, match="There are: node-1, node-2, node-3") as error:
        lab.start("web-1", on="node-7")
    assert error.value._render_traceback_() == [f"NotFound: {error.value}"]
    with pytest.raises(ValueError, match="'sometimes' is neither"):
        lab.start("web-1", on="node-1", restart="sometimes")


def test_the_policy_says_who_carries_it_out(lab, capsys):
    """Nobody takes the stand-in for Docker's own."""
    lab.start("web-4", on="node-1", restart="always")
    said = capsys.readouterr().out
    assert "web-4 has the policy always: a small helper program restarts it here, as Docker would." in said


def test_whoever_has_not_played_is_sent_to_the_game(lab):
    for ask in (lambda: lab.history, lambda: lab.reaction, lambda: wait_for(lab.look_away())):
        with pytest.raises(AssertionError, match=r"await lab.play\(\)"):
            ask()


@pytest.mark.parametrize("runtime", ["simulated", "process", "docker"])
def test_a_machine_plays_the_game_with_the_same_buttons(runtime, monkeypatch, tmp_path, capsys):
    """Shortened, and then twenty seconds of looking away in three; what died runs again, each within the game."""
    if runtime == "docker" and no_docker():
        not_run("docker", no_docker())
    if runtime == "process" and why_not():
        not_run("process", why_not())
    monkeypatch.setenv("MINI_K8S_RUNTIME", runtime)
    monkeypatch.setenv("MINI_K8S_NOTHING_KEPT", "1")
    monkeypatch.chdir(tmp_path)
    lab = chapter(1)
    try:
        wait_for(lab.play(seconds=6))
        played = lab.history
        assert [failure.name for failure in played.failures]
        assert all(failure.back is not None for failure in played.failures)
        assert [machine.on for machine in lab.slices.machines].count(False) == 1
        wait_for(lab.look_away())
        assert lab.history.failures[:len(played.failures)] == played.failures
        assert lab.history.reactions(away=True)
        assert lab.history.availability == pytest.approx(
            lab.history.mtbf / (lab.history.mtbf + lab.history.repair))
        assert "While you looked away it took" in capsys.readouterr().out
        assert "you looked away" in repr(lab.availability)
    finally:
        lab.close()
    assert "Nothing of this chapter is left running." in capsys.readouterr().out


def test_a_game_can_be_played_again(lab):
    """From the beginning: all machines are on, and six run."""
    wait_for(lab.play(seconds=2))
    wait_for(lab.play(seconds=2, seed=8))
    assert lab.history.until < 2 + 11
    assert lab.availability.picture["status"] == ["game 8"]


def test_the_chart_of_a_game_does_not_change_with_the_next_game(lab):
    """What is said below it stays true."""
    wait_for(lab.play(seconds=2))
    first = lab.availability
    played = lab.history
    wait_for(lab.play(seconds=2, seed=8))
    assert first.picture["status"] == ["game 7"]
    assert first.record.history == played


def test_the_pictures_before_the_game_stay_as_they_were(lab):
    """They do not grow above the game's picture; the next one has the game's machines."""
    lab.start("web-1", on="node-1")
    before = lab.machines
    wait_for(lab.play(seconds=2))
    eventually(lambda: before.picture["over"], 10, "it says that it stays", lambda: before.picture)
    assert [len(machine["places"]) for machine in before.picture["machines"]] == [2, 2, 2]
    assert [len(machine["places"]) for machine in lab.machines.picture["machines"]] == [4, 4, 4]


def test_nothing_is_offered_when_the_game_is_over(lab):
    """What is pressed then would not count."""
    wait_for(lab.play(seconds=2))
    lab.kill(lab.slices.running()[0])
    eventually(lambda: "Failed" in str(lab._play.view.picture), 10, "the dead one is seen")
    assert "'do': 'start'" not in str(lab._play.view.picture)


def test_an_interrupted_game_has_no_killer(lab, monkeypatch):
    """Whoever stops the cell is left in peace."""
    monkeypatch.delenv("MINI_K8S_NOTHING_KEPT")
    lab._play.begin(30, seed=7)

    async def interrupted():
        game = asyncio.create_task(lab._play.run(Player(7)))
        await asyncio.sleep(0.2)
        game.cancel()
        with pytest.raises(asyncio.CancelledError):
            await game

    wait_for(interrupted())
    assert not lab._play.playing
    until = lab.history.until
    assert until < 30
    eventually(lambda: lab._play.view.picture["status"] == ["over"], 10, "the picture says that it is over")
    assert lab.history.until == until


def test_the_chapter_can_be_opened_again(lab, capsys):
    """What an earlier run left is removed, and said."""
    lab.start("web-1", on="node-1")
    again = chapter(1)
    again.start("web-1", on="node-1")
    again.should_run("web-1")
    again.let_go()
    assert "running: web-1" in capsys.readouterr().out

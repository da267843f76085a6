"""The workbench of chapter 0: what it tells of a fight has to be what happened."""


import pytest
from helpers import eventually, wait_for

from mini_k8s.errors import NotFound
from mini_k8s.kinds.columns import seconds_of
from mini_k8s.objects import freeze
from mini_k8s.workshop import chapter
from mini_k8s.workshop.build import NOTHING_KEPT
from mini_k8s.workshop.cluster_world import tile_of


@pytest.fixture
def lab(monkeypatch, tmp_path):
    monkeypatch.setenv("MINI_K8S_RUNTIME", "simulated")
    monkeypatch.delenv("MINI_K8S_FOLDER", raising=False)
    monkeypatch.setenv(NOTHING_KEPT, "1")
    monkeypatch.chdir(tmp_path)
    lab = chapter(0)
    yield lab
    lab.let_go()


@pytest.fixture
def human(monkeypatch):
    """The notebook is run by somebody who keeps what passes."""
    monkeypatch.delenv(NOTHING_KEPT)


def test_it_opens_on_a_loop_that_runs(lab):
    """Three are there, and nobody has to start anything."""
    assert lab.loop.running
    lab.should_run("web-1", "web-2", "web-3")


def test_a_kill_before_the_cell_counts_too(lab, human, capsys):
    """Whoever was faster than the cell is not asked to do it again."""
    before = lab.containers.observe().facts["web-2"].id
    lab.kill("web-2")
    eventually(lambda: lab._deaths)
    wait_for(lab.your_kill())
    said = capsys.readouterr().out
    assert "Waiting" not in said
    assert f"before   web-2 had the id {before[:12]}; it died, exit 137" in said
    assert f"now      web-2 has the id {lab.containers.observe().facts['web-2'].id[:12]}, running" in said
    assert before not in lab.observe()


def test_nobody_has_to_kill(lab, human, capsys):
    """After the time is over the cell does it, and says so."""
    wait_for(lab.your_kill(within=0.2))
    said = capsys.readouterr().out
    assert "Waiting for you. Press kill in the picture" in said
    assert "Nobody killed one within 0.2 s, so this cell kills web-1 for you." in said
    assert "before   web-1 had the id" in said


def test_a_machine_kills_by_itself(lab, capsys):
    """Where a machine runs the notebook nobody is waited for."""
    wait_for(lab.your_kill())
    assert "Waiting" not in capsys.readouterr().out


def test_one_that_is_not_wished_for_any_more_is_said_to_be_gone(lab, human, capsys):
    """The learner may have changed the wish meanwhile."""
    lab.kill("web-3")
    eventually(lambda: lab._deaths)
    del lab.desired["web-3"]
    wait_for(lab.your_kill())
    assert "web-3 is not wished for any more" in capsys.readouterr().out


def test_the_duel_is_counted(lab, capsys):
    """How many died, how few ran, and that all are back: the picture and the words say the same."""
    wait_for(lab.beat_it(seconds=2))
    said = capsys.readouterr().out.splitlines()[-1]
    history = lab.history
    assert len(history.failures) >= 2
    assert said.endswith("And now: 3.")
    assert f"At the worst moment {min(count for _, count in history.steps)} of 3 ran" in said
    assert lab._duel.ended


def test_pausing_the_loop_is_winning(lab, capsys):
    """It is said why, and the chapter goes on with a loop that runs."""
    lab.loop.pause()
    wait_for(lab.beat_it(seconds=0.3))
    assert "You have paused the loop" in capsys.readouterr().out
    assert lab.loop.running
    lab.should_run()


def test_a_paused_loop_is_named_as_the_reason(lab):
    """And the next step with it."""
    lab.loop.pause()
    lab.kill("web-1")
    with pytest.raises(AssertionError, match="Press Run in its picture"):
        wait_for(lab.until_desired(within=0.2))


def test_the_history_is_asked_for_too_early(lab):
    with pytest.raises(LookupError, match=r"lab\.beat_it\(\) first"):
        lab.history  # noqa: B018


def test_the_doctor_speaks(lab):
    """In the notebook as in the terminal."""
    assert "workshop" in lab.doctor().text()


YAML = """
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec: {containers: [{name: web, image: "mini-k8s/web:1"}]}
"""


def test_the_tour_ends_in_a_cluster(lab, capsys):
    """Three pods on three nodes, seen in a picture; a killed container is another one in the same pod."""
    cluster = lab.start_cluster()
    assert "A cluster of three nodes" in capsys.readouterr().out
    for name in ("shop", "blog", "news"):
        cluster.apply(YAML % name)
    wait_for(cluster.until_all_run())
    assert capsys.readouterr().out.splitlines() == [f"pod/{name} created" for name in ("shop", "blog", "news")]
    cluster.get()
    rows = [row.split() for row in capsys.readouterr().out.splitlines()]
    assert sorted((row[0], row[3], row[-1]) for row in rows[1:]) == [
        ("blog", "0", "node-2"), ("news", "0", "node-3"), ("shop", "0", "node-1")]
    places = eventually(lambda: {m["name"]: m["places"][0] for m in cluster.picture.picture["machines"]
                                 if m["places"][0]["state"] == "Running"})
    assert {name: place["name"] for name, place in places.items()} == {
        "node-1": "shop", "node-2": "blog", "node-3": "news"}
    wait_for(cluster.your_kill())
    assert "blog: its container died, and another one runs." in capsys.readouterr().out
    assert eventually(lambda: ["restarts 1"] in [
        p["aside"] for m in cluster.picture.picture["machines"] for p in m["places"]])
    with pytest.raises(NotFound, match="no container of 'wiki' runs"):
        cluster.kill("wiki")


def test_a_cluster_that_is_started_again_begins_with_nothing(lab, capsys):
    """A cell that is run a second time is no trouble."""
    first = lab.start_cluster()
    first.apply(YAML % "shop")
    wait_for(first.until_all_run())
    again = lab.start_cluster()
    assert again.runtime.list() == []
    capsys.readouterr()
    again.get()
    assert capsys.readouterr().out.split() == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]
    lab.close()
    assert "Removed the cluster" in capsys.readouterr().out


def pod_of(state, last=None, restarts=0, phase="Running", **meta):
    return freeze({"metadata": {"name": "shop", "creationTimestamp": "2026-11-26T08:00:00Z", **meta},
                   "spec": {"nodeName": "node-1"}, "status": {"phase": phase, "containerStatuses": [
                       {"name": "web", "containerID": "x://1", "restartCount": restarts, "ready": "running" in state,
                        "state": state, "lastState": last or {}}]}})


DIED = {"terminated": {"exitCode": 137, "finishedAt": "2026-11-26T08:00:30Z"}}


@pytest.mark.parametrize(("pod", "state", "since", "code"), [
    (pod_of({"running": {"startedAt": "2026-11-26T08:00:05Z"}}), "Running", 5, None),
    (pod_of(DIED), "Failed", 30, 137),
    (pod_of({"waiting": {"reason": "CrashLoopBackOff"}}, DIED, 3), "Failed", 30, 137),
    (pod_of({"waiting": {"reason": "ContainerCreating"}}, phase="Pending"), "Pending", 0, None),
    (pod_of({"running": {"startedAt": "2026-11-26T08:00:05Z"}}, deletionTimestamp="2026-11-26T08:00:40Z"),
     "Terminating", 5, None)], ids=["runs", "dead", "waits", "begins", "goes"])
def test_a_pod_is_drawn_as_it_is(pod, state, since, code):
    """Phase Running is not enough: the phase stays Running while a container is dead."""
    tile = tile_of(pod)
    assert (tile.state, tile.since - seconds_of("2026-11-26T08:00:00Z"), tile.exit_code) == (state, since, code)

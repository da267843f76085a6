"""Seeded histories: the same seed is the same history, what is broken is found, and what was found stays mended."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest

from mini_k8s import api, pod_actions, store
from mini_k8s.chaos import Deed, moments, plan, play, replay, shrink
from mini_k8s.chaos.__main__ import main
from mini_k8s.chaos.deeds import STEPS
from mini_k8s.chaos.faults import Disk
from mini_k8s.chaos.world import Frame
from mini_k8s.cluster import Cluster
from mini_k8s.errors import StatusError
from mini_k8s.kubelet import Kubelet
from mini_k8s.objects import Object, freeze
from mini_k8s.pods import NODE, POD, UID, reporter, worker
from mini_k8s.pods.ending import Ending
from mini_k8s.pods.inits import Beginning
from mini_k8s.pods.sight import Sight
from mini_k8s.runtimes import Observed
from mini_k8s.store import Store, Watch

TURN = Deed("turn", STEPS)


def test_the_same_seed_is_the_same_history():
    assert plan(7) == plan(7)
    assert plan(7) != plan(8)
    assert [play(seed).hash for seed in range(5)] == [play(seed).hash for seed in range(5)]


def test_a_history_is_the_same_in_another_program_with_other_hashes():
    """Nothing iterates over a set, and nothing asks the machine what time it is."""
    code = "from mini_k8s.chaos import play; print(*(play(seed).hash for seed in range(5)))"
    said = {subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": str(n)}, text=True,
                           capture_output=True, check=True).stdout for n in (1, 2)}
    assert said == {" ".join(play(seed).hash for seed in range(5)) + "\n"}


@pytest.mark.parametrize("seed", range(40))
def test_histories_hold(seed):
    out = play(seed)
    assert not out.broken, repr(replay(seed))


# Every promise is broken on purpose, and somebody notices.


def found_out(promise, seeds=range(150), build=Cluster):
    """Is there a history in which this very promise is seen to be broken?"""
    return any(play(seed, build=build).broken == promise for seed in seeds)


def test_a_version_that_is_given_twice_is_found_out(monkeypatch):
    """S1: an object says another version than its event."""
    real = store._stamped
    monkeypatch.setattr(store, "_stamped", lambda obj, version: real(obj, str(int(version) // 2 * 2)))
    assert found_out("S1", range(3))


def test_a_disk_that_forgets_what_it_acknowledged_is_found_out(monkeypatch):
    """S2."""
    def crash(self, part):
        del self.events[6:]
        self.durable, self.listeners = len(self.events), []

    monkeypatch.setattr(Disk, "crash", crash)
    assert found_out("S2")


def test_a_component_that_acts_on_what_may_be_undone_is_found_out(monkeypatch):
    """S2: it makes containers for a pod that is not kept for good yet."""
    real = Watch.drain
    monkeypatch.setattr(Watch, "drain", lambda self, durable=True: real(self, durable=False))
    assert found_out("S2")


def test_a_store_that_follows_what_does_not_exist_yet_is_found_out(monkeypatch):
    """S5."""
    monkeypatch.setattr(Store, "watch", lambda self, kind=None, namespace=None, since=None, where=None: Watch(
        self, self.version if since is None else int(since), kind, namespace, where))
    assert found_out("S5", range(3))


def test_a_store_that_forgets_too_much_is_found_out(monkeypatch):
    """S5: nobody could follow it."""
    real = Store._leaving
    monkeypatch.setattr(Store, "_leaving", lambda self: real(self) and self._events[:-2])
    assert found_out("S5", range(10))


def test_a_version_that_nobody_checks_is_found_out(monkeypatch):
    """S3: a write of an old state takes the place of a newer one."""
    monkeypatch.setattr(store, "check_version", lambda stored, written: None)
    assert found_out("S3")


def test_an_event_without_what_was_before_is_found_out(monkeypatch):
    """S4: whoever watches a part of the objects could not tell whether one has left it."""
    real = Store._change
    monkeypatch.setattr(Store, "_change", lambda self, type, key, obj, old: real(
        self, type, key, obj, old if type == "DELETED" else None))
    assert found_out("S4", range(10))


def test_a_list_that_leaves_something_out_is_found_out(monkeypatch):
    """S6: a list and the changes up to its version are the same."""
    real = Store.list
    monkeypatch.setattr(Store, "list", lambda self, kind, namespace=None, where=None: real(
        self, kind, namespace, where)._replace(items=real(self, kind, namespace, where).items[
            1 if kind == "Namespace" else 0:]))
    assert found_out("S6", range(10))


def test_a_status_write_that_changes_the_wish_is_found_out(monkeypatch):
    """S7."""
    def both(stored, written, subresource):
        return written.with_(spec={"terminationGracePeriodSeconds": 7}) if "spec" in written else written

    monkeypatch.setattr(api, "apart", both)
    assert found_out("S7", range(10))


def test_a_uid_that_comes_again_is_found_out():
    """S8: a new control plane with the same chance gives the uids of the last one."""
    assert found_out("S8", build=lambda *args, **more: Cluster(*args, **more | {"seed": 1}))


def test_a_kubelet_that_lets_run_what_it_replaces_is_found_out(monkeypatch):
    """S14: a container of a pod runs twice."""
    monkeypatch.setattr(Ending, "stop", lambda *_, **__: None)
    assert found_out("S14")


def test_a_kubelet_that_leaves_things_is_found_out(monkeypatch):
    """S15."""
    monkeypatch.setattr(worker.Workers, "_remove", lambda *_: None)
    assert found_out("S15", range(20))


def test_a_kubelet_without_patience_is_found_out(monkeypatch):
    """S16: SIGKILL before the grace is over."""
    monkeypatch.setattr(worker, "grace_of", lambda pod: 0)
    assert found_out("S16", range(20))


def test_a_kubelet_that_says_too_early_that_a_pod_has_gone_is_found_out(monkeypatch):
    """S16: the object goes, and its containers run on."""
    def end(self, uid, key):
        with suppress(StatusError):
            self.client.delete("Pod", key.name, key.namespace, grace=0, uid=uid)

    monkeypatch.setattr(worker.Workers, "end", end)
    assert found_out("S16", range(20))


@pytest.mark.parametrize("what", ["back-off", "policy", "order", "count"])
def test_a_kubelet_that_starts_what_it_should_not_is_found_out(monkeypatch, what):
    """S17."""
    decide, status = pod_actions.compute_pod_actions, reporter.pod_status
    if what == "back-off":
        monkeypatch.setattr(pod_actions, "crash_backoff", lambda *_: 0.0)
    elif what == "policy":
        monkeypatch.setattr(pod_actions, "compute_pod_actions", lambda pod, *seen: decide(
            pod.with_(spec={"restartPolicy": "Always"}), *seen))
    elif what == "order":
        monkeypatch.setattr(worker.Workers, "_begin", lambda *_: Beginning(True, start=()))
    else:
        monkeypatch.setattr(reporter, "pod_status", lambda *args, **more: _with(
            status(*args, **more), lambda c: c.with_(restartCount=c["restartCount"] and 1 - c["restartCount"] % 2)))
    assert found_out("S17")


def test_a_status_that_makes_things_up_is_found_out(monkeypatch):
    """S19."""
    real = reporter.pod_status
    monkeypatch.setattr(reporter, "pod_status", lambda *args, **more: _with(
        real(*args, **more), lambda c: Object({**c, "state": Object(running=Object()), "containerID": "x://nobody"})))
    assert found_out("S19", range(10))


def test_a_kubelet_that_starts_nothing_is_found_out(monkeypatch):
    """L1: what is wished for never comes."""
    monkeypatch.setattr(pod_actions, "compute_pod_actions", lambda *_: pod_actions.PodActions())
    assert found_out("L1", range(10))


def test_a_sight_that_trusts_in_events_is_found_out(monkeypatch):
    """L2: nobody looks at everything again, and the event of a death was lost."""
    def look(self):
        hints, self._hints = self._hints, {}
        if not self.sure or hints:
            self.look_at(None if not self.sure else hints)
        self._next = self.clock.now() + 1.0
        return bool(hints)

    monkeypatch.setattr(Sight, "look", look)
    assert found_out("L1") or found_out("S19")


def test_a_component_that_turns_in_circles_is_found_out():
    """L3: something is said to be due, and nobody does it."""
    class Busy(Cluster):
        def due(self):
            return self.clock.now() - 1.0

    assert found_out("L3", range(3), Busy)


def test_a_kubelet_that_ends_nothing_is_found_out(monkeypatch):
    """L4: what is to go stays."""
    monkeypatch.setattr(worker.Workers, "end", lambda *_: None)
    assert found_out("L4", range(20))


def test_a_mistake_of_ours_is_found_out_wherever_it_is_caught(monkeypatch):
    """X: a loop goes on after an error, and a log is read by nobody."""
    def end(self, uid, key):
        raise KeyError("a mistake")

    monkeypatch.setattr(worker.Workers, "end", end)
    assert found_out("X", range(20))


def _with(status, change):
    return status.with_(containerStatuses=tuple(change(c) for c in status["containerStatuses"]))


# What histories have found.


def pod(name="p0", inits=(), images=("web:1",), policy="Always", grace=2, node="node-1", extras=()):
    return Deed("create", (name, inits, images, policy, grace, node, extras, True))


def test_a_new_kubelet_ends_nothing_before_it_knows_what_there_is():
    """It took the pods that it had not listed yet for pods that had gone, and what it had not seen yet for gone."""
    for order in (("node-1", *STEPS), ("pods", "node-1", *STEPS), ("sight", "node-1", *STEPS)):
        deeds = [pod(images=("stubborn:1",), policy="Never"), TURN, TURN, Deed("delete", ("p0", None, True)),
                 Deed("crash", (1.0,)), Deed("turn", order)]
        assert not play(0, deeds).broken
        assert not play(0, [*deeds[:3], *deeds[4:]]).broken


def test_containers_whose_sandbox_was_removed_are_stopped_and_made_anew():
    """They ran on in no sandbox for ever, and the pod was said to be well."""
    for images in (("web:1",), ("stubborn:1", "web:1")):
        for number in range(4):
            deeds = [pod(inits=("sidecar", "job:1"), images=images), *[TURN, Deed("wait", (2.0,))] * 3,
                     Deed("remove", (number,)), TURN]
            assert not play(0, deeds).broken


def test_a_pod_that_can_never_begin_again_has_failed():
    """Its sandbox had ended before one of its containers had run, under Never: it was Pending for ever."""
    deeds = [pod(images=("bad-job:1", "stubborn:1"), policy="Never", extras=("env",)), TURN, TURN,
             Deed("kill", ("sandbox", 0, 137)), TURN]
    out = play(0, deeds)
    assert not out.broken
    assert any("Failed" in what for _, who, what in out.lines if who == "store")


def test_a_sandbox_that_vanishes_while_it_is_made_is_made_anew():
    """AttributeError, and the pod was forgotten."""
    for after in range(1, 8):
        assert not play(0, [pod(), Deed("empty", (), after), TURN, TURN]).broken


def test_volumes_go_with_their_pod_though_nothing_else_was_left_of_it():
    """Nobody was there to say that it had gone."""
    deeds = [Deed("config", ("a", True)), pod(grace=0, extras=("volume",)), TURN, TURN, Deed("empty"),
             Deed("delete", ("p0", 0, True)), TURN]
    assert not play(0, deeds).broken


def test_what_failed_is_tried_again():
    """An end whose last write failed was never looked at again."""
    for error in ("500", "late", "409"):
        deeds = [pod(), TURN, TURN, Deed("delete", ("p0", None, True)), Deed("writes", (error, 3)), TURN, TURN]
        assert not play(0, deeds).broken


def test_a_container_that_was_not_told_to_end_is_told_before_it_is_killed():
    """The engine had refused the first stop; when the grace was over the kubelet killed what had never been asked."""
    for error in ("409", "500", "timeout", "late"):
        deeds = [pod(images=("web:1", "stubborn:1"), grace=4), TURN, TURN, Deed("delete", ("p0", None, True)),
                 Deed("engine", (error, 1)), Deed("turn", ("pods", "node-1"))]
        assert not play(0, deeds).broken


def test_a_start_that_was_refused_is_tried_again():
    """Another wake-up had taken the place of the one that it waited for."""
    for after in range(1, 10):
        for times in (2, 3):
            deeds = [pod(), Deed("engine", ("404", times), after), TURN, Deed("wait", (1.0,)), TURN,
                     Deed("kill", ("sandbox", 0, 1)), Deed("engine", ("500", 1)), Deed("turn", ("sight", "node-1")),
                     TURN, TURN]
            assert not play(0, deeds).broken


def test_another_image_is_tried_at_once():
    """It had to wait as long as the one that was nowhere."""
    out = play(0, [pod(images=("missing:1",)), *[TURN, Deed("wait", (12.0,))] * 5, Deed("image", ("p0", "web:1", True)),
                   TURN])
    asked = next(at for at, who, what in out.lines if who == "deed" and what.startswith("image"))
    began = next(at for at, who, what in out.lines if who == "engine" and what.startswith("main-0")
                 and what.endswith("started"))
    assert began == asked


def test_a_sandbox_whose_maker_died_is_cleared_away():
    """It had made the new one, and died before it removed the old one, which then stayed."""
    for after in range(1, 12):
        deeds = [pod(policy="Always"), TURN, TURN, Deed("kill", ("sandbox", 0, 0)), Deed("crash", (1.0,), after),
                 Deed("wait", (2.0,)), TURN, TURN, TURN]
        assert not play(0, deeds).broken


def test_what_a_failed_look_did_not_show_is_not_taken_for_gone():
    """A container was started and the look after it failed; the pod was deleted, and its container ran on."""
    for after in range(1, 16):
        for error, times in (("timeout", 2), ("late", 1), ("late", 2), ("500", 2)):
            deeds = [pod(policy="Never"), Deed("engine", (error, times), after), TURN,
                     Deed("delete", ("p0", None, True)), Deed("turn", ("pods", "node-1")), TURN]
            assert not play(0, deeds).broken


def test_a_new_kubelet_does_not_start_the_attempt_of_the_old_one_again():
    """It had died between start and look: its successor gave the same attempt a second life."""
    for after in range(1, 16):
        deeds = [Deed("lose", (100,)), pod(images=("crash:1",)), Deed("renew", ("node-1",), after), TURN,
                 Deed("wait", (1.9,)), TURN, TURN]
        assert not play(0, deeds).broken


def test_a_container_that_has_ended_waits_for_nothing():
    """It was said to wait for what had once failed."""
    for after in range(1, 8):
        for late in range(1, 8):
            for error in ("404", "500"):
                deeds = [pod(images=("job:1", "unstartable:1"), policy="OnFailure"), Deed("engine", (error, 1), after),
                         TURN, Deed("wait", (1.0,)), Deed("engine", ("late", 1), late),
                         *[TURN, Deed("wait", (1.0,))] * 4]
                assert not play(0, deeds).broken


def test_a_container_that_could_not_be_started_is_known():
    """Nobody looked at it: in the next sandbox the same attempt was made once more, beside it."""
    deeds = [pod(images=("stubborn:1", "unstartable:1")), TURN, Deed("kill", ("sandbox", 0, 1)), TURN,
             Deed("wait", (1.0,)), TURN]
    for lost in range(9):  # events; that of the sandbox's end is heard in some of these
        assert not play(0, [Deed("lose", (lost,)), *deeds]).broken


# What people see of it.


def test_a_failing_history_is_made_short_and_can_be_seen_again(monkeypatch):
    """A pod and a turn are enough to see that nothing is ever started."""
    monkeypatch.setattr(pod_actions, "compute_pod_actions", lambda *_: pod_actions.PodActions())
    out = next(out for out in map(play, range(10)) if out.broken == "L1")
    best, kept = shrink(out)
    assert len(best.deeds) == len(kept) <= 3 < len(out.deeds)
    again = replay(out.seed, keep=kept)
    assert again.outcome.hash == best.hash
    assert f"replay({out.seed}, keep={kept})" in again.cell
    assert "L1 is broken" in repr(again)
    assert "<table" in again._repr_html_()


def test_what_is_shown_in_a_notebook_is_text_and_no_code():
    shown = replay(3)
    shown.outcome.lines.append((1.0, "<script>", "<img src=x>"))
    assert "<script>" not in shown._repr_html_()
    assert "<img" not in shown._repr_html_()


def test_the_command_says_how_many_and_ends_with_1_when_a_promise_was_broken(monkeypatch, capsys):
    assert main(["--seeds", "3"]) == 0
    assert "3 histories" in capsys.readouterr().out
    assert main(["--seed", "5"]) == 0
    assert "1 history" in capsys.readouterr().out
    monkeypatch.setattr(Kubelet, "step", lambda self: False)
    assert main(["--seeds", "9"]) == 1
    said = capsys.readouterr().out
    assert "is broken" in said
    assert "from mini_k8s.chaos import replay" in said


@pytest.mark.parametrize("seed", [1, 7, 30])
def test_filming_changes_nothing(seed):
    """Who looks must not be part of what happens."""
    assert play(seed, film=True).hash == play(seed).hash


def test_a_moment_of_a_history_is_a_picture():
    """Of what really ran, whatever the statuses said; and the last one says what was broken."""
    shown = replay(7)
    assert shown.outcome.frames[0].at <= shown.outcome.frames[-1].at
    states = {place["state"] for frame in shown.outcome.frames
              for machine in shown.at(frame.at).picture["machines"] for place in machine["places"]}
    assert {"Running", "Pending", "Empty"} <= states
    assert shown.at(-1).picture["machines"][0]["word"] == "0 of 2 places"
    assert shown._repr_html_().count("<svg") == 1


def test_the_last_moment_of_a_broken_history_says_what_is_broken(monkeypatch):
    monkeypatch.setattr(pod_actions, "compute_pod_actions", lambda *_: pod_actions.PodActions())
    out = next(out for out in map(play, range(10)) if out.broken == "L1")
    shown = replay(out.seed)
    assert "L1 is broken" in str(shown.at().picture["status"])
    assert "broken" not in str(shown.at(0).picture["status"])


def test_tiles_show_what_is_there():
    """Running, dead, and what nobody wishes for any more."""
    def thing(uid, state, **more):
        labels = {UID: uid, NODE: "node-1", POD: uid}
        return Observed(f"{uid}-{state}", "web", "container", "web:1", state, labels=labels, **more)

    def pod(uid, **meta):
        return freeze({"metadata": {"name": uid, "uid": uid, **meta}, "spec": {"nodeName": "node-1"}})

    frame = Frame(0.0, (pod("runs"), pod("dead"), pod("done"), pod("new"), pod("goes", deletionTimestamp="x")),
                  (thing("runs", "running", attempt=2), thing("dead", "exited", exit_code=137),
                   thing("done", "exited", exit_code=0), thing("goes", "running"), thing("left", "running")))
    tiles = {tile.name: (tile.state, tile.restarts, tile.exit_code) for tile in moments.machines(frame)[0].tiles}
    assert tiles == {"runs": ("Running", 2, None), "dead": ("Failed", 0, 137), "done": ("Succeeded", 0, 0),
                     "new": ("Pending", 0, None), "goes": ("Terminating", 0, None), "left": ("Terminating", 0, None)}

"""The workbench of chapter 3: two writers, a learner's functions in the store and in the API, a killed store."""

import subprocess
import sys

import pytest
from helpers import no_docker, not_run

from mini_k8s import client, control_loop
from mini_k8s.errors import Conflict
from mini_k8s.runtimes.process_engine import why_not
from mini_k8s.workshop import chapter, exercises, parts
from mini_k8s.workshop.ours import our_source
from mini_k8s.workshop.store_program import found_again, write_until_killed

POD = {"kind": "Pod", "metadata": {"name": "web-1"},
       "spec": {"containers": [{"name": "web", "image": "mini-k8s/web:1"}]}}
TARGETS = ("mini_k8s.store:check_version", "mini_k8s.client:retry_on_conflict", "mini_k8s.api:apart")


@pytest.fixture
def open_lab(monkeypatch, tmp_path):
    """``open_lab(runtime)`` opens chapter 3 there; what it made is removed, and ours run again."""
    monkeypatch.setenv("MINI_K8S_NOTHING_KEPT", "1")
    monkeypatch.delenv("MINI_K8S_FOLDER", raising=False)
    monkeypatch.chdir(tmp_path)
    opened = []

    def open_(runtime="simulated"):
        monkeypatch.setenv("MINI_K8S_RUNTIME", runtime)
        opened.append(chapter(3))
        return opened[-1]

    yield open_
    for target in TARGETS:
        parts.uninstall(target)
    for lab in opened:
        lab.close()


@pytest.fixture
def lab(open_lab):
    return open_lab()


def with_image(pod, image):
    return pod.with_(spec={"containers": [pod.spec.containers[0].with_(image=image)]})


def phase(pod, word):
    return pod.with_(status={"phase": word})


@pytest.mark.parametrize("runtime", ["simulated", "process", "docker"])
def test_writing_the_pod_starts_nothing_and_reading_it_does(open_lab, runtime):
    """Chapter 2's loop reads the wish from the API, and a container really runs."""
    if runtime == "docker" and no_docker():
        not_run("docker", no_docker())
    if runtime == "process" and why_not():
        not_run("process", why_not())
    lab = open_lab(runtime)
    you, _ = lab.writers(lab.api)
    you.create(POD)
    lab.should_run()
    pods = lab.api.list("Pod").items
    control_loop.reconcile({pod.metadata.name: pod.spec.containers[0].image for pod in pods}, lab.observe, lab.act)
    lab.should_run("web-1")
    lab.kill("web-1")
    lab.should_run()


def test_without_versions_the_last_one_to_write_wins(lab):
    you, kubelet = lab.writers(lab.store, versions=False)
    you.create(POD)
    yours, seen = you.get("web-1"), kubelet.get("web-1")
    you.update(with_image(yours, "mini-k8s/web:2"))
    kubelet.update(phase(seen, "Running"))
    lab.stored(image="web:1", phase="Running")


def test_the_race_can_be_put_between_a_read_and_its_write(lab):
    """Once; the next write is nobody's business."""
    you, kubelet = lab.writers(lab.store)
    you.create(POD)
    kubelet.before_next_write(lambda: you.update(with_image(you.get("web-1"), "mini-k8s/web:2")))
    with pytest.raises(Conflict):
        kubelet.update(phase(kubelet.get("web-1"), "Running"))
    kubelet.update(phase(kubelet.get("web-1"), "Running"))
    lab.stored(image="web:2", phase="Running")


def test_through_the_api_the_wish_and_the_fact_are_apart(lab):
    """A user's old status and a kubelet's old wish are left out, silently, as in Kubernetes."""
    you, kubelet = lab.writers(lab.api)
    you.create(POD)
    kubelet.update(phase(kubelet.get("web-1"), "Running"), "status")
    you.update(phase(with_image(you.get("web-1"), "mini-k8s/web:2"), "Failed"))
    lab.stored(image="web:2", phase="Running")
    kubelet.update(phase(with_image(kubelet.get("web-1"), "mini-k8s/web:1"), "Failed"), "status")
    lab.stored(image="web:2", phase="Failed")


def test_the_learners_check_runs_in_the_store_and_in_the_api(lab):
    """Both reach it through its module, so it is really theirs that refuses."""
    you, _ = lab.writers(lab.api)
    pod = you.create(POD)
    parts.install("mini_k8s.store:check_version",
                  "def check_version(stored, written):\n    raise Conflict('mine says no')")
    for door in (lab.store, lab.api):
        with pytest.raises(Conflict, match="mine says no"):
            door.update(with_image(pod, "mini-k8s/web:2"))
    with pytest.raises(Conflict, match="mine says no"):
        lab.api.delete("Pod", "web-1")


def test_the_learners_apart_and_retry_run_where_ours_did(lab, capsys):
    you, _ = lab.writers(lab.api)
    you.create(POD)
    parts.install("mini_k8s.api:apart", "def apart(stored, written, subresource):\n    return stored")
    you.update(with_image(you.get("web-1"), "mini-k8s/web:2"))
    lab.stored(image="web:1")
    parts.install("mini_k8s.client:retry_on_conflict",
                  "def retry_on_conflict(read, change, write, tries=5):\n    raise RuntimeError('mine')")
    with pytest.raises(RuntimeError, match="mine"):
        lab.count_together(writers=1, each=1)
    lab.whose("check_version", "retry_on_conflict", "apart")
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "check_version is ours: yours has not passed yet.", "retry_on_conflict is yours.", "apart is yours."]


@pytest.mark.parametrize("target", TARGETS)
def test_our_solution_can_stand_in_as_a_learners(lab, target):
    """What the solved notebook puts to work behaves as ours."""
    parts.install(target, our_source(target))
    you, kubelet = lab.writers(lab.api)
    you.create(POD)
    seen = kubelet.get("web-1")
    you.update(with_image(you.get("web-1"), "mini-k8s/web:2"))
    with pytest.raises(Conflict):
        kubelet.update(phase(seen, "Running"), "status")
    assert lab.count_together(writers=2, each=5) == 0


RIGHTS = [(target, right) for target in TARGETS for right in exercises.find(target).rights]


@pytest.mark.parametrize(("target", "right"), RIGHTS, ids=[f"{t.partition(':')[2]}-{r.style}" for t, r in RIGHTS])
def test_every_right_answer_does_what_ours_does(lab, target, right):
    """In the real store and the real API: a wish and a fact are told apart, and only a wish makes a new generation."""
    parts.install(target, right.source)
    you, kubelet = lab.writers(lab.api)
    seen = you.create(POD)
    kubelet.update(phase(kubelet.get("web-1"), "Running"), "status")
    assert kubelet.get("web-1").metadata.generation == 1
    with pytest.raises(Conflict):
        you.update(with_image(seen, "mini-k8s/web:2"))
    client.retry_on_conflict(lambda: you.get("web-1"), lambda pod: with_image(pod, "mini-k8s/web:2"), you.update)
    lab.stored(image="web:2", phase="Running")
    assert you.get("web-1").metadata.generation == 2
    before = lab.store.version
    you.update(you.get("web-1"))
    assert lab.store.version == before  # what changes nothing is no change


def test_a_section_can_be_run_again_from_the_call_of_the_writers(lab):
    """The pod is as it was then; the tape says who brought it back."""
    lab.writers(lab.api)[0].create(POD)
    for _ in range(2):
        you, kubelet = lab.writers(lab.store)
        lab.stored(image="web:1", phase="Pending")
        seen = kubelet.get("web-1")
        you.update(with_image(you.get("web-1"), "mini-k8s/web:2"))
        with pytest.raises(Conflict) as error:
            kubelet.update(phase(seen, "Running"))
        assert error.value._render_traceback_() == [f"Conflict: {error.value}"]
    assert [answer.who for answer in lab.picture.race.answers].count("the lab") == 1


def test_additions_are_lost_without_versions_only(lab):
    assert lab.count_together(writers=4, each=25, versions=False) > 0
    assert lab.count_together(writers=4, each=25) == 0
    assert lab.count_together(writers=3, each=5) == 0  # it begins at zero each time


def test_what_a_killed_program_had_said_is_there_when_it_was_in_a_folder(tmp_path):
    """And nothing at all when it was in memory. One more may be there than was said."""
    said = write_until_killed(None, most=20)
    assert len(said) >= 20
    assert found_again(None) == []
    for name in ("one", "two"):
        folder = tmp_path / name
        said = write_until_killed(folder, most=20)
        there = found_again(folder)
        assert there[:len(said)] == said
        assert len(there) - len(said) in (0, 1)


def test_where_no_folder_can_hold_a_store_the_chapter_goes_on(lab, monkeypatch, capsys):
    """On Windows the chapter is read with a store in memory, and says so."""
    monkeypatch.setattr("mini_k8s.workshop.labs.chapter_03.why_not", lambda: "there is no way here")
    lab.write_until_killed(durable=True)
    lab.found_again()
    said = capsys.readouterr().out
    assert "(Not here: there is no way here." in said
    assert "Found again: 0 pods." in said


def test_the_chapter_needs_no_storage_to_be_opened():
    """``mini_k8s.storage`` cannot be imported everywhere."""
    code = ("import sys; sys.modules['fcntl'] = None; from mini_k8s.workshop.labs import chapter_03; "
            "print('mini_k8s.storage' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_demand_that_does_not_hold_is_told_without_a_traceback(lab):
    you, _ = lab.writers(lab.api)
    you.create(POD)
    with pytest.raises(AssertionError, match="image web:2 should be stored now") as error:
        lab.stored(image="web:2")
    assert error.value._render_traceback_() == [f"AssertionError: {error.value}"]
    with pytest.raises(AssertionError, match="web-1 should run now, and nothing else"):
        lab.should_run("web-1")


def test_the_chapter_can_be_opened_again(open_lab, capsys):
    """What an earlier run left in the runtime is removed, and said; its picture is over."""
    first = open_lab("process" if not why_not() else "simulated")
    you, _ = first.writers(first.api)
    you.create(POD)
    again = open_lab("process" if not why_not() else "simulated")
    assert first.picture.race.ended == "The chapter was opened anew, or left."
    assert again.store.list("Pod").items == ()
    assert "A store in the memory of this kernel" in capsys.readouterr().out

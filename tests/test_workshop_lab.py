"""The workbench of chapter 2: what it says has to be true, also when something is wrong."""

import inspect
import shutil
import subprocess
import sys

import pytest
from helpers import eventually, not_run, wait_for

from mini_k8s import control_loop
from mini_k8s.errors import NotFound
from mini_k8s.workshop import chapter, parts

DIFF, RESTART_DELAY = "mini_k8s.control_loop:diff", "mini_k8s.backoff:restart_delay"


@pytest.fixture
def lab(monkeypatch, tmp_path):
    monkeypatch.setenv("MINI_K8S_RUNTIME", "simulated")
    monkeypatch.delenv("MINI_K8S_FOLDER", raising=False)
    monkeypatch.chdir(tmp_path)
    lab = chapter(2)
    yield lab
    lab.let_go()
    parts.uninstall(DIFF)
    parts.uninstall(RESTART_DELAY)


def test_a_mistake_in_on_die_is_told_at_once(lab):
    """Not after half a minute, and with the learner's own error."""
    def on_die(name):
        raise NameError("name 'nme' is not defined")

    lab.react_with(on_die)
    lab.kill("web-1")
    with pytest.raises(AssertionError, match=r"(?s)on_die\('web-1'\) raised NameError: name 'nme'.*Mend on_die"):
        wait_for(lab.until_desired(within=30))


@pytest.mark.parametrize(("before", "words"), [(lambda lab: None, "lab.react_with"),
                                               (lambda lab: lab.kill_loop(), "first cell")])
def test_where_nobody_starts_anything_the_next_step_is_named(lab, before, words):
    """A wish that does not come true ends in something to do."""
    lab.kill("web-1")
    before(lab)
    with pytest.raises(AssertionError, match=words):
        wait_for(lab.until_desired(within=0.2))


def test_whose_function_runs_is_said(lab, capsys):
    """Nobody takes our answer for theirs."""
    lab.whose("diff")
    parts.install(DIFF, inspect.getsource(control_loop.diff))
    lab.whose("diff", "reconcile")
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "diff is ours: yours has not passed yet.", "diff is yours.", "reconcile is ours: yours has not passed yet."]


def test_whose_function_runs_is_said_of_each_module_of_the_chapter(lab, capsys):
    """The stretch stands in another module than the rest."""
    parts.install(RESTART_DELAY, "def restart_delay(restarts, since, base, cap, reset):\n    return 0.5\n")
    lab.whose("diff", "restart_delay")
    assert capsys.readouterr().out == "diff is ours: yours has not passed yet.\nrestart_delay is yours.\n"


def test_the_waits_are_those_that_the_function_gave_since_the_name_was_wished_for(lab):
    """The first restart is immediate, so it is none; and what was wished for anew begins anew."""
    parts.install(RESTART_DELAY, "def restart_delay(restarts, since, base, cap, reset):\n    return restarts / 10\n")
    lab.loop.run()
    for _ in range(2):
        lab.desired["web-4"] = "mini-k8s/web:1"
        wait_for(lab.until_desired())
        for _ in range(3):
            lab.kill("web-4")
            wait_for(lab.until_desired())
        assert lab.waits("web-4") == [0.1, 0.2]
        assert lab.waits("web-1") == lab.waits("nobody") == []
        del lab.desired["web-4"]
        wait_for(lab.until_desired())
        wait_for(lab.next_look())


def test_what_should_run_is_said_and_demanded(lab, capsys):
    """With names any image will do; without, what is desired. What is wrong comes with what to do."""
    lab.should_run("web-1", "web-2", "web-3")
    lab.should_run()
    lab.kill("web-2")
    lab.should_run("web-1", "web-3")
    assert capsys.readouterr().out.splitlines()[-1] == "running: web-1 (mini-k8s/web:1), web-3 (mini-k8s/web:1)"
    with pytest.raises(AssertionError, match=r"web-1, web-2, web-3 should run now.*Run the cells"):
        lab.should_run()
    with pytest.raises(AssertionError, match="web-1 should run now, and nothing else"):
        lab.should_run("web-1")


def test_where_the_loop_runs_a_section_before_it_is_no_mistake(lab):
    """Who goes back finds three containers where the text has two, and reads why."""
    lab.loop.run()
    wait_for(lab.until_desired())
    with pytest.raises(AssertionError, match=r"The loop is running.*Nothing is wrong: read on"):
        lab.should_run("web-2", "web-3")


def test_whoever_kills_too_early_reads_how_to_go_on(lab):
    """There is a kill button before there is anybody who starts again."""
    lab.kill("web-1")
    with pytest.raises(NotFound, match=r"'web-1' is not running.*first cell again"):
        lab.kill("web-1")


def test_what_the_lab_refuses_is_told_without_a_traceback(lab):
    """The mistake is in none of the lines that it would show."""
    with pytest.raises(AssertionError) as error:
        lab.should_run("web-9")
    assert error.value._render_traceback_() == [f"AssertionError: {error.value}"]


def test_a_wish_that_cannot_come_true_names_the_reason(lab):
    """Not only that it has not."""
    lab.desired["web-0"] = "mini-k8s/wbe:1"
    lab.loop.run()
    with pytest.raises(AssertionError, match=r"(?s)web-0 could not be started: .*mini-k8s/wbe:1.*The loop is at it"):
        wait_for(lab.until_desired(within=1))


def test_the_loop_is_said_to_be_alive_or_dead(lab, capsys):
    lab.loop_should_be("alive")
    with pytest.raises(AssertionError, match="the loop should be dead now"):
        lab.loop_should_be("dead")
    lab.kill_loop()
    lab.loop_should_be("dead")
    assert capsys.readouterr().out.splitlines()[-1] == "The loop is dead."


def test_a_function_that_nobody_checked_is_noticed(lab, capsys, monkeypatch):
    """Whoever took the %%build line away waits for a verdict that does not come."""
    def diff(desired, observed):
        return []

    diff.__module__ = "__main__"
    monkeypatch.setattr(sys.modules["__main__"], "diff", diff, raising=False)
    lab.whose("diff")
    assert capsys.readouterr().out.splitlines()[-1].endswith("has to be  %%build mini_k8s.control_loop:diff")


def test_steps_that_somebody_pressed_are_told_too(lab, capsys):
    """Who pressed Step in the picture reads of all passes, not only of the last."""
    lab.desired["web-3"] = "mini-k8s/web:2"
    lab.loop.step()
    wait_for(lab.steps_until_desired())
    told = ["pass 1: stop web-3 (mini-k8s/web:1)", "pass 2: start web-3 (mini-k8s/web:2)", "pass 3: nothing to do"]
    assert capsys.readouterr().out.splitlines()[-3:] == told
    wait_for(lab.steps_until_desired())
    assert capsys.readouterr().out.splitlines() == told, "nothing changed, so no pass is needed"
    lab.kill("web-1")
    wait_for(lab.steps_until_desired())
    assert capsys.readouterr().out.splitlines()[-2:] == ["pass 4: start web-1 (mini-k8s/web:1)",
                                                         "pass 5: nothing to do"]


def test_without_news_the_loop_looks_all_the_same(lab):
    """The experiment of the chapter: with news at once, without within a period."""
    lab.loop.period = 0.5
    lab.loop.run()
    lab.lose_events()
    wait_for(lab.next_look())
    lab.kill("web-1")
    assert lab.loop.latest.observed["web-1"], "nobody has told it, so it shows what it saw last"
    wait_for(lab.until_desired())
    lab.lose_events(False)
    lab.loop.period = 60
    wait_for(lab.next_look())
    lab.kill("web-2")
    assert wait_for(lab.until_desired(within=20)) < 20


@pytest.mark.parametrize(("click", "told"), [
    (None, "It was “two, for ever”."), ("three", "You expected “three”. It was “two, for ever”."),
    ("two, for ever", "You expected “two, for ever”. And so it was.")])
def test_a_prediction_is_compared_with_what_came(lab, capsys, click, told):
    """Below the experiment, and where it was asked."""
    question = lab.predict("three", "two, for ever")
    if click:
        question.children[1].children[question.options.index(click)].click()
    lab.predicted("two, for ever")
    assert capsys.readouterr().out.splitlines()[-1] == told
    assert told in question.children[2].value


def test_what_comes_true_is_known_to_the_lab(lab, capsys):
    """So no cell has to give the answer away. Told once, it is over."""
    lab.predict("three", "two, for ever")
    lab.predicted()
    lab.predicted()
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "It was “two, for ever”.", "(Nothing was predicted: the cell that asks was not run.)"]


def test_a_gate_says_no_before_it_says_why(lab):
    """A wrong answer is not marked as a right one, and both are there when the cell is run again."""
    gate = lab.gate()
    gate._buttons[0].click()
    assert gate._buttons[0].icon == "times"
    assert gate.children[2].value.startswith('<span role="status">No. Those events are gone')
    again = lab.gate()
    assert again.children[2].value == gate.children[2].value
    again._buttons[2].click()
    assert [button.icon for button in again._buttons] == ["", "", "check"]
    assert "Yes. It cannot tell who died" in again.children[2].value


def test_a_question_that_is_asked_again_knows_its_answer(lab, capsys):
    """A cell is run again by accident, and nobody's answer is lost over it."""
    lab.predict("three", "two")._buttons[1].click()
    again = lab.predict("three", "two")
    assert again.answer == "two"
    assert [button.icon for button in again._buttons] == ["", "circle"]
    lab.predicted("two")
    assert "You expected “two”. And so it was." in capsys.readouterr().out
    assert lab.predict("another", "question").answer is None


def test_an_outcome_is_one_of_the_options(lab):
    """A chapter that says otherwise is wrong."""
    lab.predict("three", "two")
    with pytest.raises(ValueError, match="'four' is none of them"):
        lab.predicted("four")


def test_after_close_every_picture_says_what_became_of_the_containers(lab):
    """Also that of a loop which was killed before: it must not say any longer that they live on."""
    first = lab.picture
    lab.kill_loop()
    lab.start_loop()
    lab.close()
    for picture in (first, lab.picture):
        text = picture.snapshot().text()
        assert "Its containers were removed when the chapter was closed." in text
        assert picture.picture["now"]["words"] == ["closed", "all removed"]
        assert "lives on" not in text
        assert " next" not in text
    assert "Running" not in text


def test_after_the_loop_is_killed_the_picture_says_what_lives_on(lab):
    """That is the lesson, so it has to be said."""
    lab.kill_loop()
    text = lab.snapshot().text()
    assert "What it started lives on." in text
    assert text.count("Running") == 3


def test_a_name_that_is_none_does_not_end_the_picture(lab):
    """Its thread must live: the wish can be mended, and the picture goes on."""
    lab.desired[7] = "mini-k8s/web:1"
    lab.loop.look()
    assert "the name 7" in lab.snapshot().text()
    del lab.desired[7]
    lab.loop.look()
    assert "all three run" in lab.snapshot().text()


def test_what_to_type_is_for_docker_only(lab):
    """Nothing that cannot work is offered."""
    assert lab.in_a_terminal("web-1").startswith("# simulated")


def test_what_to_type_kills_that_container(engine, monkeypatch, tmp_path):
    """The command that the chapter prints, typed as it is; the same one again for the next attempt."""
    monkeypatch.setenv("MINI_K8S_RUNTIME", "docker")
    monkeypatch.delenv("MINI_K8S_FOLDER", raising=False)
    monkeypatch.chdir(tmp_path)
    if shutil.which("docker") is None:
        not_run("docker", "there is no docker command to type")
    lab = chapter(2)
    try:
        for _ in range(2):
            subprocess.run(lab.in_a_terminal("web-1"), shell=True, check=True, timeout=30, stdout=subprocess.DEVNULL)
            eventually(lambda: "web-1" not in lab.observe(), because="it was killed")
            assert sorted(lab.observe()) == ["web-2", "web-3"]
            lab.start("web-1", "mini-k8s/web:1")
    finally:
        lab.close()


# What a notebook of another version calls.

@pytest.mark.parametrize(("name", "meant"), [("lose_next", "lab.lose_next_event"), ("lose_event", "lab.lose_events"),
                                             ("step_until_desired", "lab.steps_until_desired")])
def test_what_is_not_there_is_said_with_what_was_meant(lab, name, meant):
    """No bare AttributeError; and the way to the notebook that belongs to this version."""
    with pytest.raises(AttributeError) as missing:
        getattr(lab, name)
    said = str(missing.value)
    assert said.startswith(f"there is no lab.{name} in chapter 2. Did you mean {meant}? If you did not write this")
    assert "`mini-k8s reset 2` brings the one of this version, and keeps yours beside it." in said
    assert missing.value._render_traceback_() == [f"AttributeError: {said}"]


def test_what_was_renamed_is_said_whatever_it_is_called_now(lab, monkeypatch):
    monkeypatch.setattr(type(lab), "renamed", {"shoot_down": "kill"})
    with pytest.raises(AttributeError, match=r"no lab\.shoot_down in chapter 2\. Did you mean lab\.kill\?"):
        lab.shoot_down("web-1")
    with pytest.raises(AttributeError, match=r"no lab\.xyzzy in chapter 2\. If you did not write this yourself"):
        _ = lab.xyzzy


def test_a_notebook_may_ask_what_a_lab_can_show(lab):
    """IPython probes names that begin with an underscore; these are nobody's mistake."""
    assert not hasattr(lab, "_repr_html_")
    assert not hasattr(lab, "_ipython_canary_method_should_not_exist_")

"""The kit is changed under a folder in use: what is the learner's stays, and what happened is said once."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mini_k8s import __version__
from mini_k8s.cli import main
from mini_k8s.errors import Conflict
from mini_k8s.workshop import chapter, choices, copies, edition, outline, parts, standing, upgrade
from mini_k8s.workshop.folder import Folder

TOP = Path(__file__).resolve().parent.parent
DIFF, RECONCILE = "mini_k8s.control_loop:diff", "mini_k8s.control_loop:reconcile"
MINE = """\
def diff(desired, observed):
    for name, what in observed.items():
        if name not in desired or desired[name] != what:
            yield Action("stop", name, what)
    for name, what in desired.items():
        if name not in observed:
            yield Action("start", name, what)
"""
WRONG = """\
def diff(desired, observed):
    return [Action("start", n, w) for n, w in desired.items() if n not in observed]
"""


@pytest.fixture
def given(tmp_path):
    """given(name, *sources) gives a chapter, given() none; returns where chapters are given."""
    place = tmp_path / "given"
    (place / "images").mkdir(parents=True)

    def given(name="", *sources):
        if name:
            (place / f"{name}.ipynb").write_text(notebook(*sources))
        return place

    return given


@pytest.fixture
def folder(tmp_path, given, monkeypatch):
    """A folder in use: its chapter was given by this kit."""
    folder = Folder(tmp_path / "mine")
    assert upgrade.bring_up_to_date(folder, print, given("02_control_loop", "1", f"%%build {DIFF}\n...")) is False
    monkeypatch.setenv("MINI_K8S_FOLDER", str(folder.path))
    return folder


def notebook(*sources):
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources]
    return json.dumps({"cells": cells})


def files_of(folder):
    return {path.relative_to(folder.path).as_posix(): path.read_bytes()
            for path in folder.path.rglob("*") if path.is_file()}


def meet(folder, place, **options):
    """What is said when this kit meets the folder."""
    said = []
    upgrade.bring_up_to_date(folder, said.append, place, **options)
    return "".join(said)


def age(folder, kit="0.0.9+00000000"):
    """As if another kit had been here last, and had judged what is there."""
    noted = folder.data / "kit.json"
    noted.write_text(json.dumps({**json.loads(noted.read_text()), "edition": kit}))
    for path in folder.path.glob("parts/*/*.py"):
        path.write_text(path.read_text().replace(edition.edition(), kit))


# What the kit is.

def test_the_edition_says_the_version_and_what_judges():
    """The same for the same files; nothing else of the package counts."""
    assert re.fullmatch(rf"{re.escape(__version__)}\+[0-9a-f]{{8}}", edition.edition())
    assert edition.version_of(edition.edition()) == __version__


@pytest.mark.parametrize(("changed", "counts"), [
    ("workshop/exercises/control_loop/diff_cases.py", True), ("workshop/trial.py", True), ("control_loop.py", True),
    ("workshop/exercises/control_loop/diff_answers.py", False), ("widgets/loop.py", False), ("cli.py", False)])
def test_what_decides_a_verdict_counts_and_the_rest_does_not(tmp_path, changed, counts):
    """In a clone the version stays: a check that is mended is noticed, a picture is not."""
    shutil.copytree(TOP / "mini_k8s", tmp_path / "mini_k8s", ignore=shutil.ignore_patterns("__pycache__"))
    code = "from mini_k8s.workshop.edition import edition; print(edition())"

    def edition_there():
        return subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
                              env={**os.environ, "PYTHONPATH": str(tmp_path)}).stdout

    before = edition_there()
    with (tmp_path / "mini_k8s" / changed).open("a") as file:
        file.write("\n# mended\n")
    assert (edition_there() != before) == counts


# Nothing has changed.

def test_a_new_folder_is_told_nothing(tmp_path, given):
    folder = Folder(tmp_path / "mine")
    assert meet(folder, given("02_control_loop", "1")) == ""
    assert edition.last(folder)["edition"] == edition.edition()


def test_where_nothing_has_changed_nothing_is_said_and_nothing_judged(folder, given):
    """However often it is opened; also where a chapter was worked in."""
    choices.skip(folder, [RECONCILE])
    folder.save_part(DIFF, "this would not pass")
    (folder.path / "02_control_loop.ipynb").write_text(notebook("mine"))
    before = files_of(folder)
    for _ in range(2):
        assert meet(folder, given()) == ""
    assert files_of(folder) == before


def test_a_chapter_that_somebody_took_away_comes_again(folder, given):
    (folder.path / "02_control_loop.ipynb").unlink()
    assert meet(folder, given("02_control_loop", "1", f"%%build {DIFF}\n...")) == "Brought in: 02_control_loop\n"


# The kit has changed.

def test_one_screen_says_what_became_of_everything(folder, given):
    """Once; each line begins with what it is about, and what the learner can do stands where it is of use."""
    given("03_desired_state", "1")
    folder.refresh(given("04_pods", "1"))
    (folder.path / "04_pods.ipynb").write_text(notebook("my own"))
    folder.save_part(DIFF, MINE)
    folder.save_part(RECONCILE, "def reconcile(desired, observe, act):\n    return []")
    age(folder)
    given("03_desired_state", "2")
    given("04_pods", "2")
    place = given("05_replicasets", "1")
    said = meet(folder, place)
    why = edition.refused(folder)[RECONCILE]
    assert said == f"""\
This folder was last used with mini_k8s 0.0.9; now it is {__version__}. Nothing of yours is lost:
  new           05_replicasets
  refreshed     03_desired_state
  kept          04_pods, with your changes. For the new one, with yours kept beside it: mini-k8s reset 4
  kept          your answers, your tries, and what you skipped
  judged again  2.1 diff passes, 2.2 reconcile does not pass
  2.2 reconcile {why}
                Ours runs there, and yours is kept under parts/. Run its cell again to see more.

"""
    assert "my own" in (folder.path / "04_pods.ipynb").read_text()
    assert meet(folder, place) == "", "said once"


def test_with_the_same_version_the_change_is_said_too(folder, given):
    """A clone after `git pull`: only the words of a chapter are others; nothing is judged."""
    folder.save_part(DIFF, "this would not pass")
    said = meet(folder, given("02_control_loop", "2"))
    assert said.startswith("The workshop has changed since you were here last. Nothing of yours is lost:\n"
                           "  refreshed     02_control_loop\n")
    assert "judged" not in said
    assert folder.parts().keys() == {DIFF}


def test_a_chapter_that_was_kept_is_named_again_only_when_it_is_newer_still(folder, given):
    """Not at each change of another one. Who missed it reads it in `progress`, until the new one is there."""
    (folder.path / "02_control_loop.ipynb").write_text(notebook("mine"))
    assert "02_control_loop, with your changes." in meet(folder, given("02_control_loop", "2"))
    said = meet(folder, given("03_desired_state", "1"))
    assert "  new           03_desired_state\n" in said
    assert "02_control_loop" not in said
    assert meet(folder, given("02_control_loop", "2", "")) == "", "the same cells in another file"
    newer = "  There is a newer one: mini-k8s reset 2 (yours is kept beside it)"
    assert newer in list(standing.rows(folder))
    folder.reset("2", given())
    assert newer not in list(standing.rows(folder))
    (folder.path / "02_control_loop.ipynb").write_text(notebook("mine"))
    assert "02_control_loop, with your changes." in meet(folder, given("02_control_loop", "3"))


def test_what_makes_no_difference_here_is_not_told(folder, given):
    """Another picture, or a check of something that was not built yet."""
    (given() / "images" / "02_control_loop_a.svg").write_text("<svg/>")
    age(folder, f"{__version__}+00000000")
    assert meet(folder, given()) == ""
    assert (folder.path / "images" / "02_control_loop_a.svg").exists()
    assert edition.last(folder)["edition"] == edition.edition()


def test_a_part_that_passes_again_is_not_judged_a_third_time(folder, given):
    folder.save_part(DIFF, MINE)
    age(folder)
    assert "judged again  2.1 diff passes\n" in meet(folder, given())
    assert folder.part(DIFF) == (MINE, edition.edition())


def test_a_part_that_passes_no_longer_stays_and_ours_runs(folder, given, capsys):
    """It is not lost, one is sent to it, and a new answer puts an end to it."""
    folder.save_part(DIFF, WRONG)
    age(folder)
    assert "2.1 diff does not pass" in meet(folder, given())
    assert folder.part(DIFF) == (WRONG, "0.0.9+00000000")
    assert edition.built(folder) == set()
    assert standing.state(folder)[DIFF] == "passed before, under version 0.0.9, and not under this one (ours runs)"
    assert outline.where_to_go_on(folder).name == "02_control_loop.ipynb"
    try:
        assert parts.install_saved(folder) == []
        assert "diff passed under mini_k8s 0.0.9 and does not now" in capsys.readouterr().out
    finally:
        parts.uninstall(DIFF)
    assert main(["skip", "2.1"]) == 0
    assert standing.state(folder)[DIFF] == "skipped (ours runs)"
    folder.save_part(DIFF, MINE)
    assert edition.refused(folder) == choices.filled(folder) == {}
    assert edition.built(folder) == {DIFF}


def test_judging_again_takes_its_time_and_no_more(folder, given):
    """What is not reached is judged when its chapter is opened, as a part that was never judged is."""
    folder.save_part(DIFF, MINE)
    folder.save_part(RECONCILE, "def reconcile(desired, observe, act):\n    while True:\n        pass")
    age(folder)
    said = meet(folder, given(), limit=0)
    assert "judged again  2.1 diff not yet, 2.2 reconcile not yet\n" in said
    assert "What was not reached is judged when its chapter is opened.\n" in said
    try:
        assert parts.install_saved(folder) == ["diff"]
    finally:
        parts.uninstall(DIFF)


def test_what_another_kit_has_judged_meanwhile_is_judged_here(folder, given):
    """A notebook that stayed open over an upgrade keeps parts under the old edition; so does a judging broken off."""
    folder.save_part(DIFF, MINE)
    path = folder.path / "parts" / "control_loop" / "diff.py"
    path.write_text(path.read_text().replace(edition.edition(), "0.0.9+00000000"))
    assert meet(folder, given()) == "  judged again  2.1 diff passes\n"
    path.write_text(f"# {DIFF} passed under mini_k8s 0.0.9+00000000\n{WRONG}")
    assert "2.1 diff does not pass" in meet(folder, given())
    assert list(edition.refused(folder)) == [DIFF]
    assert meet(folder, given()) == "", "once"


def test_answers_tries_skips_and_the_path_stay(folder, given):
    folder.note_attempt(DIFF, "h")
    folder.note_answer("2: gate", "It looked.")
    choices.skip(folder, [RECONCILE])
    before = files_of(folder)
    age(folder)
    meet(folder, given("02_control_loop", "2"))
    kept = [name for name in before if re.search(r"attempts|answers|skipped|folder\.json", name)]
    assert len(kept) == 4
    assert all((folder.path / name).read_bytes() == before[name] for name in kept)


def test_a_folder_of_a_kit_that_noted_nothing_is_taken_for_an_old_one(folder, given):
    """Kits before this one wrote no kit.json, and only the version on top of a part."""
    folder.save_part(DIFF, MINE).write_text(f"# {DIFF} passed under mini_k8s 0.0.7\n{MINE}")
    (folder.data / "kit.json").unlink()
    made = json.loads((folder.data / "folder.json").read_text())
    (folder.data / "folder.json").write_text(json.dumps({**made, "made_by": "0.0.7"}))
    said = meet(folder, given())
    assert said.startswith("This folder was last used with mini_k8s 0.0.7; now it is")
    assert "2.1 diff passes\n" in said


@pytest.mark.parametrize("moment", range(8))
def test_an_upgrade_that_is_broken_off_is_finished_the_next_time(folder, given, moment):
    """Ctrl-C at any word of it: the next start does what is left, and ends as if nothing had been."""
    folder.refresh(given("03_pods", "old"))
    folder.save_part(DIFF, MINE)
    folder.save_part(RECONCILE, "def reconcile(desired, observe, act):\n    return []")
    age(folder)
    (given("03_desired_state", "1") / "03_pods.ipynb").unlink()
    place, words = given("04_pods", "new"), []

    def say(piece):
        words.append(piece)
        if len(words) > moment:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upgrade.bring_up_to_date(folder, say, place)
    upgrade.bring_up_to_date(folder, words.append, place)
    assert "2.1 diff passes" in "".join(words).replace("2.1 diff 2.1 diff", "2.1 diff")
    assert [path.stem for path in copies.notebooks(folder.path)] == ["02_control_loop", "03_desired_state", "04_pods"]
    assert [path.stem for path in folder.path.glob("*.backup-*")] == ["03_pods.backup-1"]
    assert folder.part(DIFF) == (MINE, edition.edition())
    assert list(edition.refused(folder)) == [RECONCILE]
    assert edition.last(folder)["edition"] == edition.edition()
    assert meet(folder, place) == ""


# Chapters that have moved.

@pytest.mark.parametrize("touched", [False, True])
def test_a_chapter_that_moved_is_set_aside(folder, given, touched):
    """Two chapters under one number would open each other's lab. Nothing of it is lost."""
    folder.refresh(given("03_pods", "old"))
    mine = folder.path / "03_pods.ipynb"
    if touched:
        mine.write_text(notebook("my own"))
    was = mine.read_bytes()
    (given("03_desired_state", "1") / "03_pods.ipynb").unlink()
    said = meet(folder, given("04_pods", "new"))
    assert "  new           03_desired_state, 04_pods\n" in said
    assert "  kept          03_pods.backup-1.ipynb, your copy of 03_pods: 04_pods takes its place\n" in said
    assert (folder.path / "03_pods.backup-1.ipynb").read_bytes() == was
    assert [path.stem for path in copies.notebooks(folder.path)] == ["02_control_loop", "03_desired_state", "04_pods"]


def test_a_notebook_of_the_learners_own_is_left_alone(folder, given):
    """Only what was given can move; so does what has no successor."""
    (folder.path / "03_my_own.ipynb").write_text(notebook("x"))
    folder.refresh(given("08_ghosts", "1"))
    (given("03_desired_state", "1") / "08_ghosts.ipynb").unlink()
    meet(folder, given())
    assert {"03_my_own", "08_ghosts"} <= {path.stem for path in folder.path.glob("*.ipynb")}


def test_a_notebook_that_opens_a_chapter_of_another_number_is_told(folder, monkeypatch):
    """The copy that was set aside asks for the lab that had its number once."""
    monkeypatch.setenv("JPY_SESSION_NAME", str(folder.path / "03_pods.backup-1.ipynb"))
    with pytest.raises(LookupError, match=r"'Pods' is chapter 4 in this version of the workshop, and 3 is 'Desired "
                                          r"state'\. Open 04_pods\.ipynb instead\."):
        chapter(3)
    with pytest.raises(LookupError, match=r"Chapters go from 0 to 14\. If you did not write this number yourself"):
        chapter(15)


# A newer kit was here.

@pytest.mark.parametrize("noted", ["kit.json", "folder.json"])
def test_a_folder_of_a_newer_kit_is_left_as_it_is(folder, given, noted, monkeypatch, capsys):
    """It may hold what this kit does not know. Whatever is typed, nothing is changed, and the way is said."""
    folder.save_part(DIFF, MINE)
    if noted == "kit.json":
        age(folder, "99.1.0+00000000")
    else:
        made = json.loads((folder.data / "folder.json").read_text())
        (folder.data / "folder.json").write_text(json.dumps({**made, "made_by": "99.1.0"}))
    before = files_of(folder)
    with pytest.raises(Conflict, match="Nothing was changed"):
        meet(folder, given("02_control_loop", "2"))
    with pytest.raises(Conflict, match="Nothing was changed"):
        chapter(2)
    answer = folder.path.parent / "diff.py"
    answer.write_text(MINE)
    for command in (["learn", "--folder", str(folder.path), "--path", "taster"], ["skip", "2.1"], ["catch-up", "2.2"],
                    ["skip", "--undo", "2.1"], ["reset", "2"], ["reset", "2.1"], ["check", "2.1", str(answer)]):
        assert main(command) == 1, command
        said = capsys.readouterr().err
        assert f"was used with mini_k8s 99.1.0 already, and this is the older {__version__}. Nothing was" in said
        assert said.endswith("then type this again.\n")
    assert files_of(folder) == before
    assert main(["progress"]) == 0, "to look changes nothing"


@pytest.mark.parametrize(("version", "is_newer"), [
    ("0.0.9", False), (__version__, False), (f"{__version__}+ffffffff", False), ("0.10.0", True), ("1.0", True),
    ("unknown", False), ("", False)])
def test_newer_is_by_number(folder, version, is_newer):
    """0.10 comes after 0.9."""
    age(folder, version)
    try:
        edition.refuse_newer(folder)
    except Conflict:
        assert is_newer
    else:
        assert not is_newer

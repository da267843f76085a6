"""The learner's folder: nothing of the learner's is ever lost, and nothing leads out of it."""

import json
import os
import re
import subprocess
import sys

import pytest

from mini_k8s import __version__
from mini_k8s.errors import BadRequest, Forbidden, Invalid, NotFound
from mini_k8s.workshop import chapter, files, outline, parts
from mini_k8s.workshop.edition import edition
from mini_k8s.workshop.folder import Folder

DIFF = "mini_k8s.control_loop:diff"
RECONCILE = "mini_k8s.control_loop:reconcile"


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "mine")


@pytest.fixture
def chapters(tmp_path):
    """Writes chapters as they are given, in a place of their own."""
    place = tmp_path / "given"
    (place / "images").mkdir(parents=True)

    def write(name="02_control_loop", *sources):
        (place / f"{name}.ipynb").write_text(notebook(*sources))
        return place

    return write


def notebook(*sources, **extra):
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources]
    return json.dumps({"cells": cells, "metadata": extra, "nbformat": 4, "nbformat_minor": 5})


def did(report):
    return [(copied.did, copied.behind) for copied in report]


# Making and finding it.

def test_a_folder_is_made_with_an_owner_that_stays(tmp_path):
    assert Folder(tmp_path / "a" / "mine").owner == Folder(tmp_path / "a" / "mine").owner
    assert Folder(tmp_path / "other").owner != Folder(tmp_path / "a" / "mine").owner


def test_two_programs_that_make_it_at_once_agree_on_the_owner(tmp_path):
    code = "import sys; from mini_k8s.workshop.folder import Folder; print(Folder(sys.argv[1]).owner)"
    both = [subprocess.Popen([sys.executable, "-c", code, tmp_path / "mine"], stdout=subprocess.PIPE) for _ in range(6)]
    assert len({program.communicate()[0] for program in both}) == 1


def test_somebody_elses_folder_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Forbidden, match=r"holds thesis\.txt, and is no workshop folder\. Name an empty"):
        Folder(tmp_path)
    assert os.listdir(tmp_path) == ["thesis.txt"]


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "empty").mkdir()
    assert Folder(tmp_path / "empty").parts() == {}


def test_a_file_in_its_place_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(Forbidden, match="Name another with --folder"):
            Folder(path)


def test_a_folder_that_was_half_made_is_finished(tmp_path):
    (tmp_path / "mine" / ".mini_k8s").mkdir(parents=True)
    assert len(Folder(tmp_path / "mine").owner) == 16


def test_the_current_folder_is_the_environments_else_the_one_we_are_in(tmp_path, monkeypatch):
    monkeypatch.delenv("MINI_K8S_FOLDER", raising=False)
    monkeypatch.chdir(tmp_path)
    assert Folder.current() is None
    mine = Folder(tmp_path / "mine")
    (mine.path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(mine.path / "deep" / "er")
    assert Folder.current().path == mine.path
    other = Folder(tmp_path / "other")
    monkeypatch.setenv("MINI_K8S_FOLDER", str(other.path))
    assert Folder.current().path == other.path
    monkeypatch.setenv("MINI_K8S_FOLDER", str(tmp_path / "nowhere"))
    with pytest.raises(NotFound, match="no workshop folder is there"):
        Folder.current()
    with pytest.raises(NotFound, match="no workshop folder is there") as error:
        chapter(2)
    assert error.value._render_traceback_() == [f"NotFound: {error.value}"], "no traceback of ours is shown"
    assert not (tmp_path / "nowhere").exists()


# Parts.

def test_from_a_clone_the_folder_that_make_learn_made_is_found(tmp_path, monkeypatch):
    """`make learn`, then `mini-k8s down --all`, both typed in the clone."""
    monkeypatch.delenv("MINI_K8S_FOLDER", raising=False)
    monkeypatch.chdir(tmp_path)
    made = Folder("my_mini_k8s")
    assert Folder.current().path == made.path


def test_a_part_is_kept_with_the_edition_it_passed_under(folder):
    source = "def diff(desired, observed):\n    return []\n"
    path = folder.save_part(DIFF, source + "\n\n")
    assert path == folder.path / "parts" / "control_loop" / "diff.py"
    assert path.read_text() == f"# {DIFF} passed under mini_k8s {edition()}\n{source}"
    assert folder.part(DIFF) == (source, edition())
    assert folder.parts() == {DIFF: folder.part(DIFF)}
    assert folder.part(RECONCILE) is None


def test_a_part_that_the_learner_edited_still_counts(folder):
    """Without its header it is still theirs; under which version it passed is unknown then."""
    folder.save_part(DIFF, "x = 1").write_text("def diff(): ...\n")
    assert folder.part(DIFF) == ("def diff(): ...\n", "unknown")


def test_a_dropped_part_is_out_of_use_and_not_lost(folder):
    for body in ("1", "2"):
        folder.save_part(DIFF, body)
        kept = folder.drop_part(DIFF)
        assert body in kept.read_text()
    assert folder.parts() == {}
    assert folder.drop_part(DIFF) is None
    assert len(list(folder.path.glob("parts/control_loop/*.py"))) == 2


def test_other_files_among_the_parts_stand_for_nothing(folder):
    folder.save_part(DIFF, "x")
    for name in ("notes.txt", "my helper.py", "9lives.py"):
        (folder.path / "parts" / "control_loop" / name).write_text("")
    (folder.path / "parts" / "loose.py").write_text("")
    assert list(folder.parts()) == [DIFF]


@pytest.mark.parametrize("target", ["", "diff", "os:system", "mini_k8s:../x", "mini_k8s.a:b/c", "mini_k8s..a:b",
                                    "mini_k8s.control_loop:diff\n", "mini_k8s.a/../../b:c", "mini_k8s.a:b" * 50, None])
def test_a_name_that_is_no_target_is_refused_and_writes_nothing(folder, target):
    for use in (lambda: folder.save_part(target, "x"), lambda: folder.note_attempt(target, None),
                lambda: folder.part(target), lambda: folder.drop_part(target)):
        with pytest.raises(BadRequest, match="names no function of this package"):
            use()
    assert not (folder.path / "parts").exists()


def test_a_link_that_leads_out_is_not_followed(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (folder.path / "parts").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Forbidden, match="leads out of"):
        folder.save_part(DIFF, "x")
    assert os.listdir(tmp_path / "elsewhere") == []


# Attempts.

def test_the_same_hint_is_counted_in_a_row(folder):
    hints = ["names only", "names only", "sides swapped", "names only", "names only", "names only", None, "names only"]
    assert [folder.note_attempt(DIFF, hint) for hint in hints] == [1, 2, 1, 1, 2, 3, 0, 1]
    assert folder.note_attempt(RECONCILE, "names only") == 1, "each exercise counts for itself"
    assert folder.progress() == {DIFF: {"passed": None, "attempts": 8}, RECONCILE: {"passed": None, "attempts": 1}}


def test_progress_knows_what_passed(folder):
    folder.note_attempt(DIFF, None)
    folder.save_part(DIFF, "x")
    assert folder.progress() == {DIFF: {"passed": __version__, "attempts": 1}}


@pytest.mark.parametrize("damage", ["", "{", "[]", "\udcff", '{"attempts": "many", "row": null}'])
def test_damaged_records_are_named_and_nothing_is_lost(folder, damage):
    folder.save_part(DIFF, "x")
    folder.note_attempt(DIFF, "h")
    record = next((folder.data / "attempts").glob("*.json"))
    record.write_bytes(damage.encode(errors="surrogateescape"))
    if damage.startswith('{"'):  # odd values count as none
        assert folder.note_attempt(DIFF, "h") == 1
        return
    with pytest.raises(Invalid, match=r"is damaged .* Delete it: it is made anew") as refused:
        folder.note_attempt(DIFF, "h")
    assert str(record) in str(refused.value)
    assert folder.parts()[DIFF].source == "x\n"
    record.unlink()
    assert folder.note_attempt(DIFF, "h") == 1


def test_a_damaged_owner_is_named_and_made_anew_when_deleted(folder, monkeypatch):
    (folder.data / "folder.json").write_text('{"owner": "<script>"}')
    with pytest.raises(Invalid, match="holds no owner's id"):
        _ = folder.owner
    (folder.data / "folder.json").unlink()
    monkeypatch.delenv("MINI_K8S_FOLDER", raising=False)
    monkeypatch.chdir(folder.path)
    assert Folder.current().path == folder.path, "it is a workshop folder still"
    assert len(Folder(folder.path).owner) == 16


def test_a_write_that_fails_leaves_what_was_there(folder, monkeypatch):
    """A full disk, a pulled plug: the old file or the new one, never half of one."""
    folder.note_attempt(DIFF, "h")
    monkeypatch.setattr(files.os, "replace", lambda *_: (_ for _ in ()).throw(OSError("no space left")))
    with pytest.raises(OSError, match="no space left"):
        folder.note_attempt(DIFF, "h")
    monkeypatch.undo()
    assert folder.note_attempt(DIFF, "h") == 2
    assert [path.name for path in (folder.data / "attempts").iterdir()] == ["control_loop.diff.json"]


# Chapters.

def test_chapters_come_in_with_their_pictures(folder, chapters):
    given = chapters("02_control_loop", "1")
    (given / "images" / "02_control_loop_a.svg").write_text("<svg/>")
    assert did(folder.refresh(given)) == [("new", False)]
    assert (folder.path / "images" / "02_control_loop_a.svg").exists()
    assert did(folder.refresh(given)) == [("same", False)]


def test_an_untouched_chapter_is_refreshed(folder, chapters):
    folder.refresh(chapters("02_control_loop", "1"))
    assert did(folder.refresh(chapters("02_control_loop", "2"))) == [("refreshed", False)]
    assert "2" in (folder.path / "02_control_loop.ipynb").read_text()


def test_jupyterlab_saving_it_does_not_touch_it(folder, chapters):
    """Metadata, outputs, and the empty cell that Shift+Enter adds at the end are nobody's work."""
    folder.refresh(chapters("02_control_loop", "1"))
    (folder.path / "02_control_loop.ipynb").write_text(notebook("1", "", language_info={"version": "3.13"}))
    assert did(folder.refresh(chapters("02_control_loop", "2"))) == [("refreshed", False)]


def test_a_touched_chapter_is_kept_and_it_is_said(folder, chapters):
    folder.refresh(chapters("02_control_loop", "1"))
    mine = folder.path / "02_control_loop.ipynb"
    mine.write_text(notebook("my own"))
    assert did(folder.refresh(chapters("02_control_loop", "1"))) == [("kept", False)]
    report = folder.refresh(chapters("02_control_loop", "2"))
    assert did(report) == [("kept", True)]
    assert "my own" in mine.read_text()


def test_a_notebook_that_cannot_be_read_is_kept(folder, chapters):
    folder.refresh(chapters("02_control_loop", "1"))
    (folder.path / "02_control_loop.ipynb").write_text("{ half a notebo")
    assert did(folder.refresh(chapters("02_control_loop", "2"))) == [("kept", True)]


def test_what_was_there_before_us_is_kept(folder, chapters):
    """No record of what was given: only an identical copy counts as untouched."""
    (folder.path / "02_control_loop.ipynb").write_text(notebook("old"))
    assert did(folder.refresh(chapters("02_control_loop", "1"))) == [("kept", True)]


def test_reset_gives_a_chapter_anew_and_keeps_the_old_beside_it(folder, chapters):
    folder.refresh(chapters("02_control_loop", "1"))
    mine = folder.path / "02_control_loop.ipynb"
    for number, name in enumerate(("2", "02", "02_control_loop", "02_control_loop.ipynb"), 1):
        mine.write_text(notebook(f"work {number}"))
        kept = folder.reset(name, chapters("02_control_loop", "new"))
        assert kept == [folder.path / f"02_control_loop.backup-{number}.ipynb"]
        assert f"work {number}" in kept[0].read_text()
        assert "new" in mine.read_text()
    assert did(folder.refresh(chapters("02_control_loop", "newer"))) == [("refreshed", False)]


def test_reset_moves_nothing_when_it_cannot_end_well(folder, chapters):
    """A damaged record is refused first; the learner's notebook stays where it is."""
    folder.refresh(given := chapters("02_control_loop", "1"))
    (folder.data / "given.json").write_text("{")
    with pytest.raises(Invalid, match="is damaged"):
        folder.reset("2", given)
    assert [path.name for path in folder.path.glob("*.ipynb")] == ["02_control_loop.ipynb"]


def test_reset_of_no_exercise_says_which_there_are(folder):
    with pytest.raises(BadRequest, match=r"Did you mean mini_k8s\.control_loop:diff"):
        folder.reset("mini_k8s.control_loop:dif")


@pytest.mark.parametrize("what", [DIFF, "2.1"])
def test_reset_takes_a_part_back(folder, what):
    """By its name or its number. Tries stay counted: they were made."""
    folder.save_part(DIFF, "x")
    folder.note_attempt(DIFF, "h")
    kept = folder.reset(what)
    assert "x" in kept[0].read_text()
    assert folder.progress() == {DIFF: {"passed": None, "attempts": 1}}
    with pytest.raises(NotFound, match=r"not in use: it has not passed, or was taken back.*mini-k8s reset 2$"):
        folder.reset(what)


def test_a_part_that_was_taken_back_runs_until_the_chapter_is_opened_again(folder):
    """The first cell, run again, makes what runs agree with the folder."""
    folder.save_part(DIFF, "def diff(desired, observed):\n    return []\n")
    try:
        assert parts.install_saved(folder) == ["diff"]
        folder.reset(DIFF)
        assert parts.whose(DIFF) == "yours"
        assert parts.install_saved(folder) == []
        assert parts.whose(DIFF) == "ours"
    finally:
        parts.uninstall(DIFF)


@pytest.mark.parametrize("what", ["7", "seven", "../02_control_loop", "", "٢", "2" * 5000])
def test_reset_of_no_chapter_says_which_there_are(folder, chapters, what):
    with pytest.raises(NotFound, match=r"There are: 2 \(02_control_loop\)"):
        folder.reset(what, chapters("02_control_loop", "1"))


# Where to go on.

def test_one_goes_on_where_something_is_left_to_build(folder, chapters):
    chapters("00_start_here", "1")
    chapters("02_control_loop", f"\n# mine\n%%build {DIFF}\n...", "%%build 2.2\n...")
    folder.refresh(chapters("03_desired_state", "%%build mini_k8s.store:Store.update\n..."))
    assert outline.where_to_go_on(folder).name == "00_start_here.ipynb"
    folder.save_part(DIFF, "x")
    assert outline.where_to_go_on(folder).name == "02_control_loop.ipynb"
    folder.save_part(RECONCILE, "x")
    assert outline.where_to_go_on(folder).name == "03_desired_state.ipynb"
    folder.save_part("mini_k8s.store:Store.update", "x")
    assert outline.where_to_go_on(folder).name == "03_desired_state.ipynb"


def test_an_exercise_does_not_vanish_with_its_first_line(folder, chapters):
    """What a chapter asks for is in the catalogue, whatever became of the learner's cells."""
    folder.refresh(chapters("02_control_loop", f"# %%build {DIFF}\n...", f"%%build {RECONCILE}\n...", "%%build my:own"))
    mine = folder.path / "02_control_loop.ipynb"
    assert outline.exercises(mine) == [("2.1", DIFF, False), ("2.2", RECONCILE, True),
                                       ("2.3", "mini_k8s.backoff:restart_delay", False), ("2.4", "my:own", True)]
    folder.save_part(RECONCILE, "x")
    folder.save_part("mini_k8s.my:own", "x")
    assert outline.where_to_go_on(folder) == mine
    mine.write_text("{ half")
    with pytest.raises(Invalid, match="mini-k8s reset 02_control_loop"):
        outline.exercises(mine)
    assert outline.where_to_go_on(folder) == mine


# The commands.

def test_reset_and_progress_in_a_terminal(folder, chapters, monkeypatch, capsys):
    from mini_k8s.cli import main
    from mini_k8s.workshop import places

    given = chapters("02_control_loop", f"%%build {DIFF}\n...")
    monkeypatch.setattr(places, "chapters_dir", lambda: given)
    monkeypatch.setenv("MINI_K8S_FOLDER", str(folder.path))
    folder.refresh()
    folder.note_attempt(DIFF, "h")
    assert main(["progress"]) == 0
    said = capsys.readouterr().out
    assert re.search(rf"2\.1   {DIFF} +not yet \(1 try\)", said)
    assert re.search(rf"2\.2   {RECONCILE} +not tried yet\n +No cell's first line is `%%build {RECONCILE}`\.", said)
    assert "`mini-k8s reset 2` brings it" in said
    folder.save_part(DIFF, "x")
    assert main(["progress"]) == 0
    assert "passed (1 try)" in capsys.readouterr().out
    assert main(["reset", DIFF]) == 0
    said = capsys.readouterr().out
    assert "Yours is kept in" in said
    assert "runs yours until you run its first cell again" in said
    assert main(["reset", "2"]) == 0
    said = capsys.readouterr().out
    assert "as it was given. Yours is kept in" in said
    assert "choose Revert" in said
    assert "stays in use" not in said, "nothing has passed any more"
    folder.save_part(DIFF, "x")
    assert main(["reset", "2"]) == 0
    assert "What has passed stays in use: 2.1. Take one back: mini-k8s reset 2.1" in capsys.readouterr().out
    (folder.path / "02_control_loop.ipynb").write_text("{ half")
    assert main(["progress"]) == 0
    assert "is no notebook" in capsys.readouterr().out
    assert main(["reset", "9"]) == 1
    assert "there is no chapter '9'" in capsys.readouterr().err


def test_without_a_folder_the_next_step_is_told(tmp_path, monkeypatch, capsys):
    from mini_k8s.cli import main

    monkeypatch.delenv("MINI_K8S_FOLDER", raising=False)
    monkeypatch.chdir(tmp_path)
    for command in (["progress"], ["reset", "2"]):
        assert main(command) == 1
        assert "make one with `mini-k8s learn`" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []

"""Paths, ``skip`` and ``catch-up``: nobody waits for an exercise, and nothing of the learner's is lost."""

import json

import pytest

from mini_k8s import ladder
from mini_k8s.cli import main
from mini_k8s.errors import BadRequest
from mini_k8s.workshop import choices, edition, outline, paths, places, standing
from mini_k8s.workshop.exercises import TARGETS
from mini_k8s.workshop.folder import Folder
from mini_k8s.workshop.paths import LearningPath

WIDTH = max(map(len, TARGETS.values()))  # of a column
AVAILABILITY, FAILURES = "mini_k8s.failures:availability", "mini_k8s.failures:expected_failures"
DIFF, RECONCILE = "mini_k8s.control_loop:diff", "mini_k8s.control_loop:reconcile"
GIVEN = {
    "00_start_here": ["1"],
    "01_failure_is_normal": ["1", f"%%build {AVAILABILITY}\n...", f"%%build {FAILURES}\n..."],
    "02_control_loop": ["1", f"%%build {DIFF}\n...", f"%%build {RECONCILE}\n..."],
    "03_desired_state": ["1"],
}


@pytest.fixture
def given(tmp_path, monkeypatch):
    """Chapters 0 to 3 as they are given."""
    place = tmp_path / "given"
    (place / "images").mkdir(parents=True)
    for name, sources in GIVEN.items():
        cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources]
        (place / f"{name}.ipynb").write_text(json.dumps({"cells": cells}))
    monkeypatch.setattr(places, "chapters_dir", lambda: place)
    return place


@pytest.fixture
def folder(tmp_path, given, monkeypatch):
    """A learner's folder with all chapters, in use."""
    folder = Folder(tmp_path / "mine")
    folder.refresh()
    monkeypatch.setenv("MINI_K8S_FOLDER", str(folder.path))
    return folder


@pytest.fixture
def type_(capsys):
    """Types a command; its exit status, and what it said on both streams."""
    def type_(*arguments):
        try:
            status = main(list(arguments))
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status, said.out + said.err

    return type_


def files_of(folder):
    return {path.relative_to(folder.path).as_posix(): path.read_bytes()
            for path in folder.path.rglob("*") if path.is_file()}


# Paths.

def test_a_path_leads_over_chapters_that_there_will_be():
    """Each names chapters of the ladder, in their order, and exercises of its own chapters."""
    numbers = [chapter.number for chapter in ladder.CHAPTERS]
    for path in paths.PATHS:
        assert list(path.chapters) == [number for number in numbers if path.has(number)]
        assert all(int(number.partition(".")[0]) in path.chapters for number in path.given)
    assert len({path.name for path in paths.PATHS}) == len(paths.PATHS)


def test_the_taster_takes_ninety_five_minutes():
    assert paths.find("taster").minutes({0, 1, 2}) == 95
    assert paths.find(" Taster ").minutes({0, 1, 2, 3, 4}) == 95, "what is not on it costs nothing"


def test_a_path_that_there_is_not_is_refused_naming_those_there_are(folder, type_):
    with pytest.raises(BadRequest, match=r"there is no path 'halfday'\. There are: taster, everything\."):
        paths.find("halfday")
    before = files_of(folder)
    status, said = type_("learn", "--path", "halfday")
    assert (status, said) == (1, "mini-k8s learn: there is no path 'halfday'. There are: taster, everything.\n")
    assert files_of(folder) == before


def test_a_folder_follows_everything_until_a_path_is_chosen(folder):
    assert choices.path(folder) is paths.EVERYTHING
    choices.follow(folder, paths.find("taster"))
    assert choices.path(Folder(folder.path)).name == "taster"
    (folder.data / "path.json").write_text('{"name": "of-tomorrow"}')
    assert choices.path(folder) is paths.EVERYTHING, "a path that this version does not have"


def test_only_the_paths_chapters_are_brought_in(tmp_path, given):
    """And those that came for another path stay."""
    folder = Folder(tmp_path / "mine")
    choices.follow(folder, paths.find("taster"))
    assert [copied.name[:2] for copied in folder.refresh()] == ["00", "01", "02"]
    choices.follow(folder, paths.EVERYTHING)
    assert [copied.name[:2] for copied in folder.refresh() if copied.did == "new"] == ["03"]
    choices.follow(folder, paths.find("taster"))
    assert len(folder.refresh()) == 4
    assert [notebook.name[:2] for notebook in outline.on_path(folder)] == ["00", "01", "02"]


def test_one_goes_on_along_the_path(folder):
    """To its first chapter, then to what is left on it, at last to its last chapter; never beyond."""
    choices.follow(folder, paths.find("taster"))
    assert outline.where_to_go_on(folder).name[:2] == "00"
    for target, chapter in ((AVAILABILITY, "01"), (FAILURES, "02"), (DIFF, "02"), (RECONCILE, "02")):
        folder.save_part(target, "x")
        assert outline.where_to_go_on(folder).name[:2] == chapter


def test_a_new_path_is_one_more_row(folder, monkeypatch, type_):
    """Half a day: a gap with a bridge, and an exercise that the path fills in."""
    half = LearningPath("half-day", (0, 1, 3), "", given=("1.2",), bridge=10)
    monkeypatch.setattr(paths, "PATHS", (*paths.PATHS, half))
    choices.follow(folder, half)
    assert choices.filled(folder) == {FAILURES: "path"}
    assert standing.state(folder) == {FAILURES: "ours runs on this path"}
    assert outline.where_to_go_on(folder).name[:2] == "00"
    assert type_("skip", "--undo", "1.2")[1].startswith("Your path fills in for 1.2 expected_failures. Build it")
    assert standing.headline(folder) == "Your path is half-day: chapters 0 to 1, and 3, 100 minutes."
    folder.save_part(AVAILABILITY, "x")
    assert outline.where_to_go_on(folder).name[:2] == "03"
    assert "About 50 of them are left." in standing.headline(folder), "40 for chapter 3, 10 for the bridge to it"
    folder.save_part(FAILURES, "x")
    assert choices.filled(folder) == {}, "who builds it all the same runs their own"


def test_minutes_are_left_for_what_is_left(folder):
    """A chapter's minutes are shared among its core exercises; one without any is over when a later one has begun."""
    choices.follow(folder, paths.find("taster"))
    left = lambda: sum(chapter.minutes_left for chapter in standing.standing(folder))  # noqa: E731
    assert left() == 95
    folder.note_answer("1: three / two", "two")
    assert left() == 80
    folder.save_part(AVAILABILITY, "x")
    assert left() == 63
    choices.skip(folder, [FAILURES, DIFF])
    assert left() == 22
    folder.save_part(RECONCILE, "x")
    assert left() == 0
    assert standing.headline(folder) == "Your path is taster: chapters 0 to 2, 95 minutes. All of it is done."
    assert standing.next_step(folder).startswith("All core exercises are done.")


def test_a_stretch_exercise_holds_nobody_up(folder):
    """It is shown apart; no minutes, and no sending back."""
    for target in (AVAILABILITY, FAILURES, DIFF, RECONCILE):
        folder.save_part(target, "x")
    assert outline.where_to_go_on(folder).name[:2] == "03"
    row = next(row for row in standing.rows(folder) if "restart_delay" in row)
    assert row.endswith("stretch, not tried yet")


@pytest.mark.parametrize(("chapters", "words"), [
    ((3,), "chapter 3"), ((0, 1, 2), "chapters 0 to 2"), ((0, 1, 2, 6), "chapters 0 to 2, and 6"),
    ((0, 2, 4), "chapters 0, 2, and 4")])
def test_chapters_are_named_as_one_says_them(chapters, words):
    assert paths.spoken(chapters) == words


def test_progress_shows_the_path_and_what_is_left_of_it(folder, type_):
    choices.follow(folder, paths.find("taster"))
    folder.save_part(AVAILABILITY, "x")
    folder.note_attempt(AVAILABILITY, None)
    folder.note_attempt(DIFF, "h")
    choices.skip(folder, [FAILURES])
    assert type_("progress") == (0, f"""\
{folder.path}
Your path is taster: chapters 0 to 2, 95 minutes. About 45 of them are left.

00_start_here             15 min  nothing to build

01_failure_is_normal      35 min  done
  1.1   {AVAILABILITY:<{WIDTH}} passed (1 try)
  1.2   {FAILURES:<{WIDTH}} skipped (ours runs)

02_control_loop           45 min  2 of 2 left
  2.1   {DIFF:<{WIDTH}} not yet (1 try)
  2.2   {RECONCILE:<{WIDTH}} not tried yet
  2.3   {'mini_k8s.backoff:restart_delay':<{WIDTH}} stretch, not tried yet

Next: 2.1 in 02_control_loop.ipynb. Open it: mini-k8s learn
""")


# Skipping.

def test_a_skipped_exercise_is_not_asked_for(folder, type_):
    folder.save_part(AVAILABILITY, "x")
    status, said = type_("skip", "1.2")
    assert status == 0
    assert said == ("Skipped: 1.2 expected_failures. Ours runs there.\n"
                    "Nothing of your notebook is changed. To do it later, run its cell: what passes is yours.\n"
                    "Next: 2.1 in 02_control_loop.ipynb. Open it: mini-k8s learn\n")
    assert type_("skip")[1].startswith("These are skipped:\n  1.2 expected_failures")
    status, said = type_("skip", "--undo", "1.2")
    assert said.startswith("Yours to build again: 1.2 expected_failures.\nNext: 1.2 in 01_failure_is_normal.ipynb.")
    assert type_("skip") == (0, "Nothing is skipped. Skip an exercise with: mini-k8s skip 2.1\n")


def test_a_whole_chapter_can_be_skipped_and_what_is_built_stays_in_use(folder, type_):
    folder.save_part(AVAILABILITY, "x")
    said = type_("skip", "01")[1]
    assert said.startswith("Skipped: 1.2 expected_failures. Ours runs there. Yours runs on: 1.1 availability.\n")
    assert type_("skip", "1")[1].startswith("Skipped already: 1.2")
    assert type_("skip", "0")[1].startswith("There are no exercises in 0, so there is nothing to skip.")
    folder.save_part(FAILURES, "x")
    said = type_("skip", "1")[1]
    assert said.startswith("1.1 availability, 1.2 expected_failures: built already, and yours runs. "
                           "To have ours run: mini-k8s reset 1.1, and 1.2 in the same way.")
    assert edition.built(folder) == {AVAILABILITY, FAILURES}


def test_several_are_skipped_at_once_or_none(folder, type_):
    assert type_("skip", "2.2", "1", "2.2")[1].startswith("Skipped: 1.1 availability, 1.2 expected_failures, "
                                                          "2.2 reconcile. Ours runs there.")
    assert type_("skip", "--undo", "1.1", "2")[1].startswith("Yours to build again: 1.1 availability, 2.2 reconcile.")
    assert type_("skip", "2.1", "2.9")[0] == 1
    assert list(choices.filled(folder)) == [FAILURES]


def test_what_passes_is_skipped_no_longer(folder):
    choices.skip(folder, [DIFF, RECONCILE])
    folder.save_part(DIFF, "x")
    assert choices.filled(folder) == {RECONCILE: "skip"}
    folder.reset(DIFF)
    assert DIFF not in choices.filled(folder), "who takes it back may be asked for it again"


def test_a_chapter_that_is_given_anew_stays_skipped_and_it_is_said(folder, type_):
    choices.skip(folder, [DIFF])
    said = type_("reset", "2")[1]
    assert "What is skipped stays so: 2.1. Undo it: mini-k8s skip --undo 2.1" in said
    assert choices.filled(folder) == {DIFF: "skip"}


@pytest.mark.parametrize(("what", "words"), [
    (["9.9"], "there is no exercise '9.9'. There are: 1.1, "), (["99"], "'99' is no exercise and no chapter."),
    (["x"], "'x' is no exercise and no chapter. Write an exercise as 2.1, a chapter as 2."),
    (["mini_k8s.control_loop:dif"], "Did you mean mini_k8s.control_loop:diff?"), (["--undo"], "which one"),
    ([""], "is no exercise and no chapter"),
    (["1.1", "1.9"], "there is no exercise '1.9'")])
def test_what_cannot_be_skipped_is_said(folder, type_, what, words):
    before = files_of(folder)
    status, said = type_("skip", *what)
    assert status == 1
    assert words in said
    assert files_of(folder) == before


# Catching up.

def test_everybody_is_on_one_step(folder, type_):
    """What is built stays, what is not is filled in; what to open and which cell comes next is said."""
    folder.save_part(FAILURES, "x")
    folder.note_attempt(DIFF, "h")
    choices.skip(folder, [RECONCILE])
    assert type_("catch-up", "2.2") == (0, f"""\
Ours fill in for: 1.1 availability, 2.1 diff. To do one later, run its cell: what passes is yours.
Open 02_control_loop.ipynb, and click into the cell of 2.2: its first line is  %%build {RECONCILE}
Choose Run → Run All Above Selected Cell, then write that one.
""")
    assert choices.filled(folder) == {AVAILABILITY: "catch-up", DIFF: "catch-up"}, "2.2 is what everybody builds now"
    assert outline.where_to_go_on(folder).name[:2] == "02"
    assert "caught up (ours runs)" in type_("progress")[1]
    assert folder.progress()[DIFF] == {"passed": None, "attempts": 1}


def test_who_is_ahead_loses_nothing(folder, type_):
    for target in (AVAILABILITY, FAILURES, DIFF, RECONCILE):
        folder.save_part(target, "x")
    parts = folder.parts()
    said = type_("catch-up", "2.2")[1]
    assert said.startswith("You have built all that comes before it; nothing is filled in.\n"
                           "2.2 reconcile is built already, and yours runs.\n")
    assert (folder.parts(), choices.filled(folder)) == (parts, {})


def test_one_can_catch_up_to_a_chapter(folder, type_):
    assert type_("catch-up", "1")[1] == ("Nothing is to be built before it.\n"
                                         "Open 01_failure_is_normal.ipynb, and begin with its first cell.\n")
    assert type_("catch-up", "2")[1].splitlines()[-1] == "Open 02_control_loop.ipynb, and begin with its first cell."
    assert list(choices.filled(folder)) == [AVAILABILITY, FAILURES]


def test_a_step_whose_cell_is_gone_or_whose_notebook_is_damaged_says_what_to_do(folder, type_):
    mine = folder.path / "02_control_loop.ipynb"
    mine.write_text(json.dumps({"cells": []}))
    assert "`mini-k8s reset 2` brings it" in type_("catch-up", "2.2")[1]
    mine.write_text("{ half")
    assert "`mini-k8s reset 02_control_loop` gives you a new copy" in type_("catch-up", "2.2")[1]


def test_a_chapter_that_is_not_there_is_refused_before_anything_is_filled_in(folder, type_, given):
    (folder.path / "02_control_loop.ipynb").unlink()
    before = files_of(folder)
    status, said = type_("catch-up", "2.2")
    assert status == 1
    assert said.endswith(f"02_control_loop.ipynb is not in {folder.path}. Bring it in: mini-k8s reset 2\n")
    status, said = type_("catch-up", "7")
    assert "there is no chapter '7'. There are: 0 (start_here)" in said.replace("00_", "")
    assert files_of(folder) == before


def test_without_a_folder_the_next_step_is_told(tmp_path, monkeypatch, type_):
    monkeypatch.delenv("MINI_K8S_FOLDER", raising=False)
    monkeypatch.chdir(tmp_path)
    for arguments in (("skip", "2.1"), ("skip",), ("catch-up", "2.2")):
        status, said = type_(*arguments)
        assert status == 1
        assert "make one with `mini-k8s learn`" in said

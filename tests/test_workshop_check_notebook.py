"""``mini-k8s check 2``: the learner's own notebook, run on a copy; a row a step, and nothing of it is kept."""

import json
import os
from pathlib import Path

import pytest

from mini_k8s.cli import main
from mini_k8s.workshop import check_notebook, choices
from mini_k8s.workshop.check_notebook import steps_of
from mini_k8s.workshop.folder import Folder
from mini_k8s.workshop.ours import our_source

DIFF, RECONCILE = "mini_k8s.control_loop:diff", "mini_k8s.control_loop:reconcile"
FIRST = "from mini_k8s.workshop import build; build.register()"

KEPT = "import os, pathlib; pathlib.Path(os.environ['SEEN']).write_text(repr(dict(os.environ)))"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = Folder(tmp_path / "mine")
    monkeypatch.setenv("MINI_K8S_FOLDER", str(folder.path))
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    return folder


def write(folder, *cells, name="02_control_loop"):
    """A notebook of these cells; what begins with '#' or '**' is text."""
    code = {"cell_type": "code", "outputs": [], "execution_count": None}
    made = [({"cell_type": "markdown"} if source.startswith(("#", "**")) else code)
            | {"id": f"c{number}", "source": source, "metadata": {}} for number, source in enumerate(cells)]
    notebook = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = folder.path / f"{name}.ipynb"
    path.write_text(json.dumps(notebook))
    return path


def test_each_step_has_its_row(folder, capsys):
    """What runs is ok, what does not is not yet, with its reason and the next step; one failure hides no other step."""
    notebook = write(folder, "# 3 · Loops", "x = 1", "## Divide `x`", "\nx / 0\n1", "x", "**Predict.** Hm?", "assert x",
                     name="90_mine")
    before = notebook.read_bytes()
    assert main(["check", "90"]) == 1
    rows = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert rows[1:] == ["  ok       3 · Loops", "  not yet  Divide x",
                        "             ZeroDivisionError: division by zero",
                        "             next       Run it in the notebook: the cell that begins with 'x / 0'",
                        "  ok       Predict. Hm?", "2 of 3 steps hold. Next: Divide x"]
    assert notebook.read_bytes() == before


def test_a_refused_exercise_says_why_and_what_next(folder, capsys):
    """The verdict's own words. What its cell lacks is said where it belongs, and never called ok."""
    write(folder, FIRST, "## 2.1 Build `diff`", "%%build 2.1\ndef diff(desired, observed):\n    return []",
          "## 2.2 Build `reconcile`", "def reconcile(desired, observe, act): ...")
    assert main(["check", "2"]) == 1
    rows = capsys.readouterr().out.splitlines()[2:]
    assert rows[:2] == ["  not yet  2.1 Build diff", "             2.1 diff: not yet (1 of 5 checks passed)"]
    assert [row[13:20].strip() for row in rows[2:]].count("likely") == 1
    assert [row[13:20].strip() for row in rows[2:]].count("next") == 1
    assert rows[-3:] == ["  not yet  2.2 Build reconcile",
                         f"             No cell's first line is `%%build {RECONCILE}`. Write it on top of the cell of "
                         "2.2; where that cell is gone, `mini-k8s reset 2` brings it, and keeps your notebook beside "
                         "it.",
                         "1 of 3 steps hold. Next: 2.1 Build diff"]


def test_what_holds_and_is_not_kept_yet_is_said(folder, capsys):
    """`check` says ok where `progress` says not yet: then it says too what makes them agree."""
    write(folder, FIRST, f"%%build {DIFF}\n{our_source(DIFF)}", f"%%build {RECONCILE}\n{our_source(RECONCILE)}")
    folder.save_part(DIFF, our_source(DIFF))
    assert main(["check", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  ok       The beginning", "1 of 1 steps hold.",
        "2.2 is right, and a check keeps nothing: run its cell in the notebook, and it is your part."]


def test_what_passed_before_and_is_refused_now_is_said(folder, capsys):
    """Whoever works in an editor has the stub in the notebook still, and the part in use."""
    write(folder, FIRST, f"%%build {DIFF}\ndef diff(desired, observed): ...")
    folder.save_part(DIFF, our_source(DIFF))
    assert main(["check", "2"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        "2.1 passed before, and that part still runs. Its cell in the notebook holds something else.")


def test_an_exercise_whose_cell_is_gone_has_a_row(folder, capsys):
    write(folder, "1")
    assert main(["check", "2"]) == 1
    rows = capsys.readouterr().out.splitlines()
    assert (rows[1], rows[2]) == ("  ok       The beginning", "  not yet  2.1 is not in the notebook")
    assert rows[-1] == "1 of 3 steps hold. Next: 2.1 is not in the notebook"


def test_where_no_cell_could_be_run_the_reason_is_shown(folder, capsys, monkeypatch):
    """A kit that does not work here must not look like a learner's mistake."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setattr(check_notebook, "CELL_SECONDS", "no number")
    write(folder, "1")
    assert main(["check", "2"]) == 1
    said = capsys.readouterr()
    assert "was run. Run its first cell in the notebook" in said.err
    assert "no number" in said.err
    assert "not run" not in said.out


def test_a_notebook_that_runs_is_0_and_nothing_is_kept(folder, tmp_path):
    """The kernel works in a folder of its own, with the learner's parts and another owner; it is gone afterwards."""
    folder.save_part("mini_k8s.control_loop:diff", "def diff(): ...")
    write(folder, "# T", KEPT, "from mini_k8s.workshop.folder import Folder; assert Folder.current().parts()",
          name="90_mine")
    before = sorted(folder.path.rglob("*"))
    assert main(["check", "90"]) == 0
    seen = eval((tmp_path / "seen").read_text())
    assert seen["MINI_K8S_NOTHING_KEPT"] == "1"
    assert seen["MINI_K8S_FOLDER"] != str(folder.path)
    assert not os.path.exists(seen["MINI_K8S_FOLDER"])
    assert sorted(folder.path.rglob("*")) == before
    assert "MINI_K8S_NOTHING_KEPT" not in os.environ


def test_what_an_earlier_run_has_left_in_a_cell_is_no_promise(folder, tmp_path):
    """A learner has run it before the exercise was solved, or has clicked: nothing is wrong with their notebook."""
    path = write(folder, "# Look", "print('diff is yours.')")
    notebook = json.loads(path.read_text())
    notebook["cells"][1] |= {"metadata": {"tags": ["nbval-check-output"]}, "outputs": [
        {"output_type": "stream", "name": "stdout", "text": ["diff is ours: yours has not passed yet.\n"]}]}
    path.write_text(json.dumps(notebook))
    rows = check_notebook.run(path, Folder(tmp_path / "copy"))
    assert [(row["cell"], row["passed"]) for row in rows] == [(0, True)]
    assert json.loads(path.read_text()) == notebook


def test_a_kernel_that_dies_fails_the_steps_after_it(folder, capsys):
    write(folder, "# One", "1", "# Two", "import os; os._exit(3)", "# Three", f"%%build {DIFF}",
          name="90_mine")
    assert main(["check", "90"]) == 1
    rows = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert rows[1:] == ["  ok       One", "  not yet  Two",
                        "             the kernel ended while this cell ran",
                        "             next       Run it in the notebook: the cell that begins with "
                        "'import os; os._exit(3)'", "  not run  Three", "1 of 3 steps hold. Next: Two"]


def test_a_kernel_listens_where_nobody_can_take_its_place(folder, tmp_path):
    """On ports it would: they are chosen, let go of, and taken by others before a slow kernel has them again."""
    notebook = write(folder, "import json, os, ipykernel; from pathlib import Path\n"
                             "said = json.loads(Path(ipykernel.get_connection_file()).read_text())\n"
                             "assert said['transport'] == 'ipc', said\n"
                             "Path(os.environ['SEEN']).write_text(said['ip'])")
    [row] = check_notebook.run(notebook, folder)
    assert row["passed"], row
    assert not Path((tmp_path / "seen").read_text()).parent.exists(), "the folder of sockets is left behind"


def test_a_kernel_that_cannot_start_is_named(folder, capsys):
    """In the words of the one who waited for it, not a line of somebody's file."""
    notebook = write(folder, "1")
    (folder.path / "ipykernel_launcher.py").write_text("raise SystemExit(3)")
    rows = check_notebook.run(notebook, folder)
    assert [row["why"] for row in rows] == [
        "the kernel did not start: Kernel died before replying to kernel_info"]


def test_what_is_no_notebook_is_told_and_kept(folder, capsys):
    path = folder.path / "02_control_loop.ipynb"
    path.write_text("{ half a")
    assert main(["check", "2"]) == 1
    assert "is no notebook" in (err := capsys.readouterr().err)
    assert "mini-k8s reset 02_control_loop" in err
    assert path.read_text() == "{ half a"


def test_a_chapter_that_is_not_there_is_named(folder, capsys):
    write(folder, "1")
    assert main(["check", "7"]) == 1
    assert "there is no chapter '7'. There are: 2 (02_control_loop)" in capsys.readouterr().err


def test_kept_copies_are_no_chapters(folder):
    """02_control_loop.backup-1.ipynb comes before 02_control_loop.ipynb in every listing."""
    from mini_k8s.workshop.copies import find_chapter

    write(folder, "1", name="02_control_loop.backup-1")
    write(folder, "1")
    assert find_chapter(folder.path, "2").name == "02_control_loop.ipynb"


def test_steps_are_named_by_headings_and_by_paragraphs_that_begin_in_bold(folder):
    """Three predictions in a chapter are three names."""
    path = write(folder, "0", "# The `loop`\n\ntext", "1", "# Empty", "**Predict.** Now", "2", "3",
                 "**Predict.** " + 30 * "word ", "4")
    assert [(step.title, [number for number, _ in step.cells]) for step in steps_of(path)] == [
        ("The beginning", [0]), ("The loop", [1]), ("Predict. Now", [2, 3]), ("Predict. " + 12 * "word " + "…", [4])]


def test_what_is_skipped_is_neither_right_nor_wrong(folder, capsys):
    """`mini-k8s skip 2.1`: the row says so, later cells are run with ours, and all is well."""
    choices.skip(folder, [DIFF])
    write(folder, FIRST, "## 2.1 Build `diff`", f"%%build {DIFF}\ndef diff(desired, observed):\n    return []",
          "## 2.2 Build `reconcile`", f"%%build {RECONCILE}\n{our_source(RECONCILE)}")
    assert main(["check", "2"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[2] == "  skipped  2.1 Build diff"
    assert rows[3].strip() == "Ours ran here. To do it, run its cell in the notebook; what passes is yours."
    assert "2 of 3 steps hold, and 1 skipped." in rows
    assert not [row for row in rows if row.startswith("2.1")]
    assert choices.filled(folder) == {DIFF: "skip"}


def test_a_solution_that_was_copied_in_is_not_compared_with_its_outputs(folder, capsys):
    """Its cells are tagged for nbval; a learner's run is judged by what its cells demand."""
    notebook = write(folder, "1 + 1", name="90_mine")
    whole = json.loads(notebook.read_text())
    output = {"output_type": "execute_result", "data": {"text/plain": "3"}, "metadata": {}, "execution_count": 1}
    whole["cells"][0] |= {"outputs": [output], "metadata": {"tags": ["nbval-check-output", "hide"]}}
    notebook.write_text(json.dumps(whole))
    assert main(["check", "90"]) == 0
    assert "1 of 1 steps hold." in capsys.readouterr().out

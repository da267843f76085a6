"""``mini-k8s check 2``: the learner's own notebook, run on a copy; a row a step, and nothing of it is kept."""

import json
import os

import pytest

from mini_k8s.cli import main
from mini_k8s.workshop.check_notebook import steps_of
from mini_k8s.workshop.folder import Folder

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
    """What runs is ok, what does not is not yet, with its reason; one failure hides no other step."""
    notebook = write(folder, "# 2 · Loops", "x = 1", "## Build `diff`", "x / 0", "x", "**Predict.** Hm?", "assert x")
    before = notebook.read_bytes()
    assert main(["check", "2"]) == 1
    rows = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert rows[1:] == ["  ok       2 · Loops", "  not yet  Build diff",
                        "             ZeroDivisionError: division by zero", "  ok       Predict"]
    assert notebook.read_bytes() == before


def test_a_notebook_that_runs_is_0_and_nothing_is_kept(folder, tmp_path):
    """The kernel works in a folder of its own, with the learner's parts and another owner; it is gone afterwards."""
    folder.save_part("mini_k8s.control_loop:diff", "def diff(): ...")
    write(folder, "# T", KEPT, "from mini_k8s.workshop.folder import Folder; assert Folder.current().parts()")
    before = sorted(folder.path.rglob("*"))
    assert main(["check", "2"]) == 0
    seen = eval((tmp_path / "seen").read_text())
    assert seen["MINI_K8S_NOTHING_KEPT"] == "1"
    assert seen["MINI_K8S_FOLDER"] != str(folder.path)
    assert not os.path.exists(seen["MINI_K8S_FOLDER"])
    assert sorted(folder.path.rglob("*")) == before
    assert "MINI_K8S_NOTHING_KEPT" not in os.environ


def test_a_kernel_that_dies_fails_the_steps_after_it(folder, capsys):
    write(folder, "# One", "1", "# Two", "import os; os._exit(3)", "# Three", "3")
    assert main(["check", "2"]) == 1
    rows = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert rows[1:] == ["  ok       One", "  not yet  Two",
                        "             the kernel ended while this cell ran", "  not run  Three"]


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


def test_steps_are_named_by_headings_and_by_words_in_bold(folder):
    path = write(folder, "0", "# The `loop`\n\ntext", "1", "# Empty", "**2.1 Build.** Now", "2", "3")
    assert [(step.title, step.cells) for step in steps_of(path)] == [
        ("The beginning", [0]), ("The loop", [1]), ("2.1 Build", [2, 3])]

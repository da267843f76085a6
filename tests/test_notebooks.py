"""Do the chapters run? Every solution passes on real Docker, twice, and on processes; a learner's fails at its
exercises only."""

import ast
import importlib
import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from helpers import no_docker, no_processes, not_run

from mini_k8s.runtimes.clusters import find_clusters
from mini_k8s.runtimes.engine import Engine
from mini_k8s.workshop import check_notebook, outline, weave
from mini_k8s.workshop.folder import Folder

TOP = Path(__file__).resolve().parent.parent
SANITIZE = TOP / "tests" / "nbval_sanitize.cfg"
SOLUTIONS = sorted((TOP / "solutions").glob("*.ipynb"))
CHAPTERS = sorted((TOP / "chapters").glob("*.ipynb"))


def code_cells(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def left_of(folder):
    return [cluster.name for cluster in find_clusters(Engine()) if cluster.owner == folder.owner]


def failures(rows):
    return {row["cell"]: row["why"] for row in rows if not row["passed"]}


def run_twice(notebook, folder):
    """The rows of both runs. In between, nothing may be left."""
    rows = check_notebook.run(notebook, folder, SANITIZE)
    left = left_of(folder)
    assert left == [], (folder.data / "check.log").read_text()
    return rows, check_notebook.run(notebook, folder, SANITIZE)


RUN = {
    "test_a_solution_runs_twice_and_leaves_nothing_behind": run_twice,
    "test_a_solution_runs_on_processes":
        lambda notebook, folder: check_notebook.run(notebook, folder, SANITIZE, runtime="process"),
    "test_a_solution_runs_where_nothing_really_runs":
        lambda notebook, folder: check_notebook.run(notebook, folder, SANITIZE, runtime="simulated"),
    "test_an_untouched_chapter_fails_exactly_at_its_exercises": check_notebook.run,
}


@pytest.fixture(scope="module")
def begun(request, tmp_path_factory):
    """The runs that the tests ask for, all at once, since a chapter mostly waits: test -> (folder, future rows)."""
    if not no_docker():
        request.getfixturevalue("engine")
    begun = {}
    with ThreadPoolExecutor(8, "chapter") as hands:
        for item in request.session.items:
            wanted = set(getattr(item, "fixturenames", ()))
            if "begun" in wanted and not (no_docker() and "engine" in wanted):
                notebook = item.callspec.params["notebook"]
                folder = Folder(tmp_path_factory.mktemp(notebook.stem) / "mine")
                begun[item.nodeid] = folder, hands.submit(RUN[item.originalname], notebook, folder)
        yield begun


@pytest.fixture
def ran(request, begun):
    """(folder, rows) of this test's run."""
    folder, rows = begun[request.node.nodeid]
    return folder, rows.result()


@pytest.mark.parametrize("notebook", SOLUTIONS, ids=lambda path: path.stem)
def test_a_solution_runs_twice_and_leaves_nothing_behind(notebook, engine, ran):
    """Restart-and-run-all, and again: every cell passes, and the engine has nothing of it afterwards."""
    folder, runs = ran
    for rows in runs:
        assert failures(rows) == {}, (folder.data / "check.log").read_text()
        assert len(rows) == len(code_cells(notebook)), "some cells were not run"
    assert left_of(folder) == []
    assert folder.parts() == {}, "a run by a machine keeps nothing"


@pytest.mark.parametrize("notebook", SOLUTIONS, ids=lambda path: path.stem)
def test_a_solution_runs_on_processes(notebook, ran):
    """Without an engine and without permission the same cells run, and what runs is real."""
    if no_processes():
        not_run("process", no_processes())
    folder, rows = ran
    assert failures(rows) == {}, (folder.data / "check.log").read_text()
    assert len(rows) == len(code_cells(notebook)), "some cells were not run"


@pytest.mark.parametrize("notebook", SOLUTIONS, ids=lambda path: path.stem)
def test_a_solution_runs_where_nothing_really_runs(notebook, ran):
    """Without an engine the same cells tell the same story."""
    folder, rows = ran
    assert failures(rows) == {}, (folder.data / "check.log").read_text()
    assert len(rows) == len(code_cells(notebook)), "some cells were not run"


@pytest.mark.parametrize("notebook", CHAPTERS, ids=lambda path: path.stem)
def test_an_untouched_chapter_fails_exactly_at_its_exercises(notebook, engine, ran):
    """What is not built yet is the only thing that does not run. A stretch that nobody began stops nobody."""
    folder, rows = ran
    builds = {n: target for n, target in enumerate(outline.build_lines(notebook)) if target}
    stretch = [n for n, target in builds.items() if outline.is_stretch(target)]
    assert sorted(failures(rows)) == [n for n in builds if n not in stretch], failures(rows)
    assert [row["cell"] for row in rows if row["skipped"]] == stretch
    assert len(rows) == len(code_cells(notebook)), "some cells were not run"
    assert left_of(folder) == []


def test_the_notebooks_are_woven_from_what_is_here():
    """Run `make weave` when this fails."""
    assert [path.relative_to(TOP).as_posix() for path in weave.weave(TOP, check=True)] == []


def test_a_stale_notebook_is_noticed(tmp_path):
    """The check is worth something only if it can fail."""
    for name in ("chapters", "solutions"):
        shutil.copytree(TOP / name, tmp_path / name)
    source = min((tmp_path / "chapters" / "source").glob("*.md"))
    source.write_text(source.read_text() + "\nOne more line.\n")
    stale = [path.relative_to(tmp_path).as_posix() for path in weave.weave(tmp_path, check=True)]
    assert stale == [f"chapters/{source.stem}.ipynb", f"solutions/{source.stem}.ipynb"]


def test_what_is_compared_has_something_to_compare_with():
    """nbval passes over a cell that was saved without its output, tagged or not."""
    for notebook in SOLUTIONS:
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            if "nbval-check-output" in cell["metadata"].get("tags", []):
                assert cell["outputs"], f"{notebook.name}: write an {{output}} fence below {''.join(cell['source'])!r}"


@pytest.mark.parametrize("notebook", SOLUTIONS, ids=lambda path: path.stem)
def test_of_what_is_predicted_one_option_comes_true(notebook):
    """What a cell does not say itself, the chapter's workbench knows: exactly one of the options it was asked with."""
    lab = importlib.import_module(f"mini_k8s.workshop.labs.chapter_{notebook.name[:2]}").Lab
    options = ()
    for source in code_cells(notebook):
        for asked in ast.walk(ast.parse(re.sub(r"^%%build.*", "", source))):
            match asked:
                case ast.Call(func=ast.Attribute(attr="predict"), args=args):
                    options = tuple(map(ast.literal_eval, args))
                case ast.Call(func=ast.Attribute(attr="predicted"), args=[]):
                    assert len([option for option in options if option in lab.outcomes]) == 1, options

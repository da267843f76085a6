"""The house rules that a machine can hold: the ladder, what an import costs, style, tables, the wheel."""

import ast
import contextlib
import importlib.metadata
import io
import json
import os
import re
import subprocess
import sys
import tokenize
import tomllib
import zipfile
from pathlib import Path

import pytest
import wheels

from mini_k8s import ladder
from mini_k8s.workshop import tables

TOP = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))

CONTRACT = """
[importlinter]
root_package = mini_k8s
include_external_packages = True

[importlinter:contract:ladder]
name = A rung imports only from rungs below it
type = layers
containers = mini_k8s
layers =
{layers}
exhaustive = true
exhaustive_ignores =
    __main__

[importlinter:contract:learning]
name = What runs in production does not know that it is taught
type = forbidden
source_modules =
{core}
forbidden_modules =
    IPython
    anywidget
    ipywidgets
    traitlets
    jupyterlab
    pytest
"""


def tracked():
    """The files that git knows; where git cannot say, all that are not made by running things."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        listed = subprocess.run(["git", "ls-files"], cwd=TOP, capture_output=True, text=True, check=True)
        return [path for path in (TOP / name for name in listed.stdout.splitlines()) if path.is_file()]
    made = {".git", ".venv", "my_mini_k8s", "dist", "build", "__pycache__"}
    made |= {".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"}
    return [path for path in TOP.rglob("*") if path.is_file() and not made & set(path.relative_to(TOP).parts)]


def loaded_by(code):
    """The modules that a fresh interpreter has loaded after ``code``."""
    done = subprocess.run([sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], cwd=TOP, text=True,
                          capture_output=True, check=True)
    return set(done.stdout.split())


def lint(text, tmp_path):
    config = tmp_path / "contracts.ini"
    config.write_text(text)
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()",
               "--config", str(config), "--no-cache"]
    environment = os.environ | {"PYTHONPATH": str(TOP)}
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, env=environment)


def contract(rungs):
    names = [rung.module.removeprefix("mini_k8s.") for rung in rungs]
    workshop = ("widgets", "workshop", "commands", "cli")
    return CONTRACT.format(layers="\n".join(f"    {name}" for name in reversed(names)),
                           core="\n".join(f"    mini_k8s.{name}" for name in names if name not in workshop))


def test_a_rung_imports_only_from_rungs_below_it(tmp_path):
    """And every module has its rung: the ladder is the whole package."""
    done = lint(contract(ladder.RUNGS), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_upward_import_would_be_noticed(tmp_path):
    """The same rule over a ladder that stands on its head."""
    done = lint(contract(ladder.RUNGS[::-1]), tmp_path)
    assert done.returncode == 1
    assert "is not allowed to import" in done.stdout


@pytest.mark.parametrize("module", ["mini_k8s", "mini_k8s.control_loop", "mini_k8s.ladder"])
def test_the_first_rungs_cost_nothing_to_import(module):
    heavy = {"docker", "yaml", "IPython", "anywidget", "ipywidgets", "traitlets", "nbformat", "requests", "asyncio"}
    assert loaded_by(f"import {module}") & heavy == set()


def test_the_workshop_does_not_import_what_is_slow():
    """`import nbformat` takes seconds, and a kernel imports this before its first cell ends."""
    loaded = loaded_by("import mini_k8s.cli; from mini_k8s.workshop import folder, copies, outline, learn, weave")
    assert loaded & {"nbformat", "jupytext", "jupyterlab", "docker", "pytest", "nbval"} == set()


def test_the_chapters_files_are_named_as_the_ladder_names_them():
    stems = {chapter.stem for chapter in ladder.CHAPTERS}
    for folder, kind in (("chapters/source", "md"), ("chapters", "ipynb"), ("solutions", "ipynb")):
        for path in (TOP / folder).glob(f"*.{kind}"):
            assert path.stem in stems, path
    assert len({chapter.number for chapter in ladder.CHAPTERS}) == len(ladder.CHAPTERS)


def test_every_rung_is_there():
    for rung in ladder.RUNGS:
        path = TOP / rung.module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__init__.py").exists(), rung.module


def test_the_readme_tables_are_up_to_date():
    """Run `make weave` when this fails."""
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    assert tables.refresh(readme, TOP) == readme


def test_what_the_readme_shows_and_links_is_there():
    for name in ("README.md", "chapters/README.md"):
        text = re.sub(r"^(`{3,}).*?^\1", "", (TOP / name).read_text(encoding="utf-8"), flags=re.S | re.M)
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert ((TOP / name).parent / link).exists(), f"{name} links to {link}"


def test_no_widget_writes_values_from_the_browser():
    """A value written while a cell awaits wedges its widget (ipykernel 7.4.0). A message is always heard."""
    for path in (TOP / "mini_k8s" / "widgets").glob("*.js"):
        assert "save_changes" not in path.read_text(encoding="utf-8"), path.name


def code_lines(path):
    """The lines of a file that do something: no docstrings, no comments, no blank ones."""
    source, lines = path.read_text(encoding="utf-8"), set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING):
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            lines.difference_update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


def test_what_chapters_open_stays_small():
    """A learner reads it in an afternoon: no file over 300 lines, and all of them together at most 1,500 of code."""
    written = [int(path.name[:2]) for path in (TOP / "chapters").glob("*.ipynb")]
    opened = [path for rung in ladder.RUNGS if rung.chapter in written
              if (path := TOP / (rung.module.replace(".", "/") + ".py")).exists()]
    assert {path.name: lines for path in opened
            if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 300} == {}
    assert 0 < sum(map(code_lines, opened)) <= 1500


def test_style():
    """`make lint` shows the same."""
    ruff = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", "."], cwd=TOP, capture_output=True,
                          text=True)
    assert ruff.returncode == 0, ruff.stdout


def test_dependencies_stay_few():
    assert len(PROJECT["project"]["dependencies"]) <= 4
    assert {"lab", "test", "dev"} <= set(PROJECT["project"]["optional-dependencies"])


def test_the_top_level_holds_only_what_belongs_there():
    allowed = {"README.md", "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml",
               "binder", "chapters", "mini_k8s", "solutions", "tests"}
    names = {path.relative_to(TOP).parts[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} <= allowed


def test_no_file_names_a_place_on_somebodys_machine():
    """What works only here works nowhere else."""
    place = re.compile(r"/(?:home|Users)/\w[\w.-]*/|/(?:root|work)/|[A-Z]:\\Users\\")
    for path in tracked():
        if path.suffix == ".png" or path.parts[len(TOP.parts)] == "tests":  # tests invent places
            continue
        found = place.search(path.read_text(encoding="utf-8"))
        assert found is None, f"{path.relative_to(TOP)} names {found[0]}"


def test_no_notebook_carries_an_output_of_somebodys_run():
    for path in (TOP / "chapters").glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert '"outputs": []' in text
        assert '"output_type"' not in text
        assert '"widgets"' not in text


def test_no_line_of_a_notebooks_code_is_cut_at_the_edge():
    """A cell does not wrap. This much is seen beside JupyterLab's file browser on a laptop."""
    for path in (*(TOP / "chapters").glob("*.ipynb"), *(TOP / "solutions").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                assert [line for line in "".join(cell["source"]).splitlines() if len(line) > 96] == []


def test_a_chapter_demands_in_words():
    """A bare ``assert`` in a cell says neither what is wrong nor what to do."""
    for path in (TOP / "chapters" / "source").glob("*.md"):
        assert not re.findall(r"^\s*assert\b.*", path.read_text(encoding="utf-8"), re.M), path.name


def test_a_wheel_carries_all_that_a_learner_needs(tmp_path):
    """Chapters, solutions, pictures, and what the browser loads: a clone is not needed to begin."""
    wheel = wheels.build(tmp_path)
    names = zipfile.ZipFile(wheel).namelist()
    for path in [p for kind in ("*.js", "*.css") for p in (TOP / "mini_k8s").rglob(kind)]:
        assert path.relative_to(TOP).as_posix() in names
    for path in [*(TOP / "chapters").glob("*.ipynb"), *(TOP / "solutions").glob("*.ipynb"),
                 *(TOP / "chapters" / "images").glob("[0-9]*")]:
        assert f"mini_k8s/{path.relative_to(TOP).as_posix()}" in names
    assert [name for name in names if re.search(r"__pycache__|^tests|/source/|\.md$|/images/[a-z]", name)] == []
    assert wheel.stat().st_size < 1_000_000


def test_the_version_is_written_once():
    from mini_k8s import __version__
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert importlib.metadata.metadata("mini_k8s")["Requires-Python"] == ">=3.11"

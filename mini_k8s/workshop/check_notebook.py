"""Does the learner's own notebook run from top to bottom? ``mini-k8s check 2``: a copy, under nbval, a row a step.

A copy, in a place of its own, so that neither its outputs nor what it builds touches the learner's work.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from mini_k8s.errors import BadRequest, Invalid, StatusError
from mini_k8s.workshop.copies import find_chapter
from mini_k8s.workshop.folder import ENVIRONMENT, Folder
from mini_k8s.workshop.learn import check_installed
from mini_k8s.workshop.outline import where_to_go_on
from mini_k8s.workshop.pytest_plugin import CELLS

CELL_SECONDS = 120  # a cell that takes longer has failed
WORDS = {True: "ok", False: "not yet", None: "not run"}


class Step(NamedTuple):
    """A stretch of a chapter: a heading, and the numbers of the code cells below it."""

    title: str
    cells: list[int]


def check(chapter: str | int | None = None) -> int:
    """Run the learner's copy of a chapter (None: the one to go on with), print a row a step; 0 when all is well.

    Raises NotFound without a folder or a chapter, Invalid when the file is no notebook.
    """
    check_installed(also=("nbval", "pytest"))
    folder = Folder.require()
    notebook = where_to_go_on(folder) if chapter is None else find_chapter(folder.path, str(chapter))
    if notebook is None:
        raise BadRequest(f"there are no chapters in {folder.path}. `mini-k8s learn` brings them in.")
    steps = steps_of(notebook)
    print(f"{notebook.stem}: your notebook, from top to bottom. This takes a minute or two.", flush=True)
    with elsewhere(folder) as copy:
        outcomes = {row["cell"]: row for row in run(notebook, copy)}
    good = bool(outcomes)
    for step in steps:
        rows = [outcomes.get(number) for number in step.cells]
        failed = next((row for row in rows if row and not row["passed"]), None)
        state = False if failed else None if None in rows else True
        good = good and state is True
        print(f"  {WORDS[state]:<8} {step.title}")
        if failed:
            print(f"  {'':<8}   {failed['why'][:200]}")
    if not outcomes:
        print(f"No cell ran. Open the notebook and run it by hand; the reason shows there: {notebook}")
    return 0 if good else 1


def run(notebook: Path, folder: Folder, sanitize: Path | None = None) -> list[dict]:
    """Run a copy of the notebook under nbval in ``folder``; {"cell", "passed", "why"} for each code cell reached."""
    copy, rows, jupyter = folder.path / notebook.name, folder.data / "cells.jsonl", folder.data / "jupyter"
    if copy != notebook:
        shutil.copyfile(notebook, copy)
    rows.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "nbval.plugin", "-p", "mini_k8s.workshop.pytest_plugin",
               "-p", "no:cacheprovider", "--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={CELL_SECONDS}",
               *(["--nbval-sanitize-with", str(sanitize)] if sanitize else []),
               "--rootdir", str(folder.path), "-c", os.devnull, str(copy)]
    environment = os.environ | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", CELLS: str(rows), ENVIRONMENT: str(folder.path),
        "IPYTHONDIR": str(jupyter / "ipython"), "JUPYTER_RUNTIME_DIR": str(jupyter / "runtime"),
        "JUPYTER_DATA_DIR": str(jupyter / "data"), "JUPYTER_CONFIG_DIR": str(jupyter / "config")}
    with (folder.data / "check.log").open("wb") as log:
        subprocess.run(command, cwd=folder.path, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    return [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()] if rows.exists() else []


@contextmanager
def elsewhere(folder: Folder) -> Iterator[Folder]:
    """A folder for one run, with the learner's parts and an owner's id of its own, so that a workshop that is open
    meanwhile is not disturbed. What was started from it is removed at the end, also when a kernel died."""
    with tempfile.TemporaryDirectory(prefix="mini-k8s-check-", ignore_cleanup_errors=True) as place:
        copy = Folder(Path(place, "folder"))
        if (folder.path / "parts").is_dir():
            shutil.copytree(folder.path / "parts", copy.path / "parts")
        try:
            yield copy
        finally:
            with suppress(StatusError):  # no engine: nothing of ours on it
                _remove_all_of(copy.owner)


def _remove_all_of(owner: str) -> None:
    from mini_k8s.runtimes.clusters import find_clusters, remove_cluster
    from mini_k8s.runtimes.engine import Engine

    engine = Engine()
    for cluster in find_clusters(engine):
        if cluster.owner == owner:
            remove_cluster(engine, cluster.name)


def steps_of(notebook: Path) -> list[Step]:
    """The steps of a notebook, each with the code cells that belong to it. Raises Invalid when it is no notebook."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        kinds = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Invalid(f"{notebook} is no notebook ({error}). `mini-k8s reset {notebook.stem}` gives you a new copy "
                      "and keeps this one beside it.") from error
    return [step for step in _steps(kinds) if step.cells]


def _steps(kinds: list[tuple[str, str]]) -> Iterator[Step]:
    step, number = Step("The beginning", []), 0
    for kind, source in kinds:
        title = _title(source) if kind == "markdown" else None
        if title:
            yield step
            step = Step(title, [])
        if kind == "code":
            step.cells.append(number)
            number += 1
    yield step


def _title(markdown: str) -> str | None:
    """The heading, or the words in bold, that a piece of text begins with."""
    found = re.search(r"^#+ +(.+)$|^\*\*(.+?)\*\*", markdown.strip(), re.M)
    return (found[1] or found[2]).replace("`", "").rstrip(".") if found else None

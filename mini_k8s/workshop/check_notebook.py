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
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, NamedTuple

from mini_k8s.errors import BadRequest, ServiceUnavailable, StatusError
from mini_k8s.workshop import choices, outline
from mini_k8s.workshop.copies import find_chapter, read_cells
from mini_k8s.workshop.exercises import TARGETS
from mini_k8s.workshop.files import write_json
from mini_k8s.workshop.folder import ENVIRONMENT, Folder
from mini_k8s.workshop.learn import check_installed
from mini_k8s.workshop.pytest_plugin import CELLS

CELL_SECONDS = 120  # a cell that takes longer has failed
WORDS = {True: "ok", False: "not yet", None: "not run", "skipped": "skipped"}


class Step(NamedTuple):
    """A stretch of a chapter: how it begins, and its code cells: number and source of each."""

    title: str
    cells: list[tuple[int, str]]


class Held(NamedTuple):
    """What became of a step. ``good`` is None when it was not run to its end, and "skipped" where ours stood in."""

    step: Step
    good: bool | Literal["skipped"] | None
    lines: tuple[str, ...] = ()  # the reason, and what to do next


def check(chapter: str | int | None = None) -> int:
    """Run the learner's copy of a chapter (None: the one to go on with), print a row a step; 0 when all is well.

    Raises NotFound without a folder or a chapter, Invalid when the file is no notebook, ServiceUnavailable when no
    cell could be run.
    """
    check_installed(also=("nbval", "pytest"))
    folder = Folder.require()
    notebook = outline.where_to_go_on(folder) if chapter is None else find_chapter(folder.path, str(chapter))
    if notebook is None:
        raise BadRequest(f"there are no chapters in {folder.path}. `mini-k8s learn` brings them in.")
    steps = steps_of(notebook)
    print(f"{notebook.stem}: your notebook, from top to bottom, in a copy. This takes a minute or two.", flush=True)
    with elsewhere(folder) as copy:
        outcomes = {row["cell"]: row for row in run(notebook, copy)}
        log = (copy.data / "check.log").read_text(encoding="utf-8", errors="replace")
    if not outcomes:
        raise ServiceUnavailable(f"no cell of {notebook} was run. Run its first cell in the notebook: the reason shows "
                                 f"there. The last words of what should have run it:\n{_end_of(log)}")
    asked = outline.exercises(notebook)
    lacking = {a.number: outline.where_it_belongs(a.number, a.target) for a in asked
               if not a.here and not outline.is_stretch(a.target)}
    held = [_held(step, outcomes, lacking.pop(step.title.split()[0], None)) for step in steps]
    held += [Held(Step(f"{number} is not in the notebook", []), False, (do,)) for number, do in lacking.items()]
    for step, good, lines in held:
        print("\n".join([f"  {WORDS[good]:<8} {step.title}", *(f"  {'':<8}   {line}" for line in lines)]))
    print(_summary(held))
    built = {TARGETS.get(build, build): outcomes[number]["passed"]
             for number, build in enumerate(outline.build_lines(notebook))
             if number in outcomes and not outcomes[number]["skipped"]}
    _compare(asked, built, set(folder.parts()))
    return 0 if all(h.good for h in held) else 1


def _compare(asked: list[outline.Asked], built: dict[str | None, bool], kept: set[str]) -> None:
    """Say where this run and ``mini-k8s progress`` must differ, and why: a run keeps nothing and takes nothing back."""
    for number, target, here in asked:
        good = built.get(target) if here else False  # None: its cell was not reached
        if good and target not in kept:
            print(f"{number} is right, and a check keeps nothing: run its cell in the notebook, and it is your part.")
        elif good is False and target in kept:
            print(f"{number} passed before, and that part still runs. Its cell in the notebook holds something else.")


def _held(step: Step, outcomes: dict[int, dict], lacks: str | None) -> Held:
    if lacks:
        return Held(step, False, (lacks,))
    rows = [(outcomes.get(number), source) for number, source in step.cells]
    failed = next(((row["why"], source) for row, source in rows if row and not row["passed"]), None)
    if failed:
        return Held(step, False, tuple(_reason(*failed)))
    if any(row is None for row, _ in rows):
        return Held(step, None)
    if any(row["skipped"] for row, _ in rows):
        return Held(step, "skipped", ("Ours ran here. To do it, run its cell in the notebook; what passes is yours.",))
    return Held(step, True)


def _reason(why: str, source: str) -> Iterator[str]:
    """Why a cell failed, and the one next step: the verdict's own, else to run that cell by hand."""
    headline, *more = why.splitlines() or ["it failed, and nothing was said"]
    yield headline[:200]
    told = [line for label in ("likely", "next") for line in _labelled(label, more)]
    yield from told
    if not told:
        yield f"{'next':<10} Run it in the notebook: the cell that begins with {_first_line(source)!r}"


def _labelled(label: str, lines: list[str]) -> Iterator[str]:
    """A row of a verdict's message: the line that begins with its label, and those below that belong to it."""
    inside = False
    for line in lines:
        inside = line[:10].strip() == label or (inside and not line[:10].strip())
        if inside:
            yield line


def _summary(held: list[Held]) -> str:
    good = sum(h.good is True for h in held)
    skipped = sum(h.good == "skipped" for h in held)
    first = next((f" Next: {h.step.title}" for h in held if not h.good), "")
    return f"{good} of {len(held)} steps hold{f', and {skipped} skipped' if skipped else ''}.{first}"


def run(notebook: Path, folder: Folder, compare: Path | None = None, runtime: str | None = None) -> list[dict]:
    """Run a copy of the notebook under nbval in ``folder``; {"cell", "passed", "why", "skipped"} for each code cell
    reached.

    ``runtime`` is what MINI_K8S_RUNTIME is there; None: as it is here.

    ``compare``, a file of nbval's rules for what may differ: outputs that are tagged so must come as they were saved.
    A learner's are not compared: they come from whatever was run last, in whichever order.
    """
    copy, rows, jupyter = folder.path / notebook.name, folder.data / "cells.jsonl", folder.data / "jupyter"
    if not compare:
        write_json(copy, _without_outputs(notebook))
    elif copy != notebook:
        shutil.copyfile(notebook, copy)
    rows.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "nbval.plugin", "-p", "mini_k8s.workshop.pytest_plugin",
               "-p", "no:cacheprovider", "--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={CELL_SECONDS}",
               *(["--nbval-sanitize-with", str(compare)] if compare else []),
               "--rootdir", str(folder.path), "-c", os.devnull, str(copy)]
    environment = os.environ | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", CELLS: str(rows), ENVIRONMENT: str(folder.path),
        "IPYTHONDIR": str(jupyter / "ipython"), "JUPYTER_RUNTIME_DIR": str(jupyter / "runtime"),
        "JUPYTER_DATA_DIR": str(jupyter / "data"), "JUPYTER_CONFIG_DIR": str(jupyter / "config")}
    if runtime is not None:
        environment["MINI_K8S_RUNTIME"] = runtime
    with (folder.data / "check.log").open("wb") as log:
        subprocess.run(command, cwd=folder.path, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    return [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()] if rows.exists() else []


def _without_outputs(notebook: Path) -> dict:
    whole = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in whole["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
            tags = cell["metadata"].get("tags", [])  # a solution's ask nbval to compare what is not there any more
            cell["metadata"]["tags"] = [tag for tag in tags if tag != "nbval-check-output"]
    return whole


@contextmanager
def elsewhere(folder: Folder) -> Iterator[Folder]:
    """A folder for one run, with the learner's parts and an owner's id of its own, so that a workshop that is open
    meanwhile is not disturbed. What was started from it is removed at the end, also when a kernel died."""
    with tempfile.TemporaryDirectory(prefix="mini-k8s-check-", ignore_cleanup_errors=True) as place:
        copy = Folder(Path(place, "folder"))
        if (folder.path / "parts").is_dir():
            shutil.copytree(folder.path / "parts", copy.path / "parts")
        choices.copy(folder, copy)
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
    return [step for step in _steps(read_cells(notebook)) if step.cells]


def _steps(cells: list[tuple[str, str]]) -> Iterator[Step]:
    step, number = Step("The beginning", []), 0
    for kind, source in cells:
        title = _title(source) if kind == "markdown" else None
        if title:
            yield step
            step = Step(title, [])
        if kind == "code":
            step.cells.append((number, source))
            number += 1
    yield step


def _title(markdown: str) -> str | None:
    """The heading in a piece of text, or the beginning of the paragraph in it that begins in bold."""
    found = re.search(r"^#+ +(.+)$|^(\*\*.+)$", markdown.strip(), re.M)
    return textwrap.shorten(re.sub(r"[*`]", "", found[1] or found[2]), 72, placeholder=" …") if found else None


def _end_of(log: str) -> str:
    return "\n".join(log.rstrip().splitlines()[-5:]) or "(nothing)"


def _first_line(source: str) -> str:
    return next((line.strip() for line in source.splitlines() if line.strip()), "")

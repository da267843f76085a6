"""Does the suite itself run where there is no Docker and nobody is root? A part of it, really run as nobody."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import unprivileged
from helpers import no_processes, not_run

TOP = Path(__file__).resolve().parent.parent
CHOSEN = ("test_01_runtimes.py", "test_commands_images.py")  # what meets an engine first


@pytest.fixture(scope="module")
def said():
    """What pytest said, as nobody, in a clone of nobody's, with no engine to speak to."""
    if why := unprivileged.cannot() or no_processes():
        not_run("unprivileged", why)
    with unprivileged.a_place() as place:
        python = unprivileged.python_of_its_own(place / "python")
        for name in ("mini_k8s", "tests", "chapters", "solutions"):
            shutil.copytree(TOP / name, place / "clone" / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copyfile(TOP / "pyproject.toml", place / "clone" / "pyproject.toml")
        (place / "home").mkdir()
        unprivileged.give_away(place)
        done = subprocess.run(
            [*unprivileged.become(), str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
             *(f"tests/{name}" for name in CHOSEN)],
            cwd=place / "clone", capture_output=True, text=True, timeout=600,
            env=unprivileged.environment(place / "home", PYTHONPATH=str(place / "clone"), TMPDIR=str(place / "home")))
    return done.returncode, done.stdout + done.stderr


def test_what_can_run_passes(said):
    """Processes need no permission, and what needs Docker or root is left out, not failed."""
    code, text = said
    assert code == 0, text[-5000:]
    assert int(re.search(r"(\d+) passed", text)[1]) > 50


def test_what_was_left_out_is_said_last_with_its_reason(said):
    assert re.search(r"Not run: \d+ in .*test_commands_images\.py.*, because docker: no engine answers", said[1])

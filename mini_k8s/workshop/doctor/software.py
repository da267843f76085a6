"""Are Python and Jupyter the right ones?"""

import importlib.metadata
import re
import shutil
import sys
from pathlib import Path

from mini_k8s.errors import NotFound
from mini_k8s.workshop import installed, learn
from mini_k8s.workshop.doctor.row import Row

OLDEST, NEWEST = (3, 11), (3, 13)  # the versions of Python that the tests run on
FLOORS = {"jupyterlab": (4, 4), "ipykernel": (7, 4), "anywidget": (0, 9, 13), "ipywidgets": (8, 1)}  # pyproject.toml's


def python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> Row:
    """A newer Python than was tried is worth a word, no more."""
    said = ".".join(map(str, version))
    if OLDEST <= version[:2] <= NEWEST:
        return Row("ok", "Python", f"{said}, {sys.executable}")
    others = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    other = next((name for name in others if shutil.which(name)), "")
    do = f"{other} -m venv .venv" if other else "https://www.python.org/downloads/"
    if version[:2] > NEWEST:
        return Row("warn", "Python", f"{said} is newer than any that was tried: 3.11, 3.12 and 3.13", do)
    return Row("fail", "Python", f"{said} is too old: the workshop needs 3.11, 3.12 or 3.13", do)


def jupyter() -> Row:
    """JupyterLab and what its pages need, installed and not too old."""
    try:
        learn.check_installed()
    except NotFound as error:
        return Row("fail", "Jupyter", str(error).partition(". ")[0], installed.command())
    have = {name: importlib.metadata.version(name) for name in FLOORS}
    found = ", ".join(f"{name} {version}" for name, version in have.items())
    old = [name for name, floor in FLOORS.items() if _numbers(have[name]) < floor]
    if not old:
        return Row("ok", "Jupyter", found)
    wanted = " ".join(f'"{name}>={".".join(map(str, FLOORS[name]))}"' for name in old)
    trouble = "; before ipykernel 7.4 a cell can wait for ever" if "ipykernel" in old else ""
    return Row("warn", "Jupyter", f"{found}: too old is {', '.join(old)}{trouble}",
               f"{Path(sys.executable).name} -m pip install {wanted}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.match(r"[\d.]*\d", version + ".0")[0].split("."))

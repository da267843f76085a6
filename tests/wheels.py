"""What tests of an installed kit need: a wheel of this clone or of an earlier one, and a place to install it."""

import functools
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).resolve().parent.parent
PARTS = ("pyproject.toml", "README.md", "LICENSE", "mini_k8s", "chapters", "solutions")


class Installed(NamedTuple):
    """An environment of its own with a wheel in it."""

    place: Path

    @property
    def bin(self) -> Path:
        return self.place / ("Scripts" if os.name == "nt" else "bin")

    @property
    def package(self) -> Path:
        return Path(sysconfig.get_path("purelib", vars={"base": str(self.place)})) / "mini_k8s"

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of the clone, and no program but those of the environment: no dot, no docker."""
        return {"PATH": str(self.bin), "HOME": str(self.place), "BROWSER": "none", **more}


def build(into: Path, top: Path = TOP) -> Path:
    """A wheel of what lies in ``top``, made from a copy, so that nothing of the clone is written to."""
    copy = into / "clone"
    copy.mkdir(parents=True)
    for name in PARTS:
        source = top / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, copy / name)
    return _build(copy, into)


def build_earlier(commit: str, version: str, into: Path) -> Path | None:
    """A wheel of an earlier commit under another version; None where git does not have it."""
    copy = into / "clone"
    copy.mkdir(parents=True)
    archive = into / "clone.tar"
    with archive.open("wb") as out:
        done = subprocess.run(["git", "archive", commit, *PARTS], cwd=TOP, stdout=out, stderr=subprocess.DEVNULL)
    if done.returncode:
        return None
    shutil.unpack_archive(archive, copy)
    path = copy / "mini_k8s" / "__init__.py"
    path.write_text(re.sub(r'__version__ = ".*"', f'__version__ = "{version}"', path.read_text()))
    return _build(copy, into)


def install(wheel: Path, place: Path, libraries: bool = True) -> Installed:
    """Install the wheel, and nothing else, without a network.

    ``libraries``: what it depends on is lent by the environment of the tests.
    """
    venv.create(place, with_pip=True)
    made = Installed(place)
    subprocess.run([made.bin / "python", "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True,
                   env=made.environment(), capture_output=True)
    if libraries:
        (made.package.parent / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return made


@functools.cache
def no_venv() -> str:
    """Why no environment with pip can be made here; empty when one can."""
    done = subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True, text=True)
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


def _build(clone: Path, into: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    subprocess.run(command, cwd=clone, check=True, capture_output=True)
    return next(into.glob("*.whl"))

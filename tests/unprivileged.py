"""How is something run by a user who may do nothing? As nobody, in a place of its own, with no engine to speak to."""

import functools
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534
NO_ENGINE = "unix:///nonexistent/docker.sock"


def become() -> list[str]:
    """The beginning of a command line that makes root nobody. Whoever is not root may do nothing already."""
    ids = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs", "--"]
    return ["setpriv", *ids] if os.geteuid() == 0 else []


@functools.cache
def base_python() -> str | None:
    """A Python like ours that nobody may run and make environments with: ours, or else the system's. None: neither."""
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        return None
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for python in (os.path.realpath(sys._base_executable), shutil.which(f"python{version}", path=os.defpath)):
        # by way of a shell: what setpriv itself starts, it may still open as root
        if python and _may(f"exec {shlex.quote(python)} -c 'import ensurepip, venv'"):
            return python
    return None


def cannot() -> str:
    """Why nothing can be run as nobody here; empty when it can."""
    return "" if base_python() else (f"the user nobody can run neither {sys._base_executable} nor another Python of "
                                     "that version with venv, or setpriv is missing (Debian: python3-venv, util-linux)")


@contextmanager
def a_place():
    """A folder that nobody can get to, gone afterwards. pytest's own are for their owner only."""
    place = Path(tempfile.mkdtemp(prefix="mini-k8s-nobody-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place)


def environment(home: Path, **more: str) -> dict[str, str]:
    """A bare environment: a home, the programs of a fresh system, no engine."""
    return {"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", "DOCKER_HOST": NO_ENGINE, **more}


def give_away(place: Path) -> None:
    """All that lies in ``place`` is nobody's from now on."""
    if os.geteuid() == 0:
        for path in (place, *place.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def python_of_its_own(place: Path) -> Path:
    """A fresh environment with pip, to which ours lends its libraries; its Python."""
    subprocess.run([base_python(), "-m", "venv", place], check=True, capture_output=True)
    made = Path(sysconfig.get_path("purelib", vars={"base": str(place)}))
    (made / "lent.pth").write_text(f"{_libraries(place)}\n")
    return place / "bin" / "python"


def _libraries(place: Path) -> Path:
    """Our installed libraries, where nobody may read them too: as they are, or else copied into ``place``."""
    ours = Path(sysconfig.get_path("purelib"))
    return ours if _may(shlex.join(["ls", str(ours)])) else shutil.copytree(ours, place / "lent")


def _may(command: str) -> bool:
    """May nobody do that?"""
    return subprocess.run([*become(), "sh", "-c", command], capture_output=True).returncode == 0

"""How is something run by a user who may do nothing? As nobody, in a place of its own, with no engine to speak to."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534
NO_ENGINE = "unix:///nonexistent/docker.sock"


def become() -> list[str]:
    """The beginning of a command line that makes root nobody. Whoever is not root may do nothing already."""
    ids = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs", "--"]
    return ["setpriv", *ids] if os.geteuid() == 0 else []


def cannot() -> str:
    """Why nothing can be run as nobody here; empty when it can."""
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        return "setpriv is not installed (Debian: util-linux)"
    python = sys._base_executable
    tried = subprocess.run([*become(), python, "-c", ""], capture_output=True, text=True)
    return f"nobody may not run {python}: {tried.stderr.strip()[-200:]}" if tried.returncode else ""


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
    venv.create(place, with_pip=True)
    made = Path(sysconfig.get_path("purelib", vars={"base": str(place)}))
    (made / "lent.pth").write_text(f"{libraries(place)}\n")
    return place / "bin" / "python"


def libraries(place: Path) -> Path:
    """Our installed libraries, where nobody may read them too: as they are, or else copied into ``place``."""
    ours = Path(sysconfig.get_path("purelib"))
    if not subprocess.run([*become(), "ls", str(ours)], capture_output=True).returncode:
        return ours
    return Path(shutil.copytree(ours, place / "lent", copy_function=_link))


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target

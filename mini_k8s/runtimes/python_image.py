"""How does Python get into an image where there is no registry? From this machine's own files.

The interpreter, the libraries that it and its modules are linked with, and the standard library without its tests: in
the image they lie where they lie here. ``ldd`` says which libraries those are. For Linux.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from pathlib import Path

_LEFT_OUT = {"__pycache__", "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "pydoc_data",
             "site-packages", "dist-packages", "distutils", "lib-tk"}
_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")


def why_not() -> str:
    """Why no image can be made of this machine's Python; empty where one can be."""
    if not sys.platform.startswith("linux"):
        return "this machine does not run Linux"
    return "" if _ldd() else "this machine has no ldd"


def interpreter() -> str:
    """Where the interpreter lies, here and in the image."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def put_into(tar: tarfile.TarFile) -> None:
    """Add Python to an image's files, all owned by root and with nothing of this machine but its programs."""
    program, library = Path(interpreter()), Path(sysconfig.get_path("stdlib"))
    modules = [path for path in _library(library) if path.is_file()]
    linked = sorted(_linked([program, *(path for path in modules if ".so" in path.suffixes)]))
    for path in (program, *linked, *modules):
        entry = tar.gettarinfo(str(path.resolve()), str(path).lstrip("/"))
        if not entry.isreg():
            continue
        entry.uid = entry.gid = entry.mtime = 0
        entry.uname = entry.gname = ""
        entry.mode = 0o755 if path == program or ".so" in path.suffixes else 0o644
        with path.open("rb") as file:
            tar.addfile(entry, file)


def home() -> str:
    """What PYTHONHOME has to be there."""
    return f"{sys.base_prefix}:{sys.base_exec_prefix}"


def _library(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and not name.startswith("config-"))
        yield from (Path(here, name) for name in sorted(files) if not name.endswith((".a", ".pyc")))


def _ldd() -> str:
    return shutil.which("ldd", path=f"{os.environ.get('PATH', '')}:/usr/bin:/bin") or ""


def _linked(programs: list[Path]) -> set[Path]:
    done = subprocess.run([_ldd(), *map(str, programs)], capture_output=True, text=True, check=False, timeout=60)
    return {Path(found) for found in _LIBRARY.findall(done.stdout)}

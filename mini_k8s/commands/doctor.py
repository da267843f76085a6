"""``mini-k8s doctor``: can this machine run the workshop, and if not, what is the one thing to do?"""

import argparse
import importlib.metadata
import json
import sys
from collections.abc import Iterator
from typing import Literal, NamedTuple

from mini_k8s.errors import NotFound, StatusError
from mini_k8s.runtimes import images
from mini_k8s.runtimes.engine import Engine
from mini_k8s.workshop import learn

OLDEST_API = (1, 40)  # Engine 19.03; older ones were never tried


class Row(NamedTuple):
    """One thing that was looked at, what was found, and what to do about it."""

    state: Literal["ok", "warn", "fail"]
    what: str
    found: str
    do: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the same, to be read by a program")


def main(args: argparse.Namespace) -> int:
    """Print the rows; 1 when one of them is a failure. Takes at most 3 s, also when the engine's socket hangs."""
    rows = list(examine(Engine(deadline=2.5)))
    if args.json:
        print(json.dumps([row._asdict() for row in rows], indent=2))
    else:
        for row in rows:
            print(f"{'[' + row.state + ']':6} {row.what}: {row.found}")
        worst = next((r for state in ("fail", "warn") for r in rows if r.state == state and r.do), None)
        print(f"\nNext: {worst.do}" if worst else "\nAll is well. Start: mini-k8s learn")
    return int(any(row.state == "fail" for row in rows))


def examine(engine: Engine) -> Iterator[Row]:
    """Look at Python, JupyterLab, the engine and the images; stop at what makes the rest unknowable."""
    yield Row("ok", "Python", ".".join(map(str, sys.version_info[:3])))
    yield _jupyterlab()
    try:
        yield Row("ok", "which engine", str(engine.where))
        version = engine.ping()
    except StatusError as error:
        said, _, do = str(error).partition(". ")
        yield Row("fail", "engine", f"{said}. Until one does, chapters run on simulated containers",
                  do or "mini-k8s doctor")
        return
    system = version.get("Os", "?")
    found = f"{version.get('Version', '?')}, API {version['ApiVersion']}, {system}/{version.get('Arch', '?')}"
    if system != "linux":
        yield Row("fail", "engine", f"{found}; it runs no Linux containers", "switch Docker Desktop to Linux ones")
        return
    old = tuple(map(int, version["ApiVersion"].split("."))) < OLDEST_API
    yield Row("warn" if old else "ok", "engine", found + ("; older than any that was tried" if old else ""),
              "install a newer Docker engine" if old else "")
    yield from _images(engine, version["Arch"])


def _jupyterlab() -> Row:
    try:
        learn.check_installed()
    except NotFound as error:
        said, _, do = str(error).partition(". ")
        return Row("fail", "JupyterLab", said, do)
    return Row("ok", "JupyterLab", importlib.metadata.version("jupyterlab"))


def _images(engine: Engine, arch: str) -> Iterator[Row]:
    missing = [name for name in images.CATALOGUE if not images.has_image(engine, name)]
    if not missing:
        yield Row("ok", "images", f"{', '.join(images.CATALOGUE)}")
        return
    program = images.host_busybox(arch)
    source = f"from {program}" if program else "from the engine" if images.has_image(engine, "busybox") else ""
    if source or images.BASE not in missing:
        yield Row("ok", "images", f"{len(missing)} of {len(images.CATALOGUE)} will be made when needed, "
                                  f"{source or 'from the base'}")
    else:
        yield Row("warn", "images", f"{', '.join(missing)} missing, and no static busybox here to make them from",
                  images.busybox_command())

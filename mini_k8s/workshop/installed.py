"""How was this package installed, and what is to be typed to have all that a learner needs?

From a clone, a wheel on the disk, a repository or an index: pip notes which (PEP 610), and what brings the rest is
another command each time.
"""

import importlib.metadata
import json
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mini_k8s.workshop import places


def command(extra: str = "lab") -> str:
    """The command that installs this very package with an extra, for the Python that runs now."""
    return f"{python()} -m pip install {_what(extra)}"


def python() -> str:
    """This Python as one types it: its bare name where the terminal finds this one under it."""
    here = Path(sys.executable)
    found = shutil.which(here.name)
    if found and Path(found).absolute() == here.absolute():
        return here.name
    return f'"{here}"' if " " in str(here) else str(here)


def _what(extra: str) -> str:
    clone = places.clone_dir()
    if clone:
        return f'-e "{clone}[{extra}]"' if Path.cwd() != clone else f'-e ".[{extra}]"'
    origin = _origin()
    place = _on_disk(origin)
    if place and os.path.exists(place):
        return f'"{place}[{extra}]"'
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        return f'"mini_k8s[{extra}] @ {vcs["vcs"]}+{origin["url"]}@{vcs["commit_id"]}"'
    if origin.get("url", "").startswith("https://"):
        return f'"mini_k8s[{extra}] @ {origin["url"]}"'
    return f'"mini_k8s[{extra}]"'


def _origin() -> dict:
    """What pip noted; empty for an index, or where nothing was noted."""
    try:
        noted = importlib.metadata.distribution("mini_k8s").read_text("direct_url.json")
        origin = json.loads(noted) if noted else {}
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return {}
    return origin if isinstance(origin, dict) else {}


def _on_disk(origin: dict) -> str:
    url = urlsplit(str(origin.get("url", "")))
    return url2pathname(url.path) if url.scheme == "file" else ""

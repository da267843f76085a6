"""Does the workshop run on Binder? What is pinned, what repo2docker makes of it, and a whole taster as it is there: an
unprivileged user, no engine, one gigabyte."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import unprivileged
import wheels
from helpers import no_processes, not_run
from memory import limited, pss
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from mini_k8s import __version__

TOP = Path(__file__).resolve().parent.parent
BINDER = TOP / "binder"
GIGABYTE = 1 << 30
PYTHON = "3.11.14"  # of repo2docker's 3.11; Debian's is too old for some of the pins
TASTER = sorted(path.stem for path in (TOP / "solutions").glob("0[0-2]_*.ipynb"))


def pins():
    lines = (BINDER / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_what_a_learner_needs_is_pinned():
    """A bound that was raised in pyproject.toml and not here would be found out by the first visitor."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    for line in [*project["dependencies"], *project["optional-dependencies"]["lab"]]:
        needed, pinned = Requirement(line), pins()
        name = canonicalize_name(needed.name)
        assert name in pinned, f"{name} is missing. {RENEW}"
        assert needed.specifier.contains(pinned[name]), f"{name} is {pinned[name]}, and has to be {needed}. {RENEW}"


RENEW = "Type: python binder/pins.py > binder/requirements.txt"


def test_pins_are_what_is_installed_where_they_are_made():
    """Written anew here, every name is one that is needed here, at the version that is tested here."""
    made = subprocess.run([sys.executable, BINDER / "pins.py"], capture_output=True, text=True, check=True).stdout
    found = dict(line.split("==") for line in made.splitlines() if not line.startswith("#"))
    assert {"jupyterlab", "docker", "anywidget", "pyyaml", "nbval"} <= found.keys()
    assert not {"mini-k8s", "playwright", "ruff", "hypothesis"} & found.keys(), "what only tests need"
    assert all(found[name] == version(name) for name in found)


def test_the_pins_fit_together_and_are_all_that_is_needed(tmp_path):
    """pip finds each of them, and nothing that is missing; each takes Binder's Python.

    pip itself would ask for the Python that runs it, which may be an older one.
    """
    report = tmp_path / "report.json"
    done = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed",
                           f"--python-version={PYTHON}", "--only-binary=:all:", "--ignore-requires-python",
                           f"--target={tmp_path / 'nowhere'}",
                           "--retries=1", "--timeout=10", f"--report={report}", "-r", BINDER / "requirements.txt"],
                          capture_output=True, text=True)
    if re.search("NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|NameResolution", done.stderr):
        not_run("network", "the package index does not answer")
    assert done.returncode == 0, done.stderr[-3000:]
    said = [item["metadata"] for item in json.loads(report.read_text())["install"]]
    assert {canonicalize_name(package["name"]): package["version"] for package in said} == pins()
    assert [package["name"] for package in said
            if not SpecifierSet(package.get("requires_python", "")).contains(PYTHON)] == []


def test_repo2docker_reads_it_as_it_is_meant(tmp_path):
    """Binder builds what this prints: our Python, our pins, one package of Debian's, and both scripts."""
    if importlib.util.find_spec("repo2docker") is None:
        not_run("repo2docker", "jupyter-repo2docker is not installed (it is in the extra 'test')")
    shutil.copytree(BINDER, tmp_path / "binder")
    shutil.copyfile(TOP / "pyproject.toml", tmp_path / "pyproject.toml")
    done = subprocess.run([sys.executable, "-m", "repo2docker", "--no-build", "--debug", "--user-id", "1000",
                           "--user-name", "jovyan", "."], cwd=tmp_path, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "python=3.11" in said
    assert re.search(r"pip install --no-cache-dir -r \"?binder/requirements.txt", said)
    assert re.search(r"apt-get install --yes --no-install-recommends procps &&", said), "procps, and nothing else"
    assert "RUN ./binder/postBuild" in said
    assert re.search(r'ENV R2D_ENTRYPOINT="\S*/binder/start"', said)


def test_the_badge_opens_this_version_at_its_first_page():
    """A tag, not a branch: what is behind the badge was tested as a whole."""
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    tag, notebook = re.search(r"mybinder\.org/v2/gh/\S+/mini_k8s/v(\S+)\?urlpath=lab/tree/(\S+)\)", readme).groups()
    assert tag == __version__
    assert (TOP / "chapters" / notebook).is_file()


# What the server's place runs: JupyterLab as a hub starts it, and beside it all notebooks of the taster at once.
DRIVER = '''
import json, os, subprocess, sys, time, urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import mini_k8s
from mini_k8s.workshop import check_notebook, places
from mini_k8s.workshop.folder import Folder

def ask(path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=20) as answer:
        return answer.url, answer.read().decode()

def setting(plugin, name):
    return json.loads(ask(f"lab/api/settings/{plugin}")[1])["schema"]["properties"][name]["default"]

def run(name):
    folder = Folder(Path.home() / "runs" / name)
    rows = check_notebook.run(places.solutions_dir() / f"{name}.ipynb", folder, Path(sanitize))
    failed = [f"cell {row['cell']}: {row['why']}" for row in rows if not row["passed"]]
    return {"cells": len(rows), "failed": failed, "log": (folder.data / "check.log").read_text()[-2000:]}

port, sanitize, names = sys.argv[1], sys.argv[2], sys.argv[3:]
lab = subprocess.Popen([sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
                        "--ServerApp.port_retries=0", "--IdentityProvider.token="],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    until = time.monotonic() + 90
    while True:
        try:
            opened, _ = ask("")
            break
        except OSError:
            if time.monotonic() > until or lab.poll() is not None:
                raise
            time.sleep(0.2)
    with ThreadPoolExecutor() as hands:
        runs = dict(zip(names, hands.map(run, names)))
    print(json.dumps({
        "opened": opened, "runs": runs, "package": mini_k8s.__file__, "user": os.geteuid(),
        "files": sorted(item["name"] for item in json.loads(ask("api/contents")[1])["content"]),
        "news": setting("@jupyterlab/apputils-extension:notification", "fetchNews"),
        "runtime": os.environ["MINI_K8S_RUNTIME"], "folder": repr(Folder.current())}))
finally:
    lab.terminate()
    try:
        lab.wait(20)
    except subprocess.TimeoutExpired:
        lab.kill()
'''
LAB = "/share/jupyter/lab"


@pytest.fixture(scope="module")
def binder():
    """What became of it all on a machine like Binder's: postBuild, then start with the driver as the server."""
    if why := unprivileged.cannot() or no_processes():
        not_run("unprivileged", why)
    with unprivileged.a_place() as place, limited(GIGABYTE) as memory:
        python = unprivileged.python_of_its_own(place / "image")
        home, clone = place / "home", _clone_into(place / "clone")
        home.mkdir()
        (place / "driver.py").write_text(DRIVER)
        unprivileged.give_away(place)
        known = unprivileged.environment(home, PATH=f"{python.parent}:{os.defpath}", PIP_NO_BUILD_ISOLATION="0",
                                         PIP_NO_INDEX="1", JUPYTERLAB_DIR=sysconfig.get_path("data") + LAB)
        built = subprocess.run([*unprivileged.become(), "binder/postBuild"], cwd=clone, env=known, text=True,
                               capture_output=True)
        assert built.returncode == 0, built.stdout + built.stderr
        after_build = sorted(path.name for path in home.iterdir())
        command = ["sh", "-c", f'{memory.shell} && exec "$@"', "sh", *unprivileged.become(), clone / "binder" / "start",
                   python, place / "driver.py", "28888", clone / "nbval_sanitize.cfg", *TASTER]
        said, errors, peak, until = place / "said", place / "errors", 0, time.monotonic() + 600
        with said.open("w") as out, errors.open("w") as err:
            started = subprocess.Popen(command, cwd=home, env=known, stdout=out, stderr=err)
            while started.poll() is None and time.monotonic() < until:
                peak = max(peak, pss(started.pid))
                time.sleep(0.25)
            started.kill()
        assert started.wait() == 0, errors.read_text()[-5000:]
        print(f"at most {peak / 1e6:.0f} MB at once, under {memory.how}")
        yield {**json.loads(said.read_text().splitlines()[-1]), "peak": peak, "killed": memory.killed,
               "after_build": after_build, "home": home, "image": place / "image"}


def _clone_into(place):
    place.mkdir()
    for name in (*wheels.PARTS, "binder"):
        if (TOP / name).is_dir():
            shutil.copytree(TOP / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(TOP / name, place / name)
    shutil.copyfile(TOP / "tests" / "nbval_sanitize.cfg", place / "nbval_sanitize.cfg")
    return place


def test_the_image_is_built_without_leaving_anything(binder):
    """The package is in the image's Python, with its chapters, and the home folder is as it was."""
    assert Path(binder["package"]).is_relative_to(binder["image"])
    assert binder["after_build"] == []


def test_every_notebook_of_the_taster_runs_there(binder):
    """As somebody who may do nothing, without an engine, on processes."""
    assert binder["user"] != 0
    assert binder["runtime"] == "process"
    runs = binder["runs"]
    assert {name: run["failed"] for name, run in runs.items()} == {name: [] for name in TASTER}, runs
    assert all(run["cells"] > 5 for run in runs.values())


def test_a_gigabyte_is_enough_for_all_of_them_at_once(binder):
    """The server, and a kernel with its containers for each chapter."""
    assert binder["killed"] == 0
    assert binder["peak"] < GIGABYTE


def test_the_page_opens_where_the_learner_goes_on(binder):
    """Their own folder, and in it the first notebook; no news pop up; what is built there is kept for the session."""
    assert binder["opened"].endswith(f"/lab/tree/{TASTER[0]}.ipynb")
    assert {f"{name}.ipynb" for name in TASTER} <= set(binder["files"])
    assert binder["folder"].startswith(f"<Folder {binder['home']}/my_mini_k8s,")
    assert binder["news"] == "false"


def test_the_server_starts_even_when_the_folder_cannot_be_made(tmp_path):
    """A full disk, or a file in its place: the visitor gets a server, and its log says why."""
    (tmp_path / "my_mini_k8s").write_text("a file")
    done = subprocess.run([BINDER / "start", "sh", "-c", "echo served ${MINI_K8S_FOLDER:-without}"], text=True,
                          capture_output=True, env=unprivileged.environment(
                              tmp_path, PATH=f"{Path(sys.executable).parent}:{os.defpath}"))
    assert done.returncode == 0
    assert done.stdout == "served without\n"
    assert "cannot be a folder" in done.stderr

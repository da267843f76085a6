"""A wheel alone: installed far from any clone it opens the workshop, and it takes over what an older one left."""

import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
import wheels
from helpers import not_run

from mini_k8s import __version__

CHAPTERS = sorted(path.stem for path in (Path(__file__).resolve().parent.parent / "chapters").glob("*.ipynb"))
EARLIER = "8358d93"  # before the kit noted which edition was here last
DIFF, RECONCILE = "mini_k8s.control_loop:diff", "mini_k8s.control_loop:reconcile"
MY_DIFF = """\
def diff(desired, observed):
    for name, what in observed.items():
        if name not in desired or desired[name] != what:
            yield Action("stop", name, what)
    for name, what in desired.items():
        if name not in observed:
            yield Action("start", name, what)
"""
AT_WORK = """
import json
from pathlib import Path
from mini_k8s.workshop.folder import Folder
folder = Folder("mine")
folder.refresh()
folder.note_answer("2: gate", "It looked.")
notebook = Path("mine/02_control_loop.ipynb")
whole = json.loads(notebook.read_text())
whole["cells"].append({"cell_type": "code", "id": "mine", "source": "my_own = 1", "metadata": {}, "outputs": [],
                       "execution_count": None})
notebook.write_text(json.dumps(whole))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return wheels.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with this kit's wheel, and the libraries that it needs."""
    if wheels.no_venv():
        not_run("venv", wheels.no_venv())
    return wheels.install(wheel, tmp_path_factory.mktemp("installed") / "env")


@contextmanager
def learning(installed, place, *arguments):
    """A running ``mini-k8s learn`` of the wheel: the program, its address and its token."""
    with (place / "said").open("w") as said, subprocess.Popen(
            [installed.bin / "mini-k8s", "learn", "--no-browser", *arguments], cwd=place, text=True,
            env=installed.environment(), stdout=subprocess.PIPE, stderr=said) as program:
        try:
            address = program.stdout.readline().strip()
            assert "?token=" in address, (place / "said").read_text()
            yield program, address.partition("/lab/")[0], address.partition("?token=")[2]
        finally:
            program.terminate()
            program.wait(30)


def run(installed, place, *arguments, **environment):
    return subprocess.run([installed.bin / "mini-k8s", *arguments], cwd=place, capture_output=True, text=True,
                          env=installed.environment(**environment))


def get(base, path, token):
    with urllib.request.urlopen(f"{base}/{path}?token={token}", timeout=20) as answer:
        return answer.read()


def test_an_installed_wheel_opens_the_workshop(installed, tmp_path):
    """In an empty folder, far from the clone, with no `dot` and no `docker` on PATH: the page, its picture, a check of
    the solution, and the end."""
    where = [installed.bin / "python", "-c", "import mini_k8s; print(mini_k8s.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=installed.environment(), capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()) == installed.package / "__init__.py"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with learning(installed, tmp_path, "--port", str(port)) as (program, base, token):
        assert base == f"http://127.0.0.1:{port}"
        folder = tmp_path / "my_mini_k8s"
        assert b"jupyter-config-data" in get(base, "lab/tree/02_control_loop.ipynb", token)
        for picture in sorted((installed.package / "chapters" / "images").iterdir()):
            assert get(base, f"files/images/{picture.name}", token) == picture.read_bytes()
        shutil.copyfile(installed.package / "solutions" / "02_control_loop.ipynb", folder / "02_control_loop.ipynb")
        checked = run(installed, folder, "check", "2", MINI_K8S_RUNTIME="simulated")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert re.search(r"^(\d+) of \1 steps hold\.", checked.stdout, re.M)
        program.send_signal(signal.SIGINT)
        assert program.wait(30) == 0
    with pytest.raises(OSError, match="refused"):
        get(base, "lab", token)


def test_without_the_extra_the_very_command_is_printed(wheel, tmp_path):
    """For this Python and this wheel, and pip takes it as it is printed."""
    if wheels.no_venv():
        not_run("venv", wheels.no_venv())
    bare = wheels.install(wheel, tmp_path / "env", libraries=False)
    (tmp_path / "empty").mkdir()
    done = run(bare, tmp_path / "empty", "learn")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("mini-k8s learn: jupyterlab, ipykernel, anywidget, ipywidgets are not installed. "
                           f'Type: python -m pip install "{wheel}[lab]"\n')
    assert list((tmp_path / "empty").iterdir()) == []
    command = shlex.split(done.stderr.partition("Type: ")[2])
    again = subprocess.run([*command, "--no-deps", "--no-index", "--force-reinstall"], capture_output=True, text=True,
                           env=bare.environment())
    assert again.returncode == 0, again.stderr


def test_what_an_older_wheel_left_is_taken_over(installed, tmp_path):
    """Made, worked in and judged with a real earlier kit; then opened with this one. What became of it is said once."""
    older = wheels.build_earlier(EARLIER, "0.0.9", tmp_path / "older")
    if older is None:
        not_run("history", f"git does not have {EARLIER} here")
    shutil.unpack_archive(older, tmp_path / "kit", "zip")

    def with_the_older(*command):
        done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True,
                              env={"PYTHONPATH": str(tmp_path / "kit"), "PATH": "", "MINI_K8S_FOLDER": str(mine)})
        assert done.returncode == 0, done.stdout + done.stderr

    mine, answer = tmp_path / "mine", tmp_path / "answer.py"
    with_the_older("-c", AT_WORK)
    answer.write_text(MY_DIFF)
    with_the_older("-m", "mini_k8s", "check", "2.1", str(answer))
    assert (mine / "parts/control_loop/diff.py").read_text().startswith(f"# {DIFF} passed under mini_k8s 0.0.9\n")
    (mine / "parts/control_loop/reconcile.py").write_text(
        f"# {RECONCILE} passed under mini_k8s 0.0.9\ndef reconcile(desired, observe, act):\n    return []\n")
    before = {path: path.read_bytes() for path in mine.rglob("*") if path.is_file()}

    with learning(installed, tmp_path, "--folder", "mine"):
        pass
    said = (tmp_path / "said").read_text()
    assert f"was last used with mini_k8s 0.0.9; now it is {__version__}. Nothing of yours is lost:\n" in said
    assert f"new           {', '.join(name for name in CHAPTERS if name != '02_control_loop')}\n" in said
    assert "kept          02_control_loop, with your changes. For the new one, with yours kept beside it: " in said
    assert "judged again  2.1 diff passes, 2.2 reconcile does not pass\n" in said
    assert "Ours runs there, and yours is kept under parts/." in said
    changed = {path.relative_to(mine).as_posix() for path, content in before.items() if path.read_bytes() != content}
    assert {path for path in changed if not path.startswith("images/")} == {
        ".mini_k8s/given.json", "parts/control_loop/diff.py"}
    assert (mine / "parts/control_loop/diff.py").read_text().partition("\n")[2] == MY_DIFF

    progress = run(installed, mine, "progress").stdout
    assert re.search(rf"{DIFF} +passed \(1 try\)", progress)
    assert re.search(rf"{RECONCILE} +passed before, under version 0\.0\.9, and not under this one", progress)
    with learning(installed, tmp_path, "--folder", "mine"):
        pass
    assert "last used with" not in (tmp_path / "said").read_text(), "said once"

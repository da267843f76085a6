"""What is missing is brought by one command, and it is the right one for how the kit came onto this machine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mini_k8s.workshop import installed

TOP = Path(__file__).resolve().parent.parent
ASK = "from mini_k8s.workshop import installed; print(installed.command())"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The package as it lies in an environment, far from a clone."""
    place = tmp_path_factory.mktemp("site packages")
    shutil.copytree(TOP / "mini_k8s", place / "mini_k8s", ignore=shutil.ignore_patterns("__pycache__"))
    info = place / "mini_k8s-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mini_k8s\nVersion: 0.1.0\n")
    (place / "the wheel.whl").write_bytes(b"")
    return place


@pytest.fixture
def told(site, tmp_path):
    """What is told where pip noted this origin, after the Python to type."""
    def told(noted):
        note = site / "mini_k8s-0.1.0.dist-info" / "direct_url.json"
        note.unlink(missing_ok=True)
        if noted is not None:
            note.write_text(noted)
        done = subprocess.run([sys.executable, "-c", ASK], cwd=tmp_path, capture_output=True, text=True, check=True,
                              env={**os.environ, "PYTHONPATH": str(site)})
        return done.stdout.strip().partition(" -m pip install ")[2]

    return told


@pytest.mark.parametrize(("noted", "command"), [
    (None, '"mini_k8s[lab]"'),
    ("{ half", '"mini_k8s[lab]"'),
    ("[]", '"mini_k8s[lab]"'),
    ('{"url": "https://example.org/mini_k8s-0.1.0.whl", "archive_info": {}}',
     '"mini_k8s[lab] @ https://example.org/mini_k8s-0.1.0.whl"'),
    ('{"url": "https://example.org/k.git", "vcs_info": {"vcs": "git", "commit_id": "ab12"}}',
     '"mini_k8s[lab] @ git+https://example.org/k.git@ab12"'),
    ('{"url": "file:///nowhere/gone.whl", "archive_info": {}}', '"mini_k8s[lab]"')])
def test_the_command_is_for_where_it_came_from(told, noted, command):
    """An index, a page, a repository; a wheel that is not there any more is looked for in the index."""
    assert told(noted) == command


def test_a_wheel_on_the_disk_is_named_by_its_place(told, site):
    """Also where its name has a space."""
    wheel = site / "the wheel.whl"
    assert told(json.dumps({"url": wheel.as_uri(), "archive_info": {}})) == f'"{wheel}[lab]"'


def test_in_a_clone_the_clone_is_named(monkeypatch, tmp_path):
    """From within it is short; from elsewhere it says where the clone is."""
    monkeypatch.chdir(TOP)
    assert installed.command().endswith(' -m pip install -e ".[lab]"')
    monkeypatch.chdir(tmp_path)
    assert installed.command("test").endswith(f' -m pip install -e "{TOP}[test]"')


def test_the_python_is_named_as_one_types_it(monkeypatch, tmp_path):
    """By its bare name only where the terminal finds this very one under it."""
    here = Path(sys.executable)
    monkeypatch.setenv("PATH", str(here.parent))
    assert installed.python() == here.name
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installed.python() == str(here)
    monkeypatch.setattr(sys, "executable", "/a place/python3")
    assert installed.python() == '"/a place/python3"'

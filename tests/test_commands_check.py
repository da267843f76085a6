"""``mini-k8s check EXERCISE FILE``: for people who prefer an editor."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from mini_k8s import __version__
from mini_k8s.errors import BadRequest
from mini_k8s.workshop import check_file, parts
from mini_k8s.workshop.folder import Folder

DIFF = "mini_k8s.control_loop:diff"
RIGHT = '''
"""A module of mine."""
from mini_k8s.control_loop import Action


def helper(name, what, there):
    return name not in there or there[name] != what


def diff(desired, observed):
    stops = [Action("stop", n, w) for n, w in observed.items() if helper(n, w, desired)]
    return stops + [Action("start", n, w) for n, w in desired.items() if n not in observed]


def reconcile(desired, observe, act):
    raise NotImplementedError


if __name__ == "__main__":
    print(diff({}, {}))
'''
WRONG = """
def diff(desired, observed):
    return [Action("start", name, what) for name, what in desired.items() if name not in observed]
"""


@pytest.fixture
def check(tmp_path):
    """check(*arguments) -> the finished process, in a directory of its own, without a workshop folder."""
    environment = {k: v for k, v in os.environ.items() if k != "MINI_K8S_FOLDER"}

    def check(*arguments: str, cwd=tmp_path) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "-m", "mini_k8s", "check", *arguments], cwd=cwd, env=environment,
                              capture_output=True, text=True, timeout=60)

    check.folder, check.environment = tmp_path, environment
    return check


def test_a_right_file_passes_with_0(check):
    """A module with several functions, imports and a main is judged by the one asked for."""
    (check.folder / "mine.py").write_text(RIGHT)
    done = check(DIFF, "mine.py")
    assert (done.returncode, done.stderr) == (0, "")
    headline, kept = done.stdout.splitlines()
    assert headline == "2.1 diff: passed (5 of 5 checks passed)"
    assert kept.startswith("There is no workshop folder here, so it is not kept.")
    assert os.listdir(check.folder) == ["mine.py"]


def test_in_a_workshop_folder_what_passes_is_the_part(check):
    """`check` and `progress` say the same: whoever works in an editor needs no notebook to get on."""
    folder = Folder(check.folder / "mine")
    (folder.path / "mine.py").write_text(f"%%build {DIFF}\n{RIGHT}")
    (folder.path / "wrong.py").write_text(WRONG)
    assert check("2.1", "wrong.py", cwd=folder.path).returncode == 1
    assert folder.part(DIFF) is None
    done = check("2.1", "mine.py", cwd=folder.path)
    assert done.returncode == 0
    assert f"It is your part from now on, kept in {folder.path}/parts/control_loop/diff.py." in done.stdout
    assert folder.part(DIFF).source.strip() == RIGHT.strip()
    assert folder.progress() == {DIFF: {"passed": __version__, "attempts": 2}}
    parts.load(DIFF, folder.part(DIFF).source)


def test_what_cannot_be_kept_is_said(tmp_path, monkeypatch):
    """A full disk takes nothing away from the answer."""
    folder, said = Folder(tmp_path / "mine"), []
    monkeypatch.setenv("MINI_K8S_FOLDER", str(folder.path))
    monkeypatch.setattr(Folder, "save_part", lambda *_: (_ for _ in ()).throw(OSError("No space left on device")))
    (tmp_path / "mine.py").write_text(RIGHT)
    assert check_file.check_file(DIFF, tmp_path / "mine.py", say=said.append) == 0
    assert "It could not be kept: No space left on device. Mend that, and check the file again." in said[0]


def test_a_cell_copied_whole_is_judged_like_the_cell(check):
    """Whoever goes from the notebook to an editor takes the first line along."""
    for above in ("", "\n# mine\n  "):
        (check.folder / "cell.py").write_text(f"{above}%%build {DIFF}\n{RIGHT}")
        assert check(DIFF, "cell.py").returncode == 0


def test_a_wrong_file_is_refused_with_1(check):
    """The same words as in the notebook; lines are those of the file."""
    (check.folder / "mine.py").write_text(WRONG)
    done = check(DIFF, "mine.py")
    assert done.returncode == 1
    assert done.stdout.startswith("2.1 diff: not yet (2 of 5 checks passed)\ngiven      desired  = {}\n")
    assert "Who stops what nobody wished for?" in done.stdout
    (check.folder / "mine.py").write_text("\n\ndef diff(a, b):\n    return 1 / 0")
    assert "line 4: return 1 / 0" in check(DIFF, "mine.py").stdout


@pytest.mark.parametrize("source", ["def diff(", "", "def diff(d, o): return other(d)", "x = List\n"])
def test_a_file_is_called_a_file(source, tmp_path, monkeypatch):
    """Whoever wrote no cell is not told of one."""
    monkeypatch.setenv("MINI_K8S_NOTHING_KEPT", "1")
    said, mine = [], tmp_path / "mine.py"
    mine.write_text(source)
    assert check_file.check_file(DIFF, mine, say=said.append) == 1
    assert ("cell" in said[0], "file" in said[0]) == (False, True), said


def test_the_function_of_another_exercise_is_known(check):
    """The right file, and the wrong number."""
    (check.folder / "mine.py").write_text("def reconcile(desired, observe, act):\n    return []\n")
    said = " ".join(check("2.1", "mine.py").stdout.split())
    assert "There is no ‘diff’ here, but ‘reconcile’: that is exercise 2.2." in said
    assert "judged as that one, ‘mini_k8s.control_loop:reconcile’" in said


@pytest.mark.parametrize(("source", "passed", "hint"), [(RIGHT, True, None), (WRONG, False, "only-starts"),
                                                         ("def diff(", False, "syntax"), ("", False, "missing")])
def test_json_says_the_same(check, source, passed, hint):
    """One line, three keys."""
    (check.folder / "mine.py").write_text(source)
    done = check(DIFF, "mine.py", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == (0 if passed else 1)
    assert list(told) == ["passed", "hint", "message"]
    assert (told["passed"], told["hint"]) == (passed, hint)
    assert told["message"].startswith("2.1 diff: ")


@pytest.mark.parametrize(("arguments", "words"), [
    ((DIFF, "none.py"), "none.py cannot be read: No such file or directory"),
    ((DIFF, "."), "cannot be read"),
    ((DIFF, "picture.png"), "no text in UTF-8 (byte 0). Save your Python file with the encoding UTF-8."),
    ((DIFF, "latin.py"), "no text in UTF-8 (byte 2)."),
    ((DIFF, "wide.py"), "is written in UTF-16. Save"),
    ((DIFF, "02.ipynb"), "is a notebook. Its cells are judged where they are run, in JupyterLab"),
    ((DIFF,), "which file solves"),
    (("2.1",), "The notebook's own cells are run by: mini-k8s check 2"),
    (("2.9", "mine.py"), "there is no exercise '2.9'"),
    (("mini_k8s.control_loop:dif", "mine.py"), "Did you mean mini_k8s.control_loop:diff?"),
    (("mini_k8s.control_loop:", "mine.py"), "there is no exercise"),
    (("../x:y", "mine.py"), "there is no exercise '../x:y'"),
    (("2", "mine.py"), "a file is judged against an exercise"),
    (("--json",), "a file is judged against an exercise, and none was named."),
    ((DIFF, "mine.py", "--watsh"), "unrecognized arguments: --watsh"),
    ((DIFF, "mine.py", "other.py"), "unrecognized arguments: other.py"),
])
def test_wrong_use_is_2_and_says_the_way(check, arguments, words):
    """What was wrong, then how to write it; nothing on stdout, no traceback."""
    (check.folder / "mine.py").write_text(RIGHT)
    (check.folder / "picture.png").write_bytes(b"\x89PNG\r\n\xff\xfe")
    (check.folder / "latin.py").write_bytes("# ä".encode("latin-1"))
    (check.folder / "wide.py").write_text(RIGHT, encoding="utf-16")
    (check.folder / "02.ipynb").write_text(json.dumps({"cells": [], "nbformat": 4}))
    done = check(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_from_another_editor_is_read(check):
    """With a byte order mark and Windows' line ends."""
    (check.folder / "mine.py").write_bytes(b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode())
    assert check(DIFF, "mine.py").returncode == 0


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_lacks_a_sign_shows_the_rest(check, encoding):
    """What a learner wrote, and our quotation marks, need not be in every terminal's alphabet."""
    check.environment["PYTHONIOENCODING"] = encoding
    (check.folder / "mine.py").write_text("def diff(desired, observed):\n    return 'ä，✓' + 1\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "mini_k8s", "check", DIFF, "mine.py"], cwd=check.folder,
                          env=check.environment, capture_output=True)
    assert done.returncode == 1
    assert done.stdout.startswith(b"2.1 diff: not yet")
    assert b"Traceback" not in done.stderr


def test_lines_are_counted_as_python_counts_them(check):
    """A form feed, which some editors write between functions, begins no line."""
    (check.folder / "mine.py").write_bytes(b"x = 1\r\n\x0c\r\ndef diff(d, o):\r\n    return 1 / 0\r\n")
    assert "line 4: return 1 / 0" in check(DIFF, "mine.py").stdout


@pytest.mark.skipif(os.name != "posix", reason="sends Ctrl-C as POSIX does")
def test_watch_judges_at_each_save_until_ctrl_c(check):
    """First refused, then saved and passed, then Ctrl-C: the exit status is that of the last one."""
    mine = check.folder / "mine.py"
    mine.write_text(WRONG)
    watch = subprocess.Popen([sys.executable, "-m", "mini_k8s", "check", DIFF, "mine.py", "--watch", "--json"],
                             cwd=check.folder, env=check.environment, stdout=subprocess.PIPE, text=True)
    try:
        assert json.loads(watch.stdout.readline())["hint"] == "only-starts"
        mine.write_text(RIGHT)
        assert json.loads(watch.stdout.readline())["passed"]
        watch.send_signal(signal.SIGINT)
        assert watch.wait(30) == 0
    finally:
        watch.kill()
        watch.wait()


def test_watch_waits_while_an_editor_saves(tmp_path, monkeypatch):
    """A file that is gone for a moment, or saved unchanged, is no news; the third time brings a stronger hint."""
    monkeypatch.setenv("MINI_K8S_NOTHING_KEPT", "1")
    monkeypatch.setattr("mini_k8s.workshop.build._attempts", {})
    mine, said = tmp_path / "mine.py", []
    mine.write_text(WRONG)
    moments = iter([lambda: mine.unlink(), lambda: mine.write_text(WRONG), lambda: mine.write_text(WRONG + "# 2\n"),
                    lambda: None, lambda: mine.write_text(WRONG + "# 3\n"), lambda: _interrupt()])
    assert check_file.watch_file(DIFF, mine, say=said.append, wait=lambda seconds: next(moments)()) == 1
    assert len(said) == 3
    assert ["more  " in text for text in said] == [False, False, True]


def test_watch_of_a_file_that_is_not_there_is_refused(tmp_path):
    """Nothing is watched that never was."""
    began = time.monotonic()
    with pytest.raises(BadRequest):
        check_file.watch_file(DIFF, tmp_path / "none.py")
    assert time.monotonic() - began < 30


def _interrupt():
    raise KeyboardInterrupt

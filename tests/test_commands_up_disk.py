"""The disk of `mini-k8s up` is full: what is refused, what runs on, and what happens when there is room again?"""

import os
import subprocess
import sys
from pathlib import Path

import broken
import pytest
from helpers import eventually
from terminal import Terminal, pod


@pytest.fixture
def terminal():
    terminal = Terminal("simulated")
    yield terminal
    terminal.close()


def test_a_full_disk_refuses_changes_in_words_and_goes_on_when_there_is_room(terminal):
    """What ran is still shown as running, nothing that was acknowledged is lost, and the program does not end."""
    data, said = terminal.folder / "disk", terminal.folder / "said.txt"
    data.mkdir()
    command = [*broken.disk("size=2m", data), sys.executable, "-m", "mini_k8s", "up", "--runtime", "simulated",
               "--data-dir", "data"]
    with said.open("w") as out:
        up = subprocess.Popen(command, env=terminal.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        eventually(lambda: "Ready in" in said.read_text(), 60, "it comes up", said.read_text)
        terminal.says("apply", "-f", "-", stdin=pod("old"))
        eventually(lambda: "Running" in terminal.says("get", "pod", "old"), 30)
        filler = Path(f"/proc/{up.pid}/root{data}/filler")  # its disk, as only it sees it
        with filler.open("wb", buffering=0) as file:
            eventually(lambda: _is_full(file), 30, "the disk is full")

        refused = eventually(lambda: _refused(terminal), 60, "no change is taken any more", said.read_text)
        assert "is full. Make room there; it goes on by itself." in refused
        assert "Traceback" not in refused + said.read_text()
        assert "Running" in terminal.says("get", "pod", "old")
        assert up.poll() is None

        filler.unlink()
        eventually(lambda: terminal("apply", "-f", "-", stdin=pod("new")).returncode == 0, 60, "there is room again")
        eventually(lambda: "Running" in terminal.says("get", "pod", "new"), 30)
    finally:
        up.terminate()
        assert up.wait(30) == 0


def _is_full(file):
    try:
        while True:
            file.write(os.urandom(4096))
    except OSError:
        return True


def _refused(terminal):
    """What was said when one more was refused; empty: there was room left in what is open."""
    name, much = os.urandom(4).hex(), "x" * 100_000
    done = terminal("apply", "-f", "-", stdin=f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: much-{name}}}\n"
                    f"data: {{much: {much}}}\n")
    return done.stderr if done.returncode else ""

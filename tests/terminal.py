"""A terminal of a test's own: commands as a user types them, and `mini-k8s up` in the background."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from helpers import eventually

WEB, BASE = "mini-k8s/web:1", "mini-k8s/base:1"


class Terminal:
    """Commands that see no clusters but those which are started here. ``folder`` is where they are typed."""

    def __init__(self, runtime: str):
        self.runtime = runtime
        self.folder = Path(tempfile.mkdtemp(prefix="mk-"))  # short: a socket's address has about a hundred characters
        inherited = {k: v for k, v in os.environ.items() if k not in ("MINI_K8S_FOLDER", "MINI_K8S_RUNTIME")}
        self.env = inherited | {"TMPDIR": str(self.folder)}
        self.ups: list[Up] = []

    def __call__(self, *words: str, stdin: str = "", within: float = 60.0) -> subprocess.CompletedProcess:
        """Type one command, and wait for its end."""
        return subprocess.run([sys.executable, "-m", "mini_k8s", *words], cwd=self.folder, env=self.env, text=True,
                              input=stdin, capture_output=True, timeout=within)

    def says(self, *words: str, stdin: str = "") -> str:
        """What a command prints that has to succeed."""
        done = self(*words, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def up(self, *words: str, ready: bool = True) -> "Up":
        """`mini-k8s up` in the background; ``ready``: and wait until it says so."""
        self.ups.append(Up(self, words))
        return self.ups[-1].ready() if ready else self.ups[-1]

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return name

    def close(self) -> None:
        for up in self.ups:
            up.close()
        shutil.rmtree(self.folder)


class Up:
    """One `mini-k8s up` that runs, in a session of its own, with its output in a file."""

    def __init__(self, terminal: Terminal, words: tuple[str, ...]):
        self._path = terminal.folder / f"up-{len(terminal.ups)}.txt"
        with self._path.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mini_k8s", "up", "--runtime", terminal.runtime, *words], cwd=terminal.folder,
                env=terminal.env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def said(self) -> str:
        return self._path.read_text()

    def ready(self) -> "Up":
        eventually(lambda: "Ready in" in self.said or self.process.poll() is not None, 60, "it says that it is ready",
                   lambda: self.said)
        assert self.process.poll() is None, self.said
        return self

    def ends(self, number: int | None = None) -> int:
        """Send this signal, if any, and return its exit status."""
        if number is not None:
            self.process.send_signal(number)
        return self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait(10)


def pod(name: str, image: str = WEB, more: str = "", spec: str = "") -> str:
    """The manifest of a pod of one container of the same name."""
    return (f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {name}}}}}\nspec:\n"
            + (f"  {spec}\n" if spec else "") + f"  containers:\n  - {{name: {name}, image: '{image}'{more}}}\n")


def manifests(*pods: str) -> str:
    return "---\n".join(pods)

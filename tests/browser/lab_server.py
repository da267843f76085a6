"""A real JupyterLab on the loopback, with everything it writes in one temporary folder."""

import ast
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from helpers import eventually

from mini_k8s.workshop.files import write_json
from mini_k8s.workshop.learn import SETTINGS

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run"]

PLACES = ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
          "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")


def browser_path() -> str | None:
    """A Chromium on this machine, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class LabServer:
    """``start`` it, ``address`` a notebook, run code in the kernel of a notebook with ``kernel_of``, ``stop`` it."""

    def __init__(self, folder: Path):
        self.folder, self.root, self.token = folder, folder / "notebooks", secrets.token_hex(16)
        self.root.mkdir(parents=True)
        self.log = folder / "server.log"

    def start(self) -> "LabServer":
        places = {key: str(self.folder / key.lower()) for key in PLACES}
        env = os.environ | places | {"JUPYTER_TOKEN": self.token, "PYTHONPATH": str(Path(__file__).parent)}
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
                   "--ServerApp.port=18888", "--ServerApp.port_retries=500", f"--ServerApp.root_dir={self.root}",
                   "--LabApp.expose_app_in_browser=True",
                   "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
        for plugin, values in SETTINGS.items():  # as a learner has them
            write_json(Path(places["JUPYTERLAB_SETTINGS_DIR"], f"{plugin}.jupyterlab-settings"), values)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=self.folder,
                                            start_new_session=True)
        self.runtime = Path(places["JUPYTER_RUNTIME_DIR"])
        info = self.runtime / f"jpserver-{self.process.pid}.json"
        eventually(lambda: info.exists() or self.process.poll() is not None, 60, "JupyterLab writes down its address")
        assert self.process.poll() is None, self.log.read_text()
        self.url = json.loads(eventually(info.read_text, 10, "the address is written"))["url"]
        eventually(self._answers, 60, "JupyterLab answers")
        return self

    def stop(self) -> None:
        self.process.terminate()  # ends its kernels too
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def notebook(self, name: str, *cells: str) -> Path:
        """Write a notebook of these code cells."""
        made = [{"cell_type": "code", "id": f"cell-{i}", "metadata": {}, "source": source, "outputs": [],
                 "execution_count": None} for i, source in enumerate(cells)]
        path = self.root / f"{name}.ipynb"
        path.write_text(json.dumps({"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}}))
        return path

    def address(self, name: str) -> str:
        """Where a browser finds the notebook, in a workspace of its own."""
        return f"{self.url}lab/workspaces/{name}-{secrets.token_hex(4)}/tree/{name}.ipynb?token={self.token}"

    def ask(self, path: str, method: str = "GET"):
        """An answer of the server's REST interface."""
        asked = urllib.request.Request(f"{self.url}{path}", method=method,
                                       headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.loads(answer.read() or "null")

    def kernel_of(self, name: str) -> "Kernel":
        """A second line to the kernel of an open notebook, beside the browser's."""
        session = eventually(lambda: self._session(name), 60, "the notebook has a kernel")
        return Kernel(self.runtime / f"kernel-{session['kernel']['id']}.json")

    def shut(self, name: str) -> None:
        """End the kernel of a notebook."""
        session = self._session(name)
        if session:
            self.ask(f"api/sessions/{session['id']}", "DELETE")

    def _session(self, name: str) -> dict | None:
        return next((s for s in self.ask("api/sessions") if s["path"] == f"{name}.ipynb" and s["kernel"]), None)

    def _answers(self) -> bool:
        try:
            return bool(self.ask("api"))
        except (OSError, urllib.error.URLError):
            return False


class Kernel:
    """Asks a kernel for the value of an expression, or has it run a statement."""

    def __init__(self, connection: Path):
        from jupyter_client import BlockingKernelClient

        self.client = BlockingKernelClient(connection_file=str(connection))
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def __call__(self, code: str, timeout: float = 60):
        """The value of an expression, by way of JSON. Anything else is run and gives None."""
        try:
            compile(code, "asked", "eval")
        except SyntaxError:
            shown, run = {}, code
        else:
            shown, run = {"value": f"__import__('json').dumps({code}, default=repr)"}, ""
        answer = self.client.execute(run, user_expressions=shown, store_history=False, reply=True,
                                     timeout=timeout)["content"]
        assert answer["status"] == "ok", answer
        if not shown:
            return None
        value = answer["user_expressions"]["value"]
        assert value["status"] == "ok", value
        return json.loads(ast.literal_eval(value["data"]["text/plain"]))

    def close(self) -> None:
        self.client.stop_channels()

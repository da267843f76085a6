"""How does a page open on a learner's own machine? JupyterLab, bound to loopback, living in the learner's folder.

The server runs in a session of its own, so that Ctrl-C reaches this program only, which then ends the server and its
kernels in order. Its address is printed when the page is really served, not when it is hoped for.
"""

import contextlib
import importlib.util
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mini_k8s.errors import Conflict, NotFound, ServiceUnavailable
from mini_k8s.workshop import installed
from mini_k8s.workshop.files import write_json
from mini_k8s.workshop.folder import ENVIRONMENT, Folder

FIRST_PORT, PORTS = 8888, 100
NEEDED = ("jupyterlab", "ipykernel", "anywidget", "ipywidgets")
# Importing rfc3987_syntax builds a grammar for two seconds, so that jsonschema can check addresses in other alphabets.
# It does without where the import fails. Safe path (-P): no file in the learner's folder stands in for a library.
LAB = (sys.executable, "-P", "-c",
       "import sys; sys.modules['rfc3987_syntax'] = None; from jupyterlab.labapp import main; main()")
# Server extensions that nobody here uses.
UNUSED = ("jupyter_lsp", "notebook_shim", "jupyterlab_jupytext")

SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
}


class Server(NamedTuple):
    """A JupyterLab that answers."""

    pid: int
    port: int
    token: str

    def address(self, notebook: str) -> str:
        return f"http://127.0.0.1:{self.port}/lab/tree/{notebook}?token={self.token}"


def check_installed(also: tuple[str, ...] = ()) -> None:
    """Raises NotFound with the command to type when JupyterLab, or something named in ``also``, is not installed."""
    missing = [name for name in (*NEEDED, *also) if importlib.util.find_spec(name) is None]
    if missing:
        raise NotFound(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed. "
                       f"Type: {installed.command()}")


def running(folder: Folder) -> Server | None:
    """The server that serves this folder already, if one answers."""
    for path in sorted(_runtime(folder).glob("jpserver-*.json")):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            server = Server(found["pid"], found["port"], found["token"])
        except (OSError, ValueError, KeyError):
            continue  # being written, or being removed
        if _answers(server, "api/status"):
            return server
    return None


def start(folder: Folder, notebook: str, port: int | None, wait: float = 60.0) -> tuple[subprocess.Popen, Server]:
    """Start JupyterLab and return when it serves the notebook's page.

    ``port`` None takes the first free one from 8888 on. Raises Conflict when the one asked for is taken, and
    ServiceUnavailable, with the end of the server's log, when no page comes; nothing is left running then.
    """
    token = secrets.token_hex(24)
    _settle_in(folder)
    log = folder.data / "jupyter" / "server.log"
    command = [*LAB, *_options(folder, notebook, free_port(port), port is None)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder.path, env=_environment(folder, token), stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=out, start_new_session=True)
    try:
        return process, _await_page(process, folder, token, notebook, log, wait)
    except BaseException:
        stop(process)
        raise


def stop(process: subprocess.Popen, patience: float = 10.0) -> None:
    """End the server and its kernels: asked first, made to after ``patience`` seconds."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def serve(folder: Folder, notebook: str, port: int | None, announce: Callable[[Server], object]) -> int:
    """Run until Ctrl-C, SIGTERM, a closed terminal, or the server's own end. Returns the exit status."""
    def end(number: int, frame: object) -> None:
        raise _End(number)

    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)
    process = None
    try:
        process, server = start(folder, notebook, port)
        announce(server)
        return process.wait()
    except _End as asked:
        if asked.number == signal.SIGINT:
            print("\nThe workshop is ending. This takes a few seconds where notebooks are open.", file=sys.stderr)
        return 0 if asked.number == signal.SIGINT else 128 + asked.number
    finally:
        for name in ("SIGTERM", "SIGINT"):
            signal.signal(getattr(signal, name), signal.SIG_IGN)  # a second Ctrl-C must not interrupt the clearing up
        if process is not None:
            stop(process)


def prepare_for_others(folder: Folder, notebook: str) -> Path:
    """For a JupyterLab that somebody else starts, on Binder or a hub: settings that serve the folder and open the
    notebook. Returns the directory that has to stand in that server's JUPYTER_CONFIG_PATH.

    What is said on the server's command line, or in its own environment, still counts for more.
    """
    place = folder.data / "jupyter" / "others"
    write_json(place / "jupyter_server_config.json", {"ServerApp": {
        "root_dir": str(folder.path), "jpserver_extensions": {"jupyter_lsp": False}}})
    write_json(place / "jupyter_lab_config.json", {"LabApp": {"default_url": f"/lab/tree/{notebook}"}})
    write_json(place / "labconfig" / "default_setting_overrides.json",
               {":".join(plugin.rsplit("/", 1)): values for plugin, values in SETTINGS.items()})
    return place


def free_port(port: int | None) -> int:
    """``port`` when free; None: the first free one from ``FIRST_PORT`` on. Raises Conflict where there is none."""
    if port is not None:
        if not _is_free(port):
            raise Conflict(f"port {port} is taken. Choose another with PORT=, or leave it out and a free one is found.")
        return port
    for candidate in range(FIRST_PORT, FIRST_PORT + PORTS):
        if _is_free(candidate):
            return candidate
    raise Conflict(f"ports {FIRST_PORT} to {FIRST_PORT + PORTS - 1} are all taken. Choose another with PORT=.")


class _End(BaseException):
    def __init__(self, number: int):
        self.number = number


def _await_page(process: subprocess.Popen, folder: Folder, token: str, notebook: str, log: Path, wait: float) -> Server:
    until = time.monotonic() + wait
    while time.monotonic() < until:
        if process.poll() is not None:
            raise ServiceUnavailable(f"JupyterLab ended by itself (exit status {process.returncode}). "
                                     f"Its last words, from {log}:\n{_end_of(log)}")
        server = running(folder)
        if server and server.token == token and _answers(server, f"lab/tree/{notebook}"):
            return server
        time.sleep(0.05)
    raise ServiceUnavailable(f"JupyterLab served no page within {wait:.0f} s. Try again. "
                             f"Its last words, from {log}:\n{_end_of(log)}")


def _answers(server: Server, path: str) -> bool:
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/{path}",
                                     headers={"Authorization": f"token {server.token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback needs no proxy
    try:
        with opener.open(request, timeout=5) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError, ValueError):
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one just closed counts as free
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise Conflict(f"port {port} is not open to this user. Choose one from 1024 on.") from error
        except OSError:
            return False
        return True


def _options(folder: Folder, notebook: str, port: int, may_move: bool) -> list[str]:
    options = [
        "--no-browser", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder.path}",
        f"--ServerApp.port_retries={50 if may_move else 0}", f"--LabApp.default_url=/lab/tree/{notebook}",
        "--LabApp.extension_manager=readonly",
        f"--ServerApp.jpserver_extensions={dict.fromkeys(UNUSED, False) | {'jupyterlab': True}}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    return options


def _environment(folder: Folder, token: str) -> dict[str, str]:
    """Where Jupyter and IPython keep their things: below the folder, all of it. The token is not on a command line."""
    home = folder.data / "jupyter"
    return os.environ | {
        ENVIRONMENT: str(folder.path), "JUPYTER_TOKEN": token, "JUPYTER_PATH": str(home / "data"),
        "JUPYTER_DATA_DIR": str(home / "data"), "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "config" / "lab" / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "config" / "lab" / "workspaces"),
        "JUPYTER_PREFER_ENV_PATH": "0",
    }


def _runtime(folder: Folder) -> Path:
    return folder.data / "jupyter" / "runtime"


def _settle_in(folder: Folder) -> None:
    """The kernel is the Python that runs this, whatever kernels are installed; no pop-ups about news; and a saved
    notebook keeps its pictures, so that they are there when it is opened again and no kernel runs."""
    home = folder.data / "jupyter"
    for name in ("runtime", "ipython", "data"):
        (home / name).mkdir(parents=True, exist_ok=True)
    _runtime(folder).chmod(0o700)
    write_json(home / "data" / "kernels" / "python3" / "kernel.json", {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3 (ipykernel)", "language": "python", "metadata": {"debugger": True}})
    settings = home / "config" / "lab" / "user-settings"
    for plugin, values in SETTINGS.items():
        write_json(settings / f"{plugin}.jupyterlab-settings", values, only_new=True)


def _end_of(log: Path, lines: int = 8) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    return "(empty)"

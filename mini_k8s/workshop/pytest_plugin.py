"""How does a notebook know that a machine runs it? ``pytest -p mini_k8s.workshop.pytest_plugin --nbval-lax …``

Kernels started by this pytest keep nothing: ``%%build`` leaves ``parts/`` and the record of attempts alone. With
``MINI_K8S_CELLS=FILE`` each cell's outcome is written to FILE, a JSON line each, for ``mini-k8s check``: the cell's
number, whether it passed, and if not why, in the words of the exception that ended it; and whether its exercise is
skipped.
"""

import json
import os
import queue
import re
import shutil
import tempfile
import time
from pathlib import Path

import pytest

CELLS = "MINI_K8S_CELLS"
NOTHING_KEPT = "MINI_K8S_NOTHING_KEPT"
WHY = "why"
SKIPPED = "mini_k8s_skipped"  # in the metadata of what build.py shows
REFUSALS = ("NotYet", "Misspelt")  # build.py's exceptions: their message says all

LONGEST_FOLDER = 80  # a unix socket's path holds some 100 bytes


def pytest_configure(config):
    os.environ[NOTHING_KEPT] = "1"
    if config.pluginmanager.has_plugin("nbval.plugin"):
        _sockets_in_a_folder(config)


def _sockets_in_a_folder(config):
    """nbval's kernels listen on sockets in a folder of their own, not on ports.

    jupyter_client chooses five free ports and lets go of them; a kernel that starts a second later dies when anybody
    has taken one meanwhile, and on a busy machine somebody does.
    """
    from nbval import kernel

    folder = tempfile.mkdtemp(prefix="mini-k8s-kernel-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    manager = kernel.KernelManager
    config.add_cleanup(lambda: setattr(kernel, "KernelManager", manager))
    if len(os.fsencode(folder)) <= LONGEST_FOLDER:
        kernel.KernelManager = lambda **given: manager(transport="ipc", ip=os.path.join(folder, "kernel"), **given)


def pytest_runtest_call(item):
    """A kernel that dies under a cell is noticed at once; nbval would wait for its answer until time is up."""
    kernel = getattr(item.parent, "kernel", None)
    if kernel is None or hasattr(kernel, "await_reply_once"):
        return
    kernel.await_reply_once = once = kernel.await_reply

    def await_reply(msg_id, timeout=None):
        until = time.monotonic() + (timeout or 1e9)
        while True:
            try:
                return once(msg_id, timeout=1)
            except queue.Empty:
                if not kernel.is_alive():
                    raise RuntimeError("the kernel ended while this cell ran") from None
                if time.monotonic() > until:
                    raise

    kernel.await_reply = await_reply


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item, call):
    """The exception's own words go into the report; nbval's text of it buries them in a traceback."""
    if call.when == "setup" and call.excinfo:
        error = call.excinfo.value
        what = "the kernel did not start" if isinstance(error, RuntimeError) else type(error).__name__
        item.user_properties = [(WHY, f"{what}: {error}")]
        return
    outputs = getattr(item, "test_outputs", None) or ()
    error = next((out for out in outputs if out.output_type == "error"), None)
    if error is not None:
        item.user_properties = [(WHY, _words(error.ename, error.evalue, item.config.option.nbval_cell_timeout))]
    elif any(SKIPPED in out.get("metadata", {}) for out in outputs):
        item.user_properties = [(SKIPPED, True)]


def pytest_runtest_logreport(report):
    if CELLS not in os.environ or not (report.when == "call" or report.failed):
        return
    _, _, cell = report.nodeid.rpartition("::Cell ")
    why = "" if report.passed else dict(report.user_properties).get(WHY) or _last_line(str(report.longrepr))
    if "Kernel dead on test start" in why:
        return  # it was not run
    row = {"cell": int(cell) if cell.isdecimal() else None, "passed": report.passed, "why": why,
           "skipped": SKIPPED in dict(report.user_properties)}
    with Path(os.environ[CELLS]).open("a", encoding="utf-8") as rows:
        rows.write(json.dumps(row) + "\n")


def _words(name: str, text: str, seconds: float) -> str:
    if name == "KeyboardInterrupt" and not text:
        return f"it ran for {seconds:g} s and was not done, so it was interrupted"
    return text if name in REFUSALS else f"{name}: {text}"


def _last_line(text: str) -> str:
    """What nbval says last of a cell: the exception's own line."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    return lines[-1].removeprefix("pytest plugin exception: ") if lines else ""

"""How does a notebook know that a machine runs it? ``pytest -p mini_k8s.workshop.pytest_plugin --nbval-lax …``

Kernels started by this pytest keep nothing: ``%%build`` leaves ``parts/`` and the record of attempts alone. With
``MINI_K8S_CELLS=FILE`` each cell's outcome is written to FILE, a JSON line each, for ``mini-k8s check``.
"""

import json
import os
import re
from pathlib import Path

CELLS = "MINI_K8S_CELLS"
NOTHING_KEPT = "MINI_K8S_NOTHING_KEPT"


def pytest_configure(config):
    os.environ[NOTHING_KEPT] = "1"


def pytest_runtest_logreport(report):
    if CELLS not in os.environ or not (report.when == "call" or report.failed):
        return
    _, _, cell = report.nodeid.rpartition("::Cell ")
    row = {"cell": int(cell) if cell.isdecimal() else None, "passed": report.passed,
           "why": "" if report.passed else _last_line(str(report.longrepr))}
    with Path(os.environ[CELLS]).open("a", encoding="utf-8") as rows:
        rows.write(json.dumps(row) + "\n")


def _last_line(text: str) -> str:
    """What nbval says last of a cell: the exception's own line."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    return lines[-1] if lines else ""

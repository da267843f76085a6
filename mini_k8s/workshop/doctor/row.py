"""What is one line of the doctor's report?"""

import os
import sys
from typing import Literal, NamedTuple


class Row(NamedTuple):
    """One thing that was looked at, what was found, and what to do about it.

    state   'ok'; 'warn': the workshop runs all the same; 'fail': it does not
    do      a command to type or an address to open; empty where there is nothing to do
    """

    state: Literal["ok", "warn", "fail"]
    what: str
    found: str
    do: str = ""


def size(amount: float) -> str:
    """Bytes as people say them: '740 MB', '1.9 GB', '23 GB'."""
    for unit, length in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if amount >= length:
            return f"{amount / length:.1f} {unit}" if amount < 10 * length else f"{amount / length:,.0f} {unit}"
    return f"{amount:.0f} bytes"


def as_root(command: str) -> str:
    """A command that only root may give, as this user gives it."""
    return command if sys.platform != "win32" and os.geteuid() == 0 else f"sudo {command}"

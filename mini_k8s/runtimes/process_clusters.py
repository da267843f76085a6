"""Which clusters run as processes of this machine? By what the kernel shows: names that are held, and titles in ``ps``.

Their books are in the programs that started them, so nothing can be removed from outside: they end with their program.
"""

import os
import re
import time
from dataclasses import dataclass

from mini_k8s.runtimes.process_names import Claims

_TITLE = re.compile(r"mini-k8s shim of (?P<name>\S+) \((?P<image>[^()]*)\) of (?P<cluster>\S+)")


@dataclass(frozen=True)
class Shown:
    """One container, as its shim's title tells."""

    name: str
    image: str
    started_at: float  # Unix seconds


@dataclass(frozen=True)
class Held:
    """A cluster of this user that a program controls now."""

    name: str
    holder: int | None  # the program's process id
    containers: tuple[Shown, ...]


def find_held() -> list[Held]:
    """All of this user's clusters that run as processes, by name. None on other systems than Linux."""
    mine = f"@mini-k8s/lock/{os.getuid()}/" if hasattr(os, "getuid") else ""
    try:
        with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
            held = {line.rsplit(mine, 1)[1].strip() for line in file if mine and mine in line}
    except OSError:
        return []
    shown = _shown()
    return [Held(name, Claims.holder(f"lock/{os.getuid()}/{name}"), tuple(shown.get(name, ())))
            for name in sorted(held)]


def _shown() -> dict[str, list[Shown]]:
    """cluster -> its containers that run, oldest first."""
    found: dict[str, list[Shown]] = {}
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                title = _TITLE.match(file.read(400).replace(b"\0", b" ").decode(errors="replace"))
            if title:
                found.setdefault(title["cluster"], []).append(
                    Shown(title["name"], title["image"], os.stat(f"/proc/{pid}").st_mtime))
        except OSError:
            continue  # it has ended meanwhile
    return {cluster: sorted(some, key=lambda s: (s.started_at, s.name)) for cluster, some in found.items()}


def age(shown: Shown) -> float:
    """Seconds for which it has been running."""
    return max(0.0, time.time() - shown.started_at)

"""How much memory does a program take with all that it starts, and how is it held to a limit?"""

import os
import secrets
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from mini_k8s.runtimes.process_tree import family

CGROUPS = Path("/sys/fs/cgroup")


def pss(head: int) -> int:
    """Bytes of a process and all below it; a page that several processes share counts as so many parts."""
    total = 0
    for pid in (head, *family(head)):
        with suppress(OSError):  # it ended meanwhile
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += 1024 * next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total


class Limit:
    """``shell`` is a line for ``sh`` that puts it, and all that it starts, under the limit."""

    def __init__(self, most: int, group: Path | None):
        self.most, self.group = most, group
        self.how = f"a control group, {group}" if group else "RLIMIT_DATA for each process, and their sum measured"
        self.shell = f"echo $$ > {group}/cgroup.procs" if group else f"ulimit -d {most // 1024}"

    @property
    def killed(self) -> int:
        """How many processes the kernel has killed for want of memory."""
        for name in ("memory.events", "memory.oom_control"):
            with suppress(OSError, TypeError):
                words = dict(line.split() for line in (self.group / name).read_text().splitlines())
                return int(words["oom_kill"])
        return 0


@contextmanager
def limited(most: int):
    """A ``Limit`` of so many bytes for a whole family, where this user may set one; else for each process."""
    group = _group(most)
    try:
        yield Limit(most, group)
    finally:
        for _ in range(500 if group else 0):
            with suppress(OSError):  # the last of them is ending
                group.rmdir()
                break
            time.sleep(0.02)


def _group(most: int) -> Path | None:
    """A new control group with this limit, in the first hierarchy that lets us make one."""
    for parent, file in ((CGROUPS, "memory.max"), (CGROUPS / "memory", "memory.limit_in_bytes")):
        group = parent / f"mini-k8s-{os.getpid()}-{secrets.token_hex(4)}"
        try:
            group.mkdir()
        except OSError:
            continue
        with suppress(OSError):
            if (group / file).exists():  # else it is an ordinary folder, or this hierarchy does not count memory
                (group / file).write_text(str(most))
                return group
        group.rmdir()
    return None

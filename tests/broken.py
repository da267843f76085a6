"""Machines that are really broken, each in one way, for as long as one command runs: prefixes for a command line.

They are made of what Linux has: another user, a namespace, a control group. Where one cannot be had, the test is
skipped and says why. Nothing is left behind: mounts and addresses end with their namespace, groups are removed.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from helpers import eventually, not_run

GROUPS = Path("/sys/fs/cgroup")


def as_nobody() -> list[str]:
    """By somebody who is not root. It keeps one right of root's, to read: this Python may lie in root's home."""
    if sys.platform == "win32":
        not_run("nobody", "no other user to be on Windows")
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        not_run("nobody", "root becomes nobody by 'setpriv', which is not there")
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_read_search",
            "--ambient-caps=+dac_read_search"]


def apart(flags: str, script: str = ":", user: bool = False) -> list[str]:
    """In namespaces of its own (``unshare -m``, ``-n`` …), after ``script`` has broken what is in them.

    user    in a user namespace too; those who are not root need one in any case
    """
    if not sys.platform.startswith("linux") or not shutil.which("unshare"):
        not_run("namespaces", "they need Linux and the program 'unshare'")
    unshare = ["unshare", f"-{'Ur' if user or os.geteuid() else ''}{flags}"]
    tried = subprocess.run([*unshare, "true"], capture_output=True, text=True)
    if tried.returncode:
        not_run("namespaces", f"this user may make none ({tried.stderr.strip()})")
    return [*unshare, "sh", "-c", f'{script}; exec "$@"', "sh"]


def disk(options: str, folder: Path) -> list[str]:
    """With a disk of its own mounted at ``folder``, such as ``size=64k``, and ``folder`` as the working directory."""
    return apart("m", f"mount -t tmpfs -o {options} tmpfs {folder} && cd {folder}")


def limit(name: str, most: int) -> list[str]:
    """With a limit as ``ulimit`` sets it, such as ``limit("RLIMIT_NOFILE", 64)``."""
    if sys.platform == "win32":
        not_run("limits", "Windows has none")
    code = f"import os, resource, sys; resource.setrlimit(resource.{name}, ({most}, {most})); "
    return [sys.executable, "-c", code + "os.execvp(sys.argv[1], sys.argv[1:])"]


@contextlib.contextmanager
def control_group(controller: str, version_1: str, version_2: str, most: int):
    """In a control group whose file of that name says ``most``."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        not_run("control_groups", "only root may make control groups, on Linux")
    name = f"mini-k8s-test-{secrets.token_hex(4)}"
    old = (GROUPS / controller).is_dir()
    group = GROUPS / controller / name if old else GROUPS / name
    try:
        group.mkdir()
        (group / (version_1 if old else version_2)).write_text(str(most))
    except OSError as error:
        with contextlib.suppress(OSError):
            group.rmdir()
        not_run("control_groups", f"no {controller} group can be made ({error})")
    try:
        yield ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh"]
    finally:
        eventually(lambda: not group.exists() or _gone(group), 10, "the control group is empty and can be removed")


def _gone(group: Path) -> bool:
    with contextlib.suppress(OSError):
        group.rmdir()
    return not group.exists()

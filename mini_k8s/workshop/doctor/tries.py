"""What can only be found by trying? It is tried in a child process, which ends with what it changed.

``/proc/sys/user/max_user_namespaces`` may read high where they are refused; whether a process may adopt the orphans
below it (as the process runtime does, to lose none of them) is told nowhere.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from mini_k8s.workshop.doctor.row import Row

_CHILD = """
import ctypes, json, os
libc, uid, found = ctypes.CDLL(None, use_errno=True), os.getuid(), {}
def attempt(name, what):
    try:
        found[name] = "" if what() == 0 else os.strerror(ctypes.get_errno())
    except (OSError, AttributeError) as error:
        found[name] = getattr(error, "strerror", None) or str(error)
def namespaces():
    if libc.unshare(0x10000000 | 0x40000000):  # CLONE_NEWUSER | CLONE_NEWNET
        return -1
    with open("/proc/self/uid_map", "w") as file:  # where AppArmor forbids namespaces, this is what fails
        file.write(f"0 {uid} 1")
    return 0
attempt("subreaper", lambda: libc.prctl(36, 1, 0, 0, 0))  # PR_SET_CHILD_SUBREAPER
attempt("pidfd", lambda: os.close(os.pidfd_open(os.getpid())) or 0)
attempt("namespaces", namespaces)
print(json.dumps(found))
"""


PORT = 8080  # where the workshop's web containers answer


class Trying:
    """``look`` gives the row on user namespaces. Afterwards ``why_not`` says why processes cannot be containers, and
    ``in_the_way`` is a port that none of them can have, since another program holds it on all addresses."""

    why_not, in_the_way = "that was not found out in time", 0

    def look(self, within: float = 1.8) -> Iterator[Row]:
        from mini_k8s.runtimes.process_engine import why_not
        from mini_k8s.runtimes.process_tree import listens_everywhere

        self.why_not = why_not()
        if PORT in listens_everywhere().values():
            self.in_the_way = PORT
        if not sys.platform.startswith("linux"):
            return
        found = _tried(within)
        missing = [found[name] for name in ("subreaper", "pidfd") if found[name]]
        if missing and not self.why_not:
            self.why_not = f"this system lacks what they need ({missing[0]})"
        yield user_namespaces(found["namespaces"])


def user_namespaces(refused: str) -> Row:
    """They are worth knowing of, and nothing in the workshop needs them, so this is never a warning."""
    if not refused:
        return Row("ok", "user namespaces", "allowed")
    return Row("ok", "user namespaces", f"not allowed ({refused}{_because()}); only rootless engines need them")


def _because() -> str:
    for name, closed, says in (("user/max_user_namespaces", "0", "max_user_namespaces is 0"),
                               ("kernel/unprivileged_userns_clone", "0", "unprivileged_userns_clone is 0"),
                               ("kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor restricts them")):
        path = Path("/proc/sys", name)
        if os.access(path, os.R_OK) and path.read_text().strip() == closed:
            return f": {says}"
    return ""


def _tried(within: float) -> dict[str, str]:
    """name -> why it is refused; empty when it is allowed."""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", _CHILD], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=within, check=True)
    return json.loads(done.stdout)

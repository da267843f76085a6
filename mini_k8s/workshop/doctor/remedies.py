"""Which one command mends an engine that cannot be used? That depends on the machine, and on what brought Docker."""

import os
import shutil
import stat
import sys
from pathlib import Path

from mini_k8s.errors import Forbidden, Invalid, ServiceUnavailable, StatusError, Timeout
from mini_k8s.runtimes.engine import Engine
from mini_k8s.workshop import installed
from mini_k8s.workshop.doctor.row import as_root

DOCS = "https://docs.docker.com/engine/install/"
DESKTOP = "https://docs.docker.com/get-started/get-docker/"
WSL = "https://docs.docker.com/desktop/features/wsl/"
STARTS = {"colima": "colima start", "orbstack": "orb start", "rancher-desktop": "rdctl start"}  # by the context's name


def what_to_do(error: StatusError, engine: Engine) -> str:
    """A command to type, or an address to open, for what the engine answered or did not answer."""
    try:
        url, how = engine.where.url, engine.where.how
    except StatusError:  # a context that is not there, TLS without certificates
        return leave() if chosen() else "docker context use default"
    if isinstance(error, Forbidden) and url.startswith("unix://"):
        return permission(Path(url.removeprefix("unix://")))
    absent = isinstance(error, ServiceUnavailable) and "no engine answers" in str(error)
    if absent or isinstance(error, Timeout):
        if chosen() and absent:
            return leave()
        if not url.startswith(("unix://", "npipe://")):  # another machine's, which nobody starts from here
            return leave() if chosen() else "docker context ls"
        return service("start" if absent else "restart", url, how)
    if "no longer supported" in str(error):
        return upgrade()
    if "these are Linux ones" in str(error):
        return "docker desktop engine use linux" if sys.platform == "win32" else "docker context ls"
    if "paramiko" in str(error):  # docker-py speaks ssh with its help
        return f"{installed.python()} -m pip install paramiko"
    return leave() if isinstance(error, Invalid) and chosen() else "docker version"


def permission(socket: Path) -> str:
    """Join the socket's group; or, where that was done and this terminal is older, take it up."""
    try:
        import grp
        import pwd
        about = socket.stat()
        group = grp.getgrgid(about.st_gid)
        user = pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, OSError, KeyError):
        return as_root("usermod -aG docker $USER")
    if user in group.gr_mem and group.gr_gid not in os.getgroups():
        return f"newgrp {group.gr_name}"
    helps = group.gr_gid != 0 and about.st_mode & stat.S_IWGRP
    return as_root(f"usermod -aG {group.gr_name if helps else 'docker'} $USER")


def service(verb: str, url: str, how: str = "") -> str:
    """Start or restart the engine; or install it where there is none."""
    if start := next((start for name, start in STARTS.items() if f"'{name}" in how), ""):
        return start.replace("start", verb)
    if not sys.platform.startswith("linux"):
        return f"docker desktop {verb}" if shutil.which("docker") else DESKTOP
    if "/run/user/" in url or "/.docker/desktop/" in url:
        return f"systemctl --user {verb} docker{'' if '/run/user/' in url else '-desktop'}"
    if verb == "start" and not shutil.which("dockerd") and not Path("/usr/sbin/dockerd").exists():
        if os.environ.get("WSL_DISTRO_NAME"):
            return WSL
        return as_root("apt-get install docker.io") if shutil.which("apt-get") else DOCS
    systemd = Path("/run/systemd/system").exists()
    return as_root(f"systemctl {verb} docker" if systemd else f"service docker {verb}")


def upgrade() -> str:
    return DOCS if sys.platform.startswith("linux") else "docker desktop update"


def chosen() -> str:
    """The variable by which the user chose an engine; empty when none did."""
    return next((name for name in ("DOCKER_HOST", "DOCKER_CONTEXT") if os.environ.get(name)), "")


def leave() -> str:
    """Give that choice up."""
    return f"unset {chosen()}" if os.name == "posix" else f"set {chosen()}="

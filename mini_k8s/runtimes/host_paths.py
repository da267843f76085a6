"""Which paths of the host may a container see? Only those directly below one folder that its user has named.

A container that may write into a folder can put a link there and so lead whoever follows a path *through* that folder
anywhere, also between a check and the mount (CVE-2021-25741). Here nobody can: the folder itself (``host_root``) is
never mounted, so no container changes the names in it, and what lies below is mounted whole, so no path leads through
it. A link among the names is refused. What is left is who may write into the folder on the host itself, and that its
user does not name a folder above it in another cluster. Upstream: ``pkg/volume/hostpath``, which trusts the path.
"""

import os
import stat

from mini_k8s.errors import Invalid
from mini_k8s.runtimes.specs import Mount


def check_root(root: str) -> str:
    """Return the folder without links in its path. Raises Invalid when it is none, or everything."""
    found = os.path.realpath(root)
    if not os.path.isdir(found) or os.path.dirname(found) == found:
        raise Invalid(f"{root} cannot be the folder for host paths. Name a folder that is there, and not /.")
    return found


def check_host_path(mount: Mount, root: str) -> str:
    """Return what ``mount.host`` is on the host; make it where its ``host_type`` says so. Raises Invalid.

    root   what ``check_root`` returned, or empty: no path is allowed
    """
    if not root:
        raise Invalid(f"{mount.host} of the host is not to be mounted. Name a folder for host paths first.")
    folder, name = os.path.split(os.path.normpath(mount.host))
    if not name or os.path.realpath(folder) != root:
        raise Invalid(f"{mount.host} of the host is not directly below {root}, and only such paths are mounted.")
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            mode = os.lstat(name, dir_fd=at).st_mode
        except FileNotFoundError:
            mode = _make(name, at, mount)
    finally:
        os.close(at)
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise Invalid(f"{mount.host} of the host is a link or something special. Only files and folders are mounted.")
    if mount.host_type and mount.host_type.startswith("Directory") != stat.S_ISDIR(mode):
        raise Invalid(f"{mount.host} of the host is {'a folder' if stat.S_ISDIR(mode) else 'a file'}, "
                      f"and {mount.host_type} was asked for.")
    return os.path.join(root, name)


def _make(name: str, at: int, mount: Mount) -> int:
    if mount.host_type in ("", "DirectoryOrCreate"):
        os.mkdir(name, 0o755, dir_fd=at)
    elif mount.host_type == "FileOrCreate":
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644, dir_fd=at))
    else:
        raise Invalid(f"{mount.host} is not there. Make it, or ask for {mount.host_type}OrCreate.")
    return os.lstat(name, dir_fd=at).st_mode

"""How much may this program have, where a control group says so? As on Binder, in a container, in a class's hub.

Both versions of cgroups are read, from the program's own group up to the root: each level may set a limit. Upstream
docs: the kernel's ``cgroup-v2.rst`` and ``cgroup-v1/memory.rst``.
"""

from collections.abc import Iterator
from pathlib import Path

_V1 = {"memory.max": "memory.limit_in_bytes", "memory.current": "memory.usage_in_bytes"}


def room_for_memory(root: Path = Path("/")) -> int | None:
    """Bytes that may still be taken, caches counted as free; None where nothing limits them."""
    return min(_rooms("memory", root), default=None)


def room_for_threads(root: Path = Path("/")) -> int | None:
    """Threads and processes that may still be started; None where nothing limits them."""
    return min(_rooms("pids", root), default=None)


def _rooms(controller: str, root: Path) -> Iterator[int]:
    for group, version in _groups(controller, root):
        names = (f"{controller}.max", f"{controller}.current")
        most, used = (_number(group / (_V1.get(name, name) if version == 1 else name)) for name in names)
        if most is None or used is None or most >= 1 << 60:  # version 1 says "no limit" with a very large number
            continue
        yield max(0, most - used + (_caches(group, version) if controller == "memory" else 0))


def _groups(controller: str, root: Path) -> Iterator[tuple[Path, int]]:
    """The group that this program is in and all above it. In a container the path may be that of outside: then only
    the root is there, and that is the container's own."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup"
        tops = [top / controllers, top / controller] if controllers else [top, top / "unified"]
        for top in [t for t in tops if t.is_dir()][:1 if controllers else 2]:
            inside = Path(path.lstrip("/"))
            for group in (inside, *inside.parents):
                if ".." not in group.parts and (top / group).is_dir():
                    yield top / group, 1 if controllers else 2


def _caches(group: Path, version: int) -> int:
    """What the kernel gives back when it is needed: pages of files."""
    try:
        stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        prefix = "total_" if version == 1 else ""
        return sum(int(stat.get(f"{prefix}{name}", 0)) for name in ("inactive_file", "active_file"))
    except (OSError, ValueError):
        return 0


def _number(path: Path) -> int | None:
    """The number in a file; None where there is none, or the word 'max'."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None

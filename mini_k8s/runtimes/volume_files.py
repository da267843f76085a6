"""How are the files of a volume changed all at once, while somebody reads them?

All files of one version lie in a folder of their own, and ``..data`` is a link to the newest one. What users see are
links through it: ``key -> ..data/key``. A new version is written beside the old one; then one rename lets ``..data``
point to it. So nobody ever sees half of it. Upstream: ``pkg/volume/util/atomic_writer.go``, the same names.
"""

import io
import tarfile
import time
from collections.abc import Iterable, Mapping
from datetime import datetime

from mini_k8s.runtimes.specs import File

# Run as: sh -c PUBLISH sh FOLDER…  Makes the version public that ``archive`` has put beside the old one. The links of
# new files come after it, those of old files go after it, and its folder last.
PUBLISH = r"""
for folder; do
    cd "$folder" && mv -T ..data_tmp ..data || exit 1
    for path in ..data/* ..data/.[!.]*; do
        name=${path#..data/}
        [ ! -e "$path" ] || [ -L "$name" ] || ln -s "$path" "./$name"
    done
    for name in * .[!.]*; do
        [ ! -L "$name" ] || [ -e "$name" ] || rm "./$name"
    done
    for old in ..[0-9]*; do
        [ "$old" = "$(readlink ..data)" ] || rm -rf "$old"
    done
done
"""


def archive(volumes: Mapping[str, Mapping[str, File]], group: Mapping[str, int | None], first: bool) -> bytes:
    """A tar with the next version of these volumes: folder of the volume -> path -> file.

    group   folder of the volume -> the group whose it is (Kubernetes' fsGroup), which may read all of it
    first   nobody reads yet: it is public at once, else when ``PUBLISH`` has run
    """
    memory = io.BytesIO()
    version = f"..{datetime.now().strftime('%Y_%m_%d_%H_%M_%S')}.{time.time_ns() % 10**9:09d}"
    with tarfile.open(fileobj=memory, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for folder, files in volumes.items():
            _add_version(tar, f"{folder.strip('/')}/{version}", files, group.get(folder))
            _link(tar, f"{folder.strip('/')}/..data{'' if first else '_tmp'}", version)
            for name in dict.fromkeys(path.split("/")[0] for path in files) if first else ():
                _link(tar, f"{folder.strip('/')}/{name}", f"..data/{name}")
    return memory.getvalue()


def folders(groups: Mapping[str, int]) -> bytes:
    """A tar in which these folders belong to these groups, and what is made in them does too."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for folder, group in groups.items():
            _add(tar, folder.strip("/"), tarfile.DIRTYPE, 0o2777, group)
    return memory.getvalue()


def _add_version(tar: tarfile.TarFile, top: str, files: Mapping[str, File], group: int | None) -> None:
    parents = dict.fromkeys(parent for path in files for parent in _parents(path))
    for path in ("", *parents):
        _add(tar, f"{top}/{path}".rstrip("/"), tarfile.DIRTYPE, 0o755 if group is None else 0o2755, group)
    for path, file in files.items():
        mode = file.mode if group is None else file.mode | 0o440
        _add(tar, f"{top}/{path}", tarfile.REGTYPE, mode, group, file.content)


def _parents(path: str) -> Iterable[str]:
    steps = path.split("/")
    return ("/".join(steps[:n]) for n in range(1, len(steps)))


def _link(tar: tarfile.TarFile, path: str, target: str) -> None:
    entry = tarfile.TarInfo(path)
    entry.type, entry.linkname, entry.mtime = tarfile.SYMTYPE, target, int(time.time())
    tar.addfile(entry)


def _add(tar: tarfile.TarFile, path: str, kind: bytes, mode: int, group: int | None, content: bytes = b"") -> None:
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode, entry.gid, entry.size = kind, mode, group or 0, len(content)
    entry.mtime = int(time.time())
    tar.addfile(entry, io.BytesIO(content))

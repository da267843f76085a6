"""How do the images reach a machine without a network? In one file, as ``docker save`` writes it.

``docker load -i FILE`` reads it too; ``load`` looks into it first, so that nothing comes onto the engine that is not of
the workshop, and no tag changes what it means without being told. Upstream: ``docker save``, ``kind load
image-archive``; formats: Docker's image tarball (``manifest.json``) and the OCI layout (``index.json``) beside it.
"""

import contextlib
import gzip
import json
import os
import posixpath
import secrets
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from mini_k8s.errors import AlreadyExists, Conflict, Invalid, NotFound
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.images import CATALOGUE, prepare

SILENCE = 120.0  # seconds: an engine collects an image on its disk before its first byte comes
_PIECE, _LIST = 1 << 16, 4 << 20  # bytes read at a time; bytes that a list or a config may have

Tell = Callable[[str], object]
Moved = Callable[[int], object]  # is called with the number of bytes that have gone over so far


class Packed(NamedTuple):
    """One image in a file."""

    name: str
    arch: str
    make: object  # equal for two images of the same layers that run the same; ids differ from engine to engine


def save(engine: Engine, path: Path, overwrite: bool = False, tell: Tell = lambda line: None,
         moved: Moved = lambda count: None) -> list[Packed]:
    """Write all images of the catalogue into ``path``, making first those that are missing. Whole, or not at all.

    Raises AlreadyExists when there is something under that name, unless ``overwrite``.
    """
    if path.is_dir() or (path.exists() and not overwrite):
        raise AlreadyExists(f"{path} is {'a folder' if path.is_dir() else 'there already'}. "
                            f"Name another file{'' if path.is_dir() else ', or overwrite it with --force'}.")
    if not path.parent.is_dir():
        raise NotFound(f"there is no folder {path.parent}. Make it, or name another place.")
    prepare(engine, progress=tell)
    tell(f"writing {path}")
    half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with half.open("xb") as file:
            count = 0
            for piece in _pieces(engine, engine.open("/images/get", silence=SILENCE, names=list(CATALOGUE))):
                count += file.write(piece)
                moved(count)
            file.flush()
            os.fsync(file.fileno())
        packed = contents(half)
        if {image.name for image in packed} != set(CATALOGUE):
            raise Invalid(f"the engine gave {', '.join(image.name for image in packed)} only. Try again.")
        _move(half, path, overwrite)
        return packed
    except OSError as error:  # such as a full disk; it names the half file, which nobody has heard of
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        half.unlink(missing_ok=True)


def load(engine: Engine, path: Path, overwrite: bool = False, tell: Tell = lambda line: None,
         moved: Moved = lambda count: None) -> list[Packed]:
    """Bring the images of a file onto the engine; return those that are new to it.

    Before anything is loaded it raises Invalid for an image that is not the workshop's or not for this engine's
    processor, and Conflict for a tag that means another image here, unless ``overwrite``.
    """
    packed = contents(path)
    foreign = [image.name for image in packed if image.name not in CATALOGUE]
    if foreign:
        raise Invalid(f"{path} holds {_listed(foreign)}, which {'is' if len(foreign) == 1 else 'are'} not of this "
                      "workshop, so nothing was loaded. Make a file of your own: mini-k8s images save FILE")
    arch = engine.call("version")["Arch"]
    other = next((image for image in packed if image.arch != arch), None)
    if other:
        raise Invalid(f"the images in {path} are for {other.arch or 'an unknown'} processors, and this engine runs on "
                      f"{arch}, so nothing was loaded. Save them on a machine like this one: mini-k8s images save FILE")
    here = {image.name: _here(engine, image.name) for image in packed}
    new = [image for image in packed if here[image.name] != image.make]
    changed = [image.name for image in new if here[image.name]]
    if changed and not overwrite:
        raise Conflict(f"this engine has {', '.join(changed)} already, of another make than in {path}. They serve as "
                       f"well, so nothing was loaded. To replace them: mini-k8s images load {path} --force")
    if new:
        tell(f"loading {path}")
        _send(engine, path, moved)
        if missing := [image.name for image in new if not _here(engine, image.name)]:
            raise Invalid(f"the engine took {path}, and has no {', '.join(missing)} all the same. Save a new file.")
    return new


def contents(path: Path) -> list[Packed]:
    """What is in a file of images. Only its lists are read. Raises NotFound, or Invalid for any other kind of file."""
    if not path.is_file():
        raise NotFound(f"there is no file {path}. Look where it was copied to, and type that.")
    try:
        with tarfile.open(path) as tar:
            return _contents(tar)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, ValueError, LookupError, TypeError,
            AttributeError, RecursionError) as error:
        why = str(error).partition(":")[0]
        raise Invalid(f"{path} is no whole file of images ({why}). "
                      "Copy it again, or make a new one: mini-k8s images save FILE") from error


def _contents(tar: tarfile.TarFile) -> list[Packed]:
    files: dict[str, tarfile.TarInfo] = {}
    for entry in tar:
        name = posixpath.normpath(entry.name).lstrip("/")
        if name in files and name.endswith(".json"):
            raise ValueError(f"it holds {name} twice")
        files[name] = entry
    packed = []
    for image in _read(tar, files, "manifest.json"):
        about = _read(tar, files, image["Config"])
        make = _make(about["rootfs"]["diff_ids"], about.get("config") or {})
        packed += [Packed(name, about.get("architecture", ""), make)
                   for name in image["RepoTags"] or ["an image without a name"]]
    if "index.json" in files:  # what an engine with containerd's image store goes by
        for image in _read(tar, files, "index.json").get("manifests", []):
            name = (image.get("annotations") or {}).get("io.containerd.image.name", "").removeprefix("docker.io/")
            if name and name not in {image.name for image in packed}:
                packed.append(Packed(name, "", None))
    if not packed:
        raise ValueError("it holds no images")
    return packed


def _read(tar: tarfile.TarFile, files: dict[str, tarfile.TarInfo], name: str):
    entry = files.get(posixpath.normpath(name))
    if entry is None or not entry.isreg() or entry.size > _LIST:
        raise ValueError(f"it has no {name}")
    return json.loads(tar.extractfile(entry).read())


def _send(engine: Engine, path: Path, moved: Moved) -> None:
    def pieces() -> Iterator[bytes]:
        count = 0
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
                count += len(piece)
                moved(count)

    answer = engine.open("/images/load", silence=SILENCE, method="POST", data=pieces())
    for line in b"".join(_pieces(engine, answer)).splitlines():
        with contextlib.suppress(ValueError):
            if problem := json.loads(line).get("error"):
                raise Invalid(f"the engine refused {path}: {problem}. Save a new file: mini-k8s images save FILE")


def _pieces(engine: Engine, answer) -> Iterator[bytes]:
    pieces = answer.iter_content(_PIECE)
    try:
        while True:
            with engine.errors():
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece
    finally:
        answer.close()


def _here(engine: Engine, name: str) -> object:
    """The make of what the engine has under that name; None when it has nothing."""
    try:
        about = engine.call("inspect_image", name)
    except NotFound:
        return None
    return _make(about["RootFS"].get("Layers") or [], about.get("Config") or {})


def _make(layers: list[str], config: dict) -> object:
    return tuple(layers), *(tuple(config.get(key) or ()) for key in ("Entrypoint", "Cmd", "Env"))


def _listed(names: list[str]) -> str:
    """Names from a stranger's file, so that none of their characters moves a cursor."""
    shown = ", ".join(repr(name) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _move(half: Path, path: Path, overwrite: bool) -> None:
    if overwrite:
        os.replace(half, path)
        return
    try:
        os.link(half, path)  # unlike a rename it never takes the place of what came there meanwhile
    except FileExistsError as error:
        raise AlreadyExists(f"{path} came there meanwhile. Name another file, or overwrite it with --force.") from error
    except OSError:  # a file system without links, as on many USB sticks
        os.replace(half, path)

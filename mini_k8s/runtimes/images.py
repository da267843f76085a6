"""What does ``image:`` mean here? The workshop's few images, and how they are made where there is no registry.

``mini-k8s/web`` is the story's app: ``GET /`` answers with the name of the pod that answered, so that one sees who it
was. ``mini-k8s/base`` is the busybox below it; locks run on it alone, and pods' sandboxes on ``mini-k8s/sandbox``,
which adds places for volumes. ``mini-k8s/network`` is Python, for the helper that carries services. The base comes from
the host's own busybox (``busybox-static``), from a busybox image that the engine has, or from a registry, whichever is
nearest; Python does so too. A tag that exists is never overwritten. Real clusters pull images; ``kind load`` puts local
ones on a node.
"""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from mini_k8s.errors import Invalid, NotFound, StatusError
from mini_k8s.runtimes import python_image
from mini_k8s.runtimes.engine import Engine

BASE = "mini-k8s/base:1"
SANDBOX = "mini-k8s/sandbox:2"
NETWORK = "mini-k8s/network:1"
PLACES = 64  # for volumes in a sandbox: /volumes/0 and so on
MESSAGES = 32  # files for messages of its containers: /messages/0 and so on

_WEB = """\
#!/bin/sh
# Ends at once when told to: the shell is process 1, and only what process 1 traps reaches it.
trap 'kill $pid; exit 0' TERM INT
httpd -f -p 8080 -h /www &
pid=$!
wait $pid
"""

# httpd runs this for every address that ends in "/" and is no file.
_ANSWER = """\
#!/bin/sh
printf 'Content-Type: text/plain\\r\\nCache-Control: no-store\\r\\n\\r\\n'
case "${REQUEST_URI%%\\?*}" in
/visits/) wc -l < /tmp/visits ;;
/version/) cat /www/version ;;
*) echo >> /tmp/visits; echo "${POD_NAME:-$(hostname)}" ;;
esac
"""


class Image(NamedTuple):
    """One image of the catalogue: the files it lays over the base, and what it runs."""

    name: str
    summary: str
    files: dict[str, tuple[int, str | None]]  # path -> (mode, text); None: a folder
    changes: tuple[str, ...]


def _web(version: int) -> Image:
    files = {"bin/web": (0o755, _WEB), "www/cgi-bin/index.cgi": (0o755, _ANSWER), "www/healthz": (0o644, "ok\n"),
             "www/version": (0o644, f"{version}\n"), "www/visits/.keep": (0o644, ""),
             "tmp/visits": (0o666, "")}
    return Image(f"mini-k8s/web:{version}", "answers with its pod's name on port 8080", files,
                 ('CMD ["web"]', "ENTRYPOINT []", "EXPOSE 8080"))


CATALOGUE = {image.name: image for image in (
    Image(BASE, "busybox: a shell and its tools", {}, ('CMD ["sh"]',)),
    # An empty volume takes the mode and the files of the folder that it is mounted on: anybody may write into these.
    Image(SANDBOX, "waits, and holds a pod's address and volumes",
          {f"volumes/{n}": (0o1777, None) for n in range(PLACES)}
          | {f"messages/{n}": (0o666, "") for n in range(MESSAGES)},
          ('CMD ["sh"]',)),
    _web(1),
    _web(2),
    Image(NETWORK, "Python, for the helper that carries services", {}, ()),
)}


def prepare(engine: Engine, names: Iterable[str] = (),
            progress: Callable[[str], None] = lambda line: None) -> list[str]:
    """Make the images that are missing (all of the catalogue when none is named); return the names of those made.

    Raises NotFound for a name that is not in the catalogue, and for a base that can be had nowhere.
    """
    names = list(names) or list(CATALOGUE)
    for name in names:
        if name not in CATALOGUE:
            raise NotFound(f"there is no image '{name}' in the catalogue. There are: {', '.join(CATALOGUE)}")
    wanted = dict.fromkeys([BASE, *(n for n in names if n != BASE)])
    made = []
    for name in [n for n in wanted if not has_image(engine, n)]:
        progress(f"making {name}")
        if name in _MAKERS:
            _MAKERS[name](engine, progress)
        else:
            _make(engine, CATALOGUE[name])
        made.append(name)
    return made


def has_image(engine: Engine, name: str) -> bool:
    try:
        engine.call("inspect_image", name)
    except NotFound:
        return False
    return True


def host_busybox(arch: str) -> Path | None:
    """The host's own busybox when it would run in a container: static, for Linux, and of the engine's architecture."""
    import shutil

    found = shutil.which("busybox")
    if not sys.platform.startswith("linux") or not found or _arch(_machine()) != _arch(arch):
        return None
    program = Path(found).resolve()
    with program.open("rb") as file:  # an ELF that names no interpreter (PT_INTERP) needs no library
        head = file.read(4096)
    return program if head[:4] == b"\x7fELF" and b"/ld-" not in head else None


def busybox_command() -> str:
    """The one command that gets a base here: a static busybox where it can be installed, else a pull (2 MB)."""
    import shutil

    if sys.platform.startswith("linux"):
        for installer, package in (("apt-get", "busybox-static"), ("dnf", "busybox")):
            if shutil.which(installer):
                return f"{'' if os.geteuid() == 0 else 'sudo '}{installer} install {package}"
    return "docker pull busybox"


def _make_base(engine: Engine, progress: Callable[[str], None]) -> None:
    arch = engine.call("version")["Arch"]
    program = host_busybox(arch)
    if program:
        progress(f"from {program}")
        answer = engine.call("import_image_from_data", _base_tar(program), repository="mini-k8s/base", tag="1",
                             changes=list(CATALOGUE[BASE].changes))
        if "error" in answer:
            raise Invalid(f"the engine refused the image {BASE}: {answer[:300]}")
        return
    if not has_image(engine, "busybox"):
        progress("pulling busybox")
        try:
            engine.call("pull", "busybox", tag="latest", deadline=120)
        except StatusError as error:
            raise NotFound(f"{BASE} needs busybox, and there is no static one on this machine for {arch}, none on the "
                           f"engine, and no registry gave one ({error}). "
                           f"When you are online: {busybox_command()}") from error
    progress("from the engine's busybox")
    engine.call("tag", "busybox:latest", "mini-k8s/base", "1")


def _make_network(engine: Engine, progress: Callable[[str], None]) -> None:
    """From this machine's own Python, else from a Python image that the engine or a registry has."""
    import tarfile

    arch, why = engine.call("version")["Arch"], python_image.why_not()
    if not why and _arch(_machine()) == _arch(arch):
        progress(f"from {python_image.interpreter()}")
        memory = io.BytesIO()
        with tarfile.open(fileobj=memory, mode="w") as tar:
            python_image.put_into(tar)
        _make(engine, CATALOGUE[NETWORK], memory.getvalue(), (
            f"ENV PYTHONHOME={python_image.home()}", f'ENTRYPOINT ["{python_image.interpreter()}"]'))
        return
    if not has_image(engine, _PYTHON):
        progress(f"pulling {_PYTHON}")
        try:
            engine.call("pull", *_PYTHON.split(":"), deadline=300)
        except StatusError as error:
            raise NotFound(f"{NETWORK} needs Python: {why or 'the engine is of another architecture'}, the engine has "
                           f"no {_PYTHON}, and no registry gave one ({error}). When you are online: "
                           f"docker pull {_PYTHON}") from error
    _commit(engine, _PYTHON, CATALOGUE[NETWORK].name, b"", ('ENTRYPOINT ["python3"]', 'CMD []'))


_PYTHON = "python:3-alpine"
_MAKERS = {BASE: _make_base, NETWORK: _make_network}


def _make(engine: Engine, image: Image, files: bytes = b"", changes: Iterable[str] = ()) -> None:
    """Lay an image's files over the base."""
    _commit(engine, BASE, image.name, files or _tar(image.files), (*image.changes, *changes))


def _commit(engine: Engine, base: str, name: str, files: bytes, changes: Iterable[str]) -> None:
    """Make an image without a builder: a container that never runs, files put in, committed."""
    import secrets

    container = engine.call("create_container", base, ["true"], name=f"mini-k8s-image-{secrets.token_hex(4)}")["Id"]
    try:
        if files:
            engine.call("put_archive", container, "/", files)
        repository, tag = name.rsplit(":", 1)
        engine.call("commit", container, repository=repository, tag=tag, changes="\n".join(changes) or None)
    finally:
        with contextlib.suppress(NotFound):
            engine.call("remove_container", container, force=True)


def _base_tar(program: Path) -> bytes:
    import subprocess

    applets = subprocess.run([program, "--list"], capture_output=True, text=True, timeout=10, check=True).stdout.split()
    files = {"etc/passwd": (0o644, "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
             "etc/group": (0o644, "root:x:0:\nnogroup:x:65534:\n")}
    return _tar(files, program, [a for a in applets if a != "busybox"])


def _tar(files: dict[str, tuple[int, str | bytes | None]], program: Path | None = None,
         applets: Iterable[str] = ()) -> bytes:
    import tarfile

    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as tar:
        if program:
            folders = {"bin": (0o755, None), "etc": (0o755, None), "tmp": (0o1777, None)}
            files = folders | files | {"bin/busybox": (0o755, program.read_bytes())}
        for name, (mode, content) in files.items():
            data = content if isinstance(content, bytes) else (content or "").encode()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            entry.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            tar.addfile(entry, io.BytesIO(data))
        for applet in applets:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return memory.getvalue()


def _machine() -> str:
    import platform

    return platform.machine()


def _arch(name: str) -> str:
    return {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}.get(name.lower(), name.lower())

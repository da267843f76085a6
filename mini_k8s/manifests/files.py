"""Which files are meant, and what stands in them? A file, a folder, or '-' for standard input."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from mini_k8s.manifests.builder import SIZE

SUFFIXES = (".yaml", ".yml", ".json")
STDIN = "standard input"


class Text(NamedTuple):
    """What stands in a file; or why it cannot be read, and in which line."""

    file: str
    text: str = ""
    mistake: str = ""
    line: int | None = None


def texts(places: tuple[str, ...], recursive: bool, stdin: BinaryIO | None) -> Iterator[Text]:
    """The texts of all places, in order. A folder stands for its manifests, sorted by name."""
    for place in map(str, places):
        if place == "-":
            yield _text(STDIN, (stdin or sys.stdin.buffer).read(SIZE + 1))
        elif Path(place).is_dir():
            yield from _folder(Path(place), recursive)
        else:
            yield _file(Path(place), place)


def _folder(folder: Path, recursive: bool) -> Iterator[Text]:
    try:
        found = sorted(path for path in (folder.rglob("*") if recursive else folder.iterdir())
                       if path.suffix in SUFFIXES and not path.is_dir())
    except OSError as error:
        yield Text(str(folder), mistake=f"the folder cannot be read: {error.strerror}. Look at its permissions.")
        return
    if not found:
        yield Text(str(folder), mistake="there is no *.yaml, *.yml or *.json in this folder."
                   + ("" if recursive else " Those in folders below it are read when you ask for it (recursive)."))
    for path in found:
        if path.exists() and not path.is_file():
            yield Text(str(path), mistake="this is no ordinary file. Name it by itself to have it read.")
        else:
            yield _file(path, str(path))


def _file(path: Path, shown: str) -> Text:
    try:
        with path.open("rb") as file:
            return _text(shown, file.read(SIZE + 1))
    except FileNotFoundError:
        if shown.startswith(("http:", "https:")):
            return Text(shown, mistake="addresses of the web are not read. Download it and give the file's name.")
        return Text(shown, mistake=f"there is no such file. It was looked for in {path.absolute().parent}.")
    except (OSError, ValueError) as error:
        return Text(shown, mistake=f"the file cannot be read: {getattr(error, 'strerror', None) or error}. Look at its "
                                   "name and its permissions.")


def _text(shown: str, data: bytes) -> Text:
    if len(data) > SIZE:
        return Text(shown, mistake=f"the file has more than {SIZE // 2**20} MiB. Divide it into several files.")
    try:
        return Text(shown, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return Text(shown, mistake="the file is UTF-16, as PowerShell's '>' writes it. Save it as UTF-8.")
        return Text(shown, mistake=f"the file is not UTF-8: there is a byte {data[error.start]:#04x}. Save it as "
                                   "UTF-8.", line=data.count(b"\n", 0, error.start) + 1)

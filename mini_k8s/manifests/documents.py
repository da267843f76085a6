"""Which objects are in a text, and where does each of their fields stand?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, BinaryIO, NamedTuple

from mini_k8s import fields
from mini_k8s.errors import Invalid
from mini_k8s.manifests.files import texts
from mini_k8s.manifests.lines import Lines
from mini_k8s.manifests.loader import load
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, required

_SHOWN = 50  # mistakes in one message


class Mistake(NamedTuple):
    """Something wrong, or doubtful, with the place where it stands."""

    file: str
    document: int | None  # counted from 1
    line: int | None  # of the file, counted from 1
    field: str
    what: str

    def __str__(self) -> str:
        place = [self.file, self.document and f"document {self.document}", self.line and f"line {self.line}"]
        return ": ".join(part for part in (", ".join(filter(None, place)), self.field, self.what) if part)


@dataclass(frozen=True)
class Document:
    """An object that somebody wrote, and where.

    number     of the document in its file, counted from 1; the objects of a List have one number
    warnings   what was read otherwise than it may have been meant, and fields that nobody knows
    """

    object: Object
    file: str
    number: int
    lines: Lines = field(repr=False, compare=False)
    warnings: tuple[Mistake, ...] = field(default=(), repr=False, compare=False)

    def line(self, path: str = "") -> int:
        """The line of a field such as 'spec.containers[0].image', or of the nearest one around it that is there."""
        return self.lines.find(path)

    def mistake(self, problem: Problem) -> Mistake:
        """A problem of this object, with the place where it stands."""
        return Mistake(self.file, self.number, self.line(problem.field), problem.field,
                       str(problem).removeprefix(f"{problem.field}: "))


def read(*places: str | PathLike, recursive: bool = False, stdin: BinaryIO | None = None) -> list[Document]:
    """The objects in these files, folders and, for '-', standard input. A List is read as its items.

    recursive   folders with the folders below them
    stdin       a file opened for bytes; by default this program's

    Raises Invalid with all mistakes of all files; its ``problems`` are a Mistake each.
    """
    documents, mistakes = [], []
    for text in texts(tuple(map(str, places)), recursive, stdin):
        if text.mistake:
            mistakes.append(Mistake(text.file, None, text.line, "", text.mistake))
        else:
            found, wrong = _documents(text.text, text.file)
            documents += found
            mistakes += wrong
    refuse(mistakes)
    return documents


def read_text(text: str, file: str = "text") -> list[Document]:
    """The objects in a text, which is said to come from ``file``. Raises Invalid as ``read`` does."""
    documents, mistakes = _documents(text, file)
    refuse(mistakes)
    return documents


def refuse(mistakes: Sequence[Mistake]) -> None:
    """Raise Invalid with all of them, if there are any. The error's ``problems`` holds them one by one."""
    if not mistakes:
        return
    said = [f"- {mistake}" for mistake in mistakes[:_SHOWN]]
    if len(mistakes) > _SHOWN:
        said.append(f"- and {len(mistakes) - _SHOWN} more")
    error = Invalid(str(mistakes[0]) if len(mistakes) == 1 else "\n".join([f"{len(mistakes)} mistakes:", *said]))
    error.problems = tuple(mistakes)
    raise error


def _documents(text: str, file: str) -> tuple[list[Document], list[Mistake]]:
    documents, mistakes, number = [], [], 0
    for number, loaded in enumerate(load(text), 1):
        place = (file, number)
        mistakes += [Mistake(*place, *remark) for remark in loaded.mistakes]
        if loaded.value is None:
            continue
        warnings = [Mistake(*place, *remark) for remark in loaded.warnings]
        for value, lines in _items(loaded.value, loaded.lines):
            document = Document(value, *place, lines, tuple(warnings))
            wrong = list(_check(document))
            mistakes += wrong
            if not wrong:
                documents.append(Document(value, *place, lines, (*warnings, *_doubts(document))))
            warnings = []
    if not number:
        mistakes.append(Mistake(file, None, None, "", "there is no object in it. One begins with apiVersion and kind."))
    return documents, mistakes


def _items(value: Any, lines: Lines) -> Iterator[tuple[Any, Lines]]:
    """The object, or the items of a List. Those of a PodList are Pods when they do not say it."""
    kind = value.get("kind") if isinstance(value, Object) else None
    if not isinstance(kind, str) or not kind.endswith("List") or not isinstance(value.get("items"), tuple):
        yield value, lines
        return
    known = {"apiVersion": value.get("apiVersion"), "kind": kind.removesuffix("List")} if kind != "List" else {}
    for item, its in zip(value["items"], lines.parts["items"].parts, strict=True):
        yield from _items(Object({**known, **item}) if isinstance(item, Object) else item, its)


def _check(document: Document) -> Iterator[Mistake]:
    """What must be there for anybody to know what it is; everything else is for the API to judge."""
    obj = document.object
    if not isinstance(obj, Object):
        what = "empty" if obj is None else "a list" if isinstance(obj, tuple) else f"only {str(obj)[:40]!r}"
        yield document.mistake(Problem("", f"this is {what}, and no object. One begins with apiVersion and kind."))
        return
    for name in ("apiVersion", "kind"):
        if not obj.get(name):
            yield document.mistake(required(name))
        elif not isinstance(obj[name], str):
            yield document.mistake(Problem(name, "Invalid value", "must be text; write it in quotes", obj[name]))
    if not isinstance(obj.get("metadata"), Object):
        yield document.mistake(required("metadata", "a mapping with a name"))


def _doubts(document: Document) -> Iterator[Mistake]:
    for doubt in fields.doubts(document.object, document.object["kind"]):
        if doubt.what == "unknown field":
            meant = f". Did you mean {doubt.meant}?" if doubt.meant else "; it is kept, and nothing here reads it"
            yield document.mistake(Problem(doubt.path, doubt.what + meant))

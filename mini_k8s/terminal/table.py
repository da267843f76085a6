"""How are objects shown in a line each? In the columns of their kind, as kubectl has them."""

from collections.abc import Iterable, Sequence

from mini_k8s.kind import Kind
from mini_k8s.objects import Object

_GAP, _NARROWEST = 3, 6  # characters between two columns; of a column with its gap


class Table:
    """The table of one kind. ``head`` and ``row`` are lists of texts, a column each.

    wide         with the columns that only -o wide shows
    namespaces   begin with the namespace
    labels       end with the labels
    prefix       name objects as kind/name, where several kinds are shown
    """

    def __init__(self, kind: Kind, wide: bool = False, namespaces: bool = False, labels: bool = False,
                 prefix: bool = False):
        self.kind, self.namespaces, self.labels = kind, namespaces and kind.namespaced, labels
        self.prefix = f"{kind.resource}/" if prefix else ""
        self._columns = [column for column in kind.columns if wide or not column.wide]

    @property
    def head(self) -> list[str]:
        return [*["NAMESPACE"] * self.namespaces, *(column.name for column in self._columns),
                *["LABELS"] * self.labels]

    def row(self, obj: Object, now: float) -> list[str]:
        meta = obj["metadata"]
        cells = [(self.prefix if column.name == "NAME" else "") + column.value(obj, now) for column in self._columns]
        labels = ",".join(f"{key}={value}" for key, value in sorted((meta.get("labels") or {}).items()))
        return [clean(cell) for cell in (*[meta.get("namespace") or ""] * self.namespaces, *cells,
                                         *[labels or "<none>"] * self.labels)]


def widths(rows: Sequence[Sequence[str]], least: Sequence[int] = ()) -> list[int]:
    """How wide each column has to be, its gap included."""
    found = [max(_NARROWEST, max(map(len, column)) + _GAP) for column in zip(*rows, strict=True)]
    return [max(pair) for pair in zip(found, least, strict=True)] if least else found


def line(row: Sequence[str], widths: Sequence[int]) -> str:
    """One row as a line."""
    return "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def lines(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """All rows as lines, one below the other."""
    wide = widths(rows) if rows else []
    return [line(row, wide) for row in rows]


def clean(text: str) -> str:
    """Without control characters: what somebody wrote into an object must not move this terminal's cursor."""
    return text if text.isprintable() else "".join(ch if ch.isprintable() else "?" for ch in text)

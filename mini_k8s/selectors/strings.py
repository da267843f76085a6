"""How is a selector read as kubectl takes it? ``app=web,tier in (front, back),!canary``

A key alone asks whether the label is there. Words are divided by blanks and by ``= ! < > ( ) ,``; 'in' and 'notin' are
words as any other where a key or a value is expected. Upstream: the parser in ``apimachinery/pkg/labels/selector.go``.
"""

import functools
import re
from typing import NoReturn

from mini_k8s.errors import BadRequest
from mini_k8s.problems import label_value, qualified
from mini_k8s.selectors.labels import Requirement, Selector

_WORD = re.compile(r"==|!=|[=!<>(),]|[^\s=!<>(),]+")
_SIGNS = {"=": "In", "==": "In", "!=": "NotIn", ">": "Gt", "<": "Lt"}
_SETS = {"in": "In", "notin": "NotIn"}
_BETWEEN = {"=", "==", "!=", "!", "<", ">", "(", ")", ",", ""}  # what is no name and no value; "" is the end


@functools.lru_cache(1024)
def parse(text: str) -> Selector:
    """The selector in these words; empty: everything. Raises BadRequest with the place of the mistake."""
    words = _Words(text)
    wanted = []
    while words.now or wanted:
        wanted.append(_requirement(words))
        if not words.now:
            break
        words.take("',' or the end", {","})
    return Selector(tuple(sorted(wanted)))


def _requirement(words: "_Words") -> Requirement:
    if words.now == "!":
        words.take()
        return Requirement(_key(words), "DoesNotExist")
    key = _key(words)
    if words.now in ("", ","):
        return Requirement(key, "Exists")
    sign = words.take("one of = == != in notin < > after the key, or ','", {*_SIGNS, *_SETS})
    if sign in _SETS:
        words.take("'(' with the values after it", {"("})
        values = [_value(words)]
        while words.take("',' or ')' after a value", {",", ")"}) == ",":
            values.append(_value(words))
        return Requirement(key, _SETS[sign], tuple(sorted(set(values))))
    if sign in "<>" and not re.fullmatch("[0-9]{1,18}", words.now):
        words.refuse("a whole number")
    return Requirement(key, _SIGNS[sign], (_value(words),))


def _key(words: "_Words") -> str:
    if words.now in _BETWEEN:
        words.refuse("the name of a label")
    key = words.take()
    if why := qualified(key):
        words.refuse(f"the name of a label ({why})", back=1)
    return key


def _value(words: "_Words") -> str:
    if words.now in _BETWEEN:
        return ""
    value = words.take()
    if why := label_value(value):
        words.refuse(f"the value of a label ({why})", back=1)
    return value


class _Words:
    """The words of a text, taken one by one; ``now`` is the next one, empty at the end."""

    def __init__(self, text: str):
        self._text = text
        self._words = [(found[0], found.start()) for found in _WORD.finditer(text)] + [("", len(text))]
        self._at = 0

    @property
    def now(self) -> str:
        return self._words[self._at][0]

    def take(self, expected: str = "", allowed: set[str] | None = None) -> str:
        if allowed and self.now not in allowed:
            self.refuse(expected)
        word = self.now
        self._at += 1
        return word

    def refuse(self, expected: str, back: int = 0) -> NoReturn:
        word, place = self._words[self._at - back]
        found = "the end" if not word else repr(word) if len(word) <= 80 else f"{word[:77]!r}…"
        shown = self._text if len(self._text) <= 200 else self._text[:197] + "..."
        raise BadRequest(f"the selector {shown!r} cannot be read at character {place + 1}: found {found}, expected "
                         f"{expected}. Write it as in app=web,tier in (front, back),!canary.")

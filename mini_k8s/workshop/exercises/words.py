"""How are values and actions said in a refusal?"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?", re.S)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def readable(text: str, most: int = 0) -> str:
    """Without what steers a terminal or cannot be written, and cut when it is longer than ``most`` (0: never)."""
    text = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub("", text).encode("utf-8", "replace").decode("utf-8")
    return text[:most] + "…" if 0 < most < len(text) else text


def show(value: object) -> str:
    """A value as Python would write it, with double quotes: {"web": "web:1"}."""
    try:
        return _show(value)
    except RecursionError:  # it contains itself
        return say(value)


def _show(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping) and type(value) is dict:
        return "{" + ", ".join(f"{_show(k)}: {_show(v)}" for k, v in value.items()) + "}"
    if type(value) in (list, tuple):
        inside = ", ".join(_show(v) for v in value)
        return f"[{inside}]" if type(value) is list else f"({inside}{',' if len(value) == 1 else ''})"
    return say(value)


def say(value: object, most: int = 200) -> str:
    """``repr``, which a learner's own class may break, cut where it is long."""
    try:
        text = repr(value)
    except Exception:
        text = f"a value of type {type(value).__name__}"  # a broken __repr__ must not hide what the check found
    return text if len(text) <= most else text[:most] + "…"


def tally(actions: Iterable[object]) -> Counter:
    """How often each one comes. What cannot be hashed counts by what it looks like."""
    return Counter(countable(action) for action in actions)


def countable(action: object) -> object:
    """Itself, or what it looks like when it cannot be hashed."""
    try:
        hash(action)
    except Exception:
        return f"unhashable: {say(action)}"
    return action


def plain(text: str) -> str:
    """Our own words where nothing can be set as code: ‘return’ for `return`."""
    return re.sub(r"`([^`]+)`", r"‘\1’", text)


def several(items: Iterable[object], most: int = 6) -> str:
    """'stop web (web:1), start db (db:1)', or 'nothing'; a long list is counted instead of shown."""
    items = list(items)
    shown = [str(i) if type(i).__name__ == "Action" else show(i) for i in items[:most]]
    rest = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(shown) + rest if items else "nothing"

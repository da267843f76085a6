"""How are values and actions said in a refusal?"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping


def show(value: object) -> str:
    """A value as Python would write it, with double quotes: {"web": "web:1"}."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping) and type(value) is dict:
        return "{" + ", ".join(f"{show(k)}: {show(v)}" for k, v in value.items()) + "}"
    if type(value) in (list, tuple):
        inside = ", ".join(show(v) for v in value)
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

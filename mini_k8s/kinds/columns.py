"""How does ``get`` show an object? Columns, and how long ago things were.

Upstream: ``pkg/printers/internalversion/printers.go`` and ``apimachinery/pkg/util/duration``.
"""

import calendar
import re
import time
from collections.abc import Callable

from mini_k8s.kind import Column
from mini_k8s.objects import Object

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(?:Z|([+-])(\d\d):(\d\d))")


def seconds_of(moment: str | None) -> float | None:
    """Unix seconds of '2026-11-26T08:30:00Z'; None for what is no moment."""
    read = _MOMENT.fullmatch(moment or "")
    if not read:
        return None
    try:
        seconds = calendar.timegm(time.strptime(read[1], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return None
    offset = int(f"{read[3]}1") * (int(read[4]) * 3600 + int(read[5]) * 60) if read[3] else 0
    return seconds + float(read[2] or 0) - offset


def since(moment: str | None, now: float) -> str:
    """How long ago a moment was: '41s', '5m30s', '3h20m', '2d'; '<unknown>' for none, '<invalid>' for one to come."""
    seconds = seconds_of(moment)
    return "<unknown>" if seconds is None else duration(now - seconds)


def duration(seconds: float) -> str:
    """Seconds as people say them, with no more than two units."""
    if seconds < -1:
        return "<invalid>"
    seconds = max(0, int(seconds))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    return _two(days // 365, "y", days % 365, "d") if days < 365 * 8 else f"{days // 365}y"


def _two(large: int, unit: str, small: int, lesser: str) -> str:
    return f"{large}{unit}{small}{lesser}" if small else f"{large}{unit}"


def column(name: str, value: Callable[[Object], object], wide: bool = False) -> Column:
    """A column that does not depend on the time; what is empty shows as '<none>'."""
    return Column(name, lambda obj, now: str(value(obj) or "<none>"), wide)


NAME = Column("NAME", lambda obj, now: obj["metadata"]["name"])
AGE = Column("AGE", lambda obj, now: since(obj["metadata"].get("creationTimestamp"), now))

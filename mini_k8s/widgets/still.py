"""What stays of a picture when the kernel is gone? A still: an SVG where it is displayed, text where it is printed."""

from mini_k8s.widgets.paper import STATES
from mini_k8s.widgets.svg import SIGNS, svg
from mini_k8s.widgets.words import cut, plain


class Still:
    """A picture that does not move: an SVG where it is displayed, text where it is printed."""

    def __init__(self, picture: dict, now: float):
        self.picture, self.now = picture, now

    def svg(self) -> str:
        raise NotImplementedError

    def text(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, **_) -> dict:
        return {"image/svg+xml": self.svg(), "text/plain": self.text()}


class Snapshot(Still):
    """The still picture of a loop."""

    def svg(self) -> str:
        return svg(self.picture, self.now)

    def text(self) -> str:
        return text(self.picture, self.now)


def text(picture: dict, now: float) -> str:
    """The picture as lines of plain text."""
    lines = [f"{picture['title']}: {picture['status']}", plain(picture["say"], now)]
    lines += [picture["note"]] if picture["note"] else []
    rows = [("desired", "observed", "difference", "action")]
    for row in picture["rows"]:
        wished = f"{row['name']} {row['wished']}" if row["wished"] is not None else "not wished for"
        own = "" if row["wished"] is not None else f" {row['name']}"
        act = row["act"]
        done = f"{plain(act['say'], now)} ({plain(act['more'], now)})" if act else ""
        done += f" {row['note']}" if row["note"] else ""
        rows.append((cut(wished, 30), f"{_state(row)}{own}, {plain(row['tile']['detail'], now)}".lstrip(" ,"),
                     SIGNS[row["differs"]].replace("  ", " "), done))
    widths = [min(48, max(len(row[i]) for row in rows)) for i in range(3)]
    lines += ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip()
              for row in rows]
    return "\n".join(lines)


def _state(row: dict) -> str:
    tile = row["tile"]
    if tile["state"] == "Empty":
        return ""
    return f"{STATES[tile['state'] if tile['known'] else '?'][1]} {tile['state']} {tile['times']}".rstrip()

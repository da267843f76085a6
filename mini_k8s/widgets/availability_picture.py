"""What is there to see of a history? Wished against running, in steps, and every failure from ✕ to ●.

``picture`` turns a ``History`` into one plain dict: words, numbers, and a chart whose places are worked out here, so
that a browser (``availability.js``) and the still picture (``availability_still.py``) draw the same.
"""

from mini_k8s.widgets.history import Failure, History
from mini_k8s.widgets.words import Saying, first_line, number

LEFT, RIGHT = 36, 748
HEIGHT, TOP, BOTTOM = 304, 126, 276  # of the chart; ``wished`` is at TOP, nothing at BOTTOM
_LANES = (TOP - 26, TOP - 52, TOP - 78)  # reaction times, those of one moment in different lanes
_LABEL = 52  # room for a number of seconds


def picture(history: History, *, title: str = "Wished against running", status: Saying | str = "",
            over: bool = False, note: str = "", who: str = "you") -> dict:
    """Everything that is drawn, as plain values.

    who      starts again what has failed: "you", or "the loop"
    status   what stands at the right above, such as the number of the game
    over     it will not grow any more
    """
    length = max(history.length, history.until)
    played = f"{history.until:.0f} of {length:.0f} s"
    return {
        "title": title,
        "status": [status] if isinstance(status, str) else status,
        "played": played if history.steps else "",
        "over": over,
        "say": sentence(history, who),
        "note": note,
        "chart": _chart(history, length or 60.0),
        "facts": facts(history, who),
    }


def undrawn(before: dict, error: Exception) -> dict:
    """The picture from before, which says why there is no newer one."""
    return {**before, "say": ["This picture could not be drawn anew."], "note": first_line(error, 400)}


def sentence(history: History, who: str = "you") -> Saying:
    """What happened, with the numbers, on two lines at most."""
    if not history.steps:
        return ["Nothing has run yet. Play, and this shows what ran, and how long it took you."]
    failed, back = history.failures, history.reactions()
    begin = f"In {history.until:.0f} s" + (", " if len(history.failures) > 12 else " ")  # not two numbers in a row
    wished = len(history.wished)
    average = f"On average {_average(history)} of {wished} ran."
    if not failed:
        return [begin + f"nothing failed: all {number(wished)} ran."]
    many = f"{number(len(failed))} container{'' if len(failed) == 1 else 's'} failed"
    if not back:
        return [begin + f"{many}, and none was started again. {average}"]
    each = "it" if len(failed) == 1 else "each" if len(back) == len(failed) else f"{number(len(back))} of them"
    looking, away = history.middle(away=False), history.middle(away=True)
    if looking is None:
        return [begin + f"{many}, and {who} started {each} again after about ", {"b": seconds(history.middle())},
                f". {average}"]
    said: Saying = [begin + f"{many}, and {who} started {each} again after about ", {"b": seconds(looking)}, "."]
    if away is None:
        return [*said, f" {average}"]
    return [*said, " While you looked away it took ", {"b": seconds(away)}, "."]


def facts(history: History, who: str = "you") -> list[dict]:
    """The numbers below the chart: label, value, unit."""
    whose = "your" if who == "you" else "its"
    longest = max(history.failures, key=lambda failure: failure.lasted(history.until), default=None)
    open_ = longest is not None and longest.back is None
    return [
        {"label": "Failed", "value": f"{len(history.failures)}", "unit": "time" + "s" * (len(history.failures) != 1)},
        {"label": f"{whose} reaction, typical", **_seconds(history.typical())},
        {"label": "longest, at least" if open_ else "longest",
         **_seconds(longest and longest.lasted(history.until))},
        {"label": "works for, average", **_seconds(history.mtbf if history.failures else None)},
        {"label": "down for, average", **_seconds(history.repair if history.failures else None)},
        {"label": "availability", "value": _percent(history.availability), "unit": "%"},
    ]


def seconds(value: float) -> str:
    """'40 ms', '3.1 s', and from a hundred on '112 s'."""
    if value < 0.1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 100 else f"{value:.0f} s"


def _seconds(value: float | None) -> dict:
    value, _, unit = ("–  " if value is None else seconds(value)).partition(" ")
    return {"value": value, "unit": unit.strip()}


def _average(history: History) -> str:
    """Never all of them where something was missing."""
    whole = len(history.wished)
    return f"{history.average:.1f}" if history.average >= whole or round(history.average, 1) < whole else \
        f"{min(history.average, whole - 0.01):.2f}"


def _percent(share: float) -> str:
    """Never 100 where something was missing."""
    return "100" if share >= 1 else f"{min(99.9, share * 100):.1f}" if share > 0.99 else f"{share * 100:.0f}"


def _chart(history: History, length: float) -> dict:
    wished = len(history.wished) or 1

    def x(at: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * at / length, 1)

    def y(count: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * count / wished, 1)

    end = x(history.until)
    edge = ""
    for at, count in history.steps:
        edge += f"H{x(at):g}V{y(count):g}" if edge else f"M{x(at):g} {y(count):g}"
    start = x(history.steps[0][0]) if history.steps else LEFT
    every = max(1, round(wished / 3))
    return {
        "lack": f"M{start:g} {TOP}H{max(start, end - 1):g}V{BOTTOM}H{start:g}z" if edge else "",
        "ran": f"M{start:g} {BOTTOM}V{edge[1:].split(' ')[1]}H{end:g}V{BOTTOM}z" if edge else "",
        "edge": f"{edge}H{end:g}" if edge else "",
        "end": end,
        "looks": [{"x": x(begin), "width": round(x(history.until if to is None else to) - x(begin), 1)}
                  for begin, to in history.away],
        "marks": _marks(history, x),
        "counts": [{"y": y(count), "label": str(count)} for count in range(wished, -1, -every)],
        "ticks": _ticks(length, x),
    }


def _marks(history: History, x) -> list[dict]:
    """From ✕ to ●, each in the lowest lane that is free there, with its number behind it; at the end, before it."""
    taken = [0.0] * len(_LANES)
    marks: list[dict] = []
    for failure in history.failures:
        begin, end = x(failure.died), x(history.until if failure.back is None else failure.back)
        before = end + _LABEL > RIGHT + 12
        left, right = (begin - _LABEL, end + 8) if before else (begin - 6, end + _LABEL)
        lane = next((i for i, until in enumerate(taken) if until <= left), None)
        label = "" if lane is None else seconds(failure.lasted(history.until))
        if lane is None:  # where they come too fast, a mark is worth more than a number
            lane, right = min(range(len(taken)), key=taken.__getitem__), end + 8
            for mark in marks:
                if mark["y"] == _LANES[lane] and mark["to"] + _LABEL > begin - 6:
                    mark["label"] = ""
        taken[lane] = max(taken[lane], right)
        marks.append({"x": begin, "to": end, "y": _LANES[lane], "label": label, "before": before,
                      "open": failure.back is None, "title": _mark(failure, history.until)})
    return marks


def _mark(failure: Failure, until: float) -> str:
    how = f"running again after {seconds(failure.lasted(until))}" if failure.back is not None else \
        f"down for {seconds(failure.lasted(until))} so far"
    return f"{failure.name} died at {failure.died:.1f} s, {how}" + (" (you looked away)" if failure.away else "")


def _ticks(length: float, x) -> list[dict]:
    step = next((s for s in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600) if length / s <= 8), 1800)
    ticks = [{"x": x(at), "label": f"{at} s" if at == 0 else str(at)} for at in range(0, int(length) + 1, step)]
    ticks = [ticks[0], *(tick for tick in ticks[1:] if tick["x"] < RIGHT - 46)]
    return [*ticks, {"x": RIGHT - 6, "label": f"{length:.0f} s"}]

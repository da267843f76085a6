"""How is it said? Small words that the live picture, the still one and the plain text share.

A *saying* is a list of pieces: a string; ``{"b": name}`` for a name; ``{"age": t}`` and ``{"left": t}`` for seconds
since and until the Unix time ``t``. A browser counts the ages by itself, second by second; ``plain`` writes them once.
"""

from collections.abc import Hashable, Sequence

Saying = list  # of str and dict, see above

_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]


def number(n: int) -> str:
    """'five'; from thirteen on '13'."""
    return _NUMBERS[n] if 0 <= n < len(_NUMBERS) else f"{n:,}"


def ordinal(n: int) -> str:
    """'third'; from eleven on '11th', '21st'."""
    if 1 <= n <= len(_ORDINALS):
        return _ORDINALS[n - 1]
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"


def age(seconds: float) -> str:
    """'0.3 s', '41 s', '3 min', '5 h', '2 d': rounded down, so that nothing is older than it is."""
    seconds = max(0.0, seconds)
    if seconds < 1:
        return f"{int(seconds * 10) / 10:.1f} s"
    for limit, unit, length in ((120, "s", 1), (7200, "min", 60), (172_800, "h", 3600)):
        if seconds < limit:
            return f"{int(seconds / length)} {unit}"
    return f"{int(seconds / 86_400)} d"


def cut(text: str, most: int) -> str:
    """A long name, cut in the middle: 'web-6d4…-4kdxz'. The end tells siblings apart, so it keeps the larger half."""
    if len(text) <= most:
        return text
    tail = most // 2
    return f"{text[:most - 1 - tail]}…{text[-tail:]}"


def short(what: Hashable, most: int = 14) -> str:
    """The last part of an image's name: 'mini-k8s/web:2' is 'web:2'. Anything else as it prints, on one line."""
    text = " ".join(str(what).split())
    return cut(text.rsplit("/", 1)[-1] if isinstance(what, str) else text, most)


def first_line(error: BaseException | str, most: int = 90, kind: bool = True) -> str:
    """What an error says, in at most ``most`` characters, and of which kind it is unless it is one of ours."""
    text = str(error).strip()
    line = " ".join(text.splitlines()[0].split()) if text else "" if kind else type(error).__name__
    if kind and isinstance(error, BaseException) and not type(error).__module__.startswith("mini_k8s."):
        line = f"{type(error).__name__}: {line}".removesuffix(": ")
    return line if len(line) <= most else line[:most - 1].rstrip() + "…"


def exit_words(code: int | None) -> str:
    """'exit 137 (killed)': the number, and for the commonest what it is known for."""
    if code is None:
        return "exit code unknown"
    return f"exit {code}" + {137: " (killed)", 139: " (crash)"}.get(code, "")


def exit_meaning(code: int | None) -> str:
    """What an exit code tells, in full: '137 is 128 + 9, so signal 9 ended it: killed'."""
    if code is None:
        return "nobody heard with which exit code"
    signal = {2: "interrupted", 6: "aborted", 9: "killed", 11: "crashed", 15: "asked to end"}.get(code - 128)
    if signal:
        return f"{code} is 128 + {code - 128}, so signal {code - 128} ended it: {signal}"
    return {0: "0 says that all went well", 126: "126 says that its program cannot be run",
            127: "127 says that there is no such program"}.get(code, f"what {code} means, its program decides")


def names(some: Sequence[str], most: int = 2) -> Saying:
    """'web-1'; 'web-1 and web-2'; 'web-1, web-2 and 3 more'."""
    shown: Saying = [{"b": cut(name, 20)} for name in some[:most]]
    more = len(some) - len(shown)
    if more:
        return [*[piece for bold in shown for piece in (bold, ", ")][:-1], f" and {more:,} more"]
    return [piece for bold in shown for piece in (bold, " and ")][:-1]


def stopped(saying: Saying, now: float) -> Saying:
    """The saying with its ages as they were at the moment ``now``: they count no further."""
    return [piece if isinstance(piece, str) or "b" in piece else plain([piece], now) for piece in saying]


def plain(saying: Saying, now: float) -> str:
    """The saying as one string, at the moment ``now``."""
    said = []
    for piece in saying:
        if isinstance(piece, str):
            said.append(piece)
        elif "b" in piece:
            said.append(piece["b"])
        else:
            said.append(age(now - piece["age"]) if "age" in piece else f"{max(0, round(piece['left'] - now))} s")
    return "".join(said)

"""What did the doctor find? A still card that speaks only of what warns or fails; all the rest is folded away.

It is HTML without a script: nothing in it moves, and it stays readable in a notebook that is saved and opened without
its kernel. A click on a command marks the whole of it, ready to be copied.
"""

import textwrap
from collections.abc import Sequence
from html import escape
from pathlib import Path

SIZES = ("normal", "projector")


class Report:
    """The doctor's report: a card where it is displayed, and text where it is printed.

    rows    (state, what, found, do) of each thing that was looked at; state is 'ok', 'warn' or 'fail', and do is a
            command to type, an https address to open, or empty
    say     one sentence that sums them up
    size    'normal', or 'projector': one and a half times as large
    """

    def __init__(self, rows: Sequence[tuple[str, str, str, str]], say: str, size: str = "normal"):
        if size not in SIZES:
            raise ValueError(f"there is no size {size!r}. Choose one of: {', '.join(SIZES)}")
        self.rows, self.say, self.size = [tuple(row) for row in rows], say, size

    def html(self) -> str:
        """The card, with every word escaped."""
        told = "".join(_told(*row) for row in self.rows if row[0] != "ok")
        return (f'<section class="mk mk-doctor" data-size="{self.size}" aria-label="The doctor\'s report">'
                f'<style>{_style()}</style><p class="say">{_words(self.say)}</p>'
                f'{f"<ul>{told}</ul>" if told else ""}<details><summary>All {len(self.rows)} things that were looked at'
                f'</summary><table><thead><tr><th scope="col">State</th><th scope="col">What</th>'
                f'<th scope="col">Found</th></tr></thead><tbody>{"".join(_row(*row) for row in self.rows)}</tbody>'
                "</table></details></section>")

    def text(self) -> str:
        """The same in plain words: the sentence, and the rows that warn or fail."""
        lines = [_clean(self.say)]
        for state, what, found, do in self.rows:
            if state != "ok":
                lines += textwrap.wrap(_clean(f"[{state}] {what}: {found}"), 96, subsequent_indent="       ",
                                       break_long_words=False, break_on_hyphens=False)
                lines += [f"       {_verb(do)}: {_clean(do)}"] if do else []
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, **_) -> dict:
        return {"text/html": self.html(), "text/plain": self.text()}


def _told(state: str, what: str, found: str, do: str) -> str:
    """A row that warns or fails, with its one next step."""
    if do and _verb(do) == "open":
        step = f'<p class="do">open <a href="{_words(do)}" target="_blank" rel="noopener">{_words(do)}</a></p>'
    else:
        step = f'<p class="do">type <code>{_words(do)}</code></p>' if do else ""
    return (f'<li class="{_kind(state)}"><p class="line"><span class="state">{_words(state)}</span>'
            f"<b>{_words(what)}</b></p><p>{_words(found)}</p>{step}</li>")


def _row(state: str, what: str, found: str, do: str) -> str:
    return (f'<tr class="{_kind(state)}"><td><span class="state">{_words(state)}</span></td>'
            f'<th scope="row">{_words(what)}</th><td>{_words(found)}</td></tr>')


def _verb(do: str) -> str:
    return "open" if do.startswith("https://") else "type"


def _kind(state: str) -> str:
    return state if state in ("ok", "warn", "fail") else "warn"


def _words(text: str) -> str:
    return escape(_clean(text), quote=True)


def _clean(text: str) -> str:
    """Without control characters: what an engine says may not move a terminal's cursor, or hide in a page."""
    return "".join(ch if ch.isprintable() else "?" for ch in text)


def _style() -> str:
    here = Path(__file__).parent
    return "\n".join((here / name).read_text(encoding="utf-8") for name in ("tokens.css", "doctor.css"))

"""``mini-k8s doctor``: can this machine run the workshop, and if not, what is the one thing to do?"""

import argparse
import json
import os
import shutil
import sys
import textwrap

from mini_k8s.workshop.doctor import Row, examine, verdict

COLOURS = {"ok": "32", "warn": "33", "fail": "31"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the same, to be read by a program: a list of objects")


def main(args: argparse.Namespace) -> int:
    """Print the rows; 1 when one of them is a failure. Takes at most 3 s, whatever hangs, and changes nothing."""
    rows = examine()
    if args.json:
        print(json.dumps([row._asdict() for row in rows], indent=2))
    else:
        print(report(rows, width=_width(), colour=_colour()))
    if sys.stdout is not None:
        sys.stdout.flush()  # here, where it is known what to do if nobody listens any more
    return int(any(row.state == "fail" for row in rows))


def report(rows: list[Row], width: int = 80, colour: bool = False) -> str:
    """The rows as a table of at most ``width`` columns (a long path or command stays whole), and the one next step."""
    column = max(len(row.what) for row in rows)
    lines = [line for row in rows for line in _lines(row, column, width, colour)]
    said, do = verdict(rows)
    return "\n".join([*lines, "", *textwrap.wrap(said, width, break_long_words=False, break_on_hyphens=False),
                      f"{'Next' if any(row.state == 'fail' for row in rows) else 'Start'}: {do}"])


def _lines(row: Row, column: int, width: int, colour: bool) -> list[str]:
    state = f"[{row.state}]"
    shown = f"\x1b[{COLOURS[row.state]}m{state}\x1b[0m" if colour else state
    head, indent = f"{shown}{' ' * (7 - len(state))}{row.what:{column}}  ", " " * (9 + column)
    found = textwrap.wrap(clean(row.found), max(20, width - len(indent)), break_long_words=False,
                          break_on_hyphens=False) or [""]
    do = [f"{indent}{'open' if row.do.startswith('https://') else 'type'}: {clean(row.do)}"] if row.do else []
    return [head + found[0], *(indent + line for line in found[1:]), *do]


def clean(text: str) -> str:
    """Without control characters: what an engine or a variable says must not move this terminal's cursor."""
    return "".join(ch if ch.isprintable() else "?" for ch in text)


def _width() -> int:
    return min(shutil.get_terminal_size((80, 24)).columns, 110) if _is_terminal() else 80


def _colour() -> bool:
    return _is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()  # None: it was closed before we began

"""Is this right, and if not, what would help? ``judge(target, source)`` asks a process of its own and believes nobody.

The learner's code runs in a child that was started ahead and is used once: it may loop, exit, eat memory or print what
it likes, and only the child is lost. What comes back is one small report; the words are made here.
"""

import atexit
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mini_k8s.workshop import exercises
from mini_k8s.workshop.exercises import Exercise
from mini_k8s.workshop.exercises.words import plain

TIME_LIMIT = 6.0  # seconds for the whole judgement; a right answer needs about 0.05
GRACE = 2.0  # seconds more, in which the child can say where it was
STRONGER, SOLUTION = 3, 5  # the how manyth time of the same hint brings more help
ADVICE = ("likely", "next", "more", "or", "note")  # the rows in our words: `code` stands in backticks there
_WORKER = Path(__file__).with_name("worker.py")
_AT = re.compile(rb'  File "<your \w+>", line (\d+)')  # the learner's line, as faulthandler writes it


@dataclass(frozen=True)
class Verdict:
    """What is thought of one answer, in words for the learner."""

    exercise: Exercise
    passed: bool
    hint: str | None  # the id of the hint that was given
    checks: tuple[int, int]  # passed, total
    rows: tuple[tuple[str, str], ...] = ()  # given, expected, you did, likely, next; a note where it passed
    output: str = ""  # what the code printed, capped
    loaded: bool = False  # the cell ran to its end and did no harm: it may be defined in the kernel
    seconds: float = 0.0  # the child's work, without starting it
    solution: str | None = field(default=None, repr=False)  # ours, once it is offered

    @property
    def headline(self) -> str:
        done, total = self.checks
        state = "passed" if self.passed else "not yet"
        return f"{self.exercise.number} {self.exercise.name}: {state} ({done} of {total} checks passed)"

    @property
    def message(self) -> str:
        """The whole text, in plain characters."""
        return self.told(self.headline)

    def told(self, headline: str) -> str:
        """The same under another headline."""
        lines = [headline]
        for label, text in self.rows:
            lines += _row(label, plain(text) if label in ADVICE else text)
        if self.output.strip():
            lines += _row("printed", self.output.rstrip(), wrap=False)
        if self.solution:
            lines += _row("ours", self.solution, wrap=False)
        return "\n".join(lines)


def judge(target: str, source: str, *, context: Mapping[str, str] | None = None,
          times: int | Callable[[str], int] = 0, limit: float = TIME_LIMIT, place: str = "cell") -> Verdict:
    """Judge ``source`` as an answer to the exercise ``target``.

    context  target -> source of the learner's other parts of the same module, used in place of ours
    times    how often the learner was given this very hint before, in a row; or a function from hint to that number
    limit    seconds before the child is ended
    place    where the source stands, in a word: it is told so

    Raises BadRequest when there is no such exercise; whatever the source does is a Verdict.
    """
    exercise = exercises.find(target)
    report = _ask({"target": exercise.target, "source": source, "context": dict(context or {}), "limit": limit})
    hint = report.get("hint")
    before = (times(hint) if callable(times) else times) if hint else 0
    help_ = before + 1
    return Verdict(
        exercise, hint is None, hint, (report.get("passed", 0), len(exercise.checks)),
        _rows(exercise, report, help_, place) if hint else _notes(exercise, report),
        report.get("output", ""), bool(report.get("loaded")), report.get("seconds", 0.0),
        exercises.shown_solution(exercise.target) if hint and help_ >= SOLUTION else None,
    )


def prepare(target: str = "") -> None:
    """Start the next child ahead, if none waits."""
    with _lock:
        if not _waiting:
            _waiting.append(_Child(target))


# The child.

_waiting: list["_Child"] = []
_lock = threading.Lock()


class _Child:
    """One process that judges one answer."""

    def __init__(self, target: str):
        own_group = {"start_new_session": True} if os.name == "posix" else {
            "creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(_WORKER), *([target] if target else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **own_group,
            env=os.environ | {"MALLOC_ARENA_MAX": "1"})  # else each thread of theirs counts 64 MB of its memory

    def ask(self, request: dict) -> list[dict]:
        """Its messages, up to the report or to its end.

        Without a report the last ones are ``{"late": true}`` when time was up, and ``{"at": line}`` where it is known.
        """
        messages: list[dict] = []
        late = threading.Event()
        timer = threading.Timer(request["limit"] + GRACE, lambda: (late.set(), self.kill()))
        timer.daemon = True
        timer.start()
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
            for line in self.process.stdout:
                if line.startswith(b"{"):
                    messages.append(json.loads(line))
                    if "hint" in messages[-1]:
                        break
                elif line.startswith(b"Timeout"):
                    late.set()
                elif at := _AT.match(line):
                    messages.append({"at": int(at[1])})
        except (OSError, ValueError):
            pass  # it died: what it said until then is what there is
        finally:
            timer.cancel()
            self.end()
        if late.is_set() and not any("hint" in m for m in messages):
            messages.append({"late": True})
        return messages

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()

    def end(self) -> None:
        self.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


def _ask(request: dict) -> dict:
    """The child's report. A child that died while it waited is replaced by a new one, once."""
    for _ in range(2):
        with _lock:
            child = _waiting.pop() if _waiting else _Child(request["target"])
        began = time.perf_counter()
        messages = child.ask(request)
        if messages:
            break
    prepare(request["target"])
    if not messages:
        return {"hint": "kit-bug", "facts": {"error": f"no child process of {sys.executable} answered"}}
    report = messages[-1]
    if "hint" in report:
        return report
    at = next((m["at"] for m in messages if "at" in m), 0)  # the first one is the innermost
    text = request["source"].split("\n")[at - 1].strip() if at else ""
    so_far = {"passed": max([m["passed"] for m in messages if "passed" in m], default=0),
              "loaded": any(m.get("loaded") for m in messages), "seconds": time.perf_counter() - began}
    facts = {"where": f" It was on line {at} then: `{text}`." if at else ""}
    on = f" (line {at}: {text})" if at else ""
    if any(m.get("late") for m in messages):
        facts |= {"seconds": f"{request['limit']:g}"}
        return so_far | {"hint": "too-long", "did": f"did not come back{on}", "facts": facts}
    code = child.process.returncode
    facts |= {"error": signal.Signals(-code).name if code < 0 else f"exit status {code}"}
    return so_far | {"hint": "crashed", "did": f"ended its process{on}", "facts": facts}


@atexit.register
def _end_waiting() -> None:
    with _lock:
        while _waiting:
            _waiting.pop().end()


# The words.

def _rows(exercise: Exercise, report: dict, help_: int, place: str) -> tuple[tuple[str, str], ...]:
    hint = exercise.hint(report["hint"])
    facts = _Facts(report.get("facts", {}), place=place)
    rows = [("given", report.get("given", "")), ("expected", report.get("expected", "")),
            ("you did", report.get("did", "")), ("likely", hint.likely.format_map(facts)),
            ("next", hint.next.format_map(facts))]
    if help_ >= STRONGER and hint.stronger:
        rows.append(("more", hint.stronger.format_map(facts)))
    if help_ >= SOLUTION:
        rows.append(("or", "Read ours, below; close it, and write your own. Nobody counts how often you looked."))
    return tuple((label, _one_stop(text.strip())) for label, text in rows if text.strip())


def _one_stop(text: str) -> str:
    """What Python says may end a sentence, and so do we: 'a comma?.' has a full stop too many."""
    return re.sub(r"(?<=[^.\s][.?!…])\.(?=\s|$)", "", text)


def _notes(exercise: Exercise, report: dict) -> tuple[tuple[str, str], ...]:
    """What is worth knowing of an answer that passed."""
    note = f"It prints. {exercise.called} Take the `print` out, or leave it and see."
    return (("note", note),) if report.get("prints") else ()


class _Facts(dict):
    def __missing__(self, key: str) -> str:
        return "?"


def _row(label: str, text: str, wrap: bool = True) -> list[str]:
    lines = []
    for line in text.splitlines():
        lines += textwrap.wrap(line, 100, break_long_words=False, break_on_hyphens=False) if wrap else [line]
    return [f"{label if n == 0 else '':<10} {line}" for n, line in enumerate(lines or [""])]

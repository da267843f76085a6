"""How does somebody who prefers an editor build a part? ``mini-k8s check mini_k8s.control_loop:diff FILE``.

The file is judged as ``%%build`` judges a cell. It may hold the function alone, or be a module with several of them.
Nothing is installed, and no part is kept.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

from mini_k8s.errors import BadRequest
from mini_k8s.workshop import exercises
from mini_k8s.workshop.build import current_folder, keeps, note_attempt
from mini_k8s.workshop.judge import Verdict, judge, prepare
from mini_k8s.workshop.parts import context_for

LOOK = 0.2  # seconds between two looks at the file, with --watch


def check_file(target: str, path: Path, as_json: bool = False, say: Callable[[str], None] = print) -> int:
    """Judge the file once: 0 passed, 1 refused. Raises BadRequest for no such exercise, or no such file."""
    verdict = _judge(target, _read(path))
    say(_written(verdict, as_json))
    return 0 if verdict.passed else 1


def watch_file(target: str, path: Path, as_json: bool = False, say: Callable[[str], None] = print,
               wait: Callable[[float], None] = time.sleep) -> int:
    """Judge the file at each save until Ctrl-C, and return what the last one would have: 0 or 1."""
    exercises.find(target)
    source = _read(path)
    passed = False
    try:
        while True:
            verdict = _judge(target, source)
            passed = verdict.passed
            say(_written(verdict, as_json) + ("" if as_json else f"\n(watching {path}; Ctrl-C ends)\n"))
            prepare(target)
            source = _next_save(path, source, wait)
    except KeyboardInterrupt:
        return 0 if passed else 1


def _next_save(path: Path, before: str, wait: Callable[[float], None]) -> str:
    """Wait until the file says something else. An editor may take it away for a moment while it saves."""
    seen = None
    while True:
        wait(LOOK)
        try:
            stat = path.stat()
            if seen == (stat.st_mtime_ns, stat.st_size):
                continue
            now = _read(path)
        except (OSError, BadRequest):
            continue
        if now != before:
            return now
        seen = (stat.st_mtime_ns, stat.st_size)


def _judge(target: str, source: str) -> Verdict:
    exercise = exercises.find(target)
    folder = current_folder() if keeps() else None
    verdict = judge(exercise.target, source, context=context_for(exercise.target, folder),
                    times=lambda hint: note_attempt(exercise.target, hint, folder) - 1)
    if verdict.passed:
        note_attempt(exercise.target, None, folder)
    return verdict


def _read(path: Path) -> str:
    try:
        source = path.read_text(encoding="utf-8-sig")
        # a whole cell, copied from the notebook with its first line; emptied, so that line numbers stay
        return "\n" + source.partition("\n")[2] if source.startswith("%%build") else source
    except UnicodeDecodeError as error:
        why = f"is no text in UTF-8 (byte {error.start})"
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
    raise BadRequest(f"{path} {why}. Name the Python file with your function.")


def _written(verdict: Verdict, as_json: bool) -> str:
    if as_json:
        told = {"passed": verdict.passed, "hint": verdict.hint, "message": verdict.message}
        return json.dumps(told, ensure_ascii=False)
    return verdict.message

"""How does somebody who prefers an editor build a part? ``mini-k8s check mini_k8s.control_loop:diff FILE``.

The file is judged as ``%%build`` judges a cell, and what passes is kept as the learner's part, as a cell's is. It may
hold the function alone, or be a module with several of them.
"""

import codecs
import json
import time
from collections.abc import Callable
from pathlib import Path

from mini_k8s.errors import BadRequest, StatusError
from mini_k8s.workshop import edition, exercises
from mini_k8s.workshop.build import current_folder, keeps, note_attempt
from mini_k8s.workshop.folder import DEFAULT, Folder
from mini_k8s.workshop.judge import Verdict, judge, prepare
from mini_k8s.workshop.outline import BUILD
from mini_k8s.workshop.parts import context_for

LOOK = 0.2  # seconds between two looks at the file, with --watch


def check_file(target: str, path: Path, as_json: bool = False, say: Callable[[str], None] = print) -> int:
    """Judge the file once: 0 passed, 1 refused. Raises BadRequest for no such exercise, or no such file."""
    verdict, kept = _judge(target, _read(path))
    say(_written(verdict, kept, as_json))
    return 0 if verdict.passed else 1


def watch_file(target: str, path: Path, as_json: bool = False, say: Callable[[str], None] = print,
               wait: Callable[[float], None] = time.sleep) -> int:
    """Judge the file at each save until Ctrl-C, and return what the last one would have: 0 or 1."""
    exercises.find(target)
    source = _read(path)
    passed = False
    try:
        while True:
            verdict, kept = _judge(target, source)
            passed = verdict.passed
            say(_written(verdict, kept, as_json) + ("" if as_json else f"\n(watching {path}; Ctrl-C ends)\n"))
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


def _judge(target: str, source: str) -> tuple[Verdict, str]:
    """The verdict, and what became of a source that passed."""
    exercise = exercises.find(target)
    folder = current_folder() if keeps() else None
    if folder:
        edition.refuse_newer(folder)
    verdict = judge(exercise.target, source, context=context_for(exercise.target, folder), place="file",
                    times=lambda hint: note_attempt(exercise.target, hint, folder) - 1)
    if not verdict.passed:
        return verdict, ""
    note_attempt(exercise.target, None, folder)
    return verdict, _keep(exercise.target, source, folder) if keeps() else "Nothing is kept in this run."


def _keep(target: str, source: str, folder: Folder | None) -> str:
    if folder is None:
        return ("There is no workshop folder here, so it is not kept. To make it your part, type this in yours "
                f"({DEFAULT}).")
    try:
        where = folder.save_part(target, source.lstrip("\n"))
    except (StatusError, OSError) as error:
        return f"It could not be kept: {error}. Mend that, and check the file again."
    return (f"It is your part from now on, kept in {where}. In a notebook that is open it runs once you have run "
            "the first cell again.")


def _read(path: Path) -> str:
    try:
        raw = path.read_bytes()
        source = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        why = "is written in UTF-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else (
            f"is no text in UTF-8 (byte {error.start})")
        raise BadRequest(f"{path} {why}. Save your Python file with the encoding UTF-8.") from None
    except OSError as error:
        raise BadRequest(f"{path} cannot be read: {error.strerror}. Name the Python file with your function.") from None
    if source.lstrip().startswith("{") and '"cells"' in source:
        raise BadRequest(f"{path} is a notebook. Its cells are judged where they are run, in JupyterLab, and together "
                         "by `mini-k8s check` with the chapter's number. Here name a Python file with your function.")
    return BUILD.sub(r"\g<above>", source)  # a cell copied whole; its other lines keep their numbers


def _written(verdict: Verdict, kept: str, as_json: bool) -> str:
    message = "\n".join(filter(None, (verdict.message, kept)))
    if as_json:
        told = {"passed": verdict.passed, "hint": verdict.hint, "message": message}
        return json.dumps(told, ensure_ascii=False)
    return message

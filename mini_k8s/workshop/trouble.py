"""What went wrong in a learner's code, and which hint fits? For whatever can go wrong in any exercise."""


import ast
import builtins
import difflib
import importlib
import sys
import traceback
from dataclasses import dataclass, field

from mini_k8s.workshop.around import signature_of
from mini_k8s.workshop.doors import Asked

_WELL_KNOWN = ("collections", "collections.abc", "typing", "itertools", "functools", "dataclasses", "copy", "operator",
               "contextlib")


class ImportsOurs(Exception):
    """Their code calls the kit's own function, which stands hidden while they write it."""


@dataclass(frozen=True)
class Trouble:
    """Why a call (or the cell itself) came to no good: the id of a hint, what was done, and the facts for the hint."""

    hint: str
    did: str
    facts: dict[str, str] = field(default_factory=dict)
    error: BaseException | None = None

    @property
    def text(self) -> str:
        """The exception's type and message."""
        return self.facts.get("error", "")


@dataclass(frozen=True)
class Source:
    """A learner's source, and the file name under which it runs."""

    text: str
    file: str

    def line(self, number: int) -> str:
        lines = self.text.splitlines()
        return lines[number - 1].strip()[:200] if 0 < number <= len(lines) else ""

    def loop_around(self, frame) -> int:
        """The line that begins the loop in which this frame is, or was called; else the line where it is."""
        loops = [n for n in ast.walk(ast.parse(self.text)) if isinstance(n, (ast.While, ast.For))]
        here = frame
        while here is not None:
            if here.f_code.co_filename == self.file:
                around = [n.lineno for n in loops if n.lineno <= (here.f_lineno or 0) <= n.end_lineno]
                if around:
                    return max(around)
            here = here.f_back
        return frame.f_lineno

    def loop_with_return(self, line: int) -> int:
        """The line that begins the innermost loop with a ``return`` on that line in its body; 0 when there is none."""
        loops = [n for n in ast.walk(ast.parse(self.text)) if isinstance(n, (ast.While, ast.For))]
        return max((loop.lineno for loop in loops for part in loop.body if _returns(part, line)), default=0)

    def returns_something(self, line: int) -> bool:
        """Is there a ``return`` on that line with something after it? None, if it is returned, came from there."""
        return any(n.value and not (isinstance(n.value, ast.Constant) and n.value.value is None)
                   for n in _returns(ast.parse(self.text), line))

    def forgets(self, name: str) -> bool:
        """Is it the name of an ``except … as``? Python takes it away when that block ends."""
        return any(isinstance(n, ast.ExceptHandler) and n.name == name for n in ast.walk(ast.parse(self.text)))

    def where(self, error: BaseException):
        """(line, frame) of the last line of theirs that the error came through; (0, None) when there is none."""
        line, frame = 0, None
        for f, number in traceback.walk_tb(error.__traceback__):
            if f.f_code.co_filename == self.file:
                line, frame = number, f
        return line, frame


def _returns(tree: ast.AST, line: int) -> list[ast.Return]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.Return) and n.lineno <= line <= n.end_lineno]


def of_compiling(error: Exception, source: Source) -> Trouble:
    """It is no Python."""
    if not isinstance(error, SyntaxError):
        return Trouble("syntax", "", {"line": "1", "error": str(error) or "it is nested too deeply"})
    line, message = str(error.lineno or 1), error.msg or "a syntax error"
    text = (error.text or source.line(error.lineno or 1)).strip()
    if text[:1] in ("%", "!", "?") or text.endswith("?"):
        return Trouble("magic", f"line {line}: {text}", {"line": line})
    if "'await'" in message or "asynchronous" in message or "'async " in message:
        return Trouble("async", f"line {line}: {text}", {"line": line})
    return Trouble("syntax", f"line {line}: {text}", {"line": line, "error": message})


def of_running(error: BaseException, source: Source, name: str, target: str) -> Trouble:
    """It raised."""
    line, frame = source.where(error)
    text, said = source.line(line), say_error(error)
    facts = {"line": str(line), "text": text, "error": said}
    at = f" (line {line}: {text})" if line else ""

    def trouble(hint: str, did: str, **more: str) -> Trouble:
        return Trouble(hint, did + at, facts | more, error)

    if isinstance(error, NotImplementedError):
        return Trouble("unsolved", "raised NotImplementedError", facts, error)
    if isinstance(error, Asked):
        return trouble(error.hint, f"called {error}", name=str(error))
    if isinstance(error, ImportsOurs):
        return trouble("imports-ours", f"called the kit's own {name}", name=name,
                       module=target.partition(":")[0])
    if isinstance(error, SystemExit):
        return trouble("exits", "ended the program")
    if isinstance(error, RecursionError):
        return trouble("recursion", "called itself too often")
    if isinstance(error, MemoryError):
        traceback.clear_frames(error.__traceback__)  # what filled the memory hangs on them
        return trouble("too-much-memory", "ran out of memory")
    if isinstance(error, NameError) and "is not associated with a value" in said:
        unbound = said.split("'")[1]
        return trouble("error-name-gone" if source.forgets(unbound) else "unbound", f"raised {said}", name=unbound)
    if isinstance(error, NameError) and error.name:
        return _of_name(error.name, target, frame, trouble, f"raised {said}")
    return trouble("raises" if line else "raises-outside", f"raised {said}")


def _of_name(name: str, target: str, frame, trouble, did: str) -> Trouble:
    """A name that nobody gave a value. The first two are names that the learner's notebook has."""
    if name == "lab":
        arguments = signature_of(target).partition("(")[2].rstrip(")").replace(", ", "`, `")
        return trouble("lab", did, arguments=f"`{arguments}`")
    if name == target.partition(":")[0].rpartition(".")[2]:
        return trouble("own-module", did, name=name)
    if name in sys.stdlib_module_names:
        return trouble("other-cell", did, name=name, meant=f"Write `import {name}` at the top of this cell.")
    for module in _WELL_KNOWN:
        if hasattr(importlib.import_module(module), name):
            meant = f"Write `from {module} import {name}` at the top of this cell."
            return trouble("other-cell", did, name=name, meant=meant)
    theirs = [n for n in {**frame.f_locals, **frame.f_globals} if not n.startswith("_")] if frame else []
    near = difflib.get_close_matches(name, theirs, 1, 0.75) or difflib.get_close_matches(name, dir(builtins), 1, 0.85)
    if near:
        return trouble("typo", did, name=name, meant=near[0])
    return trouble("other-cell", did, name=name, meant="Was it made in another cell?")


def say_error(error: BaseException) -> str:
    """'KeyError: 'a'', cut where it is long."""
    try:
        text = str(error)
    except Exception:
        text = ""  # their own exception class may not even have a text
    return f"{type(error).__name__}{': ' if text else ''}{text[:300]}"

"""What went wrong in a learner's code, and which hint fits? For whatever can go wrong in any exercise."""

import ast
import difflib
import traceback
from dataclasses import dataclass, field

from mini_k8s.workshop import names, slips
from mini_k8s.workshop.around import signature_of
from mini_k8s.workshop.doors import Asked
from mini_k8s.workshop.exercises import TARGETS

_LOOK = "Put `print(…)` above line {line} with every name that stands on it: what is printed is shown below."
_LEAVE_OUT = "Leave it out: the check calls your function by itself."


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
        lines = self.text.split("\n")  # as Python counts them: a form feed begins no line
        return lines[number - 1].strip()[:200] if 0 < number <= len(lines) else ""

    def loop_around(self, frame) -> int:
        """The line that begins the loop in which this frame is, or was called; else the line where it is.

        A ``while`` around it is named rather than a ``for`` in that ``while``: what a ``for`` goes through ends.
        """
        loops = [n for n in ast.walk(ast.parse(self.text)) if isinstance(n, (ast.While, ast.For))]
        here = frame
        while here is not None:
            if here.f_code.co_filename == self.file:
                around = [n for n in loops if n.lineno <= (here.f_lineno or 0) <= n.end_lineno]
                if around:
                    return max(around, key=lambda n: (isinstance(n, ast.While), n.lineno)).lineno
            here = here.f_back
        return frame.f_lineno

    def loop_with_return(self, line: int) -> int:
        """The line that begins the innermost loop with a ``return`` on that line in its body; 0 when there is none."""
        loops = [n for n in ast.walk(ast.parse(self.text)) if isinstance(n, (ast.While, ast.For))]
        return max((loop.lineno for loop in loops for part in loop.body if _returns(part, line)), default=0)

    def returns_something(self, line: int) -> bool:
        """Does that line begin with a ``return``, and something after it that may be None? Then None came from there.

        (Of ``if …: return …`` nobody knows whether its second half was reached.)
        """
        begins = self.text.splitlines()[line - 1].lstrip().startswith("return") if line else False
        return begins and any(n.value and not isinstance(n.value, _NEVER_NONE)
                              for n in _returns(ast.parse(self.text), line))

    def forgets(self, name: str) -> bool:
        """Is it the name of an ``except … as``? Python takes it away when that block ends."""
        return any(isinstance(n, ast.ExceptHandler) and n.name == name for n in ast.walk(ast.parse(self.text)))

    def defines_nothing(self, name: str) -> bool:
        """No function and no class begins here, and nothing is called ``name``."""
        return not any(isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or
                       (isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id == name) or
                       (isinstance(n, ast.alias) and name in (n.name, n.asname))
                       for n in ast.walk(ast.parse(self.text)))

    def is_empty(self, name: str) -> bool:
        """Does nothing stand in the function of that name: a docstring, ``pass`` or ``...`` at most?"""
        return any(isinstance(n, ast.FunctionDef) and n.name == name and all(
            isinstance(part, ast.Pass) or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
            for part in n.body) for n in ast.walk(ast.parse(self.text)))

    def loop_before(self, name: str, line: int) -> ast.For | None:
        """The last ``for name in …`` whose body ended before that line; None when the line stands in a loop."""
        every = [n for n in ast.walk(ast.parse(self.text)) if isinstance(n, (ast.For, ast.While)) and n.lineno <= line]
        if any(line <= loop.body[-1].end_lineno for loop in every):
            return None
        loops = [n for n in every if isinstance(n, ast.For) and any(
            isinstance(part, ast.Name) and part.id == name for part in ast.walk(n.target))]
        return max(loops, key=lambda loop: loop.lineno, default=None)

    def where(self, error: BaseException):
        """(line, frame) of the last line of theirs that the error came through; (0, None) when there is none."""
        line, frame = 0, None
        for f, number in traceback.walk_tb(error.__traceback__):
            if f.f_code.co_filename == self.file:
                line, frame = number, f
        return line, frame


_NEVER_NONE = (ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.SetComp,
               ast.DictComp, ast.GeneratorExp, ast.Compare)  # and None itself, written there, came from nowhere else


def _returns(tree: ast.AST, line: int) -> list[ast.Return]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.Return) and n.lineno <= line <= n.end_lineno]


def of_compiling(error: Exception, source: Source) -> Trouble:
    """It is no Python."""
    if not isinstance(error, SyntaxError):
        return Trouble("syntax", "", {"line": "1", "error": str(error) or "it is nested too deeply",
                                      "mend": slips.mend_of_reading("", "", "1")})
    line, message = str(error.lineno or 1), error.msg or "a syntax error"
    text = (error.text or source.line(error.lineno or 1)).strip()
    if text[:1] in ("%", "!", "?") or text.endswith("?"):
        return Trouble("magic", f"line {line}: {text}", {"line": line})
    if "'await'" in message or "asynchronous" in message or "'async " in message:
        return Trouble("await", f"line {line}: {text}", {"line": line})
    return Trouble("syntax", f"line {line}: {text}",
                   {"line": line, "error": message, "mend": slips.mend_of_reading(message, text, line)})


def of_missing(namespace: dict, facts: dict[str, str]) -> Trouble:
    """It ran, and their function is not there. What is there instead?"""
    name, here = facts["name"], namespace["__name__"]
    new = [n for n, v in namespace.items() if callable(v) and getattr(v, "__module__", "") == here]
    did = f"defined {', '.join(new)}" if new else "defined no function"
    for number, target in TARGETS.items():
        if (other := target.partition(":")[2]) in new:
            return Trouble("other-exercise", did, facts | {"other": other, "target": target, "number": number})
    near = difflib.get_close_matches(name, new, n=1, cutoff=0.4) or (new if len(new) == 1 else [])
    meant = f"There is `{near[0]}`: did you mean that one?" if near else ""
    for holder in new:
        if isinstance(namespace[holder], type) and hasattr(namespace[holder], name):
            meant = f"It stands inside of the class `{holder}`: a function by itself is wanted."
    return Trouble("missing", did, facts | {"meant": meant})


def of_running(error: BaseException, source: Source, name: str, target: str) -> Trouble:
    """It raised."""
    line, frame = source.where(error)
    text, said = source.line(line), say_error(error)
    on_top = frame is not None and frame.f_code.co_name == "<module>"
    mend = slips.mend_of_running(said, text, str(line))
    facts = {"line": str(line), "text": text, "error": said, "mend": mend or _LOOK.format(line=line)}
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
        return Trouble("recursion", "called itself too often", facts, error)  # where the stack ended says nothing
    if isinstance(error, MemoryError):
        traceback.clear_frames(error.__traceback__)  # what filled the memory hangs on them
        return trouble("too-much-memory", "ran out of memory")
    if on_top and source.defines_nothing(name) and getattr(error, "name", "") != "chapter":
        return trouble("no-function", f"raised {said}", name=name, signature=signature_of(target))
    if isinstance(error, NameError) and "is not associated with a value" in said:
        unbound = said.split("'")[1]
        if loop := source.loop_before(unbound, line):
            beside = bool(loop.orelse) and line <= loop.end_lineno
            return trouble("after-loop", f"raised {said}", name=unbound, loop=str(loop.lineno),
                           beside=", and the `else:` above it too" if beside else "")
        hides = frame and callable(frame.f_globals.get(unbound, frame.f_builtins.get(unbound)))
        hint = "error-name-gone" if source.forgets(unbound) else "hides" if hides else "unbound"
        return trouble(hint, f"raised {said}", name=unbound)
    if isinstance(error, NameError) and error.name:
        hint, more = names.meant(error.name, target, source, line, frame)
        return trouble(hint, f"raised {said}", **more)
    if on_top:
        return trouble("top-level", f"raised {said}", mend=("import" in text and mend) or _LEAVE_OUT)
    return trouble("raises" if line else "raises-outside", f"raised {said}")


def say_error(error: BaseException) -> str:
    """'KeyError: 'a'', cut where it is long."""
    try:
        text = str(error)
    except Exception:
        text = ""  # their own exception class may not even have a text
    return f"{type(error).__name__}{': ' if text else ''}{text[:300]}"

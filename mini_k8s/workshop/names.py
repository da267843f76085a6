"""Their code uses a name that nobody gave a value: what was meant?"""

import ast
import builtins
import difflib
import importlib
import re
import sys

from mini_k8s.workshop.around import signature_of

_IMPORTED = ("collections", "collections.abc", "typing", "itertools", "functools", "dataclasses", "copy", "contextlib")
_OTHER_LANGUAGES = {"true": "True", "false": "False", "null": "None", "nil": "None", "none": "None",
                    "undefined": "None"}
_VERBS = ("start", "stop")
_ERRORS = ("e", "err", "error", "ex", "exc", "exception", "failure")


def meant(name: str, target: str, source, line: int, frame) -> tuple[str, dict[str, str]]:
    """(hint, facts) for ``name`` on that line. The first ones are names that the learner's notebook has."""
    text, facts = source.line(line), {"name": name}
    arguments = signature_of(target).partition("(")[2].rstrip(")").split(", ")
    on_top = frame is not None and frame.f_code.co_name == "<module>" and not re.match(r"(async )?def |class |@", text)
    if name == "chapter":
        return "chapter", facts
    if on_top and name in ("lab", *arguments):
        return "outside", facts
    if name == "lab":
        return "lab", facts | {"arguments": ", ".join(f"`{argument}`" for argument in arguments)}
    if name == target.partition(":")[0].rpartition(".")[2]:
        module, _, own = target.partition(":")
        if re.search(rf"\b{name}\.{own}\b", text):
            return "imports-ours", facts | {"name": own, "module": module}
        return "own-module", facts
    if name.lower() in _VERBS:
        return "unquoted", facts | {"verb": name.lower()}
    if name in _ERRORS and (handler := _handler(source.text, line)):
        kind = ast.unparse(handler.type) if handler.type else "Exception"
        return ("typo", facts | {"meant": handler.name}) if handler.name else (
            "error-unnamed", facts | {"handler": str(handler.lineno), "kind": kind})
    if name in arguments:
        return "not-handed-over", facts
    if imported := _import_of(name, text):
        return "not-imported", facts | {"import": imported}
    there = {n: v for n, v in {**frame.f_globals, **frame.f_locals}.items() if not n.startswith("_")} if frame else {}
    called = re.search(rf"\b{name}\(", text) is not None
    near = [n for n, v in there.items() if n.lower() == name.lower() and callable(v) == called] or [
        word for word in [_OTHER_LANGUAGES.get(name)] if word] or difflib.get_close_matches(
        name, there, 1, 0.75) or difflib.get_close_matches(name, dir(builtins), 1, 0.85)
    return ("typo", facts | {"meant": near[0]}) if near else ("other-cell", facts)


def _import_of(name: str, text: str) -> str:
    """'from typing import List', when that line uses the name as what can be imported is used; else ''."""
    if name in sys.stdlib_module_names:
        return f"import {name}" if re.search(rf"\b{name}\.", text) else ""
    if not (name[0].isupper() or re.search(rf"\b{name}\(|@{name}\b", text)):
        return ""  # a variable that is called as something there is
    module = next((m for m in _IMPORTED if hasattr(importlib.import_module(m), name)), "")
    return f"from {module} import {name}" if module else ""


def _handler(text: str, line: int) -> ast.ExceptHandler | None:
    """The innermost ``except`` around that line."""
    around = [node for node in ast.walk(ast.parse(text))
              if isinstance(node, ast.ExceptHandler) and node.lineno <= line <= node.end_lineno]
    return max(around, key=lambda node: node.lineno, default=None)

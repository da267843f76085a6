"""What does the package itself say? The source of our own functions, read from their files.

Never through the live modules: a learner's part may stand in for ours there, and a file tells no lies about that.
"""

import ast
import re
import textwrap
from pathlib import Path

from mini_k8s.errors import BadRequest, NotFound

_TARGET = re.compile(r"mini_k8s(\.[a-z_][a-z0-9_]*)+:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def check_target(target: str) -> tuple[str, str]:
    """Split 'mini_k8s.control_loop:diff' into module and name. Raises BadRequest for anything of another form."""
    if not isinstance(target, str) or not _TARGET.fullmatch(target):
        shown = repr(target) if len(repr(target)) <= 80 else repr(target)[:77] + "..."
        raise BadRequest(f"{shown} names no function of this package. Write it as 'mini_k8s.control_loop:diff'.")
    module, _, name = target.partition(":")
    return module, name


def our_source(target: str) -> str:
    """The whole function (or class, or method), as it stands in the package, without its indentation."""
    lines, node, _ = _find(target)
    first = min([node.lineno] + [d.lineno for d in node.decorator_list])
    return textwrap.dedent("\n".join(lines[first - 1:node.end_lineno]))


def our_signature(target: str) -> str:
    """The same, down to the end of its docstring: what a learner is given to start from."""
    lines, node, target = _find(target)
    first = min([node.lineno] + [d.lineno for d in node.decorator_list])
    if ast.get_docstring(node) is None:
        raise BadRequest(f"{target} has no docstring, and the docstring is the exercise. Write one.")
    return textwrap.dedent("\n".join(lines[first - 1:node.body[0].end_lineno]))


def _find(target: str) -> tuple[list[str], ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, str]:
    module, name = check_target(target)
    path = _file_of(module)
    if path is None:
        raise NotFound(f"there is no module {module}, so no {target}. Look for a misspelling.")
    text = path.read_text(encoding="utf-8")
    node: ast.AST = ast.parse(text)
    for part in name.split("."):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        inside = [n for n in ast.iter_child_nodes(node) if isinstance(n, kinds)]
        node = next((n for n in inside if n.name == part), None)
        if node is None:
            names = ", ".join(n.name for n in inside if not n.name.startswith("_")) or "nothing"
            raise NotFound(f"there is no {part} for {target}. {module} has: {names}.")
    return text.splitlines(), node, target


def _file_of(module: str) -> Path | None:
    root = Path(__file__).resolve().parent.parent  # the package this file is in, whatever sys.path says
    inside = root.joinpath(*module.split(".")[1:])
    return next((path for path in (inside.with_suffix(".py"), inside / "__init__.py") if path.is_file()), None)

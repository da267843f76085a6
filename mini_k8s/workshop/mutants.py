"""Would the checks notice a small mistake? Every small mistake that can be made in a function, one at a time.

Comparisons, operators, loops and exceptions are changed by cosmic-ray's operators, all of them, at every place. It has
none for ``not in``, for a statement that is missing, or for the wrong one of two names; those are added here.
"""

import ast
import copy
import difflib
from collections.abc import Iterator


def mutants(source: str) -> dict[str, str]:
    """changed lines -> mutant, each once, for a function given as source. Its docstring and types are left out."""
    plain = _plain(source)
    seen, found = {ast.dump(ast.parse(plain))}, {}
    for mutant in (*_of_library(plain), *_ours(plain)):
        if (tree := ast.dump(ast.parse(mutant))) not in seen:
            seen.add(tree)
            change, number = changed(plain, mutant), 1
            while (key := change if number == 1 else f"{change} ({number})") in found:
                number += 1  # the same words on another line
            found[key] = mutant
    return found


def changed(before: str, after: str) -> str:
    """'- old line | + new line': what differs, without what does not."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return " | ".join(f"{line[0]} {line[2:].strip()}" for line in lines if line[0] in "+-")


def _plain(source: str) -> str:
    """The same function as Python writes it, without docstring and annotations."""
    tree = ast.parse(source)
    function = tree.body[0]
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:]
    function.returns = None
    for argument in function.args.args:
        argument.annotation = None
    return ast.unparse(tree) + "\n"


def _of_library(source: str) -> Iterator[str]:
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments():
            continue  # VariableReplacer and VariableInserter put in random numbers: not the same twice
        number = 0
        while (mutant := mutate_code(source, operator(), number)) is not None:
            number += 1
            if _is_python(mutant):
                yield mutant


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _ours(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    names = sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
                   | {n.name for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler) and n.name}
                   | {a.arg for a in tree.body[0].args.args})
    for number, node in enumerate(ast.walk(tree)):
        for change in _changes(node, names):
            other = copy.deepcopy(tree)
            place = next(n for i, n in enumerate(ast.walk(other)) if i == number)
            change(place)
            yield ast.unparse(ast.fix_missing_locations(other)) + "\n"


def _changes(node: ast.AST, names: list[str]) -> Iterator:
    """Ways to change this node in place."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        yield from (lambda n, name=name: setattr(n, "id", name) for name in names if name != node.id)
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        opposite = ast.NotIn() if isinstance(node.ops[0], ast.In) else ast.In()
        yield lambda n: setattr(n, "ops", [opposite])
    if isinstance(node, ast.Constant) and node.value in ("start", "stop"):
        yield lambda n: setattr(n, "value", {"start": "stop", "stop": "start"}[n.value])
    if isinstance(node, (ast.Call, ast.Tuple)):
        field = "args" if isinstance(node, ast.Call) else "elts"
        for left in range(len(getattr(node, field)) - 1):
            yield lambda n, left=left: _swap(getattr(n, field), left)
    if isinstance(node, ast.ExceptHandler):
        for kind in ("BaseException", "RuntimeError", "ValueError"):
            yield lambda n, kind=kind: setattr(n, "type", ast.Name(kind, ast.Load()))
        yield lambda n: setattr(n, "type", None) or setattr(n, "name", None)
    for field in ("body", "orelse"):
        block = getattr(node, field, None)
        if isinstance(block, list) and not isinstance(node, ast.Module):
            for place in range(len(block)):
                yield lambda n, f=field, p=place: getattr(n, f).__setitem__(p, ast.Pass())


def _swap(items: list, left: int) -> None:
    items[left], items[left + 1] = items[left + 1], items[left]

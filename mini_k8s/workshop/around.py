"""What does a learner's part find around it? The public names of its module, and nothing from the notebook."""

import ast
import builtins
import importlib
from functools import cache

from mini_k8s.workshop.ours import our_signature


def fresh_namespace(target: str) -> dict:
    """A namespace to run a part's source in: the public names of its module as they are now, but for its own."""
    module_name, _, name = target.partition(":")
    module = importlib.import_module(module_name)
    names = {n: v for n, v in vars(module).items() if not n.startswith("_") and n != name}
    return {"__name__": part_module(module_name), "__builtins__": builtins, **names}


def part_module(module: str) -> str:
    """The name of the module that learners' parts of ``module`` say they come from: 'my_parts.control_loop'."""
    return "my_parts." + module.removeprefix("mini_k8s.")


@cache
def signature_of(target: str) -> str:
    """'diff(desired, observed)': our function's name and parameters, without their types."""
    node = ast.parse(our_signature(target)).body[0]
    return f"{node.name}({', '.join(a.arg for a in node.args.args)})"

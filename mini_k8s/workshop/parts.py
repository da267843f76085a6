"""Whose function runs? Ours, until the learner's passes; then theirs, in the very place of ours.

A part replaces a function by name in its module (``mini_k8s.control_loop.diff``), so whoever calls it through the
module gets the learner's. It is never wrapped: what runs is what was written. Each part lives in a namespace of its
own, with the module's public names as they are at the moment, the learner's other parts among them.
"""

import contextlib
import importlib
import io
import linecache
from collections.abc import Callable
from dataclasses import dataclass

from mini_k8s.workshop.around import fresh_namespace
from mini_k8s.workshop.edition import edition, version_of


@dataclass(frozen=True)
class _Part:
    """One function of the learner's that runs now."""

    source: str
    function: Callable
    namespace: dict
    own: frozenset[str]  # the names that its source itself defines; nobody else sets these


_ours: dict[str, Callable] = {}  # target -> our function, kept from before its first replacement
_yours: dict[str, _Part] = {}


def install(target: str, source: str) -> Callable:
    """Let the learner's source be ``target`` from now on; returns the function. Raises what the source raises."""
    module, name = _split(target)
    part = load(target, source)
    _ours.setdefault(target, getattr(module, name))
    _yours[target] = part
    setattr(module, name, part.function)
    _share(module)
    return part.function


def uninstall(target: str) -> None:
    """Let ours run again. Nothing happens when it does already."""
    module, name = _split(target)
    if _yours.pop(target, None):
        setattr(module, name, _ours[target])
        _share(module)


def whose(target: str) -> str:
    """'yours' or 'ours': who wrote the function that runs under this name."""
    module, name = _split(target)
    part = _yours.get(target)
    return "yours" if part and getattr(module, name) is part.function else "ours"


def install_saved(folder) -> list[str]:
    """Let exactly that run which passed before and is kept in the learner's folder; returns the functions' names.

    A part that was taken out of the folder meanwhile (``mini-k8s reset 2.1``) gives way to ours.
    What passed under another edition of this kit is judged again first. What no longer passes stays in the folder, ours
    runs, and a line is printed that says so.
    """
    from mini_k8s.workshop import exercises

    saved, installed = folder.parts(), []
    for target in _yours.keys() - saved.keys():
        uninstall(target)
    for target in sorted(saved, key=lambda t: list(exercises.TARGETS.values()).index(t) if _known(t) else -1):
        source, under = saved[target]
        name = target.partition(":")[2]
        if not _known(target):
            continue  # an exercise that this version does not have; the file is the learner's
        try:
            if under != edition():
                _judge_again(target, source)
            install(target, source)
        except Exception as error:  # somebody may have edited the file since; a lab must open all the same
            print(f"{name} passed under mini_k8s {version_of(under)} and does not now: {error}. Ours runs; "
                  "run its cell again.")
            continue
        installed.append(name)
    return installed


def load(target: str, source: str) -> _Part:
    """Run the source in a namespace of its own and take the function out of it. What it prints is not shown."""
    name = target.partition(":")[2]
    file = f"<your {name}>"
    namespace = fresh_namespace(target)
    before = dict(namespace)
    code = compile(source, file, "exec", dont_inherit=True)
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        exec(code, namespace)
    if not callable(namespace.get(name)):
        raise NameError(f"this source defines no function {name}", name=name)
    function = namespace[name]
    _sign(function, name, namespace["__name__"])
    own = frozenset(n for n, v in namespace.items() if n not in before or before[n] is not v)
    return _Part(source, function, namespace, own)


def _sign(function: Callable, name: str, module: str) -> None:
    """A lambda, a partial or an object of theirs says its name and module as a ``def`` would."""
    for attribute, value in (("__name__", name), ("__module__", module)):
        if getattr(function, attribute, None) != value and not isinstance(function, type):
            with contextlib.suppress(AttributeError, TypeError):
                setattr(function, attribute, value)


def _share(module) -> None:
    """Each part sees the newest of its module's other functions, but for names that it defines itself."""
    for target, part in _yours.items():
        if target.partition(":")[0] == module.__name__:
            for other in _ours:
                home, _, name = other.partition(":")
                if home == module.__name__ and name not in part.own:
                    part.namespace[name] = getattr(module, name)


def _judge_again(target: str, source: str) -> None:
    from mini_k8s.workshop.exercises.words import plain
    from mini_k8s.workshop.judge import judge

    verdict = judge(target, source, context=context_for(target))
    if not verdict.passed:
        raise ValueError(plain(dict(verdict.rows).get("likely", verdict.headline)))


def context_for(target: str, folder=None) -> dict[str, str]:
    """The learner's other parts of the same module, by which ``target`` will be surrounded: those that run now.

    Where nothing runs (a file is judged) name the folder: then it is those that are kept, if this edition judged them.
    """
    module = target.partition(":")[0]
    kept = {t: source for t, (source, under) in folder.parts().items() if under == edition()} if folder else {}
    found = {**kept, **{t: part.source for t, part in _yours.items()}}
    return {t: source for t, source in found.items() if t != target and t.partition(":")[0] == module}


def _known(target: str) -> bool:
    from mini_k8s.workshop import exercises

    return target in exercises.TARGETS.values()


def _split(target: str):
    module, _, name = target.partition(":")
    return importlib.import_module(module), name

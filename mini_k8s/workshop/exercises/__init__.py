"""What is an exercise made of? Checks that look at the world, hints that name the misconception, answers as proof.

An exercise is a function of the package. Its docstring is the exercise text, its body is our solution. Here stands the
rest: the checks, one hint for each misconception, and (in a file of their own, which no learner's child process loads)
the wrong and right answers by which ``make prove`` holds checks and hints to their word.
"""

import ast
import difflib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mini_k8s.errors import BadRequest
from mini_k8s.workshop.ours import our_signature, our_source

TARGETS = {  # number -> target, in the order of the chapters
    "1.1": "mini_k8s.failures:availability",
    "1.2": "mini_k8s.failures:expected_failures",
    "2.1": "mini_k8s.control_loop:diff",
    "2.2": "mini_k8s.control_loop:reconcile",
    "2.3": "mini_k8s.backoff:restart_delay",
}


@dataclass(frozen=True)
class Hint:
    """What a misconception is told: the likely cause, the next move, and more when it comes a third time."""

    id: str
    likely: str
    next: str
    stronger: str = ""


@dataclass(frozen=True)
class Finding:
    """Why a check failed: the smallest case, in words, and the hint that fits."""

    hint: str
    given: str = ""
    expected: str = ""
    did: str = ""
    printed: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)  # fills the {places} in the hint's texts


@dataclass(frozen=True)
class Check:
    """One thing that has to be true. ``test(learner)`` returns a Finding, or None when it is."""

    title: str
    test: Callable[[object], Finding | None]
    endless: str = "endless"  # the hint when the learner's function does not come back in this check


@dataclass(frozen=True)
class Wrong:
    """A plausible wrong answer, and the hint that it must get."""

    hint: str
    source: str


@dataclass(frozen=True)
class Right:
    """A right answer in another style than ours. It must pass."""

    style: str
    source: str


@dataclass(frozen=True)
class Exercise:
    """One exercise: ``number`` as in the chapter, ``target`` as ``module:function``."""

    number: str
    target: str
    title: str
    checks: tuple[Check, ...]
    hints: tuple[Hint, ...]
    called: str = ""  # who calls it, and how often: 'The loop calls it once a second.'
    stretch: bool = False  # beside the core: no path counts it, and nobody is sent back to it

    @property
    def module(self) -> str:
        return self.target.partition(":")[0]

    @property
    def name(self) -> str:
        return self.target.partition(":")[2]

    @property
    def wrongs(self) -> tuple[Wrong, ...]:
        return self._answers().WRONGS

    @property
    def rights(self) -> tuple[Right, ...]:
        return self._answers().RIGHTS

    @property
    def equivalent(self) -> Mapping[str, str]:
        """Mutants of the solution that nobody can tell from it: changed line -> why."""
        return self._answers().EQUIVALENT

    def hint(self, id: str) -> Hint:
        """The hint of that id: this exercise's own, else one that every exercise shares."""
        from mini_k8s.workshop.exercises.common import HINTS

        for found in (*self.hints, *HINTS):
            if found.id == id:
                return found
        raise LookupError(f"exercise {self.number} has no hint {id!r}")

    def _answers(self):
        return importlib.import_module(f"{_package(self.target)}.{self.name}_answers")


def find(target: str) -> Exercise:
    """The exercise of that target (``mini_k8s.control_loop:diff``) or number (``2.1``). BadRequest for another."""
    target = target.strip()
    wanted = TARGETS.get(target, target)
    if wanted not in TARGETS.values():
        near = difflib.get_close_matches(target, [*TARGETS.values(), *TARGETS], n=1, cutoff=0.5)
        by_name = [t for t in TARGETS.values() if t.rpartition(":")[2] == target.rpartition(":")[2]]
        meant = f" Did you mean {(by_name or near)[0]}?" if by_name or near else ""
        raise BadRequest(f"there is no exercise {target!r}.{meant} The exercises are: {', '.join(TARGETS.values())}")
    for exercise in importlib.import_module(_package(wanted)).EXERCISES:
        if exercise.target == wanted:
            return exercise
    raise LookupError(f"{_package(wanted)} has no exercise for {wanted}")


def every() -> list[Exercise]:
    """All exercises, in the order of the chapters."""
    return [find(target) for target in TARGETS.values()]


def unsolved(target: str) -> str:
    """The exercise as a learner finds it: signature, docstring, and a loud refusal to run."""
    number = find(target).number
    return f'{our_signature(target)}\n    raise NotImplementedError("Exercise {number} is yours to write")\n'


def shown_solution(target: str) -> str:
    """Our solution without its docstring, to be shown to a learner who asks for it."""
    source = our_source(target)
    docstring = ast.parse(source).body[0].body[0]
    lines = source.splitlines()
    return "\n".join(lines[:docstring.lineno - 1] + lines[docstring.end_lineno:])


def _package(target: str) -> str:
    """The package here that holds the exercises of a module of the package."""
    return f"{__name__}.{target.partition(':')[0].removeprefix('mini_k8s.').replace('.', '_')}"

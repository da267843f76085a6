"""What does a selector ask of an object's labels? Upstream: ``apimachinery/pkg/labels/selector.go``."""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mini_k8s.errors import Invalid
from mini_k8s.selectors.checks import check

_SIGNS = {"In": "=", "NotIn": "!=", "Gt": ">", "Lt": "<"}
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")


class Requirement(NamedTuple):
    """One of the things that a selector asks for; ``str()`` gives it in kubectl's words.

    operator   In, NotIn, Exists, DoesNotExist; Gt and Lt, which compare whole numbers with one value
    """

    key: str
    operator: str
    values: tuple[str, ...] = ()  # in order, each once

    def __str__(self) -> str:
        if len(self.values) == 1:
            return f"{self.key}{_SIGNS[self.operator]}{self.values[0]}"
        if self.values:
            return f"{self.key} {self.operator.lower()} ({','.join(self.values)})"
        return f"!{self.key}" if self.operator == "DoesNotExist" else self.key


@dataclass(frozen=True, repr=False)
class Selector:
    """Asks for all of its requirements; with None in their place, for what no object has."""

    requirements: tuple[Requirement, ...] | None

    @functools.cached_property
    def matches(self) -> Callable[[Mapping[str, str] | None], bool]:
        """A fast function: do these labels (None: no labels) fulfil every requirement?"""
        if self.requirements is None:
            return lambda labels: False
        tests = tuple(map(_test, self.requirements))

        def matches(labels: Mapping[str, str] | None) -> bool:
            labels = labels or {}
            for test in tests:  # noqa: SIM110 (twice as fast as all())
                if not test(labels):
                    return False
            return True

        return matches

    def __str__(self) -> str:
        return "<nothing>" if self.requirements is None else ",".join(map(str, self.requirements))

    def __repr__(self) -> str:
        return f"<Selector {str(self).strip('<>') or 'everything'}>"


EVERYTHING, NOTHING = Selector(()), Selector(None)


def of(selector: Mapping | None, field: str = "selector") -> Selector:
    """The selector that an object holds as matchLabels and matchExpressions. None: nothing. Empty: everything.

    Raises Invalid with everything that is wrong; ``field`` is where the selector stands in its object.
    Upstream: ``LabelSelectorAsSelector`` in ``apimachinery/pkg/apis/meta/v1/helpers.go``.
    """
    if selector is None:
        return NOTHING
    if problems := tuple(check(selector, field)):
        error = Invalid(", ".join(map(str, problems)))
        error.problems = problems
        raise error
    wanted = [Requirement(key, "In", (value,)) for key, value in (selector.get("matchLabels") or {}).items()]
    wanted += [Requirement(asked["key"], asked["operator"], tuple(sorted(set(asked.get("values") or ()))))
               for asked in selector.get("matchExpressions") or ()]
    return Selector(tuple(sorted(wanted)))


def of_labels(labels: Mapping[str, str] | None) -> Selector:
    """The selector for all of these labels, as a Service holds it. None and empty: everything."""
    return of({"matchLabels": labels or {}})


def _test(asked: Requirement) -> Callable[[Mapping[str, str]], bool]:
    key, values = asked.key, frozenset(asked.values)
    if asked.operator == "Exists":
        return lambda labels: key in labels
    if asked.operator == "DoesNotExist":
        return lambda labels: key not in labels
    if asked.operator == "NotIn":
        return lambda labels: labels.get(key) not in values
    if asked.operator == "In" and len(values) > 1:
        return lambda labels: labels.get(key) in values
    only = asked.values[0]
    if asked.operator == "In":
        return lambda labels: labels.get(key) == only

    def compares(labels: Mapping[str, str]) -> bool:
        value = labels.get(key, "")
        if not _WHOLE.fullmatch(value):
            return False
        return int(value) > int(only) if asked.operator == "Gt" else int(value) < int(only)

    return compares

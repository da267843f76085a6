"""What is wrong with the selector that an object holds?

Upstream: ``ValidateLabelSelector`` in ``apimachinery/pkg/apis/meta/v1/validation``. There a selector with other fields
alone is taken as empty, and matches everything; here that mistake is refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mini_k8s.problems import Problem, invalid, label_value, labels, qualified, required, unsupported

OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def check(selector: Any, field: str) -> Iterator[Problem]:
    """Everything that is wrong with the selector at ``field`` of an object; None is no mistake."""
    if selector is None:
        return
    if not isinstance(selector, Mapping):
        yield invalid(field, selector, "must be a mapping with matchLabels or matchExpressions")
        return
    if selector and not selector.keys() & {"matchLabels", "matchExpressions"}:
        yield invalid(field, selector, "must hold matchLabels or matchExpressions, or be empty for everything")
    given, asked = selector.get("matchLabels"), selector.get("matchExpressions")
    if given is not None and not isinstance(given, Mapping):
        yield invalid(f"{field}.matchLabels", given, "must be a mapping of names to text")
    else:
        yield from labels(f"{field}.matchLabels", given or {})
    if asked is not None and not isinstance(asked, list | tuple):
        yield invalid(f"{field}.matchExpressions", asked, "must be a list")
        return
    for i, expression in enumerate(asked or ()):
        yield from _expression(expression, f"{field}.matchExpressions[{i}]")


def _expression(asked: Any, field: str) -> Iterator[Problem]:
    if not isinstance(asked, Mapping):
        yield invalid(field, asked, "must be a mapping with key, operator and values")
        return
    key, operator, values = asked.get("key"), asked.get("operator"), asked.get("values")
    if not key:
        yield required(f"{field}.key")
    elif why := qualified(key):
        yield invalid(f"{field}.key", key, why)
    if not operator:
        yield required(f"{field}.operator", f"one of {', '.join(OPERATORS)}")
    elif operator not in OPERATORS:
        yield unsupported(f"{field}.operator", operator, OPERATORS)
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            yield Problem(f"{field}.values", "Forbidden", f"may not be specified when operator is {operator}")
    elif not values:
        yield required(f"{field}.values", f"must be specified when operator is {operator}")
    elif not isinstance(values, list | tuple):
        yield invalid(f"{field}.values", values, "must be a list")
    else:
        yield from (invalid(f"{field}.values[{i}]", value, why)
                    for i, value in enumerate(values) if (why := label_value(value)))

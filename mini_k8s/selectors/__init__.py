"""Which objects are meant?

A selector is a question to an object's labels. It is compiled once, and then asked as often as one likes:

>>> parse("app=web,tier in (front, back),!canary").matches({"app": "web", "tier": "front"})
True
>>> of({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]})
<Selector app=web,tier>

An empty selector matches everything, and one that is not there matches nothing: ``of({})`` and ``of(None)``. A label
that is missing has no value at all, so ``x!=y`` and ``x notin (y)`` match an object without the label ``x``.

``labels.py`` says what a selector is, ``strings.py`` reads kubectl's words, ``checks.py`` finds what is wrong in an
object, and ``fields.py`` asks for fields in place of labels. Upstream: ``apimachinery/pkg/labels`` and ``pkg/fields``.
"""

from collections.abc import Callable, Mapping

from mini_k8s.selectors.checks import OPERATORS, check
from mini_k8s.selectors.fields import FieldSelector
from mini_k8s.selectors.fields import parse as parse_fields
from mini_k8s.selectors.labels import EVERYTHING, NOTHING, Requirement, Selector, of, of_labels
from mini_k8s.selectors.strings import parse

__all__ = ["EVERYTHING", "NOTHING", "OPERATORS", "FieldSelector", "Requirement", "Selector", "check", "of", "of_labels",
           "parse", "parse_fields", "where"]


def where(labels: str | Selector = "", fields: str | FieldSelector = "") -> Callable[[Mapping], bool]:
    """Whether an object has these labels and these fields: what a list or a watch is asked with.

    Raises BadRequest when one of them cannot be read.
    """
    by_labels = (labels if isinstance(labels, Selector) else parse(labels)).matches
    by_fields = fields if isinstance(fields, FieldSelector) else parse_fields(fields)
    if not by_fields.terms:
        return lambda obj: by_labels(obj["metadata"].get("labels"))
    return lambda obj: by_labels(obj["metadata"].get("labels")) and by_fields.matches(obj)

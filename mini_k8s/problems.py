"""What is wrong with an object? Every mistake at once, each with its field, in Kubernetes' words.

Upstream: ``apimachinery/pkg/util/validation/field/errors.go`` and ``apimachinery/pkg/api/validation/objectmeta.go``.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mini_k8s.errors import Invalid
from mini_k8s.objects import Object

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")  # RFC 1123
_NAME_PART = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_ANNOTATIONS = 256 * 1024  # bytes


class Problem(NamedTuple):
    """One mistake: ``spec.containers[0].image: Required value``."""

    field: str
    reason: str  # "Required value", "Invalid value", "Duplicate value", "Unsupported value", "Forbidden", "Too long"
    detail: str = ""
    value: Any = None

    def __str__(self) -> str:
        shown = "" if self.value is None else f": {_shown(self.value)}"
        return f"{self.field}: {self.reason}{shown}{': ' if self.detail else ''}{self.detail}"


def required(field: str, detail: str = "") -> Problem:
    return Problem(field, "Required value", detail)


def invalid(field: str, value: Any, detail: str) -> Problem:
    return Problem(field, "Invalid value", detail, value)


def unsupported(field: str, value: Any, allowed: Sequence[str]) -> Problem:
    return Problem(field, "Unsupported value", f"supported values: {', '.join(map(_shown, allowed))}", value)


def duplicate(field: str, value: Any) -> Problem:
    return Problem(field, "Duplicate value", "", value)


def forbidden(field: str, detail: str) -> Problem:
    return Problem(field, "Forbidden", detail)


def not_found(field: str, value: Any) -> Problem:
    return Problem(field, "Not found", "", value)


def refuse(kind: str, name: str, problems: Sequence[Problem]) -> None:
    """Raise Invalid with all of them, if there are any. The error's ``problems`` holds them one by one."""
    if problems:
        said = ", ".join(map(str, problems))
        error = Invalid(f'{kind} "{name}" is invalid: {said if len(problems) == 1 else f"[{said}]"}')
        error.problems = tuple(problems)
        raise error


def check_metadata(new: Object, old: Object | None) -> Iterator[Problem]:
    """What is wrong with an object's metadata. Its types are right already."""
    meta = new["metadata"]
    name = meta.get("name")
    if not name:
        yield required("metadata.name", "name or generateName is required")
    elif why := subdomain(name):
        yield invalid("metadata.name", name, why)
    if meta.get("labels"):
        yield from labels("metadata.labels", meta["labels"])
    if meta.get("annotations"):
        yield from annotations("metadata.annotations", meta["annotations"])
    if meta.get("finalizers"):
        yield from _finalizers(meta, old)
    if meta.get("ownerReferences"):
        yield from _owners(meta["ownerReferences"])


def _finalizers(meta: Object, old: Object | None) -> Iterator[Problem]:
    for i, finalizer in enumerate(meta["finalizers"]):
        if why := qualified(finalizer):
            yield invalid(f"metadata.finalizers[{i}]", finalizer, why)
    if old is not None and meta.get("deletionTimestamp"):
        more = [name for name in meta["finalizers"] if name not in (old["metadata"].get("finalizers") or ())]
        if more:
            yield forbidden("metadata.finalizers", "no new finalizers can be added if the object is being deleted, "
                                                   f"found new finalizers {', '.join(more)}")


def _owners(owners: Sequence[Mapping]) -> Iterator[Problem]:
    for i, owner in enumerate(owners):
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                yield required(f"metadata.ownerReferences[{i}].{field}", f"{field} must not be empty")
    controllers = [owner.get("name") for owner in owners if owner.get("controller")]
    if len(controllers) > 1:
        yield invalid("metadata.ownerReferences", [*controllers], "only one reference can have controller set to true")


def labels(field: str, given: Any) -> Iterator[Problem]:
    """What is wrong with labels."""
    if given is not None and not isinstance(given, Mapping):
        yield invalid(field, given, "must be a mapping of names to text")
        return
    for key, value in (given or {}).items():
        if why := qualified(key):
            yield invalid(field, key, why)
        if why := label_value(value):
            yield invalid(field if isinstance(value, str) else f"{field}.{key}", value, why)


def annotations(field: str, given: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with annotations."""
    yield from (invalid(field, key, why) for key in given if (why := qualified(key.lower())))
    size = sum(len(key.encode("utf-8", "replace")) + len(value.encode("utf-8", "replace"))
               for key, value in given.items())
    if size > _ANNOTATIONS:
        yield Problem(field, "Too long", f"may not be more than {_ANNOTATIONS} bytes")


def label_value(value: Any) -> str:
    """Why this is no value of a label; empty when it is one."""
    if not isinstance(value, str):
        return "must be text; write it in quotes"
    if len(value) > 63:
        return "must be no more than 63 characters"
    return "" if not value or _NAME_PART.fullmatch(value) else (
        "a valid label value is empty or made of letters, digits, '-', '_' and '.', and begins and ends with a letter "
        "or a digit")


def label(name: Any) -> str:
    """Why this is no DNS label; empty when it is one."""
    if not isinstance(name, str):
        return "must be text"
    if len(name) > 63:
        return "must be no more than 63 characters"
    return "" if LABEL.fullmatch(name) else ("a lowercase RFC 1123 label consists of a-z, 0-9 and '-', and begins and "
                                             "ends with a letter or a digit")


def subdomain(name: Any) -> str:
    """Why this is no DNS subdomain; empty when it is one."""
    return _subdomain(name) if isinstance(name, str) else "must be text"


def qualified(name: Any) -> str:
    """Why this is no qualified name, such as 'app' or 'example.com/app'; empty when it is one."""
    return _qualified(name) if isinstance(name, str) else "must be text"


@functools.lru_cache(1024)
def _subdomain(name: str) -> str:
    if len(name) > 253:
        return "must be no more than 253 characters"
    good = all(LABEL.fullmatch(part) for part in name.split("."))
    return "" if good else ("a lowercase RFC 1123 subdomain consists of a-z, 0-9, '-' and '.', and begins and ends "
                            "with a letter or a digit")


@functools.lru_cache(1024)  # few names, asked about often
def _qualified(name: str) -> str:
    prefix, slash, part = name.rpartition("/")
    if slash and (why := _subdomain(prefix)):
        return f"prefix part {why}"
    if len(part) > 63:
        return "name part must be no more than 63 characters"
    return "" if _NAME_PART.fullmatch(part) else ("name part consists of letters, digits, '-', '_' and '.', and begins "
                                                  "and ends with a letter or a digit")


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 100 else text[:97] + "..."

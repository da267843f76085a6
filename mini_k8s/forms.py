"""Is this an object at all, as far as anybody can tell without knowing what it means?

What comes in may be anything: a list where a mapping belongs, a thousand levels, a number too long to be written down.
Behind this nobody has to expect that. Upstream: the decoders of ``apimachinery/pkg/runtime/serializer``.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from mini_k8s import fields
from mini_k8s.errors import BadRequest, Invalid, RequestEntityTooLarge
from mini_k8s.kind import Kind
from mini_k8s.objects import Object, freeze
from mini_k8s.problems import Problem, refuse

MOST = 3 * 1024 * 1024  # bytes of an object, as JSON


def frozen(obj: Any) -> Object:
    """The object, frozen. Raises BadRequest when it is none, Invalid when it holds what no manifest can."""
    if not isinstance(obj, Mapping) or not isinstance(obj.get("metadata") or {}, Mapping):
        raise BadRequest(f"{str(obj)[:80]!r} is no object: it needs apiVersion, kind and metadata.")
    try:
        return freeze(obj)
    except RecursionError:
        raise BadRequest("an object is nested deeper than anything that makes sense. Flatten it.") from None


def well_formed(kind: Kind, obj: Object, stored: Object | None) -> Object:
    """The object without its empty fields (null). What it shares with the stored one is not looked at again.

    Raises Invalid when a known field is of another type than it should be, or when the object cannot be written as
    JSON; RequestEntityTooLarge.
    """
    new = obj if stored is None else Object({part: value for part, value in obj.items()
                                             if value is not stored.get(part)})
    try:
        size = len(orjson.dumps(new))
    except TypeError as error:  # half a character, a number of more than 64 bits, more than 254 levels
        raise Invalid(f"an object cannot be written as JSON: {error}. Leave that out.") from None
    if size > MOST:
        raise RequestEntityTooLarge(f"an object of {size} bytes is too large: at most {MOST} are kept. Split it.")
    if fields.fits(kind.message)(new):
        return obj
    obj = freeze(fields.without_nulls(obj, kind.message))
    refuse(kind.name, str(obj["metadata"].get("name") or ""),
           [Problem(doubt.path, "Invalid value", f"must be {doubt.what}")
            for doubt in fields.doubts(obj, kind.message) if doubt.what != "unknown field"])
    return obj

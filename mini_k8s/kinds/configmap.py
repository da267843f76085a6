"""What is a ConfigMap, to the API? Texts and files, up to a mebibyte of them.

Upstream: ``ValidateConfigMap`` in ``pkg/apis/core/validation/validation.go``.
"""

import base64
import binascii
from collections.abc import Iterator

from mini_k8s.kind import Kind
from mini_k8s.kinds.columns import AGE, NAME, Column
from mini_k8s.kinds.shared import config_data, immutable
from mini_k8s.objects import Object
from mini_k8s.problems import Problem

MOST = 1024 * 1024  # bytes
_FIELDS = ("data", "binaryData")


def validate(config: Object, old: Object | None) -> Iterator[Problem]:
    """Everything that is wrong with a ConfigMap."""
    yield from not_base64(config, "binaryData")
    yield from config_data(config, _FIELDS, MOST)
    yield from immutable(config, old, _FIELDS)


def not_base64(obj: Object, field: str) -> Iterator[Problem]:
    """The values that are no base64. They may be secret, so they are not shown."""
    for key, value in (obj.get(field) or {}).items():
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            yield Problem(f"{field}[{key}]", "Invalid value",
                          "must be base64, as `base64 -w0` writes it. A plain text belongs into "
                          f"{'stringData' if field == 'data' else 'data'}")


def _count(config: Object, now: float) -> str:
    return str(sum(len(config.get(field) or ()) for field in _FIELDS))


CONFIGMAP = Kind("ConfigMap", "configmaps", short=("cm",), validate=validate,
                 columns=(NAME, Column("DATA", _count), AGE))

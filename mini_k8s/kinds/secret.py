"""What is a Secret, to the API? A ConfigMap whose values are base64, and that nobody prints.

Upstream: ``ValidateSecret`` in ``pkg/apis/core/validation/validation.go``. Left out: encryption at rest.
"""

import base64
from collections.abc import Iterator

from mini_k8s.kind import Kind
from mini_k8s.kinds.columns import AGE, NAME, Column, column
from mini_k8s.kinds.configmap import MOST, not_base64
from mini_k8s.kinds.shared import config_data, fill, immutable
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, invalid, required

_NEEDED = {"kubernetes.io/tls": ("tls.crt", "tls.key"), "kubernetes.io/dockercfg": (".dockercfg",),
           "kubernetes.io/dockerconfigjson": (".dockerconfigjson",), "kubernetes.io/ssh-auth": ("ssh-privatekey",)}


def default(secret: Object) -> Object:
    """The Secret with ``stringData`` folded into ``data``: it is for writing only."""
    secret = fill(secret, {"type": "Opaque"})
    plain = secret.get("stringData")
    if plain is None:
        return secret
    coded = {key: base64.b64encode(value.encode("utf-8", "replace")).decode() for key, value in plain.items()}
    return secret.with_(stringData=None, data={**(secret.get("data") or {}), **coded})


def validate(secret: Object, old: Object | None) -> Iterator[Problem]:
    """Everything that is wrong with a Secret."""
    yield from not_base64(secret, "data")
    yield from config_data(secret, ("data",), MOST)
    for key in _NEEDED.get(secret["type"], ()):
        if key not in (secret.get("data") or {}):
            yield required(f"data[{key}]")
    if old is not None and secret["type"] != old["type"]:
        yield invalid("type", secret["type"], "field is immutable")
    yield from immutable(secret, old, ("data",))


SECRET = Kind("Secret", "secrets", default=default, validate=validate, columns=(
    NAME, column("TYPE", lambda secret: secret.get("type")),
    Column("DATA", lambda secret, now: str(len(secret.get("data") or ()))), AGE))

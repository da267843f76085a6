"""What is ours on an engine that belongs to everybody? The labels and names that say so.

They are set in the same call that makes a thing, so nothing of ours is ever without them, and what has not exactly our
cluster's label is never touched. This separates clusters against accidents, not against malice: whoever may use the
engine's socket owns everything on it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

from mini_k8s.runtimes import ContainerSpec, SandboxSpec

CLUSTER = "mini-k8s.cluster"
OWNER = "mini-k8s.owner"
KIND = "mini-k8s.kind"  # container, sandbox, lock
NAME = "mini-k8s.name"
ATTEMPT = "mini-k8s.attempt"
IMAGE = "mini-k8s.image"  # as it was asked for: the engine shows an id once a tag has moved on
SPEC = "mini-k8s.spec"
HOLDER = "mini-k8s.holder"
SINCE = "mini-k8s.since"
_USER = "mini-k8s.label/"


def of_cluster(cluster: str) -> dict:
    """The filter that finds everything of one cluster."""
    return {"label": [f"{CLUSTER}={cluster}"]}


def for_spec(cluster: str, owner: str, kind: str, spec: ContainerSpec | SandboxSpec, image: str,
             sandbox: str | None = None) -> dict[str, str]:
    """The labels of a container or sandbox, the user's among them under a prefix."""
    return {CLUSTER: cluster, OWNER: owner, KIND: kind, NAME: spec.name, ATTEMPT: str(spec.attempt), IMAGE: image,
            SPEC: spec_hash(spec, sandbox), **{_USER + key: str(value) for key, value in spec.labels.items()}}


def users(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that the spec asked for."""
    return {key.removeprefix(_USER): value for key, value in labels.items() if key.startswith(_USER)}


def spec_hash(spec: ContainerSpec | SandboxSpec, sandbox: str | None = None) -> str:
    """Equal for equal specs, also in another process and on another day."""
    plain = asdict(spec) | {"sandbox": sandbox}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=_plain).encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else list(value)

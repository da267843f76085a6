"""What is ours on an engine that belongs to everybody? The labels and names that say so.

They are set in the same call that makes a thing, so nothing of ours is ever without them, and what has not exactly our
cluster's label is never touched. This separates clusters against accidents, not against malice: whoever may use the
engine's socket owns everything on it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

from mini_k8s.errors import Invalid
from mini_k8s.runtimes.specs import ContainerSpec, SandboxSpec, VolumeSpec, asks

CLUSTER = "mini-k8s.cluster"
OWNER = "mini-k8s.owner"
KIND = "mini-k8s.kind"  # container, sandbox, lock, volume, part (of a volume), messages
NAME = "mini-k8s.name"
ATTEMPT = "mini-k8s.attempt"
IMAGE = "mini-k8s.image"  # as it was asked for: the engine shows an id once a tag has moved on
SPEC = "mini-k8s.spec"
SANDBOX = "mini-k8s.sandbox"  # of a volume: the name of the sandboxes whose containers use it
SHARE = "mini-k8s.share-processes"  # of a sandbox, when it does
TTY = "mini-k8s.tty"  # of a container, when it has a terminal
MESSAGES = "mini-k8s.messages"  # of a sandbox: whose messages it has files for; of a container: where its own is
PLAN = "mini-k8s.plan"  # of a volume: how it is mounted
HOLDER = "mini-k8s.holder"
SINCE = "mini-k8s.since"
_USER = "mini-k8s.label/"
_ALWAYS = {"name", "image", "command", "env", "labels", "ports", "attempt", "hostname"}  # all there was at first
_PLANNED = ("medium", "size", "group", "files", "sub_paths")


def of_cluster(cluster: str) -> dict:
    """The filter that finds everything of one cluster."""
    return {"label": [f"{CLUSTER}={cluster}"]}


def for_spec(cluster: str, owner: str, kind: str, spec: ContainerSpec | SandboxSpec, image: str,
             sandbox: str | None = None) -> dict[str, str]:
    """The labels of a container or sandbox, the user's among them under a prefix."""
    return {CLUSTER: cluster, OWNER: owner, KIND: kind, NAME: spec.name, ATTEMPT: str(spec.attempt), IMAGE: image,
            SPEC: spec_hash(spec, sandbox), **{_USER + key: str(value) for key, value in spec.labels.items()},
            **({SHARE: "yes"} if getattr(spec, "share_processes", False) else {}),
            **({TTY: "yes"} if getattr(spec, "tty", False) else {}),
            **({MESSAGES: " ".join(spec.messages)} if getattr(spec, "messages", ()) else {})}


def for_volume(cluster: str, owner: str, spec: VolumeSpec) -> dict[str, str]:
    """The labels of a volume. What is in it is never among them."""
    plan = {key: getattr(spec, key) for key in _PLANNED}
    return {CLUSTER: cluster, OWNER: owner, KIND: "volume", SANDBOX: spec.sandbox, NAME: spec.name,
            SPEC: spec_hash(spec), PLAN: json.dumps(plan | {"sub_paths": list(spec.sub_paths)}),
            **{_USER + key: str(value) for key, value in spec.labels.items()}}


def volume(labels: Mapping[str, str]) -> VolumeSpec:
    """The spec that a volume with these labels was made from."""
    try:
        plan = json.loads(labels[PLAN])
        return VolumeSpec(labels[SANDBOX], labels[NAME], users(labels), **{key: plan[key] for key in _PLANNED})
    except (ValueError, LookupError, TypeError) as error:  # labels are written by anybody
        raise Invalid(f"a volume has labels that this workshop did not write ({error}). Remove it.") from error


def users(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that the spec asked for."""
    return {key.removeprefix(_USER): value for key, value in labels.items() if key.startswith(_USER)}


def spec_hash(spec: ContainerSpec | SandboxSpec | VolumeSpec, sandbox: str | None = None) -> str:
    """Equal for equal specs, also in another process, on another day and in a later version."""
    plain = {key: value for key, value in asdict(spec).items() if key in _ALWAYS or key in asks(spec)}
    plain["sandbox"] = sandbox
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=_plain).encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else list(value)

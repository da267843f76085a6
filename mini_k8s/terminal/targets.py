"""Which objects are meant? ``pods``, ``po/web``, ``pod web db``, ``pods,configmaps``."""

from collections.abc import Sequence
from typing import NamedTuple

from mini_k8s.apply import COMING, unknown_kind
from mini_k8s.errors import BadRequest, NotFound
from mini_k8s.kind import Kind
from mini_k8s.kinds import KINDS

ALL = ("Pod", "Service", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet", "HorizontalPodAutoscaler", "CronJob",
       "Job")  # what kubectl means by 'all'


class Target(NamedTuple):
    """One object; or, without a name, all of its kind."""

    kind: Kind
    name: str | None = None


def kind_of(word: str) -> Kind:
    """The kind that is called like this: by its name, its plural or its short name. Raises NotFound."""
    said = word.lower()
    for kind in KINDS.values():
        group, _, version = kind.apiVersion.rpartition("/")
        ends = (f".{version}.{group}", f".{group}", "") if group else (f".{version}", "")
        if any(said == name + end for name in (kind.name.lower(), kind.plural, *kind.short) for end in ends):
            return kind
    later = next((name for name in COMING if said.rstrip("s") == name.lower().rstrip("s")), word)
    raise NotFound(f'the server doesn\'t have a resource type "{word}": {unknown_kind(later)}')


def targets(words: Sequence[str]) -> list[Target]:
    """What these words mean, in their order. Raises BadRequest and NotFound."""
    if not words:
        raise BadRequest("say what: a kind, as pods; or one object, as pod/web or pod web.")
    if "/" not in words[0]:
        if any("/" in word for word in words):
            raise BadRequest("there is no need to specify a resource type as a separate argument when passing "
                             "arguments in resource/name form: write either pod web or pod/web.")
        kinds = [kind for word in words[0].split(",") if word for kind in _kinds(word)]
        if len(words) == 1:
            return [Target(kind) for kind in kinds]
        return [Target(kind, name) for kind in kinds for name in words[1:]]
    found = []
    for word in words:
        kind, slash, name = word.partition("/")
        if not slash or not name or "/" in name:
            raise BadRequest(f"{word!r} is no object. Write all of them in the form kind/name, as pod/web.")
        found.append(Target(kind_of(kind), name))
    return found


def pod_named(word: str) -> str:
    """The name in 'web' or 'pod/web'. Raises BadRequest for what is no pod."""
    kind, slash, name = word.rpartition("/")
    if slash and kind_of(kind).name != "Pod":
        raise BadRequest(f"{word} is no pod. Name one, as web or pod/web.")
    return name


def _kinds(word: str) -> list[Kind]:
    return [KINDS[name] for name in ALL if name in KINDS] if word.lower() == "all" else [kind_of(word)]

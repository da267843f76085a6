"""What is a namespace, to the API? A room for names, which goes when everything in it has gone.

Upstream: ``pkg/registry/core/namespace``; who empties a namespace that goes is ``namespaces.py``.
"""

from collections.abc import Iterator, Mapping

from mini_k8s.errors import Forbidden
from mini_k8s.kind import Kind
from mini_k8s.kinds.columns import AGE, NAME, column
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, invalid, label

NAME_LABEL = "kubernetes.io/metadata.name"
CONTENTS = "kubernetes"  # the finalizer in spec that stands for "is not empty yet"
FIRST = ("default", "kube-system")  # there from the beginning, and for ever


def default(namespace: Object) -> Object:
    """The namespace with its own name as a label, and held until it is empty."""
    meta, spec = namespace["metadata"], namespace.get("spec") or Object()
    if (meta.get("labels") or {}).get(NAME_LABEL) != meta.get("name") and meta.get("name"):
        namespace = namespace.with_(metadata={"labels": {NAME_LABEL: meta["name"]}})
    if spec.get("finalizers") is None and not meta.get("deletionTimestamp"):
        namespace = namespace.with_(spec={"finalizers": [CONTENTS]})
    return namespace


def validate(namespace: Object, old: Object | None) -> Iterator[Problem]:
    """Everything that is wrong with a namespace. Its name becomes part of others."""
    name = namespace["metadata"].get("name")
    if name and (why := label(name)):
        yield invalid("metadata.name", name, why)


def status(namespace: Object) -> Mapping:
    return {"phase": "Active"}


def held(namespace: Object) -> bool:
    """Is there something in it that has to go first?"""
    return bool((namespace.get("spec") or {}).get("finalizers"))


def keep_the_first(verb: str, new: Object, stored: Object | None) -> Object:
    """An admission step: the namespaces that everybody counts on cannot be deleted."""
    if verb == "delete" and new["kind"] == "Namespace" and new["metadata"]["name"] in FIRST:
        raise Forbidden(f'namespaces "{new["metadata"]["name"]}" is forbidden: this namespace may not be deleted')
    return new


def _phase(namespace: Object) -> str:
    leaving = namespace["metadata"].get("deletionTimestamp")
    return "Terminating" if leaving else (namespace.get("status") or {}).get("phase") or ""


NAMESPACE = Kind("Namespace", "namespaces", namespaced=False, short=("ns",), default=default, validate=validate,
                 status=status, held=held, columns=(NAME, column("STATUS", _phase), AGE))

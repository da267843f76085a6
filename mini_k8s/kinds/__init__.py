"""Which kinds of objects are there, and what is special about each?

A file a kind: what is filled in, what is wrong with an object, how ``get`` shows it. ``api.py`` asks; nobody else has
to read these. A later chapter adds its kinds to ``KINDS``. Upstream: ``pkg/apis/core`` and ``pkg/registry``.
"""

from collections.abc import Callable, Sequence

from mini_k8s.kinds import namespace, security
from mini_k8s.kinds.configmap import CONFIGMAP
from mini_k8s.kinds.endpointslice import ENDPOINTSLICE
from mini_k8s.kinds.event import EVENT
from mini_k8s.kinds.namespace import NAMESPACE
from mini_k8s.kinds.node import NODE
from mini_k8s.kinds.pod import POD
from mini_k8s.kinds.replicaset import REPLICASET
from mini_k8s.kinds.secret import SECRET
from mini_k8s.kinds.service import SERVICE

KINDS = {kind.name: kind for kind in (
    NAMESPACE, NODE, POD, CONFIGMAP, SECRET, EVENT, REPLICASET, SERVICE, ENDPOINTSLICE)}


def admission(allow_privileged: bool = False, host_paths: Sequence[str] = ()) -> list[Callable]:
    """The admission steps of every cluster. ``security.baseline`` says what the arguments are."""
    return [namespace.keep_the_first, security.baseline(allow_privileged, host_paths)]

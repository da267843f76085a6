"""Chapter 5: whose is a pod?

An owner is written down in the pod itself (``ownerReferences``), by uid: another owner of the same name is another one.
At most one of a pod's owners is its controller. Upstream: ``pkg/controller/controller_ref_manager.go``.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from mini_k8s import selectors
from mini_k8s.errors import Conflict, NotFound
from mini_k8s.objects import Object, owner_of
from mini_k8s.pod_facts import is_active

if TYPE_CHECKING:
    from mini_k8s.client import Client


class Claim(NamedTuple):
    """What is to become of the pods that a ReplicaSet may have to do with."""

    mine: list[Object]  # owned, and matching
    adopt: list[Object]  # matching, and nobody's
    release: list[Object]  # owned, and not matching any more


def claim(replicaset: Object, pods: Iterable[Object]) -> Claim:
    """Which of these pods are the ReplicaSet's, and which are to be adopted or let go?

    replicaset   a ReplicaSet with metadata.uid, metadata.namespace and spec.selector
    pods         pods of any namespace, with their labels and ownerReferences

    A pod is the ReplicaSet's when its controller (``owner_of(pod)``) has the ReplicaSet's uid; the name does not
    count. Of those, the ones whose labels the selector matches stay ``mine``, and the others are to be released. A
    pod of the same namespace that matches and has no controller is to be adopted, unless it was asked to go
    (deletionTimestamp) or has finished. Pods of another controller are not to be touched, whatever their labels.
    A ReplicaSet that goes itself adopts nobody and releases nobody.
    """
    meta, matches = replicaset["metadata"], selectors.of(replicaset["spec"]["selector"]).matches
    leaving, found = meta.get("deletionTimestamp"), Claim([], [], [])
    for pod in pods:
        if pod["metadata"].get("namespace") != meta.get("namespace"):
            continue
        owner, fits = owner_of(pod), matches(pod["metadata"].get("labels"))
        if owner is not None:
            if owner["uid"] == meta["uid"] and (fits or not leaving):
                (found.mine if fits else found.release).append(pod)
        elif fits and is_active(pod) and not leaving:
            found.adopt.append(pod)
    return found


def adopt(client: "Client", pod: Object, owner: Object) -> Object | None:
    """Nobody's pod becomes the owner's, if both are still the same and the owner stays. Returns it then.

    The owner is read anew: what a copy says may be old, and who was deleted must not adopt.
    """
    meta, whose = pod["metadata"], owner["metadata"]
    with suppress(NotFound, Conflict):  # it went, or others were faster
        now = client.get(owner["kind"], whose["name"], whose["namespace"])["metadata"]
        if now["uid"] == whose["uid"] and not now.get("deletionTimestamp"):
            return client.update(pod.with_(metadata={"ownerReferences": [
                *(meta.get("ownerReferences") or ()), reference_to(owner)]}))
    return None


def release(client: "Client", pod: Object, owner: Object) -> None:
    """It is the owner's no more."""
    others = [one for one in pod["metadata"]["ownerReferences"] if one["uid"] != owner["metadata"]["uid"]]
    with suppress(NotFound, Conflict):
        client.update(pod.with_(metadata={"ownerReferences": others or None}))


def reference_to(owner: Object) -> Object:
    """What a pod's ``ownerReferences`` say of its controller."""
    return Object({"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
                   "uid": owner["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True})

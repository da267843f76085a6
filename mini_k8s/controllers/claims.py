"""Chapter 5: whose is a pod?

An owner is written down in the pod itself (``ownerReferences``), by uid: another owner of the same name is another one.
At most one of a pod's owners is its controller. Upstream: ``pkg/controller/controller_ref_manager.go``.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from mini_k8s.errors import NotFound
from mini_k8s.objects import Object, owner_of
from mini_k8s.pod_facts import is_active

if TYPE_CHECKING:
    from mini_k8s.client import Client


class Claim(NamedTuple):
    """What is to become of the pods that a ReplicaSet may have to do with."""

    mine: list[Object]  # owned, and matching
    adopt: list[Object]  # matching, and nobody's
    release: list[Object]  # owned, and not matching any more


def selects(selector: Mapping, labels: Mapping[str, str] | None) -> bool:
    """Does a selector choose what has these labels?

    selector   a mapping that may hold matchLabels, a mapping of labels, and matchExpressions, a
               sequence of mappings with a key, an operator and, for In and NotIn, values
    labels     the labels; None for what has none at all

    It does when everything that it asks for is fulfilled. matchLabels: the label is there, with
    exactly this value. The operators: In: the label is there, and its value is one of the values;
    NotIn: it is not there, or its value is none of them; Exists: it is there, whatever its value;
    DoesNotExist: it is not there. A selector that asks for nothing chooses everything.

    >>> selects({"matchLabels": {"app": "web"}}, {"app": "web", "version": "2"})
    True
    >>> selects({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["db"]}]}, None)
    True
    """
    labels = labels or {}
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    for asked in selector.get("matchExpressions") or ():
        key, values = asked["key"], asked.get("values") or ()
        fulfilled = {"In": key in labels and labels[key] in values,
                     "NotIn": key not in labels or labels[key] not in values,
                     "Exists": key in labels, "DoesNotExist": key not in labels}
        if not fulfilled[asked["operator"]]:
            return False
    return True


def claim(replicaset: Object, pods: Iterable[Object]) -> Claim:
    """Which of these pods are the ReplicaSet's, and which are to be adopted or let go?

    replicaset   a ReplicaSet with metadata.uid, metadata.namespace and spec.selector
    pods         pods of any namespace; metadata.labels and metadata.ownerReferences may be missing

    Return a ``Claim(mine, adopt, release)`` of three lists of pods. Pods of another namespace than
    the ReplicaSet's are left alone. ``owner_of(pod)`` gives the owner reference of a pod's
    controller, or None. A pod whose controller has the ReplicaSet's uid is ``mine`` when the
    selector ``selects`` it, and else to be released; whether the names are the same does not
    matter. A pod without a controller that the selector selects is to be adopted, if it
    ``is_active``: it has not finished, and was not asked to go. All others are left alone: above
    all, those of another controller.
    Of a ReplicaSet that was asked to go itself (metadata.deletionTimestamp) only ``mine`` is
    filled: it adopts nobody and releases nobody.
    """
    meta, selector = replicaset["metadata"], replicaset["spec"]["selector"]
    leaving, found = meta.get("deletionTimestamp"), Claim([], [], [])
    for pod in pods:
        if pod["metadata"].get("namespace") != meta.get("namespace"):
            continue
        owner, fits = owner_of(pod), selects(selector, pod["metadata"].get("labels"))
        if owner is not None:
            if owner["uid"] == meta["uid"] and (fits or not leaving):
                (found.mine if fits else found.release).append(pod)
        elif fits and is_active(pod) and not leaving:
            found.adopt.append(pod)
    return found


def adopt(client: "Client", pod: Object, owner: Object) -> Object | None:
    """Nobody's pod becomes the owner's, if both are still the same and the owner stays. Returns it then.

    The owner is read anew: what a copy says may be old, and who was deleted must not adopt. Raises Conflict when the
    pod is not what was seen any more: whose it is now, nobody can say before that is seen.
    """
    meta, whose = pod["metadata"], owner["metadata"]
    with suppress(NotFound):  # it went
        now = client.get(owner["kind"], whose["name"], whose["namespace"])["metadata"]
        if now["uid"] == whose["uid"] and not now.get("deletionTimestamp"):
            return client.update(pod.with_(metadata={"ownerReferences": [
                *(one for one in meta.get("ownerReferences") or () if one["uid"] != whose["uid"]),
                reference_to(owner)]}))
    return None


def release(client: "Client", pod: Object, owner: Object) -> None:
    """It is the owner's no more. Raises Conflict when the pod is not what was seen any more."""
    others = [one for one in pod["metadata"]["ownerReferences"] if one["uid"] != owner["metadata"]["uid"]]
    with suppress(NotFound):
        client.update(pod.with_(metadata={"ownerReferences": others or None}))


def reference_to(owner: Object) -> Object:
    """What a pod's ``ownerReferences`` say of its controller."""
    return Object({"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
                   "uid": owner["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True})

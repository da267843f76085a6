"""Chapter 5: how do three stay three?

A ReplicaSet counts, it does not name: which pods they are is all the same to it, as long as there are as many as
wished. Which are its own, ``claims.py`` says. It makes what is missing, or deletes what is too much, and reports; a pod
that dies is not repaired, another one takes its place. Upstream: ``pkg/controller/replicaset/replica_set.go``. Left
out: there, of two ages, one that is less than twice the other counts as equal, and chance decides.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from mini_k8s import selectors
from mini_k8s.clock import Clock, timestamp
from mini_k8s.controller import Controller, Result
from mini_k8s.controllers import claims
from mini_k8s.errors import AlreadyExists, BadRequest, Conflict, Forbidden, Invalid, NotFound, StatusError
from mini_k8s.expectations import Expectations
from mini_k8s.kinds.columns import seconds_of
from mini_k8s.objects import Key, Object, condition, key_of, owner_of
from mini_k8s.pod_facts import deletion_cost, is_active, is_ready, ready_since, restarts

if TYPE_CHECKING:
    from mini_k8s.client import Client
    from mini_k8s.informer import Informer

REFUSED = (AlreadyExists, BadRequest, Forbidden, Invalid, NotFound)  # after these nothing was done
BURST = 500  # pods that are made or deleted in one turn at most
_NONE = Object()


def pods_to_delete(pods: Sequence[Object], count: int) -> list[Object]:
    """Which of these pods are to go when ``count`` of them are too many? Those that are missed least.

    pods    pods of one ReplicaSet, none of them finished or asked to go
    count   how many are to go: 0 or more, and never more than there are

    Return ``count`` of the pods; ``pods`` stays as it is. Of two pods the one goes first that the
    first of these rules names which tells them apart:

    1. it has no spec.nodeName, and the other one has
    2. its status.phase is not Running, and the other one's is
    3. it is not ready, and the other one is: ``is_ready(pod)``
    4. more of ``pods`` are on its node than on the other one's
    5. it is younger, by its metadata.creationTimestamp, a text such as 2026-11-26T08:30:00Z

    What no rule tells apart may go in any order. Ours knows three rules more, which nobody has to
    know of: after 3, what its author thinks that it costs to delete it; after 4, who became ready
    later, and who was restarted more often.
    """
    crowd = Counter(pod["spec"].get("nodeName") for pod in pods)

    def rank(pod: Object) -> tuple:
        ready = is_ready(pod)
        return (bool(pod["spec"].get("nodeName")), _PHASES.get((pod.get("status") or _NONE).get("phase") or "", 1),
                ready, deletion_cost(pod), -crowd[pod["spec"].get("nodeName")],
                _younger(ready_since(pod)) if ready else 0, -restarts(pod),
                _younger(seconds_of(pod["metadata"].get("creationTimestamp"))))

    return sorted(pods, key=rank)[:count]


_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


def _younger(since: float | None) -> float:
    """The younger sorts first; what has no age yet is youngest."""
    return -math.inf if since is None else -since


class ReplicaSets:
    """Keeps every ReplicaSet's number of pods.

    sets, pods   informers; of pods with the index "owner" (the uid of a pod's controller) and "orphans" (the
                 namespace of one that has none)
    tell         tells people what happens, as events: (object, type, reason, message)
    """

    def __init__(self, client: "Client", sets: "Informer", pods: "Informer", clock: Clock, *,
                 tell: Callable[..., None] = lambda *said: None, wake: Callable[[], None] = lambda: None):
        self.client, self.sets, self.pods, self.clock, self.tell = client, sets, pods, clock, tell
        self.expectations = Expectations(clock)
        sets.handlers.append(self._gone)
        self.controller = Controller("replicaset", self.reconcile, clock, wake).watch(sets)
        pods.handlers.insert(0, self._seen)  # before anybody decides by it
        self.controller.watch(pods, self._whose)

    def reconcile(self, key: Key) -> Result:
        """Bring one ReplicaSet a step nearer to its number."""
        replicaset = self.sets.get(key)
        if replicaset is None:
            self.expectations.forget(key)
            return Result()
        self.expectations.wait(key)  # what was awaited for too long is a doubt
        self._look_for_what_was_made(key, replicaset)
        claimed = claims.claim(replicaset, self._candidates(replicaset))
        for pod in claimed.release:
            claims.release(self.client, pod, replicaset)
        mine = [pod for pod in claimed.mine if is_active(pod)]
        mine += [adopted for pod in claimed.adopt if (adopted := claims.adopt(self.client, pod, replicaset))]
        failure, wait = None, self.expectations.wait(key)
        if not wait and not replicaset["metadata"].get("deletionTimestamp"):
            failure = self._correct(key, replicaset, mine)
        later = self._report(replicaset, mine, failure)
        if failure is not None:
            raise failure
        waits = [seconds for seconds in (wait, later) if seconds]
        return Result(min(waits) if waits else None)

    def _candidates(self, replicaset: Object) -> list[Object]:
        meta = replicaset["metadata"]
        return [*self.pods.by("owner", meta["uid"]), *self.pods.by("orphans", meta["namespace"])]

    def _look_for_what_was_made(self, key: Key, replicaset: Object) -> None:
        """After a create that may have happened all the same: what is there of ours, and not seen yet, is awaited."""
        if not self.expectations.doubted(key):
            return
        try:
            uid = replicaset["metadata"]["uid"]
            for pod in self.client.list("Pod", key.namespace, lambda pod: _is_owned(pod, uid)).items:
                if self.pods.get(key_of(pod)) is None:
                    self.expectations.expect(key, pod["metadata"]["uid"])
        except StatusError:
            self.expectations.doubt(key)
            raise

    def _correct(self, key: Key, replicaset: Object, mine: Sequence[Object]) -> StatusError | None:
        """Make what is missing, or delete what is too much. Returns why not all of it could be done."""
        missing = replicaset["spec"]["replicas"] - len(mine)
        try:
            if missing > 0:
                self._create(key, replicaset, min(missing, BURST))
            for pod in pods_to_delete(mine, min(-missing, BURST)) if missing < 0 else ():
                self._delete(key, replicaset, pod)
        except StatusError as error:
            return error
        return None

    def _create(self, key: Key, replicaset: Object, count: int) -> None:
        """One after the other: what is wrong with all of them is found out with the first, and tried again later.

        Upstream makes them together, and so has to begin slowly (``slowStartBatch``: one, then two, then four …).
        """
        template = self._stencil(replicaset)
        for _ in range(count):
            try:
                pod = self.client.create(template)
            except StatusError as error:
                self.tell(replicaset, "Warning", "FailedCreate", f"Error creating: {error}")
                if not isinstance(error, REFUSED):
                    self.expectations.doubt(key)
                raise
            self.expectations.expect(key, pod["metadata"]["uid"])
            self.tell(replicaset, "Normal", "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")

    def _stencil(self, replicaset: Object) -> Object:
        template, meta = replicaset["spec"]["template"], replicaset["metadata"]
        given = template.get("metadata") or _NONE
        kept = {part: given[part] for part in ("labels", "annotations", "finalizers") if given.get(part)}
        return Object({"apiVersion": "v1", "kind": "Pod", "spec": template["spec"], "metadata": Object({
            **kept, "namespace": meta["namespace"], "generateName": f"{meta['name']}-",
            "ownerReferences": (claims.reference_to(replicaset),)})})

    def _delete(self, key: Key, replicaset: Object, pod: Object) -> None:
        meta = pod["metadata"]
        try:
            self.client.delete("Pod", meta["name"], meta["namespace"], uid=meta["uid"])
        except (NotFound, Conflict):
            return  # it has gone by itself
        except StatusError as error:
            self.tell(replicaset, "Warning", "FailedDelete", f"Error deleting: {error}")
            raise
        self.expectations.expect(key, meta["uid"])
        self.tell(replicaset, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}")

    def _report(self, replicaset: Object, mine: Sequence[Object], failure: StatusError | None) -> float | None:
        """Write down how it stands, if that has changed. Returns the seconds until it may have changed by itself."""
        status = status_of(replicaset, mine, failure, self.clock.now())
        if status != replicaset.get("status"):
            with suppress(NotFound):
                self.client.update(replicaset.with_(status=None).with_(status=status), "status")
        soon = [left for pod in mine if (left := available_in(replicaset, pod, self.clock.now()))]
        return min(soon) if soon else None

    def _gone(self, old: Object | None, new: Object | None) -> None:
        """Another set of the same name awaits nothing that this one did."""
        if new is None:
            self.expectations.forget(key_of(old))

    def _seen(self, old: Object | None, new: Object | None) -> None:
        """What was awaited of this pod: that it came, or that it goes."""
        meta = (new or old)["metadata"]
        if old is None or new is None or meta.get("deletionTimestamp"):
            for key in self._owner(new or old):
                self.expectations.seen(key, meta["uid"])

    def _owner(self, pod: Object) -> Iterable[Key]:
        owner = owner_of(pod)
        if owner is not None and owner["kind"] == "ReplicaSet":
            yield Key("ReplicaSet", pod["metadata"]["namespace"], owner["name"])

    def _whose(self, pod: Object) -> Iterable[Key]:
        """The ReplicaSets that have to do with a pod: its owner, or whoever might adopt it."""
        if owner_of(pod) is not None:
            return self._owner(pod)
        labels = pod["metadata"].get("labels")
        return [key_of(one) for one in self.sets.by("namespace", pod["metadata"]["namespace"])
                if selectors.of(one["spec"]["selector"]).matches(labels)]


def _is_owned(pod: Object, uid: str) -> bool:
    return (owner_of(pod) or _NONE).get("uid") == uid


def available_in(replicaset: Object, pod: Object, now: float) -> float:
    """Seconds until the pod has been ready for minReadySeconds; 0 when it has, or is not ready."""
    wait = replicaset["spec"].get("minReadySeconds") or 0
    if not wait or not is_ready(pod):
        return 0.0
    return max(0.0, (ready_since(pod) or now) + wait - now)


def status_of(replicaset: Object, mine: Sequence[Object], failure: StatusError | None, now: float) -> Object:
    """The status of a ReplicaSet with these pods. Upstream: ``calculateStatus`` in ``replica_set_utils.go``."""
    template = ((replicaset["spec"]["template"].get("metadata") or _NONE).get("labels") or _NONE).items()
    ready = [pod for pod in mine if is_ready(pod)]
    status = {"replicas": len(mine), "observedGeneration": replicaset["metadata"].get("generation") or 1,
              "fullyLabeledReplicas": sum(template <= (pod["metadata"].get("labels") or _NONE).items() for pod in mine),
              "readyReplicas": len(ready),
              "availableReplicas": sum(not available_in(replicaset, pod, now) for pod in ready)}
    status = {field: count for field, count in status.items() if count or field == "replicas"}
    was = condition(replicaset, "ReplicaFailure")
    conditions = [one for one in (replicaset.get("status") or _NONE).get("conditions") or ()
                  if one.get("type") != "ReplicaFailure"]
    if failure is not None:
        missing = replicaset["spec"]["replicas"] > len(mine)
        reason = "FailedCreate" if missing else "FailedDelete"
        since = was.get("lastTransitionTime") if was and was.get("reason") == reason else None
        conditions.append(Object(type="ReplicaFailure", status="True", reason=reason, message=str(failure),
                                 lastTransitionTime=since or timestamp(now)))
    if conditions:
        status["conditions"] = tuple(conditions)
    return Object(status)

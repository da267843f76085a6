"""What is there to see of one ReplicaSet of a running cluster? Looked at all the time; its picture hears of changes."""

import threading
import time
from collections.abc import Callable

from mini_k8s.cluster import Cluster
from mini_k8s.controllers import replicaset as ours
from mini_k8s.errors import NotFound
from mini_k8s.objects import Object, owner_of
from mini_k8s.pod_facts import is_active


class ReplicaSetWorld:
    """One ReplicaSet of a cluster with its pods, and those of its namespace beside it.

    period   seconds between two looks
    """

    def __init__(self, cluster: Cluster, name: str, namespace: str = "default", period: float = 0.1):
        self.cluster, self.name, self.namespace, self.period, self.ended = cluster, name, namespace, period, ""
        self.listeners: list[Callable[[], None]] = []
        self.looked = time.time()
        self._places: dict[str, int] = {}
        self._outside: set[str] = set()  # names of pods that were there, and not the set's
        self._known = None
        threading.Thread(target=self._watch, name=f"replicaset-{name}", daemon=True).start()

    def look(self) -> dict:
        """What ``replicaset_picture.picture`` is told."""
        client = self.cluster.client
        try:
            one: Object | None = client.get("ReplicaSet", self.name, self.namespace)
        except NotFound:
            one = None
        pods = client.list("Pod", self.namespace).items
        self._give_places([pod["metadata"]["name"] for pod in pods])
        mine = [pod for pod in pods if one and (owner_of(pod) or {}).get("uid") == one["metadata"]["uid"]]
        self._outside |= {pod["metadata"]["name"] for pod in pods if pod not in mine and owner_of(pod) is None}
        live = [pod for pod in mine if is_active(pod)]
        extra = max(0, len(live) - one["spec"]["replicas"]) if one else 0
        return {"replicaset": one, "pods": pods, "places": dict(self._places), "known": frozenset(self._outside),
                "late": self._late(), "next_to_go": self._next_to_go(live, extra)}

    def end(self, words: str) -> None:
        """Nobody looks any more."""
        self.ended = self.ended or words
        self._tell()

    def _give_places(self, names: list[str]) -> None:
        """Each new pod gets the first place that is free; one that has gone leaves its own."""
        for gone in self._places.keys() - set(names):
            del self._places[gone]
        taken = set(self._places.values())
        for name in names:
            if name not in self._places:
                place = next(n for n in range(len(names) + len(taken) + 1) if n not in taken)
                self._places[name] = place
                taken.add(place)

    def _late(self) -> float | None:
        """How old the controller's copy of the pods is, where somebody holds it up on purpose."""
        since = getattr(self.cluster.pods, "held_since", None)
        return None if since is None else time.time() - since

    def _next_to_go(self, live: list[Object], extra: int) -> tuple[str, ...]:
        try:
            return tuple(pod["metadata"]["name"] for pod in ours.pods_to_delete(live, extra)) if extra else ()
        except Exception:  # it may be somebody's own, and be wrong: the picture says who is there all the same
            return ()

    def _watch(self) -> None:
        while not self.ended:
            now = self.look()
            late = now.pop("late")
            if not self.cluster.sight.trouble:
                self.looked = time.time()
            if late is not None or now != self._known:
                self._known = now
                self._tell()
            time.sleep(self.period)

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()

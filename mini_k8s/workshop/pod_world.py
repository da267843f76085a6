"""What is there to see of one pod of a running cluster? Looked at all the time; its picture is told when it changes."""

import threading
import time
from collections.abc import Callable

from mini_k8s.backoff import Backoff
from mini_k8s.cluster import Cluster
from mini_k8s.errors import NotFound
from mini_k8s.objects import Object
from mini_k8s.pods.sight import PodSeen
from mini_k8s.runtimes import VOLUMES
from mini_k8s.workshop import parts
from mini_k8s.workshop.exercises import TARGETS

WHOSE = ("diff", "compute_pod_actions", "phase", "crash_backoff")  # who decides about a pod


class PodWorld:
    """One pod of a cluster, looked at all the time: as the API has it, and as it was seen on its machine."""

    def __init__(self, cluster: Cluster, name: str):
        self.cluster, self.name, self.ended = cluster, name, ""
        self.volumes, self.backoff = VOLUMES in cluster.runtime.can, Backoff.workshop()
        self.listeners: list[Callable[[], None]] = []
        self.looked = time.time()
        self._uid, self._known = "", None
        threading.Thread(target=self._watch, name=f"pod-{name}", daemon=True).start()

    @property
    def watched(self) -> bool:
        pod = self._pod()
        node = pod["spec"].get("nodeName") if pod else None
        return not node or node in self.cluster.kubelets

    def look(self) -> tuple[Object | None, PodSeen]:
        pod = self._pod()
        self._uid = pod["metadata"]["uid"] if pod else self._uid
        return pod, self.cluster.sight.pod(self._uid)

    def end(self, words: str) -> None:
        """Nobody looks any more."""
        self.ended = self.ended or words
        self._tell()

    def _pod(self) -> Object | None:
        try:
            return self.cluster.client.get("Pod", self.name)
        except NotFound:
            return None

    def _watch(self) -> None:
        while not self.ended:
            now = (*self.look(), self.watched, tuple(parts.whose(target_of(name)) for name in WHOSE))
            if not self.cluster.sight.trouble:
                self.looked = time.time()
            if now != self._known:
                self._known = now
                self._tell()
            time.sleep(0.1)

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()


def target_of(name: str) -> str:
    """The exercise of that function."""
    return next(target for target in TARGETS.values() if target.endswith(f":{name}"))

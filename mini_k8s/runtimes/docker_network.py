"""Which network are the pods of a cluster on? One that is made with the first pod.

Pods on two bridges could not reach each other, so all of a cluster share one.
"""

import threading

from mini_k8s.errors import ServiceUnavailable, StatusError
from mini_k8s.runtimes import labels
from mini_k8s.runtimes.engine import Engine


class PodNetwork:
    """The network of one cluster's pods."""

    def __init__(self, engine: Engine, cluster: str, owner: str):
        self._engine, self._cluster, self._owner = engine, cluster, owner
        self._lock = threading.Lock()
        self._id = ""

    def id(self, anew: bool = False) -> str:
        """Its id; the engine is asked once, or when it is to be found ``anew``. Raises ServiceUnavailable."""
        with self._lock:
            if anew or not self._id:
                self._id = self._find() or self._make()
            return self._id

    def _find(self) -> str:
        found = self._engine.call("networks", filters=labels.of_cluster(self._cluster))
        return found[0]["Id"] if found else ""

    def _make(self) -> str:
        try:
            return self._engine.call("create_network", f"{self._cluster}.pods", check_duplicate=True, labels={
                labels.CLUSTER: self._cluster, labels.OWNER: self._owner})["Id"]
        except StatusError as error:
            if "address pool" not in str(error):
                raise
            raise ServiceUnavailable("the engine has no room for another network. See which clusters are there "
                                     "with `mini-k8s status`, and remove one: mini-k8s down --name NAME") from error

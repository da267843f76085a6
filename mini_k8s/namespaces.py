"""How does a namespace go? First everything in it, then the namespace itself.

A namespace that was asked to go takes in nothing new, and is kept until it is empty: pods get their grace, finalizers
are waited for. Upstream: ``pkg/controller/namespace/deletion/namespaced_resources_deleter.go``; chapter 13 opens it.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from mini_k8s.errors import Conflict, NotFound
from mini_k8s.informer import Informer
from mini_k8s.kind import Kind
from mini_k8s.objects import Object

if TYPE_CHECKING:
    from mini_k8s.client import Client


class NamespaceController:
    """Empties the namespaces that go. ``step()`` says whether there was anything to do."""

    def __init__(self, client: "Client", kinds: Mapping[str, Kind]):
        self.client, self.kinds = client, kinds
        self._namespaces = Informer(client, "Namespace")

    def step(self) -> bool:
        """Bring each namespace that goes one step further."""
        busy = self._namespaces.step()
        leaving = [found for found in self._namespaces.list() if found["metadata"].get("deletionTimestamp")]
        for namespace in leaving:
            with suppress(NotFound, Conflict):  # it went, or changed: the next step sees it
                busy |= self._further(namespace)
        return busy

    def _further(self, namespace: Object) -> bool:
        name = namespace["metadata"]["name"]
        if (namespace.get("status") or {}).get("phase") != "Terminating":
            self.client.update(namespace.with_(status={"phase": "Terminating"}), "status")
            return True
        inside = [obj for kind in self.kinds.values() if kind.namespaced
                  for obj in self.client.list(kind.name, name).items]
        asked = False
        for obj in inside:
            meta = obj["metadata"]
            if not meta.get("deletionTimestamp"):
                asked = True
                with suppress(NotFound, Conflict):
                    self.client.delete(obj["kind"], meta["name"], name, uid=meta["uid"])
        if inside or not (namespace.get("spec") or {}).get("finalizers"):
            return asked
        self.client.update(namespace.with_(spec={"finalizers": []}))
        return True

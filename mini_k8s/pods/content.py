"""Who makes a pod's volumes, and keeps in them what should be there?

Upstream: ``pkg/kubelet/volumemanager``, and ``pkg/volume/util/atomic_writer.go`` for how files are replaced.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mini_k8s.errors import AlreadyExists
from mini_k8s.objects import Key, Object
from mini_k8s.pods import NAMESPACE, NODE, POD, UID
from mini_k8s.pods.containers import labels_of, sandbox_name
from mini_k8s.pods.env import Read, environment
from mini_k8s.pods.sight import PodSeen
from mini_k8s.pods.volumes import files, volume_specs
from mini_k8s.runtimes import VOLUMES, File, Runtime, VolumeSpec

if TYPE_CHECKING:
    from mini_k8s.client import Client


@dataclass
class Content:
    """What is remembered of one pod's volumes."""

    ids: dict[str, str] | None = None  # name -> id; None: they were not made yet
    written: Mapping[str, Mapping[str, File]] = field(default_factory=dict)  # name -> what was written into it
    home: str = ""  # the sandbox through which it was


class Volumes:
    """The volumes of one node's pods."""

    def __init__(self, client: "Client", runtime: Runtime, room: Mapping[str, str]):
        self.client, self.runtime, self.room = client, runtime, room

    def make(self, pod: Object, content: Content) -> Mapping[str, str]:
        """Make what is missing; return name -> id. Raises ConfigError when what they should hold is not there."""
        if content.ids is None:
            if not pod["spec"].get("volumes"):
                content.ids = {}
                return content.ids
            self._files(pod, "")  # before anything is made: what is missing stops everything
            content.ids = {spec.name: self._made(spec) for spec in [*volume_specs(
                pod, sandbox_name(pod), labels_of(pod), lambda c: environment(pod, c, self._read(pod), self._about()))]}
        return content.ids

    def fill(self, pod: Object, seen: PodSeen, content: Content) -> bool:
        """Write what the volumes should hold, where that is something else than was written. Says whether any of them
        holds files of ours. Raises ConfigError."""
        home = seen.sandbox
        if not pod["spec"].get("volumes") or not home or not home.alive:
            return False
        wished = self._files(pod, home.address or "")
        if wished and (wished != content.written or content.home != home.id):
            ids = self.make(pod, content)
            self.runtime.write_files(home.id, {ids[name]: held for name, held in wished.items()})
            content.written, content.home = wished, home.id
        return bool(wished)

    def remove(self, uid: str) -> None:
        """Remove all volumes of a pod that has gone."""
        if VOLUMES in self.runtime.can:
            for volume in self.runtime.list_volumes():
                if volume.labels.get(UID) == uid:
                    self.runtime.remove_volume(volume.id)

    def sweep(self, node: str, needed: Callable[[str, Key], object]) -> None:
        """Remove this node's volumes that nobody needs: their pod went, and nothing else was left to say so.

        needed   is asked about each pod: its uid, and what it was found by
        """
        if VOLUMES in self.runtime.can:
            for volume in self.runtime.list_volumes():
                of = volume.labels
                if of.get(NODE) == node and UID in of and not needed(
                        of[UID], Key("Pod", of.get(NAMESPACE, ""), of.get(POD, ""))):
                    self.runtime.remove_volume(volume.id)

    def _made(self, spec: VolumeSpec) -> str:
        try:
            return self.runtime.create_volume(spec)
        except AlreadyExists:  # an earlier kubelet made it, and a part of it would have another name today
            return next(v.id for v in self.runtime.list_volumes() if (v.sandbox, v.name) == (spec.sandbox, spec.name))

    def _files(self, pod: Object, address: str) -> dict[str, dict[str, File]]:
        return files(pod, self._read(pod), self._about(address))

    def _read(self, pod: Object) -> Read:
        return lambda kind, name: self.client.get(kind, name, pod["metadata"]["namespace"])

    def _about(self, address: str = "") -> dict[str, str]:
        return {"hostIP": "127.0.0.1", "podIP": address, **self.room}

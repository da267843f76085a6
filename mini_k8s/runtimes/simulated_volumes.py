"""Which volumes are there, where nothing is? Their specs, the files they would hold, and who has them.

So that a test can look for volumes that nobody removed, and at what was written into which.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from mini_k8s.errors import AlreadyExists, Conflict, Invalid, NotFound
from mini_k8s.runtimes import File, Volume, VolumeSpec


@dataclass(frozen=True)
class KeptVolume:
    """A volume that is nowhere but in the books."""

    spec: VolumeSpec
    made_at: float
    files: Mapping[str, File] = field(default_factory=dict)


class KeptVolumes:
    """The volumes of one cluster on a simulated engine."""

    def __init__(self):
        self._kept: dict[str, KeptVolume] = {}
        self._users: dict[str, set[str]] = {}  # volume -> the containers and sandboxes that have it
        self._has: dict[str, list[str]] = {}  # container or sandbox -> its volumes

    def create(self, spec: VolumeSpec, now: float) -> str:
        """Its id. Raises AlreadyExists when there is another one of that name."""
        id = f"{spec.sandbox}.{spec.name}"
        if self._kept.setdefault(id, KeptVolume(spec, now)).spec != spec:
            raise AlreadyExists(f"volume {id} exists already, made from another spec. Remove it first.")
        return id

    def get(self, id: str) -> KeptVolume:
        """Raises NotFound."""
        if id not in self._kept:
            raise NotFound(f"there is no volume {id}.")
        return self._kept[id]

    def write(self, sandbox: str, volumes: Mapping[str, Mapping[str, File]]) -> None:
        """Note what these volumes of a sandbox hold from now on."""
        for id in volumes:
            if id not in self._has.get(sandbox, ()) or not self.get(id).spec.files:
                raise Invalid(f"{id} is no volume of files of this sandbox. Name it in the SandboxSpec.")
        for id, files in volumes.items():
            self._kept[id] = replace(self._kept[id], files=dict(files))

    def use(self, user: str, ids: Iterable[str]) -> None:
        """A container or sandbox has these from now on."""
        self._has[user] = [id for id in ids if self.get(id)]
        for id in self._has[user]:
            self._users.setdefault(id, set()).add(user)

    def leave(self, user: str) -> None:
        """That container or sandbox is gone."""
        for id in self._has.pop(user, ()):
            self._users[id].discard(user)

    def remove(self, id: str) -> None:
        """Forget it. Raises Conflict when somebody has it."""
        if self._users.get(id):
            raise Conflict(f"volume {id} is in use. Remove the containers that have it first.")
        self._kept.pop(id, None)
        self._users.pop(id, None)

    def all(self) -> list[Volume]:
        """All there are, by id."""
        return [Volume(id, kept.spec.name, kept.spec.sandbox, dict(kept.spec.labels), kept.made_at)
                for id, kept in sorted(self._kept.items())]

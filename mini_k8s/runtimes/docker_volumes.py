"""Where do the files of a pod live on Docker? In volumes with our labels, which its sandbox holds too.

The sandbox mounts every volume of its pod, for three reasons. An empty volume takes the mode of the folder on which it
is mounted first, and in a sandbox's image anybody may write into that. A volume in memory is there as long as one
container has it. And files get into a volume through it, also on an engine far away, also while apps run.

**No path that a container can change is ever followed outside of it** (CVE-2017-1002101, CVE-2021-25741). A sub path
of a volume that containers write is a volume of its own, laid into the whole one; only of a volume of files, which no
container can write, a part is mounted by its path on the engine's machine. Where processes are shared a container could
write there too, through the sandbox's own process, so there it is refused. Docker of itself can do neither before
version 26. The price: such a part cannot be a single file, and renaming from one part to another is copying.
Upstream: ``pkg/volume/emptydir``, ``pkg/volume/util/subpath``. Left out: sizes of volumes on disk.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from mini_k8s.errors import AlreadyExists, Conflict, Invalid, NotFound, ServiceUnavailable
from mini_k8s.runtimes import ExecResult, Mount, Volume, labels, volume_files
from mini_k8s.runtimes.checks import check_files, check_spec
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.host_paths import check_host_path
from mini_k8s.runtimes.images import PLACES
from mini_k8s.runtimes.specs import MEMORY, File, VolumeSpec

_PLACE = "/volumes/"


class _Made(NamedTuple):
    spec: VolumeSpec
    labels: Mapping[str, str]
    path: str  # on the engine's machine


class DockerVolumes:
    """The volumes of one cluster. An id is the volume's name on the engine."""

    def __init__(self, engine: Engine, cluster: str, owner: str, host_root: str = ""):
        self._engine, self._cluster, self._owner, self._host_root = engine, cluster, owner, host_root
        self._made: dict[str, _Made] = {}

    def create(self, spec: VolumeSpec) -> str:
        check_spec(spec)
        id, wanted = f"{self._cluster}.{spec.sandbox}.{spec.name}", labels.for_volume(self._cluster, self._owner, spec)
        found = self._create(id, spec, wanted)
        has = found.get("Labels") or {}
        if has.get(labels.CLUSTER) != self._cluster:
            raise AlreadyExists(f"the name {id} is taken by a volume that is not of this cluster. "
                                f"Remove it if it is yours: docker volume rm {id}")
        if has.get(labels.SPEC) != wanted[labels.SPEC]:
            raise AlreadyExists(f"{id} exists already, made from another spec. Remove it first.")
        for part, _ in _parts(id, spec):
            self._create(part, spec, wanted | {labels.KIND: "part"})
        self._made[id] = _Made(spec, wanted, found["Mountpoint"])
        return id

    def remove(self, id: str) -> None:
        with suppress(NotFound):
            parts = [part for part, _ in _parts(id, self._get(id).spec)]
            for name in (*parts, id):  # the whole last: it is what ``all`` shows
                with suppress(NotFound):
                    self._remove(name)
            self._made.pop(id, None)

    def all(self) -> Sequence[Volume]:
        found = self._engine.call("volumes", filters=labels.of_cluster(self._cluster))["Volumes"] or []
        return [_volume(v) for v in sorted(found, key=lambda v: v["Name"]) if v["Labels"].get(labels.KIND) == "volume"]

    # What containers mount.

    def in_sandbox(self, ids: Sequence[str]) -> list[Any]:
        """The mounts of a sandbox: each volume, and each part of one, at a place of its own."""
        places, mounts = itertools.count(), []
        ids = sorted(dict.fromkeys(ids), key=lambda id: (self._get(id).spec.files, id))  # places for writing come first
        for id in ids:
            made, place = self._get(id), f"{_PLACE}{next(places)}"
            mounts.append(self._mount(id, made, place, fresh=True))
            for part, path in _parts(id, made.spec):
                mounts.append(self._mount(part, made, f"{_PLACE}{next(places)}", fresh=True))
                mounts.append(self._mount(part, made, f"{place}/{path}"))  # makes its folder in the whole
        if sum(1 + len(_parts(id, self._get(id).spec)) for id in ids if not self._get(id).spec.files) > PLACES:
            raise Invalid(f"a pod can have {PLACES} volumes to write into, their parts counted. Use fewer.")
        return mounts

    def in_container(self, mounts: Sequence[Mount], home: dict | None) -> Iterator[Any]:
        """The mounts of a container that joins the sandbox ``home``."""
        for mount in mounts:
            if mount.host:
                yield _bind(mount, check_host_path(mount, self._host_root))
                continue
            made = self._get(mount.volume)
            if home is None or mount.volume not in {m.get("Name") for m in home["Mounts"]}:
                raise Invalid(f"volume {made.spec.name} is not one of its sandbox's. Name it in the SandboxSpec.")
            yield from self._of_files(mount, made, home) if made.spec.files else self._of_folders(mount, made)

    def _of_files(self, mount: Mount, made: _Made, home: dict) -> Iterator[Any]:
        if not mount.read_only:
            raise Invalid(f"volume {made.spec.name} holds files that are only read. Mount it with read_only.")
        if mount.sub_path and labels.SHARE in home["Config"]["Labels"]:
            raise Invalid(f"volume {made.spec.name} can be mounted whole only: the pod shares processes, and who sees "
                          f"those of its sandbox could lead {mount.sub_path!r} elsewhere. Leave out one of the two.")
        if mount.sub_path:  # nobody but us can write there, so the path leads where it says
            yield _bind(mount, f"{made.path}/{mount.sub_path}")
        else:
            yield self._mount(mount.volume, made, mount.path, read_only=True)

    def _of_folders(self, mount: Mount, made: _Made) -> Iterator[Any]:
        parts = {path: part for part, path in _parts(mount.volume, made.spec)}
        if mount.sub_path and mount.sub_path not in parts:
            raise Invalid(f"volume {made.spec.name} has no part {mount.sub_path!r}. Name it in its VolumeSpec.")
        yield self._mount(parts.get(mount.sub_path, mount.volume), made, mount.path, mount.read_only)
        for path, part in parts.items():
            below = path.removeprefix(f"{mount.sub_path}/") if mount.sub_path else path
            if below != path or not mount.sub_path:
                yield self._mount(part, made, f"{mount.path.rstrip('/')}/{below}", mount.read_only)

    # What is in them.

    def write(self, home: dict, volumes: Mapping[str, Mapping[str, File]], first: bool,
              run: Callable[[Sequence[str]], ExecResult]) -> None:
        """Let them hold these files, through the running sandbox ``home``. ``run`` runs a command in it."""
        for id, files in volumes.items():
            check_files(files.items(), f"volume {self._get(id).spec.name}")
        places = _places(home)
        if lost := [id for id in volumes if id not in places or not self._get(id).spec.files]:
            raise Invalid(f"{lost[0]} is no volume of files of this sandbox. Name it in the SandboxSpec.")
        group = {places[id]: self._get(id).spec.group for id in volumes}
        data = volume_files.archive({places[id]: files for id, files in volumes.items()}, group, first)
        self._engine.call("put_archive", home["Id"], "/", data)
        if not first:
            done = run(["sh", "-c", volume_files.PUBLISH, "sh", *group])
            if done.exit_code:
                raise ServiceUnavailable(f"the files of {', '.join(volumes)} could not be changed: "
                                         f"{done.output.decode(errors='replace').strip()}. Write them again.")

    def give_to_groups(self, sandbox: str, ids: Sequence[str]) -> None:
        """Let volumes on disk belong to their groups. In memory they do from the beginning."""
        groups = {id: spec.group for id in ids if (spec := self._get(id).spec).group is not None
                  and not spec.files and not spec.medium}
        if groups:
            places = _places(self._engine.call("inspect_container", sandbox))
            self._engine.call("put_archive", sandbox, "/", volume_files.folders(
                {place: groups[_whole(name)] for name, place in places.items() if _whole(name) in groups}))

    # Helpers.

    def _get(self, id: str) -> _Made:
        if id not in self._made:
            found = self._engine.call("inspect_volume", id)
            has = found.get("Labels") or {}
            if has.get(labels.CLUSTER) != self._cluster or has.get(labels.KIND) != "volume":
                raise NotFound(f"cluster '{self._cluster}' has no volume {id}.")
            self._made[id] = _Made(labels.volume(has), has, found["Mountpoint"])
        return self._made[id]

    def _create(self, name: str, spec: VolumeSpec, wanted: dict) -> dict:
        return self._engine.call("create_volume", name, driver="local", driver_opts=_options(spec), labels=wanted)

    def _remove(self, name: str) -> None:
        try:
            self._engine.call("remove_volume", name)
        except Conflict as error:
            raise Conflict(f"volume {name} is in use. Remove the containers that have it first.") from error

    def _mount(self, name: str, made: _Made, path: str, read_only: bool = False, fresh: bool = False) -> Any:
        """With labels and all: Docker makes volumes that are missing, and none shall be without.

        fresh   while it is empty it takes the mode of the folder below
        """
        from docker.types import DriverConfig, Mount

        takes_mode = fresh and not made.spec.files and not made.spec.medium
        kind = {labels.KIND: "volume" if _whole(name) == name else "part"}
        return Mount(path, name, type="volume", read_only=read_only, no_copy=not takes_mode,
                     labels=dict(made.labels) | kind, driver_config=DriverConfig("local", _options(made.spec)))


def _parts(id: str, spec: VolumeSpec) -> list[tuple[str, str]]:
    """(name on the engine, path in the whole) of each part that is a volume of its own."""
    return [(f"{id}.{n}", path) for n, path in enumerate(dict.fromkeys(spec.sub_paths), 1)]


def _whole(name: str) -> str:
    """The id of the volume that has this name on the engine, or a part of that name. Its three words have no dots."""
    return ".".join(name.split(".")[:3])


def _places(home: dict) -> dict[str, str]:
    """Where a sandbox has its volumes: name on the engine -> folder."""
    return {m["Name"]: m["Destination"] for m in home["Mounts"] if m.get("Name")
            and m["Destination"].removeprefix(_PLACE).isdigit()}


def _options(spec: VolumeSpec) -> dict[str, str]:
    if spec.medium != MEMORY:
        return {}
    mode = "755" if spec.files else "1777" if spec.group is None else f"2777,gid={spec.group}"
    return {"type": "tmpfs", "device": "tmpfs", "o": f"mode={mode}" + (f",size={spec.size}" if spec.size else "")}


def _bind(mount: Mount, source: str) -> Any:
    from docker.types import Mount as DockerMount

    return DockerMount(mount.path, source, type="bind", read_only=mount.read_only)


def _volume(found: dict) -> Volume:
    has, made = found["Labels"], found.get("CreatedAt")
    return Volume(found["Name"], has.get(labels.NAME, ""), has.get(labels.SANDBOX, ""), labels.users(has),
                  datetime.fromisoformat(made).timestamp() if made else None)

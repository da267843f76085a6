"""Real containers: the runtime that the workshop's chapters run on.

Three rules keep it honest. The names of containers are made from what they are for (cluster, name, attempt), so a
create whose answer was lost finds its container again instead of making a second one. ``list`` is one call of the
engine and the only truth; events are hints. And every call is bounded, and fails with an error of ours.
Upstream: ``cri-dockerd``. Left out: attach, user namespaces.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from mini_k8s.errors import AlreadyExists, Conflict, Invalid, NotFound, StatusError, Timeout
from mini_k8s.runtimes import (
    ContainerSpec,
    ExecResult,
    File,
    Image,
    Observed,
    SandboxSpec,
    Volume,
    VolumeSpec,
    check_name,
    check_spec,
    docker_images,
    docker_settings,
    host_paths,
    images,
    labels,
    specs,
)
from mini_k8s.runtimes.clusters import remove_cluster
from mini_k8s.runtimes.docker_events import Events
from mini_k8s.runtimes.docker_list import Eyes
from mini_k8s.runtimes.docker_lock import EngineLock
from mini_k8s.runtimes.docker_messages import DockerMessages, place_of
from mini_k8s.runtimes.docker_network import PodNetwork
from mini_k8s.runtimes.docker_volumes import DockerVolumes
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.streams import Frames, Plain, at_most

_OUTPUT = 4 << 20  # bytes of an exec's output that are kept
_CAN = frozenset({
    specs.IMAGES, specs.SHARED_NETWORK, specs.SURVIVES_CONTROL_PLANE, specs.LOGS, specs.LOG_TIMES, specs.EXEC,
    specs.VOLUMES, specs.LIMITS, specs.USERS, specs.CAPABILITIES, specs.READ_ONLY_ROOT, specs.NAMES, specs.HOST_PORTS,
    specs.SHARED_PROCESSES, specs.TERMINALS, specs.MESSAGES})
_TAKEN = 5.0  # seconds; an engine gives a name away a moment before it knows the container, longer under load


class DockerRuntime:
    """The containers of one cluster on a Docker engine, told from all others by the label ``mini-k8s.cluster``.

    host_root   the one folder of this machine below which containers may mount paths; empty: none
    """

    name = "docker"
    can = _CAN
    why = ""
    silence = 30.0  # seconds; events that say nothing for so long end, because their connection may be dead

    def __init__(self, cluster: str, owner: str = "", base_url: str | None = None, *, engine: Engine | None = None,
                 host_root: str = ""):
        self.cluster, self.owner = check_name(cluster, "cluster name"), owner
        self.engine = engine or Engine(base_url)
        if host_root:
            host_root = host_paths.check_root(host_root)
            self.can = _CAN | {specs.HOST_PATHS}
        self._lock = EngineLock(self.engine, cluster, owner)
        self.network = PodNetwork(self.engine, cluster, owner)
        self._volumes = DockerVolumes(self.engine, cluster, owner, host_root)
        self._messages = DockerMessages(self.engine, cluster, owner, self.exec)
        self._known: dict[str, Mapping[str, str]] = {}  # ids seen with our label, and all labels
        self._unread: set[str] = set()  # sandboxes whose volumes nobody can have read yet
        self._eyes = Eyes(self.engine)

    def prepare(self, *names: str, progress: Callable[[str], None] = lambda line: None) -> Sequence[str]:
        """Make the images of the catalogue that are missing. Returns those made."""
        return images.prepare(self.engine, names, progress)

    def image(self, name: str) -> Image | None:
        return docker_images.find(self.engine, name)

    def pull(self, name: str, timeout: float = 120.0) -> None:
        docker_images.pull(self.engine, name, timeout)

    def create_sandbox(self, spec: SandboxSpec) -> str:
        """A container that only waits: it owns the network, and containers that join keep their address through it."""
        check_spec(spec, can=self.can)
        settings = docker_settings.for_sandbox(spec)
        mounts = [*self._volumes.in_sandbox(spec.volumes), *self._messages.in_sandbox(spec)]
        if mounts:
            settings.host["mounts"] = mounts
        name = f"{self.cluster}.{spec.name}.{spec.attempt}.sandbox"
        for last in (False, True):
            settings.host["network_mode"] = self.network.id(anew=last)
            try:
                id, state = self._create(name, spec, "sandbox", images.SANDBOX, settings)
                if state == "created":
                    self.start(id)
                elif state != "running":
                    return id
                break
            except NotFound:  # the image is not made yet, or somebody has removed the network
                if last:
                    raise
                images.prepare(self.engine, [images.SANDBOX])
                with suppress(NotFound):
                    self.remove(self._inspect(name)["Id"])
        if spec.attempt == 0 and state == "created":
            self._unread.add(id)
        self._volumes.give_to_groups(id, spec.volumes)
        return id

    def create(self, spec: ContainerSpec, sandbox: str | None = None) -> str:
        check_spec(spec, sandbox, self.can)
        home = (self._eyes.homes.get(sandbox) or self._inspect(sandbox)) if sandbox else None
        if home and not home["State"]["Running"]:
            raise Conflict(f"the sandbox of {spec.name} has ended. Make a new sandbox, and its containers anew.")
        own = home["Config"]["Labels"] if home else {}
        settings = docker_settings.for_container(spec, home and home["Id"], labels.SHARE in own)
        place = place_of(spec, home)
        mounts = [*self._volumes.in_container(spec.mounts, home), *self._messages.in_container(spec, home, place)]
        if mounts:
            settings.host["mounts"] = mounts
        pod = f"{own[labels.NAME]}.{own[labels.ATTEMPT]}." if home else ""
        return self._create(f"{self.cluster}.{pod}{spec.name}.{spec.attempt}", spec, "container", spec.image, settings,
                            home and home["Id"], {labels.MESSAGES: place} if place else {})[0]

    def start(self, id: str) -> None:
        self._own(id)
        self._eyes.starting(id)
        try:
            self.engine.call("start", id)
        except StatusError as error:
            error = _cannot_start(error, id, self._known.get(id, {}).get(labels.NAME, id[:12]))
            if isinstance(error, Invalid | Conflict):
                self._eyes.failed(id, str(error))
            else:
                self._eyes.doubt(id)
            raise error from None

    def stop(self, id: str, grace: float = 2.0) -> None:
        self._eyes.homes.pop(id, None)
        with suppress(NotFound):  # gone is stopped
            self._own(id)
            if grace > 0:
                self.engine.call("stop", id, timeout=math.ceil(grace))  # also wakes and stops a paused one
                return
            with suppress(Conflict):  # it does not run
                self.engine.call("kill", id, "SIGKILL")

    def remove(self, id: str) -> None:
        self._eyes.homes.pop(id, None)
        with suppress(NotFound, Conflict):  # gone, or being removed by somebody else
            self._own(id)
            self.engine.call("remove_container", id, force=True, v=True)

    def list(self, ids: Iterable[str] | None = None) -> Sequence[Observed]:
        asked = labels.of_cluster(self.cluster)
        if ids is not None:
            ids = list(ids)
            if not ids:
                return []
            asked["id"] = [*ids, *self._lock.ids()]
        found = self.engine.call("containers", all=True, filters=asked)
        self._lock.check(found)
        observed = self._eyes.read(found, whole=ids is None)
        seen = {c["Id"]: c["Labels"] for c in found}
        self._known = seen if ids is None else self._known | seen
        return observed

    def logs(self, id: str, follow: bool = False, tail: int | None = None, *, timestamps: bool = False,
             since: float | None = None, limit: int | None = None) -> Iterator[bytes]:
        kind = Plain if labels.TTY in self._own(id) else Frames
        return at_most(kind(self.engine.open(
            f"/containers/{id}/logs", None if follow else self.engine.deadline, stdout=1, stderr=1, follow=int(follow),
            tail="all" if tail is None else tail, timestamps=int(timestamps), since=f"{since or 0:.9f}")), limit)

    def exec(self, id: str, argv: Sequence[str], timeout: float = 10.0) -> ExecResult:
        self._own(id)
        run = self.engine.call("exec_create", id, list(argv))["Id"]
        try:
            pieces = Frames(self.engine.open(f"/exec/{run}/start", timeout, "POST", {"Detach": False, "Tty": False}))
        except Invalid as error:  # newer engines say so at once when there is no such program
            return ExecResult(127, str(error).encode())
        over = threading.Timer(timeout, pieces.close)  # a timeout between two bytes would not stop a slow talker
        over.start()
        output = b""
        for piece in pieces:
            output += piece[:_OUTPUT - len(output)]
        over.cancel()
        code = self.engine.call("exec_inspect", run)["ExitCode"]
        if code is None:
            raise Timeout(f"{' '.join(argv)} did not end within {timeout:g} s. It goes on inside the container.")
        return ExecResult(code, output)

    def events(self) -> Events:
        return Events(self.engine, self.cluster, self.silence, self._eyes.died)

    def message(self, id: str) -> bytes:
        place = self._own(id).get(labels.MESSAGES, "")
        return self._messages.read(place) if "/" in place else b""

    def create_volume(self, spec: VolumeSpec) -> str:
        return self._volumes.create(spec)

    def write_files(self, sandbox: str, volumes: Mapping[str, Mapping[str, File]]) -> None:
        home = self._inspect(sandbox)
        if not home["State"]["Running"]:
            raise Conflict(f"sandbox {sandbox[:12]} has ended, so no files can be written. Make a new one.")
        self._volumes.write(home, volumes, sandbox in self._unread, lambda argv: self.exec(sandbox, argv))
        self._unread.discard(sandbox)

    def remove_volume(self, id: str) -> None:
        self._volumes.remove(id)

    def list_volumes(self) -> Sequence[Volume]:
        return self._volumes.all()

    def lock(self) -> None:
        images.prepare(self.engine, [images.BASE])
        self._lock.take()

    def down(self) -> int:
        self._lock.release()
        return remove_cluster(self.engine, self.cluster)

    def close(self) -> None:
        self._lock.release()
        self.engine.close()

    def __repr__(self) -> str:
        return f"<DockerRuntime {self.cluster} on {self.engine.where}>"

    # What the calls above stand on.

    def _create(self, full_name: str, spec: ContainerSpec | SandboxSpec, kind: str, image: str,
                settings: docker_settings.Settings, sandbox: str | None = None,
                more: Mapping[str, str] = {}) -> tuple[str, str]:
        """Make a container, or find the one that an earlier, identical create made; return its id and state. ``more``
        are labels that come with it."""
        wanted = labels.for_spec(self.cluster, self.owner, kind, spec, image, sandbox) | more
        # Never auto_remove, it frees names late; never a restart policy, the loop decides.
        until = time.monotonic() + _TAKEN
        while True:
            try:
                id = self.engine.call("create_container", image, name=full_name, labels=wanted, **settings.container,
                                      host_config=self.engine.call("create_host_config", **settings.host))["Id"]
                self._known[id] = wanted
                self._eyes.made(id)
                return id, "created"
            except NotFound as error:
                if "no such image" not in str(error).lower():
                    raise
                raise docker_images.missing(image) from error
            except Conflict as error:
                conflict = error
            with suppress(NotFound):  # it is just being made by somebody, or has gone meanwhile: again
                return self._adopt(self.engine.call("inspect_container", full_name), wanted)
            if time.monotonic() > until:
                raise conflict
            time.sleep(0.02)

    def _adopt(self, found: dict, wanted: dict) -> tuple[str, str]:
        has, title = found["Config"]["Labels"] or {}, found["Name"].lstrip("/")
        if has.get(labels.CLUSTER) != self.cluster:
            whose = f"cluster '{has[labels.CLUSTER]}'" if labels.CLUSTER in has else "nobody that this workshop knows"
            raise AlreadyExists(f"the name {title} is taken by a container of {whose}. "
                                f"Use another cluster name, or remove it if it is yours: docker rm -f {title}")
        if any(has.get(key) != wanted[key] for key in (labels.KIND, labels.SPEC)):
            raise AlreadyExists(f"{title} exists already, made from another spec. "
                                "Use the next attempt, or remove it first.")
        self._known[found["Id"]] = has
        return found["Id"], found["State"]["Status"]

    def _own(self, id: str) -> Mapping[str, str]:
        """Its labels. Raises NotFound unless ``id`` is ours. Asks the engine only about ids it has not seen."""
        known = self._known.get(id)
        return self._inspect(id)["Config"]["Labels"] if known is None else known

    def _inspect(self, id: str) -> dict:
        found = self.engine.call("inspect_container", id)
        has = found["Config"]["Labels"] or {}
        if has.get(labels.CLUSTER) != self.cluster:
            raise NotFound(f"cluster '{self.cluster}' has no container {id[:12]}; it belongs to somebody else.")
        self._known[id] = has
        return found


def _cannot_start(error: StatusError, id: str, name: str) -> StatusError:
    """What it means that a container could not be started. What the engine says of itself stays as it is."""
    said = str(error)
    if "non running container" in said or ("o such container" in said and id not in said):
        return Conflict(f"the sandbox of {name} has ended. Make a new sandbox, and its containers anew.")
    if "already allocated" in said or "address already in use" in said:
        return Conflict(f"{name} wants a port of this machine that is taken ({said}). Choose another host port.")
    if any(words in said for words in ("OCI runtime create failed", "no matching entries in", "mount config")):
        return Invalid(f"{name} cannot be started: {said.removeprefix('the engine says: ')}")
    return error

"""Real containers: the runtime that the workshop's chapters run on.

Three rules keep it honest. The names of containers are made from what they are for (cluster, name, attempt), so a
create whose answer was lost finds its container again instead of making a second one. ``list`` is one call of the
engine and the only truth; events are hints. And every call is bounded, and fails with an error of ours.
Upstream: ``cri-dockerd``. Left out: volumes, users, attach.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from mini_k8s.errors import AlreadyExists, Conflict, Invalid, NotFound, ServiceUnavailable, StatusError, Timeout
from mini_k8s.runtimes import (
    EXEC,
    IMAGES,
    LOGS,
    SHARED_NETWORK,
    SURVIVES_CONTROL_PLANE,
    ContainerSpec,
    Event,
    ExecResult,
    Observed,
    SandboxSpec,
    check_name,
    check_spec,
    images,
    labels,
)
from mini_k8s.runtimes.clusters import remove_cluster
from mini_k8s.runtimes.docker_list import Eyes
from mini_k8s.runtimes.docker_lock import EngineLock
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.streams import Frames, JsonLines, Stream

_SANDBOX = ["sh", "-c", 'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done']  # gone 0.1 s after TERM
_EVENTS = {"create": "created", "start": "started", "die": "died", "destroy": "removed", "pause": "changed",
           "unpause": "changed"}
_OUTPUT = 4 << 20  # bytes of an exec's output that are kept
_LIMITS = {"pids_limit": 1024, "log_config": {"type": "json-file", "config": {"max-size": "8m", "max-file": "1"}}}
_TAKEN = 5.0  # seconds; an engine gives a name away a moment before it knows the container, longer under load


class DockerRuntime:
    """The containers of one cluster on a Docker engine, told from all others by the label ``mini-k8s.cluster``."""

    name = "docker"
    can = frozenset({IMAGES, SHARED_NETWORK, SURVIVES_CONTROL_PLANE, LOGS, EXEC})
    why = ""
    silence = 30.0  # seconds; events that say nothing for so long end, because their connection may be dead

    def __init__(self, cluster: str, owner: str = "", base_url: str | None = None, *, engine: Engine | None = None):
        self.cluster, self.owner = check_name(cluster, "cluster name"), owner
        self.engine = engine or Engine(base_url)
        self._lock = EngineLock(self.engine, cluster, owner)
        self._network_lock = threading.Lock()
        self._known: set[str] = set()  # ids seen with our label
        self._eyes = Eyes(self.engine)

    def prepare(self, *names: str, progress: Callable[[str], None] = lambda line: None) -> Sequence[str]:
        """Make the images of the catalogue that are missing. Returns those made."""
        return images.prepare(self.engine, names, progress)

    def create_sandbox(self, spec: SandboxSpec) -> str:
        """A container that only waits: it owns the network, and containers that join keep their address through it."""
        check_spec(spec)
        images.prepare(self.engine, [images.BASE])
        id, state = self._create(
            f"{self.cluster}.{spec.name}.{spec.attempt}.sandbox", images.BASE, _SANDBOX, spec, "sandbox",
            hostname=spec.hostname or spec.name, ports=list(spec.ports),
            host={"network_mode": self._network(), "ipc_mode": "shareable", "port_bindings": _published(spec.ports)})
        if state == "created":
            self.start(id)
        return id

    def create(self, spec: ContainerSpec, sandbox: str | None = None) -> str:
        check_spec(spec, sandbox)
        command = None if spec.command is None else list(spec.command)
        if sandbox is None:
            # The default bridge and not a network of the cluster's own: starting is 65 ms faster, and an engine has
            # room for only about 30 networks, which a classroom would use up. Pods need one; it is made with the first.
            return self._create(f"{self.cluster}.{spec.name}.{spec.attempt}", spec.image, command, spec, "container",
                                hostname=spec.name, ports=list(spec.ports),
                                host={"port_bindings": _published(spec.ports)})[0]
        home = self._inspect(sandbox)
        if not home["State"]["Running"]:
            raise Conflict(f"the sandbox of {spec.name} has ended. Make a new sandbox, and its containers anew.")
        own = home["Config"]["Labels"]
        return self._create(f"{self.cluster}.{own[labels.NAME]}.{own[labels.ATTEMPT]}.{spec.name}.{spec.attempt}",
                            spec.image, command, spec, "container", sandbox=home["Id"],
                            host={"network_mode": f"container:{home['Id']}", "ipc_mode": f"container:{home['Id']}"})[0]

    def start(self, id: str) -> None:
        self._own(id)
        self._eyes.starting(id)
        self.engine.call("start", id)

    def stop(self, id: str, grace: float = 2.0) -> None:
        with suppress(NotFound):  # gone is stopped
            self._own(id)
            if grace > 0:
                self.engine.call("stop", id, timeout=math.ceil(grace))  # also wakes and stops a paused one
                return
            with suppress(Conflict):  # it does not run
                self.engine.call("kill", id, "SIGKILL")

    def remove(self, id: str) -> None:
        with suppress(NotFound, Conflict):  # gone, or being removed by somebody else
            self._own(id)
            self.engine.call("remove_container", id, force=True, v=True)

    def list(self) -> Sequence[Observed]:
        found = self.engine.call("containers", all=True, filters=labels.of_cluster(self.cluster))
        self._lock.check(found)
        observed = self._eyes.read(found)
        self._known = {o.id for o in observed}
        return observed

    def logs(self, id: str, follow: bool = False, tail: int | None = None) -> Iterator[bytes]:
        self._own(id)
        return Frames(self.engine.open(
            f"/containers/{id}/logs", None if follow else self.engine.deadline, stdout=1, stderr=1, follow=int(follow),
            tail="all" if tail is None else tail))

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

    def events(self) -> "Events":
        return Events(self.engine, JsonLines(self.engine.open("/events", self.silence, filters={
            "type": ["container"], "event": list(_EVENTS), **labels.of_cluster(self.cluster)})))

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

    def _create(self, full_name: str, image: str, command: Sequence[str] | None, spec: ContainerSpec | SandboxSpec,
                kind: str, *, host: dict, sandbox: str | None = None, **settings) -> tuple[str, str]:
        """Make a container, or find the one that an earlier, identical create made; return its id and state."""
        wanted = labels.for_spec(self.cluster, self.owner, kind, spec, image, sandbox)
        # Never auto_remove, it frees names late; never a restart policy, the loop decides.
        host = host | _LIMITS
        until = time.monotonic() + _TAKEN
        while True:
            try:
                id = self.engine.call("create_container", image, command, name=full_name, labels=wanted,
                                      environment=dict(getattr(spec, "env", {})),
                                      host_config=self.engine.call("create_host_config", **host), **settings)["Id"]
                self._known.add(id)
                return id, "created"
            except NotFound as error:
                if "no such image" not in str(error).lower():
                    raise
                raise _no_image(image) from error
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
        self._known.add(found["Id"])
        return found["Id"], found["State"]["Status"]

    def _network(self) -> str:
        """The cluster's network, made when its first pod needs it: pods on two bridges could not reach each other."""
        with self._network_lock:
            found = self.engine.call("networks", filters=labels.of_cluster(self.cluster))
            if found:
                return found[0]["Id"]
            try:
                return self.engine.call("create_network", f"{self.cluster}.pods", check_duplicate=True, labels={
                    labels.CLUSTER: self.cluster, labels.OWNER: self.owner})["Id"]
            except StatusError as error:
                if "address pool" not in str(error):
                    raise
                raise ServiceUnavailable("the engine has no room for another network. See which clusters are there "
                                         "with `mini-k8s status`, and remove one: mini-k8s down --name NAME") from error

    def _own(self, id: str) -> None:
        """Raises NotFound unless ``id`` is ours. Asks the engine only about ids it has not seen."""
        if id not in self._known:
            self._inspect(id)

    def _inspect(self, id: str) -> dict:
        found = self.engine.call("inspect_container", id)
        if (found["Config"]["Labels"] or {}).get(labels.CLUSTER) != self.cluster:
            raise NotFound(f"cluster '{self.cluster}' has no container {id[:12]}; it belongs to somebody else.")
        self._known.add(id)
        return found


class Events:
    """The engine's events as hints, from now on. ``close()`` ends it from any thread."""

    def __init__(self, engine: Engine, stream: Stream):
        self._engine, self._stream = engine, stream

    def __iter__(self) -> "Events":
        return self

    def __next__(self) -> Event:
        said = next(self._stream)
        if not isinstance(said, dict) or not said.keys() >= {"Action", "Actor"}:  # an error message, a proxy's page
            self.close()
            raise StopIteration
        if said["Action"] == "die":
            # The engine says "die" a moment before its lists know. It inspects only when it is done with that, so
            # whoever is woken by this event and looks at once sees the dead as dead.
            with suppress(StatusError):
                self._engine.call("inspect_container", said["Actor"]["ID"])
        about = said["Actor"]["Attributes"]
        code = about.get("exitCode")
        lock = about.get(labels.KIND) == "lock"  # not one of ours to show, but a reason to look
        return Event("changed" if lock else _EVENTS.get(said["Action"], "changed"), said["Actor"]["ID"],
                     "" if lock else about.get(labels.NAME, ""), int(code) if code and not lock else None)

    def close(self) -> None:
        self._stream.close()

def _published(ports: Sequence[int]) -> dict:
    return dict.fromkeys(ports, ("127.0.0.1", None))  # a free port of loopback only


def _no_image(image: str) -> NotFound:
    if image in images.CATALOGUE:
        return NotFound(f"the engine has no image '{image}' yet. Make it: mini-k8s images prepare")
    import difflib

    near = difflib.get_close_matches(image, images.CATALOGUE, 1)
    next_step = f"Did you mean '{near[0]}'?" if near else f"Get it: docker pull {image}"
    return NotFound(f"the engine has no image '{image}'. {next_step}")

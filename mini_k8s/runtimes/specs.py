"""What can be asked of a runtime? Plain values: sandboxes, containers, volumes, and what they are made of.

All runtimes refuse the same (``check_spec``), before anything is made. What one cannot do it refuses too, and never
leaves out in silence: ``needs`` says what a spec asks for, and ``without`` gives what is left of it for a caller who
says so to its user. Upstream: ``cri-api``, ``PodSandboxConfig`` and ``ContainerConfig``. Left out: privileged
containers, the host's namespaces, devices, sysctls, seccomp and SELinux profiles.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Literal, TypeVar

# What a runtime may declare in ``can``.
IMAGES = "images"  # really runs container images, with files of their own
SHARED_NETWORK = "shared_network"  # joined containers share one network and one address
SURVIVES_CONTROL_PLANE = "survives_control_plane"  # containers outlive the program that started them
LOGS = "logs"
LOG_TIMES = "log_times"  # knows when each line was printed
EXEC = "exec"
VOLUMES = "volumes"
HOST_PATHS = "host_paths"  # may mount what lies below its ``host_root``
LIMITS = "limits"  # holds containers to their share of processor and memory
USERS = "users"  # containers run as the user and groups that are asked for
CAPABILITIES = "capabilities"
READ_ONLY_ROOT = "read_only_root"
NAMES = "names"  # pods have a resolver and a table of hosts of their own
HOST_PORTS = "host_ports"
SHARED_PROCESSES = "shared_processes"  # containers of a pod may see each other's processes
TERMINALS = "terminals"  # standard input that stays open, terminals
MESSAGES = "messages"  # containers may leave a last message in a file

MEMORY = "Memory"  # a volume's medium
MESSAGE = 4096  # bytes of a message that count: its last ones, as in Kubernetes


@dataclass(frozen=True)
class HostPort:
    """A port of the machine that leads to one of the sandbox's."""

    container: int
    host: int
    protocol: Literal["TCP", "UDP"] = "TCP"
    address: str = "127.0.0.1"  # upstream 0.0.0.0; here nobody else is let in unless that is written down


@dataclass(frozen=True)
class Dns:
    """What stands in ``/etc/resolv.conf``; the runtime's own where it is empty."""

    servers: Sequence[str] = ()
    searches: Sequence[str] = ()
    options: Sequence[str] = ()  # such as "ndots:5"


@dataclass(frozen=True)
class SandboxSpec:
    """What containers of one pod will share: address, hostname, labels. Joined containers add none of these."""

    name: str
    hostname: str = ""  # the name by default
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Sequence[int] = ()  # published on a random port of the host's loopback
    attempt: int = 0
    volumes: Sequence[str] = ()  # ids of all volumes that its containers mount
    hosts: Mapping[str, Sequence[str]] = field(default_factory=dict)  # address -> names, added to /etc/hosts
    dns: Dns = Dns()
    host_ports: Sequence[HostPort] = ()
    share_processes: bool = False  # its containers see each other's processes; the sandbox's own is process 1
    messages: Sequence[str] = ()  # names of the containers that may leave a message; none where processes are shared


@dataclass(frozen=True)
class Mount:
    """Where a container finds a volume, or a path of the host: exactly one of ``volume`` and ``host``.

    host        a path directly below the runtime's ``host_root``; no symlink, and no ``sub_path`` with it
    host_type   as in Kubernetes' hostPath: "", Directory, DirectoryOrCreate, File, FileOrCreate
    sub_path    a part of the volume only: a file or folder of a volume of files, or one of the spec's ``sub_paths``
    """

    path: str  # absolute, in the container
    volume: str = ""  # its id
    read_only: bool = False  # volumes of files are to be mounted so
    sub_path: str = ""
    host: str = ""
    host_type: str = ""


@dataclass(frozen=True)
class Resources:
    """What a container may use, and what it gets when all want more than there is."""

    cpu_limit: float | None = None  # processors
    cpu_request: float | None = None
    memory_limit: int | None = None  # bytes, without any swap
    pids_limit: int | None = None  # the runtime's own when None; there always is one


@dataclass(frozen=True)
class Security:
    """Who a container is, and what it may do."""

    user: int | None = None  # the image's own when None
    group: int | None = None  # only with a user
    groups: Sequence[int] = ()  # supplementary; Kubernetes' fsGroup is one of them
    read_only_root: bool = False
    add: Sequence[str] = ()  # capabilities, without CAP_; at most what Kubernetes' "baseline" allows
    drop: Sequence[str] = ()  # capabilities, or ALL
    no_new_privileges: bool = False  # processes always have it


@dataclass(frozen=True)
class ContainerSpec:
    """One container to make. ``(name, attempt)`` is its identity in its sandbox, or without one in the cluster: making
    it twice gives one container.

    ``command`` and ``args`` combine with the image as in Kubernetes: neither: the image's own; ``args`` alone: the
    image's entrypoint with them; ``command``: it, with ``args`` or none, and nothing of the image's.
    """

    name: str
    image: str
    command: Sequence[str] | None = None  # argv, never a shell string
    env: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Sequence[int] = ()  # published on a random port of the host's loopback; only without a sandbox
    attempt: int = 0
    args: Sequence[str] = ()
    working_dir: str = ""  # the image's own by default
    mounts: Sequence[Mount] = ()
    resources: Resources = Resources()
    security: Security = Security()
    stdin: bool = False  # standard input stays open instead of being at its end
    tty: bool = False
    message: str = ""  # absolute path of a file for its last message; its sandbox has to know of it


@dataclass(frozen=True)
class VolumeSpec:
    """Storage that containers of one pod share. It outlives each of them, and their sandbox, until it is removed.

    sandbox     the name of the sandboxes whose containers use it; ``(sandbox, name)`` is its identity
    medium      "" for disk, "Memory" for memory, which is empty again when no container of the pod is left
    size        bytes that it may hold; only in memory, on disk nobody counts
    group       the group whose it is (Kubernetes' fsGroup): what is made in it belongs to that group
    files       it holds what ``write_files`` writes, and containers only read it; else they write, whoever they are
    sub_paths   folders in it that some container mounts alone; each is a volume of its own, laid into the whole
    """

    sandbox: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    medium: str = ""
    size: int | None = None
    group: int | None = None
    files: bool = False
    sub_paths: Sequence[str] = ()


@dataclass(frozen=True)
class File:
    """One file in a volume."""

    content: bytes = field(repr=False)  # it may be a secret
    mode: int = 0o644


Spec = TypeVar("Spec", SandboxSpec, ContainerSpec)

_NEEDS = {  # field -> what a runtime must be able to do
    "volumes": VOLUMES, "hosts": NAMES, "dns": NAMES, "host_ports": HOST_PORTS, "share_processes": SHARED_PROCESSES,
    "messages": MESSAGES, "message": MESSAGES, "working_dir": IMAGES, "stdin": TERMINALS, "tty": TERMINALS,
    "cpu_limit": LIMITS, "cpu_request": LIMITS, "memory_limit": LIMITS, "pids_limit": LIMITS, "user": USERS,
    "group": USERS, "groups": USERS, "read_only_root": READ_ONLY_ROOT, "add": CAPABILITIES, "drop": CAPABILITIES}


def needs(spec: SandboxSpec | ContainerSpec) -> frozenset[str]:
    """What a runtime must have in ``can`` to do all that ``spec`` asks for."""
    asked = set(map(_needs_mount, getattr(spec, "mounts", ())))
    for part in _parts(spec).values():
        for name, default, need in _wishes(type(part)):
            value = getattr(part, name)
            if value is not default and _plain(value) != default:
                asked.add(need)
    return frozenset(asked)


def without(spec: Spec, can: frozenset[str]) -> Spec:
    """``spec`` without what needs more than ``can``. Whoever uses this tells people what they do not get."""
    left = {name: replace(part, **{field: _defaults(type(part))[field] for field in asks(part)
                                   if _NEEDS.get(field, "") not in {"", *can}})
            for name, part in _parts(spec).items()}
    spec = left.pop("")
    if isinstance(spec, ContainerSpec):
        left["mounts"] = tuple(mount for mount in spec.mounts if _needs_mount(mount) in can)
    return replace(spec, **left)


def asks(part: object) -> list[str]:
    """The fields of a spec, or of a part of one, that are not as they are by default."""
    return [name for name, default in _defaults(type(part)).items()
            if (value := getattr(part, name)) is not default and _plain(value) != default]


def _parts(spec: SandboxSpec | ContainerSpec) -> dict[str, object]:
    """What fields are looked at one by one: the spec's own, under "", and those of parts of it."""
    return {"": spec} | {name: getattr(spec, name) for name in ("resources", "security") if hasattr(spec, name)}


def _needs_mount(mount: Mount) -> str:
    return HOST_PATHS if mount.host else VOLUMES


@functools.cache
def _defaults(of: type) -> dict[str, object]:
    return {f.name: f.default_factory() if callable(f.default_factory) else f.default for f in fields(of)}


@functools.cache
def _wishes(of: type) -> tuple[tuple[str, object, str], ...]:
    """The fields that need something of a runtime: (field, default, what it needs)."""
    return tuple((name, default, _NEEDS[name]) for name, default in _defaults(of).items() if name in _NEEDS)


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value

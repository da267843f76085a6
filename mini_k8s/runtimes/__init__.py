"""Chapter 1: who really runs it? One protocol, several implementations, one conformance suite.

A runtime starts and stops containers and says what is there. It never decides: it does not restart, count or place
anything. That is the loop's work (chapter 2). The same protocol serves every chapter, so it never sees a Pod: a pod is
a *sandbox* (which owns address and hostname) and containers that join it, and a container without a sandbox stands
on its own. Upstream: the Container Runtime Interface (``cri-api``, ``RuntimeService`` and ``ImageService``).
Left out: streaming attach, container updates, metrics.

``docker.py`` runs real containers, ``process.py`` processes of this machine, ``simulated.py`` follows scripts on any
clock, and ``hints.py`` turns their events into a tap on a loop's shoulder.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from mini_k8s.errors import Invalid

State = Literal["created", "running", "paused", "exited"]

# What a runtime may declare in ``can``.
IMAGES = "images"  # really runs container images
SHARED_NETWORK = "shared_network"  # joined containers share one network and one address
SURVIVES_CONTROL_PLANE = "survives_control_plane"  # containers outlive the program that started them
LOGS = "logs"
EXEC = "exec"

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def check_name(name: str, what: str = "name") -> str:
    """Return ``name`` when it is a DNS label (RFC 1123, as Kubernetes wants), else raise Invalid.

    At most 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit. What passes is safe in a label, a path,
    a shell word and HTML.
    """
    if not isinstance(name, str) or len(name) > 63 or not _NAME.fullmatch(name):
        shown = repr(name) if len(repr(name)) <= 80 else repr(name)[:77] + "..."
        raise Invalid(f"{what} {shown} is not allowed. Use at most 63 of a-z, 0-9 and '-', "
                      "with a letter or a digit at both ends, such as 'web-1'.")
    return name


@dataclass(frozen=True)
class SandboxSpec:
    """What containers of one pod will share: address, hostname, labels. Joined containers add none of these."""

    name: str
    hostname: str = ""  # the name by default
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Sequence[int] = ()  # published on a random port of the host's loopback
    attempt: int = 0


@dataclass(frozen=True)
class ContainerSpec:
    """One container to make. ``(name, attempt)`` is its identity in its sandbox, or without one in the cluster: making
    it twice gives one container."""

    name: str
    image: str
    command: Sequence[str] | None = None  # the image's own when None; argv, never a shell string
    env: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Sequence[int] = ()  # published on a random port of the host's loopback; only without a sandbox
    attempt: int = 0


def check_spec(spec: SandboxSpec | ContainerSpec, sandbox: str | None = None) -> None:
    """Raise Invalid when ``spec`` cannot be meant. Every runtime refuses the same, before anything is made."""
    check_name(spec.name)
    for port in spec.ports:
        if not isinstance(port, int) or not 1 <= port <= 65535:
            raise Invalid(f"{spec.name} has port {port!r}. A port is a whole number from 1 to 65535.")
    if isinstance(spec, SandboxSpec):
        check_name(spec.hostname or spec.name, "hostname")
        return
    if sandbox is not None and spec.ports:
        raise Invalid(f"{spec.name} joins a sandbox and cannot publish ports {list(spec.ports)}. "
                      "Give them to the sandbox.")
    if isinstance(spec.command, str) or not all(isinstance(word, str) for word in spec.command or ()):
        raise Invalid(f"{spec.name} has command {spec.command!r}. Give a list of words, such as ['sleep', '60'].")
    for key in spec.env:
        if not key or "=" in key or "\0" in key:
            raise Invalid(f"{spec.name} has an environment variable named {key!r}. A name is not empty and has no '='.")


@dataclass(frozen=True)
class Observed:
    """One container or sandbox as it was when the runtime looked."""

    id: str
    name: str
    kind: Literal["container", "sandbox"]
    image: str
    state: State
    attempt: int = 0
    exit_code: int | None = None  # only when exited
    created_at: float | None = None  # Unix seconds
    started_at: float | None = None
    finished_at: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)  # those of the spec, without the runtime's own
    sandbox: str | None = None  # id of the sandbox it joined
    address: str | None = None
    ports: Mapping[int, int] = field(default_factory=dict)  # container port -> port at which it is reached on ``host``
    host: str = "127.0.0.1"  # where this machine reaches its ports; on processes the address itself
    note: str = ""  # what people should know about it

    @property
    def alive(self) -> bool:
        """Its process exists: a paused one is frozen, not gone."""
        return self.state in ("running", "paused")


@dataclass(frozen=True)
class Event:
    """A hint that something happened. It may come late, twice or never: look (``list()``) before you act on it."""

    kind: Literal["created", "started", "died", "removed", "changed"]
    id: str
    name: str
    exit_code: int | None = None


@dataclass(frozen=True)
class ExecResult:
    """What a command inside a container gave back."""

    exit_code: int
    output: bytes  # stdout and stderr, in order of arrival


class Runtime(Protocol):
    """Runs containers of one cluster, and touches nothing that belongs to another.

    Every call ends in bounded time. Errors are those of ``mini_k8s.errors``: NotFound, AlreadyExists, Conflict,
    Invalid, ServiceUnavailable (nobody answers; try again) and Timeout (no answer; it may have happened: look again).
    """

    name: str  # "docker", "process", "simulated"
    cluster: str
    can: frozenset[str]
    why: str  # why it is this one, in a line for people

    def prepare(self, *images: str) -> Sequence[str]:
        """Make or fetch the workshop's images that are missing (all when none is named); return those."""

    def create_sandbox(self, spec: SandboxSpec) -> str:
        """Make and start a sandbox; return its id. The same (name, attempt) again returns the same id."""

    def create(self, spec: ContainerSpec, sandbox: str | None = None) -> str:
        """Make a container, not yet started; return its id. The same (name, attempt) and spec again: the same id.

        Raises NotFound when the image is missing or ``sandbox`` is gone, AlreadyExists when (name, attempt) is taken
        by another spec.
        """

    def start(self, id: str) -> None:
        """Start a created container; a running one is left as it is. Raises NotFound, or Invalid (no such command)."""

    def stop(self, id: str, grace: float = 2.0) -> None:
        """SIGTERM, up to ``grace`` seconds, then SIGKILL; with grace 0, SIGKILL at once. Stopped already: nothing."""

    def remove(self, id: str) -> None:
        """Remove it, killing it if it runs. Gone already: nothing. Removing a sandbox leaves joined containers."""

    def list(self) -> Sequence[Observed]:
        """Everything of this cluster, dead or alive, in one look, oldest first."""

    def logs(self, id: str, follow: bool = False, tail: int | None = None) -> Iterator[bytes]:
        """What it printed, in pieces; with ``follow``, until it ends."""

    def exec(self, id: str, argv: Sequence[str], timeout: float = 10.0) -> ExecResult:
        """Run a command inside a running container. A missing binary is exit code 126 or 127, no exception."""

    def events(self) -> Iterator[Event]:
        """Hints from now on. The iterator ends when the stream breaks, also silently: look, then ask for a new one."""

    def lock(self) -> None:
        """Become the one control plane of this cluster's name, until ``close`` or the end of this process.

        Raises Conflict when another holds it.
        """

    def down(self) -> int:
        """Remove everything of this cluster; return how many things. Interrupted, it can be called again."""

    def close(self) -> None:
        """Give the lock back and close connections. The containers stay."""

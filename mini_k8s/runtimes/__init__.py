"""Chapter 1: who really runs it? One protocol, several implementations, one conformance suite.

A runtime starts and stops containers and says what is there. It never decides: it does not restart, count or place
anything. That is the loop's work (chapter 2). The same protocol serves every chapter, so it never sees a Pod: a pod is
a *sandbox* (which owns address and hostname) and containers that join it, and a container without a sandbox stands
on its own. Upstream: the Container Runtime Interface (``cri-api``, ``RuntimeService`` and ``ImageService``).
Left out: streaming attach, container updates, metrics.

``docker.py`` runs real containers, ``process.py`` processes of this machine, ``simulated.py`` follows scripts on any
clock, and ``hints.py`` turns their events into a tap on a loop's shoulder.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from mini_k8s.runtimes.checks import check_image, check_name, check_spec
from mini_k8s.runtimes.specs import (
    CAPABILITIES,
    EXEC,
    HOST_PATHS,
    HOST_PORTS,
    IMAGES,
    LIMITS,
    LOG_TIMES,
    LOGS,
    MEMORY,
    MESSAGE,
    MESSAGES,
    NAMES,
    READ_ONLY_ROOT,
    SHARED_NETWORK,
    SHARED_PROCESSES,
    SURVIVES_CONTROL_PLANE,
    TERMINALS,
    USERS,
    VOLUMES,
    ContainerSpec,
    Dns,
    File,
    HostPort,
    Mount,
    Resources,
    SandboxSpec,
    Security,
    VolumeSpec,
    needs,
    without,
)

__all__ = [
    "CAPABILITIES", "EXEC", "HOST_PATHS", "HOST_PORTS", "IMAGES", "LIMITS", "LOGS", "LOG_TIMES", "MEMORY", "MESSAGE",
    "MESSAGES", "NAMES", "READ_ONLY_ROOT", "SHARED_NETWORK", "SHARED_PROCESSES", "SURVIVES_CONTROL_PLANE", "TERMINALS",
    "USERS", "VOLUMES", "ContainerSpec", "Dns", "Event", "ExecResult", "File", "HostPort", "Image", "Mount", "Observed",
    "Resources", "Runtime", "SandboxSpec", "Security", "State", "Volume", "VolumeSpec", "check_image", "check_name",
    "check_spec", "needs", "without"]

State = Literal["created", "running", "paused", "exited"]


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
    oom_killed: bool = False  # it was ended because it wanted more memory than its limit
    message: str = ""  # why it could not be started
    image_id: str = ""

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


@dataclass(frozen=True)
class Image:
    """An image that is there, and what it says of itself."""

    id: str
    user: str = ""  # who its containers are by default; empty: root
    digests: Sequence[str] = ()  # under which registries know it


@dataclass(frozen=True)
class Volume:
    """One volume that is there."""

    id: str
    name: str
    sandbox: str  # the name of the sandboxes whose containers use it
    labels: Mapping[str, str] = field(default_factory=dict)
    created_at: float | None = None  # Unix seconds


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

    def image(self, name: str) -> Image | None:
        """The image of that name, when it is here. Raises Invalid when nothing can have such a name."""

    def pull(self, name: str, timeout: float = 120.0) -> None:
        """Get an image from its registry, also when it is here already; the workshop's own are made where missing.

        Raises Invalid (no such name can be), NotFound (no such image, or not for everybody), ServiceUnavailable (no
        registry answers) and Timeout.
        """

    def create_sandbox(self, spec: SandboxSpec) -> str:
        """Make and start a sandbox; return its id. The same (name, attempt) again returns the same id."""

    def create(self, spec: ContainerSpec, sandbox: str | None = None) -> str:
        """Make a container, not yet started; return its id. The same (name, attempt) and spec again: the same id.

        Raises NotFound when the image, a volume or ``sandbox`` is gone, Conflict when ``sandbox`` has ended (``start``
        does where that was not seen yet), AlreadyExists when (name, attempt) is taken by another spec, Invalid when it
        cannot be made as it is.
        """

    def start(self, id: str) -> None:
        """Start a created container; a running one is left as it is. Raises NotFound, Conflict (its sandbox has
        ended), or Invalid with what is wrong with it (no such command, no such user); it stays created then."""

    def stop(self, id: str, grace: float = 2.0) -> None:
        """SIGTERM, up to ``grace`` seconds, then SIGKILL; with grace 0, SIGKILL at once. Stopped already: nothing."""

    def remove(self, id: str) -> None:
        """Remove it, killing it if it runs. Gone already: nothing. Removing a sandbox leaves joined containers."""

    def list(self, ids: Iterable[str] | None = None) -> Sequence[Observed]:
        """Everything of this cluster, dead or alive, in one look, oldest first; with ``ids``, only those of them."""

    def logs(self, id: str, follow: bool = False, tail: int | None = None, *, timestamps: bool = False,
             since: float | None = None, limit: int | None = None) -> Iterator[bytes]:
        """What it printed, in pieces; with ``follow``, until it ends. The dead keep theirs until they are removed.

        While there is nothing new, pieces may be empty; where none come then, any thread may ``close`` it.

        tail         only the last so many lines
        timestamps   begin each line with its time, as RFC 3339
        since        only what was printed from this time on, in Unix seconds
        limit        end after so many bytes
        """

    def exec(self, id: str, argv: Sequence[str], timeout: float = 10.0) -> ExecResult:
        """Run a command inside a running container. A missing binary is exit code 126 or 127, no exception."""

    def message(self, id: str) -> bytes:
        """What an ended container left in the file that its spec names for that: at most its last ``MESSAGE`` bytes."""

    def create_volume(self, spec: VolumeSpec) -> str:
        """Make a volume; return its id. The same (sandbox, name) and spec again: the same id."""

    def write_files(self, sandbox: str, volumes: Mapping[str, Mapping[str, File]]) -> None:
        """Let these volumes of files hold exactly these files (volume's id -> path -> file), through a sandbox that
        runs and has them.

        A container sees of each volume either the old files or the new ones. ``sub_path`` mounts keep the old ones.
        """

    def remove_volume(self, id: str) -> None:
        """Remove it with all that it holds. Gone already: nothing. Raises Conflict while a container has it."""

    def list_volumes(self) -> Sequence[Volume]:
        """All volumes of this cluster, by id."""

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

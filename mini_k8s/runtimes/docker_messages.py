"""Where does a container on Docker leave its last message? In a file that its sandbox holds, and that outlives it.

A sandbox has a volume without a name, which goes with it, and the engine fills that with the empty files of the
sandbox's image: nothing has to be written for a container that leaves none. Each attempt of a container gets a file
of its own, laid over the path that its spec names. Being a mount, that file can be filled and emptied from inside and
nothing else: no link, device or folder comes in its place. Upstream: ``makeMounts`` in
``pkg/kubelet/kuberuntime/kuberuntime_container.go``. Left out: messages in sandboxes that share processes.
"""

import base64
import io
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mini_k8s.errors import Invalid, NotFound, ServiceUnavailable
from mini_k8s.runtimes import ExecResult, labels
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.images import MESSAGES
from mini_k8s.runtimes.specs import MESSAGE, ContainerSpec, SandboxSpec

Run = Callable[[str, Sequence[str]], ExecResult]  # runs a command in a sandbox
_FOLDER = "/messages"
_LONG = 1 << 20  # bytes of a file that are fetched to look at its end


def place_of(spec: ContainerSpec, home: Mapping | None) -> str:
    """Where the message of this attempt lies: "SANDBOX/FILE", or nothing. Raises Invalid when nobody has a file for it.
    """
    if not spec.message or spec.message.rstrip("/") in {mount.path.rstrip("/") for mount in spec.mounts}:
        return ""  # whoever mounts something there means that
    names = home["Config"]["Labels"].get(labels.MESSAGES, "").split() if home else []
    if spec.name not in names:
        raise Invalid(f"{spec.name} has no sandbox with a file for its message. Name it in the SandboxSpec's messages.")
    return f"{home['Id']}/{(spec.attempt * len(names) + names.index(spec.name)) % MESSAGES}"


class DockerMessages:
    """The messages of one cluster's containers. ``run`` runs a command in a sandbox."""

    def __init__(self, engine: Engine, cluster: str, owner: str, run: Run):
        self._engine, self._cluster, self._owner, self._run = engine, cluster, owner, run

    def in_sandbox(self, spec: SandboxSpec) -> Iterator[Any]:
        """The mount of a sandbox, where its containers may leave messages."""
        from docker.types import Mount

        if spec.messages:
            yield Mount(_FOLDER, None, type="volume", labels={
                labels.CLUSTER: self._cluster, labels.OWNER: self._owner, labels.KIND: "messages"})

    def in_container(self, spec: ContainerSpec, home: Mapping | None, place: str) -> Iterator[Any]:
        """The mount of a container: its file, empty."""
        from docker.types import Mount

        if place:
            file = place.partition("/")[2]
            if spec.attempt >= MESSAGES // len(home["Config"]["Labels"][labels.MESSAGES].split()):
                self._run(home["Id"], ["sh", "-c", ': > "$0"', f"{_FOLDER}/{file}"])  # an earlier attempt had it
            folder = next(m["Source"] for m in home["Mounts"] if m["Destination"] == _FOLDER)
            yield Mount(spec.message, f"{folder}/{file}", type="bind")

    def read(self, place: str) -> bytes:
        """The end of the message at that place; nothing when there is none, or its sandbox has gone."""
        home, _, file = place.partition("/")
        path = f"{_FOLDER}/{file}"
        try:
            size = self._size(home, path)
            if size > _LONG:
                return self._run(home, ["tail", "-c", str(MESSAGE), path]).output
            return self._content(home, path)[-MESSAGE:] if size else b""
        except NotFound:
            return b""

    def _size(self, home: str, path: str) -> int:
        with self._engine.errors():
            answer = self._engine.open(f"/containers/{home}/archive?path={path}", self._engine.deadline, "HEAD")
            answer.close()
        return json.loads(base64.b64decode(answer.headers["X-Docker-Container-Path-Stat"]))["size"]

    def _content(self, home: str, path: str) -> bytes:
        """It may grow meanwhile: a process that was left behind can write on."""
        answer = self._engine.open(f"/containers/{home}/archive?path={path}", self._engine.deadline)
        fetched = b""
        with self._engine.errors():
            for piece in answer.iter_content(1 << 16):
                fetched += piece
                if len(fetched) > 2 * _LONG:
                    break
            answer.close()
        try:
            with tarfile.open(fileobj=io.BytesIO(fetched)) as tar:
                entry = tar.next()
                return tar.extractfile(entry).read() if entry and entry.isreg() else b""
        except tarfile.TarError as error:
            raise ServiceUnavailable(f"the engine gave half of a message ({error}). Ask again.") from error

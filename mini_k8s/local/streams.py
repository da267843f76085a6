"""What comes out of a container: which one of a pod is meant, and how does one follow it without being held by it?"""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from mini_k8s.errors import BadRequest
from mini_k8s.objects import Object
from mini_k8s.runtimes import Observed, Runtime

if TYPE_CHECKING:
    from mini_k8s.pods.sight import Sight

_AHEAD = 64  # pieces that are read before they are wanted


def with_logs(sight: "Sight", pod: Object, container: str, previous: bool) -> Observed:
    """The container whose output is meant: the newest attempt that has run, or the one before it.

    Raises BadRequest, in Kubernetes' words, when there is none (yet).
    """
    name = _checked(pod, container)
    ran = [o for o in sight.pod(pod["metadata"]["uid"]).containers.get(name, ()) if o.state != "created"]
    if previous:
        if len(ran) < 2:
            raise BadRequest(f'previous terminated container "{name}" in pod "{pod["metadata"]["name"]}" not found')
        return ran[-2]
    if not ran:
        raise BadRequest(f'container "{name}" in pod "{pod["metadata"]["name"]}" is waiting to start: '
                         f"{_reason(pod, name)}")
    return ran[-1]


def that_runs(sight: "Sight", pod: Object, container: str) -> Observed:
    """The container that runs now. Raises BadRequest when none does."""
    name = _checked(pod, container)
    attempts = sight.pod(pod["metadata"]["uid"]).containers.get(name, ())
    if not attempts or not attempts[-1].alive:
        raise BadRequest(f'container "{name}" of pod "{pod["metadata"]["name"]}" does not run '
                         f"({_reason(pod, name)}), so no command can run in it")
    return attempts[-1]


def open_logs(runtime: Runtime, id: str, follow: bool, tail: int | None, timestamps: bool, seconds: float | None,
              limit: int | None) -> Iterator[bytes]:
    """The output, in pieces. ``seconds``: only that of the last so many. Raises Invalid for what this runtime lacks."""
    return runtime.logs(id, follow, None if tail is None or tail < 0 else tail, timestamps=timestamps,
                        since=None if seconds is None else time.time() - seconds, limit=limit)


def patiently(pieces: Iterator[bytes], seconds: float) -> Iterator[bytes | None]:
    """The same pieces; None whenever for so many seconds none came."""
    ahead: queue.Queue = queue.Queue(_AHEAD)
    over = threading.Event()

    def put(what: object) -> bool:
        while not over.is_set():
            with suppress(queue.Full):
                ahead.put(what, timeout=seconds)
                return True
        return False

    def read() -> None:
        try:
            for piece in pieces:
                if over.is_set() or (piece and not put(piece)):
                    break
            put(None)
        except Exception as error:  # it is raised where somebody can say so
            put(error)

    threading.Thread(target=read, name="follow", daemon=True).start()
    try:
        while True:
            try:
                piece = ahead.get(timeout=seconds)
            except queue.Empty:
                yield None
                continue
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise piece
            yield piece
    finally:
        over.set()
        with suppress(Exception):  # a generator that waits cannot be closed from here; it looks by itself
            pieces.close()


def _checked(pod: Object, container: str) -> str:
    """The container's name; the pod's first one when none is named."""
    spec = pod["spec"]
    names = [one["name"] for field in ("containers", "initContainers") for one in spec.get(field) or ()]
    if container and container not in names:
        raise BadRequest(f'container {container} is not valid for pod {pod["metadata"]["name"]}. It has: '
                         f"{', '.join(names)}")
    return container or names[0]


def _reason(pod: Object, name: str) -> str:
    """Why it does not run, as far as its status says."""
    status = pod.get("status") or Object()
    for field in ("containerStatuses", "initContainerStatuses"):
        for one in status.get(field) or ():
            state = one.get("state") or Object() if one.get("name") == name else Object()
            for standing in ("waiting", "terminated"):
                if standing in state:
                    return state[standing].get("reason") or standing
    return "ContainerCreating"

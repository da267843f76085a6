"""Who asks at the socket? A client like any other; see ``client.Client``. Each question is a connection of its own.

Errors are those of the cluster's API, with ``remote`` set; ServiceUnavailable when nobody answers, Timeout when an
answer does not come.
"""

import base64
import math
import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mini_k8s.errors import Gone, ServiceUnavailable, StatusError, Timeout
from mini_k8s.local.wire import Wire, error_in
from mini_k8s.objects import Object, freeze
from mini_k8s.store import Event, Listing, Watch, Where

if TYPE_CHECKING:
    from mini_k8s.runtimes import ExecResult

PATIENCE = 30.0  # seconds for an answer to come


class LocalClient:
    """The API of a cluster that runs on this machine, at its socket. May be used from any thread."""

    def __init__(self, path: Path, patience: float = PATIENCE):
        self.path, self.patience = path, patience

    def get(self, kind: str, name: str, namespace: str = "default") -> Object:
        return self._one("get", kind=kind, name=name, namespace=namespace)

    def list(self, kind: str, namespace: str | None = None, where: Where | None = None) -> Listing:
        found = self._one("list", kind=kind, namespace=namespace)
        return Listing(found["version"], tuple(obj for obj in found["items"] if where is None or where(obj)))

    def watch(self, kind: str, namespace: str | None = None, since: int | str | None = None,
              where: Where | None = None) -> "LocalWatch":
        answers = _Answers(self, "watch", kind=kind, namespace=namespace, since=since)
        try:
            return LocalWatch(_Feed(answers), answers.next(), kind, namespace, where)
        except BaseException:
            answers.close()
            raise

    def create(self, obj: Mapping, dry_run: bool = False) -> Object:
        return self._one("create", obj=freeze(obj), dry_run=dry_run)

    def update(self, obj: Mapping, subresource: str = "", dry_run: bool = False) -> Object:
        return self._one("update", obj=freeze(obj), subresource=subresource, dry_run=dry_run)

    def patch(self, kind: str, name: str, patch: Mapping, namespace: str = "default", subresource: str = "",
              dry_run: bool = False) -> Object:
        return self._one("patch", kind=kind, name=name, patch=freeze(patch), namespace=namespace,
                         subresource=subresource, dry_run=dry_run)

    def delete(self, kind: str, name: str, namespace: str = "default", grace: int | None = None,
               uid: str | None = None, version: str | None = None, dry_run: bool = False,
               propagation: str | None = None) -> Object:
        return self._one("delete", kind=kind, name=name, namespace=namespace, grace=grace, uid=uid, version=version,
                         dry_run=dry_run, propagation=propagation)

    def logs(self, name: str, namespace: str = "default", **options: Any) -> Iterator[bytes]:
        """What a container printed, in pieces; ``options`` as ``Desk.logs`` has them."""
        answers = _Answers(self, "logs", name=name, namespace=namespace, **options)
        forever = float("inf") if options.get("follow") else None
        try:
            while (piece := answers.next(forever)) is not None:
                yield base64.b64decode(piece)
        finally:
            answers.close()

    def exec(self, name: str, command: Sequence[str], namespace: str = "default", container: str = "",
             timeout: float = 600.0) -> "ExecResult":
        """Run a command in a container that runs."""
        from mini_k8s.runtimes import ExecResult  # here: most commands run nothing, and have to be quick

        done = self._one("exec", timeout + self.patience, name=name, command=[*command], namespace=namespace,
                         container=container)
        return ExecResult(done["exit_code"], base64.b64decode(done["output"]))

    def about(self) -> Object:
        """What runs there: name, runtime, process id, folder of data, and what troubles it."""
        return self._one("about")

    def down(self) -> int:
        """Have everything removed, and the program that runs it end. Returns how many things were removed."""
        return self._one("down", 120.0)

    def __repr__(self) -> str:
        return f"<LocalClient of {self.path.parent.name}>"

    def _one(self, verb: str, within: float | None = None, **arguments: Any) -> Any:
        answers = _Answers(self, verb, **arguments)
        try:
            return answers.next(within)
        finally:
            answers.close()


class LocalWatch(Watch):
    """A watch that the cluster feeds over a connection. ``wait`` returns when there may be something to drain."""

    _store: "_Feed"

    def wait(self, seconds: float) -> None:
        """Until something comes, but no longer than this. Raises Gone when the connection has ended."""
        self._store.wait(seconds)

    def close(self) -> None:
        self._store.answers.close()


class _Feed:
    """What a Watch asks of its store, answered from what has come."""

    def __init__(self, answers: "_Answers"):
        self.answers, self._came = answers, []

    @property
    def durable(self) -> float:
        return math.inf  # else it would not have been sent

    def wait(self, seconds: float) -> None:
        if not self._came:
            self._take(seconds)

    def _after(self, version: int, durable: bool) -> tuple[int, Sequence[Event]]:
        while self._take(0):
            pass
        came, self._came = self._came, []
        return (came[-1].version if came else version), came

    def _take(self, seconds: float) -> bool:
        try:
            event = self.answers.next(seconds, late=False)
        except ServiceUnavailable as error:
            raise Gone("the connection of this watch has ended. List anew, and watch from the version of that "
                       "list.") from error
        if event is None:
            return False
        self._came.append(Event(*event))
        return True


class _Answers:
    """A question that was asked, and the values of its answer."""

    def __init__(self, client: LocalClient, verb: str, **arguments: Any):
        self._client, self._verb = client, verb
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(client.patience)
        self._wire = Wire(line, patience=client.patience)
        try:
            line.connect(os.fspath(client.path))
            self._wire.send({"verb": verb, **arguments})
        except OSError as error:
            if isinstance(error, BrokenPipeError):  # it was too busy, and says so
                return
            self.close()
            raise self._nobody() from error

    def next(self, within: float | None = None, late: bool = True) -> Any:
        """The next value, None at the end. When it does not come in time: Timeout, or None where ``late`` is False."""
        within = self._client.patience if within is None else within
        end = time.monotonic() + within
        answer = None
        try:
            while answer is None:
                left = min(1000.0, end - time.monotonic())  # more at a time than the system's poll takes
                answer = self._wire.receive(max(0.0, left))
                if left <= 0:
                    break
        except (EOFError, OSError):
            raise self._nobody() from None
        if answer is None:
            if late:
                raise Timeout(f"{self._verb} was not answered within {within:g} s. It may happen all the same: look "
                              "before you repeat it.")
            return None
        if "error" in answer:
            raise error_in(answer["error"])
        return freeze(answer.get("value"))

    def close(self) -> None:
        self._wire.close()

    def _nobody(self) -> StatusError:
        name = self._client.path.parent.name
        return ServiceUnavailable(f"cluster '{name}' does not answer any more. Was it ended? To start it again: "
                                  f"mini-k8s up --name {name}")

"""What may be asked of a cluster that runs? What any client may, and what only who runs the pods can tell.

What is answered survives the end of the program: it waits until the disk has it, so nobody ever hears of a version that
a crash could give away a second time.
"""

import base64
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mini_k8s.errors import BadRequest, NotFound
from mini_k8s.local import streams
from mini_k8s.objects import Object

if TYPE_CHECKING:
    from mini_k8s.cluster import Cluster

HEARTBEAT = 1.0  # seconds after which a follower to whom nothing happens is looked at: is it still there?
_TEXT, _MAYBE, _FLAG, _NUMBER, _MAPPING = str, (str, type(None)), bool, (int, float, type(None)), Mapping
_TYPES = {"kind": _TEXT, "name": _TEXT, "namespace": _MAYBE, "since": (str, int, type(None)), "obj": _MAPPING,
          "patch": _MAPPING, "subresource": _TEXT, "dry_run": _FLAG, "grace": (int, type(None)), "uid": _MAYBE,
          "version": _MAYBE, "propagation": _MAYBE, "container": _TEXT, "follow": _FLAG, "tail": (int, type(None)),
          "previous": _FLAG, "timestamps": _FLAG, "seconds": _NUMBER, "limit": (int, type(None)), "command": list,
          "timeout": (int, float)}


class Desk:
    """Answers questions about one cluster. Everything may be called from any thread.

    about   what is to be known of the program that runs it, for people
    ended   called when somebody has had everything removed, so that the program may end
    """

    def __init__(self, cluster: "Cluster", about: Mapping[str, Any] = Object(),
                 ended: Callable[[], None] = lambda: None):
        self.cluster, self.client, self.store = cluster, cluster.client, cluster.store
        self._about, self._ended = dict(about), ended
        self._followers: tuple[threading.Event, ...] = ()
        self._turn = threading.Lock()
        self.store.durable_listeners.append(self._tell)
        self._verbs = {verb.__name__: verb for verb in (
            self.get, self.list, self.watch, self.create, self.update, self.patch, self.delete, self.logs, self.exec,
            self.about, self.down)}

    def answer(self, question: Any) -> Iterator[Any]:
        """The values of the answer, one by one; None now and then, when there is none just now.

        Raises BadRequest for what is no question, and what the cluster says to it.
        """
        if not isinstance(question, dict):
            raise BadRequest(f"{str(question)[:80]!r} is no question. Send a mapping with a verb.")
        verb = self._verbs.get(str(question.pop("verb", None)))
        if verb is None:
            raise BadRequest(f"there is no such verb. There are: {', '.join(self._verbs)}.")
        for name, value in question.items():
            if name not in _TYPES or not isinstance(value, _TYPES[name]):
                raise BadRequest(f"{verb.__name__} cannot be asked with {name}={str(value)[:80]!r}.")
        try:
            return verb(**question)
        except TypeError as error:  # the types are right, so it is their names or their number
            raise BadRequest(f"this cannot be asked: {error}") from None

    # What any client may.

    def get(self, kind: str, name: str, namespace: str = "default") -> Iterator[Object]:
        with self._named(kind, name):
            yield self._kept(self.client.get(kind, name, namespace))

    def list(self, kind: str, namespace: str | None = None) -> Iterator[Any]:
        listing = self.client.list(kind, namespace)
        self.store.wait(listing.version)
        yield {"version": listing.version, "items": listing.items}

    def watch(self, kind: str, namespace: str | None = None, since: int | str | None = None) -> Iterator[Any]:
        news = threading.Event()
        with self._following(news):
            watch = self.client.watch(kind, namespace, since)
            yield watch.version
            while True:
                news.clear()
                for event in watch.drain():
                    yield [event.type, event.object, event.old, event.version]
                if not news.wait(HEARTBEAT):
                    yield None

    def create(self, obj: Mapping, dry_run: bool = False) -> Iterator[Object]:
        yield self._kept(self.client.create(obj, dry_run))

    def update(self, obj: Mapping, subresource: str = "", dry_run: bool = False) -> Iterator[Object]:
        yield self._kept(self.client.update(obj, subresource, dry_run))

    def patch(self, kind: str, name: str, patch: Mapping, namespace: str = "default", subresource: str = "",
              dry_run: bool = False) -> Iterator[Object]:
        with self._named(kind, name):
            yield self._kept(self.client.patch(kind, name, patch, namespace, subresource, dry_run))

    def delete(self, kind: str, name: str, namespace: str = "default", grace: int | None = None,
               uid: str | None = None, version: str | None = None, dry_run: bool = False,
               propagation: str | None = None) -> Iterator[Object]:
        with self._named(kind, name):
            yield self._kept(self.client.delete(kind, name, namespace, grace, uid, version, dry_run, propagation))

    # What only who runs the pods can tell.

    def logs(self, name: str, namespace: str = "default", container: str = "", follow: bool = False,
             tail: int | None = None, previous: bool = False, timestamps: bool = False,
             seconds: float | None = None, limit: int | None = None) -> Iterator[str | None]:
        with self._named("Pod", name):
            pod = self.client.get("Pod", name, namespace)
        source = streams.with_logs(self.cluster.sight, pod, container, previous)
        pieces = streams.open_logs(self.cluster.runtime, source.id, follow, tail, timestamps, seconds, limit)
        for piece in streams.patiently(pieces, HEARTBEAT) if follow else pieces:
            yield None if piece is None else base64.b64encode(piece).decode()

    def exec(self, name: str, command: list, namespace: str = "default", container: str = "",
             timeout: float = 600.0) -> Iterator[Any]:
        if not command or not all(isinstance(word, str) for word in command):
            raise BadRequest("there is no command to run. Write it after --, as in: exec web -- ls")
        with self._named("Pod", name):
            pod = self.client.get("Pod", name, namespace)
        done = self.cluster.runtime.exec(streams.that_runs(self.cluster.sight, pod, container).id, command, timeout)
        yield {"exit_code": done.exit_code, "output": base64.b64encode(done.output).decode()}

    def about(self) -> Iterator[Any]:
        yield {"name": self.cluster.name, "runtime": self.cluster.runtime.name,
               "trouble": str(self.cluster.trouble or ""), **self._about}

    def down(self) -> Iterator[int]:
        """Remove everything; its program ends after that."""
        try:
            yield self.cluster.down()
        finally:
            self._ended()

    # Helpers.

    def _kept(self, obj: Object) -> Object:
        version = obj["metadata"].get("resourceVersion")
        if version:
            self.store.wait(version)
        return obj

    @contextmanager
    def _named(self, kind: str, name: str) -> Iterator[None]:
        """What is not there is named as kubectl names it."""
        try:
            yield
        except NotFound as error:
            about = self.client.kinds.get(kind)
            if about and str(error).startswith(f"there is no {kind} "):
                raise NotFound(f'{about.plural} "{name}" not found') from None
            raise

    @contextmanager
    def _following(self, news: threading.Event) -> Iterator[None]:
        with self._turn:
            self._followers = (*self._followers, news)
        try:
            yield
        finally:
            with self._turn:
                self._followers = tuple(one for one in self._followers if one is not news)

    def _tell(self) -> None:
        for follower in self._followers:
            follower.set()

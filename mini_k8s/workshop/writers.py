"""Who wrote what, and what were they answered? Writers of one object, and a record of their race for the picture.

A writer goes to a door: the bare store, or the API with its rules. What the store became is heard from a watch, as
anybody would hear it; what a writer was told is noted here, refusals too.
"""

import threading
from collections.abc import Callable, Mapping, Sequence

from mini_k8s.api import Api
from mini_k8s.errors import StatusError
from mini_k8s.objects import Key, Object
from mini_k8s.store import Event, Store
from mini_k8s.widgets.race_picture import Answer
from mini_k8s.workshop.labs.lab import told


class Race:
    """The versions of one object, and what its writers were told. ``ended`` is set when nothing will come any more."""

    def __init__(self, store: Store, key: Key, writers: Sequence[str]):
        self.key, self.writers, self.ended = key, tuple(writers), ""
        self.events: list[Event] = []
        self.answers: list[Answer] = []
        self.listeners: list[Callable[[], None]] = []
        self._store, self._lock = store, threading.Lock()
        self._watch = store.watch(key.kind, key.namespace, since=store.version,
                                  where=lambda obj: obj["metadata"]["name"] == key.name)
        store.listeners.append(self.look)

    def look(self) -> None:
        """Take what the watch has to tell."""
        with self._lock:
            news = self._watch.drain(durable=False)
            self.events += news
        if news:
            self.tell()

    def note(self, answer: Answer) -> None:
        """Somebody was answered."""
        self.answers.append(answer)
        self.tell()

    def tell(self) -> None:
        for listener in list(self.listeners):
            listener()

    def end(self, words: str) -> None:
        """Nothing will come any more; ``words`` says why."""
        self.ended = words
        if self.look in self._store.listeners:
            self._store.listeners.remove(self.look)
        self.tell()


class Writer:
    """One who reads and writes pods, through the API or straight in the store.

    name       who it is
    door       an Api or a Store
    versions   False: it hands in everything without a version, so nobody asks from which state it was made
    """

    def __init__(self, name: str, door: Api | Store, api: Api, race: Race, versions: bool = True):
        self.name, self._door, self._api, self._race, self._versions = name, door, api, race, versions
        self._read: int | None = None
        self._meanwhile: Callable[[], object] | None = None

    def get(self, name: str) -> Object:
        """The pod of that name, as it is now. Raises NotFound."""
        pod = self._api.store.get(Key("Pod", "default", name))
        self._read = int(pod["metadata"]["resourceVersion"])
        return pod

    def create(self, pod: Mapping) -> Object:
        """Write down a new pod, through the API. Returns it as it was stored."""
        return self._answered(pod, lambda: self._api.create(pod), None)

    def update(self, pod: Object, subresource: str = "") -> Object:
        """Hand in a changed pod. Returns it as it was stored. Raises Conflict when it was made from another state.

        subresource   "status" for a write of the status; only the API tells the two apart
        """
        if not self._versions:
            pod = pod.with_(metadata={"resourceVersion": None})
        if meanwhile := self._meanwhile:
            self._meanwhile = None
            meanwhile()
        said = pod["metadata"].get("resourceVersion")
        through = (lambda: self._door.update(pod, subresource)) if isinstance(self._door, Api) else (
            lambda: self._door.update(pod))
        return self._answered(pod, through, None if said is None else int(said))

    def before_next_write(self, do: Callable[[], object]) -> None:
        """Once, when the next write of this writer is on its way, ``do`` happens first."""
        self._meanwhile = do

    def _answered(self, pod: Mapping, write: Callable[[], Object], said: int | None) -> Object:
        race, about = self._race, (pod.get("metadata") or {}).get("name")
        try:
            stored = write()
        except StatusError as error:
            if about == race.key.name:
                race.note(Answer(self.name, said, self._read, None, self._api.store.version, str(error), error.code))
            raise told(error) from None
        if about == race.key.name:
            version = int(stored["metadata"]["resourceVersion"])
            race.note(Answer(self.name, said, self._read, version, version))
        return stored

    def __repr__(self) -> str:
        through = "the API" if isinstance(self._door, Api) else "the bare store"
        return f"<{self.name}, through {through}{'' if self._versions else ', without versions'}>"

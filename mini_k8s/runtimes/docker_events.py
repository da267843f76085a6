"""What does Docker say happened? Its events, as hints."""

from collections.abc import Callable
from contextlib import suppress

from mini_k8s.errors import StatusError
from mini_k8s.runtimes import Event, labels
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.streams import JsonLines

_EVENTS = {"create": "created", "start": "started", "die": "died", "destroy": "removed", "pause": "changed",
           "unpause": "changed"}


class Events:
    """A cluster's events from now on. ``close()`` ends it from any thread.

    silence   seconds without a word after which it ends, because the connection may be dead
    dead      dead(id, state) is told of each death what the engine says about it
    """

    def __init__(self, engine: Engine, cluster: str, silence: float, dead: Callable[[str, dict], None]):
        self._engine, self._dead = engine, dead
        self._stream = JsonLines(engine.open("/events", silence, filters={
            "type": ["container"], "event": list(_EVENTS), **labels.of_cluster(cluster)}))

    def __iter__(self) -> "Events":
        return self

    def __next__(self) -> Event:
        said = next(self._stream)
        if not isinstance(said, dict) or not said.keys() >= {"Action", "Actor"}:  # an error message, a proxy's page
            self.close()
            raise StopIteration
        id = said["Actor"]["ID"]
        if said["Action"] == "die":
            # The engine says "die" a moment before its lists know. It inspects only when it is done with that, so
            # whoever is woken by this event and looks at once sees the dead as dead.
            with suppress(StatusError):
                self._dead(id, self._engine.call("inspect_container", id)["State"])
        about = said["Actor"]["Attributes"]
        code = about.get("exitCode")
        lock = about.get(labels.KIND) == "lock"  # not one of ours to show, but a reason to look
        return Event("changed" if lock else _EVENTS.get(said["Action"], "changed"), id,
                     "" if lock else about.get(labels.NAME, ""), int(code) if code and not lock else None)

    def close(self) -> None:
        self._stream.close()

"""What happened to an object? Components say it in events, for people to read.

What happens again and again is one event that counts, and who has too much to say about one object is not heard for a
while, so that a crash loop fills no disk. An event is no state: losing one changes nothing, so a recorder never fails
and nobody decides by one. Upstream: ``client-go/tools/record`` (``events_cache.go``). Left out: events that are
combined because they are similar; an event lives for an hour there too, by a lease of etcd's.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from mini_k8s.clock import Clock, timestamp
from mini_k8s.errors import AlreadyExists, NotFound, StatusError
from mini_k8s.kinds.columns import seconds_of
from mini_k8s.kinds.event import last_seen

if TYPE_CHECKING:
    from mini_k8s.client import Client

BURST, REFILL = 25, 300.0  # events about one object at once; seconds until there may be one more
RATE, AT_ONCE = 50.0, 100  # events of one component in a second, and at once (the kubelet's eventRecordQPS, eventBurst)
LIFE = 3600.0  # seconds that an event is kept after it happened last
_MESSAGE, _NAME, _REMEMBERED = 1024, 220, 4096  # characters, characters, events


class Recorder:
    """Says in the name of one component what happened. Its methods may be called from any thread.

    component   "kubelet", "scheduler" …
    host        the node that it runs on, if it runs on one
    lost        how many events could not be written, or were too many
    """

    def __init__(self, client: "Client", component: str, clock: Clock, host: str = ""):
        self.client, self.component, self.clock, self.host = client, component, clock, host
        self.lost = self._last = 0
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple, tuple[str, int]] = OrderedDict()  # what was said -> the event's name and count
        self._tokens, self._counted = float(AT_ONCE), clock.now()
        self._left: OrderedDict[tuple, tuple[float, float]] = OrderedDict()  # object -> events it may have, since when

    def event(self, obj: Mapping, type: str, reason: str, message: str, field: str = "") -> None:
        """Something happened to ``obj``.

        type      "Normal" or "Warning"
        reason    why, as one word for machines: "Started", "BackOff"
        message   what, as a sentence for people; no secrets, it can be read by everybody
        field     which part of the object: "spec.containers{web}"
        """
        try:
            with self._lock:
                self._say(_about(obj, field), type, reason, str(message)[:_MESSAGE])
        except Exception:  # whatever it is, the work that is reported on has to go on
            self.lost += 1

    def _say(self, about: Mapping, type: str, reason: str, message: str) -> None:
        now, said = self.clock.now(), (*about.values(), type, reason, message)
        whom = (about["kind"], about["namespace"], about["name"], about["uid"])
        if not self._may_speak(whom, now):
            self.lost += 1
            return
        namespace, (name, count) = about["namespace"] or "default", self._seen.get(said, ("", 0))
        if name:
            with suppress(NotFound):
                self.client.patch("Event", name, {"count": count + 1, "lastTimestamp": timestamp(now)}, namespace)
                _remember(self._seen, said, (name, count + 1))
                return
        source = {"component": self.component, **({"host": self.host} if self.host else {})}
        body = {"apiVersion": "v1", "kind": "Event", "involvedObject": {key: value for key, value in about.items()
                                                                        if value},
                "type": type, "reason": reason, "message": message, "count": count + 1, "source": source,
                "reportingComponent": self.component, "reportingInstance": self.host,
                "firstTimestamp": timestamp(now), "lastTimestamp": timestamp(now)}
        for _ in range(100):  # others may have said something of it in the same nanosecond
            self._last = max(round(now * 1e9), self._last + 1)
            name = f"{about['name'][:_NAME].rstrip('.-')}.{self._last:x}"
            with suppress(AlreadyExists):
                self.client.create({**body, "metadata": {"name": name, "namespace": namespace}})
                _remember(self._seen, said, (name, count + 1))
                return
        self.lost += 1

    def _may_speak(self, whom: tuple, now: float) -> bool:
        self._tokens = min(float(AT_ONCE), self._tokens + (now - self._counted) * RATE)
        self._counted = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        left, since = self._left.get(whom, (float(BURST), now))
        left = min(float(BURST), left + (now - since) / REFILL)
        _remember(self._left, whom, (left - 1 if left >= 1 else left, now))
        return left >= 1

    def __repr__(self) -> str:
        return f"<Recorder of {self.component}{f' on {self.host}' if self.host else ''}>"


class Forgetter:
    """Forgets what happened long ago, when its ``step()`` is made after ``due()``."""

    def __init__(self, client: "Client", clock: Clock, period: float = 60.0):
        self.client, self.clock, self.period = client, clock, period
        self._next = clock.now() + period

    def step(self) -> bool:
        """Look for old events if it is time to. Says whether there were any."""
        if self.clock.now() < self._next:
            return False
        self._next = self.clock.now() + self.period
        return forget_old(self.client, self.clock.now()) > 0

    def due(self) -> float:
        """When it looks again."""
        return self._next


def forget_old(client: "Client", now: float, life: float = LIFE) -> int:
    """Delete the events that happened last more than ``life`` seconds ago. Returns how many."""
    gone = 0
    for event in client.list("Event").items:
        when, meta = seconds_of(last_seen(event) or event["metadata"].get("creationTimestamp")), event["metadata"]
        if when is not None and now - when > life:
            with suppress(StatusError):
                client.delete("Event", meta["name"], meta["namespace"])
                gone += 1
    return gone


def _about(obj: Mapping, field: str) -> dict[str, str]:
    meta = obj.get("metadata") or {}
    return {"apiVersion": obj.get("apiVersion") or "v1", "kind": obj["kind"], "namespace": meta.get("namespace") or "",
            "name": meta["name"], "uid": meta.get("uid") or "", "fieldPath": field}


def _remember(where: OrderedDict, key: tuple, value: tuple) -> None:
    where[key] = value
    where.move_to_end(key)
    if len(where) > _REMEMBERED:
        where.popitem(last=False)

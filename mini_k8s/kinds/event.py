"""What is an event, to the API? What somebody saw or did, about one object, written down for people.

Upstream: ``ValidateEvent`` in ``pkg/apis/core/validation/events.go``; who writes them is ``events.py``.
"""

from collections.abc import Iterator

from mini_k8s.kind import Kind
from mini_k8s.kinds.columns import Column, column, since
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, invalid


def validate(event: Object, old: Object | None) -> Iterator[Problem]:
    """Everything that is wrong with an event. It lives in the namespace of what it is about."""
    about, namespace = event.get("involvedObject") or Object(), event["metadata"].get("namespace")
    if (about.get("namespace") or "default") != namespace:
        yield invalid("involvedObject.namespace", about.get("namespace") or "", "does not match event.namespace")


def last_seen(event: Object) -> str | None:
    """When it happened last."""
    return ((event.get("series") or {}).get("lastObservedTime") or event.get("lastTimestamp")
            or event.get("eventTime") or event.get("firstTimestamp"))


def _about(event: Object) -> str:
    about = event.get("involvedObject") or Object()
    return f"{(about.get('kind') or '').lower()}/{about.get('name') or ''}"


def _source(event: Object) -> str:
    source = event.get("source") or Object()
    return ", ".join(filter(None, (source.get("component") or event.get("reportingComponent"), source.get("host"))))


EVENT = Kind("Event", "events", short=("ev",), validate=validate, columns=(
    Column("LAST SEEN", lambda event, now: since(last_seen(event), now)),
    column("TYPE", lambda event: event.get("type")), column("REASON", lambda event: event.get("reason")),
    column("OBJECT", _about),
    Column("SUBOBJECT", lambda event, now: (event.get("involvedObject") or {}).get("fieldPath") or "", wide=True),
    column("SOURCE", _source, wide=True),
    Column("MESSAGE", lambda event, now: " ".join((event.get("message") or "").split())),
    Column("FIRST SEEN", lambda event, now: since(event.get("firstTimestamp") or event.get("eventTime"), now),
           wide=True),
    Column("COUNT", lambda event, now: str(event.get("count") or 1), wide=True),
    Column("NAME", lambda event, now: event["metadata"]["name"], wide=True)))

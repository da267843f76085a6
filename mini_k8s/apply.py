"""How does what a user wrote become what the cluster knows? ``apply``: once, and again after every change of a file.

What the file says is written, what an earlier form of it said and this one does not is removed, and what others wrote
stays. For that the object carries the manifest that was applied last. Before anything is written, all manifests are
tried: every mistake comes at once, with file, document, line and field. Upstream: ``kubectl apply``,
``apimachinery/pkg/util/jsonmergepatch``. Left out: lists are replaced whole, where kubectl merges some by key.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mini_k8s.errors import AlreadyExists, BadRequest, Conflict, NotFound, StatusError
from mini_k8s.kinds import KINDS
from mini_k8s.ladder import CHAPTERS
from mini_k8s.objects import Object, thaw
from mini_k8s.problems import Problem

if TYPE_CHECKING:
    from mini_k8s.client import Client
    from mini_k8s.manifests import Document, Mistake

LAST = "kubectl.kubernetes.io/last-applied-configuration"
_LONGEST = 100_000  # characters of a manifest that is noted; all annotations together may have 256 KiB
COMING = {  # kinds that a later chapter brings
    "PriorityClass": 7, "Lease": 8,
    "PodDisruptionBudget": 8, "Deployment": 10, "ServiceAccount": 11, "Job": 13, "CronJob": 13, "DaemonSet": 13,
    "StatefulSet": 13, "HorizontalPodAutoscaler": 13, "CustomResourceDefinition": 13}


def apply(client: "Client", obj: Mapping, remember: bool = True, tries: int = 5) -> tuple[Object, str]:
    """Write one object down. Returns it as it is now, and "created", "configured" or "unchanged".

    remember   note in it what was applied, so that what is left out the next time is removed; without, it stays

    Raises what the API raises, and BadRequest for an object without a name.
    """
    meta = obj["metadata"]
    if not meta.get("name"):
        raise BadRequest("an object that is applied needs metadata.name: with generateName each time would make "
                         "another one. Give it a name.")
    said = {part: value for part, value in obj.items() if part != "status"}
    written = _remembered(said) if remember else said
    for left in reversed(range(tries)):
        try:
            before = client.get(obj["kind"], meta["name"], meta.get("namespace") or "default")
        except NotFound:
            with suppress(AlreadyExists):  # somebody was faster: then it is changed
                return client.create(written), "created"
            continue
        try:
            patch = _without(_last(before) if remember else {}, said, written)
            after = client.patch(obj["kind"], meta["name"], patch, meta.get("namespace") or "default")
        except (Conflict, NotFound):
            if not left or meta.get("resourceVersion"):
                raise
            continue
        same = after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
        return after, "unchanged" if same else "configured"
    raise Conflict(f"{obj['kind']} {meta['name']} comes and goes. Apply it again.")


def in_order(documents: "Sequence[Document]") -> "list[Document]":
    """Namespaces first: what lives in them can come only after them."""
    return sorted(documents, key=lambda doc: doc.object["kind"] != "Namespace")


def mistakes(client: "Client", documents: Sequence["Document"]) -> "list[Mistake]":
    """Everything that the API would refuse, with the places where it stands. Nothing is written."""
    coming = {doc.object["metadata"].get("name") for doc in documents if doc.object["kind"] == "Namespace"}
    return [doc.mistake(problem) for doc in documents for problem in _problems(client, doc.object, coming)]


def in_namespace(documents: "Sequence[Document]", namespace: str) -> "list[Document]":
    """The same documents, with this namespace where they name none. Raises BadRequest where one names another."""
    found = []
    for doc in documents:
        kind, named = KINDS.get(doc.object["kind"]), doc.object["metadata"].get("namespace")
        if kind is None or not kind.namespaced:
            found.append(doc)
        elif named in (None, "", namespace):
            found.append(replace(doc, object=doc.object.with_(metadata={"namespace": namespace})))
        else:
            raise BadRequest(f"{doc.file}, document {doc.number}: the object says namespace {named!r}, and -n says "
                             f"{namespace!r}. Leave one of them out.")
    return found


def unknown_kind(name: str) -> str:
    """What is to be said to somebody who uses a kind that is not here."""
    there = f"Known here are: {', '.join(KINDS)}."
    if name in COMING:
        chapter = next(one for one in CHAPTERS if one.number == COMING[name])
        return f"{name} comes in chapter {chapter.number}, {chapter.title}. {there}"
    from difflib import get_close_matches

    near = get_close_matches(name, [*KINDS, *COMING], 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    later = ", ".join(f"{kind} ({number})" for kind, number in COMING.items())
    return f"there is no kind {name!r}.{meant} {there} Later chapters bring: {later}."


def _problems(client: "Client", obj: Object, coming: set) -> Iterator[Problem]:
    if obj["kind"] not in KINDS:
        yield Problem("kind", unknown_kind(obj["kind"]))
        return
    if not obj["metadata"].get("name") and obj["metadata"].get("generateName"):
        yield Problem("metadata.name", "Required value", "what is applied needs a name, not generateName")
        return
    try:
        _try(client, obj, coming)
    except StatusError as error:
        problems = getattr(error, "problems", ())
        yield from problems or [Problem(_field(error, obj), str(error))]


def _try(client: "Client", obj: Object, coming: set) -> None:
    name, namespace = obj["metadata"].get("name"), obj["metadata"].get("namespace") or "default"
    if namespace in coming and KINDS[obj["kind"]].namespaced:  # it is not there yet, but will be
        with suppress(NotFound):
            client.get("Namespace", namespace)
            coming = ()
        if coming:
            obj = obj.with_(metadata={"namespace": None})
            with suppress(AlreadyExists):
                client.create(obj, dry_run=True)
            return
    if isinstance(name, str) and name and isinstance(namespace, str):
        with suppress(NotFound):
            before = client.get(obj["kind"], name, namespace)
            client.patch(obj["kind"], name, _without(_last(before), obj, obj), namespace, dry_run=True)
            return
    client.create(obj, dry_run=True)


def _field(error: StatusError, obj: Object) -> str:
    """Where the mistake stands that an error of the whole object tells of."""
    if isinstance(error, NotFound) and "apiVersion" in str(error):
        return "apiVersion"
    return "metadata.namespace" if "namespace" in str(error) and obj["metadata"].get("namespace") else ""


def _remembered(obj: Mapping) -> Mapping:
    """The object with its own text as a note, unless that is longer than a note may be."""
    text, meta = json.dumps(thaw(obj), separators=(",", ":"), sort_keys=True), obj["metadata"]
    if len(text) > _LONGEST:
        return obj
    return {**obj, "metadata": {**meta, "annotations": {**(meta.get("annotations") or {}), LAST: text}}}


def _last(stored: Object) -> Any:
    """The manifest that was applied last; nothing where there was none."""
    with suppress(ValueError):
        return json.loads((stored["metadata"].get("annotations") or {}).get(LAST) or "{}")
    return {}


def _without(last: Any, said: Mapping, patch: Mapping) -> dict:
    """The patch, with None for every field that was said last and is not said now."""
    done = dict(patch)
    for name, value in (last.items() if isinstance(last, Mapping) else ()):
        if name not in said:
            done.setdefault(name, None)
        elif isinstance(value, Mapping) and isinstance(said[name], Mapping):
            done[name] = _without(value, said[name], patch[name])
    return done

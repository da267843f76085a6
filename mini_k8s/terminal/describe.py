"""All about one object, for a person: what was wished for, what is, and what happened.

Upstream: ``kubectl``'s ``pkg/describe/describe.go``. Left out: much of what is rarely asked; -o yaml shows everything.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mini_k8s.apply import LAST
from mini_k8s.kinds.columns import duration, seconds_of
from mini_k8s.kinds.event import last_seen
from mini_k8s.kinds.node import status_of
from mini_k8s.kinds.pod_columns import status as pod_status
from mini_k8s.manifests import write
from mini_k8s.objects import Object
from mini_k8s.terminal import describe_sets, table

_NONE = Object()
_MORE = {"ReplicaSet": describe_sets.replicaset, "Service": describe_sets.service,
         "EndpointSlice": describe_sets.endpointslice}


def describe(obj: Object, events: Iterable[Object] = (), around: Sequence[Object] = (),
             now: float | None = None) -> str:
    """The text, in kubectl's form. ``around``: the pods of a node or a ReplicaSet, the EndpointSlices of a service."""
    now = time.time() if now is None else now
    page = Page()
    meta = obj["metadata"]
    page.put("Name", meta["name"])
    if meta.get("namespace"):
        page.put("Namespace", meta["namespace"])
    if more := _MORE.get(obj["kind"]):
        _common(page, obj)
        more(page, obj, around)
    else:
        {"Pod": _pod, "Node": _node, "ConfigMap": _config, "Secret": _secret}.get(obj["kind"], _other)(page, obj)
    if obj["kind"] == "Node":
        _pods_of_node(page, around, now)
    if obj["kind"] != "Event":
        _events(page, [*events], now)
    return page.text()


class Page:
    """Lines of a name and a value; those below one another at the same depth stand in line."""

    def __init__(self):
        self._rows: list[tuple[int, str, str]] = []

    def put(self, name: str, value: Any = "", depth: int = 0) -> None:
        """One value; of a list or a mapping a line each."""
        if isinstance(value, Mapping):
            value = [f"{key}={text}" for key, text in sorted(value.items())] or "<none>"
        lines = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
        for n, line in enumerate(lines or ["<none>"]):
            self._rows.append((depth, f"{name}:" if not n else "", line))

    def plain(self, lines: Iterable[str], depth: int = 0) -> None:
        """Lines as they are."""
        for line in lines:
            self._rows.append((depth, "", f"\0{line}"))

    def text(self) -> str:
        done, block = [], []
        for row in [*self._rows, None]:
            joins = row is not None and row[2] and not row[2].startswith("\0")
            if block and not (joins and row[0] == block[0][0]):
                wide = max(len(name) for _, name, _ in block) + 2
                done += [f"{'  ' * depth}{name.ljust(wide)}{table.clean(value)}".rstrip()
                         for depth, name, value in block]
                block = []
            if joins:
                block.append(row)
            elif row is not None:
                done.append("  " * row[0] + (row[1] or table.clean(row[2][1:])))
        return "\n".join(done)


def _common(page: Page, obj: Object) -> None:
    meta = obj["metadata"]
    page.put("Labels", meta.get("labels") or _NONE)
    page.put("Annotations", [f"{key}: {value}" for key, value in sorted((meta.get("annotations") or {}).items())
                             if key != LAST] or "<none>")


def _pod(page: Page, pod: Object) -> None:
    spec, status, meta = pod["spec"], pod.get("status") or _NONE, pod["metadata"]
    page.put("Node", spec.get("nodeName") or "<none>")
    page.put("Start Time", status.get("startTime") or "<none>")
    _common(page, pod)
    leaving = meta.get("deletionTimestamp")
    page.put("Status", f"Terminating (until {leaving})" if leaving else status.get("phase") or "Unknown")
    if leaving:
        page.put("Termination Grace Period", f"{meta.get('deletionGracePeriodSeconds')}s")
    for name in ("reason", "message"):
        if status.get(name):
            page.put(name.title(), status[name])
    page.put("IP", status.get("podIP") or "")
    seen = {one["name"]: one for field in ("initContainerStatuses", "containerStatuses")
            for one in status.get(field) or ()}
    for title, field in (("Init Containers", "initContainers"), ("Containers", "containers")):
        if spec.get(field):
            page.put(title)
            for container in spec[field]:
                _container(page, container, seen.get(container["name"], _NONE))
    if status.get("conditions"):
        page.put("Conditions")
        page.plain(table.lines([["Type", "Status"], *([one.get("type") or "", one.get("status") or ""]
                                                      for one in status["conditions"])]), 1)
    _volumes(page, spec.get("volumes") or ())
    page.put("QoS Class", status.get("qosClass") or "")


def _container(page: Page, container: Object, seen: Object) -> None:
    page.put(container["name"], depth=1)
    page.put("Container ID", seen.get("containerID") or "", 2)
    page.put("Image", container.get("image") or "", 2)
    if seen.get("imageID"):
        page.put("Image ID", seen["imageID"], 2)
    ports = [f"{port.get('containerPort')}/{port.get('protocol') or 'TCP'}" for port in container.get("ports") or ()]
    page.put("Ports", ", ".join(ports) or "<none>", 2)
    for name in ("command", "args"):
        if container.get(name):
            page.put(name.title(), container[name], 2)
    _state(page, "State", seen.get("state") or _NONE)
    if seen.get("lastState"):
        _state(page, "Last State", seen["lastState"])
    page.put("Ready", bool(seen.get("ready")), 2)
    page.put("Restart Count", seen.get("restartCount") or 0, 2)
    for name in ("limits", "requests"):
        amounts = (container.get("resources") or _NONE).get(name)
        if amounts:
            page.put(name.title(), [f"{key}: {value}" for key, value in sorted(amounts.items())], 2)
    page.put("Environment", [_variable(one) for one in container.get("env") or ()] or "<none>", 2)
    for source in container.get("envFrom") or ():
        for kind, ref in source.items():
            if isinstance(ref, Mapping):
                page.put("Environment Variables from", f"{ref.get('name')}  {kind.removesuffix('Ref')}", 2)
    page.put("Mounts", [f"{one.get('mountPath')} from {one.get('name')} ({'ro' if one.get('readOnly') else 'rw'})"
                        for one in container.get("volumeMounts") or ()] or "<none>", 2)


def _state(page: Page, title: str, state: Object) -> None:
    standing = next((name for name in ("running", "terminated", "waiting") if state.get(name) is not None), "waiting")
    about = state.get(standing) or _NONE
    page.put(title, standing.title(), 2)
    for name, field in (("Reason", "reason"), ("Message", "message"), ("Exit Code", "exitCode"),
                        ("Signal", "signal"), ("Started", "startedAt"), ("Finished", "finishedAt")):
        if about.get(field) is not None:
            page.put(name, str(about[field]).splitlines() or "", 3)


def _variable(one: Object) -> str:
    source = one.get("valueFrom")
    if not source:
        return f"{one.get('name')}: {one.get('value') or ''}"
    kind, ref = next(iter(source.items()), ("", _NONE))
    what = ref.get("fieldPath") or ref.get("resource") or f"the key '{ref.get('key')}' in {ref.get('name')}"
    return f"{one.get('name')}: <{what}> ({kind.removesuffix('Ref')})"


def _volumes(page: Page, volumes: Sequence[Object]) -> None:
    if not volumes:
        return
    page.put("Volumes")
    for volume in volumes:
        page.put(volume["name"], depth=1)
        for kind, about in volume.items():
            if kind != "name":
                page.put("Type", kind, 2)
                for name, value in (about or _NONE).items():
                    if isinstance(value, str | int):
                        page.put(name[:1].upper() + name[1:], value, 2)


def _node(page: Page, node: Object) -> None:
    status = node.get("status") or _NONE
    _common(page, node)
    page.put("CreationTimestamp", node["metadata"].get("creationTimestamp") or "")
    page.put("Status", status_of(node))
    page.put("Taints", [f"{one.get('key')}{'=' + one['value'] if one.get('value') else ''}:{one.get('effect')}"
                        for one in (node.get("spec") or _NONE).get("taints") or ()] or "<none>")
    if status.get("conditions"):
        page.put("Conditions")
        page.plain(table.lines([["Type", "Status", "Reason", "Message"], *(
            [str(one.get(name) or "") for name in ("type", "status", "reason", "message")]
            for one in status["conditions"])]), 1)
    page.put("Addresses")
    for address in status.get("addresses") or ():
        page.put(address.get("type") or "", address.get("address") or "", 1)
    for title, field in (("Capacity", "capacity"), ("Allocatable", "allocatable")):
        page.put(title)
        for name, amount in sorted((status.get(field) or _NONE).items()):
            page.put(name, amount, 1)


def _pods_of_node(page: Page, pods: Sequence[Object], now: float) -> None:
    page.put(f"Non-terminated Pods ({len(pods)} in total)" if pods else "Non-terminated Pods",
             "" if pods else "<none>")
    if pods:
        page.plain(table.lines([["Namespace", "Name", "Status", "Age"], *(
            [pod["metadata"]["namespace"], pod["metadata"]["name"], pod_status(pod),
             _age(pod["metadata"].get("creationTimestamp"), now)] for pod in pods)]), 1)


def _config(page: Page, config: Object) -> None:
    _common(page, config)
    page.plain(["", "Data", "===="])
    for key, value in sorted((config.get("data") or {}).items()):
        page.plain([f"{key}:", "----", *value.splitlines(), ""])
    page.plain(["BinaryData", "===="])
    for key, value in sorted((config.get("binaryData") or {}).items()):
        page.plain([f"{key}: {len(value) * 3 // 4 - value.count('=')} bytes"])


def _secret(page: Page, secret: Object) -> None:
    """Its keys and how long their values are; the values are nobody's business."""
    _common(page, secret)
    page.put("Type", secret.get("type") or "Opaque")
    page.plain(["", "Data", "===="])
    for key, value in sorted((secret.get("data") or {}).items()):
        page.plain([f"{key}:  {len(value) * 3 // 4 - value.count('=')} bytes"])


def _other(page: Page, obj: Object) -> None:
    """Of what has no form of its own: its fields, as they are written."""
    _common(page, obj)
    rest = {name: value for name, value in obj.items() if name not in ("apiVersion", "kind", "metadata")}
    if rest:
        page.plain(write(Object(rest)).splitlines())


def _events(page: Page, events: Sequence[Object], now: float) -> None:
    if not events:
        page.put("Events", "<none>")
        return
    page.put("Events")
    head = ["Type", "Reason", "Age", "From", "Message"]
    rows = [[one.get("type") or "", one.get("reason") or "", _often(one, now), _source(one),
             " ".join((one.get("message") or "").split())] for one in sorted(events, key=lambda e: last_seen(e) or "")]
    page.plain(table.lines([head, ["-" * len(name) for name in head], *rows]), 1)


def _source(event: Object) -> str:
    return (event.get("source") or _NONE).get("component") or event.get("reportingComponent") or ""


def _often(event: Object, now: float) -> str:
    """'5s', or '5s (x3 over 2m)' for what happened again and again."""
    age = _age(last_seen(event), now)
    count = event.get("count") or 1
    return age if count < 2 else f"{age} (x{count} over {_age(event.get('firstTimestamp'), now)})"


def _age(moment: str | None, now: float) -> str:
    seconds = seconds_of(moment)
    return "<unknown>" if seconds is None else duration(now - seconds)

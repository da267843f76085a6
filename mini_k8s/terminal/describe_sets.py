"""All about a ReplicaSet, a Service or an EndpointSlice. ``describe.py`` does the others."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mini_k8s import selectors
from mini_k8s.kinds.service import addresses_shown
from mini_k8s.objects import Object

if TYPE_CHECKING:
    from mini_k8s.terminal.describe import Page

_NONE = Object()


def replicaset(page: "Page", one: Object, pods: Sequence[Object]) -> None:
    """``pods``: those that it owns."""
    spec, status = one["spec"], one.get("status") or _NONE
    page.put("Selector", str(selectors.of(spec.get("selector"))))
    page.put("Replicas", f"{status.get('replicas') or 0} current / {spec.get('replicas') or 0} desired")
    phases = Counter((pod.get("status") or _NONE).get("phase") for pod in pods)
    page.put("Pods Status", f"{phases['Running']} Running / {phases['Pending']} Waiting / {phases['Succeeded']} "
                            f"Succeeded / {phases['Failed']} Failed")
    template = spec["template"]
    page.put("Pod Template")
    page.put("Labels", ((template.get("metadata") or _NONE).get("labels") or _NONE), 1)
    page.put("Containers", depth=1)
    for container in template["spec"].get("containers") or ():
        page.put(container["name"], depth=2)
        page.put("Image", container.get("image") or "", 3)
        page.put("Ports", ", ".join(f"{port.get('containerPort')}/{port.get('protocol') or 'TCP'}"
                                    for port in container.get("ports") or ()) or "<none>", 3)
    if status.get("conditions"):
        page.put("Conditions")
        page.plain([f"{one.get('type')}  {one.get('status')}  {one.get('reason') or ''}: {one.get('message') or ''}"
                    for one in status["conditions"]], 1)


def service(page: "Page", one: Object, slices: Sequence[Object]) -> None:
    """``slices``: its EndpointSlices."""
    spec = one["spec"]
    page.put("Selector", ",".join(f"{key}={value}" for key, value in sorted((spec.get("selector") or {}).items()))
             or "<none>")
    page.put("Type", spec.get("type") or "")
    if spec.get("externalName"):
        page.put("External Name", spec["externalName"])
    page.put("IP", addresses_shown(one) or "<none>")
    for port in spec.get("ports") or ():
        name, protocol = port.get("name") or "<unset>", port["protocol"]
        page.put("Port", f"{name}  {port['port']}/{protocol}")
        page.put("TargetPort", f"{port.get('targetPort')}/{protocol}")
        if port.get("nodePort"):
            page.put("NodePort", f"{name}  {port['nodePort']}/{protocol}")
        found = [f"{endpoint['addresses'][0]}:{number['port']}" for piece in slices
                 for number in piece.get("ports") or () if (number.get("name") or "") == (port.get("name") or "")
                 for endpoint in piece.get("endpoints") or ()
                 if (endpoint.get("conditions") or _NONE).get("ready") is not False]
        more = f" + {len(found) - 3} more..." if len(found) > 3 else ""
        page.put("Endpoints", (",".join(found[:3]) + more) or "<none>")
    page.put("Session Affinity", spec.get("sessionAffinity") or "")


def endpointslice(page: "Page", one: Object, _: Sequence[Object]) -> None:
    page.put("AddressType", one.get("addressType") or "")
    page.put("Ports", [f"{port.get('name') or '<unset>'}  {port.get('port')}/{port.get('protocol')}"
                       for port in one.get("ports") or ()] or "<unset>")
    page.put("Endpoints", "" if one.get("endpoints") else "<none>")
    for endpoint in one.get("endpoints") or ():
        target, states = endpoint.get("targetRef") or _NONE, endpoint.get("conditions") or _NONE
        page.put("- Addresses", ", ".join(endpoint["addresses"]), 1)
        page.put("Conditions", [f"{name}: {str(states[name]).lower()}" for name in ("ready", "serving", "terminating")
                                if states.get(name) is not None] or "<none>", 2)
        if target:
            page.put("TargetRef", f"{target.get('kind')}/{target.get('name')}", 2)
        if endpoint.get("nodeName"):
            page.put("NodeName", endpoint["nodeName"], 2)

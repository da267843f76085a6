"""What is an EndpointSlice, to the API? Addresses that stand behind a service, and how each of them is.

Upstream: ``pkg/registry/discovery/endpointslice`` and ``ValidateEndpointSlice``, which refuses loopback addresses; here
pods on processes have some.
"""

import ipaddress
from collections.abc import Iterator

from mini_k8s.kind import Kind
from mini_k8s.kinds.columns import AGE, NAME, column
from mini_k8s.kinds.service import PROTOCOLS
from mini_k8s.kinds.shared import each, fill, port_number, put, repeated
from mini_k8s.objects import Key, Object
from mini_k8s.problems import Problem, duplicate, invalid, label, required, unsupported

SERVICE_NAME = "kubernetes.io/service-name"  # the label that says which service it belongs to
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
TYPES = ("IPv4", "IPv6", "FQDN")
_MOST = 1000  # endpoints; 100 ports


def service_of(piece: Object) -> Key | None:
    """The service that a slice belongs to, or None."""
    name = (piece["metadata"].get("labels") or Object()).get(SERVICE_NAME)
    return Key("Service", piece["metadata"]["namespace"], name) if name else None


def default(piece: Object) -> Object:
    """The slice with everything that its author left out."""
    return put(piece, {"ports": each(piece.get("ports"), lambda port: fill(
        put(port, {"name": port.get("name") or ""}), {"protocol": "TCP"}))})


def validate(piece: Object, old: Object | None) -> Iterator[Problem]:
    """Everything that is wrong with a slice, or with how it was changed."""
    kind, endpoints, ports = piece.get("addressType"), piece.get("endpoints") or (), piece.get("ports") or ()
    if not kind:
        yield required("addressType", "one of " + ", ".join(TYPES))
    elif kind not in TYPES:
        yield unsupported("addressType", kind, TYPES)
    if len(endpoints) > _MOST:
        yield Problem("endpoints", "Too many", f"must have at most {_MOST} items")
    if len(ports) > 100:
        yield Problem("ports", "Too many", "must have at most 100 items")
    for i, endpoint in enumerate(endpoints):
        if not endpoint.get("addresses"):
            yield required(f"endpoints[{i}].addresses", "must contain at least 1 address")
        for j, address in enumerate(endpoint.get("addresses") or ()):
            if kind in ("IPv4", "IPv6") and (why := _address(address, kind)):
                yield invalid(f"endpoints[{i}].addresses[{j}]", address, why)
        if endpoint.get("hostname") and (why := label(endpoint["hostname"])):
            yield invalid(f"endpoints[{i}].hostname", endpoint["hostname"], why)
    for i, port in enumerate(ports):
        if port.get("protocol") not in PROTOCOLS:
            yield unsupported(f"ports[{i}].protocol", port.get("protocol"), PROTOCOLS)
        if port.get("name") and (why := label(port["name"])):
            yield invalid(f"ports[{i}].name", port["name"], why)
        yield from port_number(f"ports[{i}].port", port.get("port"))
    for i, name in repeated([(port.get("name") or "",) for port in ports]):
        yield duplicate(f"ports[{i}].name", name[0])
    if old is not None and kind != old.get("addressType"):
        yield invalid("addressType", kind, "field is immutable")


def _address(text: str, kind: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "must be a valid IP address"
    if f"IPv{address.version}" != kind:
        return f"must be an {kind} address"
    if address.is_unspecified or address.is_link_local or address.is_multicast:
        return "may not be unspecified, link-local or multicast"
    return ""


def addresses(piece: Object) -> str:
    """ENDPOINTS, as ``get`` shows them: the first three."""
    found = [address for endpoint in piece.get("endpoints") or () for address in endpoint.get("addresses") or ()]
    more = f" + {len(found) - 3} more..." if len(found) > 3 else ""
    return ",".join(found[:3]) + more


def ports(piece: Object) -> str:
    found = [str(port.get("port") or "*") for port in piece.get("ports") or ()]
    return ",".join(found) or "<unset>"


ENDPOINTSLICE = Kind(
    "EndpointSlice", "endpointslices", "discovery.k8s.io/v1", default=default, validate=validate, columns=(
        NAME, column("ADDRESSTYPE", lambda piece: piece.get("addressType")), column("PORTS", ports),
        column("ENDPOINTS", addresses), AGE))

"""What is a Service, to the API? One stable address and name, and a question that says which pods stand behind it.

Upstream: ``pkg/registry/core/service/strategy.go``, ``pkg/apis/core/v1/defaults.go`` and ``ValidateService``. Which
address and which port of the nodes it gets, ``network/addresses.py`` says. Left out: load balancers (one waits for its
address for ever, and answers on its NodePort), external IPs, families of addresses beside IPv4, traffic policies.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping

from mini_k8s.kind import Kind
from mini_k8s.kinds.columns import AGE, NAME, column
from mini_k8s.kinds.shared import fill, number, port_name, port_number, put, repeated
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, duplicate, forbidden, invalid, label, labels, required, subdomain, unsupported

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
PROTOCOLS = ("SCTP", "TCP", "UDP")
HEADLESS = "None"
ON_NODES = ("NodePort", "LoadBalancer")  # types that have a port on every node
_STICKY, _LONGEST = 10800, 86400  # seconds
_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")  # RFC 1035: it becomes part of names of variables
_NONE = Object()


def default(service: Object) -> Object:
    """The service with everything that its author left out, but for its address and ports of nodes."""
    spec = fill(service.get("spec") or _NONE, {"type": "ClusterIP", "sessionAffinity": "None"})
    if spec["sessionAffinity"] == "ClientIP":
        config = spec.get("sessionAffinityConfig") or _NONE
        spec = put(spec, {"sessionAffinityConfig": put(config, {
            "clientIP": fill(config.get("clientIP") or _NONE, {"timeoutSeconds": _STICKY})})})
    if spec["type"] != "ExternalName":
        spec = fill(spec, {"internalTrafficPolicy": "Cluster", "ipFamilyPolicy": "SingleStack"})
        spec = spec if spec.get("ipFamilies") else put(spec, {"ipFamilies": ("IPv4",)})
    if spec["type"] in ON_NODES:
        spec = fill(spec, {"externalTrafficPolicy": "Cluster"})
    if spec.get("ports"):
        spec = put(spec, {"ports": tuple(_port(port) for port in spec["ports"])})
    return put(service, {"spec": spec})


def _port(port: Object) -> Object:
    port = fill(port, {"protocol": "TCP"})
    return fill(port, {"targetPort": port.get("port")}) if port.get("targetPort") in (None, "", 0) else port


def validate(service: Object, old: Object | None) -> Iterator[Problem]:
    """Everything that is wrong with a service, or with how it was changed."""
    spec, name = service["spec"], service["metadata"].get("name") or ""
    kind, ports, address = spec.get("type"), spec.get("ports") or (), spec.get("clusterIP") or ""
    if name and not (_NAME.fullmatch(name) and len(name) <= 63):
        yield invalid("metadata.name", name, "a DNS-1035 label must consist of lower case alphanumeric characters or "
                      "'-', start with an alphabetic character, and end with an alphanumeric character")
    if kind not in TYPES:
        yield unsupported("spec.type", kind, TYPES)
    if kind == "ExternalName":
        yield from _external(spec)
    elif not ports and address != HEADLESS:
        yield required("spec.ports", "on which port does it answer? Give [{port: 80}]")
    if kind in ON_NODES and address == HEADLESS:
        yield invalid("spec.clusterIPs[0]", address, f"may not be set to 'None' for {kind} services")
    elif address and address != HEADLESS and kind != "ExternalName" and not _is_address(address):
        yield invalid("spec.clusterIPs[0]", address, "must be a valid IP address, (e.g. 10.9.8.7)")
    if spec.get("clusterIPs") and address != spec["clusterIPs"][0]:
        yield invalid("spec.clusterIPs[0]", spec["clusterIPs"][0], "first value must match `clusterIP`")
    if spec.get("selector"):
        yield from labels("spec.selector", spec["selector"])
    yield from _ports(ports, kind)
    yield from _affinity(spec)
    if old is not None:
        yield from _changes(spec, old["spec"])


def _external(spec: Object) -> Iterator[Problem]:
    name = (spec.get("externalName") or "").removesuffix(".")
    if not name:
        yield required("spec.externalName")
    elif why := subdomain(name):
        yield invalid("spec.externalName", name, why)
    if spec.get("clusterIP"):
        yield forbidden("spec.clusterIPs", "may not be set for ExternalName services")


def _ports(ports: tuple, kind: str) -> Iterator[Problem]:
    for i, port in enumerate(ports):
        at, name = f"spec.ports[{i}]", port.get("name") or ""
        if not name and len(ports) > 1:
            yield required(f"{at}.name", "of several ports each needs a name")
        elif name and (why := label(name)):
            yield invalid(f"{at}.name", name, why)
        if port.get("port") is None:
            yield required(f"{at}.port")
        yield from port_number(f"{at}.port", port.get("port"))
        if port.get("protocol") not in PROTOCOLS:
            yield unsupported(f"{at}.protocol", port.get("protocol"), PROTOCOLS)
        target = port.get("targetPort")
        if isinstance(target, str):
            if why := port_name(target):
                yield invalid(f"{at}.targetPort", target, why)
        else:
            yield from port_number(f"{at}.targetPort", target)
        if port.get("nodePort") and kind not in ON_NODES:
            yield forbidden(f"{at}.nodePort", "may not be used when `type` is 'ClusterIP'")
    for i, name in repeated([port.get("name") for port in ports]):
        yield duplicate(f"spec.ports[{i}].name", name)
    for i, _ in repeated([(port.get("port"), port.get("protocol")) for port in ports]):
        yield duplicate(f"spec.ports[{i}]", {"port": ports[i].get("port"), "protocol": ports[i].get("protocol")})
    for i, _ in repeated([(port["nodePort"], port.get("protocol")) if port.get("nodePort") else () for port in ports]):
        yield duplicate(f"spec.ports[{i}].nodePort", ports[i]["nodePort"])


def _affinity(spec: Object) -> Iterator[Problem]:
    affinity, config = spec.get("sessionAffinity"), spec.get("sessionAffinityConfig")
    if affinity not in ("ClientIP", "None"):
        yield unsupported("spec.sessionAffinity", affinity, ("ClientIP", "None"))
    elif affinity == "None" and config:
        yield forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None")
    elif affinity == "ClientIP":
        yield from number("spec.sessionAffinityConfig.clientIP.timeoutSeconds",
                          ((config or _NONE).get("clientIP") or _NONE).get("timeoutSeconds"), 1, _LONGEST)


def _changes(spec: Object, was: Object) -> Iterator[Problem]:
    """An address is for ever: clients have it. Only from and to a type that has none it may change."""
    if "ExternalName" in (spec.get("type"), was.get("type")):
        return
    if was.get("clusterIP") and spec.get("clusterIP") != was["clusterIP"]:
        yield invalid("spec.clusterIPs[0]", spec.get("clusterIP") or "", "may not change once set")


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.IPv4Address(text))
    except ValueError:
        return False


def status(service: Object) -> Mapping:
    return {"loadBalancer": {}}


def addresses_shown(service: Object) -> str:
    """CLUSTER-IP, as ``get`` shows it."""
    return service["spec"].get("clusterIP") or ""


def external_shown(service: Object) -> str:
    """EXTERNAL-IP, as ``get`` shows it."""
    spec = service["spec"]
    if spec.get("type") == "LoadBalancer":
        return "<pending>"
    return spec.get("externalName") or ""


def ports_shown(service: Object) -> str:
    """PORT(S), as ``get`` shows them: '80/TCP', '80:30080/TCP'."""
    return ",".join(f"{port['port']}{':' + str(port['nodePort']) if port.get('nodePort') else ''}/{port['protocol']}"
                    for port in service["spec"].get("ports") or ())


def _selector(service: Object) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted((service["spec"].get("selector") or _NONE).items()))


SERVICE = Kind("Service", "services", short=("svc",), default=default, validate=validate, status=status, columns=(
    NAME, column("TYPE", lambda service: service["spec"].get("type")), column("CLUSTER-IP", addresses_shown),
    column("EXTERNAL-IP", external_shown), column("PORT(S)", ports_shown), AGE,
    column("SELECTOR", _selector, wide=True)))

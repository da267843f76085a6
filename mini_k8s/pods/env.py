"""Which environment does a container get? Written down, or read from the pod itself, a ConfigMap or a Secret.

``$(NAME)`` in a value, a command or an argument stands for a variable that was named before; ``$$(NAME)`` is a plain
``$(NAME)``. Upstream: ``makeEnvironmentVariables`` in ``pkg/kubelet/kubelet_pods.go``,
``third_party/forked/golang/expansion``.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping

from mini_k8s.errors import NotFound, StatusError
from mini_k8s.objects import Object
from mini_k8s.quantities import Quantity, parse

Read = Callable[[str, str], Object]  # (kind, name) -> the object of the pod's namespace; raises NotFound
_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_REFERENCE = re.compile(r"\$(\$|\(([^()]*)\))")
_BY_STATUS = {"status.hostIP": "hostIP", "status.podIP": "podIP"}


class ConfigError(StatusError):
    """A container cannot be made because what it refers to is not there (yet)."""

    reason, code = "CreateContainerConfigError", 422
    container = ""  # whose it is, where it is said while the volumes of its pod are made


def environment(pod: Object, container: Mapping, read: Read, addresses: Mapping[str, str]) -> dict[str, str]:
    """name -> value for one container.

    addresses   "podIP" and "hostIP", as they are now

    Raises ConfigError where a ConfigMap, a Secret or a key is missing that is not optional.
    """
    env: dict[str, str] = {}
    for source in container.get("envFrom") or ():
        prefix = source.get("prefix") or ""
        for kind, ref in (("ConfigMap", source.get("configMapRef")), ("Secret", source.get("secretRef"))):
            if ref is not None:
                found = data_of(kind, ref, read)
                env |= {prefix + key: text(value) for key, value in found.items() if _NAME.fullmatch(prefix + key)}
    for var in container.get("env") or ():
        name, source = var["name"], var.get("valueFrom")
        if source is None:
            env[name] = expand(var.get("value") or "", env)
        elif (value := _from(pod, container, source, read, addresses)) is not None:
            env[name] = value
    return env


def expand(value: str, env: Mapping[str, str]) -> str:
    """``value`` with each $(NAME) that is known replaced; one that is not known stays as it is written."""

    def known(match: re.Match) -> str:
        return "$" if match[1] == "$" else env.get(match[2], match[0])

    return _REFERENCE.sub(known, value)


def missing(value: str, env: Mapping[str, str]) -> list[str]:
    """The names to which ``value`` refers, and which are not known or empty."""
    return sorted({match[2] for match in _REFERENCE.finditer(value) if match[1] != "$" and not env.get(match[2])})


def field(pod: Object, path: str, addresses: Mapping[str, str]) -> str:
    """A field of the pod, as the downward API gives it: metadata.name, metadata.labels['app'], spec.nodeName …

    Raises ConfigError for one that cannot be had.
    """
    if path in _BY_STATUS:
        return addresses.get(_BY_STATUS[path], "")
    if path in ("status.podIPs", "status.hostIPs"):
        return addresses.get(path.removeprefix("status.").removesuffix("s"), "")
    if part := re.fullmatch(r"metadata\.(labels|annotations)(?:\['(.+)'\])?", path):
        given = pod["metadata"].get(part[1]) or {}
        if part[2]:
            return given.get(part[2], "")
        return "\n".join(f'{key}="{_escaped(value)}"' for key, value in sorted(given.items()))
    if path in ("metadata.name", "metadata.namespace", "metadata.uid"):
        return pod["metadata"][path.partition(".")[2]]
    if path in ("spec.nodeName", "spec.serviceAccountName"):
        return pod["spec"].get(path.partition(".")[2]) or ""
    raise ConfigError(f"fieldPath {path!r} is none that can be had. Use metadata.name, metadata.namespace, "
                      "metadata.uid, metadata.labels['KEY'], metadata.annotations['KEY'], spec.nodeName, "
                      "spec.serviceAccountName, status.hostIP or status.podIP.")


def resource(pod: Object, container: Mapping, ref: Mapping, room: Mapping[str, str]) -> str:
    """A request or limit of a container, in units of its divisor, rounded up. Without a limit: what the node has."""
    name = ref.get("containerName") or container.get("name")
    of = next((c for part in ("containers", "initContainers") for c in pod["spec"].get(part) or ()
               if c["name"] == name), {})
    part, _, what = (ref.get("resource") or "").partition(".")
    given = ((of.get("resources") or {}).get(part) or {}).get(what)
    if given is None and part == "limits":
        given = room.get(what)
    amount, unit = parse(str(given or 0)), parse(str(ref.get("divisor") or 1)) or Quantity(10**9)
    return str(-(-amount.nano // unit.nano))


def data_of(kind: str, ref: Mapping, read: Read, keys: tuple[str, ...] = ()) -> Mapping[str, bytes]:
    """key -> content of a ConfigMap or Secret, or nothing where an optional one is missing. Raises ConfigError."""
    name = ref.get("name") or ref.get("secretName") or ""
    try:
        found = read(kind, name)
    except NotFound:
        if ref.get("optional"):
            return {}
        raise ConfigError(f'{kind.lower()} "{name}" not found') from None
    if kind == "Secret":
        data = {key: _decoded(value) for key, value in (found.get("data") or {}).items()}
    else:
        data = {key: value.encode() for key, value in (found.get("data") or {}).items()}
        data |= {key: _decoded(value) for key, value in (found.get("binaryData") or {}).items()}
    for key in keys:
        if key not in data and not ref.get("optional"):
            where = f"{found['metadata']['namespace']}/{name}"
            raise ConfigError(f"couldn't find key {key} in {kind} {where}")
    return data


def text(content: bytes) -> str:
    """As a variable holds it."""
    return content.decode(errors="surrogateescape").replace("\0", "")


def _from(pod: Object, container: Mapping, source: Mapping, read: Read, addresses: Mapping[str, str]) -> str | None:
    if ref := source.get("fieldRef"):
        return field(pod, ref["fieldPath"], addresses)
    if ref := source.get("resourceFieldRef"):
        return resource(pod, container, ref, addresses)
    for kind, part in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
        if ref := source.get(part):
            found = data_of(kind, ref, read, (ref["key"],))
            return text(found[ref["key"]]) if ref["key"] in found else None
    return None


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value)
    except (binascii.Error, ValueError):
        return b""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

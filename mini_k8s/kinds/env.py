"""What does a container find in its environment, and what is wrong with it?

Upstream: ``ValidateEnv`` and ``ValidateEnvFrom`` in ``pkg/apis/core/validation/validation.go``.
Left out: ``fileKeyRef``.
"""

import re
from collections.abc import Iterator, Mapping

from mini_k8s.kinds.shared import chosen, config_key, fill, name_required, printable, put, quantity
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, invalid, qualified, required, subdomain, unsupported

SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef")
ENV_FIELDS = ("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
              "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs")
FILE_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
RESOURCES = tuple(f"{kind}.{what}" for kind in ("limits", "requests")
                  for what in ("cpu", "ephemeral-storage", "memory"))
_NAME = re.compile(r"[ -<>-~]+")  # printable, and no "="
_ONE_OF_MAP = re.compile(r"metadata\.(?:labels|annotations)\['([^']*)'\]")


def with_defaults(var: Object) -> Object:
    """A variable, or a file of the downward API, with everything that its author left out."""
    if var.get("valueFrom"):
        return put(var, {"valueFrom": with_field_version(var["valueFrom"])})
    return var


def with_field_version(source: Object) -> Object:
    """A ``fieldRef`` speaks of the fields of some version of the API."""
    if source.get("fieldRef"):
        return put(source, {"fieldRef": fill(source["fieldRef"], {"apiVersion": "v1"})})
    return source


def problems(container: Mapping, at: str) -> Iterator[Problem]:
    """Everything that is wrong with ``env`` and ``envFrom``."""
    for i, var in enumerate(container.get("env") or ()):
        here, name = f"{at}.env[{i}]", var.get("name")
        if not name:
            yield required(f"{here}.name")
        elif not _NAME.fullmatch(name):
            yield invalid(f"{here}.name", name, "a valid environment variable name must consist only of printable "
                                                "ASCII characters other than '='")
        if var.get("value"):
            yield from printable(f"{here}.value", var["value"])
        if var.get("valueFrom") is not None:
            yield from _source(var["valueFrom"], f"{here}.valueFrom", var.get("value"))
    for i, source in enumerate(container.get("envFrom") or ()):
        yield from _env_from(source, f"{at}.envFrom[{i}]")


def field_ref(ref: Mapping, at: str, fields: tuple[str, ...]) -> Iterator[Problem]:
    """What is wrong with a reference to a field of the pod itself."""
    path = ref.get("fieldPath")
    if ref.get("apiVersion") not in (None, "", "v1"):
        yield invalid(f"{at}.apiVersion", ref["apiVersion"], "must be v1")
    if not path:
        yield required(f"{at}.fieldPath")
    elif one := _ONE_OF_MAP.fullmatch(path):
        if why := qualified(one[1]):
            yield invalid(f"{at}.fieldPath", path, why)
    elif path not in fields:
        yield unsupported(f"{at}.fieldPath", path, fields)


def resource_ref(ref: Mapping, at: str) -> Iterator[Problem]:
    """What is wrong with a reference to what a container asks for."""
    if not ref.get("resource"):
        yield required(f"{at}.resource")
    elif ref["resource"] not in RESOURCES and "hugepages-" not in ref["resource"]:
        yield unsupported(f"{at}.resource", ref["resource"], RESOURCES)
    if ref.get("divisor") is not None:
        yield from quantity(f"{at}.divisor", ref["divisor"])[1]


def _source(source: Mapping, at: str, value: str | None) -> Iterator[Problem]:
    found = chosen(source, (*SOURCES, "fileKeyRef"))
    if value:
        yield invalid(at, "", "may not be specified when `value` is not empty")
    if not found:
        yield invalid(at, "", f"must specify one of: {', '.join(f'`{name}`' for name in SOURCES)}")
    if len(found) > 1:
        yield invalid(at, "", "may not have more than one field specified at a time")
    if source.get("fieldRef"):
        yield from field_ref(source["fieldRef"], f"{at}.fieldRef", ENV_FIELDS)
    if source.get("resourceFieldRef"):
        yield from resource_ref(source["resourceFieldRef"], f"{at}.resourceFieldRef")
    for name in ("configMapKeyRef", "secretKeyRef"):
        if (ref := source.get(name)) is not None:
            yield from _named(ref, f"{at}.{name}")
            if not ref.get("key"):
                yield required(f"{at}.{name}.key")
            elif why := config_key(ref["key"]):
                yield invalid(f"{at}.{name}.key", ref["key"], why)


def _env_from(source: Mapping, at: str) -> Iterator[Problem]:
    found = chosen(source, ("configMapRef", "secretRef"))
    if source.get("prefix") and not _NAME.fullmatch(source["prefix"]):
        yield invalid(f"{at}.prefix", source["prefix"], "must consist only of printable ASCII characters other "
                                                        "than '='")
    if not found:
        yield invalid(at, "", "must specify one of: `configMapRef` or `secretRef`")
    if len(found) > 1:
        yield invalid(at, "", "may not have more than one field specified at a time")
    for name in found:
        yield from _named(source[name], f"{at}.{name}")


def _named(ref: Mapping, at: str) -> Iterator[Problem]:
    """A reference by name to an object of the pod's namespace."""
    yield from name_required(at, ref)
    if ref.get("name") and (why := subdomain(ref["name"])):
        yield invalid(f"{at}.name", ref["name"], why)

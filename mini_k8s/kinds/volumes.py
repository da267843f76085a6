"""What storage does a pod bring along, and what is wrong with it?

Upstream: ``ValidateVolumes`` in ``pkg/apis/core/validation/validation.go``. Volumes that this kit cannot provide are no
mistake of the manifest; the kubelet says that it cannot. Left out: checks of their fields.
"""

from collections.abc import Iterator, Mapping

from mini_k8s.fields import messages
from mini_k8s.kinds import env
from mini_k8s.kinds.shared import (
    chosen,
    config_key,
    each,
    fill,
    name_required,
    printable,
    put,
    quantity,
    relative_path,
    repeated,
)
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, duplicate, forbidden, invalid, label, required, unsupported

SOURCES = tuple(name for name in messages()["Volume"] if name != "name")
_PROJECTED = tuple(messages()["VolumeProjection"])
_HOST_PATHS = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
_MODE = 0o644  # of files whose author says nothing: 420 in decimal, as JSON has it


def with_defaults(volume: Object) -> Object:
    """The volume with everything that its author left out; without any source it is an empty directory."""
    if not chosen(volume, SOURCES):
        return Object({**volume, "emptyDir": Object()})
    parts = {name: fill(volume[name], {"defaultMode": _MODE})
             for name in ("configMap", "secret", "downwardAPI", "projected") if volume.get(name) is not None}
    if source := parts.get("downwardAPI"):
        parts["downwardAPI"] = _downward_defaults(source)
    if source := parts.get("projected"):
        parts["projected"] = put(source, {"sources": each(source.get("sources"), _projection_defaults)})
    if volume.get("hostPath") is not None:
        parts["hostPath"] = fill(volume["hostPath"], {"type": ""}) if "type" not in volume["hostPath"] \
            else volume["hostPath"]
    return put(volume, parts)


def problems(volumes: tuple, at: str) -> Iterator[Problem]:
    """Everything that is wrong with a pod's volumes."""
    for i, volume in enumerate(volumes):
        here, name = f"{at}[{i}]", volume.get("name")
        if not name:
            yield required(f"{here}.name")
        elif why := label(name):
            yield invalid(f"{here}.name", name, why)
        found = chosen(volume, SOURCES)
        for more in found[1:]:
            yield forbidden(f"{here}.{more}", "may not specify more than 1 volume type")
        if found and (check := _CHECKS.get(found[0])):
            yield from check(volume[found[0]], f"{here}.{found[0]}")
    for i, name in repeated(volume.get("name") for volume in volumes):
        yield duplicate(f"{at}[{i}].name", name)


def _empty_dir(source: Mapping, at: str) -> Iterator[Problem]:
    medium = source.get("medium") or ""
    if medium not in ("", "Memory") and not medium.startswith("HugePages"):
        yield unsupported(f"{at}.medium", medium, ("", "Memory"))
    if source.get("sizeLimit") is not None:
        yield from quantity(f"{at}.sizeLimit", source["sizeLimit"])[1]


def _config_map(source: Mapping, at: str) -> Iterator[Problem]:
    yield from name_required(at, source)
    yield from _files(source, at)


def _secret(source: Mapping, at: str) -> Iterator[Problem]:
    yield from name_required(at, source, "secretName")
    yield from _files(source, at)


def _files(source: Mapping, at: str) -> Iterator[Problem]:
    """Which keys become files, where, and who may read them."""
    yield from _mode(source.get("defaultMode"), f"{at}.defaultMode")
    for i, item in enumerate(source.get("items") or ()):
        here = f"{at}.items[{i}]"
        if not item.get("key"):
            yield required(f"{here}.key")
        elif why := config_key(item["key"]):
            yield invalid(f"{here}.key", item["key"], why)
        yield from _path(item.get("path"), f"{here}.path")
        yield from _mode(item.get("mode"), f"{here}.mode")


def _downward(source: Mapping, at: str) -> Iterator[Problem]:
    yield from _mode(source.get("defaultMode"), f"{at}.defaultMode")
    for i, item in enumerate(source.get("items") or ()):
        here, field, resource = f"{at}.items[{i}]", item.get("fieldRef"), item.get("resourceFieldRef")
        yield from _path(item.get("path"), f"{here}.path")
        yield from _mode(item.get("mode"), f"{here}.mode")
        if field is not None and resource is not None:
            yield invalid(here, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
        if field is not None:
            yield from env.field_ref(field, f"{here}.fieldRef", env.FILE_FIELDS)
        elif resource is not None:
            if not resource.get("containerName"):
                yield required(f"{here}.resourceFieldRef.containerName")
            yield from env.resource_ref(resource, f"{here}.resourceFieldRef")
        else:
            yield required(f"{here}.fieldRef", "one of fieldRef and resourceFieldRef is required")


def _projected(source: Mapping, at: str) -> Iterator[Problem]:
    yield from _mode(source.get("defaultMode"), f"{at}.defaultMode")
    paths = []
    for i, part in enumerate(source.get("sources") or ()):
        here, found = f"{at}.sources[{i}]", chosen(part, _PROJECTED)
        if not found:
            yield required(here, f"must specify one of: {', '.join(_PROJECTED)}")
        for more in found[1:]:
            yield forbidden(f"{here}.{more}", "may not specify more than 1 volume type")
        for name in found[:1]:
            given = part[name]
            if name in ("configMap", "secret"):
                yield from _config_map(given, f"{here}.{name}")
            elif name == "downwardAPI":
                yield from _downward(given, f"{here}.{name}")
            else:
                yield from _path(given.get("path"), f"{here}.{name}.path") if isinstance(given, Mapping) else ()
            if isinstance(given, Mapping):
                paths += [item.get("path") for item in given.get("items") or ()]
                paths += [given["path"]] if given.get("path") else []
    for _, path in repeated(paths):
        yield invalid(at, path, "conflicting duplicate paths")


def _host_path(source: Mapping, at: str) -> Iterator[Problem]:
    path = source.get("path")
    if not path:
        yield required(f"{at}.path")
    elif ".." in path.split("/"):
        yield invalid(f"{at}.path", path, "must not contain '..'")
    else:
        yield from printable(f"{at}.path", path)
    if (source.get("type") or "") not in _HOST_PATHS:
        yield unsupported(f"{at}.type", source["type"], _HOST_PATHS)


def _claim(source: Mapping, at: str) -> Iterator[Problem]:
    yield from name_required(at, source, "claimName")


_CHECKS = {"emptyDir": _empty_dir, "configMap": _config_map, "secret": _secret, "downwardAPI": _downward,
           "projected": _projected, "hostPath": _host_path, "persistentVolumeClaim": _claim}


def _path(path: str | None, at: str) -> Iterator[Problem]:
    """Where a file of a volume lies. Names that begin with '..' are the kubelet's own."""
    if not path:
        yield required(at)
        return
    yield from relative_path(at, path)
    if path.startswith("..") and ".." not in path.split("/"):
        yield invalid(at, path, "must not start with '..'")


def _mode(mode: int | None, at: str) -> Iterator[Problem]:
    if mode is not None and not 0 <= mode <= 0o777:
        yield invalid(at, mode, "must be a number between 0 and 0777 (octal), both inclusive")


def _downward_defaults(source: Object) -> Object:
    return put(source, {"items": each(source.get("items"), env.with_field_version)})


def _projection_defaults(source: Object) -> Object:
    if source.get("downwardAPI"):
        return put(source, {"downwardAPI": _downward_defaults(source["downwardAPI"])})
    if source.get("serviceAccountToken"):
        return put(source, {"serviceAccountToken": fill(source["serviceAccountToken"], {"expirationSeconds": 3600})})
    return source



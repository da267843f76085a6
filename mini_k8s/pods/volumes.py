"""Which volumes does a pod have, and what lies in them?

From the manifest to the plain specs that a runtime takes, and to the files of those that hold a ConfigMap, a Secret or
fields of the pod itself. Upstream: ``pkg/volume/{emptydir,configmap,secret,downwardapi,projected,hostpath}``,
``makeMounts`` in ``pkg/kubelet/kubelet_pods.go``. Left out: a part of an emptyDir with the pod's address in its name
(there is none yet when volumes are made), or with a name that changes afterwards.
"""

import posixpath
from collections.abc import Callable, Iterator, Mapping

from mini_k8s.objects import Object
from mini_k8s.pods.env import ConfigError, Read, data_of, expand, field, missing, resource
from mini_k8s.quantities import parse
from mini_k8s.runtimes import MEMORY, File, Mount, VolumeSpec

FILES = ("configMap", "secret", "downwardAPI", "projected")
_MODE = 0o644  # upstream's defaultMode, 420


def volume_specs(pod: Object, sandbox: str, labels: Mapping[str, str],
                 env_of: Callable[[Mapping], Mapping[str, str]] = lambda container: {}) -> Iterator[VolumeSpec]:
    """The volumes that are made for this pod: all but those of the host.

    sandbox   the name of the pod's sandboxes
    env_of    the environment of a container

    Raises ConfigError where a part of a volume has no name that it can have, and says of which container.
    """
    group = (pod["spec"].get("securityContext") or {}).get("fsGroup")
    for volume in pod["spec"].get("volumes") or ():
        kind = source_of(volume)
        if kind in FILES:
            secret = kind == "secret" or any("secret" in source for source in volume[kind].get("sources") or ())
            yield VolumeSpec(sandbox, volume["name"], labels, MEMORY if secret else "", group=group, files=True)
        elif kind == "emptyDir":
            about = volume.get("emptyDir") or {}
            medium = about.get("medium") or ""
            size = parse(str(about["sizeLimit"])).value() if about.get("sizeLimit") and medium == MEMORY else None
            yield VolumeSpec(sandbox, volume["name"], labels, medium, size, group,
                             sub_paths=tuple(sorted(_sub_paths(pod, volume["name"], env_of))))


def mounts(pod: Object, container: Mapping, ids: Mapping[str, str], env: Mapping[str, str] = {}) -> tuple[Mount, ...]:
    """Where one container finds them.

    ids   volume's name -> its id, of those that are made for the pod
    env   the container's environment

    Raises ConfigError where it wants a part of a volume that has no name, or one that leads out.
    """
    by_name = {volume["name"]: volume for volume in pod["spec"].get("volumes") or ()}
    found = []
    for mount in container.get("volumeMounts") or ():
        volume = by_name[mount["name"]]
        kind, path = source_of(volume), mount["mountPath"]
        part = sub_path(mount, env)
        if kind == "hostPath":
            about = volume["hostPath"]
            found.append(Mount(path, host=about["path"], host_type=about.get("type") or "",
                               read_only=bool(mount.get("readOnly")), sub_path=part))
        else:
            found.append(Mount(path, ids[mount["name"]], bool(mount.get("readOnly")) or kind in FILES, part))
    return tuple(found)


def sub_path(mount: Mapping, env: Mapping[str, str]) -> str:
    """The part of a volume that is mounted, "" for the whole. Raises ConfigError, in the words of Kubernetes."""
    path = mount.get("subPath") or ""
    if expression := mount.get("subPathExpr"):
        if unknown := missing(expression, env):
            raise ConfigError(f"missing value for {', '.join(unknown)}")
        path = expand(expression, env)
    if path.startswith("/"):
        raise ConfigError(f"error SubPath `{path}` must not be an absolute path")
    if ".." in path.split("/"):
        raise ConfigError(f"unable to provision SubPath `{path}`: must not contain '..'")
    path = posixpath.normpath(path)
    return "" if path == "." else path


def files(pod: Object, read: Read, addresses: Mapping[str, str]) -> dict[str, dict[str, File]]:
    """volume's name -> path -> file, for the volumes that hold files of ours. Raises ConfigError where some is missing.
    """
    return {volume["name"]: _files(pod, source_of(volume), volume[source_of(volume)], read, addresses)
            for volume in pod["spec"].get("volumes") or () if source_of(volume) in FILES}


def source_of(volume: Mapping) -> str:
    """Of which kind it is: "emptyDir", "configMap" …"""
    return next((name for name in volume if name != "name"), "emptyDir")


def _files(pod: Object, kind: str, about: Mapping, read: Read, addresses: Mapping[str, str],
           mode: int | None = None) -> dict[str, File]:
    mode = about.get("defaultMode") if about.get("defaultMode") is not None else _MODE if mode is None else mode
    if kind == "projected":
        found: dict[str, File] = {}
        for source in about.get("sources") or ():
            for part in ("configMap", "secret", "downwardAPI"):
                if part in source:
                    found |= _files(pod, part, source[part], read, addresses, mode)
        return found
    if kind == "downwardAPI":
        return {item["path"]: File(_item(pod, item, addresses).encode(), _mode(item, mode))
                for item in about.get("items") or ()}
    items = about.get("items")
    data = data_of("Secret" if kind == "secret" else "ConfigMap", about, read, tuple(i["key"] for i in items or ()))
    if items is None:
        return {key: File(content, mode) for key, content in data.items()}
    return {item["path"]: File(data[item["key"]], _mode(item, mode)) for item in items if item["key"] in data}


def _item(pod: Object, item: Mapping, addresses: Mapping[str, str]) -> str:
    if ref := item.get("fieldRef"):
        return field(pod, ref["fieldPath"], addresses)
    return resource(pod, {}, item["resourceFieldRef"], addresses)


def _mode(item: Mapping, mode: int) -> int:
    return mode if item.get("mode") is None else item["mode"]


def _sub_paths(pod: Object, name: str, env_of: Callable[[Mapping], Mapping[str, str]]) -> set[str]:
    found = set()
    for part in ("containers", "initContainers"):
        for c in pod["spec"].get(part) or ():
            for mount in c.get("volumeMounts") or ():
                if mount["name"] == name:
                    try:
                        found.add(sub_path(mount, env_of(c) if mount.get("subPathExpr") else {}))
                    except ConfigError as error:
                        error.container = c["name"]
                        raise
    return found - {""}

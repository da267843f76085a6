"""Which volumes does a pod have, and what lies in them?

From the manifest to the plain specs that a runtime takes, and to the files of those that hold a ConfigMap, a Secret or
fields of the pod itself. Upstream: ``pkg/volume/{emptydir,configmap,secret,downwardapi,projected,hostpath}``.
"""

from collections.abc import Iterator, Mapping

from mini_k8s.objects import Object
from mini_k8s.pods.env import Read, data_of, field, resource
from mini_k8s.quantities import parse
from mini_k8s.runtimes import MEMORY, File, Mount, VolumeSpec

FILES = ("configMap", "secret", "downwardAPI", "projected")
_MODE = 0o644  # upstream's defaultMode, 420


def volume_specs(pod: Object, sandbox: str, labels: Mapping[str, str]) -> Iterator[VolumeSpec]:
    """The volumes that are made for this pod: all but those of the host.

    sandbox   the name of the pod's sandboxes
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
                             sub_paths=tuple(sorted(_sub_paths(pod, volume["name"]))))


def mounts(pod: Object, container: Mapping, ids: Mapping[str, str], expand=lambda path: path) -> tuple[Mount, ...]:
    """Where one container finds them.

    ids   volume's name -> its id, of those that are made for the pod
    """
    by_name = {volume["name"]: volume for volume in pod["spec"].get("volumes") or ()}
    found = []
    for mount in container.get("volumeMounts") or ():
        volume = by_name[mount["name"]]
        kind, path = source_of(volume), mount["mountPath"]
        sub_path = expand(mount["subPathExpr"]) if mount.get("subPathExpr") else mount.get("subPath") or ""
        if kind == "hostPath":
            about = volume["hostPath"]
            found.append(Mount(path, host=about["path"], host_type=about.get("type") or "",
                               read_only=bool(mount.get("readOnly"))))
        else:
            found.append(Mount(path, ids[mount["name"]], bool(mount.get("readOnly")) or kind in FILES, sub_path))
    return tuple(found)


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


def _sub_paths(pod: Object, name: str) -> set[str]:
    return {mount["subPath"] for part in ("containers", "initContainers") for c in pod["spec"].get(part) or ()
            for mount in c.get("volumeMounts") or () if mount["name"] == name and mount.get("subPath")}

"""What is a pod's container told? From the manifest to the plain specs that a runtime takes.

Upstream: ``pkg/kubelet/kuberuntime/kuberuntime_container.go``, ``kuberuntime_sandbox.go`` and ``security_context.go``.
"""

from collections.abc import Container, Iterator, Mapping, Sequence

from mini_k8s.kinds.containers import MESSAGE_PATH
from mini_k8s.network.dns import ZONE
from mini_k8s.objects import Object
from mini_k8s.pods import GRACE, NAMESPACE, NODE, POD, UID
from mini_k8s.pods.env import ConfigError, expand
from mini_k8s.quantities import parse
from mini_k8s.runtimes import (
    MESSAGES,
    ContainerSpec,
    Dns,
    HostPort,
    Image,
    Mount,
    Resources,
    SandboxSpec,
    Security,
)

_NONE: Mapping = {}


def sandbox_name(pod: Object) -> str:
    """A name for the pod's sandboxes: readable, and of this very pod only."""
    meta = pod["metadata"]
    return f"{meta['name'].replace('.', '-')[:50].strip('-')}-{meta['uid'][:8]}"


def labels_of(pod: Object) -> dict[str, str]:
    """Whose sandbox, container or volume it is."""
    meta, spec = pod["metadata"], pod["spec"]
    return {POD: meta["name"], NAMESPACE: meta["namespace"], UID: meta["uid"], NODE: spec.get("nodeName") or "",
            GRACE: str(spec.get("terminationGracePeriodSeconds") or 0)}


def sandbox_spec(pod: Object, attempt: int, volumes: Sequence[str] = (),
                 can: Container[str] = (MESSAGES,), dns: str = "") -> SandboxSpec:
    """What all containers of the pod share.

    volumes   the ids of those that were made for it
    can       what the runtime can
    dns       the address of the cluster's DNS server; empty where there is none
    """
    spec = pod["spec"]
    hosts: dict[str, list[str]] = {}
    for alias in spec.get("hostAliases") or ():
        hosts.setdefault(alias["ip"], []).extend(alias.get("hostnames") or ())
    ports = [HostPort(p["containerPort"], p["hostPort"], p.get("protocol") or "TCP", p.get("hostIP") or "127.0.0.1")
             for c in all_containers(pod) for p in c.get("ports") or () if p.get("hostPort")]
    hostname = (spec.get("hostname") or pod["metadata"]["name"].replace(".", "-"))[:63].strip("-")
    return SandboxSpec(sandbox_name(pod), hostname, labels_of(pod), attempt=attempt, volumes=tuple(volumes),
                       hosts=hosts, dns=resolver(pod, dns), host_ports=tuple(ports),
                       share_processes=bool(spec.get("shareProcessNamespace")),
                       messages=tuple(c["name"] for c in all_containers(pod) if message_path(pod, c, can))
                       if MESSAGES in can else ())


def resolver(pod: Object, server: str) -> Dns:
    """Where the pod's names are asked for: the cluster's server, unless its policy says otherwise. Upstream:
    ``pkg/kubelet/network/dns/dns.go``."""
    spec = pod["spec"]
    config, policy = spec.get("dnsConfig") or _NONE, spec.get("dnsPolicy") or "ClusterFirst"
    options = {o["name"]: str(o.get("value") or "") for o in config.get("options") or ()}
    servers, searches = [*(config.get("nameservers") or ())], [*(config.get("searches") or ())]
    if server and policy.startswith("ClusterFirst"):
        zones = (f"{pod['metadata']['namespace']}.svc.{ZONE}", f"svc.{ZONE}", ZONE)
        servers, searches, options = [server, *servers], [*zones, *searches], {"ndots": "5", **options}
    return Dns(tuple(dict.fromkeys(servers)), tuple(dict.fromkeys(searches)),
               tuple(f"{name}:{value}" if value else name for name, value in options.items()))


def container_spec(pod: Object, container: Mapping, attempt: int, env: Mapping[str, str],
                   mounts: Sequence[Mount] = (), image: Image | None = None,
                   can: Container[str] = (MESSAGES,)) -> ContainerSpec:
    """One attempt of one container. ``image`` is what its image says of itself, where that counts, and ``can`` is what
    the runtime can.

    Raises ConfigError where it is to run as somebody other than root, and would run as root.
    """
    command = [expand(word, env) for word in container.get("command") or ()]
    return ContainerSpec(
        container["name"], container["image"], command or None, env, labels_of(pod), attempt=attempt,
        args=tuple(expand(word, env) for word in container.get("args") or ()), mounts=tuple(mounts),
        working_dir=container.get("workingDir") or "", resources=resources(container),
        security=security(pod, container, image), stdin=bool(container.get("stdin")), tty=bool(container.get("tty")),
        message=message_path(pod, container, can))


def message_path(pod: Object, container: Mapping, can: Container[str]) -> str:
    """Where it may leave its last message. A path that somebody chose is asked for also where the runtime has none."""
    path = container.get("terminationMessagePath") or ""
    if pod["spec"].get("shareProcessNamespace") or (path == MESSAGE_PATH and MESSAGES not in can):
        return ""
    return path


def resources(container: Mapping) -> Resources:
    """Requests and limits, in processors and bytes."""
    given = container.get("resources") or _NONE
    limits, requests = given.get("limits") or _NONE, given.get("requests") or _NONE

    def cpu(of: Mapping) -> float | None:
        return parse(str(of["cpu"])).milli() / 1000 if of.get("cpu") is not None else None

    memory = parse(str(limits["memory"])).value() if limits.get("memory") is not None else None
    return Resources(cpu(limits) or None, cpu(requests) or None, memory or None)


def security(pod: Object, container: Mapping, image: Image | None) -> Security:
    """As whom it runs, and what it may do: the container's word counts before the pod's."""
    of_pod, own = pod["spec"].get("securityContext") or _NONE, container.get("securityContext") or _NONE

    def said(name: str):
        return own[name] if own.get(name) is not None else of_pod.get(name)

    user, group = said("runAsUser"), said("runAsGroup")
    if said("runAsNonRoot"):
        _check_not_root(user, image)
    groups = [*(of_pod.get("supplementalGroups") or ())]
    if of_pod.get("fsGroup") is not None:
        groups.append(of_pod["fsGroup"])
    capabilities = own.get("capabilities") or _NONE
    return Security(user, group if user is not None else None, tuple(groups), bool(own.get("readOnlyRootFilesystem")),
                    tuple(capabilities.get("add") or ()), tuple(capabilities.get("drop") or ()),
                    own.get("allowPrivilegeEscalation") is False)


def needs_image(pod: Object, container: Mapping) -> bool:
    """Does it matter what the image says of itself?"""
    of_pod, own = pod["spec"].get("securityContext") or _NONE, container.get("securityContext") or _NONE
    return bool(own.get("runAsNonRoot") if own.get("runAsNonRoot") is not None else of_pod.get("runAsNonRoot"))


def all_containers(pod: Object) -> Iterator[Mapping]:
    """Init containers and others, in the order in which they begin."""
    yield from pod["spec"].get("initContainers") or ()
    yield from pod["spec"].get("containers") or ()


def _check_not_root(user: int | None, image: Image | None) -> None:
    if user == 0:
        raise ConfigError("container's runAsUser breaks non-root policy: runAsUser is 0 and runAsNonRoot is true")
    if user is not None or image is None:
        return
    name = image.user.partition(":")[0]
    if name in ("", "0", "root"):
        raise ConfigError("container has runAsNonRoot and image will run as root. Say who it is to be: "
                          "securityContext.runAsUser")
    if not name.isdigit():
        raise ConfigError(f"container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user is "
                          "non-root. Say its number: securityContext.runAsUser")

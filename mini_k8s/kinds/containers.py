"""What does a pod's container say, and what is wrong with it? Its defaults and its checks.

Upstream: ``pkg/apis/core/v1/defaults.go`` and ``validateContainers`` in ``pkg/apis/core/validation/validation.go``.
Left out: resize policies, volume devices, Windows.
"""

from collections.abc import Iterator, Mapping

from mini_k8s.kinds import env, probes, resources, security
from mini_k8s.kinds.shared import each, fill, port_name, port_number, printable, put, relative_path, repeated
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, duplicate, forbidden, invalid, label, not_found, required, unsupported

PULL = ("Always", "IfNotPresent", "Never")
MESSAGE_PATH = "/dev/termination-log"
_DEFAULTS = {"resources": Object(), "terminationMessagePath": MESSAGE_PATH, "terminationMessagePolicy": "File"}


def with_defaults(container: Object, host_network: bool = False) -> Object:
    """The container with everything that its author left out."""
    container = fill(container, {**_DEFAULTS, "imagePullPolicy": pull_policy(container.get("image") or "")})
    parts = {"resources": resources.with_defaults(container["resources"])}
    if container.get("ports"):
        parts["ports"] = each(container["ports"], lambda port: _port(port, host_network))
    if container.get("env"):
        parts["env"] = each(container["env"], env.with_defaults)
    for name in probes.PROBES:
        if container.get(name) is not None:
            parts[name] = probes.with_defaults(container[name])
    if container.get("lifecycle"):
        parts["lifecycle"] = put(container["lifecycle"], {
            name: probes.handler_with_defaults(handler) for name, handler in container["lifecycle"].items()
            if isinstance(handler, Object)})
    return put(container, parts)


def pull_policy(image: str) -> str:
    """When an image is pulled, if nobody says so: an image whose tag may move ("latest", or none) every time."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return "IfNotPresent" if digest or tag not in ("", "latest") else "Always"


def problems(spec: Object, path: str) -> Iterator[Problem]:
    """Everything that is wrong with a pod's containers and init containers."""
    inits, apps = spec.get("initContainers") or (), spec.get("containers") or ()
    volumes = {volume.get("name") for volume in spec.get("volumes") or ()}
    if not apps:
        yield required(f"{path}.containers")
    names = [container.get("name") for container in (*inits, *apps)]
    for place, name in repeated(names):
        at = place - len(inits)
        yield duplicate(f"{path}.containers[{at}].name" if at >= 0 else f"{path}.initContainers[{place}].name", name)
    for i, container in enumerate(inits):
        at = f"{path}.initContainers[{i}]"
        yield from _container(container, at, volumes, spec)
        yield from _init(container, at)
    for i, container in enumerate(apps):
        at = f"{path}.containers[{i}]"
        yield from _container(container, at, volumes, spec)
        if container.get("restartPolicy") is not None:
            yield forbidden(f"{at}.restartPolicy", "may not be set for non-init containers")
    yield from _host_ports(inits, apps, path)


def _container(container: Mapping, at: str, volumes: set, spec: Object) -> Iterator[Problem]:
    get = container.get
    if not get("name"):
        yield required(f"{at}.name")
    elif why := label(get("name")):
        yield invalid(f"{at}.name", get("name"), why)
    image = get("image")
    if not image:
        yield required(f"{at}.image")
    elif image != image.strip():
        yield invalid(f"{at}.image", image, "must not have leading or trailing whitespace")
    if get("imagePullPolicy") not in PULL:
        yield unsupported(f"{at}.imagePullPolicy", get("imagePullPolicy"), PULL)
    if get("terminationMessagePolicy") not in ("File", "FallbackToLogsOnError"):
        yield invalid(f"{at}.terminationMessagePolicy", get("terminationMessagePolicy"),
                      "must be 'File' or 'FallbackToLogsOnError'")
    if get("ports"):
        yield from _ports(container["ports"], f"{at}.ports", bool(spec.get("hostNetwork")))
    if get("env") or get("envFrom"):
        yield from env.problems(container, at)
    if get("volumeMounts"):
        yield from _mounts(container["volumeMounts"], f"{at}.volumeMounts", volumes)
    if get("resources"):
        yield from resources.problems(container["resources"], f"{at}.resources")
    if get("securityContext"):
        yield from security.problems(container["securityContext"], f"{at}.securityContext")
    yield from probes.problems(container, at, spec.get("terminationGracePeriodSeconds") or 0)
    for name in ("command", "args"):
        for i, word in enumerate(get(name) or ()):
            yield from printable(f"{at}.{name}[{i}]", word)
    for name in ("workingDir", "terminationMessagePath"):
        if get(name):
            yield from printable(f"{at}.{name}", container[name])


def _init(container: Mapping, at: str) -> Iterator[Problem]:
    """An init container ends before the next one begins, so what goes on for ever makes no sense for it; a sidecar
    (``restartPolicy: Always``) goes on."""
    policy = container.get("restartPolicy")
    if policy not in (None, "Always"):
        yield unsupported(f"{at}.restartPolicy", policy, ("Always",))
    if policy != "Always":
        for name in ("lifecycle", *probes.PROBES):
            if container.get(name) is not None:
                yield forbidden(f"{at}.{name}", "may not be set for init containers without restartPolicy=Always")


def _port(port: Object, host_network: bool) -> Object:
    return fill(port, {"protocol": "TCP", **({"hostPort": port.get("containerPort")} if host_network else {})})


def _ports(ports: tuple, at: str, host_network: bool) -> Iterator[Problem]:
    for i, port in enumerate(ports):
        here = f"{at}[{i}]"
        if port.get("name") and (why := port_name(port["name"])):
            yield invalid(f"{here}.name", port["name"], why)
        if not port.get("containerPort"):
            yield required(f"{here}.containerPort")
        else:
            yield from port_number(f"{here}.containerPort", port["containerPort"])
        if port.get("hostPort"):
            yield from port_number(f"{here}.hostPort", port["hostPort"])
            if host_network and port["hostPort"] != port.get("containerPort"):
                yield invalid(f"{here}.hostPort", port["hostPort"],
                              "must match `containerPort` when `hostNetwork` is true")
        if port.get("protocol") not in ("TCP", "UDP", "SCTP"):
            yield unsupported(f"{here}.protocol", port.get("protocol"), ("SCTP", "TCP", "UDP"))
    for place, name in repeated(port.get("name") for port in ports):
        yield duplicate(f"{at}[{place}].name", name)


def _host_ports(inits: tuple, apps: tuple, path: str) -> Iterator[Problem]:
    """One port of a machine serves one container. Init containers are over before the others begin."""
    for kind, containers in (("initContainers", inits), ("containers", apps)):
        seen = set()
        for i, container in enumerate(containers):
            for j, port in enumerate(container.get("ports") or ()):
                if not port.get("hostPort"):
                    continue
                said = f"{port.get('protocol')}/{port.get('hostIP') or '0.0.0.0'}/{port['hostPort']}"
                if said in seen:
                    yield duplicate(f"{path}.{kind}[{i}].ports[{j}].hostPort", said)
                seen.add(said)


def _mounts(mounts: tuple, at: str, volumes: set) -> Iterator[Problem]:
    for i, mount in enumerate(mounts):
        here, name, where = f"{at}[{i}]", mount.get("name"), mount.get("mountPath")
        if not name:
            yield required(f"{here}.name")
        elif name not in volumes:
            yield not_found(f"{here}.name", name)
        if not where:
            yield required(f"{here}.mountPath")
        elif not where.startswith("/") or ":" in where:
            yield invalid(f"{here}.mountPath", where, "must be an absolute path, without ':'")
        else:
            yield from printable(f"{here}.mountPath", where)
        yield from relative_path(f"{here}.subPath", mount.get("subPath"))
        yield from relative_path(f"{here}.subPathExpr", mount.get("subPathExpr"))
        if mount.get("subPath") and mount.get("subPathExpr"):
            yield invalid(f"{here}.subPathExpr", mount["subPathExpr"], "subPathExpr and subPath are mutually exclusive")
        if mount.get("mountPropagation") not in (None, "None", "HostToContainer", "Bidirectional"):
            yield unsupported(f"{here}.mountPropagation", mount["mountPropagation"],
                              ("Bidirectional", "HostToContainer", "None"))
    for place, where in repeated(mount.get("mountPath") for mount in mounts):
        yield invalid(f"{at}[{place}].mountPath", where, "must be unique")



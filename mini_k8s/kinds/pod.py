"""What is a pod, to the API? Its defaults, its checks, the status it begins with, and how long it gets to end.

Upstream: ``pkg/registry/core/pod/strategy.go``, ``pkg/apis/core/v1/defaults.go`` and ``validatePodSpec``. Left out:
what admission plugins add there (a service account and its token, tolerations, priority), resize, claims.
"""

import ipaddress
from collections.abc import Iterator, Mapping

from mini_k8s.kind import Kind
from mini_k8s.kinds import containers, placement, pod_changes, pod_columns, resources, security, volumes
from mini_k8s.kinds.memo import Memo
from mini_k8s.kinds.shared import each, fill, name_required, number, one_line, put
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, forbidden, invalid, label, labels, qualified, required, subdomain, unsupported

RESTART = ("Always", "OnFailure", "Never")
_DNS = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_DEFAULTS = {"restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
             "schedulerName": "default-scheduler", "securityContext": Object(), "enableServiceLinks": True}
_LONGEST = 2**31 - 1  # seconds
_NONE = Object()


def default(pod: Object) -> Object:
    """The pod with everything that its author left out."""
    return put(pod, {"spec": SPECS.full(pod.get("spec") or _NONE)})


def spec_with_defaults(spec: Object) -> Object:
    """The spec of a pod, or of a template of pods, with everything that its author left out."""
    spec = fill(spec, _DEFAULTS)
    shared = bool(spec.get("hostNetwork"))
    return put(spec, {
        "volumes": each(spec.get("volumes"), volumes.with_defaults),
        "initContainers": each(spec.get("initContainers"), lambda one: containers.with_defaults(one, shared)),
        "containers": each(spec.get("containers"), lambda one: containers.with_defaults(one, shared))})


SPECS = Memo(spec_with_defaults)


def validate(pod: Object, old: Object | None) -> Iterator[Problem]:
    """Everything that is wrong with a pod, or with how it was changed."""
    spec = pod["spec"]
    if old is None and spec.get("ephemeralContainers"):
        yield forbidden("spec.ephemeralContainers", "cannot be set on create")
    if not SPECS.is_sound(spec):
        found = [*spec_problems(spec, "spec")]
        yield from found
        if not found:
            SPECS.found_sound(spec)
    if old is not None:
        yield from pod_changes.problems(pod, old)


def spec_problems(spec: Object, path: str) -> Iterator[Problem]:
    """Everything that is wrong with the spec of a pod, or of a template of pods."""
    get = spec.get
    if get("volumes"):
        yield from volumes.problems(spec["volumes"], f"{path}.volumes")
    yield from containers.problems(spec, path)
    if get("restartPolicy") not in RESTART:
        yield unsupported(f"{path}.restartPolicy", get("restartPolicy"), RESTART)
    yield from number(f"{path}.terminationGracePeriodSeconds", get("terminationGracePeriodSeconds"), 0)
    yield from number(f"{path}.activeDeadlineSeconds", get("activeDeadlineSeconds"), 1, _LONGEST)
    if get("nodeSelector"):
        yield from labels(f"{path}.nodeSelector", get("nodeSelector"))
    if get("securityContext"):
        yield from security.pod_problems(spec["securityContext"], f"{path}.securityContext")
    if get("tolerations") or get("affinity") or get("topologySpreadConstraints"):
        yield from placement.problems(spec, path)
    yield from _names(spec, path)
    yield from _network(spec, path)
    for i, gate in enumerate(get("readinessGates") or ()):
        if why := qualified(gate.get("conditionType") or ""):
            yield invalid(f"{path}.readinessGates[{i}].conditionType", gate.get("conditionType") or "", why)
    for i, gate in enumerate(get("schedulingGates") or ()):
        yield from name_required(f"{path}.schedulingGates[{i}]", gate)
    if get("schedulingGates") and get("nodeName"):
        yield forbidden(f"{path}.nodeName", "cannot be set until all schedulingGates have been cleared")
    if get("shareProcessNamespace") and get("hostPID"):
        yield invalid(f"{path}.shareProcessNamespace", True,
                      "ShareProcessNamespace and HostPID cannot both be enabled")
    if get("preemptionPolicy") not in (None, "", "Never", "PreemptLowerPriority"):
        yield unsupported(f"{path}.preemptionPolicy", get("preemptionPolicy"), ("Never", "PreemptLowerPriority"))
    if get("os") and get("os").get("name") not in ("linux", "windows"):
        yield unsupported(f"{path}.os.name", get("os").get("name") or "", ("linux", "windows"))


def _names(spec: Object, path: str) -> Iterator[Problem]:
    for field, check in (("nodeName", subdomain), ("serviceAccountName", subdomain), ("priorityClassName", subdomain),
                         ("runtimeClassName", subdomain), ("hostname", label), ("subdomain", label)):
        value = spec.get(field)
        if value and (why := check(value)):
            yield invalid(f"{path}.{field}", value, why)


def _network(spec: Object, path: str) -> Iterator[Problem]:
    if spec.get("dnsPolicy") not in _DNS:
        yield unsupported(f"{path}.dnsPolicy", spec.get("dnsPolicy"), _DNS)
    config, at = spec.get("dnsConfig") or _NONE, f"{path}.dnsConfig"
    servers, searches = config.get("nameservers") or (), config.get("searches") or ()
    if spec.get("dnsPolicy") == "None" and not servers:
        yield required(f"{at}.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None")
    if len(servers) > 3:
        yield invalid(f"{at}.nameservers", servers, "must not have more than 3 nameservers")
    for i, server in enumerate(servers):
        yield from _address(f"{at}.nameservers[{i}]", server)
    if len(searches) > 32:
        yield invalid(f"{at}.searches", searches, "must not have more than 32 search paths")
    for i, search in enumerate(searches):
        if search != "." and (why := subdomain(search.removesuffix(".").replace("_", "-"))):
            yield invalid(f"{at}.searches[{i}]", search, why)
    for i, option in enumerate(config.get("options") or ()):
        yield from name_required(f"{at}.options[{i}]", option)
        for name in ("name", "value"):
            yield from one_line(f"{at}.options[{i}].{name}", option.get(name) or "")
    for i, alias in enumerate(spec.get("hostAliases") or ()):
        yield from _address(f"{path}.hostAliases[{i}].ip", alias.get("ip") or "")
        for j, name in enumerate(alias.get("hostnames") or ()):
            if why := subdomain(name):
                yield invalid(f"{path}.hostAliases[{i}].hostnames[{j}]", name, why)


def _address(field: str, text: str) -> Iterator[Problem]:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        yield invalid(field, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")


def status(pod: Object) -> Mapping:
    """What is known of a pod before anybody has looked at it."""
    return {"phase": "Pending", "qosClass": resources.qos_class(pod["spec"])}


def grace(pod: Object, asked: int | None) -> int:
    """How many seconds the kubelet has to end a pod. None are needed where nothing can run (any more)."""
    spec = pod["spec"]
    if not spec.get("nodeName") or (pod.get("status") or _NONE).get("phase") in ("Succeeded", "Failed"):
        return 0
    return asked if asked is not None else spec.get("terminationGracePeriodSeconds", 30)


POD = Kind("Pod", "pods", short=("po",), default=default, validate=validate, status=status, grace=grace,
           columns=pod_columns.COLUMNS)

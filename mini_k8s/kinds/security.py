"""As whom does a pod run, and what is it allowed? The checks of its security contexts, and the baseline.

A pod that is privileged, or shares the machine's network or processes, owns the machine it runs on, so a cluster
refuses it unless whoever started the cluster allows that. Upstream: ``ValidateSecurityContext`` in
``pkg/apis/core/validation/validation.go``; the Pod Security Standards, level baseline, in
``k8s.io/pod-security-admission/policy``. Left out: levels by namespace, Windows, SELinux types.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from posixpath import normpath

from mini_k8s.errors import Forbidden
from mini_k8s.kinds.shared import number, repeated
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, duplicate, invalid, required, unsupported

_HIGHEST_ID = 2**31 - 1
CAPABILITIES = frozenset(  # those that containers have anyway
    ("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
     "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"))
_SYSCTLS = frozenset(  # those that touch nobody else
    ("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
     "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
     "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
     "net.ipv4.tcp_keepalive_probes"))
_SECCOMP = ("Localhost", "RuntimeDefault", "Unconfined")


def problems(given: Mapping, at: str) -> Iterator[Problem]:
    """Everything that is wrong with a container's security context."""
    yield from _common(given, at)
    added = [*((given.get("capabilities") or {}).get("add") or ())]
    if given.get("allowPrivilegeEscalation") is False:
        if given.get("privileged"):
            yield invalid(f"{at}", given, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
        if {"SYS_ADMIN", "CAP_SYS_ADMIN"} & set(added):
            yield invalid(f"{at}", given, "cannot set `allowPrivilegeEscalation` to false and "
                                          "`capabilities.Add` CAP_SYS_ADMIN")
    if given.get("procMount") not in (None, "Default", "Unmasked"):
        yield unsupported(f"{at}.procMount", given["procMount"], ("Default", "Unmasked"))


def pod_problems(given: Mapping, at: str) -> Iterator[Problem]:
    """Everything that is wrong with a pod's security context."""
    yield from _common(given, at)
    yield from number(f"{at}.fsGroup", given.get("fsGroup"), 0, _HIGHEST_ID)
    for i, group in enumerate(given.get("supplementalGroups") or ()):
        yield from number(f"{at}.supplementalGroups[{i}]", group, 0, _HIGHEST_ID)
    for name, allowed in (("fsGroupChangePolicy", ("Always", "OnRootMismatch")),
                          ("supplementalGroupsPolicy", ("Merge", "Strict"))):
        if given.get(name) not in (None, *allowed):
            yield unsupported(f"{at}.{name}", given[name], allowed)
    for i, sysctl in enumerate(given.get("sysctls") or ()):
        if not sysctl.get("name"):
            yield required(f"{at}.sysctls[{i}].name")
    for i, name in repeated(sysctl.get("name") for sysctl in given.get("sysctls") or ()):
        yield duplicate(f"{at}.sysctls[{i}].name", name)


def baseline(allow_privileged: bool = False, host_paths: Sequence[str] = ()) -> Callable:
    """An admission step that refuses pods which reach out of their containers.

    allow_privileged   refuse nothing but host paths
    host_paths         the folders of the machine below which a ``hostPath`` volume may lie
    """
    roots = [normpath(root) for root in host_paths]

    def check(verb: str, new: Object, stored: Object | None) -> Object:
        if new["kind"] == "Pod" and verb != "delete" and (stored is None or new.get("spec") is not stored.get("spec")):
            spec = new.get("spec") or {}
            found = [*_host_paths(spec, roots), *(() if allow_privileged else violations(spec))]
            if found:
                raise Forbidden(f'pods "{new["metadata"].get("name")}" is forbidden: violates PodSecurity "baseline": '
                                f"{', '.join(found)}. Leave it out, or start the cluster so that it allows this.")
        return new

    return check


def violations(spec: Mapping) -> Iterator[str]:
    """In which ways a pod reaches further than the baseline lets it."""
    if shared := [name for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]:
        yield f"host namespaces ({', '.join(f'{name}=true' for name in shared)})"
    yield from _beyond(spec.get("securityContext") or {}, "pod")
    for sysctl in (spec.get("securityContext") or {}).get("sysctls") or ():
        if sysctl.get("name") not in _SYSCTLS:
            yield f"forbidden sysctls ({sysctl.get('name')})"
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        who, given = f'container "{container.get("name")}"', container.get("securityContext") or {}
        if given.get("privileged"):
            yield f"privileged ({who} must not set securityContext.privileged=true)"
        added = ((given.get("capabilities") or {}).get("add") or ())
        if more := [name for name in added if name.removeprefix("CAP_") not in CAPABILITIES]:
            said = ", ".join(f'"{name}"' for name in more)
            yield f"non-default capabilities ({who} must not include {said} in securityContext.capabilities.add)"
        if given.get("procMount") not in (None, "Default"):
            yield f"procMount ({who} must not set securityContext.procMount to \"{given['procMount']}\")"
        if ports := [str(port["hostPort"]) for port in container.get("ports") or () if port.get("hostPort")]:
            yield f"hostPort ({who} uses hostPort {', '.join(ports)})"
        yield from _beyond(given, who)


def below(path: str, roots: Sequence[str]) -> bool:
    """Does this path of the machine lie in one of these folders, or is it one? By its name only: whoever mounts it
    looks at symbolic links."""
    path = normpath(path)
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)


def _host_paths(spec: Mapping, roots: Sequence[str]) -> Iterator[str]:
    for volume in spec.get("volumes") or ():
        source = volume.get("hostPath")
        if source is not None and not below(source.get("path") or "", roots):
            yield (f'hostPath volumes (volume "{volume.get("name")}" uses {source.get("path")}; allowed below: '
                   f"{', '.join(roots) or 'nothing'})")


def _beyond(given: Mapping, who: str) -> Iterator[str]:
    for name in ("seccompProfile", "appArmorProfile"):
        if (given.get(name) or {}).get("type") == "Unconfined":
            yield f'{name} ({who} must not set securityContext.{name}.type to "Unconfined")'
    if (given.get("windowsOptions") or {}).get("hostProcess"):
        yield f"hostProcess ({who} must not set securityContext.windowsOptions.hostProcess=true)"


def _common(given: Mapping, at: str) -> Iterator[Problem]:
    for name in ("runAsUser", "runAsGroup"):
        yield from number(f"{at}.{name}", given.get(name), 0, _HIGHEST_ID)
    profile = given.get("seccompProfile")
    if profile is not None:
        if not profile.get("type"):
            yield required(f"{at}.seccompProfile.type")
        elif profile["type"] not in _SECCOMP:
            yield unsupported(f"{at}.seccompProfile.type", profile["type"], _SECCOMP)
        if profile.get("type") == "Localhost" and not profile.get("localhostProfile"):
            yield required(f"{at}.seccompProfile.localhostProfile", "must be set when seccomp type is Localhost")

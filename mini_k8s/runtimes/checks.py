"""Can this be meant? What every runtime refuses, before anything is made.

Each refusal names the value and what would be right. Names and paths are held to rules under which they are safe in
labels, paths, shell words, ``/etc/hosts`` and HTML. Upstream: ``pkg/apis/core/validation``, as far as a runtime would
be hurt by what slips through; that a container is not privileged nobody has to check, because no spec can say it.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence

from mini_k8s.errors import Invalid
from mini_k8s.runtimes.specs import (
    HOST_PATHS,
    MEMORY,
    ContainerSpec,
    File,
    Mount,
    SandboxSpec,
    VolumeSpec,
    needs,
)

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.IGNORECASE)
_OPTION = re.compile(r"[a-z0-9-]+(:[0-9]+)?")
_IMAGE = re.compile(  # distribution/reference: host and port, path, tag, digest
    r"(?:(?:localhost|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*)(?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
    r"(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?", re.ASCII)
_CAPABILITIES = (  # those that Kubernetes' Pod Security "baseline" lets a container add
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT")
_HOST_TYPES = ("", "Directory", "DirectoryOrCreate", "File", "FileOrCreate")


def check_name(name: str, what: str = "name") -> str:
    """Return ``name`` when it is a DNS label (RFC 1123, as Kubernetes wants), else raise Invalid.

    At most 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit. What passes is safe in a label, a path,
    a shell word and HTML.
    """
    if not isinstance(name, str) or len(name) > 63 or not _NAME.fullmatch(name):
        raise Invalid(f"{what} {_shown(name)} is not allowed. Use at most 63 of a-z, 0-9 and '-', "
                      "with a letter or a digit at both ends, such as 'web-1'.")
    return name


def check_image(image: str) -> str:
    """Return ``image`` when it can name one, else raise Invalid. Upstream's reason for that is InvalidImageName."""
    if not isinstance(image, str) or len(image) > 400 or not _IMAGE.fullmatch(image):
        raise Invalid(f"{_shown(image)} cannot be the name of an image. Write it in small letters, with a tag after a "
                      "colon, such as 'mini-k8s/web:1'.")
    return image


def check_spec(spec: SandboxSpec | ContainerSpec | VolumeSpec, sandbox: str | None = None,
               can: Iterable[str] | None = None) -> None:
    """Raise Invalid when ``spec`` cannot be meant, or asks for more than ``can``. Nothing has been made then.

    sandbox   what a container is to join
    can       what the runtime can do; None: everything
    """
    check_name(spec.name)
    {SandboxSpec: _sandbox, ContainerSpec: _container, VolumeSpec: _volume}[type(spec)](spec)
    if sandbox is not None and spec.ports:
        raise Invalid(f"{spec.name} joins a sandbox and cannot publish ports {list(spec.ports)}. "
                      "Give them to the sandbox.")
    if not isinstance(spec, VolumeSpec) and can is not None and (missing := needs(spec) - frozenset(can)):
        because = " It was not told below which folder of the host to mount." if HOST_PATHS in missing else ""
        raise Invalid(f"{spec.name} asks for {', '.join(sorted(missing))}, which this runtime cannot do.{because} "
                      "Leave it out, or use Docker.")


def check_path(path: str, whose: str, absolute: bool = False) -> None:
    """Raise Invalid unless this is a plain path: no "..", no empty steps, no control characters."""
    steps = path.strip("/").split("/") if absolute else path.split("/")
    plain = path.isprintable() and len(path) < 4096 and all(step not in ("", ".", "..") for step in steps)
    if not plain or path.startswith("/") != absolute:
        raise Invalid(f"{whose} has the path {_shown(path)}. Give {'an absolute' if absolute else 'a relative'} path "
                      "without '..', such as " + ("'/data'." if absolute else "'logs/today'."))


def check_files(files: Iterable[tuple[str, File]], whose: str) -> None:
    """Raise Invalid unless these can be written into a volume."""
    taken = set()
    for path, file in files:
        check_path(path, whose)
        if path.startswith("..") or not isinstance(file.content, bytes) or not 0 <= file.mode <= 0o777:
            raise Invalid(f"{whose} has the file {_shown(path)} with mode {file.mode!r}. Give bytes, a mode from 0 to "
                          "0o777, and a name that does not begin with '..'.")
        taken.add(path)
    for path in taken:
        if any("/".join(path.split("/")[:n]) in taken for n in range(1, path.count("/") + 1)):
            raise Invalid(f"{whose} has {_shown(path)} below another file. Give that one another path.")


def _sandbox(spec: SandboxSpec) -> None:
    check_name(spec.hostname or spec.name, "hostname")
    _ports(spec, spec.ports)
    for port in spec.host_ports:
        _ports(spec, (port.container, port.host))
        _address(spec, port.address)
        if port.protocol not in ("TCP", "UDP"):
            raise Invalid(f"{spec.name} has a port of protocol {port.protocol!r}. Use TCP or UDP.")
    for address in (*spec.hosts, *spec.dns.servers):
        _address(spec, address)
    for name in (*(name for names in spec.hosts.values() for name in names), *spec.dns.searches):
        if not isinstance(name, str) or not _HOST.fullmatch(name.removesuffix(".")):
            raise Invalid(f"{spec.name} has the host name {_shown(name)}. A name is made of letters, digits, '-' and "
                          "dots, such as 'db.example.com'.")
    if spec.messages and spec.share_processes:
        raise Invalid(f"{spec.name} shares processes, and whoever sees its own could change where messages lie. "
                      "Leave out one of the two.")
    for name in spec.messages:
        check_name(name)
    for option in spec.dns.options:
        if not isinstance(option, str) or not _OPTION.fullmatch(option):
            raise Invalid(f"{spec.name} has the resolver option {_shown(option)}. An option is such as 'ndots:5'.")


def _container(spec: ContainerSpec) -> None:
    _ports(spec, spec.ports)
    for what, words in (("command", spec.command), ("args", spec.args)):
        if isinstance(words, str) or not all(isinstance(word, str) for word in words or ()):
            raise Invalid(f"{spec.name} has {what} {words!r}. Give a list of words, such as ['sleep', '60'].")
    for key in spec.env:
        if not key or "=" in key or "\0" in key:
            raise Invalid(f"{spec.name} has an environment variable named {key!r}. A name is not empty and has no '='.")
    if spec.working_dir and spec.working_dir != "/":
        check_path(spec.working_dir, spec.name, absolute=True)
    for mount in spec.mounts:
        _mount(spec, mount)
    if len({mount.path.rstrip("/") for mount in spec.mounts}) < len(spec.mounts):
        raise Invalid(f"{spec.name} mounts two things at one path. Give each a path of its own.")
    if spec.message:
        check_path(spec.message, spec.name, absolute=True)
    for name in ("cpu_limit", "cpu_request", "memory_limit", "pids_limit"):
        value = getattr(spec.resources, name)
        if value is not None and not (isinstance(value, int | float) and value >= 0):
            raise Invalid(f"{spec.name} has {name} {value!r}. Give a number that is not negative.")
    _security(spec)


def _mount(spec: ContainerSpec, mount: Mount) -> None:
    check_path(mount.path, spec.name, absolute=True)
    if bool(mount.volume) == bool(mount.host):
        raise Invalid(f"{spec.name} mounts {mount.path} from {'two places' if mount.host else 'nowhere'}. "
                      "Name a volume or a path of the host.")
    if mount.sub_path:
        check_path(mount.sub_path, spec.name)
    if mount.host:
        check_path(mount.host, spec.name, absolute=True)
        if mount.sub_path:
            raise Invalid(f"{spec.name} mounts {mount.sub_path!r} of the host's {mount.host}. Whoever writes there "
                          "could lead it elsewhere. Name the whole folder.")
        if mount.host_type not in _HOST_TYPES:
            raise Invalid(f"{spec.name} has a host path of type {_shown(mount.host_type)}. "
                          f"Use one of: {', '.join(filter(None, _HOST_TYPES))}.")


def _security(spec: ContainerSpec) -> None:
    its = spec.security
    for id in (its.user, its.group, *its.groups):
        if id is not None and (isinstance(id, bool) or not isinstance(id, int) or not 0 <= id < 2**31):
            raise Invalid(f"{spec.name} has user or group {id!r}. Give a number from 0 to 2147483647.")
    if its.group is not None and its.user is None:
        raise Invalid(f"{spec.name} has group {its.group} and no user. Name the user too.")
    for name in its.add:
        if name.removeprefix("CAP_") not in _CAPABILITIES:
            raise Invalid(f"{spec.name} wants the capability {_shown(name)}, with which it could reach out of its "
                          f"container. Allowed are: {', '.join(_CAPABILITIES)}.")
    for name in its.drop:
        if not re.fullmatch(r"[A-Z_]+", name):
            raise Invalid(f"{spec.name} drops the capability {_shown(name)}. Name it in capital letters, or ALL.")


def _volume(spec: VolumeSpec) -> None:
    check_name(spec.sandbox, "sandbox name")
    if spec.medium not in ("", MEMORY):
        raise Invalid(f"volume {spec.name} has medium {_shown(spec.medium)}. Leave it out for disk, or use '{MEMORY}'.")
    for name in ("size", "group"):
        value = getattr(spec, name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise Invalid(f"volume {spec.name} has {name} {value!r}. Give a whole number that is not negative.")
    for path in spec.sub_paths:
        check_path(path, f"volume {spec.name}")
    if spec.files and spec.sub_paths:
        raise Invalid(f"volume {spec.name} holds files and needs no list of sub paths. Leave it out.")


def _ports(spec: SandboxSpec | ContainerSpec, ports: Sequence[int]) -> None:
    for port in ports:
        if not isinstance(port, int) or not 1 <= port <= 65535:
            raise Invalid(f"{spec.name} has port {port!r}. A port is a whole number from 1 to 65535.")


def _address(spec: SandboxSpec, address: str) -> None:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise Invalid(f"{spec.name} has the address {_shown(address)}. An address is such as '10.1.2.3'.") from None


def _shown(value: object) -> str:
    return repr(value) if len(repr(value)) <= 80 else repr(value)[:77] + "..."

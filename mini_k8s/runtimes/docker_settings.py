"""How does one say that to Docker? Specs in, the engine's own words out; nobody is asked anything here.

Two mappings come out: what a container is, and the host's side of it (``host``), as docker-py wants them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from mini_k8s.runtimes.specs import ContainerSpec, Resources, SandboxSpec

_WAIT = ["sh", "-c", 'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done']  # gone 0.1 s after TERM
_PERIOD = 100_000  # microseconds in which a container may use its share of the processors
_PIDS = 1024
_LOG = {"type": "json-file", "config": {"max-size": "8m", "max-file": "1"}}


class Settings(NamedTuple):
    """What ``create_container`` and ``create_host_config`` are told."""

    container: dict[str, Any]
    host: dict[str, Any]


def for_sandbox(spec: SandboxSpec) -> Settings:
    """A sandbox: a process that only waits, with no rights at all."""
    published = _published(spec.ports)
    for port in spec.host_ports:
        published.setdefault(f"{port.container}/{port.protocol.lower()}", []).append((port.address, port.host))
    host: dict[str, Any] = {
        "ipc_mode": "shareable", "port_bindings": published, "pids_limit": _PIDS, "log_config": _LOG,
        "cap_drop": ["ALL"], "security_opt": ["no-new-privileges"]}
    if spec.hosts:
        host["extra_hosts"] = [f"{name}:{address}" for address, names in spec.hosts.items() for name in names]
    for key, values in (("dns", spec.dns.servers), ("dns_search", spec.dns.searches), ("dns_opt", spec.dns.options)):
        if values:
            host[key] = list(values)
    return Settings({"command": _WAIT, "hostname": spec.hostname or spec.name, "ports": _exposed(published)}, host)


def for_container(spec: ContainerSpec, home: str | None, share_processes: bool = False) -> Settings:
    """A container on its own, or one that joins the sandbox whose id is ``home``.

    The default bridge and not a network of the cluster's own: starting is 65 ms faster, and an engine has room for only
    about 30 networks, which a classroom would use up. Pods need one; it is made with the first.
    """
    its = spec.security
    container: dict[str, Any] = {"environment": dict(spec.env), "stdin_open": spec.stdin, "tty": spec.tty}
    host: dict[str, Any] = {"log_config": _LOG, **_resources(spec.resources)}
    if spec.command:
        container["entrypoint"] = list(spec.command)
    if spec.args:
        container["command"] = list(spec.args)
    if spec.working_dir:
        container["working_dir"] = spec.working_dir
    if its.user is not None:
        container["user"] = str(its.user) if its.group is None else f"{its.user}:{its.group}"
    if home is None:
        published = _published(spec.ports)
        container |= {"hostname": spec.name, "ports": _exposed(published)}
        host["port_bindings"] = published
    else:
        host["network_mode"] = host["ipc_mode"] = f"container:{home}"
        if share_processes:
            host["pid_mode"] = f"container:{home}"
    for key, value in (("group_add", [str(group) for group in its.groups]), ("cap_add", list(its.add)),
                       ("cap_drop", list(its.drop)), ("read_only", its.read_only_root),
                       ("security_opt", ["no-new-privileges"] if its.no_new_privileges else None)):
        if value:
            host[key] = value
    return Settings(container, host)


def _resources(its: Resources) -> dict[str, Any]:
    host: dict[str, Any] = {"pids_limit": its.pids_limit or _PIDS}
    if its.memory_limit:
        host |= {"mem_limit": its.memory_limit, "memswap_limit": its.memory_limit}
    if its.cpu_limit:  # not nano_cpus, which refuses more than this machine has
        host |= {"cpu_period": _PERIOD, "cpu_quota": max(1000, round(its.cpu_limit * _PERIOD))}
    if its.cpu_request is not None:
        host["cpu_shares"] = max(2, round(its.cpu_request * 1024))
    return host


def _published(ports: Sequence[int]) -> dict[str, list]:
    return {f"{port}/tcp": [("127.0.0.1", None)] for port in ports}  # a free port of loopback only


def _exposed(published: dict[str, list]) -> list[tuple[str, ...]]:
    return [tuple(key.split("/")) for key in published]

"""What is run to see how a container does, and at its beginning and end? Probes and lifecycle hooks.

Upstream: ``validateProbe`` and ``validateHandler`` in ``pkg/apis/core/validation/validation.go``.
"""

import re
from collections.abc import Iterator, Mapping

from mini_k8s.kinds.shared import chosen, fill, number, one_line, port_name, port_number, printable, put
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, forbidden, invalid, required, unsupported

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_NUMBERS = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_OF_PROBES, _OF_HOOKS = ("exec", "httpGet", "tcpSocket", "grpc"), ("exec", "httpGet", "tcpSocket", "sleep")
_HEADER = re.compile(r"[-A-Za-z0-9]+")


def with_defaults(probe: Object) -> Object:
    """The probe with everything that its author left out; 0 counts as left out."""
    missing = {name: value for name, value in _NUMBERS.items() if not probe.get(name)}
    return put(handler_with_defaults(probe), missing)


def handler_with_defaults(handler: Object) -> Object:
    """What is done, with everything that was left out."""
    if handler.get("httpGet"):
        return put(handler, {"httpGet": fill(handler["httpGet"], {"path": "/", "scheme": "HTTP"})})
    return handler


def problems(container: Mapping, at: str, grace: int) -> Iterator[Problem]:
    """Everything that is wrong with a container's probes and hooks."""
    for name in PROBES:
        if container.get(name) is not None:
            yield from _probe(container[name], f"{at}.{name}", name)
    hooks = container.get("lifecycle") or {}
    for name in chosen(hooks, ("postStart", "preStop")):
        yield from _handler(hooks[name], f"{at}.lifecycle.{name}", _OF_HOOKS, grace)


def _probe(probe: Mapping, at: str, kind: str) -> Iterator[Problem]:
    yield from _handler(probe, at, _OF_PROBES, 0)
    for name in ("initialDelaySeconds", *_NUMBERS):
        yield from number(f"{at}.{name}", probe.get(name), 0)
    if kind != "readinessProbe" and probe.get("successThreshold") not in (None, 1):
        yield invalid(f"{at}.successThreshold", probe["successThreshold"], "must be 1")
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and kind == "readinessProbe":
        yield invalid(f"{at}.terminationGracePeriodSeconds", grace, "must not be set for readinessProbes")
    elif grace is not None and grace < 1:
        yield invalid(f"{at}.terminationGracePeriodSeconds", grace, "must be greater than 0")


def _handler(handler: Mapping, at: str, kinds: tuple[str, ...], grace: int) -> Iterator[Problem]:
    found = chosen(handler, kinds)
    if not found:
        yield required(at, "must specify a handler type")
    for name in found[1:]:
        yield forbidden(f"{at}.{name}", "may not specify more than 1 handler type")
    for name in found:
        yield from _CHECKS[name](handler[name], f"{at}.{name}", grace)


def _exec(action: Mapping, at: str, _: int) -> Iterator[Problem]:
    if not action.get("command"):
        yield required(f"{at}.command")
    for i, word in enumerate(action.get("command") or ()):
        yield from printable(f"{at}.command[{i}]", word)


def _http(action: Mapping, at: str, _: int) -> Iterator[Problem]:
    yield from _port(action.get("port"), f"{at}.port")
    yield from one_line(f"{at}.path", action.get("path") or "")
    yield from one_line(f"{at}.host", action.get("host") or "")
    if action.get("scheme") not in ("HTTP", "HTTPS"):
        yield unsupported(f"{at}.scheme", action.get("scheme"), ("HTTP", "HTTPS"))
    for i, header in enumerate(action.get("httpHeaders") or ()):
        name = header.get("name") or ""
        if not _HEADER.fullmatch(name):
            yield invalid(f"{at}.httpHeaders[{i}].name", name, "a valid HTTP header must consist of alphanumeric "
                                                               "characters or '-'")
        yield from one_line(f"{at}.httpHeaders[{i}].value", header.get("value") or "")


def _tcp(action: Mapping, at: str, _: int) -> Iterator[Problem]:
    yield from _port(action.get("port"), f"{at}.port")
    yield from one_line(f"{at}.host", action.get("host") or "")


def _grpc(action: Mapping, at: str, _: int) -> Iterator[Problem]:
    yield from _port(action.get("port"), f"{at}.port")


def _sleep(action: Mapping, at: str, grace: int) -> Iterator[Problem]:
    seconds = action.get("seconds") or 0
    if not 0 <= seconds <= grace:
        yield invalid(f"{at}.seconds", seconds, "must be greater than or equal to 0, and not more than "
                                                f"terminationGracePeriodSeconds ({grace})")


def _port(port: int | str | None, at: str) -> Iterator[Problem]:
    """A number, or the name that the container gives to one."""
    if port is None or port == "":
        yield required(at)
    elif isinstance(port, int):
        yield from port_number(at, port)
    elif why := port_name(port):
        yield invalid(at, port, why)


_CHECKS = {"exec": _exec, "httpGet": _http, "tcpSocket": _tcp, "grpc": _grpc, "sleep": _sleep}

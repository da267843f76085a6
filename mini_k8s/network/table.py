"""Chapter 6: what has the network to know?

A table of lines, each of them true by itself, in words that people can read:

    serve 10.9.8.7:80/TCP default/web:http            somebody listens there, for that service
    lead 10.9.8.7:80/TCP 10.9.0.4:8080                and takes connections there
    name web.default.svc.cluster.local A 10.9.8.7     and this is what it is called

So bringing the network to what is wished is comparing two sets of lines. ``lines_of`` says what is wished; ``Table``
carries lines out, wherever proxy and DNS run. Upstream: ``pkg/proxy/servicechangetracker.go`` and
``endpointslicecache.go``; the names are those of the "Kubernetes DNS-Based Service Discovery" specification.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from mini_k8s.network import Endpoint
from mini_k8s.network.dns import ZONE, Names, reverse
from mini_k8s.network.proxy import Proxy

HEADLESS, VERSION = "None", "1.1.0"


def lines_of(services: Iterable[Any], slices_of: Any) -> dict[str, str]:
    """line -> "" for everything that proxy and DNS have to know.

    services    Services
    slices_of   slices_of(service) gives the EndpointSlices that belong to one
    """
    lines = {f"name dns-version.{ZONE} TXT {VERSION}": ""}
    for service in services:
        lines.update(dict.fromkeys(_of_service(service, [*slices_of(service)]), ""))
    return lines


def _of_service(service: Any, slices: list[Any]) -> Iterator[str]:
    meta, spec = service["metadata"], service["spec"]
    name, address = f"{meta['name']}.{meta['namespace']}.svc.{ZONE}", spec.get("clusterIP")
    if spec.get("type") == "ExternalName":
        yield f"name {name} CNAME {spec['externalName'].removesuffix('.')}"
    elif address == HEADLESS:
        yield from _headless(name, slices)
    elif address:
        yield f"name {name} A {address}"
        yield f"name {reverse(address)} PTR {name}"
        for port in spec.get("ports") or ():
            if port.get("name"):
                yield f"name _{port['name']}._{port['protocol'].lower()}.{name} SRV 0 100 {port['port']} {name}"
            yield from _of_port(service, port, slices)


def _of_port(service: Any, port: Any, slices: list[Any]) -> Iterator[str]:
    meta, spec = service["metadata"], service["spec"]
    at, title = f"{spec['clusterIP']}:{port['port']}/{port['protocol']}", f"{meta['namespace']}/{meta['name']}"
    sticky = ""
    if spec.get("sessionAffinity") == "ClientIP":
        sticky = f" sticky={spec['sessionAffinityConfig']['clientIP']['timeoutSeconds']}"
    yield f"serve {at} {title}{':' + port['name'] if port.get('name') else ''}{sticky}"
    for ip, number in _open(slices, port.get("name") or "", port["protocol"]):
        yield f"lead {at} {ip}:{number}"


def _open(slices: list[Any], name: str, protocol: str) -> list[tuple[str, int]]:
    """Where new connections may go: to who is ready; and where nobody is, to who still serves while it goes."""
    found: dict[str, dict[tuple[str, int], None]] = {"ready": {}, "leaving": {}}
    for piece in slices:
        numbers = [port["port"] for port in piece.get("ports") or ()
                   if (port.get("name") or "", port.get("protocol") or "TCP") == (name, protocol) and port.get("port")]
        for endpoint in piece.get("endpoints") or ():
            states = endpoint.get("conditions") or {}
            kind = "ready" if states.get("ready") is not False else "leaving" if (
                states.get("serving") and states.get("terminating")) else ""
            for number in numbers if kind else ():
                found[kind][endpoint["addresses"][0], number] = None
    return [*found["ready"]] or [*found["leaving"]]


def _headless(name: str, slices: list[Any]) -> Iterator[str]:
    for piece in slices:
        for endpoint in piece.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is False:
                continue
            ip = endpoint["addresses"][0]
            own = f"{endpoint.get('hostname') or ip.replace('.', '-')}.{name}"
            yield f"name {name} A {ip}"
            yield f"name {own} A {ip}"
            if endpoint.get("hostname"):
                yield f"name {reverse(ip)} PTR {own}"
            for port in piece.get("ports") or ():
                if port.get("name"):
                    protocol = (port.get("protocol") or "TCP").lower()
                    yield f"name _{port['name']}._{protocol}.{name} SRV 0 100 {port['port']} {own}"


class Table:
    """Lines that are carried out: by a proxy, and by the names of a DNS server."""

    def __init__(self, proxy: Proxy, names: Names):
        self.proxy, self.names = proxy, names
        self.lines: set[str] = set()
        self._leads: dict[str, dict[str, Endpoint]] = {}

    async def change(self, add: Iterable[str], remove: Iterable[str] = ()) -> dict[str, str]:
        """Some lines are true from now on, and others no more. Nobody sees the moment between.

        Returns line -> why for those that cannot be carried out. They are not in the table.
        """
        failed: dict[str, str] = {}
        served, gone, led = [], [], {}
        for line in remove:
            if line not in self.lines:
                continue
            self.lines.discard(line)
            word, at, *rest = line.split(" ", 3 if line.startswith("name ") else 2)
            if word == "serve":
                gone.append(at)
            elif word == "lead":
                led[at] = self._leads.get(at, {})
                led[at].pop(rest[0], None)
            else:
                self.names.remove(at, *rest)
        for line in add:
            if line in self.lines:
                continue
            self.lines.add(line)
            word, at, *rest = line.split(" ", 3 if line.startswith("name ") else 2)
            if word == "serve":
                served.append((at, rest[0], line))
            elif word == "lead":
                ip, _, port = rest[0].rpartition(":")
                led[at] = self._leads.setdefault(at, {})
                led[at][rest[0]] = Endpoint(ip, int(port), True)
            else:
                self.names.add(at, *rest)
        for at in set(gone) - {at for at, _, _ in served}:
            self.proxy.end(at)
        for at, said, line in served:
            title, _, sticky = said.partition(" sticky=")
            if why := await self.proxy.serve(at, title, float(sticky or 0)):
                failed[line] = why
                self.lines.discard(line)
            led.setdefault(at, self._leads.get(at, {}))
        for at, found in led.items():
            self.proxy.lead(at, [found[where] for where in sorted(found)])
            if not found:
                self._leads.pop(at, None)
        return failed

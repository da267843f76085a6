"""Chapter 6: which address does a service get, and which port of the nodes?

One that nobody has, out of a range that pods never get theirs from. It is the service's as long as the service is
there, and free again the moment that it goes: what is taken is read from the services themselves. Upstream:
``pkg/registry/core/service/ipallocator`` and ``portallocator``, which keep bitmaps and repair them.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network

from mini_k8s.kinds.service import HEADLESS, ON_NODES, default
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, invalid, refuse

NODE_PORTS = range(30000, 32768)
RESERVED = 16  # addresses at the beginning of the range that are given only to who asks for them, as .10 for DNS
DNS = 10  # which one of them the cluster's DNS has
_NONE = Object()


class Addresses:
    """An admission step: services get what they need, and nobody's.

    services   all services, as they are now
    range      the addresses that services may have; asked when the first service comes
    chance     where to begin to look for a free one
    """

    def __init__(self, services: Callable[[], Iterable[Object]], range: Callable[[], IPv4Network],
                 chance: random.Random):
        self.services, self.range, self.chance = services, range, chance

    def admit(self, verb: str, new: Object, stored: Object | None) -> Object:
        """The service with an address and ports. Raises Invalid for what is out of range, or another's."""
        if verb == "delete" or new["kind"] != "Service":
            return new
        service = default(new)
        others = [one for one in self.services() if stored is None or
                  one["metadata"]["uid"] != stored["metadata"]["uid"]]
        was = stored["spec"] if stored is not None else _NONE
        problems: list[Problem] = []
        spec = self._address(service["spec"], was, others, problems)
        spec = self._ports(spec, was, others, problems)
        refuse("Service", service["metadata"].get("name") or "", problems)
        return Object({**service, "spec": spec})

    def _address(self, spec: Object, was: Object, others: list[Object], problems: list[Problem]) -> Object:
        if spec.get("type") == "ExternalName":
            return spec if spec.get("clusterIP") != was.get("clusterIP") else _without(spec, "clusterIP", "clusterIPs")
        asked = spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), "") or was.get("clusterIP") or ""
        if asked != HEADLESS and asked != was.get("clusterIP"):
            taken = {one["spec"].get("clusterIP") for one in others}
            asked = self._checked(asked, taken, problems) if asked else self._free(taken)
        return Object({**spec, "clusterIP": asked, "clusterIPs": spec.get("clusterIPs") or (asked,)})

    def _checked(self, asked: str, taken: set[str | None], problems: list[Problem]) -> str:
        try:
            inside = IPv4Address(asked) in self.range()
        except ValueError:
            return asked  # the kind's own checks say what is wrong with it
        why = "" if inside else (f"the provided IP ({asked}) is not in the valid range. The range of valid IPs is "
                                 f"{self.range()}")
        if asked in taken:
            why = "provided IP is already allocated"
        if why:
            problems.append(invalid("spec.clusterIPs", [asked], f"failed to allocate IP {asked}: {why}"))
        return asked

    def _free(self, taken: set[str | None]) -> str:
        within = self.range()
        count = within.num_addresses - RESERVED - 2  # the last two are the helper's and the broadcast's
        start = self.chance.randrange(count)
        for n in range(count):
            address = str(within[RESERVED + (start + n) % count])
            if address not in taken:
                return address
        refuse("Service", "", [invalid("spec.clusterIPs", "", f"the range {within} is full. Delete a service first")])
        raise AssertionError

    def _ports(self, spec: Object, was: Object, others: list[Object], problems: list[Problem]) -> Object:
        if spec.get("type") not in ON_NODES:
            if was.get("type") in ON_NODES:  # what it had there goes with its type
                had = set(_node_ports(was))
                return Object({**spec, "ports": tuple(
                    _without(port, "nodePort") if (port.get("nodePort"), port["protocol"]) in had else port
                    for port in spec.get("ports") or ())})
            return spec
        taken = {port for one in others for port in _node_ports(one["spec"])}
        before = {(port["port"], port["protocol"]): port.get("nodePort") for port in was.get("ports") or ()}
        ports = []
        for i, port in enumerate(spec.get("ports") or ()):
            protocol, asked = port["protocol"], port.get("nodePort")
            if asked and (asked, protocol) not in _node_ports(was):
                why = "" if asked in NODE_PORTS else (
                    "provided port is not in the valid range. The range of valid ports is "
                    f"{NODE_PORTS.start}-{NODE_PORTS.stop - 1}")
                if (asked, protocol) in taken:
                    why = "provided port is already allocated"
                if why:
                    problems.append(invalid(f"spec.ports[{i}].nodePort", asked, why))
            asked = asked or before.get((port.get("port"), protocol)) or self._free_port(protocol, taken)
            taken.add((asked, protocol))
            ports.append(Object({**port, "nodePort": asked}))
        return Object({**spec, "ports": tuple(ports)})

    def _free_port(self, protocol: str, taken: set[tuple[int, str]]) -> int:
        start = self.chance.randrange(len(NODE_PORTS))
        for n in range(len(NODE_PORTS)):
            port = NODE_PORTS[(start + n) % len(NODE_PORTS)]
            if (port, protocol) not in taken:
                return port
        refuse("Service", "", [invalid("spec.ports", "", "all ports of the nodes are taken. Delete a service first")])
        raise AssertionError


def _node_ports(spec: Object) -> Iterator[tuple[int, str]]:
    return ((port["nodePort"], port["protocol"]) for port in spec.get("ports") or () if port.get("nodePort"))


def _without(obj: Object, *fields: str) -> Object:
    return Object({name: value for name, value in obj.items() if name not in fields})

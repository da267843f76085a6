"""Chapter 6: how does the network learn what has changed?

By chapter 2's loop: what is wished are the lines of the table, as services and slices say them; what is there are the
lines that somebody carries. ``diff`` says which ones come and which ones go, and both are told in one message, so that
nobody sees the moment between. Whoever carries them may have been made anew; then all lines are told again.
Upstream: ``pkg/proxy/iptables/proxier.go`` (``syncProxyRules``).
"""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from mini_k8s import control_loop
from mini_k8s.clock import Clock
from mini_k8s.errors import StatusError
from mini_k8s.kinds.endpointslice import service_of
from mini_k8s.network.table import lines_of
from mini_k8s.objects import Key, Object, key_of

if TYPE_CHECKING:
    from mini_k8s.informer import Informer
    from mini_k8s.network.carriers import Carrier

LOOK = 2.0  # seconds between two questions whether the one who carries is still the same
RETRY, RETRY_CAP = 0.2, 10.0  # seconds until it is tried again: the first time, at most


class ServiceProxy:
    """Keeps one carrier's table as it is wished. ``step()`` says whether there was anything to do.

    services, slices   informers; of slices with the index "service"
    lines              lines(services, slices_of) gives the lines that this carrier has to know
    hands              an executor for what blocks; None: the step itself waits
    tell               tells people what happens, as events: (object, type, reason, message)
    """

    def __init__(self, carrier: "Carrier", services: "Informer", slices: "Informer", clock: Clock, *,
                 lines: Callable = lines_of, hands=None, wake: Callable[[], None] = lambda: None,
                 tell: Callable[..., None] = lambda *said: None):
        self.carrier, self.services, self.slices, self.clock = carrier, services, slices, clock
        self.hands, self.wake, self.tell, self.lines = hands, wake, tell, lines
        self.wished: dict[str, str] = {}
        self.carried: dict[str, str] = {}  # what the carrier has said that it carries
        self.trouble: Exception | None = None  # why the last message did not arrive
        self.picking = ""  # the source of somebody's own pick_endpoint; empty: ours
        self.problem = ""  # what is wrong with that
        self._of: dict[Key, dict[str, str]] = {}  # service -> its lines
        self._news: set[Key] = set()
        self._changed = True  # since it was last compared
        self._boot: str | None = None  # which carrier it is; None: nobody knows
        self._picked: str | None = None  # what it was told of that
        self._busy, self._next, self._failures = threading.Lock(), 0.0, 0
        self._refused: dict[str, str] = {}  # lines that cannot be carried, and why
        services.handlers.append(self._hear)
        slices.handlers.append(self._hear_slice)
        self._news.update(map(key_of, services.list()))

    def step(self) -> bool:
        """Tell the carrier what has changed, if it is time to."""
        if not (self.services.synced and self.slices.synced) or not self._busy.acquire(blocking=False):
            return False
        sent = False
        try:
            self._learn()
            if not (self._differs() or self.clock.now() >= self._next):
                return False
            if self.trouble is not None and self.clock.now() < self._next:
                return False
            sent, message = True, self._message()
            if self.hands is None:
                self._send(message)
            else:
                self.hands.submit(self._send, message)
            return True
        finally:
            if not sent:
                self._busy.release()

    def due(self) -> float:
        """When it is to look again."""
        if self._busy.locked() or not (self.services.synced and self.slices.synced):
            return float("inf")  # who ends it wakes us
        return self._next

    def _learn(self) -> None:
        """What is wished now."""
        if not self._news:
            return
        self._changed = True
        while self._news:
            key = self._news.pop()
            service = self.services.get(key)
            for line in self._of.pop(key, ()):
                self.wished.pop(line, None)
            if service is not None:
                self._of[key] = self.lines([service], lambda _, key=key: self.slices.by(
                    "service", f"{key.namespace}/{key.name}"))
        for lines in self._of.values():
            self.wished.update(lines)  # two services may share a line, and one of them may have gone

    def _differs(self) -> bool:
        if self._boot is None or self.picking != self._picked:
            return True
        changed, self._changed = self._changed, False
        return changed and self.wished.keys() != self.carried.keys() | self._refused.keys()

    def _message(self) -> dict:
        message: dict = {}
        if self._boot is None:
            message["lines"] = [*self.wished]
        elif actions := [*control_loop.diff(self.wished, self.carried)]:
            message["add"] = [action.name for action in actions if action.verb == "start"]
            message["remove"] = [action.name for action in actions if action.verb == "stop"]
        if self.picking != self._picked or self._boot is None:
            message["pick"] = self.picking
        return message

    def _send(self, message: dict) -> None:
        """In a hand. Whatever becomes of it, the next step knows."""
        try:
            answer = self.carrier.ask(message)
            if self._boot not in (None, answer["boot"]):
                self._boot = None  # somebody else has answered: all of it again
                self._failures, self._next = self._failures + 1, self.clock.now()
                return
            carried = dict.fromkeys(message["lines"], "") if "lines" in message else dict(self.carried)
            for line in message.get("remove", ()):
                carried.pop(line, None)
            carried.update(dict.fromkeys(message.get("add", ()), ""))
            self._complain(answer.get("failed") or {})
            self.carried = {line: "" for line in carried if line not in self._refused}
            self._boot, self.trouble, self._failures = answer["boot"], None, 0
            if "pick" in message:
                self._picked, self.problem = message["pick"], answer.get("problem", "")
            self._next = self.clock.now() + LOOK
        except Exception as error:  # the engine is away; or a mistake of ours, which must not end the loop
            if not isinstance(error, StatusError):
                logging.getLogger(__name__).exception("the network could not be told; it is tried again")
            self.trouble, self._boot = error, None
            self._next = self.clock.now() + min(RETRY_CAP, RETRY * 2 ** self._failures)
            self._failures = min(self._failures + 1, 16)
        finally:
            self._changed = True  # while this was told, more may have come
            self._busy.release()
            self.wake()

    def _complain(self, failed: dict[str, str]) -> None:
        """Lines that could not be carried out. They are tried again with every look."""
        for line, why in failed.items():
            if self._refused.get(line) != why:
                for key, lines in [*self._of.items()]:
                    service = self.services.get(key)
                    if line in lines and service is not None:
                        self.tell(service, "Warning", "FailedToListen", why)
        self._refused = dict(failed)

    def _hear(self, old: Object | None, new: Object | None) -> None:
        self._news.add(key_of(new or old))

    def _hear_slice(self, old: Object | None, new: Object | None) -> None:
        for piece in (old, new):
            if piece is not None and (key := service_of(piece)):
                self._news.add(key)


def node_port_lines(services: Iterable[Object], slices_of: Callable) -> dict[str, str]:
    """The lines for ports of this machine: each leads to its service's own address."""
    lines = {}
    for service in services:
        meta, spec = service["metadata"], service["spec"]
        for port in spec.get("ports") or ():
            if port.get("nodePort") and spec.get("clusterIP"):
                at = f"127.0.0.1:{port['nodePort']}/{port['protocol']}"
                lines[f"serve {at} {meta['namespace']}/{meta['name']}"] = ""
                lines[f"lead {at} {spec['clusterIP']}:{port['port']}"] = ""
    return lines

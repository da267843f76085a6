"""The cases in which an ``apart`` is tried, and what is right in each."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from mini_k8s.objects import Object, freeze


@dataclass(frozen=True)
class Case:
    """What is kept, what is handed in, and which write it is."""

    stored: Object
    written: Object
    subresource: str

    @property
    def right(self) -> dict:
        """What the docstring promises, said as plainly as can be."""
        of_status = self.subresource == "status"
        kept = dict(self.stored if of_status else self.written)
        kept.pop("status", None)
        fact = self.written if of_status else self.stored
        return kept | ({"status": fact["status"]} if "status" in fact else {})


def pod(node: str, status: dict | None = None, **more) -> dict:
    """A small one; ``more`` are fields beside spec and status, or labels."""
    meta = {"name": "web", "labels": more.pop("labels")} if "labels" in more else {"name": "web"}
    return {"metadata": meta, "spec": {"nodeName": node}, **more} | ({"status": status} if status is not None else {})


def _case(stored: dict, written: dict, subresource: str) -> Case:
    return Case(freeze(_another(stored)), freeze(_another(written)), _another(subresource))


def _another(value):
    """An equal value that is another object, names of fields too: whoever compares with ``is`` is found out."""
    if isinstance(value, str):
        return "".join([*value])
    return {_another(name): _another(inner) for name, inner in value.items()} if isinstance(value, dict) else value


RUNNING, FAILED = {"phase": "Running"}, {"phase": "Failed"}
ONE, TWO = pod("node-1", RUNNING), pod("node-2", FAILED)

# The smallest first, for the first that fails is shown.

ORDINARY = (
    _case(ONE, pod("node-2", RUNNING), ""),
    _case(ONE, TWO, ""),
    _case(ONE, pod("node-1", FAILED), ""),
    _case(ONE, pod("node-1", RUNNING, labels={"app": "web"}), ""),
    _case(ONE, ONE, ""),
)
OF_STATUS = (
    _case(ONE, pod("node-1", FAILED), "status"),
    _case(ONE, TWO, "status"),
    _case(ONE, pod("node-2", RUNNING), "status"),
    _case(ONE, pod("node-1", FAILED, labels={"app": "web"}), "status"),
    _case(pod("node-1", RUNNING, labels={"app": "web"}), pod("node-1", FAILED), "status"),
    _case(ONE, ONE, "status"),
)
OTHERS = (
    _case(pod("node-1", {"phase": "Failed", "reason": "Evicted"}), pod("node-1", RUNNING), "status"),
    _case(ONE, pod("node-1", {"phase": "Failed", "reason": "Evicted"}), ""),
    _case(pod("node-1", {"podIP": "10.0.0.1"}), pod("node-1", RUNNING), "status"),
    _case(pod("node-1", {"podIP": "10.0.0.1"}), pod("node-2", RUNNING), ""),
    _case(pod("node-1", RUNNING), pod("node-1", {}), "status"),
    _case(pod("node-1", {}), pod("node-1", RUNNING), ""),
)
WITHOUT = (
    _case(pod("node-1"), pod("node-2"), ""),
    _case(pod("node-1"), pod("node-2", RUNNING), ""),
    _case(pod("node-1", RUNNING), pod("node-2"), ""),
    _case(pod("node-1", RUNNING), pod("node-2"), "status"),
    _case(pod("node-1"), pod("node-2", RUNNING), "status"),
    _case(pod("node-1"), pod("node-2"), "status"),
)


def _of_every_kind() -> Iterator[Case]:
    """Fields of other kinds, and mixtures of all of them."""
    yield _case({"kind": "ConfigMap", "data": {"a": "1"}}, {"kind": "ConfigMap", "data": {"a": "2"}}, "")
    yield _case({"kind": "ConfigMap", "data": {"a": "1"}}, {"kind": "ConfigMap", "data": {"a": "2"}}, "status")
    yield _case(pod("node-1", RUNNING, type="a"), pod("node-1", RUNNING, immutable=True), "")
    yield _case(pod("node-1", RUNNING, type="a"), pod("node-1", FAILED, immutable=True), "status")
    yield _case({"spec": {"replicas": 3}}, {"status": {"replicas": 3}}, "status")
    chance = random.Random(7)
    fields = {"metadata": [{"name": "a"}, {"name": "a", "labels": {"x": "y"}}], "spec": [{}, {"replicas": 3}],
              "status": [{}, RUNNING, {"replicas": 2, "ready": 1}], "data": [{"a": "1"}], "type": ["Opaque", ""]}
    for _ in range(40):
        one, other = ({name: chance.choice(values) for name, values in fields.items() if chance.random() < 0.7}
                      for _ in range(2))
        yield _case(one, other, chance.choice(["", "status"]))


AGAIN = (*_of_every_kind(), ORDINARY[1], OF_STATUS[1], ORDINARY[1], ORDINARY[1], OF_STATUS[1])
EVERY = (*ORDINARY, *OF_STATUS, *OTHERS, *WITHOUT, *AGAIN)

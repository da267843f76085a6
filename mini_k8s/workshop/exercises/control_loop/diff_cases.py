"""The cases in which a ``diff`` is tried, and what is right in each."""

import random
from collections.abc import Iterator

from mini_k8s.control_loop import Action

Case = tuple[dict, dict]  # desired, observed


def expected(desired: dict, observed: dict) -> list[Action]:
    """What the docstring promises, said as plainly as can be."""
    actions = []
    for name in [*desired, *(n for n in observed if n not in desired)]:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
        elif name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions


# The cases: the smallest first, for the first that fails is shown.

MISSING = (
    ({"web": "web:1"}, {}),
    ({"a": "web:1", "b": "web:1"}, {"a": "web:1"}),
    ({"a": "web:1", "b": "web:2", "c": "web:3"}, {}),
    ({"web": ""}, {}),
)
UNWISHED = (
    ({}, {"web": "web:1"}),
    ({"a": "web:1"}, {"a": "web:1", "b": "web:1"}),
    ({}, {"a": "web:1", "b": "web:2", "c": "web:3"}),
    ({}, {"web": 0}),
)
EQUAL = (
    ({"web": "web:1"}, {"web": "web:1"}),
    ({}, {}),
    ({"a": "web:1", "b": "web:2"}, {"b": "web:2", "a": "web:1"}),
    ({"a": ("web", 8080)}, {"a": ("web", 8080)}),
    ({"web": ""}, {"web": ""}),
    ({"a": 0, "b": ()}, {"a": 0, "b": ()}),
)
CHANGED = (
    ({"web": "web:2"}, {"web": "web:1"}),
    ({"web": "web:1"}, {"web": "web:2"}),
    ({"web": "web:1"}, {"web": "web:10"}),
    ({"web": "web:10"}, {"web": "web:1"}),
    ({"a": "web:2", "b": "web:2"}, {"a": "web:1", "b": "web:1"}),
    ({"a": ("web", 8080)}, {"a": ("web", 9090)}),
    ({"web": "web:a"}, {"web": "web:A"}),  # different, and alike in some way
    ({"web": "web:1"}, {"web": "web:1 "}),
    ({"web": 7}, {"web": "7"}),
    ({"web": -1}, {"web": -2}),  # alike to hash()
    ({"web": ""}, {"web": "web:1"}),
    ({"web": "web:1"}, {"web": 0}),
    ({"web": ("web", 1)}, {"web": "web:1"}),
)
MIXED = (
    ({"a": "web:1"}, {"b": "web:2"}),
    ({"a": "web:1"}, {"b": "web:1"}),
    ({"a": "web:1", "b": "web:2"}, {"a": "web:2", "b": "web:1"}),
    ({"a": "web:2", "b": "web:1"}, {"a": "web:1"}),
    ({"a": "web:2"}, {"a": "web:1", "b": "web:1"}),
    ({"a": "web:2", "b": "web:1"}, {"a": "web:1", "c": "web:1"}),
    ({"a": "web:1", "b": "web:2", "c": "db:1"}, {"c": "db:1", "b": "web:1", "d": "web:9"}),
    ({"web:1": "a", "b": "web:1"}, {"a": "web:1", "web:1": "b"}),
    ({"a": 1, "b": "web:1", "c": ("web", 2)}, {"d": ("web", 3), "e": 5, "f": "web:1"}),
)

SPELLED = (  # what must not matter: how names and values are written
    ({"web-10": "web:1"}, {"web-1": "web:1"}),
    ({"web-1": "web:1"}, {"web-10": "web:1"}),
    ({"web": "web:1"}, {"Web": "web:1"}),
    ({"web": frozenset([0, 8])}, {"web": frozenset([8, 0])}),
)


def generated(seed: int = 7, count: int = 100) -> Iterator[Case]:
    """Worlds of every mixture, growing; the last one has forty names."""
    chance = random.Random(seed)
    values = ("web:1", "web:2", "web:10", "", 0, 7, ("web", 8080), ("web",), (), frozenset({"web:1"}), "a", "b")
    for number in range(count):
        size = 40 if number == count - 1 else 1 + number * 6 // count
        names = [f"{chance.choice('abxyz')}{n}" for n in range(size)]
        desired = {n: chance.choice(values) for n in names if chance.random() < 0.7}
        observed = {n: desired[n] if n in desired and chance.random() < 0.4 else chance.choice(values)
                    for n in names if chance.random() < 0.7}
        shuffled = list(observed)
        chance.shuffle(shuffled)
        yield desired, {n: observed[n] for n in shuffled}


def again() -> Iterator[Case]:
    """What was asked before, asked again, also twice in a row: the answer has not changed."""
    yield from (MIXED[5], MISSING[0], MISSING[0], UNWISHED[0], EQUAL[0], CHANGED[0], CHANGED[0], MISSING[0])


def apart(value):
    """An equal value that is another object: whoever compares with ``is`` is found out."""
    if isinstance(value, str):
        return "".join([*value])
    return tuple([apart(v) for v in value]) if isinstance(value, tuple) else value


def truth(desired: dict, observed: dict) -> str:
    """What is true of the one name of a case: missing, extra, equal or changed; '' when there are more names."""
    if len(desired | observed) != 1:
        return ""
    if not observed:
        return "missing"
    if not desired:
        return "extra"
    return "equal" if desired == observed else "changed"

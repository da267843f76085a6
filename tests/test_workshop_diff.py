"""Exercise 2.1: is the smallest case shown, and is what is said of it true?"""

import pytest

from mini_k8s.workshop.exercises.control_loop.diff_smaller import ONE_NAME, smallest
from mini_k8s.workshop.judge import judge

MANY = {f"web-{n}": "web:1" for n in range(40)}
STOPS = """
def diff(desired, observed):
    actions = [Action("start", n, w) for n, w in desired.items() if n not in observed]
    return actions + [Action("stop", n, w) for n, w in observed.items() if {}]
"""


def test_what_a_case_does_not_need_is_left_out():
    """Forty names come down to the one that goes wrong."""
    assert smallest(MANY, MANY, lambda d, o: "web-7" in d and "web-7" not in o) == ({"web-7": "web:1"}, {})


def test_a_case_that_takes_two_names_keeps_two():
    desired, observed = smallest(MANY, {}, lambda d, o: len(d) > 1)
    assert (len(desired), observed) == (2, {})


def test_one_name_is_shown_where_one_is_enough():
    """What needs two names here, and goes wrong with one elsewhere, is shown with one."""
    def wrong(desired, observed):
        return len(desired) > 1 or (desired, observed) == ONE_NAME[3]
    assert smallest(MANY, {}, wrong) == ONE_NAME[3]


def test_a_case_is_never_made_empty():
    assert smallest({"a": 1}, {"a": 1}, lambda d, o: True) in (({"a": 1}, {}), ({}, {"a": 1}))


@pytest.mark.parametrize(("asks", "shown"), [
    ("n not in desired or str(desired[n]) != str(w)", 'You take 7 and "7" for equal'),
    ("n not in ' '.join(desired) or desired[n] != w", 'with "web-10" and "web-1" it does not'),
    ("n not in desired or repr(desired[n]) != repr(w)", "frozenset({0, 8}) == frozenset({8, 0})"),
    ("n not in desired or desired[n] == w", "You act although nothing differs"),
])
def test_what_is_said_is_of_the_case_that_is_shown(asks, shown):
    message = " ".join(judge("2.1", STOPS.format(asks)).message.split())
    assert shown in message, message

"""What is the smallest case in which this ``diff`` still goes wrong? It is the one that is shown, and explained.

A guess about why is true only of the case it was made from. So the case is made small first: where one name is enough
to go wrong, one name is shown, and where it takes two, the two.
"""

from collections.abc import Callable, Iterator

from mini_k8s.workshop.exercises.control_loop.diff_cases import Case

MOST_TRIES = 150  # a case of forty names comes down to a few in fewer
ONE_NAME: tuple[Case, ...] = (
    ({"web": "web:1"}, {}), ({}, {"web": "web:1"}), ({"web": "web:1"}, {"web": "web:1"}),
    ({"web": "web:2"}, {"web": "web:1"}), ({"web": "web:1"}, {"web": "web:2"}),
)


def smallest(desired: dict, observed: dict, wrong: Callable[[dict, dict], bool]) -> Case:
    """The case without what it does not need to be ``wrong``; a case of one name where one is enough."""
    tries = iter(range(MOST_TRIES))
    found, size = (desired, observed), len(desired) + len(observed)
    while size:
        less = next((case for case in _without(found, size) if next(tries, None) is not None and wrong(*case)), None)
        if less:
            found, size = less, min(size, len(less[0]) + len(less[1]))
        else:
            size //= 2
    if len(found[0] | found[1]) > 1:
        return next((case for case in ONE_NAME if wrong(*case)), found)
    return found


def _without(case: Case, size: int) -> Iterator[Case]:
    """The case, each time without ``size`` of its entries."""
    entries = [(side, name) for side in (0, 1) for name in case[side]]
    for first in range(0, len(entries), size):
        gone = entries[first:first + size]
        if len(gone) == len(entries):
            return  # with nothing on either side, nothing can be explained
        yield tuple({n: w for n, w in case[side].items() if (side, n) not in gone} for side in (0, 1))

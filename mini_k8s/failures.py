"""Chapter 1: how often does something fail, and what does a slow repair cost?

Two averages say it all: for how long a thing works until it fails, and for how long it is broken then. Everything that
runs alternates between the two. Kubernetes changes nothing about the first; it is built to make the second short.

Left out: failures that come together (a machine takes all its containers along), and things that wear out.
"""


def availability(mtbf: float, repair: float) -> float:
    """Which share of the time does something work?

    mtbf      mean time between failures: for how many seconds it works, on average, from a
              repair until the next failure. The time of the repair is not in it. 0 or more
    repair    for how many seconds it does not work then, on average, until it is repaired.
              0 or more

    It works, fails, is repaired, works, fails, and so on for ever. Return the time that it
    works divided by the whole time: a number from 0.0 (never) to 1.0 (always). Half of the
    time is 0.5, not 50. Do not round.
    What never works (mtbf is 0) has the share 0.0, even when a repair takes no time.

    >>> availability(30, 10)
    0.75
    """
    if mtbf == 0:
        return 0.0
    return mtbf / (mtbf + repair)


def expected_failures(n: int, mtbf: float, hours: float) -> float:
    """How many failures do n things have together in so many hours?

    n        how many things there are, all of one kind: 0 or more
    mtbf     mean time between failures: for how many seconds one of them works, on average,
             until it fails. More than 0
    hours    for how many hours all of them are watched: 0 or more

    Each is repaired at once, and may fail again. Return how many failures there are on average,
    all things together, as a number from 0.0 up: a quarter of a failure is 0.25, for in four
    such times there is one. Do not round.

    >>> expected_failures(10, 36000, 2)
    2.0
    """
    return n * hours * 3600 / mtbf

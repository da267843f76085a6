"""How soon does the picture follow? From a change in the kernel to the changed page, in a real browser."""

import statistics
from collections.abc import Iterator

from tests.bench.rows import Row


def picture() -> Iterator[Row]:
    from tests.browser.latency import measure

    times = sorted(measure(samples=60))
    yield Row("event to picture, median", statistics.median(times))
    yield Row("event to picture, 95th percentile", times[int(len(times) * 0.95) - 1], most=100)


MEASURES = (picture,)

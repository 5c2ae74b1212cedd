"""How long one task takes there and back: submit it, wait for its result, submit the next."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from itertools import repeat
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.clock import now
from benchmarks.contest import Against, Contest
from benchmarks.pools import StdlibPool, ThreadPoolExecutor, noop, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests"]


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    trips = 20 if quick else 1_000
    for workers in (1, 8):
        yield Contest(
            f"roundtrip-{workers}",
            f"submit(...).result(), {workers} worker{'s' * (workers > 1)}",
            partial(side, ThreadPoolExecutor, workers, trips),
            (Against("stdlib's pool", partial(side, StdlibPool, workers, trips), 1.2),),
        )


@contextmanager
def side(
    make: Callable[[int], StdlibPool], workers: int, trips: int
) -> Iterator[Callable[[], float]]:
    """Make the trips on a pool that has all of its threads."""
    with started(make, workers) as pool:
        there_and_back(pool, trips)
        yield lambda: median(there_and_back(pool, trips) for _ in range(5))


def there_and_back(pool: StdlibPool, trips: int) -> float:
    """Return the seconds of one trip."""
    began = now()
    for _ in repeat(None, trips):
        pool.submit(noop).result()
    return (now() - began) / trips

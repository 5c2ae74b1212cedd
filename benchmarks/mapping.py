"""How long a map over many small items takes, from the call to the last result."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from multiprocessing.pool import ThreadPool
from typing import TYPE_CHECKING

from benchmarks.clock import now
from benchmarks.contest import Against, Contest
from benchmarks.pools import StdlibPool, ThreadPoolExecutor, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["contests", "double", "executor_side"]

_WORKERS = 8
_CHUNK = 100


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    items = 1_000 if quick else 100_000
    theirs = partial(executor_side, StdlibPool, _WORKERS, items, _CHUNK)
    yield Contest(
        "map-chunks",
        f"map over {items:,} small items, chunksize={_CHUNK}, {_WORKERS} workers",
        partial(executor_side, ThreadPoolExecutor, _WORKERS, items, _CHUNK),
        (
            Against("multiprocessing's ThreadPool.map", partial(pool_side, items), 1.0),
            Against("stdlib's pool (has no chunks)", theirs, 20.0),
        ),
        runs=7,
    )
    few = items // 5
    yield Contest(
        "map-items",
        f"map over {few:,} small items, each a task, {_WORKERS} workers",
        partial(executor_side, ThreadPoolExecutor, _WORKERS, few, 1),
        (Against("stdlib's pool", partial(executor_side, StdlibPool, _WORKERS, few, 1)),),
    )


def double(item: int) -> int:
    """Do next to nothing."""
    return item + item


@contextmanager
def executor_side(
    make: Callable[[int], StdlibPool], workers: int, items: int, chunk: int
) -> Iterator[Callable[[], float]]:
    """Map with an executor; the stdlib's takes no notice of the chunk size with threads."""
    with started(make, workers) as pool:
        consume(pool.map(double, range(items // 10), chunksize=chunk))
        yield lambda: timed(lambda: pool.map(double, range(items), chunksize=chunk))


@contextmanager
def pool_side(items: int) -> Iterator[Callable[[], float]]:
    """Map with the thread pool of multiprocessing."""
    with ThreadPool(_WORKERS) as pool:
        consume(pool.map(double, range(items // 10), _CHUNK))
        yield lambda: timed(lambda: pool.map(double, range(items), _CHUNK))


def timed(mapped: Callable[[], Iterable[int]]) -> float:
    """Return the seconds until all results are there."""
    began = now()
    consume(mapped())
    return now() - began


def consume(results: Iterable[int]) -> None:
    """Take all results, in order."""
    for _ in results:
        pass

"""Other libraries' pools of processes, at the same work as ours: single tasks, and round trips.

Each is used as its own documents say, with the same number of processes, started in the same way
where it lets one choose. What is not installed is left out, and the table says so.
"""
# ruff: noqa: PLC0415 - they are optional

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor as StdlibProcesses
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_all_start_methods, get_context
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.contest import Against
from benchmarks.peers import all_results, round_trips
from pausable import ProcessPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from benchmarks.contest import Side

__all__ = ["METHOD", "against", "our_side", "through", "trip"]

METHOD = "fork" if "fork" in get_all_start_methods() else "spawn"


def against(workers: int, measure: Callable[[Any, int], float], number: int) -> tuple[Against, ...]:
    """List the others; those from 1.0 on are to be slower."""
    peers = (
        ("stdlib's pool", stdlib, 1.7),
        ("multiprocessing.Pool", multiprocessing, None),
        ("loky", loky, 1.0),
        ("mpire", mpire, 1.0),
        ("pebble", pebble, 1.0),
    )
    return tuple(
        Against(name, partial(_side, peer, workers, measure, number), reach)
        for name, peer, reach in peers
    )


def our_side(workers: int, measure: Callable[[Any, int], float], number: int) -> Side:
    """Return our side of it."""
    return partial(_side, ours, workers, measure, number)


@contextmanager
def _side(
    peer: Callable[[int], AbstractContextManager[Any]],
    workers: int,
    measure: Callable[[Any, int], float],
    number: int,
) -> Iterator[Callable[[], float]]:
    """Measure a pool that has all of its processes, and has done a tenth of the work before."""
    with peer(workers) as submit:
        for result in [submit(rest) for _ in range(workers)]:
            result()
        measure(submit, max(number // 10, workers))
        yield lambda: median(measure(submit, number) for _ in range(3))


def rest() -> None:
    """Let the other processes have tasks, too."""
    time.sleep(0.05)


def trip(submit: Callable[[Callable[[], None]], Callable[[], object]], trips: int) -> float:
    """Return the seconds of one trip there and back."""
    return round_trips(submit, trips) / trips


through = all_results


# The pools: each gives what submits a function, and returns what waits for its result.


@contextmanager
def ours(workers: int) -> Iterator[Any]:
    """Give what submits to our pool."""
    with ProcessPoolExecutor(workers, get_context(METHOD)) as pool:
        yield lambda fn: pool.submit(fn).result


@contextmanager
def stdlib(workers: int) -> Iterator[Any]:
    """Give what submits to the stdlib's."""
    with StdlibProcesses(workers, get_context(METHOD)) as pool:
        yield lambda fn: pool.submit(fn).result


@contextmanager
def multiprocessing(workers: int) -> Iterator[Any]:
    """Give what submits to the pool of multiprocessing."""
    with get_context(METHOD).Pool(workers) as pool:
        yield lambda fn: pool.apply_async(fn).get


@contextmanager
def loky(workers: int) -> Iterator[Any]:
    """Give what submits to loky's pool, with its own way to start processes."""
    from loky import ProcessPoolExecutor as LokyPool

    with LokyPool(workers) as pool:
        yield lambda fn: pool.submit(fn).result


@contextmanager
def mpire(workers: int) -> Iterator[Any]:
    """Give what submits to mpire's pool."""
    from mpire import WorkerPool

    with WorkerPool(workers, start_method=METHOD) as pool:
        yield lambda fn: pool.apply_async(fn).get


@contextmanager
def pebble(workers: int) -> Iterator[Any]:
    """Give what submits to pebble's pool."""
    from pebble import ProcessPool

    with ProcessPool(max_workers=workers, context=get_context(METHOD)) as pool:
        yield lambda fn: pool.schedule(fn).result

"""Other libraries' thread pools at the same work: single tasks, round trips, maps in chunks.

Each is used as its own documents say. What is not installed is left out, and the table says so.
"""
# ruff: noqa: PLC0415 - they are optional

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from itertools import repeat
from multiprocessing.pool import ThreadPool
from typing import TYPE_CHECKING, Any

from benchmarks.clock import now
from benchmarks.contest import Against, Contest
from benchmarks.mapping import double, executor_side
from benchmarks.pools import ThreadPoolExecutor, noop, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from benchmarks.contest import Side

__all__ = ["contests"]

_WORKERS = 8
_CHUNK = 100
_AHEAD = 1.0  # of each


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    tasks, trips, items = (200, 20, 1_000) if quick else (20_000, 2_000, 20_000)
    yield Contest(
        "peers-tasks",
        f"{tasks:,} no-op tasks, submit to all results, {_WORKERS} workers",
        partial(side, ours, all_results, tasks),
        _against(all_results, tasks, pebble, more_executors, multiprocessing, joblib_tasks),
        runs=7,
    )
    yield Contest(
        "peers-roundtrip",
        f"{trips:,} times submit(...).result(), {_WORKERS} workers",
        partial(side, ours, round_trips, trips),
        _against(round_trips, trips, pebble, more_executors, multiprocessing),
        runs=7,
    )
    yield Contest(
        "peers-map",
        f"map over {items:,} small items in chunks of {_CHUNK}, {_WORKERS} workers",
        partial(executor_side, ThreadPoolExecutor, _WORKERS, items, _CHUNK),
        (
            Against("pebble", partial(side, pebble_map, timed, items), _AHEAD),
            Against("joblib, threading", partial(side, joblib_map, timed, items), _AHEAD),
        ),
        runs=7,
    )


_NAMES = {
    "pebble": "pebble",
    "more_executors": "more-executors",
    "multiprocessing": "multiprocessing's ThreadPool",
    "joblib_tasks": "joblib, threading",
}


def _against(
    measure: Callable[[Any, int], float],
    number: int,
    *peers: Callable[[], AbstractContextManager[Any]],
) -> tuple[Against, ...]:
    def entry(peer: Callable[[], AbstractContextManager[Any]]) -> Side:
        return partial(side, peer, timed if peer is joblib_tasks else measure, number)

    return tuple(Against(_NAMES[peer.__name__], entry(peer), _AHEAD) for peer in peers)


@contextmanager
def side(
    peer: Callable[[], AbstractContextManager[Any]],
    measure: Callable[[Any, int], float],
    number: int,
) -> Iterator[Callable[[], float]]:
    """Measure a pool that has done a tenth of the work before."""
    with peer() as used:
        measure(used, number // 10)
        yield lambda: measure(used, number)


# What is measured: *submit* takes a function, and returns what waits for its result.


def all_results(submit: Callable[[Callable[[], None]], Callable[[], object]], tasks: int) -> float:
    """Submit, and take every result."""
    began = now()
    for result in [submit(noop) for _ in range(tasks)]:
        result()
    return now() - began


def round_trips(submit: Callable[[Callable[[], None]], Callable[[], object]], trips: int) -> float:
    """Submit and take the result, one after the other."""
    began = now()
    for _ in repeat(None, trips):
        submit(noop)()
    return now() - began


def timed(run: Callable[[int], object], number: int) -> float:
    """Let a peer do it all in one call."""
    began = now()
    run(number)
    return now() - began


# The peers.


@contextmanager
def ours() -> Iterator[Any]:
    """Give what submits to our pool."""
    with started(ThreadPoolExecutor, _WORKERS) as pool:
        yield lambda fn: pool.submit(fn).result


@contextmanager
def pebble() -> Iterator[Any]:
    """Give what submits to pebble's pool."""
    from pebble import ThreadPool as PebblePool

    with PebblePool(max_workers=_WORKERS) as pool:
        yield lambda fn: pool.schedule(fn).result


@contextmanager
def more_executors() -> Iterator[Any]:
    """Give what submits to the plainest pool of more-executors."""
    from more_executors import Executors

    with Executors.thread_pool(max_workers=_WORKERS) as pool:
        yield lambda fn: pool.submit(fn).result


@contextmanager
def multiprocessing() -> Iterator[Any]:
    """Give what submits to the thread pool of multiprocessing."""
    with ThreadPool(_WORKERS) as pool:
        yield lambda fn: pool.apply_async(fn).get


@contextmanager
def joblib_tasks() -> Iterator[Any]:
    """Give what runs tasks with joblib, one by one as in the other pools."""
    from joblib import Parallel, delayed

    with Parallel(_WORKERS, "threading", batch_size=1, pre_dispatch="all") as parallel:
        yield lambda tasks: parallel(delayed(noop)() for _ in range(tasks))


@contextmanager
def pebble_map() -> Iterator[Any]:
    """Give what maps with pebble."""
    from pebble import ThreadPool as PebblePool

    with PebblePool(max_workers=_WORKERS) as pool:
        yield lambda items: list(pool.map(double, range(items), chunksize=_CHUNK).result())


@contextmanager
def joblib_map() -> Iterator[Any]:
    """Give what maps with joblib, in batches."""
    from joblib import Parallel, delayed

    with Parallel(_WORKERS, "threading", batch_size=_CHUNK, pre_dispatch="all") as parallel:
        yield lambda items: parallel(delayed(double)(item) for item in range(items))

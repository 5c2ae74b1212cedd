"""What a pool of processes costs, against the stdlib's: many tasks, round trips, a checkpoint."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor as StdlibProcesses
from contextlib import contextmanager
from functools import partial
from statistics import median
from threading import Event
from typing import TYPE_CHECKING

from benchmarks.checkpoint import checkpoints, our_side, timed
from benchmarks.contest import Against, Contest
from benchmarks.pools import noop
from benchmarks.roundtrip import there_and_back
from benchmarks.throughput import submit_to_results
from pausable import ProcessPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests"]

METHOD = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    tasks, trips, loops = (40, 10, 20) if quick else (2_000, 500, 5_000)
    for workers in (1, 8):
        processes = "1 process" if workers == 1 else f"{workers} processes"
        yield Contest(
            f"processes-throughput-{workers}",
            f"{tasks:,} no-op tasks, submit to all results, {processes}",
            partial(side, ProcessPoolExecutor, workers, partial(through, tasks)),
            (
                Against(
                    "stdlib's pool",
                    partial(side, StdlibProcesses, workers, partial(through, tasks)),
                    1.7,
                ),
            ),
        )
        yield Contest(
            f"processes-roundtrip-{workers}",
            f"submit(...).result(), {processes}",
            partial(side, ProcessPoolExecutor, workers, partial(round_trips, trips)),
            (
                Against(
                    "stdlib's pool",
                    partial(side, StdlibProcesses, workers, partial(round_trips, trips)),
                    1.7,
                ),
            ),
        )
    yield Contest(
        "processes-checkpoint",
        "checkpoint() in a worker process while nothing is paused",
        partial(checkpoint_side, loops),
        (Against("in a thread", partial(our_side, loops), 1.1),),
        sense="cost",
        runs=15,
    )


@contextmanager
def side(
    make: Callable[..., StdlibProcesses],
    workers: int,
    measure: Callable[[StdlibProcesses], float],
) -> Iterator[Callable[[], float]]:
    """Measure on a pool that has all of its processes."""
    with make(workers, multiprocessing.get_context(METHOD)) as pool:
        for future in [pool.submit(time.sleep, 0.05) for _ in range(workers)]:
            future.result()
        through(10 * workers, pool)
        yield partial(measure, pool)


def through(tasks: int, pool: StdlibProcesses) -> float:
    """Submit, and take every result."""
    return submit_to_results(pool, tasks)


def round_trips(trips: int, pool: StdlibProcesses) -> float:
    """Return the seconds of one trip there and back."""
    pool.submit(noop).result()
    return median(there_and_back(pool, trips) for _ in range(3))


@contextmanager
def checkpoint_side(loops: int) -> Iterator[Callable[[], float]]:
    """Call checkpoint() in a task of our pool of processes."""
    with ProcessPoolExecutor(1, multiprocessing.get_context(METHOD)) as pool:
        yield lambda: pool.submit(in_process, loops).result()


def in_process(loops: int) -> float:
    """Return the seconds of one check, there."""
    return timed(checkpoints, Event(), loops)

"""How long many tasks that do nothing take, from the first submit to the last result."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.clock import now
from benchmarks.contest import Against, Contest
from benchmarks.pools import StdlibPool, ThreadPoolExecutor, noop, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests", "side", "submit_to_results"]


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    tasks = 200 if quick else 20_000
    for workers in (1, 8):
        yield Contest(
            f"throughput-{workers}",
            f"{tasks:,} no-op tasks, submit to all results, {_workers(workers)}",
            partial(side, ThreadPoolExecutor, workers, tasks),
            (Against("stdlib's pool", partial(side, StdlibPool, workers, tasks), 5.0),),
        )
    yield Contest(
        "throughput-contexts",
        f"{tasks:,} no-op tasks in the context of their worker, 1 worker",
        partial(side, ThreadPoolExecutor, 1, tasks),
        (Against("in their submitter's", partial(side, travelling, 1, tasks), 1.0),),
    )


def travelling(workers: int) -> StdlibPool:
    """Make a pool of which each submit copies the context variables."""
    return ThreadPoolExecutor(workers, context="submitter")


def _workers(number: int) -> str:
    return f"{number} worker" if number == 1 else f"{number} workers"


@contextmanager
def side(
    make: Callable[[int], StdlibPool], workers: int, tasks: int
) -> Iterator[Callable[[], float]]:
    """Submit to a pool that has all of its threads and has done a tenth of the work before."""
    with started(make, workers) as pool:
        submit_to_results(pool, tasks // 10)
        yield lambda: submit_to_results(pool, tasks)


def submit_to_results(pool: StdlibPool, tasks: int) -> float:
    """Submit, and take every result."""
    began = now()
    futures = [pool.submit(noop) for _ in range(tasks)]
    for future in futures:
        future.result()
    return now() - began

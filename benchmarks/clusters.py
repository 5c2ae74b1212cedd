"""What pausing costs in a Dask cluster: throughput with and without us; and how a pause grows.

    python -m benchmarks.clusters 1 4 16        pauses of clusters of so many workers

It prints, for each size, idle and under load: the milliseconds until all workers have answered, and
until nothing ran (median, maximum), and the messages of a pause.
"""
# ruff: noqa: PLC0415, ANN401 - Dask is optional, and has few types

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.clock import now
from benchmarks.contest import Against, Contest
from pausable import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests"]

_THREADS = 2


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    tasks = 50 if quick else 2_000
    yield Contest(
        "cluster-throughput",
        f"{tasks:,} no-op tasks in a Dask cluster of 2 processes, submit to all results",
        partial(side, ours, tasks),
        (Against("Dask's own executor", partial(side, theirs, tasks), 0.8),),
        runs=5,
    )


def noop(number: int) -> int:
    """Do nothing."""
    return number


@contextmanager
def side(make: Callable[[Any], Any], tasks: int) -> Iterator[Callable[[], float]]:
    """Measure on a cluster that has run a task on each worker."""
    with clustered(2) as client:
        pool = make(client)
        list(pool.map(noop, range(20)))
        yield partial(through, pool, tasks)
        pool.shutdown()


def ours(client: Any) -> Any:
    """Make our executor."""
    from pausable.dask import DaskExecutor

    return DaskExecutor(client)


def theirs(client: Any) -> Any:
    """Make that of Dask."""
    return client.get_executor(pure=False)


def through(pool: Any, tasks: int) -> float:
    """Submit, and take every result; return the seconds."""
    began = now()
    for future in [pool.submit(noop, number) for number in range(tasks)]:
        future.result()
    return now() - began


@contextmanager
def clustered(workers: int) -> Iterator[Any]:
    """Have a cluster, and its client."""
    from distributed import Client, LocalCluster

    options = {"silence_logs": logging.CRITICAL, "dashboard_address": ":0"}
    with (
        LocalCluster(n_workers=workers, threads_per_worker=_THREADS, **options) as cluster,
        Client(cluster) as client,
    ):
        yield client


# How a pause grows.


def work(number: int) -> int:
    """Come to some checkpoints."""
    for _ in range(5):
        checkpoint()
        time.sleep(0.002)
    return number


def grow(workers: int, pauses: int = 21) -> None:
    """Pause a cluster of so many workers often, idle and under load, and print how that went."""
    from pausable.dask import DaskExecutor

    with clustered(workers) as client:
        executor = DaskExecutor(client)
        for load in ("idle", "load"):
            futures = [executor.submit(work, n) for n in range(workers * 600)] if load > "k" else []
            time.sleep(1)
            answered, quiet, sent = [], [], []
            for _ in range(pauses):
                before = executor._p_cluster.ask("count")
                began = now()
                hold = executor.pause("a look")
                answered.append(now() - began)
                if not hold.wait(30):
                    print("not quiescent:", executor.stragglers())
                quiet.append(now() - began)
                sent.append(executor._p_cluster.ask("count") - before)
                hold.release()
                time.sleep(0.05)
            print(f"{workers:3} {load:5}", shown(answered), shown(quiet), median(sent), flush=True)
            executor.stop("enough")
            del futures
        executor.shutdown(timeout=30)


def shown(seconds: list[float]) -> str:
    """Write the median, and the maximum, in milliseconds."""
    return f"{median(seconds) * 1e3:7.1f} ({max(seconds) * 1e3:.0f})"


if __name__ == "__main__":
    for size in map(int, sys.argv[1:]):
        grow(size)

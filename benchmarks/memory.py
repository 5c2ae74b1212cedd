"""How much memory a queued task takes: the future, the queue's entry, all that hangs on them.

As tracemalloc counts it. The futures are kept, as by a program that wants the results.
"""

from __future__ import annotations

import gc
import tracemalloc
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from benchmarks.contest import Against, Contest
from benchmarks.pools import StdlibPool, ThreadPoolExecutor, noop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests"]


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    tasks = 500 if quick else 20_000
    yield Contest(
        "memory",
        "memory per queued task",
        partial(side, ThreadPoolExecutor, tasks),
        (Against("stdlib's pool", partial(side, StdlibPool, tasks), 0.25),),
        sense="cost",
        unit="B",
        runs=5,
    )


@contextmanager
def side(make: Callable[[int], StdlibPool], tasks: int) -> Iterator[Callable[[], float]]:
    """Queue tasks behind one that waits."""
    began, go = Event(), Event()

    def wait() -> None:
        began.set()
        go.wait()

    with make(1) as pool:
        pool.submit(wait)
        began.wait()
        try:
            yield lambda: queue_them(pool, tasks)
        finally:
            go.set()


def queue_them(pool: StdlibPool, tasks: int) -> float:
    """Return the bytes of one queued task; the list of the futures is not counted."""
    futures: list[object] = [None] * tasks
    tracemalloc.start()
    try:
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for index in range(tasks):
            futures[index] = pool.submit(noop)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / tasks

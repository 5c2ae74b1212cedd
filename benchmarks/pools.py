"""Pools to be measured, made alike: ours and the stdlib's, with all of their threads started."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor as StdlibPool
from contextlib import contextmanager
from threading import Barrier
from typing import TYPE_CHECKING

from pausable import ThreadPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["StdlibPool", "ThreadPoolExecutor", "noop", "started", "warm"]


def noop() -> None:
    """Do nothing: what is measured is what the pool adds."""


@contextmanager
def started(make: Callable[[int], StdlibPool], workers: int) -> Iterator[StdlibPool]:
    """Make a pool and start all of its threads; shut it down afterwards."""
    with make(workers) as pool:
        warm(pool, workers)
        yield pool


def warm(pool: StdlibPool, workers: int) -> None:
    """Start all threads of *pool*: as many tasks as workers that wait for each other."""
    meeting = Barrier(workers)
    for future in [pool.submit(meeting.wait) for _ in range(workers)]:
        future.result()

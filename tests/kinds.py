"""One scope of each kind that runs tasks, for the tests of what reaches them from outside.

Each has one task, which goes on until it is stopped or `ended`.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from helpers import until

import pausable
from pausable import Thread, ThreadPoolExecutor, aio, checkpoint
from pausable.futures import ProcessPoolExecutor
from pausable.pool import ThreadPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["KINDS", "made"]


def work() -> None:
    """Go on and on."""
    while True:
        checkpoint()
        time.sleep(0.001)


async def tick() -> None:
    """Go on and on, and know nothing of us."""
    while True:
        await asyncio.sleep(0.001)


@contextmanager
def threads() -> Iterator[Any]:
    """Make a pool of threads."""
    with ThreadPoolExecutor(2) as pool:
        pool.submit(work)
        yield pool


@contextmanager
def own_threads() -> Iterator[Any]:
    """Start a thread that is in no pool."""
    thread = Thread(target=work)
    thread.start()
    yield thread.scope
    thread.join()


@contextmanager
def call_pools() -> Iterator[Any]:
    """Make a pool as that of `multiprocessing.pool`."""
    with ThreadPool(1) as pool:
        pool.apply_async(work)
        yield pool


@contextmanager
def processes() -> Iterator[Any]:
    """Make a pool of processes."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        pool.submit(work)
        until(lambda: pool.status().tasks[0].pid)  # before, it waits for its process to start
        yield pool


@contextmanager
def coroutines() -> Iterator[Any]:
    """Make a group of coroutines, on a loop of another thread."""
    with _on_a_loop(lambda: aio.TaskGroup("pages")) as group:
        yield group


@contextmanager
def coroutines_below() -> Iterator[Any]:
    """Make a group of coroutines that hangs below a pool of threads, and yield that."""
    with (
        ThreadPoolExecutor(2) as pool,
        _on_a_loop(lambda: aio.TaskGroup("uploads", below=pool)),
    ):
        yield pool


def _end(scope: Any) -> None:
    pausable.resume()
    scope.resume()
    scope.stop("the test is over")


@contextmanager
def _on_a_loop(make: Callable[[], aio.TaskGroup]) -> Iterator[aio.TaskGroup]:
    groups: list[aio.TaskGroup] = []

    async def main() -> None:
        async with make() as group:
            group.create_task(tick())
            groups.append(group)

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    until(lambda: groups)
    yield groups[0]
    thread.join()


KINDS: dict[str, Callable[[], Any]] = {
    "threads": threads,
    "Thread": own_threads,
    "ThreadPool": call_pools,
    "processes": processes,
    "coroutines": coroutines,
    "coroutines below threads": coroutines_below,
}


@contextmanager
def made(kind: str) -> Iterator[Any]:
    """Make the scope of a kind, whose task runs; it is ended, whatever becomes of the test."""
    with KINDS[kind]() as scope:
        try:
            until(lambda: scope.status().running == 1)
            yield scope
        finally:
            _end(scope)

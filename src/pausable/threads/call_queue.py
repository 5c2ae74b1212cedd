"""The call queue of a `multiprocessing.pool.ThreadPool`: who puts a call into it submits a task.

Who gets one starts it. All else of such a pool is as ever: its threads, its handlers, its results.
"""

from __future__ import annotations

import itertools
import os
import queue
from functools import partial
from multiprocessing import pool as stdlib
from typing import TYPE_CHECKING, Any

from pausable.scopes.shutdown import close
from pausable.scopes.submission import submit
from pausable.threads.pool_threads import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.threads.pool_threads import PoolThreads

__all__ = ["CallQueue", "have_calls_queued", "next_name", "number_of_threads"]

_numbers = itertools.count(1)


def next_name() -> str:
    """Return a name for a ThreadPool that has none."""
    return f"ThreadPool-{next(_numbers)}"


def number_of_threads(asked: Any) -> int:
    """Return how many threads there will be; 0 if the ThreadPool will refuse to be made."""
    if asked is None:
        return int(getattr(os, "process_cpu_count", os.cpu_count)() or 1)
    return asked if isinstance(asked, int) else 0


def have_calls_queued(pool: Any, crew: PoolThreads) -> None:
    """Have the calls of a ThreadPool, whose queues have just been made, be tasks of a crew."""
    chunked = (stdlib.mapstar, stdlib.starmapstar)  # type: ignore[attr-defined]
    pool._inqueue = CallQueue(crew, pool._outqueue.put, chunked)
    pool._quick_put = pool._inqueue.put


class CallQueue:
    """Where calls wait for a thread, with the methods that a ThreadPool uses of it."""

    def __init__(
        self,
        crew: PoolThreads,
        tell: Callable[[tuple[Any, ...]], None],
        chunked: tuple[Any, Any],
    ) -> None:
        """Queue calls in the pool of a crew; *tell* is given what becomes of those not started."""
        self._crew = crew
        self._tell = tell
        self._chunked = chunked

    def put(self, item: Any) -> None:
        """Submit a call; None lets a thread end, when there is nothing left to do.

        Raises:
            RuntimeError: the ThreadPool has been terminated.
        """
        crew = self._crew
        if item is None:
            close(crew.pool.root, cancel_futures=False)
            crew.let_leave()
            return
        call = Call(item, self._chunked)
        task = submit(crew.pool.root, None, call, (), {})
        task.add_done_callback(partial(self._end, call.job, call.index))

    def _end(self, job: int, index: Any, task: Any) -> None:
        """Tell of a task that has ended without having started: nobody else does."""
        if task._p_started_at is None:
            try:
                task.result(0)
            except Exception as error:  # noqa: BLE001 - it is the call's
                self._tell((job, index, (False, error)))
            self._crew.let_leave()

    def get(self, block: bool = True) -> tuple[Any, ...] | None:
        """Begin a call, when one may start; None if there will be no more.

        Not to *block* is how a ThreadPool is terminated: what has not started is dropped.

        Raises:
            queue.Empty: not to *block*.
        """
        if not block:
            close(self._crew.pool.root, cancel_futures=True)
            raise queue.Empty
        started = self._crew.next_call()
        return None if started is None else (*started.place(), started, (), {})

    def empty(self) -> bool:
        """Say whether no call waits."""
        return self._crew.pool.unstarted == 0

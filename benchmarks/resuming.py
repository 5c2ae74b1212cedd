"""How long it takes from a resume until the last of the resting tasks has moved.

Each task notes the time at which it comes out of its rest, and then ends.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from benchmarks.contest import Against, Contest
from benchmarks.pools import StdlibPool, ThreadPoolExecutor
from pausable import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests", "our_side", "their_side"]

_STACK = 256 * 1024  # bytes; 2,000 threads with the system's stacks would be refused on some


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    for tasks in (1, 8, 20) if quick else (1, 8, 64, 2_000):
        yield Contest(
            f"resuming-{tasks}",
            f"resume of {tasks:,} resting task{'s' * (tasks > 1)} until the last moves",
            partial(our_side, tasks),
            (
                Against(
                    "Event.set() on as many waiters",
                    partial(their_side, tasks),
                    None if tasks == 8 else 1.2,
                ),
            ),
            sense="cost",
            runs=9 if tasks == 2_000 else 41,
        )


class Moved:
    """When tasks moved, and a way to wait for the last."""

    def __init__(self, tasks: int) -> None:
        """Expect so many tasks."""
        self.tasks = tasks
        self.times: list[float] = []
        self.all_have = threading.Lock()
        self.all_have.acquire()

    def note(self) -> None:
        """Note that a task has moved."""
        self.times.append(perf_counter())
        if len(self.times) == self.tasks:
            self.all_have.release()

    def after(self, resume: Callable[[], object]) -> float:
        """Return the seconds from calling *resume* until the last has moved."""
        began = perf_counter()
        resume()
        self.all_have.acquire()
        return max(self.times) - began


@contextmanager
def our_side(tasks: int) -> Iterator[Callable[[], float]]:
    """Let tasks of our pool rest, and resume them."""
    go = threading.Event()
    moved = Moved(tasks)

    def task() -> None:
        go.wait()
        checkpoint()
        moved.note()

    with small_stacks(), ThreadPoolExecutor(tasks) as pool:
        for _ in range(tasks):
            pool.submit(task)
        wait_until(lambda: pool.status().running == tasks)
        pool.pause("the benchmark")
        go.set()
        wait_until(pool.is_quiescent)
        yield lambda: moved.after(pool.resume)


@contextmanager
def their_side(tasks: int) -> Iterator[Callable[[], float]]:
    """Let tasks of the stdlib's pool wait for an event, and set it."""
    event = threading.Event()
    moved = Moved(tasks)

    def task() -> None:
        event.wait()
        moved.note()

    with small_stacks(), StdlibPool(tasks) as pool:
        for _ in range(tasks):
            pool.submit(task)
        # An event does not tell how many wait for it.
        wait_until(lambda: len(event._cond._waiters) == tasks)  # type: ignore[attr-defined]
        yield lambda: moved.after(event.set)


@contextmanager
def small_stacks() -> Iterator[None]:
    """Start threads with small stacks in this block."""
    before = threading.stack_size(_STACK)
    try:
        yield
    finally:
        threading.stack_size(before)


def wait_until(fact: Callable[[], bool]) -> None:
    """Wait for a fact, in no hurry."""
    while not fact():
        sleep(0.001)
    sleep(0.02)  # the last of them has come, but may not have fallen asleep

"""Nothing moves: while a pool is paused its tasks do nothing, and its threads do not even wake."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from chaos.usage import HAS_PROC, settled_usage, spin, usage
from helpers import until

from pausable import ThreadPoolExecutor, checkpoint, each, resting, sleep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TASKS = 8
BUSY = 0.2  # seconds of CPU time for which the main thread is busy

needs_proc = pytest.mark.skipif(not HAS_PROC, reason="the system does not tell: no /proc")


class Counter:
    """A task that counts, as fast as it can, in one of several ways to come to its gate."""

    def __init__(self, way: Callable[[Counter], Any]) -> None:
        """Count in this way."""
        self.way = way
        self.count = 0
        self.began = threading.Event()

    def __call__(self) -> None:
        """Count until stopped."""
        while True:
            self.count += 1
            self.began.set()
            self.way(self)


def at_checkpoints(counter: Counter) -> None:
    """Come to a checkpoint."""
    checkpoint()


def in_sleep(counter: Counter) -> None:
    """Sleep for a little."""
    sleep(0.0005)


def in_long_sleep(counter: Counter) -> None:
    """Sleep for long: the pause comes in the middle of it."""
    sleep(1000.0)


def in_each(counter: Counter) -> None:
    """Go through items."""
    for _ in each(range(3)):
        counter.count += 1


def after_resting(counter: Counter) -> None:
    """Wait a little for something else, again and again."""
    with resting():
        threading.Event().wait(0.0005)


WAYS = [at_checkpoints, in_sleep, in_long_sleep, in_each, after_resting]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Make a pool that is stopped after the test."""
    pool = ThreadPoolExecutor(TASKS)
    yield pool
    pool.stop("the test is over")
    pool.resume()
    assert pool.shutdown(timeout=20)


def start(pool: ThreadPoolExecutor, way: Callable[[Counter], Any]) -> list[Counter]:
    """Start as many counters as there are slots."""
    counters = [Counter(way) for _ in range(TASKS)]
    for counter in counters:
        pool.submit(counter)
    for counter in counters:
        assert counter.began.wait(10)
    return counters


@pytest.mark.parametrize("way", WAYS)
def test_counters_stand_still(pool, way):
    """Eight tasks that count, all at rest: a busy main thread sees no counter change."""
    counters = start(pool, way)
    pool.pause("to look")
    assert pool.wait_quiescent(10)
    assert pool.status().resting == TASKS
    before = [counter.count for counter in counters]
    spin(BUSY)
    assert [counter.count for counter in counters] == before
    if way is not in_long_sleep:
        pool.resume()  # it stood still because of the pause, and of nothing else
        for counter, count in zip(counters, before, strict=True):
            until(lambda c=counter, n=count: c.count > n, what="it counts again")


@needs_proc
@pytest.mark.parametrize("way", [at_checkpoints, in_sleep, in_long_sleep, in_each])
def test_resting_tasks_cost_nothing(pool, way):
    """Eight tasks at rest: no context switch of a worker, and no CPU time, while paused."""
    start(pool, way)
    pool.pause("to look")
    assert pool.wait_quiescent(10)
    before = settled_usage(pool._threads)
    spin(BUSY)
    assert usage(pool._threads) == before


def make_idle_workers(pool: ThreadPoolExecutor) -> None:
    """Have all threads of the pool started, and wait until none has anything to do."""
    barrier = threading.Barrier(TASKS + 1)
    for _ in range(TASKS):
        pool.submit(barrier.wait, 10)
    barrier.wait(10)
    until(lambda: len(pool._p_node.pool.seats.idle) == TASKS, what="all workers are idle")


@needs_proc
def test_idle_workers_cost_nothing(pool):
    """A pool without tasks waits without waking."""
    make_idle_workers(pool)
    before = settled_usage(pool._threads)
    spin(BUSY)
    assert usage(pool._threads) == before


@needs_proc
def test_queued_tasks_of_a_paused_pool_wake_nobody(pool):
    """Tasks that are submitted while the pool is paused, and cancelled, leave idle workers alone."""
    make_idle_workers(pool)
    pool.pause("to look")
    before = settled_usage(pool._threads)
    futures = [pool.submit(int) for _ in range(100)]
    assert all(future.cancel() for future in futures[::2])
    spin(BUSY)
    assert usage(pool._threads) == before
    assert pool.status().queued == 50
    pool.resume()
    assert [future.result(10) for future in futures[1::2]] == [0] * 50


@needs_proc
def test_a_second_hold_and_its_release_wake_nobody(pool):
    """What does not open the gate is no business of the tasks that rest there."""
    start(pool, at_checkpoints)
    pool.pause("to look")
    assert pool.wait_quiescent(10)
    before = settled_usage(pool._threads)
    second = pool.pause("another one's")
    assert pool.status().resting == TASKS
    assert second.release()
    spin(BUSY)
    assert usage(pool._threads) == before


@needs_proc
def test_a_paused_group_does_not_wake_for_the_others(pool):
    """Tasks of a paused group rest in peace while tasks of the same pool come and go."""
    group = pool.group("resting")
    counters = [Counter(at_checkpoints) for _ in range(3)]
    for counter in counters:
        group.submit(counter)
    for counter in counters:
        assert counter.began.wait(10)
    seats = {seat.ident for seat in pool._p_node.pool.seats if seat.task is not None}
    threads = [thread for thread in pool._threads if thread.ident in seats]
    assert len(threads) == 3
    group.pause("to look")
    assert group.wait_quiescent(10)
    before = settled_usage(threads)
    for _ in range(50):
        assert pool.submit(int).result(10) == 0
    assert usage(threads) == before


@needs_proc
@pytest.mark.parametrize("way", [at_checkpoints, in_long_sleep])
def test_only_the_timer_wakes_for_a_hold_that_ends(pool, way):
    """A hold with a duration ends: the timer's thread alone does that, while another hold stays."""
    start(pool, way)
    pool.pause("stays")
    assert pool.wait_quiescent(10)
    before = settled_usage(pool._threads)
    hold = pool.pause("ends by itself", duration=0.1)
    spin(BUSY)
    until(lambda: hold.is_released())
    until(lambda: "pausable-timer" not in [each.name for each in threading.enumerate()])
    assert usage(pool._threads) == before
    assert pool.status().resting == TASKS


def test_a_hold_that_ends_lets_all_go(pool):
    """Without another hold it is the timer that makes the tasks run again."""
    counters = start(pool, at_checkpoints)
    with_an_end = pool.pause("ends by itself", duration=0.05)
    until(lambda: with_an_end.is_released())
    before = [counter.count for counter in counters]
    for counter, count in zip(counters, before, strict=True):
        until(lambda c=counter, n=count: c.count > n, what="it counts again")

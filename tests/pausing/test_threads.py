"""How many threads a pool has: pausing and resuming start none for nothing."""

from __future__ import annotations

import pytest
from helpers import until
from workloads import Loop

from pausable import sleep


def alive(pool) -> int:
    """Count the pool's threads."""
    return sum(thread.is_alive() for thread in pool._threads)


@pytest.mark.parametrize("queued", [0, 20])
def test_a_pause_starts_no_thread(make_pool, queued) -> None:
    """Whether tasks are queued or not: a paused pool has the threads that it had."""
    pool = make_pool(8)
    loops = [Loop() for _ in range(4)]
    for loop in loops:
        pool.submit(loop)
        assert loop.began.wait(10)
    for _ in range(queued):
        pool.submit(sleep, 3600)
    before = max(alive(pool), 4 if not queued else 8)
    for _ in range(10):
        with pool.pause("x", timeout=10):
            assert alive(pool) <= before
    assert alive(pool) <= before


def test_a_closed_group_takes_no_thread(make_pool) -> None:
    """Tasks queued in a closed group, and in a paused pool, start none."""
    pool = make_pool(4)
    group = pool.group("g")
    group.pause("x")
    for _ in range(100):
        group.submit(int)
    assert alive(pool) == 0
    pool.pause("x")
    for _ in range(100):
        pool.submit(int)
    assert alive(pool) == 0


def test_tasks_in_place_of_resting_ones_have_threads_of_their_own(make_pool) -> None:
    """As many threads more as there are tasks at rest in a closed group, and no more than that."""
    pool = make_pool(3)
    group = pool.group("g")
    resting = [Loop() for _ in range(3)]
    for loop in resting:
        group.submit(loop)
        assert loop.began.wait(10)
    group.pause("x")
    running = [Loop() for _ in range(10)]
    for loop in running:
        pool.submit(loop)
    until(lambda: (pool.status().running, pool.status().resting) == (3, 3))
    until(lambda: alive(pool) == 6)
    assert pool.submit(int).cancel()
    assert alive(pool) == 6


def test_threads_that_are_one_too_many_leave(make_pool) -> None:
    """After the group's tasks have come back and ended, no more than max_workers threads are left."""
    pool = make_pool(2)
    group = pool.group("g")
    loops = [Loop() for _ in range(4)]
    for number, loop in enumerate(loops):
        (group if number < 2 else pool).submit(loop)
        if number == 1:
            until(lambda: pool.status().running == 2)
            group.pause("x")
    until(lambda: all(loop.began.is_set() for loop in loops))
    group.resume()
    for loop in loops:
        loop.go.set()
    until(lambda: pool.status().done == 4)
    until(lambda: alive(pool) <= 2)


def test_submits_to_an_idle_pool_reuse_its_threads_after_pauses(make_pool) -> None:
    """A pool that was paused and resumed a hundred times still reuses its idle worker."""
    pool = make_pool(8)
    assert pool.submit(int).result(10) == 0
    for _ in range(100):
        with pool.pause("x", timeout=10):
            future = pool.submit(int)
        assert future.result(10) == 0
    assert alive(pool) == 1

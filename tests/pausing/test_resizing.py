"""`max_workers` can be set while the pool runs and while it is paused."""

from __future__ import annotations

import math

import pytest
from helpers import until
from workloads import Loop


def submit(pool, number: int) -> list[Loop]:
    """Submit so many loops."""
    loops = [Loop() for _ in range(number)]
    for loop in loops:
        pool.submit(loop)
    return loops


def test_raised_while_running(make_pool) -> None:
    """More tasks start at once, without a submit."""
    pool = make_pool(1)
    submit(pool, 5)
    until(lambda: pool.status().running == 1)
    pool.max_workers = 4
    until(lambda: pool.status().running == 4)
    assert pool.max_workers == pool.status().max_workers == 4
    assert pool.status().queued == 1


def test_lowered_while_running(make_pool) -> None:
    """What runs goes on; no new task starts until fewer than the new number run."""
    pool = make_pool(4)
    loops = submit(pool, 6)
    until(lambda: pool.status().running == 4)
    pool.max_workers = 2
    for loop in loops[:2]:
        loop.go.set()
    until(lambda: pool.status().done == 2)
    assert pool.status().running == 2
    assert pool.status().queued == 2
    loops[2].go.set()
    until(lambda: pool.status().queued == 1)
    assert pool.status().running == 2


def test_raised_while_paused(make_pool) -> None:
    """Nothing starts in the paused pool; after the resume more run."""
    pool = make_pool(1)
    submit(pool, 4)
    until(lambda: pool.status().running == 1)
    with pool.pause("x", timeout=10):
        pool.max_workers = 3
        status = pool.status()
        assert (status.running, status.resting, status.queued) == (0, 1, 3)
    until(lambda: pool.status().running == 3)


def test_lowered_while_paused(make_pool) -> None:
    """After the resume no more go on than the new number; the others wait, at rest, for a slot."""
    pool = make_pool(4)
    loops = submit(pool, 5)
    until(lambda: pool.status().running == 4)
    with pool.pause("x", timeout=10):
        pool.max_workers = 1
    until(lambda: pool.status().running == 1)
    assert pool.status().resting == 3
    assert not pool.is_paused()
    for done in (1, 2, 3):
        running = [future for future in pool.tasks() if future.status().state == "running"]
        number = int(running[0].name.rpartition("-")[2])
        loops[number - 1].go.set()
        until(lambda done=done: pool.status().done == done)
        until(lambda: pool.status().running == 1)
        assert pool.status().resting == 3 - done
        assert pool.status().queued == 1


def test_raised_while_tasks_wait_for_a_slot(make_pool) -> None:
    """Tasks at rest in an open pool, for want of a slot, go on when there are more."""
    pool = make_pool(3)
    submit(pool, 3)
    until(lambda: pool.status().running == 3)
    with pool.pause("x", timeout=10):
        pool.max_workers = 1
    until(lambda: pool.status().running == 1)
    pool.max_workers = 3
    until(lambda: pool.status().running == 3)


@pytest.mark.parametrize("paused", [False, True])
def test_again_and_again(make_pool, paused) -> None:
    """Two hundred changes with tasks coming and going: each task runs once, and none is lost."""
    pool = make_pool(1)
    ran: list[int] = []
    if paused:
        pool.pause("x")
    futures = []
    for number in range(200):
        futures.append(pool.submit(ran.append, number))
        pool.max_workers = number % 7 + 1
    pool.resume()
    for future in futures:
        future.result(10)
    assert sorted(ran) == list(range(200))


def test_surplus_idle_workers_leave(make_pool) -> None:
    """After lowering, no more threads are left than the new number."""
    pool = make_pool(6)
    loops = submit(pool, 6)
    until(lambda: pool.status().running == 6)
    for loop in loops:
        loop.go.set()
    until(lambda: pool.status().done == 6)
    pool.max_workers = 2
    until(lambda: sum(thread.is_alive() for thread in pool._threads) <= 2)
    assert [future.result(10) for future in [pool.submit(int) for _ in range(20)]] == [0] * 20


@pytest.mark.parametrize("value", [0, -1, math.nan])
def test_bad_numbers(make_pool, value) -> None:
    """Zero, negative and NaN are a ValueError; the pool keeps the number that it had."""
    pool = make_pool(2)
    with pytest.raises(ValueError, match="max_workers"):
        pool.max_workers = value
    assert pool.max_workers == 2
    assert pool.submit(int).result(10) == 0


@pytest.mark.parametrize("value", [None, "2", [2]])
def test_no_numbers(make_pool, value) -> None:
    """What is no number is a TypeError; the pool keeps the number that it had."""
    pool = make_pool(2)
    with pytest.raises(TypeError, match="max_workers"):
        pool.max_workers = value
    assert pool.max_workers == 2

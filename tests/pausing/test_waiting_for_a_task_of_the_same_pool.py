"""A task that waits for another task of its own pool does not need a second worker."""

from __future__ import annotations

import concurrent.futures
import threading

import pytest
from helpers import until
from workloads import Loop, Stuck

from pausable import futures as ours


def by_result(future) -> object:
    return future.result(30)


def by_exception(future) -> object:
    assert future.exception(30) is None
    return future.result(0)


def by_wait(future) -> object:
    done, not_done = ours.wait([future], timeout=30)
    assert not not_done
    return done.pop().result(0)


def by_as_completed(future) -> object:
    return next(ours.as_completed([future], timeout=30)).result(0)


WAYS = [by_result, by_exception, by_wait, by_as_completed]


@pytest.mark.parametrize("wait", WAYS)
def test_with_one_worker(make_pool, wait) -> None:
    """The waiting task gives its slot to the one that it waits for, five deep."""
    pool = make_pool(1)

    def task(depth: int) -> int:
        return 1 + wait(pool.submit(task, depth - 1)) if depth else 0

    assert pool.submit(task, 5).result(30) == 5


@pytest.mark.parametrize("wait", WAYS)
def test_paused_and_resumed_while_it_waits(make_pool, wait) -> None:
    """A pause that begins and ends during the wait does not give the slot back to the waiting task."""
    pool = make_pool(1)
    submitted = threading.Event()

    def task() -> object:
        pool.pause("so that the other one does not start")
        future = pool.submit(lambda: "inner")
        submitted.set()
        return wait(future)

    future = pool.submit(task)
    assert submitted.wait(10)
    until(lambda: pool.status().resting == 1)
    for _ in range(5):
        pool.pause("again")
        pool.resume()
    assert future.result(30) == "inner"


@pytest.mark.parametrize("wait", WAYS)
def test_paused_it_counts_as_at_rest(make_pool, wait) -> None:
    """A pool with a task that waits for a resting one is quiescent; after the resume both end."""
    pool = make_pool(1)
    loop = Loop()
    futures = []

    def task() -> object:
        futures.append(pool.submit(loop))
        return wait(futures[0])

    future = pool.submit(task)
    assert loop.began.wait(10)
    for _ in range(10):
        with pool.pause("x", timeout=10):
            status = pool.status()
            assert (status.running, status.resting) == (0, 2)
    loop.go.set()
    assert future.result(30) == loop.rounds


@pytest.mark.parametrize("wait", WAYS)
def test_what_it_waited_for_ends_while_paused(make_pool, wait) -> None:
    """The waiting task does not run on while paused, although what it waited for has ended."""
    pool = make_pool(2)
    stuck = Stuck()
    after = threading.Event()

    def plain() -> str:
        stuck.began.set()
        assert stuck.go.wait(20)
        return "ended under the pause"

    def task() -> object:
        outcome = wait(inner)
        after.set()
        return outcome

    inner = pool.submit(plain)
    assert stuck.began.wait(10)
    future = pool.submit(task)
    until(lambda: pool.status().resting == 1)
    hold = pool.pause("x")
    stuck.go.set()
    assert hold.wait(10)
    assert inner.done()
    assert not after.is_set()
    assert pool.status().resting == 1
    hold.release()
    assert future.result(10) == "ended under the pause"


def test_a_wait_that_times_out(make_pool) -> None:
    """The waiting task gets its TimeoutError, and a slot, when the other one rests longer."""
    pool = make_pool(1)
    loop = Loop()
    group = pool.group("g")

    def task() -> str:
        with pytest.raises(TimeoutError):
            group.submit(loop).result(0.05)
        return "timed out"

    future = pool.submit(task)
    assert loop.began.wait(10)
    group.pause("x")
    assert future.result(10) == "timed out"


def test_a_wait_for_a_held_group(make_pool) -> None:
    """One task waits for a task of a paused group; others of the pool use the only slot meanwhile."""
    pool = make_pool(1)
    group = pool.group("g")
    group.pause("x")
    inner = group.submit(lambda: "inner")
    future = pool.submit(lambda: inner.result(30))
    assert [pool.submit(int).result(10) for _ in range(5)] == [0] * 5
    assert not future.done()
    group.resume()
    assert future.result(10) == "inner"


def test_a_wait_for_another_pool_keeps_the_slot(make_pool) -> None:
    """Who waits for a task of another pool is at rest but keeps its place, as in the stdlib."""
    pool, other = make_pool(1), make_pool(1)
    stuck = Stuck()
    inner = other.submit(stuck)
    future = pool.submit(inner.result, 30)
    until(lambda: pool.status().resting == 1)
    queued = pool.submit(int)
    with pool.pause("x", timeout=10):
        pass
    assert not queued.running()
    stuck.go.set()
    assert future.result(10) == "let go"
    assert queued.result(10) == 0


def test_two_workers_and_a_tree_of_tasks(make_pool) -> None:
    """A tree of 127 tasks that wait for each other, paused and resumed all the while."""
    pool = make_pool(2)

    def node(depth: int) -> int:
        children = [pool.submit(node, depth - 1) for _ in range(2)] if depth else []
        return 1 + sum(child.result(30) for child in children)

    future = pool.submit(node, 6)
    while not future.done():
        with pool.pause("x", timeout=20):
            assert pool.status().running == 0
            done = pool.status().done
        until(lambda done=done: pool.status().done > done)
    assert future.result(0) == 127


def test_map_in_a_task(make_pool) -> None:
    """`map` of the own pool inside a task, with one worker, and paused in between."""
    pool = make_pool(1)

    def task() -> list[int]:
        return list(pool.map(abs, range(-20, 0)))

    future = pool.submit(task)
    with pool.pause("x", timeout=10):
        pass
    assert future.result(20) == list(range(20, 0, -1))


def test_the_stdlibs_own_wait_is_not_ours(make_pool) -> None:
    """The stdlib's `wait` works on our futures in a task, as long as there is a worker for them."""
    pool = make_pool(2)

    def task() -> int:
        return len(concurrent.futures.wait([pool.submit(int) for _ in range(5)], 20).done)

    assert pool.submit(task).result(30) == 5

"""A task that shuts its own pool down, or pauses it for good: an error or an end, never a hang."""

from __future__ import annotations

import threading

import pytest
from helpers import until
from workloads import background

from pausable import ThreadPoolExecutor, checkpoint


def test_waiting_for_its_own_end_is_an_error(pool) -> None:
    """`shutdown(wait=True)` in a task would wait for itself: it says so, and the task goes on."""

    def task() -> str:
        with pytest.raises(RuntimeError, match="wait=False"):
            pool.shutdown()
        return "went on"

    assert pool.submit(task).result(10) == "went on"


def test_the_same_for_its_group(pool) -> None:
    """A task of a group can wait neither for the group's end nor for the pool's."""
    group = pool.group("g")
    other = pool.group("other")

    def task() -> bool:
        for scope in (group, pool):
            with pytest.raises(RuntimeError, match="wait=False"):
                scope.shutdown()
        return other.shutdown()

    assert group.submit(task).result(10) is True


def test_without_waiting_it_may(pool) -> None:
    """`shutdown(wait=False)` in a task: what is queued still runs, nothing more is taken."""

    def task() -> str:
        pool.shutdown(wait=False)
        with pytest.raises(RuntimeError, match="shutdown"):
            pool.submit(int)
        return "went on"

    future = pool.submit(task)
    assert future.result(10) == "went on"
    assert pool.shutdown(timeout=10) is True


def test_the_with_block_of_its_own_pool(pool) -> None:
    """The end of `with pool:` inside a task of that pool is the same error."""

    def task() -> None:
        with pool:
            pass

    assert isinstance(pool.submit(task).exception(10), RuntimeError)


def test_a_task_may_have_a_pool_of_its_own(pool) -> None:
    """A pool made, paused, resumed and shut down inside a task; the task counts as at rest in it."""

    def task() -> list[int]:
        with ThreadPoolExecutor(2) as inner:
            futures = [inner.submit(int) for _ in range(10)]
            with inner.pause("x", timeout=10):
                assert inner.is_quiescent()
            return [future.result(10) for future in futures]

    assert pool.submit(task).result(20) == [0] * 10


def test_a_task_that_pauses_and_shuts_down(make_pool) -> None:
    """Its pool is left paused and shut down; whoever resumes it lets the rest run."""
    pool = make_pool(1)

    def task() -> str:
        assert go.wait(20)
        pool.pause("mine")
        pool.shutdown(wait=False)
        checkpoint()
        return "went on"

    go = threading.Event()
    future = pool.submit(task)
    queued = pool.submit(int)
    go.set()
    until(lambda: pool.status().resting == 1)
    waiting = background(pool.shutdown)
    assert not future.done()
    assert pool.resume() == 1
    assert future.result(10) == "went on"
    assert queued.result(10) == 0
    assert waiting.result(10) is True


def test_a_done_callback_that_shuts_down(make_pool) -> None:
    """A callback may shut down without waiting."""
    pool = make_pool(1)
    future = pool.submit(int)
    future.add_done_callback(lambda _: pool.shutdown(wait=False))
    assert future.result(10) == 0
    until(lambda: pool.status().is_shut_down)
    assert pool.shutdown(timeout=10) is True


def test_a_done_callback_that_pauses(make_pool) -> None:
    """A callback may pause its pool; its worker does not start another task then."""
    pool = make_pool(1)
    hold = pool.pause("until all are queued")
    futures = [pool.submit(int) for _ in range(3)]
    futures[0].add_done_callback(lambda _: pool.pause("one at a time"))
    hold.release()
    assert futures[0].result(10) == 0
    until(pool.is_paused)
    assert pool.wait_quiescent(10)
    assert pool.status().queued == 2
    pool.resume()
    assert [future.result(10) for future in futures] == [0] * 3

"""Stop and cancel of paused tasks, of those that have started and of those that have not."""

from __future__ import annotations

from concurrent.futures import CancelledError

import pytest
from helpers import until
from workloads import Loop

from pausable import TaskStopped


def test_cancel_of_a_paused_task_that_has_started(pool) -> None:
    """`cancel()` is False, and the task is untouched: it rests, and goes on after the resume."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    with pool.pause("x", timeout=10):
        assert future.cancel() is False
        assert not future.cancelled()
        assert future.running()
        assert future.status().state == "resting"
    rounds = loop.rounds
    until(lambda: loop.rounds > rounds)
    loop.go.set()
    assert future.result(10) == loop.rounds


@pytest.mark.parametrize("level", ["pool", "group", "task"])
def test_cancel_of_a_paused_task_that_has_not_started(pool, level) -> None:
    """`cancel()` is True; `result` raises a plain CancelledError; it never starts."""
    group = pool.group("g")
    ran: list[int] = []
    pool.pause("x")
    future = group.submit(ran.append, 1)
    if level != "pool":
        {"group": group, "task": future}[level].pause("y")
        pool.resume()
    assert future.is_paused()
    assert future.cancel() is True
    assert future.cancel() is True
    assert not future.is_paused()
    with pytest.raises(CancelledError) as caught:
        future.result(0)
    assert not isinstance(caught.value, TaskStopped)
    pool.resume()
    group.resume()
    assert pool.submit(int).result(10) == 0
    assert not ran
    assert pool.status().queued == 0


def test_cancel_then_stop_and_stop_then_cancel(pool) -> None:
    """What came first counts; the second is harmless."""
    pool.pause("x")
    first, second = pool.submit(int), pool.submit(int)
    assert first.cancel()
    assert first.stop("too late") is False
    with pytest.raises(CancelledError) as caught:
        first.result(0)
    assert not isinstance(caught.value, TaskStopped)
    assert second.stop("enough")
    assert second.cancel() is True
    with pytest.raises(TaskStopped, match="enough"):
        second.result(0)


def test_pause_of_a_task_that_was_asked_to_stop(pool) -> None:
    """A stopped task does not rest any more: a pause comes too late to keep it."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    pool.pause("first")
    assert pool.wait_quiescent(10)
    future.stop("enough")
    future.pause("second")
    with pytest.raises(TaskStopped):
        future.result(10)
    assert future.holds() == ()


def test_a_stopped_task_leaves_a_quiescent_pool(pool) -> None:
    """After the stop of one of two resting tasks the other still rests, and the pool is quiescent."""
    loops = [Loop(), Loop()]
    futures = [pool.submit(loop) for loop in loops]
    for loop in loops:
        assert loop.began.wait(10)
    hold = pool.pause("x")
    assert hold.wait(10)
    futures[0].stop("enough")
    with pytest.raises(TaskStopped):
        futures[0].result(10)
    assert hold.wait(10)
    status = pool.status()
    assert (status.running, status.resting, status.done) == (0, 1, 1)
    assert not futures[1].done()


def test_nothing_starts_in_place_of_a_stopped_task(make_pool) -> None:
    """In a paused pool the slot of a stopped task is not given to a queued one."""
    pool = make_pool(1)
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    queued = pool.submit(int)
    assert pool.pause("x").wait(10)
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(10)
    until(lambda: pool.status().done == 1)
    assert pool.status().queued == 1
    assert not queued.running()
    pool.resume()
    assert queued.result(10) == 0


def test_a_stop_while_pausing(pool) -> None:
    """Paused and stopped before it comes to its checkpoint, the task ends instead of resting."""
    for _ in range(200):
        loop = Loop()
        future = pool.submit(loop)
        assert loop.began.wait(10)
        hold = pool.pause("x")
        future.stop("enough")
        with pytest.raises(TaskStopped):
            future.result(10)
        assert hold.wait(10)
        hold.release()
    until(lambda: pool.status().done == 200)


def test_a_stop_and_a_resume_at_once(pool) -> None:
    """Whichever is first, the task ends; nothing is counted twice."""
    for order in (0, 1) * 100:
        loop = Loop()
        future = pool.submit(loop)
        assert loop.began.wait(10)
        assert pool.pause("x").wait(10)
        for step in (pool.resume, future.stop)[:: -1 if order else 1]:
            step()
        with pytest.raises(TaskStopped):
            future.result(10)
    until(lambda: pool.status().done == 200)
    status = pool.status()
    assert (status.running, status.resting, status.queued) == (0, 0, 0)

"""`hold.wait()` and `wait_quiescent()`: true when the scope is quiescent, false when time is up."""

from __future__ import annotations

import threading

import pytest
from helpers import until
from workloads import Loop, Stuck, background


def test_an_idle_scope_is_quiescent_at_once(pool) -> None:
    """Without started tasks there is nothing to wait for, with or without queued ones."""
    group = pool.group("g")
    assert pool.wait_quiescent(0)
    hold = pool.pause("x")
    pool.submit(int)
    group.submit(int)
    assert hold.wait(0)
    assert group.wait_quiescent(0)
    assert pool.is_quiescent()
    assert pool.stragglers() == []


def test_time_up_is_false_and_changes_nothing(pool) -> None:
    """A wait that fails returns False; the hold stays, and a later wait succeeds."""
    stuck = Stuck()
    pool.submit(stuck)
    assert stuck.began.wait(10)
    hold = pool.pause("x")
    assert hold.wait(0) is False
    assert hold.wait(0.01) is False
    assert pool.wait_quiescent(0.01) is False
    assert not hold.is_released()
    stuck.go.set()
    assert hold.wait(10) is True
    assert pool.wait_quiescent(0) is True


def test_a_wait_without_a_timeout_ends_with_the_last_straggler(pool) -> None:
    """The wait ends when the last of two tasks rests, not when the first does."""
    first, second = Stuck(), Stuck()
    futures = [pool.submit(first), pool.submit(second)]
    hold = pool.pause("x")
    assert first.began.wait(10)
    assert second.began.wait(10)
    waiting = background(hold.wait)
    first.go.set()
    until(futures[0].is_quiescent)
    assert not waiting.done()
    second.go.set()
    assert waiting.result(10) is True


def test_many_threads_wait_for_one_scope(make_pool) -> None:
    """All of them are told, on the pool, on the group, by the hold and by the task."""
    pool = make_pool(3)
    group = pool.group("g")
    stuck = Stuck()
    future = group.submit(stuck)
    assert stuck.began.wait(10)
    on_pool, on_group, on_task = pool.pause("p"), group.pause("g"), future.pause("t")
    waits = [on_pool.wait, on_group.wait, on_task.wait, pool.wait_quiescent, group.wait_quiescent]
    waiting = [background(wait) for wait in waits * 3]
    assert not any(each.done() for each in waiting)
    stuck.go.set()
    assert all(each.result(10) for each in waiting)


def test_a_task_that_ends_makes_the_scope_quiescent(pool) -> None:
    """A straggler that ends without a checkpoint counts, too."""
    began, go = threading.Event(), threading.Event()

    def plain() -> str:
        began.set()
        go.wait(30)
        return "over"

    future = pool.submit(plain)
    assert began.wait(10)
    waiting = background(pool.pause("x").wait)
    go.set()
    assert waiting.result(10)
    assert future.result(0) == "over"


def test_a_short_quiescence_is_not_missed(pool) -> None:
    """A waiter is told even if the scope is resumed right after it came to rest."""
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    for _ in range(100):
        waiting = background(pool.wait_quiescent, 10)
        until(lambda: pool._p_node.waiters.listed, what="it waits")
        hold = pool.pause("x")
        until(lambda: pool.status().resting == 1)
        hold.release()
        assert waiting.result(10)


def test_an_open_pool_may_be_waited_for(pool) -> None:
    """Quiescence without a pause: true once all tasks have ended."""
    stuck = Stuck()
    future = pool.submit(stuck)
    waiting = background(pool.wait_quiescent, 20)
    assert stuck.began.wait(10)
    stuck.go.set()
    assert waiting.result(10)
    assert future.done()


def test_a_paused_task_alone_is_waited_for(pool) -> None:
    """A hold on a task waits for that task, and for no other."""
    stuck, loop = Stuck(), Loop()
    pool.submit(stuck)
    future = pool.submit(loop)
    assert loop.began.wait(10)
    assert future.pause("x").wait(10)
    assert future.is_quiescent()
    assert not pool.is_quiescent()


def test_a_hold_on_a_queued_task_is_quiescent_at_once(pool) -> None:
    """A task that has not started rests already; it does not start either."""
    stuck = [Stuck(), Stuck()]
    for each in stuck:
        pool.submit(each)
    future = pool.submit(int)
    assert future.pause("x").wait(0)
    assert future.is_paused()
    for each in stuck:
        each.go.set()
    until(lambda: pool.status().running == 0)
    assert pool.submit(int).result(10) == 0
    assert not future.done()
    assert future.resume() == 1
    assert future.result(10) == 0


def test_a_hold_on_a_task_that_is_over_is_released_already(pool) -> None:
    """Pausing what is over does nothing, raises nothing, and waits for nothing."""
    future = pool.submit(int)
    future.result(10)
    until(lambda: pool.status().done == 1)
    hold = future.pause("too late")
    assert hold.is_released()
    assert hold.wait(0)
    assert not future.is_paused()
    assert future.holds() == ()
    assert hold.release() is False
    assert future.resume() == 0


@pytest.mark.parametrize("scope", ["pool", "group"])
def test_a_wait_for_a_running_scope_names_its_stragglers(pool, scope) -> None:
    """`stragglers()` has the tasks of that scope that neither rest nor have ended."""
    group = pool.group("g")
    inside, outside = Stuck(), Stuck()
    futures = {"group": group.submit(inside), "pool": pool.submit(outside)}
    assert inside.began.wait(10)
    assert outside.began.wait(10)
    found = {each.task for each in (group if scope == "group" else pool).stragglers()}
    expected = {futures["group"].name} if scope == "group" else {f.name for f in futures.values()}
    assert found == expected


def test_who_waits_for_one_task_keeps_no_other_from_starting(make_pool) -> None:
    """The tasks that are queued beside one that is held and was waited for start in its slot."""
    pool = make_pool(1)
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    blocker = pool.pause("x")
    queued = [pool.submit(int), pool.group("g").submit(int)]
    hold = future.pause("y")
    assert hold.wait(10)
    blocker.release()
    assert [each.result(10) for each in queued] == [0, 0]
    again = Stuck()
    busy = pool.submit(again)
    assert again.began.wait(10)
    queued = [pool.submit(int), pool.group("g").submit(int)]
    second = busy.pause("z")
    assert not second.wait(0)
    again.go.set()
    assert second.wait(10)
    assert [each.result(10) for each in queued] == [0, 0]
    hold.release()
    second.release()

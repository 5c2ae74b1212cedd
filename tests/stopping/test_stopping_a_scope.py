"""`pool.stop()` and `group.stop()`: all tasks of the scope end, and the scope goes on."""

from __future__ import annotations

import pytest
from helpers import until
from workloads import Loop, Stuck

from pausable import TaskStopped, sleep


def are_stopped(futures, reason: str) -> bool:
    """Wait for futures; say whether all were stopped with *reason*."""
    for future in futures:
        with pytest.raises(TaskStopped) as caught:
            future.result(10)
        if caught.value.reason != reason:
            return False
    return True


@pytest.mark.parametrize("paused", [False, True])
def test_started_and_queued_ones_end(make_pool, paused) -> None:
    """Running, resting and queued tasks, those of groups included; the number is returned."""
    pool = make_pool(3)
    group = pool.group("g").group("h")
    scopes = (pool, group)
    futures = [scope.submit(sleep, 3600) for scope in scopes for _ in range(5)]
    until(lambda: pool.status().running == 3)
    if paused:
        assert pool.pause("x").wait(10)
    assert pool.stop("all of it") == 10
    assert are_stopped(futures, "all of it")
    assert pool.is_paused() == paused
    until(lambda: pool.status().done == 10)
    assert pool.tasks() == []
    assert pool.stop("again") == 0


def test_the_pool_goes_on(pool) -> None:
    """After a stop the pool takes tasks, and they run; a hundred times over."""
    for number in range(100):
        futures = [pool.submit(sleep, 3600) for _ in range(4)]
        pool.stop(f"round {number}")
        assert are_stopped(futures, f"round {number}")
        assert pool.submit(int).result(10) == 0


def test_a_paused_pool_stays_paused(pool) -> None:
    """What is submitted after the stop waits for the resume."""
    pool.pause("x")
    pool.submit(int)
    pool.stop("all")
    future = pool.submit(int)
    assert pool.is_paused()
    assert pool.status().queued == 1
    pool.resume()
    assert future.result(10) == 0


def test_a_group_alone(make_pool) -> None:
    """Stopping a group leaves the pool's own tasks and other groups running."""
    pool = make_pool(6)
    group, other = pool.group("g"), pool.group("other")
    inside = [scope.submit(sleep, 3600) for scope in (group, group.group("nested"))]
    loops = [Loop(), Loop()]
    outside = [pool.submit(loops[0]), other.submit(loops[1])]
    until(lambda: pool.status().running == 4)
    assert group.stop("this one") == 2
    assert are_stopped(inside, "this one")
    rounds = [loop.rounds for loop in loops]
    until(lambda: all(loop.rounds > n for loop, n in zip(loops, rounds, strict=True)))
    assert not any(future.done() for future in outside)
    assert group.submit(int).result(10) == 0


def test_a_paused_group(make_pool) -> None:
    """The resting tasks of a paused group are stopped while the pool's others use all slots."""
    pool = make_pool(2)
    group = pool.group("g")
    held = [group.submit(sleep, 3600) for _ in range(2)]
    until(lambda: group.status().running == 2)
    group.pause("x")
    loops = [Loop(), Loop()]
    for loop in loops:
        pool.submit(loop)
        assert loop.began.wait(10)
    assert group.stop("this one") == 2
    for loop in loops:
        loop.go.set()
    assert are_stopped(held, "this one")
    assert group.is_paused()


def test_a_stop_does_not_wait(pool) -> None:
    """It returns although a task comes to no checkpoint; that one ends when it does."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    assert pool.stop("all") == 1
    assert not future.done()
    stuck.go.set()
    assert are_stopped([future], "all")


def test_tasks_submitted_meanwhile_are_spared(pool) -> None:
    """A stop ends the tasks that there are; a cleanup's own submit is a new one."""
    spared = []

    def task() -> None:
        try:
            sleep(3600)
        finally:
            spared.append(pool.submit(lambda: "spared"))

    future = pool.submit(task)
    until(lambda: pool._p_node.resters.sleepers, what="it sleeps")
    pool.stop("all")
    assert are_stopped([future], "all")
    assert spared[0].result(10) == "spared"


def test_a_task_may_stop_its_own_pool(pool) -> None:
    """The task that does so is stopped with the others, at its next checkpoint."""
    other = pool.submit(sleep, 3600)
    until(other.running)

    def task() -> None:
        pool.stop("from inside")
        sleep(3600)

    future = pool.submit(task)
    assert are_stopped([future, other], "from inside")


def test_a_long_queue(pool) -> None:
    """Twenty thousand queued tasks are gone when the call returns."""
    pool.pause("x")
    futures = [pool.submit(int) for _ in range(20_000)]
    assert pool.stop("all") == 20_000
    assert all(future.cancelled() for future in futures)
    assert pool.status().queued == 0
    pool.resume()
    assert pool.submit(int).result(10) == 0


def test_a_scope_that_is_paused_stays_paused(pool) -> None:
    """A stop ends work and no hold: what is submitted afterwards waits for the resume."""
    group = pool.group("g")
    for scope in (pool, group):
        loop = Loop()
        future = scope.submit(loop)
        assert loop.began.wait(10)
        hold = scope.pause("x")
        assert scope.stop("enough") == 1
        until(future.cancelled)
        assert scope.is_paused()
        assert [each.reason for each in scope.holds()] == ["x"]
        after = scope.submit(int)
        assert not after.running()
        hold.release()
        assert after.result(10) == 0


@pytest.mark.parametrize("end", ["stop", "shutdown"])
def test_a_callback_that_raises_keeps_no_other_from_being_called(make_pool, end) -> None:
    """Each is called once, of each task; what was raised comes out in the end."""
    pool = make_pool(1)
    pool.pause("x")
    called = []

    def fail(future) -> None:
        called.append(future)
        raise SystemExit

    futures = [pool.submit(int) for _ in range(3)]
    for future in futures:
        future.add_done_callback(fail)
    with pytest.raises(SystemExit):
        if end == "stop":
            pool.stop()
        else:
            pool.shutdown(wait=False, cancel_futures=True)
    assert called == futures
    assert all(future.cancelled() for future in futures)

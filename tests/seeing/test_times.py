"""Times: active time does not count rest, paused time does not count anything else."""

from __future__ import annotations

import threading
import time

import pytest
from helpers import until
from workloads import Loop, Stuck

from pausable import resting, sleep


def passed(seconds: float) -> None:
    """Let so much time go by, as the workload."""
    began = time.monotonic()
    until(lambda: time.monotonic() >= began + seconds)


@pytest.mark.parametrize("level", ["pool", "group", "task"])
def test_of_a_paused_task(pool, level) -> None:
    """While it rests its active time stands still and its paused time grows; both end with it."""
    group = pool.group("g")
    loop = Loop()
    future = group.submit(loop)
    assert loop.began.wait(10)
    scope = {"pool": pool, "group": group, "task": future}[level]
    with scope.pause("x", timeout=10):
        active = future.active_time
        assert active > 0
        paused = future.paused_time
        passed(0.1)
        assert future.active_time == active
        assert future.paused_time >= paused + 0.1
    until(lambda: future.active_time > active)
    loop.go.set()
    future.result(10)
    until(lambda: pool.status().done == 1)
    final = (future.active_time, future.paused_time)
    passed(0.02)
    assert (future.active_time, future.paused_time) == final
    assert final[1] >= 0.1


def test_they_add_up(pool) -> None:
    """Active and paused time together are what went by between start and end, and no more."""
    began = time.monotonic()
    future = pool.submit(sleep, 0.1)
    until(lambda: future.running() or future.done())
    for _ in range(5):
        with pool.pause("x", timeout=10):
            passed(0.01)
    future.result(10)
    until(lambda: pool.status().done == 1)
    lasted = time.monotonic() - began
    assert future.active_time >= 0.1
    assert future.active_time + future.paused_time <= lasted


def test_before_the_start(pool) -> None:
    """A queued task has no time of either kind, paused or not."""
    pool.pause("x")
    future = pool.submit(int)
    passed(0.02)
    assert (future.active_time, future.paused_time) == (0, 0)
    pool.resume()
    future.result(10)


def test_a_task_that_was_never_paused(pool) -> None:
    """Its paused time is zero, its active time what it took."""
    future = pool.submit(time.sleep, 0.05)
    future.result(10)
    assert future.active_time >= 0.05
    assert future.paused_time == 0


def test_on_the_way_to_a_checkpoint(pool) -> None:
    """Between the pause and the checkpoint the task runs: that is active time."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    hold = pool.pause("x")
    active = future.active_time
    until(lambda: future.active_time > active + 0.02)
    assert future.paused_time == 0
    stuck.go.set()
    assert hold.wait(10)


def test_waiting_for_another_task(make_pool) -> None:
    """Time in `result()` and in `resting()` is neither active nor, in an open pool, paused."""
    pool = make_pool(3)
    go = threading.Event()

    def quiet() -> None:
        with resting():
            assert go.wait(20)

    stuck = Stuck()
    inner = pool.submit(stuck)
    futures = [pool.submit(quiet), pool.submit(lambda: inner.result(20))]
    until(lambda: pool.status().resting == 2)
    before = [future.active_time for future in futures]
    passed(0.05)
    assert [future.active_time for future in futures] == before
    assert [future.paused_time for future in futures] == [0, 0]
    with pool.group("other").pause("x", timeout=10):
        passed(0.01)
    hold = pool.pause("y")
    passed(0.05)
    assert all(future.paused_time >= 0.05 for future in futures)
    hold.release()
    paused = [future.paused_time for future in futures]
    passed(0.02)
    assert [future.paused_time for future in futures] == paused
    go.set()
    stuck.go.set()
    for future in futures:
        future.result(10)


def test_of_a_scope(pool) -> None:
    """A scope's times are those of its gate: open and closed, by whomever."""
    group = pool.group("g")
    passed(0.02)
    with pool.pause("x", timeout=10):
        passed(0.05)
        status = pool.status()
        assert status.paused_time >= 0.05
        assert status.groups["g"].paused_time >= 0.05
    with group.pause("y", timeout=10):
        passed(0.05)
    after = pool.status()
    assert after.active_time >= 0.02 + 0.05
    assert after.groups["g"].paused_time >= 0.1
    assert after.paused_time < after.groups["g"].paused_time
    paused = after.paused_time
    passed(0.01)
    assert pool.status().paused_time == paused


def test_of_a_stopped_task(pool) -> None:
    """A task that was stopped at rest keeps its times."""
    future = pool.submit(sleep, 3600)
    until(future.running)
    with pool.pause("x", timeout=10):
        passed(0.03)
        future.stop("enough")
        until(lambda: pool.status().done == 1)
        assert future.paused_time >= 0.03
        times = (future.active_time, future.paused_time)
        passed(0.01)
        assert (future.active_time, future.paused_time) == times

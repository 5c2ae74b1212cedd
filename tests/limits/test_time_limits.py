"""Time limits: a task that has run for too long is stopped, whatever its pauses."""

from __future__ import annotations

import asyncio
import math
import pickle
import threading
import time

import pytest
from clocks import HOUR, clock
from helpers import until
from workloads import Loop

from pausable import TaskStopped, TaskTimeout, checkpoint, current_task, resting
from pausable import sleep as pausable_sleep

__all__ = ["clock"]


class Runs:
    """A task that runs for so many seconds of active time, with a `finally` block."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.began = threading.Event()
        self.cleaned_up = threading.Event()

    def __call__(self) -> str:
        self.began.set()
        try:
            while current_task().active_time < self.seconds:
                checkpoint()
                time.sleep(0.001)
        finally:
            self.cleaned_up.set()
        return "done"


def looks_away() -> None:
    """Come to no checkpoint, until one would raise."""
    me = current_task()
    until(lambda: me.status().stop_reason is not None)


def test_a_pause_longer_than_the_limit_does_not_stop_it(pool, clock):
    """An hour of active time, and a pause of more than that in the middle."""
    loop = Loop()
    future = pool.options(timeout=HOUR).submit(loop)
    assert loop.began.wait(10)
    hold = future.pause("for longer than the limit")
    until(lambda: future.status().state == "resting")
    clock.move(2 * HOUR)
    hold.release()
    loop.go.set()
    assert future.result(10) == loop.rounds
    assert future.active_time < HOUR < future.paused_time


def test_one_that_runs_longer_is_stopped(pool):
    """Its `finally` block runs, and `result()` raises a TimeoutError that says how long."""
    runs = Runs(60)
    future = pool.options(timeout=0.2, name="job").submit(runs)
    with pytest.raises(TimeoutError, match=r"its limit is 0\.2 s") as caught:
        future.result(30)
    error = caught.value
    assert isinstance(error, TaskTimeout)
    assert (error.task, error.limit, error.measure) == ("job", 0.2, "active time")
    assert error.used >= 0.2
    assert runs.cleaned_up.is_set()
    assert (future.done(), future.cancelled(), future.exception()) == (True, False, error)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.used) == (str(error), error.used)


def test_several_pauses_and_then_too_long(pool, clock):
    """What it ran between its pauses adds up."""
    loop = Loop()
    future = pool.options(timeout=HOUR).submit(loop)
    assert loop.began.wait(10)
    for _ in range(3):
        with future.pause("again", timeout=10):
            until(lambda: future.status().state == "resting")
            clock.move(HOUR)
        clock.move(0.4 * HOUR)
    assert isinstance(future.exception(30), TaskTimeout)
    assert future.active_time >= HOUR


def test_a_limit_that_is_used_up_at_rest_waits_for_the_resume(pool, clock):
    """No timer runs for a task that rests: the end of its rest sets it again."""
    loop = Loop()
    future = pool.options(timeout=2 * HOUR).submit(loop)
    assert loop.began.wait(10)
    clock.move(HOUR)
    hold = future.pause("for long")
    until(lambda: future.status().state == "resting")
    clock.move(HOUR)
    until(lambda: not any(each.name == "pausable-timer" for each in threading.enumerate()))
    assert not future.done()
    hold.release()
    clock.move(HOUR)
    assert isinstance(future.exception(30), TaskTimeout)


def test_a_deadline_counts_pauses(pool, clock):
    """In wall time since its start: it is stopped where it rests."""
    runs = Runs(60)
    future = pool.options(deadline=HOUR).submit(runs)
    assert runs.began.wait(10)
    assert future.pause("held for ever").wait(10)
    clock.move(HOUR)
    error = future.exception(30)
    assert isinstance(error, TaskTimeout)
    assert error.measure == "wall time"
    assert "of wall time" in str(error)
    assert runs.cleaned_up.is_set()


def test_both_limits(pool):
    """The one that is used up first counts."""
    error = pool.options(timeout=60, deadline=0.05).submit(Runs(60)).exception(30)
    assert error.measure == "wall time"
    error = pool.options(timeout=0.05, deadline=60).submit(Runs(60)).exception(30)
    assert error.measure == "active time"


def test_a_group_with_a_limit(make_pool):
    """For each of its tasks and those of the groups below; options come first."""
    pool = make_pool(4)
    group = pool.group("g", timeout=0.05)
    below = group.group("below")
    futures = [
        group.submit(Runs(60)),
        below.submit(Runs(60)),
        below.options(name="x").submit(Runs(60)),
    ]
    assert all(isinstance(each.exception(30), TaskTimeout) for each in futures)
    assert group.options(timeout=60).submit(Runs(0.1)).result(30) == "done"
    assert pool.submit(Runs(0.1)).result(30) == "done"


def test_a_limit_for_each_call_of_map(pool):
    """Each item is a task, or each chunk."""
    with pytest.raises(TaskTimeout):
        list(pool.options(timeout=0.05).map(lambda seconds: Runs(seconds)(), [0.0, 60.0]))
    with pytest.raises(TaskTimeout):
        list(
            pool.group("g", timeout=0.05).map(lambda seconds: Runs(seconds)(), [60.0], chunksize=2)
        )


def test_sleep_counts_and_rest_does_not(pool, clock):
    """Asleep a task is active; in a `resting()` block it is not."""
    assert isinstance(
        pool.options(timeout=0.05).submit(pausable_sleep, 60).exception(30), TaskTimeout
    )
    go = threading.Event()

    def rests():
        with resting():
            assert go.wait(10)
        return "done"

    future = pool.options(timeout=HOUR).submit(rests)
    until(lambda: future.status().state == "resting")
    clock.move(2 * HOUR)
    until(lambda: not any(each.name == "pausable-timer" for each in threading.enumerate()))
    go.set()
    assert future.result(10) == "done"


def test_a_stop_by_somebody_else_is_a_stop(pool):
    """The first reason counts."""
    loop = Loop()
    future = pool.options(timeout=60).submit(loop)
    assert loop.began.wait(10)
    future.stop("not needed")
    with pytest.raises(TaskStopped, match="not needed"):
        future.result(10)


def test_what_a_limited_task_raises_and_returns_is_its_own(pool):
    """Its name, too, and the function's arguments."""
    limited = pool.options(timeout=60)
    assert limited.submit(divmod, 7, 2).result(10) == (3, 1)
    future = limited.submit(int, "x", base=10)
    assert future.name.startswith("int-")
    assert isinstance(future.exception(10), ValueError)
    with pytest.raises(TypeError, match="a task must be callable"):
        limited.submit(3)


def test_asyncio_sees_the_timeout(pool):
    """`wrap_future` hands the error on: it is an exception, not a cancel."""

    async def main():
        await asyncio.wrap_future(pool.options(timeout=0.05).submit(Runs(60)))

    with pytest.raises(TaskTimeout):
        asyncio.run(main())


def test_a_timer_is_there_only_for_tasks_with_limits(pool):
    """No thread of a timer while tasks without a limit run, nor after those with one."""
    until(lambda: not any(each.name == "pausable-timer" for each in threading.enumerate()))
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    assert not any(each.name == "pausable-timer" for each in threading.enumerate())
    loop.go.set()
    future.result(10)
    assert pool.options(timeout=60).submit(str, 1).result(10) == "1"
    until(lambda: not any(each.name == "pausable-timer" for each in threading.enumerate()))


@pytest.mark.parametrize("value", [0, -1, math.nan, "x", True])
@pytest.mark.parametrize("name", ["timeout", "deadline"])
def test_bad_limits_are_refused(pool, name, value):
    """At the call."""
    with pytest.raises((TypeError, ValueError), match=name):
        pool.options(**{name: value})
    with pytest.raises((TypeError, ValueError), match=name):
        pool.group("g", **{name: value})


def test_a_task_that_never_asks(make_pool, clock):
    """Of a preemptive pool: its limit stops it between two lines, and a pause does not count."""
    pool = make_pool(1, preemptive="auto")
    if not pool.status().is_preemptive:
        pytest.skip("this Python has no preemption")
    began = threading.Event()

    def spin():
        began.set()
        while True:
            pass

    future = pool.options(timeout=HOUR).submit(spin)
    assert began.wait(10)
    with pool.pause("for longer than the limit", timeout=20):
        clock.move(2 * HOUR)
    until(lambda: future.status().state == "running")
    assert not future.status().stop_reason
    clock.move(HOUR)
    assert isinstance(future.exception(30), TaskTimeout)


@pytest.mark.parametrize("option", ["timeout", "deadline"])
def test_a_limit_that_could_not_be_kept(pool, caplog, option):
    """A task that never looks ends as it ends; the log and its status say that it went beyond."""
    future = pool.options(name="blind", **{option: 0.01}).submit(looks_away)
    assert future.result(10) is None
    measure = "active time" if option == "timeout" else "wall time"
    until(lambda: "blind has used" in caplog.text)  # the herald says it
    (said,) = [each for each in caplog.messages if "blind has used" in each]
    assert f"s of {measure}; its limit of 0.01 s could not be kept" in said
    assert future.status().stop_reason == said
    assert future.status().state == "done"


def test_a_limit_that_could_not_be_kept_of_a_task_that_fails(pool):
    """Its exception has a note of it."""

    def fails():
        looks_away()
        raise ZeroDivisionError

    error = pool.options(name="blind", timeout=0.01).submit(fails).exception(10)
    assert isinstance(error, ZeroDivisionError)
    assert "could not be kept" in error.__notes__[0]


def test_a_task_that_goes_on_beyond_its_limit(pool, caplog, monkeypatch):
    """While it does, the log says where it is."""
    monkeypatch.setattr("pausable.scopes.patience._AT_FIRST", 0.02)
    go = threading.Event()
    future = pool.options(name="blind", timeout=0.01).submit(go.wait, 20)
    until(lambda: [each for each in caplog.messages if "after its limit of 0.01 s" in each])
    go.set()
    assert future.result(10) is True

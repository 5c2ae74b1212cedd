"""The timer's thread lives only while something is to happen later."""

from __future__ import annotations

import threading

import pytest
from helpers import until
from workloads import Loop, background

from pausable import checkpoint, sleep


def timers() -> list[threading.Thread]:
    """List the timer threads of the process."""
    return [thread for thread in threading.enumerate() if thread.name == "pausable-timer"]


@pytest.fixture(autouse=True)
def without_a_timer() -> None:
    """Begin without one, whatever another test has left to end."""
    until(lambda: not timers())


def test_none_is_there_for_what_needs_none(make_pool) -> None:
    """Tasks, pauses, sleeps, waits with a timeout, stops and a shutdown need no timer."""
    pool = make_pool(2)
    pool.submit(sleep, 0.01).result(10)
    future = pool.submit(sleep, 3600)
    until(future.running)
    with pool.pause("x", timeout=10) as hold:
        assert hold.wait(10)
        assert not timers()
    future.stop("enough")
    assert pool.shutdown(timeout=10)
    assert not timers()


def test_one_is_there_for_a_hold_that_expires(pool) -> None:
    """It comes with the hold, there is one for many, and it goes when all have expired."""
    holds = [pool.pause(str(number), duration=0.05) for number in range(20)]
    until(timers)
    assert len(timers()) == 1
    assert timers()[0].daemon
    until(lambda: all(hold.is_released for hold in holds))
    until(lambda: not timers())
    hold = pool.pause("again", duration=0.01)
    until(lambda: hold.is_released)
    until(lambda: not timers())


RELEASES = {
    "release": lambda pool, hold: hold.release(),
    "resume": lambda pool, hold: pool.resume(),
    "resume it": lambda pool, hold: pool.resume(hold),
    "with": lambda pool, hold: hold.__enter__() and hold.__exit__(None, None, None),
}


@pytest.mark.parametrize("how", RELEASES)
def test_it_goes_with_the_hold(pool, how) -> None:
    """A hold of an hour that is released early takes its alarm along, however it is released."""
    hold = pool.pause("x", duration=3600)
    until(timers)
    RELEASES[how](pool, hold)
    assert hold.is_released
    until(lambda: not timers())


def test_it_goes_with_the_task(pool) -> None:
    """So does a task's hold when the task ends, stopped, cancelled or by itself."""
    loop = Loop()
    started = pool.submit(loop)
    assert loop.began.wait(10)
    pool.pause("x")
    stopped, cancelled = pool.submit(int), pool.submit(int)
    for task in (started, stopped, cancelled):
        task.pause("y", duration=3600)
    until(timers)
    stopped.stop("x")
    cancelled.cancel()
    started.stop("enough")
    until(lambda: not timers())


def test_it_goes_with_the_stagger(make_pool) -> None:
    """A staggered resume that a new pause, a stop or the last turn ends leaves no alarm."""
    for ending in ("pause", "stop", "resume"):
        pool = make_pool(3)
        for _ in range(3):
            pool.submit(Loop())
        until(lambda pool=pool: pool.status().running == 3)
        assert pool.pause("x").wait(10)
        pool.resume(stagger=3600)
        until(timers)
        if ending == "pause":
            pool.pause("y")
        elif ending == "stop":
            pool.stop("enough")
        else:
            pool.pause("y")
            pool.resume(stagger=0.01)
        until(lambda: not timers(), what=f"none after {ending}")


def test_cancelled_alarms_do_not_pile_up(pool) -> None:
    """Ten thousand holds with an hour's duration, released at once, leave nothing in the timer."""
    from pausable.threads.timer import timer  # noqa: PLC0415

    long = pool.pause("long", duration=3600)
    for _ in range(10_000):
        pool.pause("x", duration=7200).release()
    assert len(timer._heap) < 2_000
    long.release()
    until(lambda: not timers())


def test_an_alarm_from_many_threads(pool) -> None:
    """Threads that place and release holds with durations at once share one timer thread."""
    most: list[int] = []

    def place() -> None:
        for _ in range(50):
            hold = pool.pause("x", duration=0.001)
            most.append(len(timers()))
            hold.release()

    for outcome in [background(place) for _ in range(4)]:
        outcome.result(20)
    assert max(most) <= 2  # the last one may be on its way out while the next begins
    until(lambda: not timers())
    assert not pool.is_paused()


def test_an_alarm_set_by_a_task(pool) -> None:
    """A task that pauses itself for a moment: the timer's thread is no part of the task."""

    def task() -> str:
        pool.pause("a moment", duration=0.05)
        checkpoint()
        return "went on"

    assert pool.submit(task).result(10) == "went on"
    until(lambda: not timers())

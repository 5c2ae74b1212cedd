"""`sleep()`: so many seconds of active time; at rest in it a task needs no timer."""

from __future__ import annotations

import math
import threading
import time

import pytest
from helpers import until
from workloads import background

from pausable import TaskStopped, sleep


class Sleeper:
    """A task that sleeps once and says how long that took on the clock."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.began = threading.Event()

    def __call__(self) -> float:
        began = time.monotonic()
        self.began.set()
        sleep(self.seconds)
        return time.monotonic() - began


def test_it_sleeps_as_long_as_it_says(pool) -> None:
    """Without a pause it takes at least its seconds, in a task and outside."""
    assert pool.submit(Sleeper(0.05)).result(10) >= 0.05
    assert Sleeper(0.05)() >= 0.05


def test_paused_time_does_not_count(pool) -> None:
    """A sleep that was paused takes its seconds and those of the pause; active time is the sleep's."""
    for seconds in (0.2, 2.0, 20.0):  # on a busy machine the short one is over before the pause
        sleeper = Sleeper(seconds)
        future = pool.submit(sleeper)
        assert sleeper.began.wait(10)
        with pool.pause("x", timeout=10):
            if not future.done():
                until(lambda future=future: future.paused_time >= 0.5)
                break
    assert future.result(30) >= seconds + 0.5
    assert future.active_time >= seconds
    assert future.paused_time >= 0.5


def test_paused_again_and_again(pool) -> None:
    """The sum of what was slept between the pauses is what was asked for."""
    sleeper = Sleeper(0.2)
    began = time.monotonic()
    future = pool.submit(sleeper)
    assert sleeper.began.wait(10)
    pauses = 0
    while not future.done() and pauses < 20:
        with pool.pause("x", timeout=10):
            pauses += not future.done()
            asleep = time.monotonic()
            until(lambda asleep=asleep: time.monotonic() > asleep + 0.02)
    slept = future.result(10)
    assert time.monotonic() - began >= slept
    assert future.active_time >= 0.2
    assert slept >= future.active_time + future.paused_time - 0.001


def test_a_sleeping_task_rests_at_once(pool) -> None:
    """An hour's sleep is quiescent without waiting for its end, and is still there after a resume."""
    sleepers = [Sleeper(3600), Sleeper(3600)]
    futures = [pool.submit(sleeper) for sleeper in sleepers]
    for sleeper in sleepers:
        assert sleeper.began.wait(10)
    for _ in range(20):
        with pool.pause("x", timeout=10):
            assert pool.status().resting == 2
    until(lambda: pool.status().running == 2)
    assert not any(future.done() for future in futures)


def test_a_sleep_that_begins_under_a_pause_rests_first(pool) -> None:
    """Not a moment of it is slept at a closed gate, even where it would have been over."""
    go = threading.Event()
    done = threading.Event()

    def task() -> None:
        assert go.wait(20)
        sleep(0)
        done.set()

    future = pool.submit(task)
    until(future.running)
    hold = pool.pause("x")
    go.set()
    assert hold.wait(10)
    assert future.status().state == "resting"
    assert not done.is_set()
    hold.release()
    future.result(10)


def test_a_sleep_that_is_over_passes_the_gate(pool) -> None:
    """A task does not come out of a sleep while its gate is closed, however short what was left."""
    out = []

    def task() -> None:
        for number in range(50):
            sleep(0.002)
            out.append(number)

    future = pool.submit(task)
    while not future.done():
        with pool.pause("x", timeout=10):
            before = list(out)
            began = time.monotonic()
            until(lambda began=began: time.monotonic() > began + 0.005)
            assert out == before
        number = len(out)
        until(lambda number=number: len(out) > number or future.done())
    future.result(0)


@pytest.mark.parametrize("paused", [False, True])
def test_a_stop_ends_it_at_once(pool, paused) -> None:
    """A stop wakes a sleeping task, paused or not."""
    sleeper = Sleeper(3600)
    future = pool.submit(sleeper)
    assert sleeper.began.wait(10)
    if paused:
        assert pool.pause("x").wait(10)
    assert future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(10)


def test_a_pause_of_one_sleeping_task_leaves_the_other_asleep(pool) -> None:
    """A hold on a task, or on its group, does not end the sleep of its neighbour."""
    held, free = Sleeper(3600), Sleeper(0.1)
    futures = [pool.group("g").submit(held), pool.submit(free)]
    assert held.began.wait(10)
    assert futures[0].pause("x").wait(10)
    assert futures[1].result(10) >= 0.1
    assert futures[0].status().state == "resting"


@pytest.mark.parametrize("seconds", [math.inf, 1e300, 10**12, threading.TIMEOUT_MAX * 2])
def test_more_seconds_than_a_lock_can_wait_for(pool, seconds) -> None:
    """An endless sleep in a task can be paused, resumed and stopped."""
    sleeper = Sleeper(seconds)
    future = pool.submit(sleeper)
    assert sleeper.began.wait(10)
    with pool.pause("x", timeout=10):
        assert future.status().state == "resting"
    until(lambda: pool.status().running == 1)
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(10)


@pytest.mark.parametrize("seconds", [-1, -0.001, math.nan, -math.inf])
def test_no_negative_time(pool, seconds) -> None:
    """A negative or NaN number of seconds is a ValueError, in a task and outside."""
    with pytest.raises(ValueError, match="seconds"):
        sleep(seconds)
    with pytest.raises(ValueError, match="seconds"):
        pool.submit(sleep, seconds).result(10)


@pytest.mark.parametrize("seconds", [None, "1", [], 1j])
def test_only_numbers(pool, seconds) -> None:
    """What is no number is a TypeError."""
    with pytest.raises(TypeError, match="seconds"):
        sleep(seconds)
    with pytest.raises(TypeError, match="seconds"):
        pool.submit(sleep, seconds).result(10)


def test_outside_a_task_it_is_no_rest(pool) -> None:
    """A plain thread sleeps through a pause of any pool."""
    with pool.pause("x", timeout=10):
        assert background(Sleeper(0.02)).result(10) >= 0.02

"""`resume(stagger=...)`: tasks go one by one, so many seconds apart."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta

import pytest
from clocks import HOUR, clock
from helpers import until
from workloads import Loop

from pausable import checkpoint, current_task

__all__ = ["clock"]


class Clocked:
    """A task that notes when it goes on after each rest."""

    def __init__(self, times: list[float]) -> None:
        self.times = times
        self.loop = Loop()

    def __call__(self) -> None:
        me, paused = current_task(), 0.0
        self.loop.began.set()
        while not self.loop.go.is_set():
            checkpoint()
            if me.paused_time > paused:
                paused = me.paused_time
                self.times.append(time.monotonic())
            time.sleep(0.0005)


def at_rest(pool, number: int) -> tuple[list[float], list[Clocked]]:
    """Bring so many tasks to rest in a paused pool; return where they will note their times."""
    times: list[float] = []
    tasks = [Clocked(times) for _ in range(number)]
    for task in tasks:
        pool.submit(task)
        assert task.loop.began.wait(10)
    pool.pause("x")
    assert pool.wait_quiescent(10)
    return times, tasks


def in_time(times: list[float], began: float, stagger: float) -> bool:
    """Say whether the n-th task has gone no earlier than n intervals after the resume."""
    return all(at >= began + n * stagger for n, at in enumerate(sorted(times)))


def test_resting_tasks_go_one_by_one(make_pool) -> None:
    """The n-th goes no earlier than n intervals after the resume, and all go."""
    pool = make_pool(4)
    times, _ = at_rest(pool, 4)
    began = time.monotonic()
    assert pool.resume(stagger=0.1) == 1
    assert not pool.is_paused()
    until(lambda: len(times) == 4)
    assert in_time(times, began, 0.1)
    until(lambda: pool.status().running == 4)


def test_queued_tasks_go_one_by_one(make_pool) -> None:
    """A pool that was paused before it began: its first tasks start so many seconds apart."""
    pool = make_pool(4)
    pool.pause("x")
    times: list[float] = []
    loops = [Loop() for _ in range(4)]
    for loop in loops:
        pool.submit(lambda loop=loop: (times.append(time.monotonic()), loop()))
    began = time.monotonic()
    pool.resume(stagger=0.1)
    until(lambda: len(times) == 4)
    assert in_time(times, began, 0.1)


def test_resting_tasks_come_before_queued_ones(make_pool, clock) -> None:
    """The two at rest take the first turns, then the queued one, all of them apart."""
    pool = make_pool(3)
    times, _ = at_rest(pool, 2)
    queued = Loop()
    pool.submit(queued)
    pool.resume(stagger=HOUR)
    until(lambda: len(times) == 1)
    clock.move(HOUR)
    until(lambda: len(times) == 2)
    assert not queued.began.is_set()
    clock.move(HOUR)
    assert queued.began.wait(10)


def test_a_group_can_be_resumed_so(make_pool) -> None:
    """A group's tasks go one by one while the others of the pool run on undisturbed."""
    pool = make_pool(6)
    free = Loop()
    pool.submit(free)
    group = pool.group("g")
    times, _ = at_rest(group, 3)
    began = time.monotonic()
    group.resume(stagger=0.1)
    rounds = free.rounds
    until(lambda: len(times) == 3)
    assert in_time(times, began, 0.1)
    until(lambda: free.rounds > rounds)
    assert pool.submit(int).result(10) == 0


def test_jitter_adds_to_the_interval(make_pool) -> None:
    """With jitter the gaps are never shorter than the interval."""
    pool = make_pool(3)
    times, _ = at_rest(pool, 3)
    began = time.monotonic()
    pool.resume(stagger=0.05, jitter=0.05)
    until(lambda: len(times) == 3)
    assert in_time(times, began, 0.05)


def test_jitter_alone_spreads_them(make_pool) -> None:
    """Jitter without an interval lets all of them go, each when it is its turn."""
    pool = make_pool(3)
    times, _ = at_rest(pool, 3)
    pool.resume(jitter=0.05)
    until(lambda: len(times) == 3)


def test_a_pause_in_the_middle(make_pool) -> None:
    """A pause before all have gone closes the gate for the rest of them; a resume lets all go."""
    pool = make_pool(4)
    times, _ = at_rest(pool, 4)
    pool.resume(stagger=HOUR)
    until(lambda: len(times) == 1)
    hold = pool.pause("again")
    assert hold.wait(10)
    assert pool.status().resting == 4
    assert len(times) == 1
    hold.release()
    until(lambda: pool.status().running == 4)


def test_a_staggered_resume_after_a_pause_in_the_middle(make_pool) -> None:
    """The second staggered resume counts anew, for all that rest."""
    pool = make_pool(3)
    times, _ = at_rest(pool, 3)
    pool.resume(stagger=HOUR)
    until(lambda: len(times) == 1)
    with pool.pause("again", timeout=10):
        times.clear()
        pool.pause("so that it stays closed after the block")
    began = time.monotonic()
    pool.resume(stagger=0.1)
    until(lambda: len(times) == 3)
    assert in_time(times, began, 0.1)


def test_a_plain_resume_in_the_middle(make_pool) -> None:
    """A second resume, with or without a stagger, loses nobody."""
    for again in ({}, {"stagger": 0.05}, {"stagger": 0.0}):
        pool = make_pool(3)
        at_rest(pool, 3)
        queued = [pool.submit(int) for _ in range(3)]
        pool.resume(stagger=0.1)
        pool.resume(**again)
        until(lambda pool=pool: pool.status().running == 3)
        for task in pool.tasks()[:1]:
            task.stop("make room")
        assert [future.result(10) for future in queued] == [0] * 3


def test_stops_in_the_middle_lose_nobody(make_pool) -> None:
    """Tasks that are stopped while they wait for their turn leave the turns to the queued ones."""
    pool = make_pool(3)
    at_rest(pool, 3)
    started = pool.tasks()
    queued = [pool.submit(int) for _ in range(10)]
    pool.resume(stagger=0.1)
    for task in started:
        task.stop("enough")
    assert [future.result(20) for future in queued] == [0] * 10


def test_cancelled_ones_in_the_middle_lose_nobody(make_pool) -> None:
    """The same with queued tasks that are cancelled before their turn."""
    pool = make_pool(3)
    pool.pause("x")
    futures = [pool.submit(int) for _ in range(12)]
    pool.resume(stagger=0.05)
    for future in futures[1::2]:
        future.cancel()
    assert [future.result(20) for future in futures if not future.cancelled()]
    assert pool.submit(int).result(10) == 0


def test_a_stagger_of_a_pool_that_nobody_paused(make_pool) -> None:
    """It releases nothing, and slows nothing down."""
    pool = make_pool(2)
    assert pool.resume(stagger=3600) == 0
    assert [future.result(10) for future in [pool.submit(int) for _ in range(20)]] == [0] * 20


def test_a_stagger_under_another_hold(make_pool) -> None:
    """A resume that does not open the gate, because a group above or a guard holds it too."""
    pool = make_pool(3)
    group = pool.group("g")
    times, _ = at_rest(group, 3)
    pool.pause("above")
    group.resume(stagger=0.05)
    assert group.is_paused()
    assert pool.status().resting == 3
    pool.resume()
    until(lambda: len(times) == 3)


def test_many_more_tasks_than_slots_all_run(make_pool) -> None:
    """After the staggered beginning the pool works through a long queue at full speed."""
    pool = make_pool(2)
    pool.pause("x")
    futures = [pool.submit(int) for _ in range(1000)]
    pool.resume(stagger=0.05)
    assert sum(future.result(20) for future in futures) == 0


@pytest.mark.parametrize("name", ["stagger", "jitter"])
@pytest.mark.parametrize("value", [-1, -0.001, math.nan, "1"])
def test_bad_numbers(make_pool, name, value) -> None:
    """Negative and NaN are a ValueError, text a TypeError; the pool stays paused."""
    pool = make_pool(1)
    pool.pause("x")
    with pytest.raises((ValueError, TypeError), match=name):
        pool.resume(**{name: value})
    assert pool.is_paused()


def test_an_endless_stagger_is_no_crash(make_pool) -> None:
    """Infinity lets one go; a plain pause and resume lets the others go."""
    pool = make_pool(3)
    times, _ = at_rest(pool, 3)
    pool.resume(stagger=math.inf)
    until(lambda: times)
    pool.pause("again")
    pool.resume()
    until(lambda: pool.status().running == 3)


def test_a_hold_that_expires_lets_them_go_one_by_one(make_pool, clock) -> None:
    """Those at rest, then one that has not started, by its own stagger."""
    pool = make_pool(4)
    button = pool.switch("until all rest")
    times: list[float] = []
    tasks = [Clocked(times) for _ in range(3)]
    for task in tasks:
        pool.submit(task)
        assert task.loop.began.wait(10)
    button.on()
    assert pool.wait_quiescent(10)
    pool.submit(lambda: times.append(time.monotonic()))
    pool.pause("the limit is reached", duration=HOUR, stagger=0.1, jitter=0.01)
    button.off()
    began = time.monotonic()
    clock.move(HOUR)
    until(lambda: len(times) == 4)
    assert in_time(times, began, 0.1)


def test_it_ends_one_by_one_only_by_itself(make_pool) -> None:
    """Released by hand before, it lets all go at once."""
    pool = make_pool(4)
    with pool.pause("in a block", duration=3600, stagger=3600):
        futures = [pool.submit(int) for _ in range(4)]
    assert [future.result(10) for future in futures] == [0] * 4
    pool.pause("plain", duration=3600, stagger=3600)
    futures = [pool.submit(int) for _ in range(4)]
    pool.resume()
    assert [future.result(10) for future in futures] == [0] * 4


def test_a_resume_ends_what_an_expiry_has_begun(make_pool, clock) -> None:
    """The others go at once."""
    pool = make_pool(4)
    hold = pool.pause("x", duration=HOUR, stagger=HOUR)
    futures = [pool.submit(int) for _ in range(4)]
    clock.move(HOUR)
    until(hold.is_released)
    until(lambda: any(future.done() for future in futures))
    assert sum(future.done() for future in futures) == 1
    pool.resume()
    assert [future.result(10) for future in futures] == [0] * 4


def test_an_expiry_at_a_moment(make_pool, clock) -> None:
    """`until` is as good as a duration; of a group, its own tasks go one by one."""
    pool = make_pool(4)
    group, ran = pool.group("g"), []
    moment = datetime.now(UTC) + timedelta(seconds=HOUR)
    group.pause("x", until=moment, stagger=3 * HOUR)
    futures = [group.submit(ran.append, number) for number in range(3)]
    clock.move(HOUR)
    until(lambda: ran == [0])
    assert pool.submit(int).result(10) == 0
    assert ran == [0]
    group.resume()
    for future in futures:
        future.result(10)


@pytest.mark.parametrize("terms", [{"stagger": 1}, {"jitter": 1}, {"stagger": 1, "timeout": 1}])
def test_a_stagger_of_a_hold_that_does_not_end(pool, terms) -> None:
    """It would never be used: the error says what to use."""
    with pytest.raises(ValueError, match=r"give a duration, or resume\(stagger=...\)"):
        pool.pause("x", **terms)
    for value in (-1, math.nan):
        with pytest.raises(ValueError, match="stagger"):
            pool.pause("x", duration=1, stagger=value)
    assert not pool.is_paused()

"""Observers that raise, that call back into the pool, and that come and go: nobody is disturbed."""

from __future__ import annotations

import logging
import threading

import pytest
from helpers import until
from workloads import Loop, background

from pausable import (
    HoldPlaced,
    Stopped,
    TaskEnded,
    TaskRested,
    TaskStarted,
    TaskSubmitted,
    checkpoint,
    current_task,
    resting,
    shield,
    sleep,
)


@pytest.mark.parametrize(
    "error", [ValueError, KeyError, Stopped, SystemExit, GeneratorExit, RecursionError]
)
def test_one_that_raises(make_pool, error, caplog) -> None:
    """What it raises is logged and disturbs neither tasks, nor pausers, nor other observers."""
    pool = make_pool(2)
    seen: list[object] = []

    def observer(event: object) -> None:
        raise error

    pool.observe(observer)
    pool.observe(seen.append)
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    with pool.pause("x", timeout=10):
        assert pool.status().resting == 1
        queued = pool.submit(int)
    loop.go.set()
    assert future.result(10) == loop.rounds
    assert queued.result(10) == 0
    until(lambda: sum(isinstance(event, TaskEnded) for event in seen) == 2)
    status = pool.status()
    assert (status.running, status.resting, status.queued, status.done) == (0, 0, 0, 2)
    assert any(
        record.name == "pausable" and record.levelno == logging.ERROR and record.exc_info
        for record in caplog.records
    )


def everything(_: object) -> None:
    """Call all that may be called anywhere, as an observer that uses shared helpers does."""
    assert current_task() is None
    checkpoint()
    sleep(0)
    with resting(), shield():
        checkpoint()


def test_one_that_calls_checkpoints(make_pool) -> None:
    """An observer belongs to no task: on whichever thread it is called, it does not rest."""
    pool = make_pool(4)
    failed: list[BaseException] = []

    def observer(event: object) -> None:
        try:
            everything(event)
        except BaseException as error:  # noqa: BLE001 - this is the test
            failed.append(error)

    pool.observe(observer)
    loops = [Loop() for _ in range(4)]
    futures = [pool.submit(loop) for loop in loops]
    for loop in loops:
        assert loop.began.wait(10)
    for _ in range(20):
        with pool.pause("x", timeout=10):
            status = pool.status()
            assert (status.running, status.resting) == (0, 4)
    futures[0].stop("enough")
    for loop in loops:
        loop.go.set()
    until(lambda: pool.status().done == 4)
    assert failed == []


def test_one_that_submits(make_pool) -> None:
    """An observer may submit to the pool that it observes, also on the event of a submit."""
    pool = make_pool(1)
    inner: list[object] = []

    def observer(event: object) -> None:
        if isinstance(event, TaskSubmitted) and len(inner) < 20:
            inner.append(None)
            inner[-1] = pool.submit(len, "four")

    pool.observe(observer)
    assert pool.submit(int).result(10) == 0
    until(lambda: len(inner) == 20 and all(inner))
    assert [future.result(10) for future in inner] == [4] * 20


def test_one_that_pauses(make_pool) -> None:
    """A breaker: an observer that pauses the pool when a task ends badly."""
    pool = make_pool(1)

    def observer(event: object) -> None:
        if isinstance(event, TaskEnded) and event.outcome == "exception":
            pool.pause("a task failed")

    pool.observe(observer)
    hold = pool.pause("until all are queued")
    futures = [pool.submit(divmod, 1, number) for number in (1, 0, 1, 1)]
    hold.release()
    until(pool.is_paused)
    assert pool.wait_quiescent(10)
    assert isinstance(futures[1].exception(10), ZeroDivisionError)
    assert futures[0].done()
    assert pool.holds()[0].reason == "a task failed"
    pool.resume()
    assert futures[3].result(10) == (1, 0)


def test_one_that_resumes_what_is_paused(make_pool) -> None:
    """An observer may release a hold in its own event; nobody waits for ever."""
    pool = make_pool(1)

    def observer(event: object) -> None:
        if isinstance(event, HoldPlaced):
            pool.resume()

    pool.observe(observer)
    pool.pause("x")
    until(lambda: not pool.is_paused())
    assert pool.submit(int).result(10) == 0


def test_one_that_stops_tasks(make_pool) -> None:
    """An observer may stop the task whose event it gets."""
    pool = make_pool(2)

    def observer(event: object) -> None:
        if isinstance(event, TaskRested):
            for task in pool.tasks():
                task.stop("no resting here")

    pool.observe(observer)
    future = pool.submit(Loop())
    until(future.running)
    pool.pause("x")
    until(future.done)
    assert future.cancelled()


def test_one_that_waits_for_the_pool(make_pool) -> None:
    """An observer on another thread's event may take snapshots and wait for facts."""
    pool = make_pool(2)
    seen: list[bool] = []

    def observer(event: object) -> None:
        if isinstance(event, TaskStarted):
            seen.append(pool.status().is_paused)
            pool.wait_quiescent(0)
            pool.stragglers()
            pool.tasks()

    pool.observe(observer)
    assert [future.result(10) for future in [pool.submit(int) for _ in range(50)]] == [0] * 50
    until(lambda: len(seen) == 50)


def test_one_that_is_slow(make_pool) -> None:
    """While one thread is in an observer, others submit, pause and resume without waiting for it."""
    pool = make_pool(2)
    entered, go = threading.Event(), threading.Event()

    def observer(event: object) -> None:
        if isinstance(event, HoldPlaced):
            entered.set()
            assert go.wait(20)

    unobserve = pool.observe(observer)
    pausing = background(pool.pause, "slow")
    assert entered.wait(10)
    assert pool.is_paused()
    futures = [pool.submit(int) for _ in range(5)]
    pool.resume()
    assert [future.result(10) for future in futures] == [0] * 5
    assert not pausing.done()
    go.set()
    pausing.result(10)
    unobserve()


def test_unobserving(pool) -> None:
    """What `observe` returned ends that observation, once; others go on."""
    first: list[object] = []
    second: list[object] = []
    end_first = pool.observe(first.append)
    pool.observe(second.append)
    with pool.pause("x", timeout=10):
        pass
    before = len(first)
    assert before == len(second) > 0
    end_first()
    end_first()
    with pool.pause("y", timeout=10):
        pass
    assert len(first) == before
    assert len(second) > before


def test_the_same_callback_twice(pool) -> None:
    """Observing twice is two observations; ending one of them, even twice, leaves the other."""
    seen: list[object] = []
    ends = [pool.observe(seen.append) for _ in range(2)]
    pool.pause("x")
    assert [type(event) for event in seen].count(HoldPlaced) == 2
    ends[0]()
    ends[0]()
    seen.clear()
    pool.pause("y")
    assert [type(event) for event in seen].count(HoldPlaced) == 1
    ends[1]()
    seen.clear()
    pool.pause("z")
    assert seen == []


def test_one_that_unobserves_itself(pool) -> None:
    """In its own event it may end its observation."""
    seen: list[object] = []
    ends: list[object] = []

    def observer(event: object) -> None:
        seen.append(event)
        ends[0]()

    ends.append(pool.observe(observer))
    pool.pause("x")
    pool.resume()
    assert len({type(event) for event in seen}) >= 1
    before = len(seen)
    pool.pause("y")
    assert len(seen) == before


def test_observers_that_come_and_go_under_load(make_pool) -> None:
    """Observers added and removed by threads while tasks run: no event of the steady one is lost."""
    pool = make_pool(3)
    ended: list[str] = []
    pool.observe(lambda event: ended.append(event.task) if isinstance(event, TaskEnded) else None)
    over = threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            pool.observe(lambda _: None)()

    coming = [background(come_and_go) for _ in range(2)]
    futures = [pool.submit(int) for _ in range(500)]
    assert sum(future.result(20) for future in futures) == 0
    over.set()
    for each in coming:
        each.result(10)
    until(lambda: len(ended) == 500)
    assert len(set(ended)) == 500

"""A stop reaches a task wherever it is: pending, running, at rest, asleep, shielded, waiting."""

from __future__ import annotations

import queue
import threading

import pytest
from helpers import until
from workloads import Loop, Stuck

from pausable import TaskStopped, checkpoint, each, resting, shield, sleep
from pausable import futures as ours


class Task:
    """A task that does one thing after `began`, and notes whether its `finally` has run."""

    def __init__(self, body) -> None:
        self.body = body
        self.began, self.cleaned, self.went_on = (threading.Event() for _ in range(3))

    def __call__(self) -> None:
        try:
            self.began.set()
            self.body()
            self.went_on.set()
        finally:
            self.cleaned.set()


def loop_over_checkpoints() -> None:
    while True:
        checkpoint()


def loop_over_items() -> None:
    for _ in each(iter(int, 1)):
        pass


def sleep_for_an_hour() -> None:
    sleep(3600)


def sleep_again_and_again() -> None:
    while True:
        sleep(0.001)


BODIES = [loop_over_checkpoints, loop_over_items, sleep_for_an_hour, sleep_again_and_again]


def assert_stopped(future, task: Task, reason: str) -> None:
    """Check that a future reports a stop, and that the task cleaned up and did not go on."""
    with pytest.raises(TaskStopped, match=reason) as caught:
        future.result(10)
    assert caught.value.reason == reason
    assert caught.value.task == future.name
    with pytest.raises(TaskStopped):
        future.exception(0)
    assert future.cancelled()
    assert future.done()
    assert not future.running()
    assert task.cleaned.is_set()
    assert not task.went_on.is_set()


@pytest.mark.parametrize("body", BODIES)
def test_running(pool, body) -> None:
    """A running task is stopped at its next checkpoint, `each`, or in its sleep."""
    task = Task(body)
    future = pool.submit(task)
    assert task.began.wait(10)
    assert future.stop("enough") is True
    assert_stopped(future, task, "enough")


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("level", ["pool", "group", "task"])
def test_at_rest(pool, body, level) -> None:
    """A paused task ends at once, without a resume, and the rest stays paused."""
    group = pool.group("g")
    task = Task(body)
    future = group.submit(task)
    assert task.began.wait(10)
    scope = {"pool": pool, "group": group, "task": future}[level]
    hold = scope.pause("x")
    assert hold.wait(10)
    assert future.stop("enough") is True
    assert_stopped(future, task, "enough")
    if level != "task":
        assert scope.is_paused()
        assert not hold.is_released()
    until(lambda: pool.status().done == 1)
    assert pool.is_quiescent()


@pytest.mark.parametrize("paused", [False, True])
def test_pending(pool, paused) -> None:
    """One that has not started is cancelled at once, and never runs."""
    for each_loop in (Loop(), Loop()):
        pool.submit(each_loop)
        assert each_loop.began.wait(10)
    if paused:
        pool.pause("x")
    task = Task(checkpoint)
    future = pool.submit(task)
    assert future.stop("not needed") is True
    assert future.cancelled()
    with pytest.raises(TaskStopped, match="not needed"):
        future.result(0)
    assert pool.status().queued == 0
    pool.resume()
    pool.stop()
    assert pool.wait_quiescent(10)
    assert not task.began.is_set()


def test_held_on_its_own_and_pending(pool) -> None:
    """So is one that is paused on its own before it started; its hold goes with it."""
    task = Task(checkpoint)
    with pool.pause("x", timeout=10):
        future = pool.submit(task)
        hold = future.pause("y")
    until(lambda: pool.status().queued == 1)
    assert future.stop("not needed")
    assert hold.is_released()
    with pytest.raises(TaskStopped):
        future.result(0)
    assert pool.submit(int).result(10) == 0
    assert pool.status().queued == 0


@pytest.mark.parametrize("body", BODIES)
def test_in_a_shield(pool, body) -> None:
    """In a shield nothing happens; the first checkpoint after it raises."""
    go = threading.Event()
    left = threading.Event()

    def shielded() -> None:
        with shield():
            while not go.is_set():
                checkpoint()
                sleep(0.0005)
        left.set()
        body()

    task = Task(shielded)
    future = pool.submit(task)
    assert task.began.wait(10)
    assert future.stop("enough")
    assert future.status().state == "stopping"
    assert not left.is_set()
    go.set()
    assert_stopped(future, task, "enough")
    assert left.is_set()


@pytest.mark.parametrize("paused", [False, True])
def test_in_a_resting_block(pool, paused) -> None:
    """In `resting()` it comes when the block is over, paused or not."""
    items: queue.Queue[int] = queue.Queue()

    def receive() -> None:
        with resting():
            items.get(timeout=20)

    task = Task(receive)
    future = pool.submit(task)
    until(lambda: pool.status().resting == 1)
    if paused:
        pool.pause("x")
    assert future.stop("enough")
    items.put(1)
    assert_stopped(future, task, "enough")


@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize("way", ["result", "exception"])
def test_waiting_for_another_task(pool, way, paused) -> None:
    """In `result()` of another task it comes at once; the other one goes on."""
    loop = Loop()
    other = pool.submit(loop)
    task = Task(lambda: getattr(other, way)(30))
    future = pool.submit(task)
    until(lambda: pool.status().resting == 1)
    if paused:
        assert pool.pause("x").wait(10)
    assert future.stop("enough")
    assert_stopped(future, task, "enough")
    assert not other.done()
    pool.resume()
    rounds = loop.rounds
    until(lambda: loop.rounds > rounds)


@pytest.mark.parametrize("wait", [ours.wait, lambda fs: next(ours.as_completed(fs))])
def test_waiting_for_several_tasks(pool, wait) -> None:
    """In `wait()` and `as_completed()` it comes at the latest when they return."""
    loop = Loop()
    other = pool.submit(loop)
    task = Task(lambda: wait([other]))
    future = pool.submit(task)
    until(lambda: pool.status().resting == 1)
    assert future.stop("enough")
    loop.go.set()
    assert_stopped(future, task, "enough")


def test_waiting_for_a_task_of_another_pool(make_pool) -> None:
    """The same across pools: the waiting task of one pool is stopped, the other pool is not."""
    pool, other = make_pool(1), make_pool(1)
    stuck = Stuck()
    inner = other.submit(stuck)
    task = Task(lambda: inner.result(30))
    future = pool.submit(task)
    until(lambda: pool.status().resting == 1)
    future.stop("enough")
    assert_stopped(future, task, "enough")
    stuck.go.set()
    assert inner.result(10) == "let go"


def test_waiting_for_a_slot(make_pool) -> None:
    """A task that has been resumed, but whose slot is taken, is stopped where it waits."""
    pool = make_pool(1)
    group = pool.group("g")
    task, loop = Task(loop_over_checkpoints), Loop()
    future = group.submit(task)
    assert task.began.wait(10)
    group.pause("x")
    pool.submit(loop)
    assert loop.began.wait(10)
    group.resume()
    assert future.status().state == "resting"
    assert future.stop("enough")
    loop.go.set()
    assert_stopped(future, task, "enough")


@pytest.mark.parametrize("running", ["rest", "finish"])
def test_pausing_its_own_pool(make_pool, running) -> None:
    """A task inside `with pool.pause()` is stopped like any other, and the pool opens again."""
    pool = make_pool(2)

    def alone() -> None:
        with pool.pause("alone", running=running, timeout=20):
            inside.set()
            loop_over_checkpoints()

    inside = threading.Event()
    task = Task(alone)
    future = pool.submit(task)
    assert inside.wait(10)
    future.stop("enough")
    assert_stopped(future, task, "enough")
    assert not pool.is_paused()


def test_what_is_over(pool) -> None:
    """A task that has ended cannot be stopped: False, and its outcome stays."""
    future = pool.submit(lambda: "outcome")
    assert future.result(10) == "outcome"
    assert future.stop("too late") is False
    assert future.result(0) == "outcome"
    assert not future.cancelled()
    failed = pool.submit(lambda: 1 / 0)
    assert isinstance(failed.exception(10), ZeroDivisionError)
    assert failed.stop("too late") is False
    assert isinstance(failed.exception(0), ZeroDivisionError)


def test_at_any_moment_of_its_life(make_pool) -> None:
    """Stopped right after its submit, each of 500 tasks has either run or been stopped, once."""
    pool = make_pool(2)
    ran: list[int] = []
    futures = []
    for number in range(500):
        future = pool.submit(lambda number=number: (checkpoint(), ran.append(number)))
        future.stop("at once")
        futures.append(future)
    for number, future in enumerate(futures):
        assert was_stopped(future) == future.cancelled()
        assert (number in ran) != future.cancelled()
    assert len(ran) == len(set(ran))
    until(lambda: pool.status().done == 500)


def was_stopped(future) -> bool:
    """Wait for a future; say whether it was stopped."""
    try:
        future.result(10)
    except TaskStopped:
        return True
    return False

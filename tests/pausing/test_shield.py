"""`shield()`: a block in which a task neither rests nor is stopped."""

from __future__ import annotations

import threading

import pytest
from helpers import until

from pausable import NotQuiescent, Stopped, TaskStopped, checkpoint, each, resting, shield, sleep


class Shielded:
    """A task that works in a shield until it is let go, and then comes to a checkpoint."""

    def __init__(self, depth: int = 1) -> None:
        self.depth = depth
        self.began, self.go, self.out, self.after = (threading.Event() for _ in range(4))
        self.rounds = 0

    def __call__(self) -> str:
        self.inside(self.depth)
        self.out.set()
        checkpoint()
        self.after.set()
        return "over"

    def inside(self, depth: int) -> None:
        with shield():
            if depth > 1:
                self.inside(depth - 1)
            self.began.set()
            while not self.go.is_set():
                checkpoint()
                sleep(0.0005)
                list(each([1]))
                self.rounds += 1


@pytest.mark.parametrize("depth", [1, 3])
def test_it_does_not_rest_inside(pool, depth) -> None:
    """Under a pause the block goes on, nested ones too; the task rests after the outermost."""
    task = Shielded(depth)
    future = pool.submit(task)
    assert task.began.wait(10)
    hold = pool.pause("x")
    rounds = task.rounds
    until(lambda: task.rounds > rounds + 10)
    assert not pool.is_quiescent()
    task.go.set()
    assert hold.wait(10)
    assert task.out.is_set()
    assert not task.after.is_set()
    assert future.status().state == "resting"
    hold.release()
    assert future.result(10) == "over"


def test_it_is_not_stopped_inside(pool) -> None:
    """A stop is raised at the first checkpoint after the block, not in it."""
    task = Shielded()
    future = pool.submit(task)
    assert task.began.wait(10)
    assert future.stop("enough")
    rounds = task.rounds
    until(lambda: task.rounds > rounds + 10)
    task.go.set()
    with pytest.raises(TaskStopped, match="enough"):
        future.result(10)
    assert task.out.is_set()
    assert not task.after.is_set()


def test_stopped_and_paused_in_a_shield(pool) -> None:
    """Under a pause and a stop the block ends, and the task ends instead of resting."""
    task = Shielded()
    future = pool.submit(task)
    assert task.began.wait(10)
    pool.pause("x")
    future.stop("enough")
    task.go.set()
    with pytest.raises(TaskStopped, match="enough"):
        future.result(10)
    assert not task.after.is_set()
    assert pool.is_paused()


def test_a_shielded_straggler_is_called_one(pool) -> None:
    """The error says of the straggler that it is in a shield."""
    task = Shielded()
    pool.submit(task)
    assert task.began.wait(10)
    with pytest.raises(NotQuiescent, match="shield") as caught, pool.pause("x", timeout=0.01):
        pass
    assert "shield" in caught.value.stragglers[0].why
    task.go.set()


def test_an_error_ends_the_shield(pool) -> None:
    """After an exception out of the block the task rests and stops as before."""
    go = threading.Event()

    def task() -> None:
        with pytest.raises(ZeroDivisionError), shield():
            raise ZeroDivisionError
        go.set()
        while True:
            checkpoint()

    future = pool.submit(task)
    assert go.wait(10)
    with pool.pause("x", timeout=10):
        assert future.status().state == "resting"


def test_the_shield_of_a_task_is_not_that_of_the_next(make_pool) -> None:
    """A task that ends in a shield, by a leaked block, does not shield the next on its worker."""
    pool = make_pool(1)

    def leaky() -> None:
        shield().__enter__()

    pool.submit(leaky).result(10)
    go = threading.Event()

    def task() -> None:
        go.set()
        while True:
            checkpoint()

    future = pool.submit(task)
    assert go.wait(10)
    with pool.pause("x", timeout=10):
        assert future.status().state == "resting"


def test_a_shield_in_a_rest_and_a_rest_in_a_shield(pool) -> None:
    """Blocks of both kinds in each other leave the counts right."""

    def task() -> str:
        with resting(), shield(), resting(), shield():
            checkpoint()
        with shield(), resting():
            checkpoint()
        checkpoint()
        return "over"

    for _ in range(20):
        assert pool.submit(task).result(10) == "over"
    until(lambda: pool.status().done == 20)
    status = pool.status()
    assert (status.running, status.resting) == (0, 0)
    assert status.is_quiescent


def test_a_stop_that_was_caught_outside_the_shield(pool) -> None:
    """A cleanup in a shield, in the handler of the stop, runs undisturbed."""
    cleaned, began = [], threading.Event()

    def task() -> None:
        try:
            began.set()
            while True:
                checkpoint()
        except Stopped:
            with shield():
                sleep(0.001)
                checkpoint()
                cleaned.append(1)
            raise

    future = pool.submit(task)
    assert began.wait(10)
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(10)
    assert cleaned


def test_outside_any_task_it_is_nothing() -> None:
    """The main thread may use it."""
    with shield(), shield():
        checkpoint()


def test_a_shield_can_be_a_decorator(pool) -> None:
    """As made by `contextmanager` it shields a whole function."""
    inside = threading.Event()
    go = threading.Event()

    @shield()
    def critical() -> None:
        inside.set()
        assert go.wait(20)
        checkpoint()

    future = pool.submit(critical)
    assert inside.wait(10)
    hold = pool.pause("x")
    go.set()
    assert hold.wait(10)
    assert future.done()

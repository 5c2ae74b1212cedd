"""A task that swallows its stop: it gets it again, and what it returns counts."""

from __future__ import annotations

import threading

import pytest
from helpers import until

from pausable import Stopped, TaskStopped, checkpoint, sleep


def started(pool, task):
    """Submit a task that sets `began`, and wait for that."""
    began = threading.Event()
    future = pool.submit(task, began)
    assert began.wait(10)
    return future


def test_the_next_checkpoint_raises_again(pool) -> None:
    """A stop caught by a handler that goes on is raised at each checkpoint that follows."""
    caught: list[str] = []

    def task(began) -> None:
        began.set()
        for _ in range(3):
            try:
                while True:
                    checkpoint()
            except Stopped as stopped:
                caught.append(stopped.reason)
        while True:
            sleep(3600)

    future = started(pool, task)
    future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(10)
    assert caught == ["enough"] * 3


def test_what_it_returns_counts(pool) -> None:
    """A task that catches the stop and returns has a result, and is not cancelled."""

    def task(began) -> str:
        try:
            began.set()
            while True:
                checkpoint()
        except Stopped:
            return "a partial result"

    future = started(pool, task)
    assert future.stop("enough")
    assert future.result(10) == "a partial result"
    assert not future.cancelled()


def test_what_it_raises_instead_counts(pool) -> None:
    """An error in the cleanup is the task's outcome, with the stop as its context."""

    def task(began) -> None:
        try:
            began.set()
            while True:
                checkpoint()
        finally:
            raise OSError("cleanup failed")

    future = started(pool, task)
    future.stop("enough")
    error = future.exception(10)
    assert isinstance(error, OSError)
    assert isinstance(error.__context__, Stopped)
    assert not future.cancelled()


def test_a_swallowed_stop_does_not_rest_either(pool) -> None:
    """At a closed gate the checkpoint of a task that was stopped raises; it does not rest."""

    def task(began) -> str:
        began.set()
        times = 0
        while times < 5:
            try:
                while True:
                    checkpoint()
            except Stopped:
                times += 1
        return "five times"

    future = started(pool, task)
    pool.pause("x")
    future.stop("enough")
    assert future.result(10) == "five times"


def test_a_stop_of_its_own_making(pool) -> None:
    """A task that raises `Stopped` itself, though nobody asked, is stopped, with its reason."""

    def task() -> None:
        raise Stopped("nothing left to do")

    future = pool.submit(task)
    with pytest.raises(TaskStopped, match="nothing left to do") as caught:
        future.result(10)
    assert caught.value.reason == "nothing left to do"
    assert future.cancelled()
    until(lambda: pool.status().done == 1)


def test_the_stop_of_another_task_is_an_error_here(pool) -> None:
    """A task that takes the result of a stopped one gets `TaskStopped`, an ordinary exception."""

    def task(began) -> None:
        began.set()
        sleep(3600)

    inner = started(pool, task)
    future = pool.submit(lambda: inner.result(20))
    until(lambda: pool.status().resting == 1)
    inner.stop("enough")
    error = future.exception(10)
    assert isinstance(error, TaskStopped)
    assert error.task == inner.name
    assert not future.cancelled()


def test_a_task_does_not_catch_it_as_an_exception(pool) -> None:
    """A retry loop, `contextlib.suppress(Exception)` and a bare retry of a callback let it pass."""
    import contextlib  # noqa: PLC0415

    def task(began) -> None:
        began.set()
        while True:
            with contextlib.suppress(Exception):
                checkpoint()

    future = started(pool, task)
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(10)

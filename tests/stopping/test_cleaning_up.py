"""The `finally` blocks of a stopped task run to their end, checkpoints in them included."""

from __future__ import annotations

import contextlib
import threading
from typing import Self

import pytest
from helpers import until

from pausable import Stopped, TaskStopped, checkpoint, each, resting, shield, sleep


def cleanup(log: list[str]) -> None:
    """Use the whole family, as the shared helper functions of a program do."""
    checkpoint()
    sleep(0.001)
    assert list(each([1, 2])) == [1, 2]
    with resting(), shield():
        checkpoint()
    log.append("cleaned")


class Resource:
    """A context manager whose exit uses checkpoints."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        cleanup(self.log)


def in_finally(log: list[str]) -> None:
    try:
        sleep(3600)
    finally:
        cleanup(log)


def in_except(log: list[str]) -> None:
    try:
        sleep(3600)
    except Stopped:
        cleanup(log)
        raise


def in_an_exit(log: list[str]) -> None:
    with Resource(log):
        sleep(3600)


def in_an_exit_stack(log: list[str]) -> None:
    with contextlib.ExitStack() as stack:
        stack.callback(cleanup, log)
        sleep(3600)


def in_a_context_manager(log: list[str]) -> None:
    @contextlib.contextmanager
    def managed():
        try:
            yield
        finally:
            cleanup(log)

    with managed():
        sleep(3600)


def in_a_finally_in_a_finally(log: list[str]) -> None:
    try:
        try:
            sleep(3600)
        finally:
            with contextlib.suppress(KeyError):
                {}["missing"]
            checkpoint()
    finally:
        cleanup(log)


WAYS = [
    in_finally,
    in_except,
    in_an_exit,
    in_an_exit_stack,
    in_a_context_manager,
    in_a_finally_in_a_finally,
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("paused", [False, True])
def test_it_runs_to_its_end(pool, way, paused) -> None:
    """Paused or not: no checkpoint of the cleanup rests or raises again."""
    log: list[str] = []
    future = pool.submit(way, log)
    until(lambda: pool._p_node.resters.sleepers, what="it sleeps")
    if paused:
        assert pool.pause("x").wait(10)
    future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(10)
    assert log == ["cleaned"]


def test_a_cleanup_that_waits_for_another_task(make_pool) -> None:
    """A cleanup may submit, and wait for what it submitted, with one worker."""
    pool = make_pool(1)
    results = []

    def task() -> None:
        try:
            sleep(3600)
        finally:
            results.append(pool.submit(lambda: "goodbye").result(20))

    future = pool.submit(task)
    until(lambda: pool._p_node.resters.sleepers, what="it sleeps")
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(20)
    assert results == ["goodbye"]


def test_a_pause_waits_for_the_cleanup(pool) -> None:
    """A task that cleans up is a straggler: the scope is quiescent when it has ended."""
    cleaning, go = threading.Event(), threading.Event()

    def task() -> None:
        try:
            sleep(3600)
        finally:
            cleaning.set()
            assert go.wait(20)
            checkpoint()

    future = pool.submit(task)
    until(lambda: pool._p_node.resters.sleepers, what="it sleeps")
    future.stop("enough")
    assert cleaning.wait(10)
    hold = pool.pause("x")
    assert not hold.wait(0.01)
    assert [each.task for each in pool.stragglers()] == [future.name]
    go.set()
    assert hold.wait(10)
    assert future.cancelled()


def test_generators_of_the_task_are_closed(pool) -> None:
    """A generator that the stopped loop was in runs its `finally`."""
    log: list[str] = []

    def numbers():
        try:
            while True:
                yield 1
                checkpoint()
        finally:
            cleanup(log)

    def task() -> None:
        for _ in numbers():
            began.set()

    began = threading.Event()
    future = pool.submit(task)
    assert began.wait(10)
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(10)
    assert log == ["cleaned"]


def test_the_next_task_of_the_worker_rests_and_stops(make_pool) -> None:
    """What a cleanup was excused from, the next task on the same thread is not."""
    pool = make_pool(1)
    log: list[str] = []
    future = pool.submit(in_finally, log)
    until(lambda: pool._p_node.resters.sleepers, what="it sleeps")
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(10)
    following = pool.submit(sleep, 3600)
    until(following.running)
    with pool.pause("x", timeout=10):
        assert following.status().state == "resting"
    following.stop("enough, too")
    with pytest.raises(TaskStopped, match="enough, too"):
        following.result(10)

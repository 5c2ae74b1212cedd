"""An initializer that fails while the pool is paused: the pool breaks, and nobody hangs."""

from __future__ import annotations

import threading
from concurrent.futures import wait
from concurrent.futures.thread import BrokenThreadPool

import pytest
from helpers import until
from workloads import Loop, background

from pausable import ThreadPoolExecutor

pytestmark = pytest.mark.filterwarnings("error")


class Initializer:
    """An initializer that waits, and then fails from its n-th call on."""

    def __init__(self, fails_at: int = 1) -> None:
        self.fails_at = fails_at
        self.calls = 0
        self.began, self.go = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.calls += 1
        if self.calls >= self.fails_at:
            self.began.set()
            assert self.go.wait(20)
            raise OSError("no licence")


@pytest.fixture
def broken_by():
    """Make pools with an initializer, which are ended after the test."""
    pools = []

    def make(initializer: Initializer, max_workers: int = 2) -> ThreadPoolExecutor:
        pools.append(ThreadPoolExecutor(max_workers, initializer=initializer))
        return pools[-1]

    yield make
    for pool in pools:
        pool.stop()
        pool.resume()
        assert pool.shutdown(timeout=10)


def test_paused_while_the_initializer_runs(broken_by) -> None:
    """It fails under the pause: all queued tasks get the error at once, paused as they are."""
    initializer = Initializer()
    pool = broken_by(initializer)
    futures = [pool.submit(int) for _ in range(5)]
    assert initializer.began.wait(10)
    pool.pause("x")
    futures += [pool.group("g").submit(int), pool.submit(int)]
    initializer.go.set()
    assert not wait(futures, 10).not_done
    for future in futures:
        with pytest.raises(BrokenThreadPool):
            future.result(0)
    with pytest.raises(BrokenThreadPool):
        pool.submit(int)
    assert pool.wait_quiescent(10)
    assert pool.status().queued == 0


def test_paused_before_the_first_thread(broken_by) -> None:
    """Under the pause no thread starts and nothing fails; after the resume all fail."""
    initializer = Initializer()
    initializer.go.set()
    pool = broken_by(initializer)
    pool.pause("x")
    futures = [pool.submit(int) for _ in range(5)]
    assert initializer.calls == 0
    assert not any(future.done() for future in futures)
    pool.resume()
    for future in futures:
        with pytest.raises(BrokenThreadPool):
            future.result(10)


def test_a_task_that_rests_goes_on(broken_by) -> None:
    """The second worker's initializer fails while a task of the first rests: that one goes on."""
    initializer = Initializer(fails_at=2)
    pool = broken_by(initializer)
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    queued = [pool.submit(int) for _ in range(3)]
    assert initializer.began.wait(10)
    hold = pool.pause("x")
    until(lambda: future.status().state == "resting")
    initializer.go.set()
    for each in queued:
        with pytest.raises(BrokenThreadPool):
            each.result(10)
    assert hold.wait(10)
    assert future.status().state == "resting"
    hold.release()
    loop.go.set()
    assert future.result(10) == loop.rounds


def test_held_alone(broken_by) -> None:
    """A queued task with a hold of its own gets the error, too, and its hold is gone."""
    initializer = Initializer()
    pool = broken_by(initializer)
    future = pool.submit(int)
    hold = future.pause("x")
    assert initializer.began.wait(10) or not pool._threads
    other = pool.submit(int)
    initializer.go.set()
    for each in (future, other):
        with pytest.raises(BrokenThreadPool):
            each.result(10)
    assert hold.is_released()


def test_shut_down_while_paused(broken_by) -> None:
    """An idle worker, a failing one and a shutdown that waits: it returns, the threads have ended."""
    initializer = Initializer(fails_at=2)
    pool = broken_by(initializer)
    first = threading.Event()
    running = pool.submit(first.wait, 20)
    until(lambda: first._cond._waiters, what="it has begun")
    queued = [pool.submit(int)]
    assert initializer.began.wait(10)
    pool.pause("x")
    first.set()
    assert running.result(10) is True
    until(lambda: pool.status().running == 0)
    queued.append(pool.submit(int))
    waiting = background(pool.shutdown)
    until(lambda: pool.status().is_shut_down)
    initializer.go.set()
    for each in queued:
        with pytest.raises(BrokenThreadPool):
            each.result(10)
    assert waiting.result(10) is True
    assert not any(thread.is_alive() for thread in pool._threads)


def test_stopped_before_it_fails(broken_by) -> None:
    """Tasks stopped while the initializer ran keep their outcome."""
    initializer = Initializer()
    pool = broken_by(initializer)
    future, other = pool.submit(int), pool.submit(int)
    assert initializer.began.wait(10)
    pool.pause("x")
    assert future.stop("enough")
    initializer.go.set()
    with pytest.raises(BrokenThreadPool):
        other.result(10)
    assert future.cancelled()


def test_an_initializer_that_works_is_called_once_a_thread(broken_by) -> None:
    """Pausing and resuming does not call it again."""
    initializer = Initializer(fails_at=1000)
    pool = broken_by(initializer, max_workers=1)
    for _ in range(50):
        with pool.pause("x", timeout=10):
            future = pool.submit(int)
        assert future.result(10) == 0
    assert initializer.calls == 1


def test_an_initializer_that_pauses_its_pool() -> None:
    """It may: the worker's first task does not start until the resume."""
    pools: list[ThreadPoolExecutor] = []

    def initializer() -> None:
        pools[0].pause("from the initializer")

    pool = ThreadPoolExecutor(1, initializer=initializer)
    pools.append(pool)
    future = pool.submit(int)
    until(pool.is_paused)
    assert pool.wait_quiescent(10)
    assert pool.status().queued == 1
    pool.resume()
    assert future.result(10) == 0
    assert pool.shutdown(timeout=10)

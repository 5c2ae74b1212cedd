"""What may be a lock and does not say so delays a rest for a second, and a stop no longer than that."""

from __future__ import annotations

import itertools
import threading
from typing import Self

import pytest
from helpers import until
from preempt.form import PATIENCE

from pausable import TaskStopped


class Limiter:
    """A token bucket: what is acquired is not given back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.taken = 0

    def acquire(self) -> None:
        with self._lock:
            self.taken += 1


class Opaque:
    """A lock that says nothing of itself."""

    def acquire(self) -> Self:
        return self

    def release(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()


class Spinning:
    """A lock that waits in its own lines, for ever."""

    def __enter__(self) -> None:
        while True:
            pass

    def __exit__(self, *exc: object) -> None: ...


def work() -> int:
    total = 0
    for number in range(100):
        total += number
    return total


def rate_limited() -> None:
    limiter = Limiter()
    while True:
        limiter.acquire()
        work()


def signalled() -> None:
    signal = threading.Semaphore(1)
    for _ in itertools.count():
        signal.acquire()
        threading.Thread(target=signal.release).start()
        work()


def acquired_once() -> None:
    lock = Opaque()
    lock.acquire()
    while True:
        work()


def taken_by_a_helper() -> None:
    semaphore = threading.BoundedSemaphore(2)
    take(semaphore)
    while True:
        work()


def take(semaphore: threading.BoundedSemaphore) -> None:
    semaphore.acquire()


def opened_as_a_block() -> None:
    while True:
        with Opaque().acquire():
            work()
        work()


def locked_for_good() -> None:
    lock = threading.Lock()
    lock.acquire()
    while True:
        work()


def locked_by_a_helper_that_loops() -> None:
    lock = threading.Lock()
    lock.acquire()
    loop_for_ever()
    lock.release()


def loop_for_ever() -> None:
    while True:
        work()


def entering() -> None:
    with Spinning():
        pass


GUESSES = [rate_limited, signalled, acquired_once, taken_by_a_helper, opened_as_a_block]
HELD = [locked_for_good, locked_by_a_helper_that_loops, entering]


@pytest.mark.parametrize("task", GUESSES)
def test_it_rests(pool, task) -> None:
    """A task that has acquired what is no lock, or tells nothing, rests again and again."""
    future = pool.submit(task)
    until(future.running)
    for _ in range(2):
        with pool.pause("look", timeout=PATIENCE):
            assert pool.status().resting == 1
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(PATIENCE)


@pytest.mark.parametrize("task", [*GUESSES, *HELD])
def test_a_stop_comes_whatever_is_owed(pool, task) -> None:
    """What nobody will release keeps no task from being stopped."""
    future = pool.submit(task)
    until(future.running)
    future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(PATIENCE)


@pytest.mark.parametrize("task", [*GUESSES, *HELD])
def test_so_does_a_time_limit(pool, task) -> None:
    """Nor from ending at its time limit."""
    future = pool.options(timeout=0.01).submit(task)
    with pytest.raises(TimeoutError):
        future.result(PATIENCE)
    assert future.done()


def test_what_is_visibly_held_is_no_guess(pool) -> None:
    """A lock that is seen to be held is waited for, beyond the time that a guess has."""
    lock, go_on, released = threading.Lock(), threading.Event(), []

    def held() -> None:
        lock.acquire()
        while not go_on.is_set():
            work()
        released.append(True)
        lock.release()
        while True:
            work()

    future = pool.submit(held)
    until(lock.locked)
    hold = pool.pause("look")
    assert not hold.wait(1.5)  # a guess would have ended
    go_on.set()
    assert hold.wait(PATIENCE)
    assert released
    future.stop("enough")


def test_who_waits_for_a_lock_rests_before_he_tries_again(pool, tmp_path) -> None:
    """An attempt that goes on in Python has failed where it sleeps: there the task rests."""
    filelock = pytest.importorskip("filelock")
    path = tmp_path / "lock"

    def wait_for_it() -> None:
        lock = filelock.FileLock(path)
        lock.acquire(poll_interval=0.001)
        lock.release()

    def wait_for_it_as_a_block() -> None:
        with filelock.FileLock(path).acquire(poll_interval=0.001):
            pass

    with filelock.FileLock(path):
        futures = [pool.submit(wait_for_it), pool.submit(wait_for_it_as_a_block)]
        until(lambda: all(each.running() for each in futures))
        with pool.pause("look", timeout=PATIENCE):
            assert pool.status().resting == 2
    for each in futures:
        each.result(PATIENCE)

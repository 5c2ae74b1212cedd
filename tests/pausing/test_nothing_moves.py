"""A paused pool costs nothing: no line runs, no thread is woken, no CPU is used."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from helpers import until
from workloads import Loop

from pausable import checkpoint, resting, sleep

THREADS = Path("/proc/self/task")
pytestmark = pytest.mark.skipif(not THREADS.is_dir(), reason="needs /proc/self/task")


def of_thread(thread: threading.Thread) -> tuple[int, int, int]:
    """Return a thread's voluntary and involuntary context switches, and the CPU ticks it used."""
    folder = THREADS / str(thread.native_id)
    switches = [
        int(line.split()[1])
        for line in (folder / "status").read_text().splitlines()
        if "ctxt_switches" in line
    ]
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    return switches[0], switches[1], int(fields[11]) + int(fields[12])


def busy(seconds: float) -> None:
    """Use so much CPU on this thread."""
    until_then = time.thread_time() + seconds
    while time.thread_time() < until_then:
        pass


def readings(pool) -> dict[threading.Thread, tuple[int, int, int]]:
    """Take a reading of each of the pool's threads and, if there is one, of the timer's."""
    timers = [each for each in threading.enumerate() if each.name == "pausable-timer"]
    until(lambda: all(timer.native_id for timer in timers), what="the timer's thread has begun")
    return {thread: of_thread(thread) for thread in (*pool._threads, *timers)}


def stands_still(pool, seconds: float) -> bool:
    """Say whether no thread of the pool moves while this one uses so many seconds of CPU.

    A task that has just come to rest may still be on its way to its park, waiting for the
    interpreter's lock: there are several attempts. What polls moves in each of them.
    """
    for _ in range(5):
        before = readings(pool)
        busy(seconds)
        if readings(pool) == before:
            return True
    return False


def in_a_sleep() -> None:
    while True:
        sleep(0.003)


def in_a_long_sleep() -> None:
    sleep(0.3)
    sleep(3600)


def in_a_loop() -> None:
    while True:
        checkpoint()


@pytest.mark.parametrize("work", [in_a_loop, in_a_sleep, in_a_long_sleep])
def test_no_worker_is_woken_while_paused(make_pool, work) -> None:
    """Eight tasks at rest: no context switch and no CPU while the main thread uses 0.4 s of it."""
    pool = make_pool(8)
    for _ in range(8):
        pool.submit(work)
    until(lambda: pool.status().running == 8)
    for _ in range(20):
        pool.submit(work)
    with pool.pause("x", timeout=10):
        assert stands_still(pool, 0.4)
        assert pool.status().resting == 8


def test_an_hours_expiry_wakes_nobody(make_pool) -> None:
    """A hold with a duration costs its timer nothing until it is due."""
    pool = make_pool(2)
    pool.submit(in_a_loop)
    until(lambda: pool.status().running == 1)
    with pool.pause("x", duration=3600, timeout=10):
        assert stands_still(pool, 0.3)


def test_an_idle_pool_costs_nothing(make_pool) -> None:
    """Idle workers, and a task in a `resting()` block, are not woken, paused or not."""
    pool = make_pool(4)
    go = threading.Event()

    def quietly() -> None:
        with resting():
            go.wait(30)

    futures = [pool.submit(quietly)]
    loop = Loop()
    futures.append(pool.submit(loop))
    assert loop.began.wait(10)
    loop.go.set()
    futures[1].result(10)
    until(lambda: pool.status().resting == 1)
    assert stands_still(pool, 0.2)
    with pool.pause("x", timeout=10):
        assert stands_still(pool, 0.2)
    go.set()
    futures[0].result(10)

"""Signal handlers that use a pool, while the main thread waits for it or is busy elsewhere."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager

import pytest
from helpers import until
from workloads import Loop, background

from pausable import futures as ours

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs setitimer")


@contextmanager
def handling(handler):
    """Have *handler* called, with the number of its call, on the main thread at each SIGALRM."""
    assert threading.current_thread() is threading.main_thread()
    calls = [0]
    failed: list[BaseException] = []

    def handle(signum: int, frame: object) -> None:
        calls[0] += 1
        try:
            handler(calls[0])
        except BaseException as error:  # noqa: BLE001 - reported at the end
            failed.append(error)

    before = signal.signal(signal.SIGALRM, handle)
    try:
        yield calls
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert failed == []


@contextmanager
def ticking(handler, interval: float = 0.0005):
    """Call *handler* every so many seconds, wherever the main thread is then."""
    with handling(handler) as calls:
        signal.setitimer(signal.ITIMER_REAL, interval, interval)
        yield calls


def hammered(seconds: float = 0.5):
    """Yield for so many seconds."""
    deadline = time.monotonic() + seconds
    number = 0
    while time.monotonic() < deadline:
        yield number
        number += 1


def when_it_waits(fact) -> None:
    """Send the signal once the main thread has come to its wait, a moment after *fact*."""

    def send() -> None:
        until(fact, what="the main thread waits")
        threading.Event().wait(0.05)  # from the fact to the system call that the signal interrupts
        signal.pthread_kill(threading.main_thread().ident, signal.SIGALRM)

    background(send)


WAITS = {
    "result": (lambda pool, future: future.result(20), lambda _, f: f._waiting),
    "wait": (lambda pool, future: ours.wait([future], 20), lambda _, f: f._waiters),
    "shutdown": (lambda pool, future: pool.shutdown(), lambda pool, _: pool._node.shutdowns),
    "quiescence": (
        lambda pool, future: pool.wait_quiescent(20),
        lambda pool, _: pool._node.waiters,
    ),
}


@pytest.mark.parametrize("wait", WAITS)
def test_a_handler_resumes_what_the_main_thread_waits_for(pool, wait) -> None:
    """The main thread waits for something paused, or for quiescence; the handler makes it come."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    if wait != "quiescence":
        assert pool.pause("x").wait(10)
    waits, is_waiting = WAITS[wait]

    def handler(_: int) -> None:
        loop.go.set()
        if wait == "quiescence":
            pool.pause("y")
        else:
            pool.resume()

    with handling(handler) as calls:
        when_it_waits(lambda: is_waiting(pool, future))
        waits(pool, future)
        until(lambda: calls[0] == 1)
    until(lambda: future.done() or pool.is_paused())


def test_a_handler_stops_what_the_main_thread_waits_for(pool) -> None:
    """A stop from a handler ends the wait for a resting task."""
    future = pool.submit(Loop())
    until(future.running)
    assert pool.pause("x").wait(10)
    with handling(lambda _: pool.stop("from the handler")):
        when_it_waits(lambda: future._waiters)
        assert not ours.wait([future], 20).not_done
        until(future.cancelled)


def test_a_button(make_pool) -> None:
    """Pause and resume in turns while the main thread computes something else: none is lost."""
    pool = make_pool(4)
    loops = [Loop() for _ in range(4)]
    for loop in loops:
        pool.submit(loop)
        assert loop.began.wait(10)
    with ticking(lambda call: pool.pause("x") if call % 2 else pool.resume()) as calls:
        for _ in hammered():
            pass
    assert calls[0] > 10
    assert pool.is_paused() == bool(calls[0] % 2)
    pool.resume()
    rounds = [loop.rounds for loop in loops]
    until(lambda: all(loop.rounds > n for loop, n in zip(loops, rounds, strict=True)))


def test_a_handler_that_submits(make_pool) -> None:
    """Each task that a handler submits runs once, while the main thread computes something else."""
    pool = make_pool(2)
    ran: list[int] = []
    futures = []
    with ticking(lambda call: futures.append(pool.submit(ran.append, call))) as calls:
        for _ in hammered():
            pass
    for future in futures:
        future.result(20)
    assert sorted(ran) == list(range(1, calls[0] + 1))


def test_two_pools(make_pool) -> None:
    """The main thread is in the middle of calls on one pool, the handler uses another one."""
    mine, others = make_pool(2), make_pool(2)
    futures = []

    def handler(call: int) -> None:
        futures.append(others.submit(int))
        hold = others.pause("handler", duration=3600 if call % 2 else None)
        others.status()
        hold.release()

    with ticking(handler):
        for number in hammered():
            futures.append(mine.submit(int))
            if number % 20 == 0:
                with mine.pause("main", timeout=10):
                    mine.status()
    assert sum(future.result(20) for future in futures) == 0
    assert not mine.is_paused()
    assert not others.is_paused()


def test_a_handler_that_starts_a_thread(make_pool) -> None:
    """Where the main thread may be in a call on the pool, a thread of the handler's may use it."""
    pool = make_pool(2)
    pending = []

    def press() -> None:
        with pool.pause("from the handler's thread", timeout=10):
            pass

    with ticking(lambda _: pending.append(background(press)), interval=0.005):
        futures = [pool.submit(int) for _ in hammered()]
    for each in pending:
        each.result(20)
    assert sum(future.result(20) for future in futures) == 0
    assert not pool.is_paused()

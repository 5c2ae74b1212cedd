"""The timer's thread lives only while something is to happen later."""

from __future__ import annotations

import threading

import pytest
from clocks import HOUR, clock
from helpers import until
from workloads import Loop, background

from pausable import checkpoint, sleep

__all__ = ["clock"]


def timers() -> list[threading.Thread]:
    """List the timer threads of the process."""
    return [thread for thread in threading.enumerate() if thread.name == "pausable-timer"]


@pytest.fixture(autouse=True)
def without_a_timer() -> None:
    """Begin without one, whatever another test has left to end."""
    until(lambda: not timers())


def test_none_is_there_for_what_needs_none(make_pool) -> None:
    """Tasks, pauses, sleeps, waits with a timeout, stops and a shutdown need no timer."""
    pool = make_pool(2)
    pool.submit(sleep, 0.01).result(10)
    future = pool.submit(sleep, 3600)
    until(future.running)
    with pool.pause("x", timeout=10) as hold:
        assert hold.wait(10)
        assert not timers()
    future.stop("enough")
    assert pool.shutdown(timeout=10)
    assert not timers()


def test_one_is_there_for_a_hold_that_expires(pool, clock) -> None:
    """It comes with the hold, there is one for many, and it goes when all have expired."""
    holds = [pool.pause(str(number), duration=HOUR) for number in range(20)]
    until(timers)
    assert len(timers()) == 1
    assert timers()[0].daemon
    clock.move(HOUR)
    until(lambda: all(hold.is_released() for hold in holds))
    until(lambda: not timers())
    hold = pool.pause("again", duration=0.01)
    until(lambda: hold.is_released())
    until(lambda: not timers())


RELEASES = {
    "release": lambda pool, hold: hold.release(),
    "resume": lambda pool, hold: pool.resume(),
    "resume it": lambda pool, hold: pool.resume(hold),
    "with": lambda pool, hold: hold.__enter__() and hold.__exit__(None, None, None),
}


@pytest.mark.parametrize("how", RELEASES)
def test_it_goes_with_the_hold(pool, how) -> None:
    """A hold of an hour that is released early takes its alarm along, however it is released."""
    hold = pool.pause("x", duration=3600)
    until(timers)
    RELEASES[how](pool, hold)
    assert hold.is_released()
    until(lambda: not timers())


def test_it_goes_with_the_task(pool) -> None:
    """So does a task's hold when the task ends, stopped, cancelled or by itself."""
    loop = Loop()
    started = pool.submit(loop)
    assert loop.began.wait(10)
    pool.pause("x")
    stopped, cancelled = pool.submit(int), pool.submit(int)
    for task in (started, stopped, cancelled):
        task.pause("y", duration=3600)
    until(timers)
    stopped.stop("x")
    cancelled.cancel()
    started.stop("enough")
    until(lambda: not timers())


def test_it_goes_with_the_stagger(make_pool) -> None:
    """A staggered resume that a new pause, a stop or the last turn ends leaves no alarm."""
    for ending in ("pause", "stop", "resume"):
        pool = make_pool(3)
        for _ in range(3):
            pool.submit(Loop())
        until(lambda pool=pool: pool.status().running == 3)
        assert pool.pause("x").wait(10)
        pool.resume(stagger=3600)
        until(timers)
        if ending == "pause":
            pool.pause("y")
        elif ending == "stop":
            pool.stop("enough")
        else:
            pool.pause("y")
            pool.resume(stagger=0.01)
        until(lambda: not timers(), what=f"none after {ending}")


def test_cancelled_alarms_do_not_pile_up(pool) -> None:
    """Ten thousand holds with an hour's duration, released at once, leave nothing in the timer."""
    from pausable.scopes.timer import timer  # noqa: PLC0415

    long = pool.pause("long", duration=3600)
    for _ in range(10_000):
        pool.pause("x", duration=7200).release()
    assert len(timer._heap) < 2_000
    long.release()
    until(lambda: not timers())


def test_an_alarm_from_many_threads(pool) -> None:
    """Threads that place and release holds with durations at once share one timer thread."""
    long = pool.pause("so that it does not end and begin anew", duration=3600)
    until(timers)
    most: list[int] = []

    def place() -> None:
        for _ in range(50):
            hold = pool.pause("x", duration=0.001)
            most.append(len(timers()))
            hold.release()

    for outcome in [background(place) for _ in range(4)]:
        outcome.result(20)
    assert set(most) == {1}
    long.release()
    until(lambda: not timers())
    assert not pool.is_paused()


def test_an_alarm_set_by_a_task(pool) -> None:
    """A task that pauses itself for a moment: the timer's thread is no part of the task."""

    def task() -> str:
        pool.pause("a moment", duration=0.05)
        checkpoint()
        return "went on"

    assert pool.submit(task).result(10) == "went on"
    until(lambda: not timers())


class Refusal:
    """A `start_new_thread` that fails, as long as it is to."""

    def __init__(self, real) -> None:
        """Refuse from now on."""
        self.real = real
        self.refuses = True

    def __call__(self, *arguments):
        """Start a thread, or not."""
        if self.refuses:
            message = "can't start new thread"
            raise RuntimeError(message)
        return self.real(*arguments)


@pytest.fixture
def refusal(monkeypatch) -> Refusal:
    """Let no thread of the timer's, nor of an outbox's, start until `refuses` is false."""
    from pausable._core import outbox  # noqa: PLC0415
    from pausable.scopes import timer as module  # noqa: PLC0415

    found = Refusal(module.start_new_thread)
    for each in (module, outbox):
        monkeypatch.setattr(each, "start_new_thread", found)
    return found


COMERS = {
    "another alarm": lambda pool: pool.pause("second", duration=0.01),
    "a submit": lambda pool: pool.submit(int),
    "a pause": lambda pool: pool.pause("x").release(),
    "another thread": lambda pool: background(pool.submit, int).result(10),
    "a worker": lambda pool: None,
}


@pytest.mark.parametrize("comer", COMERS)
def test_an_alarm_whose_thread_cannot_start_is_not_lost(make_pool, refusal, comer, caplog) -> None:
    """It stays, that is said once, and whoever comes by tries again."""
    pool, other = make_pool(1), make_pool(1)
    loop = Loop()
    other.submit(loop)
    assert loop.began.wait(10)
    holds = [pool.pause(str(number), duration=0.01) for number in range(3)]
    assert not any(hold.is_released() for hold in holds)
    assert not timers()
    refusal.refuses = False
    if comer == "a worker":  # the end of a task that somebody waits for
        loop.go.set()
        until(lambda: background(other.submit(int).result, 10).done())
    else:
        COMERS[comer](other)
    until(lambda: all(hold.is_released() for hold in holds))
    said = [each for each in caplog.messages if "no thread can be started" in each]
    until(lambda: [each for each in caplog.messages if "no thread can be started" in each])
    assert len(said) <= 1
    loop.go.set()


def test_an_alarm_whose_thread_fails_later_is_not_lost(pool, monkeypatch) -> None:
    """The thread that is to start the timer's, and cannot, does its work."""
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "pausable-timer":
            message = "can't start new thread"
            raise RuntimeError(message)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    hold = pool.pause("x", duration=0.01)
    until(lambda: hold.is_released())


def test_a_timed_call_that_exits_ends_no_other(pool) -> None:
    """Whatever a timed call raises, those after it are made."""
    from pausable.scopes.timer import timer  # noqa: PLC0415

    def leave() -> None:
        raise SystemExit

    rung = threading.Event()
    for call in (leave, leave, rung.set):
        timer.call_at(0.0, call)
    assert rung.wait(10)

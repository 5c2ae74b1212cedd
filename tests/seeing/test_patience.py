"""Whoever waits for long says so: for which tasks, where they are, why, and what would end it."""

from __future__ import annotations

import logging
import signal
import threading
from itertools import pairwise

import pytest
from helpers import put_back, until
from workloads import Loop, Stuck, background

from pausable import Stopped, TaskStopped, checkpoint
from pausable.futures import FIRST_COMPLETED, FIRST_EXCEPTION, as_completed, wait
from pausable.scopes import patience


@pytest.fixture(autouse=True)
def soon(monkeypatch) -> None:
    """Let the first word come after a moment, and not after a second."""
    monkeypatch.setattr(patience, "_AT_FIRST", 0.02)


def said(caplog, *words: str) -> list[str]:
    """Return the warnings that have all of the words in them."""
    return [
        message
        for record in caplog.records
        if record.name == "pausable" and record.levelno == logging.WARNING
        if all(word in (message := record.getMessage()) for word in words)
    ]


def test_a_result_under_a_hold(pool, caplog) -> None:
    """The task, its line, the hold and what ends it."""
    loop = Loop()
    future = pool.options(name="slow").submit(loop)
    assert loop.began.wait(10)
    pool.pause("disk full", owner="the guard").wait(10)
    waiting = background(future.result)
    until(lambda: said(caplog, "result() of slow has waited", "workloads.py:", "rests"))
    (message, *_) = said(caplog, "result() of slow has waited")
    assert "held by 'disk full' by the guard on" in message
    assert "resume()" in message
    loop.go.set()
    pool.resume()
    assert waiting.result(10) == loop.rounds


def test_a_result_of_what_has_not_started(pool, caplog) -> None:
    """A queued task of a held group says what is held, and when that ends by itself."""
    group = pool.group("thumbs")
    hold = group.pause("429", duration=3600)
    future = group.submit(int)
    waiting = background(future.result)
    until(
        lambda: said(caplog, "int-1 has not started", "on 'thumbs'", "ends by itself in 3.6e+03 s")
    )
    hold.release()
    assert waiting.result(10) == 0


def test_again_and_again_at_growing_intervals(pool, caplog) -> None:
    """Each word comes after twice the time."""
    pool.pause("x")
    future = pool.submit(int)
    waiting = background(future.result)
    until(lambda: len(said(caplog, "result() of int-1")) >= 4)
    spoken = [
        float(message.partition("has waited for ")[2].split(maxsplit=1)[0])
        for message in said(caplog, "result() of int-1")
    ]
    gaps = [later - earlier for earlier, later in pairwise(spoken)]
    assert gaps[0] >= 0.03
    assert gaps[1] >= 0.07
    assert gaps[2] >= 0.15
    pool.resume()
    assert waiting.result(10) == 0


def test_a_hold_that_comes_later(pool, caplog) -> None:
    """A wait that had nothing to say for long says it when there is something."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    waiting = background(future.result)
    until(lambda: future._p_waiting is not None)
    assert not said(caplog)
    pool.pause("disk full").wait(10)
    until(lambda: said(caplog, "disk full"))
    loop.go.set()
    pool.resume()
    waiting.result(10)


@pytest.mark.parametrize("name", ["wait", "as_completed"])
def test_a_wait_for_several(pool, caplog, name) -> None:
    """Of those that it waits for, the ones that are held."""
    done = pool.submit(int)
    assert done.result(10) == 0
    group = pool.group("g")
    hold = group.pause("disk full")
    held = [group.submit(int) for _ in range(7)]
    waits = {"wait": wait, "as_completed": lambda fs: list(as_completed(fs))}
    waiting = background(waits[name], [done, *held])
    until(lambda: said(caplog, f"{name}() has waited", "has not started", "disk full", "2 more"))
    hold.release()
    waiting.result(10)


def test_a_wait_for_several_that_is_in_time(pool, caplog) -> None:
    """Each condition ends it, also after it has spoken; and so does its time."""
    stuck = Stuck()
    slow = pool.submit(stuck)
    hold = pool.pause("x")
    fails = pool.submit(int, "x")
    first = background(wait, [slow, fails], return_when=FIRST_COMPLETED)
    error = background(wait, [slow, fails], return_when=FIRST_EXCEPTION)
    assert wait([slow, fails], 0.05).not_done == {slow, fails}
    with pytest.raises(TimeoutError, match=r"2 \(of 2\) futures unfinished"):
        list(as_completed([slow, fails], 0.05))
    until(lambda: said(caplog, "wait() has waited"))
    hold.release()
    assert first.result(10) == ({fails}, {slow})
    assert error.result(10) == ({fails}, {slow})
    stuck.go.set()
    assert slow.result(10) == "let go"


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="sends a signal to one thread")
@pytest.mark.parametrize("takes", [0.0, 0.1], ids=["at once", "after the first word"])
def test_an_alarm_in_a_wait_for_several(pool, takes) -> None:
    """What a signal handler raises is no end of our time: it passes, also if it comes late."""
    main, rang = threading.get_ident(), threading.Event()

    def handler(*_: object) -> None:
        if not rang.is_set():
            rang.set()
            threading.Event().wait(takes)
            raise TimeoutError("rang")

    def ring() -> None:
        until(lambda: rang.is_set() or future._waiters, what="the main thread waits")
        while not rang.is_set():  # the first may come just before the system call that waits
            signal.pthread_kill(main, signal.SIGALRM)
            rang.wait(0.1)

    stuck = Stuck()
    future = pool.submit(stuck)
    before = signal.signal(signal.SIGALRM, handler)
    ringing = background(ring)
    try:
        with pytest.raises(TimeoutError, match="rang"):
            list(as_completed([future]))
    finally:
        rang.set()
        ringing.result(10)
        put_back(signal.SIGALRM, before)
        stuck.go.set()


def test_what_just_runs_is_not_spoken_of(pool, caplog) -> None:
    """To wait for work that takes its time is the stdlib's, and as silent."""
    stuck = Stuck()
    future = pool.submit(stuck)
    queued = [pool.submit(int) for _ in range(3)]
    waits = [background(each.result) for each in (future, *queued)]
    waits.append(background(pool.shutdown))
    asked = []
    until(lambda: pool._p_node.waiters.shutdowns)
    look = patience.plights(pool._p_node)
    asked.append(look)
    stuck.go.set()
    for each in waits:
        each.result(10)
    assert asked == [""]
    assert not said(caplog)


def test_a_task_that_is_held_like_the_one_it_waits_for(make_pool, caplog) -> None:
    """It would rest, too: of a whole pool that is paused, only who waits outside speaks."""
    pool = make_pool(2)
    loop = Loop()
    inner = pool.submit(loop)
    assert loop.began.wait(10)
    outer = pool.submit(lambda: inner.result())
    until(lambda: pool.status().resting == 1)
    pool.pause("x").wait(10)
    waiting = background(outer.result)
    until(lambda: said(caplog, f"result() of {outer.name} has waited"))
    assert not said(caplog, f"result() of {inner.name}")
    loop.go.set()
    pool.resume()
    assert waiting.result(10) == loop.rounds


def test_a_task_that_waits_under_its_own_hold(make_pool, caplog) -> None:
    """It keeps itself waiting: the warning names it."""
    pool = make_pool(2)

    def task() -> int:
        pool.pause("by mistake")
        return pool.submit(int).result()

    future = pool.submit(task)
    until(lambda: said(caplog, f"in {future.name} has waited", "by mistake"))
    pool.resume()
    assert future.result(10) == 0


def test_a_shutdown(make_pool, caplog) -> None:
    """All that is held, the first few by name."""
    pool = make_pool(1)
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    for _ in range(9):
        pool.submit(int)
    pool.pause("disk full").wait(10)
    waiting = background(pool.shutdown)
    until(lambda: said(caplog, "the shutdown of", "has waited", "Loop-1", "and 5 more"))
    loop.go.set()
    pool.resume()
    assert waiting.result(10) is True


def test_a_task_that_eats_its_stop(make_pool, caplog) -> None:
    """Where it is, and that it goes on."""
    pool = make_pool(1)
    eaten, go = threading.Event(), threading.Event()

    def stubborn() -> str:
        while True:
            try:
                checkpoint()
            except Stopped:
                break
        eaten.set()
        assert go.wait(20)
        return "went on"

    future = pool.submit(stubborn)
    until(future.running)
    future.stop("not needed")
    assert eaten.wait(10)
    waiting = background(pool.shutdown)
    until(lambda: said(caplog, "stubborn-1 at", "was asked to stop (not needed)", "Stopped"))
    go.set()
    assert waiting.result(10) is True
    assert future.result(0) == "went on"


def test_a_task_that_has_not_seen_its_stop(pool, caplog) -> None:
    """Whoever waits for its result is told why it does not come."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    future.stop("not needed")
    waiting = background(future.result)
    until(lambda: said(caplog, "result() of", "asked to stop", "has not come to a checkpoint"))
    stuck.go.set()
    with pytest.raises(TaskStopped):
        waiting.result(10)


def test_a_fault(make_pool, caplog) -> None:
    """It is said at once that a scope is held by one, and again by whoever waits for the task."""
    pool = make_pool(1, on_fault="hold")
    future = pool.options(name="load").submit(int, "x")
    until(pool.faults)
    until(lambda: said(caplog, "is held by a fault", "load: ValueError", "faults()"))
    waiting = background(future.result)
    until(lambda: said(caplog, "result() of load", "ValueError", "resolve()"))
    pool.faults()[0].resolve(3)
    assert waiting.result(10) == 3


def test_a_wait_for_quiescence(pool, caplog) -> None:
    """The stragglers, and why they still run."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    waiting = background(pool.pause("x").wait)
    until(lambda: said(caplog, "the pause 'x' of", "Stuck-1 at", "has not come to a checkpoint"))
    stuck.go.set()
    assert waiting.result(10) is True
    pool.resume()
    assert future.result(10) == "let go"


# Errors.


@pytest.mark.parametrize("name", ["result", "exception"])
def test_a_timeout_says_what_the_task_does(pool, name) -> None:
    """It rests, held by whom; or has not started; or runs, where."""
    loop = Loop()
    future = pool.options(name="slow").submit(loop)
    assert loop.began.wait(10)
    with pytest.raises(TimeoutError, match=r"slow was not over after 0.01 s: slow at .* runs"):
        getattr(future, name)(0.01)
    pool.pause("disk full").wait(10)
    with pytest.raises(TimeoutError, match=r"slow at .* rests, held by 'disk full' by "):
        getattr(future, name)(0.01)
    queued = pool.submit(int)
    with pytest.raises(TimeoutError, match="int-1 has not started, held by 'disk full'"):
        getattr(queued, name)(0.01)
    loop.go.set()
    pool.resume()


def test_a_timeout_of_a_map(pool) -> None:
    """The one that was waited for is named."""
    pool.pause("disk full")
    results = pool.map(abs, [1, 2], timeout=1.0)  # counted from here on
    with pytest.raises(TimeoutError, match="abs-1 has not started, held by 'disk full'"):
        next(results)


def test_a_timeout_of_no_time(pool) -> None:
    """Whoever asks in a loop is answered shortly."""
    pool.pause("x")
    with pytest.raises(TimeoutError, match="int-1 is not over"):
        pool.submit(int).result(0)

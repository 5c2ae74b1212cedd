"""Pause and shutdown in either order: it waits for the resume, says so, and loses nothing."""

from __future__ import annotations

import logging
import threading

import pytest
from helpers import until
from workloads import Loop, Stuck, background

from pausable import TaskStopped, sleep


def said(caplog) -> str:
    """Return the warnings of the library."""
    return "\n".join(
        record.getMessage()
        for record in caplog.records
        if record.name == "pausable" and record.levelno == logging.WARNING
    )


def test_it_waits_for_the_resume(make_pool, caplog) -> None:
    """While paused it waits, with resting and queued tasks, and finishes them after the resume."""
    pool = make_pool(2)
    loops = [Loop(), Loop()]
    futures = [pool.submit(loop) for loop in loops]
    queued = [pool.submit(int) for _ in range(10)]
    pool.pause("disk full", owner="the guard")
    assert pool.wait_quiescent(10)
    waiting = background(pool.shutdown)
    until(lambda: "disk full" in said(caplog))
    assert "the guard" in said(caplog)
    assert pool.name in said(caplog)
    assert not waiting.done()
    for loop in loops:
        loop.go.set()
    pool.resume()
    assert waiting.result(10) is True
    assert [future.result(0) for future in futures] == [loop.rounds for loop in loops]
    assert [future.result(0) for future in queued] == [0] * 10
    assert not any(thread.is_alive() for thread in pool._threads)


def test_it_waits_for_a_pool_that_never_had_a_thread(make_pool) -> None:
    """Paused before its first submit: no thread is there, but the tasks are."""
    pool = make_pool(2)
    pool.pause("x")
    futures = [pool.submit(int) for _ in range(5)]
    waiting = background(pool.shutdown)
    until(lambda: pool.status().is_shut_down)
    assert not waiting.done()
    pool.resume()
    assert waiting.result(10) is True
    assert [future.result(0) for future in futures] == [0] * 5
    assert not any(thread.is_alive() for thread in pool._threads)


@pytest.mark.parametrize("level", ["group", "nested", "task"])
def test_it_waits_for_whatever_is_held(make_pool, caplog, level) -> None:
    """A held group or task keeps it waiting, too, and is named in the log."""
    pool = make_pool(2)
    group = pool.group("g")
    nested = group.group("n")
    loop = Loop()
    future = nested.submit(loop)
    assert loop.began.wait(10)
    scope = {"group": group, "nested": nested, "task": future}[level]
    assert scope.pause("disk full").wait(10)
    waiting = background(pool.shutdown)
    until(lambda: "disk full" in said(caplog))
    assert repr(scope.name) in said(caplog)
    loop.go.set()
    assert not waiting.done()
    scope.resume()
    assert waiting.result(10) is True
    assert future.result(0) == loop.rounds


def test_a_pause_after_the_shutdown_has_begun(make_pool) -> None:
    """In the other order it waits for the resume as well."""
    pool = make_pool(2)
    loop = Loop()
    future = pool.submit(loop)
    queued = pool.submit(int)
    assert loop.began.wait(10)
    queued.result(10)
    waiting = background(pool.shutdown)
    until(lambda: pool._p_node.waiters.shutdowns, what="somebody waits in shutdown()")
    hold = pool.pause("disk full")
    assert hold.wait(10)
    loop.go.set()
    assert not waiting.done()
    assert pool.status().resting == 1
    hold.release()
    assert waiting.result(10) is True
    assert future.result(0) == loop.rounds


def test_a_pause_after_the_shutdown_has_begun_is_logged(make_pool, caplog) -> None:
    """Somebody who waits in `shutdown` learns from the log that it is the pause that it waits for."""
    pool = make_pool(1)
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    waiting = background(pool.shutdown)
    until(lambda: pool._p_node.waiters.shutdowns, what="somebody waits in shutdown()")
    hold = pool.pause("disk full")
    until(lambda: "disk full" in said(caplog))
    loop.go.set()
    hold.release()
    assert waiting.result(10) is True


def test_shut_down_without_waiting_then_paused_then_resumed(make_pool) -> None:
    """`shutdown(wait=False)`, pause, resume: all tasks run, and the threads end."""
    pool = make_pool(2)
    stuck = [Stuck(), Stuck()]
    for each in stuck:
        pool.submit(each)
    queued = [pool.submit(int) for _ in range(20)]
    assert pool.shutdown(wait=False) is False
    hold = pool.pause("x")
    for each in stuck:
        each.go.set()
    assert hold.wait(10)
    assert not any(future.done() for future in queued)
    hold.release()
    assert [future.result(10) for future in queued] == [0] * 20
    assert pool.shutdown(timeout=10) is True


def test_threads_hired_after_the_resume_are_waited_for(make_pool) -> None:
    """It returns when the last thread has ended, those that started during the wait included."""
    for _ in range(20):
        pool = make_pool(8)
        pool.submit(int).result(10)
        pool.pause("x")
        for _ in range(100):
            pool.submit(int)
        waiting = background(pool.shutdown)
        until(lambda pool=pool: pool.status().is_shut_down)
        pool.resume()
        assert waiting.result(10) is True
        assert not any(thread.is_alive() for thread in pool._threads)


def test_a_bounded_wait(make_pool, caplog) -> None:
    """`timeout=`: False when time is up, with a line in the log; later it can be waited for again."""
    pool = make_pool(1)
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    assert pool.pause("disk full").wait(10)
    assert pool.shutdown(timeout=0.05) is False
    assert pool.shutdown(timeout=0) is False
    assert "disk full" in said(caplog)
    assert not future.done()
    loop.go.set()
    pool.resume()
    assert pool.shutdown(timeout=10) is True
    assert future.result(0) == loop.rounds


def test_cancelling_what_is_queued(make_pool) -> None:
    """`cancel_futures=True` while paused: queued ones are cancelled at once, resting ones stay."""
    pool = make_pool(1)
    group = pool.group("g")
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    assert pool.pause("x").wait(10)
    queued = [scope.submit(int) for scope in (pool, group) for _ in range(50)]
    held = pool.submit(int)
    held.pause("y")
    assert pool.shutdown(wait=False, cancel_futures=True) is False
    assert all(each.cancelled() for each in [*queued, held])
    assert not future.done()
    loop.go.set()
    pool.resume()
    assert pool.shutdown(timeout=10) is True
    assert future.result(0) == loop.rounds


def test_only_queued_tasks_that_are_cancelled(make_pool) -> None:
    """A paused pool of which nothing is left is shut down at once, still paused."""
    pool = make_pool(2)
    pool.submit(int).result(10)
    pool.pause("x")
    for _ in range(10):
        pool.submit(int)
    assert pool.shutdown(cancel_futures=True, timeout=10) is True
    assert not any(thread.is_alive() for thread in pool._threads)


def test_an_idle_paused_pool(make_pool, caplog) -> None:
    """Nothing to wait for: it returns, with or without threads, and has nothing to say."""
    for used in (False, True):
        pool = make_pool(2)
        if used:
            pool.submit(int).result(10)
        pool.pause("x")
        assert pool.shutdown() is True
        assert said(caplog) == ""


def test_a_second_shutdown(make_pool) -> None:
    """Again, by several threads at once, in every form: each returns when all is over."""
    pool = make_pool(2)
    loop = Loop()
    pool.submit(loop)
    pool.pause("x")
    assert pool.shutdown(wait=False) is False
    assert pool.shutdown(wait=False) is False
    waiting = [background(pool.shutdown) for _ in range(4)]
    assert not any(each.done() for each in waiting)
    loop.go.set()
    pool.resume()
    assert [each.result(10) for each in waiting] == [True] * 4
    assert pool.shutdown() is True
    assert pool.shutdown(wait=False, cancel_futures=True) is True


def test_a_stop_ends_the_wait(make_pool) -> None:
    """Stopping the tasks of a paused pool lets its shutdown return without a resume."""
    pool = make_pool(2)
    futures = [pool.submit(Loop()) for _ in range(4)]
    until(lambda: pool.status().running == 2)
    assert pool.pause("x").wait(10)
    waiting = background(pool.shutdown)
    until(lambda: pool.status().is_shut_down)
    assert pool.stop("give up") == 4
    assert waiting.result(10) is True
    for future in futures:
        with pytest.raises(TaskStopped, match="give up"):
            future.result(0)


def test_nothing_is_said_about_tasks_that_were_stopped(make_pool, caplog) -> None:
    """A shutdown that waits for stopped tasks to clean up waits for no resume, and says none."""
    pool = make_pool(1)
    cleaning, go = threading.Event(), threading.Event()

    def task() -> None:
        try:
            sleep(3600)
        finally:
            cleaning.set()
            assert go.wait(20)

    pool.submit(task)
    until(lambda: pool._p_node.resters.sleepers, what="it sleeps")
    assert pool.pause("disk full").wait(10)
    pool.stop("give up")
    assert cleaning.wait(10)
    waiting = background(pool.shutdown)
    until(lambda: pool._p_node.waiters.shutdowns, what="somebody waits in shutdown()")
    go.set()
    assert waiting.result(10) is True
    assert said(caplog) == ""


def test_leaving_the_with_block_while_paused(make_pool) -> None:
    """The end of `with pool:` waits for the resume, too."""
    pool = make_pool(1)

    def program() -> list[int]:
        with pool:
            futures = [pool.submit(int) for _ in range(3)]
            pool.pause("x")
            futures += [pool.submit(int) for _ in range(3)]
        return [future.result(0) for future in futures]

    running = background(program)
    until(lambda: pool.status().is_shut_down)
    assert not running.done()
    pool.resume()
    assert running.result(10) == [0] * 6


def test_an_error_in_the_with_block_waits_as_in_the_stdlib(make_pool) -> None:
    """Only Ctrl-C and an exit end the tasks; an ordinary error waits for them."""
    pool = make_pool(1)
    futures = []
    with pytest.raises(ZeroDivisionError), pool:
        futures += [pool.submit(int) for _ in range(5)]
        raise ZeroDivisionError
    assert [future.result(0) for future in futures] == [0] * 5


def test_a_group_is_shut_down_alone(make_pool, caplog) -> None:
    """Paused, it waits for the resume and says so; the pool goes on and takes tasks."""
    pool = make_pool(2)
    group = pool.group("g")
    loop = Loop()
    future = group.submit(loop)
    queued = group.submit(int)
    assert loop.began.wait(10)
    queued.result(10)
    group.pause("disk full")
    queued = group.submit(int)
    waiting = background(group.shutdown)
    until(lambda: "disk full" in said(caplog))
    with pytest.raises(RuntimeError, match="shutdown"):
        group.submit(int)
    assert pool.submit(int).result(10) == 0
    loop.go.set()
    assert not waiting.done()
    group.resume()
    assert waiting.result(10) is True
    assert future.result(0) == loop.rounds
    assert queued.result(0) == 0
    assert pool.submit(int).result(10) == 0


def test_an_expiry_is_as_good_as_a_resume(make_pool) -> None:
    """A shutdown that waits goes on when the hold has expired."""
    pool = make_pool(1)
    pool.pause("x", duration=0.1)
    future = pool.submit(int)
    assert pool.shutdown(timeout=10) is True
    assert future.result(0) == 0


def test_submits_after_it_are_refused(make_pool) -> None:
    """A paused pool that was shut down takes no task, nor do its groups, and loses none."""
    pool = make_pool(1)
    group = pool.group("g")
    pool.pause("x")
    future = group.submit(int)
    pool.shutdown(wait=False)
    for scope in (pool, group, pool.options(name="n")):
        with pytest.raises(RuntimeError, match="shutdown"):
            scope.submit(int)
    assert pool.status().queued == 1
    pool.resume()
    assert future.result(10) == 0

"""Pools that nobody refers to any more, while the process is paused: what they have to do is done."""

from __future__ import annotations

import gc
import logging
import weakref

import pytest
from helpers import until
from odd_hours.test_collected import collect, threads_of
from workloads import Loop

import pausable
from pausable import ScopeEnded, TaskStopped, ThreadPoolExecutor
from pausable.scopes.process import process

pytestmark = pytest.mark.usefixtures("no_other_pools")


def test_a_pool_without_tasks() -> None:
    """It is collected as ever, and nothing of it is left, though the process stays paused."""
    pausable.pause("x")
    pool = ThreadPoolExecutor(1)
    reference = weakref.ref(pool)
    del pool
    collect(reference)
    until(lambda: not process.kept and not pausable.pools())
    pausable.resume()


def test_a_pool_that_was_used_before() -> None:
    """So is one with idle threads, which end."""
    pool = ThreadPoolExecutor(1)
    pool.submit(int).result(10)
    reference, [thread] = weakref.ref(pool), threads_of(pool)
    pausable.pause("x")
    del pool
    collect(reference)
    thread.join(10)
    assert not thread.is_alive()
    until(lambda: not process.kept)
    pausable.resume()


@pytest.mark.parametrize("is_in_a_cycle", [False, True], ids=["", "in a cycle"])
@pytest.mark.parametrize("keeps_futures", [False, True], ids=["", "with futures"])
def test_what_was_submitted_is_done_after_the_resume(is_in_a_cycle, keeps_futures, caplog) -> None:
    """The executor goes, its tasks wait: whoever resumes the process lets them go."""
    done: list[int] = []
    pausable.pause("x")
    pool = ThreadPoolExecutor(1)
    futures = [pool.submit(done.append, n) for n in range(3)]
    if not keeps_futures:
        del futures
    reference = weakref.ref(pool)
    if is_in_a_cycle:
        pool.me = pool
    del pool
    collect(reference)
    [handle] = pausable.pools()
    assert handle.status().queued == 3
    assert done == []
    with caplog.at_level(logging.WARNING):
        assert pausable.resume() == 1
        until(lambda: done == [0, 1, 2], what="all tasks have run")
    until(lambda: "gone" in repr(handle), what="nothing of it is left")
    assert pausable.pools() == []
    assert "stopped" not in caplog.text
    with pytest.raises(ScopeEnded):
        handle.status()


def test_resting_tasks_go_on_after_the_resume() -> None:
    """So do those that have started; the threads end after that."""
    pool = ThreadPoolExecutor(1)
    loop = Loop()
    future, queued = pool.submit(loop), pool.submit(int)
    assert loop.began.wait(10)
    assert pausable.pause("x").wait(10)
    reference, [thread] = weakref.ref(pool), threads_of(pool)
    del pool
    collect(reference)
    assert not future.done()
    loop.go.set()
    pausable.resume()
    assert future.result(10) == loop.rounds
    assert queued.result(10) == 0
    thread.join(10)
    assert not thread.is_alive()


def test_what_is_held_by_the_pool_as_well() -> None:
    """Nobody can release the pool's own hold any more: what that holds is stopped, as ever."""
    pausable.pause("all")
    pool = ThreadPoolExecutor(1)
    pool.pause("mine")
    future = pool.submit(int)
    reference = weakref.ref(pool)
    del pool
    collect(reference)
    with pytest.raises(TaskStopped, match="collected"):
        future.result(10)
    until(lambda: not process.kept)
    pausable.resume()


def test_a_hold_with_a_duration() -> None:
    """It ends by itself, and the tasks go on."""
    pausable.pause("429", duration=0.2)
    pool = ThreadPoolExecutor(1)
    future = pool.submit(int)
    reference = weakref.ref(pool)
    del pool
    collect(reference)
    assert future.result(10) == 0


def test_a_switch() -> None:
    """Whoever has it lets the tasks go."""
    switch = pausable.switch()
    switch.on()
    future = ThreadPoolExecutor(1).submit(int)
    gc.collect()
    assert not future.done()
    switch.off()
    assert future.result(10) == 0


def test_tasks_that_are_cancelled_meanwhile() -> None:
    """When nothing is left, nothing holds, and the process's resume finds nothing to do."""
    pausable.pause("x")
    future = ThreadPoolExecutor(1).submit(int)
    gc.collect()
    assert future.cancel()
    pausable.resume()
    until(lambda: not pausable.pools() and not process.kept)


def test_the_handle_of_a_pool_keeps_nothing() -> None:
    """The executor goes as if nobody had listed it; two handles of one pool are equal."""
    pool, other = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
    reference = weakref.ref(pool)
    first, second = pausable.pools()
    assert [first, second] == pausable.pools()
    assert len({*pausable.pools(), first, second}) == 2
    assert first != second
    assert first.name == pool.name
    assert (first.status().name, first.is_paused(), first.is_quiescent()) == (
        pool.name,
        False,
        True,
    )
    del pool
    collect(reference)
    until(lambda: "gone" in repr(first))
    for call in (first.pause, first.status, lambda: first.submit(int)):
        with pytest.raises(ScopeEnded, match=first.name):
            call()
    assert pausable.pools() == [second]
    assert other.shutdown()


def test_what_the_handle_of_a_pool_can() -> None:
    """It pauses and resumes the pool, sees it, gives it work, and ends it, as the pool does."""
    pool = ThreadPoolExecutor(1)
    [handle] = pausable.pools()
    hold = handle.pause("from outside")
    assert pool.is_paused()
    assert [each.reason for each in pool.holds()] == ["from outside"]
    future = handle.submit(int)
    assert handle.tasks() == [future]
    assert hold.release()
    assert future.result(10) == 0
    assert handle.switch().toggle() is True
    assert handle.resume() == 1
    assert list(handle.map(abs, [-1])) == [1]
    assert handle.shutdown(timeout=10)
    with pytest.raises(RuntimeError):
        pool.submit(int)


def test_a_pool_that_was_paused_by_its_handle() -> None:
    """The hold keeps it while it is in force: what was submitted is done, whoever has dropped it."""
    future = None
    pool = ThreadPoolExecutor(1)
    [handle] = pausable.pools()
    handle.pause("from outside")
    future = pool.submit(int)
    reference = weakref.ref(pool)
    del pool
    gc.collect()
    assert reference() is not None
    assert handle.resume() == 1
    assert future.result(10) == 0
    collect(reference)


def test_a_switch_of_a_handle() -> None:
    """While it is on, whoever has it lets the tasks go; off, it keeps nothing."""
    pool = ThreadPoolExecutor(1)
    reference = weakref.ref(pool)
    [handle] = pausable.pools()
    switch = handle.switch("from outside")
    switch.on()
    future = pool.submit(int)
    del pool
    gc.collect()
    assert not future.done()
    assert reference() is not None
    switch.off()
    assert future.result(10) == 0
    collect(reference)

"""Collection: an executor that nobody refers to any more is wound up."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from contract.implementations import SOON
from helpers import until


def threads_of(prefix: str) -> list[threading.Thread]:
    """List the living threads of the pools whose name begins so."""
    return [each for each in threading.enumerate() if each.name.startswith(prefix)]


def wait_ended(prefix: str) -> None:
    """Wait until a pool has no threads."""
    until(lambda: not threads_of(prefix), what="its threads have ended")


def test_the_threads_end_when_the_executor_is_collected(make):
    """Idle threads do not keep their executor, and leave when it is gone."""
    executor = make(3, "idle")
    barrier = threading.Barrier(3)
    for future in [executor.submit(barrier.wait, SOON) for _ in range(3)]:
        future.result(SOON)
    assert len(threads_of("idle")) == 3
    reference = weakref.ref(executor)
    del executor
    gc.collect()
    assert reference() is None
    wait_ended("idle")


def test_an_executor_is_in_no_cycle(make):
    """It goes when the last reference goes, without the collector."""
    gc.collect()
    gc.disable()
    try:
        executor = make(1)
        executor.submit(abs, -1).result(SOON)
        reference = weakref.ref(executor)
        del executor
        until(lambda: reference() is None, what="the executor is gone")
    finally:
        gc.enable()


def test_an_unused_executor_is_collected(make):
    """It has no threads."""
    reference = weakref.ref(make(1))
    gc.collect()
    assert reference() is None


def test_a_running_call_does_not_keep_the_executor(make, latch):
    """It is finished, and then its thread ends."""
    executor = make(1, "running")
    future = executor.submit(latch, 42)
    latch.wait_begun()
    reference = weakref.ref(executor)
    del executor
    gc.collect()
    assert reference() is None
    latch.go()
    assert future.result(SOON) == 42
    wait_ended("running")


def test_queued_calls_are_finished_by_a_collected_executor(make, latch):
    """What was accepted is done, by all threads."""
    executor = make(2, "queued")
    futures = [executor.submit(latch, number) for number in range(20)]
    latch.wait_begun(2)
    del executor
    gc.collect()
    latch.go()
    assert [future.result(SOON) for future in futures] == list(range(20))
    wait_ended("queued")


def test_queued_calls_are_finished_though_nobody_keeps_their_futures(make, latch):
    """Neither the executor nor a future has to be kept for a call to run."""
    executor, ran = make(1, "forgotten"), []
    executor.submit(latch)
    latch.wait_begun()
    for number in range(5):
        executor.submit(ran.append, number)
    del executor
    gc.collect()
    latch.go()
    wait_ended("forgotten")
    assert ran == [0, 1, 2, 3, 4]


def test_a_future_does_not_keep_its_executor(make):
    """Results may be kept longer than what made them."""
    executor = make(1, "kept")
    future = executor.submit(abs, -1)
    future.result(SOON)
    reference = weakref.ref(executor)
    del executor
    gc.collect()
    assert reference() is None
    wait_ended("kept")
    assert future.result(0) == 1


def test_a_call_that_keeps_its_executor_keeps_it_until_it_is_over(make, latch):
    """A call may refer to its executor, and submit to it; then both end."""
    executor = make(1, "own")
    results = []

    def call(executor):
        latch()
        results.append(executor.submit(abs, -1))

    executor.submit(call, executor)
    latch.wait_begun()
    del executor
    gc.collect()
    latch.go()
    wait_ended("own")
    assert results[0].result(0) == 1


def test_an_executor_dropped_after_its_shutdown_ends(make, latch):
    """shutdown(wait=False) and then nobody waits."""
    executor = make(1, "dropped")
    future = executor.submit(latch, 42)
    latch.wait_begun()
    executor.shutdown(wait=False)
    del executor
    gc.collect()
    latch.go()
    assert future.result(SOON) == 42
    wait_ended("dropped")


def test_a_group_keeps_its_pool(make_pausable, latch):
    """Whoever has a group can use it, though nobody has the pool."""
    group = make_pausable(1, "pool-of-group").group("part")
    gc.collect()
    assert group.submit(abs, -1).result(SOON) == 1
    reference = weakref.ref(group)
    del group
    gc.collect()
    assert reference() is None
    wait_ended("pool-of-group")


@pytest.mark.parametrize("executors", [50])
def test_many_executors_come_and_go(make_pool, executors):
    """Each leaves nothing behind, whoever drops it."""
    for number in range(executors):
        pool = make_pool(2, "come-and-go")
        assert pool.submit(abs, -number).result(SOON) == number
    del pool
    gc.collect()
    wait_ended("come-and-go")

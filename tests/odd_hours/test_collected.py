"""An executor that was garbage-collected while paused: its tasks are stopped, nothing hangs."""

from __future__ import annotations

import gc
import logging
import threading
import weakref

import pytest
from helpers import until
from scripts import run
from workloads import Loop, Stuck

from pausable import TaskStopped, ThreadPoolExecutor, sleep
from pausable.guards import Guard


def collect(reference: weakref.ref[ThreadPoolExecutor]) -> None:
    """Check that a pool to which nobody refers is collected."""
    gc.collect()
    until(lambda: gc.collect() is not None and reference() is None, what="it is collected")


def threads_of(pool) -> list:
    """List the pool's threads, without keeping the pool."""
    return list(pool._threads)


def paused():
    """Return a weak reference to a paused pool, its futures, and its threads; nobody else has it."""
    pool = ThreadPoolExecutor(2)
    futures = [pool.submit(sleep, 3600) for _ in range(4)]
    until(lambda: pool.status().running == 2)
    pool.pause("x")
    assert pool.wait_quiescent(10)
    return weakref.ref(pool), futures, threads_of(pool)


def is_told(record: logging.LogRecord) -> bool:
    """Say whether it is the warning that a pool was collected."""
    is_ours = record.name == "pausable" and record.levelno == logging.WARNING
    return is_ours and "collected" in record.getMessage()


def test_resting_tasks_are_stopped_and_queued_ones_cancelled(caplog) -> None:
    """Nobody can resume it any more: all futures end, the threads leave, and the log says so."""
    reference, futures, threads = paused()
    collect(reference)
    for future in futures:
        with pytest.raises(TaskStopped, match="collected"):
            future.result(10)
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    until(lambda: any(map(is_told, caplog.records)), what="the log says so")


def test_a_paused_group(caplog) -> None:
    """The tasks of a paused group are ended; those of the open pool run to their end."""
    pool = ThreadPoolExecutor(2)
    group = pool.group("g")
    held = [group.submit(sleep, 3600) for _ in range(3)]
    until(lambda: pool.status().running == 2)
    group.pause("x")
    assert group.wait_quiescent(10)
    loop = Loop()
    others = [pool.submit(loop), pool.submit(int)]
    assert loop.began.wait(10)
    reference, threads = weakref.ref(pool), threads_of(pool)
    del pool, group
    collect(reference)
    for future in held:
        with pytest.raises(TaskStopped, match="collected"):
            future.result(10)
    loop.go.set()
    assert others[0].result(10) == loop.rounds
    assert others[1].result(10) == 0
    for thread in threads:
        thread.join(10)


def test_a_hold_keeps_it_alive() -> None:
    """Whoever has a hold can still release it: the tasks go on, and the pool ends after that."""
    pool = ThreadPoolExecutor(1)
    loop = Loop()
    future = pool.submit(loop)
    queued = pool.submit(int)
    assert loop.began.wait(10)
    hold = pool.pause("x")
    assert hold.wait(10)
    reference, threads = weakref.ref(pool), threads_of(pool)
    del pool
    gc.collect()
    assert reference() is not None
    assert not future.done()
    loop.go.set()
    assert hold.release()
    assert future.result(10) == loop.rounds
    assert queued.result(10) == 0
    del hold
    collect(reference)
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_a_hold_on_a_group_keeps_it_alive() -> None:
    """So does a hold on a group, and the group itself."""
    pool = ThreadPoolExecutor(1)
    group = pool.group("g")
    future = group.submit(int)
    future.result(10)
    hold = group.pause("x")
    queued = group.submit(int)
    reference = weakref.ref(pool)
    del pool
    gc.collect()
    assert reference() is not None
    del group
    gc.collect()
    assert reference() is not None
    assert hold.release()
    assert queued.result(10) == 0
    del hold
    collect(reference)


def test_a_task_keeps_itself_by_its_own_hold() -> None:
    """A hold on a task can be released when the pool is gone; the task ends as usual."""
    pool = ThreadPoolExecutor(1)
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    hold = future.pause("x")
    assert hold.wait(10)
    reference = weakref.ref(pool)
    del pool
    collect(reference)
    assert not future.done()
    loop.go.set()
    assert hold.release()
    assert future.result(10) == loop.rounds


def test_an_hour_left_of_a_hold_with_a_duration() -> None:
    """A hold with a duration ends by itself: the pool's tasks go on then, collected or not."""
    pool = ThreadPoolExecutor(1)
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    assert pool.pause("x", duration=0.3).wait(10)
    loop.go.set()
    del pool
    gc.collect()
    assert future.result(10) == loop.rounds


def test_a_hold_of_a_guard() -> None:
    """So do those that a guard holds: it lets them go when the resource is back."""
    up = threading.Event()
    guard = Guard("db", up.is_set, every=0.01, watch=True, trial=False)
    pool = ThreadPoolExecutor(1, guards=[guard])
    until(pool.is_paused)
    future = pool.submit(int)
    reference = weakref.ref(pool)
    del pool
    gc.collect()
    assert not future.done()
    up.set()
    assert future.result(10) == 0
    collect(reference)


def test_a_fault_that_comes_after_it() -> None:
    """Nobody could decide it: the task fails, and the threads end."""
    stuck = Stuck()

    def fails() -> None:
        stuck()
        raise ValueError

    pool = ThreadPoolExecutor(1, on_fault="hold")
    future = pool.submit(fails)
    assert stuck.began.wait(10)
    reference, threads = weakref.ref(pool), threads_of(pool)
    del pool
    collect(reference)
    stuck.go.set()
    assert isinstance(future.exception(10), ValueError)
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_in_a_staggered_resume() -> None:
    """Tasks that wait for their turn have theirs, though the executor is gone."""
    pool = ThreadPoolExecutor(3)
    loops = [Loop() for _ in range(3)]
    futures = [pool.submit(loop) for loop in loops]
    for loop in loops:
        assert loop.began.wait(10)
    assert pool.pause("x").wait(10)
    for loop in loops:
        loop.go.set()
    pool.resume(stagger=0.1)
    reference = weakref.ref(pool)
    del pool
    collect(reference)
    assert [future.result(10) for future in futures] == [loop.rounds for loop in loops]


def test_an_open_pool_runs_to_its_end() -> None:
    """As in the stdlib, what was submitted to an open pool is done although the pool is gone."""
    pool = ThreadPoolExecutor(1)
    futures = [pool.submit(int) for _ in range(100)]
    reference, threads = weakref.ref(pool), threads_of(pool)
    del pool
    collect(reference)
    assert [future.result(10) for future in futures] == [0] * 100
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_an_empty_paused_pool(caplog) -> None:
    """It goes without a word about tasks that are not there, and without a thread."""
    for used in (False, True):
        pool = ThreadPoolExecutor(2)
        if used:
            pool.submit(int).result(10)
            until(lambda pool=pool: pool.status().done == 1)
        pool.pause("x")
        reference, threads = weakref.ref(pool), threads_of(pool)
        del pool
        collect(reference)
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()
    assert "tasks are stopped" not in caplog.text


def test_a_pool_in_a_cycle() -> None:
    """A pool that its own observers and tasks refer to is collected by the cycle collector."""
    pool = ThreadPoolExecutor(1)
    events: list[object] = []
    owner = {"pool": pool, "events": events}
    pool.observe(lambda event: owner["events"].append(event))
    future = pool.submit(sleep, 3600)
    until(lambda: pool.status().running == 1)
    assert pool.pause("x").wait(10)
    reference = weakref.ref(pool)
    del pool, owner
    collect(reference)
    with pytest.raises(TaskStopped, match="collected"):
        future.result(10)


def test_snapshots_futures_and_events_do_not_keep_it() -> None:
    """What was seen of a pool, and its futures, may outlive it."""
    pool = ThreadPoolExecutor(1)
    events: list[object] = []
    pool.observe(events.append)
    pool.pause("x")
    future = pool.submit(int)
    seen = (pool.status(), future.status(), future, pool.holds(), pool.tasks(), events)
    reference = weakref.ref(pool)
    del pool
    collect(reference)
    with pytest.raises(TaskStopped):
        future.result(10)
    assert seen[0].queued == 1


def test_while_its_iterator_lives() -> None:
    """A paused pool of which only the iterator of a `map` is left: the iterator raises."""
    pool = ThreadPoolExecutor(1)
    pool.pause("x")
    results = pool.map(abs, range(3))
    reference = weakref.ref(pool)
    del pool
    collect(reference)
    with pytest.raises(TaskStopped):
        next(results)


def test_one_that_is_over_and_gone_while_the_interpreter_exits() -> None:
    """The exit goes on to wait for the other pools: none of their tasks is lost."""
    lines = run(
        """
        from pausable.scopes.pools import is_exiting
        from pausable.scopes.resumers import resumers

        looks, go = [], threading.Event()
        resumers.add(lambda: bool(looks.append("a look of the exit")) and False)
        gone = ThreadPoolExecutor(1)
        gone.submit(go.wait, 30)
        [worker] = gone._threads
        del gone

        def last():
            until(is_exiting)
            go.set()
            worker.join(30)
            seen = len(looks)
            until(lambda: len(looks) > seen + 2)
            say("last")

        pool = ThreadPoolExecutor(1)
        future = pool.submit(last)
        """
    )
    assert lines == ["last"]


def test_one_that_is_collected_while_its_last_worker_leaves(caplog) -> None:
    """Whoever collects it may come between any two lines of the worker, who ends as always."""
    pool = ThreadPoolExecutor(1)
    crew, state = pool._p_crew, pool._p_node.pool
    pool.submit(int).result(10)
    until(lambda: state.seats.idle)
    kept, [thread] = [pool], threads_of(pool)
    del pool

    class Seats(type(state.seats)):
        def discard(self, seat):
            super().discard(seat)
            kept.clear()  # here and now it is collected

    with state.lock:
        seats, state.seats, state.end.is_closing = state.seats, Seats(), True
        state.seats.update(seats)
        state.seats.idle.extend(seats.idle)
    [seat] = state.seats
    seat.wake()
    thread.join(10)
    assert crew.root() is None
    assert "Exception in worker" not in caplog.text

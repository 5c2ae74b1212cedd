"""Races on purpose: the interleavings that the modules narrate, and their neighbours, in steps.

One thread plays all parts. It runs the real code of a task or a worker, on locks and parkers that
let the others in exactly where the narration says (`core.janky`).
"""

from __future__ import annotations

import contextvars
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from core.fakes import Bell, QuietSeat
from core.janky import JankyLock
from core.scheduler import Scheduler

from pausable import Future, Stopped
from pausable._core.parker import Parker
from pausable._core.rest_record import RestRecord
from pausable.scopes.attendance import attend
from pausable.scopes.sleep import sleep_in_task
from pausable.scopes.waits import wait_for_fact
from pausable.threads.worker import _run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable._core.task import Task


@pytest.fixture
def pool() -> Iterator[Scheduler]:
    """Make a pool of one slot whose lock runs scripts; all of its tasks end after the test."""
    pool = Scheduler(1)
    pool.pool.lock = JankyLock(pool.pool.lock)
    yield pool
    pool.drain()


def start(pool: Scheduler, fn: Any = None) -> Future[Any]:
    """Submit a task and let it start on a seat."""
    task: Future[Any] = Future()
    task._p_node, task._p_gate = pool.root, pool.root.gate
    task._p_fn, task._p_args = fn, ()
    task._p_context = contextvars.copy_context()
    task._p_number = len(pool.tasks) + 1
    pool.tasks.append(task)
    pool.enqueue(task)
    (seat,) = pool.called()
    assert pool.look(seat) is task
    return task


@contextmanager
def on_the_thread_of(task: Task, *steps: Any) -> Iterator[None]:
    """Be the thread of a task, whose every park is one of these steps."""
    seat: QuietSeat = task._p_seat
    seat.steps = list(steps)
    seat.sit_down()
    try:
        yield
    finally:
        seat.get_up()
        left, seat.steps = seat.steps, None
    assert not left, "it did not park as often as the script says"


# threads/seat.py, scopes/sleep.py, scopes/waits.py


def test_paused_again_before_it_runs(pool):
    """The race that `threads.seat` narrates: woken, but paused again, it rests on."""
    task = start(pool)
    first = pool.pause(pool.root)  # 1. P closes the gate; the task rests and parks
    again = []

    def opened_and_closed():
        pool.release(first)  # 2. R opens the gate and gives the task its slot: it counts as running
        assert not task._p_is_at_rest()
        assert pool.root.slots.taken == 1
        again.append(pool.pause(pool.root))  # 3. P closes the gate before the thread gets to run

    def opened():
        assert task._p_is_at_rest()  # 4. it saw the closed gate and rests again
        assert pool.root.slots.taken == 0
        pool.release(again[0])

    with on_the_thread_of(task, opened_and_closed, opened):
        attend(task)
    assert not task._p_is_at_rest()


def test_opened_between_the_look_and_the_lock(pool):
    """A task that has seen a closed gate and finds it open under the lock does not rest at all."""
    task = start(pool)
    hold = pool.pause(pool.root)
    pool.pool.lock.before_acquire = [lambda: pool.release(hold)]
    with on_the_thread_of(task):
        attend(task)
    assert task._p_rest is None or not task._p_rest.rested_for


def test_a_stale_wake_up_does_not_end_a_rest(pool):
    """A task that wakes for nothing parks again."""
    task = start(pool)
    hold = pool.pause(pool.root)

    def nothing():
        assert task._p_is_at_rest()

    with on_the_thread_of(task, nothing, nothing, lambda: pool.release(hold)):
        attend(task)


def test_stopped_after_it_was_woken(pool):
    """A stop that comes between the wake-up and the thread's turn is seen before any line runs."""
    task = start(pool)
    hold = pool.pause(pool.root)

    def resumed_and_stopped():
        pool.release(hold)
        pool.stop(task)

    with on_the_thread_of(task, resumed_and_stopped), pytest.raises(Stopped):
        attend(task)


def test_the_slot_is_gone_when_the_gate_opens(pool):
    """A task whose slot was taken by another rests on, its gate open, until it has one again."""
    task = start(pool)
    hold = pool.pause(task)
    others = []

    def another_starts():
        others.append(start(pool))
        pool.release(hold)
        assert task._p_is_at_rest()
        assert task._p_rest.returning

    with on_the_thread_of(task, another_starts, lambda: pool.end(others[0])):
        attend(task)
    assert pool.running() == [task]


def test_stopped_at_rest_without_a_free_slot(pool):
    """It is woken when there is a slot: its end never makes it one too many."""
    task = start(pool)
    pool.pause(task)
    others = []

    def another_starts():
        others.append(start(pool))
        pool.stop(task)
        assert task._p_is_at_rest()

    def it_ends():
        pool.submit(pool.root)  # which would like that slot, too
        pool.end(others[0])

    with on_the_thread_of(task, another_starts, it_ends), pytest.raises(Stopped):
        attend(task)
    assert pool.root.slots.taken == 1


def test_a_wake_up_before_the_sleep(pool, monkeypatch):
    """A pause between the entry among the sleepers and the park makes the sleeper rest."""
    task = start(pool)
    holds = []

    def paused():  # the wake-up has come: the park ends at once
        holds.append(pool.pause(pool.root))

    def resumed():
        assert task._p_is_at_rest()
        pool.release(holds[0])

    dozes = [paused, lambda: pool.stop(task)]
    monkeypatch.setattr(Parker, "park", lambda _, timeout: dozes.pop(0)())
    with on_the_thread_of(task, resumed), pytest.raises(Stopped):
        sleep_in_task(task, 1000.0)
    assert not dozes
    assert not pool.root.resters.sleepers


def test_a_sleeper_gets_up_while_a_pause_looks_at_those_who_sleep(pool):
    """Sleepers get up without the lock: the pause wakes the others nevertheless."""
    task, early = start(pool), Future()
    early._p_gate = pool.root.gate
    sleepers = pool.root.resters.sleepers

    class Asked(RestRecord):
        @property
        def own_holds(self):  # it is asked whether it is barred: another has slept enough just now
            sleepers.pop(early, None)
            return []

        @own_holds.setter
        def own_holds(self, _):
            pass

    task._p_rest = Asked()
    bell = Bell()
    sleepers.update({task: bell, early: Bell()})
    pool.pause(pool.root)
    assert bell.rung
    del sleepers[task]


def test_a_fact_that_is_true_for_an_instant(pool):
    """A waiter that was told is not disturbed by what happens before its thread gets to run."""
    task = start(pool)

    def quiescent_for_an_instant():  # after its parker was woken, and before it looks
        pool.release(hold)
        assert pool.root.slots.active

    hold = pool.pause(pool.root)
    waiters = []

    def is_true(_visit):
        waiters.extend(pool.root.waiters.listed)
        return not pool.root.slots.active

    original = Bell.park

    def park(self, timeout=None):
        pool.checkpoint(task)  # it rests: the waiter is told
        quiescent_for_an_instant()
        return original(self, timeout)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pausable.scopes.waits.Parker", lambda: _bell(park))
        assert wait_for_fact(pool.pool, pool.root, is_true, None)
    assert pool.root.slots.active == 1
    assert not pool.root.waiters.listed


def _bell(park: Any) -> Bell:
    bell = Bell()
    bell.park = lambda timeout=None: park(bell, timeout)
    return bell


# future.py


class Waiter:
    """What `concurrent.futures.wait` leaves with a future."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def add_result(self, future: Any) -> None:
        self.told.append(future.result(0))


def test_the_waiter_comes_first(pool):
    """It makes the condition just before the worker takes the lock: it is told, and once."""
    waiter = Waiter()
    task = start(pool, lambda: "done")
    seat = task._p_seat

    def somebody_waits():
        with task._condition:
            task._waiters.append(waiter)

    pool.pool.lock.before_acquire = [somebody_waits]
    assert _run(pool.pool, seat, task) is None
    assert waiter.told == ["done"]
    assert task.done()


def test_the_waiter_comes_while_the_worker_concludes(pool):
    """It makes the condition between the worker's look and its lock: the worker looks again."""
    waiter = Waiter()
    task: Future[str] = Future()
    task._p_node, task._p_gate = pool.root, pool.root.gate
    task._state = "RUNNING"

    def somebody_waits():
        with task._condition:
            task._waiters.append(waiter)

    pool.pool.lock.before_acquire = [somebody_waits]
    task.set_result("done")
    assert waiter.told == ["done"]


def test_the_worker_comes_first(pool):
    """The task ends just before the waiter makes the condition: the waiter finds it over."""
    task = start(pool, lambda: "done")
    seat = task._p_seat
    pool.pool.lock.before_acquire = [lambda: _run(pool.pool, seat, task)]
    assert task.result(timeout=0) == "done"


def test_a_callback_comes_while_the_task_ends(pool):
    """Added before the end or after it, it is called, and once."""
    called = []
    task = start(pool, lambda: "done")
    seat = task._p_seat
    pool.pool.lock.before_acquire = [lambda: _run(pool.pool, seat, task)]
    task.add_done_callback(called.append)
    assert called == [task]
    other = start(pool, lambda: "done")
    seat = other._p_seat
    pool.pool.lock.before_acquire = [lambda: other.add_done_callback(called.append)]
    _run(pool.pool, seat, other)
    assert called == [task, other]


def test_cancelled_when_it_is_just_being_taken(pool):
    """Of a worker that takes a task and somebody who cancels it, one wins, not both."""
    task = start(pool)
    assert not task.cancel()
    queued = Future()
    queued._p_node, queued._p_gate, queued._p_number = pool.root, pool.root.gate, 9
    pool.tasks.append(queued)
    pool.enqueue(queued)
    pool.pool.lock.before_acquire = [lambda: pool.end(task)]  # its worker takes the next one
    assert not queued.cancel()
    assert queued.running()


def test_a_new_seat_is_not_known_before_its_thread(pool):
    """A seat that was called for counts as coming, so that nobody is called twice for one task."""
    pool.resize(2)
    pool.submit(pool.root)
    assert len(pool.called()) == 1
    assert QuietSeat() not in pool.pool.seats

"""Races on purpose: the interleavings that the modules narrate, and their neighbours, in steps.

One thread plays all parts. It runs the real code of a task or a worker, on locks and parkers that
let the others in exactly where the narration says (`core.janky`).
"""

from __future__ import annotations

import contextvars
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from core.fakes import Bell, new_seat
from core.janky import JankyLock, JankyParker
from core.scheduler import Scheduler

from pausable import Future, Stopped
from pausable._core.parking import attend, sleep_in_task, wait_for_fact
from pausable.threads.worker import _run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable._core.parker import Seat
    from pausable._core.tasks import Task


@pytest.fixture
def pool() -> Iterator[Scheduler]:
    """Make a pool of one slot whose lock runs scripts; all of its tasks end after the test."""
    pool = Scheduler(1)
    pool.state.lock = JankyLock(pool.state.lock)
    yield pool
    pool.drain()


def start(pool: Scheduler, fn: Any = None) -> Future[Any]:
    """Submit a task and let it start on a seat."""
    task: Future[Any] = Future()
    task.node, task.gate = pool.root, pool.root.gate
    task.fn, task.args = fn, ()
    task.context = contextvars.copy_context()
    task.number = len(pool.tasks) + 1
    pool.tasks.append(task)
    pool.enqueue(task)
    (seat,) = pool.called()
    assert pool.look(seat) is task
    return task


@contextmanager
def on_the_thread_of(task: Task, *steps: Any) -> Iterator[JankyParker]:
    """Be the thread of a task, whose every park is one of these steps."""
    seat: Seat = task.seat
    seat.parker = parker = JankyParker(*steps)
    seat.sit_down()
    try:
        yield parker
    finally:
        seat.get_up()
    assert not parker.steps, "it did not park as often as the script says"


# parking.py


def test_paused_again_before_it_runs(pool):
    """The race that `parking` narrates: woken, but paused again, it rests on; no line of it runs."""
    task = start(pool)
    first = pool.pause(pool.root)  # 1. P closes the gate; the task rests and parks
    again = []

    def opened_and_closed():
        pool.release(first)  # 2. R opens the gate and gives the task its slot: it counts as running
        assert not task.is_at_rest()
        assert pool.root.slots == 1
        again.append(pool.pause(pool.root))  # 3. P closes the gate before the thread gets to run

    def opened():
        assert task.is_at_rest()  # 4. it saw the closed gate and rests again
        assert pool.root.slots == 0
        pool.release(again[0])

    with on_the_thread_of(task, opened_and_closed, opened):
        attend(task)
    assert not task.is_at_rest()


def test_opened_between_the_look_and_the_lock(pool):
    """A task that has seen a closed gate and finds it open under the lock does not rest at all."""
    task = start(pool)
    hold = pool.pause(pool.root)
    pool.state.lock.before_acquire = [lambda: pool.release(hold)]
    with on_the_thread_of(task):
        attend(task)
    assert task.rest is None or not task.rest.rested_for


def test_a_stale_wake_up_does_not_end_a_rest(pool):
    """A task that wakes for nothing parks again."""
    task = start(pool)
    hold = pool.pause(pool.root)

    def nothing():
        assert task.is_at_rest()

    with on_the_thread_of(task, nothing, nothing, lambda: pool.release(hold)) as parker:
        attend(task)
    assert parker.parks == 3


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
        assert task.is_at_rest()
        assert task.rest.returning

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
        assert task.is_at_rest()

    def it_ends():
        pool.submit(pool.root)  # which would like that slot, too
        pool.end(others[0])

    with on_the_thread_of(task, another_starts, it_ends), pytest.raises(Stopped):
        attend(task)
    assert pool.root.slots == 1


def test_a_wake_up_before_the_sleep(pool):
    """A pause between the entry among the sleepers and the park makes the sleeper rest."""
    task = start(pool)
    holds = []

    def paused():  # the wake-up has come: the park ends at once
        holds.append(pool.pause(pool.root))

    def resumed():
        assert task.is_at_rest()
        pool.release(holds[0])

    with on_the_thread_of(task, paused, resumed, lambda: pool.stop(task)), pytest.raises(Stopped):
        sleep_in_task(task, 1000.0)
    assert not pool.root.sleepers


def test_a_fact_that_is_true_for_an_instant(pool):
    """A waiter that was told is not disturbed by what happens before its thread gets to run."""
    task = start(pool)
    lock = pool.state.lock

    def quiescent_for_an_instant():  # before the lock that ends the wait, and after its parker woke
        pool.release(hold)
        assert pool.root.active

    hold = pool.pause(pool.root)
    # Taken by: the waiter who looks first, its park, the waiter who leaves.
    lock.before_acquire = [None, quiescent_for_an_instant]
    waiters = []

    def is_true():
        waiters.extend(pool.root.waiters)
        return not pool.root.active

    original = Bell.park

    def park(self, timeout=None):
        pool.checkpoint(task)  # it rests: the waiter is told
        return original(self, timeout)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pausable._core.watching.Parker", lambda: _bell(park))
        assert wait_for_fact(pool.state, pool.root, is_true, None)
    assert pool.root.active == 1
    assert not pool.root.waiters


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
    seat = task.seat

    def somebody_waits():
        with task._condition:
            task._waiters.append(waiter)

    pool.state.lock.before_acquire = [somebody_waits]
    assert _run(pool.state, seat, task) is None
    assert waiter.told == ["done"]
    assert task.done()


def test_the_waiter_comes_while_the_worker_concludes(pool):
    """It makes the condition between the worker's look and its lock: the worker looks again."""
    waiter = Waiter()
    task: Future[str] = Future()
    task.node, task.gate = pool.root, pool.root.gate
    task._state = "RUNNING"

    def somebody_waits():
        with task._condition:
            task._waiters.append(waiter)

    pool.state.lock.before_acquire = [somebody_waits]
    task.set_result("done")
    assert waiter.told == ["done"]


def test_the_worker_comes_first(pool):
    """The task ends just before the waiter makes the condition: the waiter finds it over."""
    task = start(pool, lambda: "done")
    seat = task.seat
    pool.state.lock.before_acquire = [lambda: _run(pool.state, seat, task)]
    assert task.result(timeout=0) == "done"


def test_a_callback_comes_while_the_task_ends(pool):
    """Added before the end or after it, it is called, and once."""
    called = []
    task = start(pool, lambda: "done")
    seat = task.seat
    pool.state.lock.before_acquire = [lambda: _run(pool.state, seat, task)]
    task.add_done_callback(called.append)
    assert called == [task]
    other = start(pool, lambda: "done")
    seat = other.seat
    pool.state.lock.before_acquire = [lambda: other.add_done_callback(called.append)]
    _run(pool.state, seat, other)
    assert called == [task, other]


def test_cancelled_when_it_is_just_being_taken(pool):
    """Of a worker that takes a task and somebody who cancels it, one wins, not both."""
    task = start(pool)
    assert not task.cancel()
    queued = Future()
    queued.node, queued.gate, queued.number = pool.root, pool.root.gate, 9
    pool.tasks.append(queued)
    pool.enqueue(queued)
    pool.state.lock.before_acquire = [lambda: pool.end(task)]  # its worker takes the next one
    assert not queued.cancel()
    assert queued.running()


def test_a_new_seat_is_not_known_before_its_thread(pool):
    """A seat that was called for counts as coming, so that nobody is called twice for one task."""
    pool.resize(2)
    pool.submit(pool.root)
    assert pool.state.coming == 1
    assert len(pool.called()) == 1
    assert new_seat() not in pool.state.seats

"""Holds whose scope ends, tasks that end while threads of theirs go on, waits that cannot be over."""

from __future__ import annotations

import contextvars
import pickle
import threading

import pytest
from helpers import until
from workloads import Loop, Stuck, background, make_pool

from pausable import HoldReleased, TaskStopped, checkpoint, current_task, sleep

__all__ = ["make_pool"]

SOON = 20.0


def guest_of(call) -> tuple[threading.Thread, list[object]]:
    """Start a thread in the context of the calling task."""
    said: list[object] = []

    def run() -> None:
        said.append("began")
        said.append(call())

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True)
    thread.start()
    return thread, said


@pytest.mark.parametrize("call", [checkpoint, lambda: sleep(0.01), lambda: current_task()])
def test_a_thread_of_a_task_that_is_over_is_free(pool, call) -> None:
    """It belongs to the task for as long as that lives."""
    go = threading.Event()

    def wait_and_call() -> object:
        assert go.wait(SOON)
        return call()

    thread, said = pool.submit(guest_of, wait_and_call).result(SOON)
    pool.pause("x")
    go.set()
    thread.join(SOON)
    assert said == ["began", None]


def test_a_thread_that_rests_goes_on_when_its_task_is_over(pool) -> None:
    """Nobody has to resume for it."""
    go = threading.Event()

    def task() -> tuple[threading.Thread, list[object]]:
        pool.pause("x")
        found = guest_of(checkpoint)
        assert go.wait(SOON)
        return found

    future = pool.submit(task)
    until(lambda: pool._p_node.pool.others.guests)
    go.set()
    thread, said = future.result(SOON)
    thread.join(SOON)
    assert said == ["began", None]
    assert pool.is_paused()


def test_a_hold_that_lets_a_task_finish_is_entered_when_it_has(pool) -> None:
    """Its end releases the hold, and that is no failure."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(SOON)
    hold = future.pause("x", running="finish", timeout=SOON)
    stuck.go.set()
    with hold:
        assert future.done() or not future.is_paused()


def test_a_hold_is_entered_when_a_pool_that_closes_has_ended(make_pool) -> None:
    """As above, for the last task of a pool."""
    pool = make_pool(1)
    stuck = Stuck()
    pool.submit(stuck)
    assert stuck.began.wait(SOON)
    hold = pool.pause("x", running="finish", timeout=SOON)
    pool.shutdown(wait=False)
    background(stuck.go.set)
    with hold:
        assert pool.is_quiescent()


def test_holds_that_end_with_their_scope_are_told_of(make_pool) -> None:
    """Of a pool and of a task: an observer that keeps a list sees them go."""
    pool = make_pool(1)
    seen: list[str] = []
    pool.observe(
        lambda event: seen.append(event.hold.reason) if isinstance(event, HoldReleased) else None
    )
    pool.submit(int).result(SOON)
    pool.pause("of the pool")
    held = pool.submit(int)
    held.pause("of the task")
    held.cancel()
    assert pool.shutdown(wait=True, cancel_futures=True, timeout=SOON)
    until(lambda: sorted(seen) == ["of the pool", "of the task"])


def test_a_done_callback_cannot_wait_for_itself(pool) -> None:
    """The callbacks of a task are part of it: to wait for its pool there raises."""
    raised: list[BaseException] = []

    def callback(_: object) -> None:
        for wait in (pool.wait_quiescent, pool.pause("x").wait):
            try:
                wait(SOON)
            except RuntimeError as error:
                raised.append(error)
        pool.resume()

    stuck = Stuck()
    future = pool.submit(stuck)
    future.add_done_callback(callback)
    stuck.go.set()
    future.result(SOON)
    until(lambda: len(raised) == 2)
    assert "done callback" in str(raised[0])
    assert pool.submit(int).result(SOON) == 0


def test_a_stop_ends_a_wait_for_quiescence(make_pool) -> None:
    """Also for that of another group."""
    pool = make_pool(2)
    loop = Loop()
    pool.group("other").submit(loop)
    assert loop.began.wait(SOON)
    future = pool.submit(pool.group("other").wait_quiescent)
    until(lambda: pool.group("other")._p_node.waiters.listed)
    future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(SOON)
    loop.go.set()


def test_a_resume_ends_a_staggered_one(make_pool) -> None:
    """Those that were to go one by one go at once."""
    pool = make_pool(3)
    loops = [Loop() for _ in range(3)]
    for loop in loops:
        pool.submit(loop)
        assert loop.began.wait(SOON)
    assert pool.pause("x").wait(SOON)
    pool.resume(stagger=3600)
    assert pool.status().resting == 2
    assert pool.resume() == 0
    until(lambda: pool.status().running == 3)


@pytest.mark.parametrize("huge", [10**30, 10**400, float("inf")])
def test_huge_numbers_mean_for_ever(pool, huge) -> None:
    """Whether they fit in a float or not."""
    hold = pool.pause("x", duration=huge, timeout=huge)
    assert hold.wait(huge)
    hold.release()
    assert pool.wait_quiescent(huge)
    stopped = pool.submit(sleep, huge)
    until(stopped.running)
    stopped.stop("enough")
    assert pool.shutdown(timeout=huge)


def test_a_status_can_be_pickled(pool) -> None:
    """With the tasks as they are then."""
    pool.pause("x")
    pool.submit(int)
    status = pickle.loads(pickle.dumps(pool.status()))
    assert (status.queued, len(status.tasks), status.tasks[0].state) == (1, 1, "queued")
    assert status.holds[0].reason == "x"

"""A submit hands its task to an idle worker: what comes between that and the worker's waking up."""

from __future__ import annotations

from threading import Barrier, get_ident
from typing import TYPE_CHECKING, Any

import pytest
from helpers import until
from workloads import make_pool

from pausable import TaskStopped
from pausable._core.gil import HAS_GIL

if TYPE_CHECKING:
    from pausable import ThreadPoolExecutor

__all__ = ["make_pool"]

pytestmark = pytest.mark.skipif(not HAS_GIL, reason="here submits take the lock")
SOON = 20.0


class Deaf:
    """The lock on which an idle worker parks, that does not hear its wake-up before it is let."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        (self.seat,) = pool._p_node.pool.seats.idle
        self.lock: Any = self.seat._lock
        self.wakes = 0
        self.seat._lock = self

    def release(self) -> None:
        self.wakes += 1

    def acquire(self, timeout: float = -1) -> bool:
        return self.lock.acquire(timeout=timeout)

    def hear(self) -> None:
        self.seat._lock = self.lock
        self.seat.wake()


@pytest.fixture
def pool(make_pool) -> ThreadPoolExecutor:
    """Give a pool whose one worker has run a task, and waits."""
    pool = make_pool(1)
    pool.submit(int).result(SOON)
    state = pool._p_node.pool
    until(lambda: len(state.seats.idle) == 1 and next(iter(state.seats.idle)).is_idle)
    assert state.is_plain
    return pool


def test_it_runs(pool) -> None:
    """Without a look at the queue: it is running when submit() has returned."""
    deaf, ran = Deaf(pool), []
    future = pool.submit(ran.append, 1)
    assert future.running()
    assert (pool.status().running, pool.status().queued, deaf.wakes) == (1, 0, 1)
    assert not future.cancel()
    deaf.hear()
    future.result(SOON)
    assert ran == [1]
    until(lambda: pool._p_node.pool.seats.idle)


def test_the_next_one_queues(pool) -> None:
    """There is one slot: the task after it waits for its turn."""
    deaf, ran = Deaf(pool), []
    futures = [pool.submit(ran.append, number) for number in range(5)]
    assert [future.running() for future in futures] == [True, False, False, False, False]
    deaf.hear()
    for future in futures:
        future.result(SOON)
    assert ran == list(range(5))


def test_paused_before_it_hears(pool) -> None:
    """It has started, and rests before its first line."""
    deaf, ran = Deaf(pool), []
    future = pool.submit(ran.append, 1)
    hold = pool.pause("x")
    assert not hold.wait(0)
    deaf.hear()
    assert hold.wait(SOON)
    assert ran == []
    assert future.running()
    hold.release()
    future.result(SOON)
    assert ran == [1]


def test_stopped_before_it_hears(pool) -> None:
    """It ends without having run a line."""
    deaf, ran = Deaf(pool), []
    future = pool.submit(ran.append, 1)
    assert future.stop("enough")
    deaf.hear()
    with pytest.raises(TaskStopped, match="enough"):
        future.result(SOON)
    assert ran == []
    assert pool.submit(int).result(SOON) == 0


def test_shut_down_before_it_hears(pool) -> None:
    """It runs, and the worker leaves."""
    deaf, ran = Deaf(pool), []
    pool.submit(ran.append, 1)
    pool.shutdown(wait=False)
    deaf.hear()
    assert pool.shutdown(timeout=SOON)
    assert ran == [1]
    assert pool.status().done == 2


def test_woken_for_nothing_while_it_is_handed_a_task(pool) -> None:
    """It finds the task whichever way it goes: the wake-up that is too many does no harm."""
    ran: list[int] = []
    for number in range(200):
        (seat,) = pool._p_node.pool.seats.idle
        seat.wake()
        future = pool.submit(ran.append, number)
        seat.wake()
        future.result(SOON)
        until(lambda: pool._p_node.pool.seats.idle)
    assert ran == list(range(200))


def test_not_before_those_who_wait(make_pool) -> None:
    """A pool in which anything else goes on hands nothing over: a held task, a group, an observer."""
    pool = make_pool(1)
    pool.submit(int).result(SOON)
    until(lambda: pool._p_node.pool.seats.idle)
    hold = pool.pause("x")
    assert not pool.submit(int).running()
    hold.release()
    until(lambda: pool._p_node.pool.seats.idle)
    seen: list[str] = []
    end = pool.observe(lambda event: seen.append(type(event).__name__))
    pool.submit(int).result(SOON)
    until(lambda: seen[-1:] == ["TaskEnded"])
    assert seen == ["TaskSubmitted", "TaskStarted", "TaskEnded"]
    end()


def test_idle_workers_take_turns(make_pool) -> None:
    """The one that has been idle for longest comes first, as in the stdlib's pool."""
    pool = make_pool(3)
    meeting = Barrier(3)
    for future in [pool.submit(meeting.wait) for _ in range(3)]:
        future.result(SOON)
    until(lambda: len(pool._p_node.pool.seats.idle) == 3)
    idle = [seat.ident for seat in pool._p_node.pool.seats.idle]
    assert [pool.submit(get_ident).result(SOON) for _ in range(6)] == idle * 2

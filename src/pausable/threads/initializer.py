"""The initializer: what a worker calls before its first task, and not while its pool is paused.

A worker is called for where a task may start, and the pool may be paused before its thread has
come. Then it sits idle, like any worker that finds no task, and whoever calls for one again wakes
it: its initializer runs then.

    1. A submit calls for a worker W, and starts its thread. 2. P pauses the pool. 3. W sees, under
    the lock, that the gate is closed: it is counted as idle and no longer as coming, and parks.
    4. R opens the gate, and calls for workers: for W. W looks again, and calls the initializer.

Were 3 in two critical sections, one to look and one to sit down, R could come between them and
count W as coming. One that runs when the pause comes is waited for, as a task is: it is no line of
any task, but who waits until nothing of a pool runs means it, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.decision import decide, give_way
from pausable._core.log import CRITICAL, log, stdlib_logger
from pausable._core.run import find_task, rise_or_stay
from pausable._core.times import clock
from pausable._core.turns import backlog
from pausable._core.waiters import look_again

if TYPE_CHECKING:
    from pausable._core.pool import Pool
    from pausable._core.visit import Visit
    from pausable.scopes.pools import Runner
    from pausable.threads.seat import ThreadSeat

__all__ = ["get_ready"]


def get_ready(crew: Runner, seat: ThreadSeat) -> bool:
    """Call the initializer, once the pool is not paused; say whether to look for tasks."""
    if crew.initializer is not None:
        if not _wait_for_turn(crew.pool, seat):
            return False
        if not _initialize(crew, seat):
            crew.initializer_failed(seat)
            return False
    seat.is_ready = True
    return True


def _wait_for_turn(pool: Pool, seat: ThreadSeat) -> bool:
    """Wait until the initializer may run, and note that it does; False if it will not have to."""
    while True:
        give_way(pool.lock)
        begins, leaves = decide(pool, _begin_or_stay, seat)  # type: ignore[misc]  # not in a visit
        if begins or leaves:
            return bool(begins)
        seat.park()


def _begin_or_stay(visit: Visit, seat: ThreadSeat) -> tuple[bool, bool]:
    """Note that an initializer runs; or sit idle, or leave: say which."""
    if _may_begin(visit.pool, seat):
        seat.is_idle = False
        visit.pool.seats.initializing[seat] = clock()
        return True, False
    find_task(visit, seat)
    return False, rise_or_stay(visit, seat)


def _may_begin(pool: Pool, seat: ThreadSeat) -> bool:
    """Say whether an initializer may run now. As for a task: not while a call is postponed.

    In a paused pool it may where a task is let go in spite of the hold.
    """
    if seat not in pool.seats.called or pool.postponed or pool.is_worked_off():
        return False
    return not pool.root.gate.closed or backlog(pool) > 0


def _initialize(crew: Runner, seat: ThreadSeat) -> bool:
    """Call the initializer; say whether it has returned."""
    pool = crew.pool
    try:
        if crew.initializer is not None:
            crew.initializer(*crew.initargs)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it breaks the pool
        log(CRITICAL, "Exception in initializer:", error=error, to=stdlib_logger)
        return False
    else:
        return True
    finally:
        decide(pool, _end_initializer, seat)


def _end_initializer(visit: Visit, seat: ThreadSeat) -> None:
    visit.pool.seats.initializing.pop(seat, None)  # in a forked child it is not there
    look_again(visit, visit.pool.root)

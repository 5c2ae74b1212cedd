"""Dormant tasks: at rest inside a wait of the standard library, by the word of the engine.

Their threads are not parked by us. Where they come out of the wait, the engine sees them before the
next line of anybody's code (`_preempt.engine.stdlib_wait`), and they park there for the remainder
of the rest (`threads.seat`). A task that has been resumed meanwhile is a running one
again, though its thread has not moved: its wait goes on, or is over and it goes on.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pausable._core.decision import leave, make, visit_to
from pausable._core.interruption import is_owned
from pausable._core.rest import is_barred, node_of, rest
from pausable._core.task import rest_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.pool import Pool
    from pausable._core.task import Task
    from pausable._core.visit import Visit
    from pausable.snapshots import Location

__all__ = ["count_as_resting", "has_dormant"]


def count_as_resting(
    task: Task, place: Location | None, is_certain: Callable[[], bool]
) -> Callable[[], object] | None:
    """Count a task as at rest if it is to rest, and *is_certain* says that it is in such a wait.

    That is asked under the pool's lock, which its thread takes where it comes out. Returns what is
    to be done about it when no lock is held any more; None if the task does not count.
    """
    pool = node_of(task).pool
    if is_owned(pool.lock):  # a signal handler has interrupted a visit
        return None
    visit = visit_to(pool)
    if make(visit, _count, task, place, is_certain):
        return partial(leave, visit)
    leave(visit)
    return None


def _count(
    visit: Visit, task: Task, place: Location | None, is_certain: Callable[[], bool]
) -> bool:
    if not _is_to_rest(task) or not is_certain():
        return False
    record = rest(visit, node_of(task), task, place)
    record.parker = visit.pool.others.engine  # told when the rest is over: nobody wakes the thread
    record.is_dormant = True
    return True


def _is_to_rest(task: Task) -> bool:
    record = rest_of(task)
    seat = task._p_seat
    return (
        task._p_ended_at is None
        and task._p_stop_reason is None
        and seat is not None
        and seat.task is task
        and record.since is None
        and not record.shields
        and not record.is_stepping
        and is_barred(task)
    )


def has_dormant(pool: Pool) -> bool:
    """Say whether any task of a pool is dormant. Under the lock."""
    return any(task._p_rest is not None and task._p_rest.is_dormant for task in pool.seats.tasks())

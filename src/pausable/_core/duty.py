"""The duty of a task that has started: whether it is to rest, or to stop, or may go on.

Preemptive tasks whose code never asks are chased by the engine, which is woken whenever a gate
closes or a stop is requested (`Others.chasers`), and asks here who is meant: nothing is remembered
of a chase but these facts, so that nothing of it can be out of date.

Every function here is called under the pool's lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.held import hold_status
from pausable._core.rest import is_barred
from pausable._core.task import rest_of
from pausable._core.times import clock

if TYPE_CHECKING:
    from pausable._core.gate import Gate
    from pausable._core.held import Held
    from pausable._core.pool import Pool
    from pausable._core.task import Task

__all__ = ["chased", "is_preemptive", "is_to_rest", "note_holds"]


def note_holds(task: Task) -> None:
    """Keep the holds that a task is under, its own first: it is being stopped."""
    gate, node = task._p_gate, task._p_node
    if not gate.closed or node is None:
        return
    places: list[tuple[Held, Gate]] = [(each, each.gate) for each in node.path()]
    if gate is not node.gate:
        places.insert(0, (task, gate))
    now = clock()
    rest_of(task).held_by = tuple(
        hold_status(held, hold, now)
        for held, above in places
        for hold in above.holds
        if hold not in gate.waived
    )


def is_preemptive(task: Task) -> bool:
    """Say whether the task rests and stops at safe points, by its options or its scope."""
    if task._p_rest is not None and task._p_rest.is_preemptive is not None:
        return task._p_rest.is_preemptive
    return task._p_node is not None and task._p_node.rules.is_preemptive


def is_to_rest(task: Task) -> bool:
    """Say whether the task is to rest or to stop, or to go on by one line. Under the lock."""
    return (
        task._p_stop_reason is not None
        or is_barred(task)
        or (task._p_rest is not None and task._p_rest.is_stepping)
    )


def chased(pool: Pool) -> list[Task]:
    """List the preemptive tasks that run, and are to rest or to stop. Under the lock."""
    tasks = [seat.task for seat in pool.seats if seat.task is not None]
    return [task for task in tasks if is_preemptive(task) and _is_chased(task)]


def _is_chased(task: Task) -> bool:
    record = task._p_rest
    if task._p_ended_at is not None or not task._p_seat.has_thread:  # the engine is about threads
        return False
    is_at_rest = record is not None and record.since is not None and not record.is_stepping
    return not is_at_rest and is_to_rest(task)

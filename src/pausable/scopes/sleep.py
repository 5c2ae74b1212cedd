"""The sleep of a task: its seconds do not count while it rests, and a stop ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.attention import own_seat, own_task
from pausable._core.decision import decide
from pausable._core.parker import Parker
from pausable._core.rest import is_barred
from pausable._core.times import clock, plain_sleep
from pausable.scopes.attendance import attend, cleans_up, has_here, is_shielded, note_guest

if TYPE_CHECKING:
    from pausable._core.pool import Pool
    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit

__all__ = ["sleep_in_task"]


def sleep_in_task(task: Task, duration: float) -> None:
    """Sleep for *duration* seconds in which the task does not rest; a stop ends it at once.

    The calling thread sleeps. Where its seat lets the task not rest here, a pause goes by.
    """
    node, seat = task._p_node, own_seat()
    if seat is None and node is not None and has_here(task):
        msg = f"pausable.sleep() would block the event loop of {task._p_name}: await aio.sleep()"
        raise RuntimeError(msg)
    is_own = own_task() is task
    if node is None or is_shielded(task, is_own=is_own) or cleans_up():
        plain_sleep(duration)
        return
    pool, parker = node.pool, Parker()
    goes_by = not task._p_seat.has_guests if seat is None else is_own and not seat.has_thread
    deadline = clock() + duration
    while True:
        waits = decide(pool, _fall_asleep, node, task, parker, is_own, goes_by)
        left = deadline - clock()
        if waits and left > 0:
            _doze(pool, node, task, parker, left)
            continue
        _get_up(pool, node, task, parker)
        if waits:
            return
        attend(task)
        deadline = clock() + max(left, 0.0)


def _fall_asleep(
    visit: Visit, node: Node, task: Task, parker: Parker, is_own: bool, goes_by: bool
) -> bool:
    """Have a sleeper woken when its task is to rest or to stop; False if it is to already."""
    goes_by = goes_by or (is_own and task._p_is_at_rest())
    is_over = task._p_ended_at is not None  # then this is a thread that it has started
    waits = is_over or (task._p_stop_reason is None and (goes_by or not is_barred(task)))
    if waits and is_own:
        node.resters.sleepers[task] = parker
    elif waits:
        note_guest(visit, parker, task)
    return waits


def _get_up(pool: Pool, node: Node, task: Task, parker: Parker) -> None:
    node.resters.sleepers.pop(task, None)
    pool.others.guests.pop(parker, None)


def _doze(pool: Pool, node: Node, task: Task, parker: Parker, timeout: float) -> None:
    try:
        parker.park(timeout)
    finally:
        _get_up(pool, node, task, parker)

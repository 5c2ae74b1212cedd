"""The attendance: what a task does when it has seen that its gate is closed, or that it is to stop.

How it rests is asked of its seat: a thread of a pool parks, and whoever runs many tasks on one
thread must not. A thread that the task has started is nobody's seat, and rests with the task: it is
a guest, and parks here. In a shield, and in what cleans up after a stop, a task is immune.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pausable._core.attention import (
    attention,
    current_task,
    here,
    made_by,
    own_seat,
    own_task,
    shields,
)
from pausable._core.decision import decide, look
from pausable._core.names import context_of
from pausable._core.parker import Parker
from pausable._core.rest import is_barred
from pausable.errors import Stopped

if TYPE_CHECKING:
    from pausable._core.pool import Pool
    from pausable._core.ports import Seat, Wakeable
    from pausable._core.task import Task
    from pausable._core.visit import Visit

__all__ = [
    "attend",
    "checkpoint",
    "cleans_up",
    "current_task",
    "flag",
    "has_here",
    "is_immune",
    "is_shielded",
    "may_rest",
    "note_guest",
    "park_as_guest",
]

flag: object = attention
"""What is asked first, everywhere: false while nothing in the process is to rest or to stop.

Other modules ask `attendance.flag`: where tasks are paused from another process, it is bound to a
value on memory that both share (one of `ctypes` reads that when it is asked whether it is true).
"""


def checkpoint() -> None:
    """Rest here while the task, its group or its pool is paused; raise `Stopped` on a stop.

    While nothing in the process is paused or stopped it costs what ``if not event.is_set()`` costs.
    Outside a task, and in a `shield()` block, it does nothing. May be called from a thread that the
    task has started in its own context (`contextvars.copy_context().run`): that thread rests and
    stops with the task for as long as that lives, but quiescence does not wait for it.

    Raises:
        Stopped: the task is to end; let it pass.
    """
    if flag:
        try:
            task = here.seat.task  # quicker than to ask first
        except AttributeError:  # this is not a worker's thread
            task = made_by()
        if task is not None and (task._p_gate.closed_to_running or task._p_stop_reason is not None):
            attend(task)


def attend(task: Task) -> None:
    """Rest while the task's gate is closed; raise `Stopped` if it is to stop.

    The slow path of `checkpoint()`. Does nothing in a `shield()` block, and nothing in the
    `finally` and `except` blocks that a `Stopped` runs through on its way out of the task. Where
    its seat lets it not rest in the midst of its code, only a stop is seen.
    """
    node, seat = task._p_node, getattr(here, "seat", None) or _seat_of_loop(task)
    is_own = seat is not None and seat.task is task and task._p_ended_at is None
    if node is None or is_shielded(task, is_own=is_own) or cleans_up():
        return
    if seat is None:
        _attend_as_guest(node.pool, task)
    elif not is_own:
        return  # the task has ended, and this is one of its callbacks
    elif task._p_stop_reason is not None:
        # Also in a block that counts as rest: its gate is on the way out, but a stop is seen here.
        if not seat.has_thread:
            seat.attend(task)  # which notes that the task has been told
        raise Stopped(task._p_stop_reason)
    elif task._p_rest is None or task._p_rest.since is None:
        seat.attend(task)


def has_here(task: Task) -> bool:
    """Say whether a task shares the calling thread with others: nobody is to park that."""
    carried: Any = getattr(here, "carried", None)
    return bool(carried) and task._p_node is not None and task._p_node.pool in carried


def _seat_of_loop(task: Task) -> Seat | None:
    return task._p_seat if has_here(task) else None


def may_rest(task: Task) -> bool:
    """Say whether `attend`, called here, rests; where it passes in spite of a closed gate, not."""
    node, record, seat = task._p_node, task._p_rest, own_seat()
    if node is None or is_immune(task):
        return False
    if seat is not None:
        if own_task() is not task or not seat.has_thread:
            return False
        if record is not None and record.since is not None:
            return False  # in a block that counts as rest
    return look(node.pool, is_barred, task)


def is_immune(task: Task) -> bool:
    """Say whether the caller neither rests nor stops: in a shield, or in cleaning up after a stop.

    On the task's own thread, or one that it has started.
    """
    return is_shielded(task, is_own=own_task() is task) or cleans_up()


def is_shielded(task: Task, *, is_own: bool) -> bool:
    """Say whether the task is in a `shield()` block, or the thread that it has started is."""
    if task._p_rest is not None and task._p_rest.shields:
        return True
    return not is_own and shields.get() > 0


def cleans_up() -> bool:
    """Say whether the caller is in a block that a `Stopped` runs through."""
    error = sys.exc_info()[1]
    while error is not None:
        if issubclass(type(error), Stopped):  # `isinstance` would ask it
            return True
        error = context_of(error)
    return False


def _attend_as_guest(pool: Pool, task: Task) -> None:
    """Do as `attend`, on a thread that the task has started with its own context."""
    parker = Parker()
    while decide(pool, _be_guest, parker, task):
        park_as_guest(pool, parker, None)
    if task._p_stop_reason is not None and task._p_ended_at is None:
        raise Stopped(task._p_stop_reason)


def _be_guest(visit: Visit, parker: Parker, task: Task) -> bool:
    """Have a thread that *task* has started woken with it, if that is to rest."""
    rests = task._p_ended_at is None and task._p_stop_reason is None and is_barred(task)
    if rests and not task._p_seat.has_guests:
        return False
    if rests:
        note_guest(visit, parker, task)
    return rests


def note_guest(visit: Visit, parker: Wakeable, task: Task) -> None:
    """Have a thread that *task* has started woken when that is to rest or to stop."""
    visit.pool.is_plain = False
    visit.pool.others.guests[parker] = task


def park_as_guest(pool: Pool, parker: Parker, timeout: float | None) -> None:
    """Park a thread that a task has started; `attend` is where it rests."""
    try:
        parker.park(timeout)
    finally:
        pool.others.guests.pop(parker, None)

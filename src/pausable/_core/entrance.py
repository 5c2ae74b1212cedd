"""The entrance: a task that comes with a seat of its own, begins there, and goes with it.

Such is a thread that its user starts. It needs no worker, and brings a slot: no limit keeps it from
its beginning, and it takes nothing from the other tasks of its pool. But what its gate keeps from
starting waits here, as in a queue, on its seat, until whoever opens the gate wakes it (`turns`).

Every function here is called under the pool's lock.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pausable._core.audience import emit_of
from pausable._core.conclusion import end_task
from pausable._core.run import begin, let_others_go
from pausable._core.seats import dismiss, give_up
from pausable._core.slots import bring_slot, free_slot, take_slot_along
from pausable._core.states import PENDING
from pausable._core.times import clock
from pausable.events import TaskSubmitted

if TYPE_CHECKING:
    from pausable._core.ports import Seat
    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.events import Outcome

__all__ = ["arrive", "depart", "enter"]


def arrive(visit: Visit, task: Task, seat: Seat) -> None:
    """Let a task come with its *seat*, and begin if it may. Refused where a scope has shut down."""
    node: Node = task._p_node
    if task._state != PENDING or task._p_seat is not None:  # it was stopped before; or once more
        return
    if not node.queue.is_accepting or node.pool.end.is_refusing:
        what = "is broken" if node.pool.end.broken else "has shut down"
        visit.error = RuntimeError(f"cannot start {task._p_name}: {node.name!r} {what}")
        return
    visit.again = partial(enter, task=task, seat=seat)
    node.queue.arrived[task] = None
    task._p_seat = seat
    node.queue.outside.pop(task, None)
    if visit.pool.demand.is_followed:
        emit_of(task, TaskSubmitted)
    enter(visit, task, seat)


def enter(visit: Visit, task: Task, seat: Seat) -> bool | None:
    """Begin a task that has arrived; True if it has begun, False if it is over, None if it waits.

    Whoever waits at *seat* asks when it is woken.
    """
    pool, node = visit.pool, task._p_node
    if task._state != PENDING:
        return seat.task is task
    if task not in node.queue.arrived or task._p_gate.closed or not _has_turn(node):
        return None
    pool.is_plain = False
    pool.seats.add(seat)
    if not begin(visit, task, seat):  # a call is postponed: it may be a pause
        pool.seats.discard(seat)
        visit.wakes.append(seat)  # to ask again
        return None
    bring_slot(node)
    del node.queue.arrived[task]
    if pool.is_worked_off():
        dismiss(visit)
    return True


def _has_turn(node: Node) -> bool:
    """Say whether no scope on the way up has its tasks go one by one, and none just now."""
    paces = (each.slots.pace for each in node.path())
    return all(pace is None or pace.is_ready for pace in paces)


def depart(visit: Visit, seat: Seat, task: Task, outcome: Outcome) -> bool:
    """Write down that a task, which runs, is over, and that its seat goes with it.

    False if it is not on that seat.
    """
    if seat.task is not task:  # it was said before; or this is a forked child
        return False
    node: Node = task._p_node
    visit.again = partial(_depart_again, seat=seat, task=task, outcome=outcome)
    if task._p_ended_at is not None:  # whoever wrote that down was struck, and told nobody
        _depart_again(visit, seat, task, outcome)
        return True
    end_task(visit, node, task, outcome, clock())
    _leave(visit, node, seat)
    return True


def _depart_again(visit: Visit, seat: Seat, task: Task, outcome: Outcome) -> None:
    """Do what is left of it, when all that is derived was made anew."""
    if task._p_ended_at is None:
        depart(visit, seat, task, outcome)
    elif seat in visit.pool.seats:
        if seat.task is task:
            task._p_node.tally.finishing -= 1  # as which it was just counted
        _leave(visit, task._p_node, seat)


def _leave(visit: Visit, node: Node, seat: Seat) -> None:
    if seat.task is not None:
        seat.task = None
        if seat.brings_slot:
            take_slot_along(visit, node)
        else:
            free_slot(visit, node)
        let_others_go(visit, node)
    give_up(visit, seat)
    visit.opens = True

"""Stops: how a task that has started is asked to end, wherever it is at that moment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pausable._core.attention import attention
from pausable._core.audience import emit_of
from pausable._core.duty import note_holds
from pausable._core.rest import call_back
from pausable._core.states import RUNNING
from pausable._core.waiters import rouse_others, tell_waiters
from pausable.events import StopRequested

if TYPE_CHECKING:
    from pausable._core.task import Task
    from pausable._core.visit import Visit

__all__ = ["request_stop"]


def request_stop(visit: Visit, task: Task, reason: str) -> bool:
    """Ask a started task to stop; False if it has not started or is over.

    The first reason counts. A task at rest or asleep is woken, and the engine, if there is one; one
    in a block of the user's own waiting sees the stop when it comes out.
    """
    if task._state != RUNNING or task._p_ended_at is not None or task._p_seat is None:
        return False  # without a seat it is concluded by hand, and there is nothing to stop
    pool = visit.pool
    if task._p_stop_reason is None:
        if visit.again is None:
            visit.again = partial(request_stop, task=task, reason=reason)
        if task._p_gate.closed:
            note_holds(task)
        if pool.demand.observed:
            emit_of(task, StopRequested, reason)
        task._p_stop_reason = reason
        attention.add(task)
    record = task._p_rest
    if (record is not None and record.since is not None) or task._p_node.resters.sleepers:
        call_back(visit, task)  # else it just runs
    if pool.others.waiting:  # it may wait for another scope
        for each in pool.root.below():
            tell_waiters(visit, each)
    if pool.others.guests or pool.others.chasers:
        rouse_others(visit)
    return True

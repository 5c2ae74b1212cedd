"""Stops: how a task that has started is asked to end, wherever it is at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.attention import attention
from pausable._core.resting import call_back
from pausable._core.states import RUNNING
from pausable._core.times import wall_clock
from pausable._core.watching import tell_waiters
from pausable.events import StopRequested

if TYPE_CHECKING:
    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task

__all__ = ["request_stop"]


def request_stop(
    state: PoolState, node: Node, task: Task, reason: str, wakes: list[Wakeable]
) -> bool:
    """Ask a started task to stop; False if it has not started or is over. Under the lock.

    The first reason counts. A task at rest or asleep is woken; one in a block of the user's own
    waiting sees the stop when it comes out.
    """
    if task._state != RUNNING or task.ended_at is not None or task.seat is None:
        return False  # without a seat it is concluded by hand, and there is nothing to stop
    if task.stop_reason is None:
        task.stop_reason = reason
        attention.add(task)
        if state.observed:
            state.emit(node, StopRequested(node.name, wall_clock(), task.name, reason))
    call_back(state, task, wakes)
    for each in state.root.below() if state.waiting else ():  # it may wait for another scope
        tell_waiters(state, each, wakes)
    wakes.extend(state.guests)
    return True

"""Succession: the worker whose task has ended takes the next, and with it the slot.

Where one scope alone has tasks to start, and nobody rests, waits or watches, the slot passes from
the task that has ended to the next one of the same scope: no count but one changes. In all other
cases the slot is given back and whoever is entitled to it takes it; the worker may become idle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.ending import free_slot
from pausable._core.starting import may_leave, sit_idle, take
from pausable._core.states import PENDING, RUNNING

if TYPE_CHECKING:
    from pausable._core.nodes import Node
    from pausable._core.parker import Seat, Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task

__all__ = ["take_over"]


def take_over(
    state: PoolState, node: Node, seat: Seat, now: float, wakes: list[Wakeable]
) -> Task | None:
    """Let the slot of a task of *node*, which has ended on *seat*, go on. Under the lock."""
    ring = state.ring
    if (
        len(ring) == 1
        and ring[0] is node
        and node.parent is None
        and node.slots <= node.limit
        and not node.gate.closed
        and node.pace is None
        and not (state.back or state.stopped or state.waiting or state.observed or state.deferred)
        and not node.aside
    ):
        queue, gate = node.queue, node.gate
        while queue:
            task = queue.popleft()
            if task._state != PENDING:
                node.tombstones -= 1
            elif task.gate is gate:
                task._state = RUNNING
                task.seat = seat
                seat.task = task
                task.started_at = now
                return task
            else:
                queue.appendleft(task)
                break
    free_slot(state, node, wakes)
    following = take(state, seat)
    if following is None and not may_leave(state):
        sit_idle(state, seat)
    return following

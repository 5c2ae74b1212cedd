"""Succession: the worker whose task has ended takes the next, and with it the slot.

While nothing is going on but that the pool's own queue is worked off (`PoolState.is_plain`), the
slot passes from the task that has ended to the next one: no count but one changes. In all other
cases the slot is given back and whoever is entitled to it takes it; the worker may become idle.
Whoever submits to such a pool, with nobody in the queue, may hand the task to an idle worker.
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

__all__ = ["follow", "hand_over", "take_over"]


def follow(node: Node, seat: Seat, now: float) -> Task | None:
    """Start the next task of a pool that is plain, on the slot of one that has ended.

    None if the queue is empty, or if its next task is held. Under the lock.
    """
    queue, gate = node.queue, node.gate
    while queue:
        task = queue.popleft()
        if task._state != PENDING:
            node.tombstones -= 1
        elif task.gate is gate:
            task._state = RUNNING
            task.seat = seat
            task.started_at = now
            seat.task = task
            return task
        else:
            queue.appendleft(task)
            break
    return None


def take_over(state: PoolState, node: Node, seat: Seat, wakes: list[Wakeable]) -> Task | None:
    """Let the slot of a task of *node*, which has ended on *seat*, go on. Under the lock."""
    if state.is_plain and node.parent is None:
        node.active -= 1
        node.slots -= 1
        following = take(state, seat) if node.queue else None
    else:
        free_slot(state, node, wakes)
        following = take(state, seat)
    if following is None and not may_leave(state):
        sit_idle(state, seat)
    return following


def hand_over(state: PoolState, task: Task, now: float) -> Seat | None:
    """Start a task that is being submitted on an idle worker: it will find it in its seat.

    None if the pool is not plain, or if there is none, or if others come first. Under the lock.
    """
    root = state.root
    if not (
        state.is_plain
        and state.idle
        and not root.queue
        and root.slots + state.coming < root.limit
        and not root.gate.closed
    ):
        return None
    seat = state.idle.popleft()
    root.slots += 1
    root.active += 1
    task._state = RUNNING
    task.seat = seat
    task.started_at = now
    seat.task = task
    return seat

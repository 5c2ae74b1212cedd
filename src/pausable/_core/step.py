"""Steps: a task at rest goes on to its next line, or its next checkpoint, and rests there again.

Its gate stays closed. It needs a slot for the way, and comes before all others that wait for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.rest import is_barred, queue_to_stop

if TYPE_CHECKING:
    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit

__all__ = ["begin_step", "has_stepped"]


def begin_step(visit: Visit, node: Node, task: Task) -> bool:
    """Let a task that rests at its closed gate go on for a line; False if it does not."""
    if task not in node.resters.parked or task._p_rest is None:
        return False
    task._p_rest.is_stepping = True
    queue_to_stop(visit, task)
    del node.resters.parked[task]
    return True


def has_stepped(task: Task) -> bool:
    """Say whether the task rests again, or need not any more: over, stopped or resumed. Locked."""
    if task._p_ended_at is not None or task._p_rest is None or task._p_stop_reason is not None:
        return True
    return not is_barred(task) or (task._p_is_at_rest() and not task._p_rest.is_stepping)

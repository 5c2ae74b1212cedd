"""Steps: a task at rest goes on to its next line, or its next checkpoint, and rests there again.

Its gate stays closed. It needs a slot for the way, and comes before all others that wait for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.barring import is_barred
from pausable._core.resting import grant

if TYPE_CHECKING:
    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task

__all__ = ["begin_step", "has_stepped"]


def begin_step(state: PoolState, node: Node, task: Task, wakes: list[Wakeable]) -> bool:
    """Let a task that rests at its closed gate go on for a line; False if it does not. Locked."""
    if task not in node.rested or task.rest is None:
        return False
    del node.rested[task]
    task.rest.is_stepping = True
    state.is_plain = False
    state.stopped.append(task)
    grant(state, wakes)
    return True


def has_stepped(task: Task) -> bool:
    """Say whether the task rests again, or need not any more: over, stopped or resumed. Locked."""
    if task.ended_at is not None or task.rest is None or task.stop_reason is not None:
        return True
    return not is_barred(task) or (task.is_at_rest() and not task.rest.is_stepping)

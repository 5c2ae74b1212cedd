"""Who is barred: whether a closed gate makes a task rest that has started.

The rule has exceptions for tasks that pause the scope they run in: they are not made to rest by
their own holds, and two of them neither meet in their blocks nor wait for each other for ever.

Every function here is called under the pool's lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.tasks import Rest

if TYPE_CHECKING:
    from pausable._core.gates import HoldRecord
    from pausable._core.nodes import Node
    from pausable._core.tasks import Task

__all__ = ["is_barred", "node_of", "rest_of"]


def node_of(task: Task) -> Node:
    """Return the scope of a task that belongs to a pool."""
    if task.node is None:
        msg = f"{task.name} belongs to no pool"
        raise RuntimeError(msg)
    return task.node


def rest_of(task: Task) -> Rest:
    """Return the task's record of rests, made now if it has never rested."""
    if task.rest is None:
        task.rest = Rest()
    return task.rest


def is_barred(task: Task) -> bool:
    """Say whether the task's gate is closed to it, as a running task."""
    record = task.rest
    if record is None or not record.own:
        return task.gate.closed_to_running
    if record.is_entering:
        return any(_goes_first(hold, record) for hold in task.gate.all_holds())
    return any(_bars(hold, record) for hold in task.gate.all_holds())


def _bars(hold: HoldRecord, record: Rest) -> bool:
    """Say whether a task in blocks of its own holds rests for *hold* nevertheless.

    For an older one; and for any whose owner was told that the scope is quiescent, and relies on
    it: the task was at rest then, in a quiet block or for a still older hold.
    """
    if hold in record.own:
        return False
    return hold.is_confirmed or (hold.running == "rest" and hold.order < record.own[0].order)


def _goes_first(hold: HoldRecord, record: Rest) -> bool:
    """Say whether a task, about to enter a block of its own hold, waits for *hold* to end first.

    Two tasks that pause each other do not meet inside, and do not wait for each other for ever:
    the older hold goes first, unless its holder is itself kept waiting by a hold of this task.
    """
    if hold in record.own:
        return False
    if hold.is_confirmed:
        return True
    other = hold.holder
    if hold.order > record.own[-1].order or other is None:
        return hold.order < record.own[-1].order
    return not any(own.order < hold.order and own in other.gate.all_holds() for own in record.own)

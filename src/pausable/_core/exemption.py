"""The exemption: a task that pauses the scope it runs in does not rest for its own hold.

Nor do two of them meet in their blocks, or wait for each other for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.task import rest_of

if TYPE_CHECKING:
    from pausable._core.gate import HoldRecord
    from pausable._core.rest_record import RestRecord
    from pausable._core.task import Task

__all__ = ["bars", "exempt", "goes_first", "unexempt"]


def exempt(_visit: Any, task: Task, hold: HoldRecord) -> None:
    """Let a task that pauses its own scope go on in spite of its own hold."""
    record = rest_of(task)
    record.own_holds = (*record.own_holds, hold)
    hold.holder = task


def unexempt(_visit: Any, task: Task, hold: HoldRecord) -> None:
    """Have its own hold bar a task like any other, when its block is over."""
    record = rest_of(task)
    if hold in record.own_holds:
        at = record.own_holds.index(hold)
        record.own_holds = record.own_holds[:at] + record.own_holds[at + 1 :]
    if hold not in record.own_holds:
        hold.holder = None


def bars(hold: HoldRecord, record: RestRecord) -> bool:
    """Say whether a task in blocks of its own holds rests for *hold* nevertheless.

    For an older one; and for any whose owner was told that the scope is quiescent, and relies on
    it: the task was at rest then, in a quiet block or for a still older hold.
    """
    if hold in record.own_holds:
        return False
    return hold.is_confirmed or (hold.running == "rest" and hold.order < record.own_holds[0].order)


def goes_first(hold: HoldRecord, record: RestRecord) -> bool:
    """Say whether a task, about to enter a block of its own hold, waits for *hold* to end first.

    Two tasks that pause each other do not meet inside, and do not wait for each other for ever:
    the older hold goes first, unless its holder is itself kept waiting by a hold of this task.
    """
    if hold in record.own_holds:
        return False
    if hold.is_confirmed:
        return True
    other = hold.holder
    if hold.order > record.own_holds[-1].order or other is None:
        return hold.order < record.own_holds[-1].order
    return not any(
        own.order < hold.order and own in other._p_gate.all_holds() for own in record.own_holds
    )

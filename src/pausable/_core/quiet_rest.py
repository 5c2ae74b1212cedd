"""The quiet rest: a task counts as at rest while its thread waits for what is not ours.

In a `resting()` block, or for the end of another task. On the way out it passes its gate.

Every function here is called under the pool's lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.rest import (
    begin_rest,
    end_rest,
    grant,
    is_barred,
    queue_for_slot,
    queue_to_stop,
)
from pausable._core.rest_record import QuietRest
from pausable._core.slots import give_back
from pausable._core.task import rest_of
from pausable._core.times import clock
from pausable._core.waiters import look_again

if TYPE_CHECKING:
    from pausable._core.ports import Wakeable
    from pausable._core.rest_record import RestRecord
    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.snapshots import Location

__all__ = ["deepen_quiet", "enter_quiet", "leave_quiet", "pause_quiet"]


def enter_quiet(
    visit: Visit,
    node: Node,
    task: Task,
    waker: Wakeable | None,
    where: Location | None,
    *,
    slotless: bool,
) -> RestRecord:
    """Count a task as at rest while its thread waits for something that is not ours.

    It keeps its slot while its gate is open, unless *slotless*: a task that waits for another of
    its own pool must not hold the slot that the other one needs.
    """
    barred = is_barred(task)
    record = begin_rest(visit, node, task, where, paused=barred)
    record.parker = waker
    record.quiet = quiet = QuietRest()
    quiet.waits_for_own = slotless
    node.resters.quiet[task] = None
    if slotless or barred:
        _give_up_slot(visit, node, quiet)
    look_again(visit, node)
    return record


def deepen_quiet(
    visit: Visit, node: Node, task: Task, waker: Wakeable | None, *, slotless: bool
) -> None:
    """Enter a quiet block inside another one: a stop ends it, and it may have to give the slot."""
    record = rest_of(task)
    record.parker = waker or record.parker
    record.returning = False
    if slotless and record.quiet is not None:
        record.quiet.waits_for_own = True
        _give_up_slot(visit, node, record.quiet)


def _give_up_slot(visit: Visit, node: Node, quiet: QuietRest) -> None:
    if not quiet.slotless:
        quiet.slotless = True
        give_back(visit, node)
        visit.opens = True


def leave_quiet(visit: Visit, node: Node, task: Task, *, force: bool) -> bool:
    """Come out of a quiet block; say whether the task runs, or else has to park for a slot.

    With *force* it waits for nothing but a slot: it is to stop, or must not rest here.
    """
    record = rest_of(task)
    has_slot = record.quiet is None or not record.quiet.slotless
    record.quiet = None
    node.resters.quiet.pop(task, None)
    record.parker = task._p_seat
    if has_slot:
        end_rest(visit, node, task, record, clock())
        for each in node.path():
            each.slots.active += 1
        return True
    if force:
        queue_to_stop(visit, task)
        record.returning = False
    elif not record.returning and is_barred(task):
        node.resters.parked[task] = None
    elif not record.returning:
        queue_for_slot(visit, node, task)
    grant(visit)
    return record.since is None


def pause_quiet(visit: Visit, node: Node, now: float) -> None:
    """See to the tasks that do not run just now: a gate has closed to them.

    Sleepers are woken, to rest without a timer; tasks in quiet blocks give their slots back; those
    that queued for a slot are at rest again.
    """
    if not (node.resters.sleepers or node.resters.quiet or node.resters.returning):
        return
    asleep = node.resters.sleepers.copy()  # they get up without the lock
    visit.wakes.extend(parker for task, parker in asleep.items() if is_barred(task))
    for task in node.resters.quiet:
        record = rest_of(task)
        if record.quiet is not None and is_barred(task):
            if record.since is not None and record.paused_since is None:
                record.paused_since = now
            record.returning = False
            _give_up_slot(visit, node, record.quiet)
    for task in node.resters.returning:
        record = rest_of(task)
        if record.returning and is_barred(task):
            record.returning = False
            node.resters.parked[task] = None
    for _ in range(
        len(node.resters.returning)
    ):  # as often as there are entries: each keeps its place
        task = node.resters.returning.popleft()
        if rest_of(task).returning:
            node.resters.returning.append(task)
    visit.opens = True

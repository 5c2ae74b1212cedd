"""The rest: who is to rest at a closed gate, giving the slot back there, and taking it again.

Whoever opens a gate does all the book-keeping for the tasks that go on, so that 2,000 threads that
wake up do not queue for one lock. Primary is the record of a task; the lists of a scope in which it
stands and its counts are derived (`resters`).

Every function here is called under the pool's lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.audience import emit_of
from pausable._core.exemption import bars, goes_first
from pausable._core.lines import line_up, take_turns
from pausable._core.locations import location_of
from pausable._core.rest_record import RestRecord
from pausable._core.slots import give_back, take_slot
from pausable._core.times import clock
from pausable._core.turns import has_room
from pausable._core.waiters import look_again
from pausable.events import TaskRested, TaskResumed

if TYPE_CHECKING:
    from types import FrameType

    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.snapshots import Location

__all__ = [
    "begin_rest",
    "call_back",
    "come_to_rest",
    "end_pause",
    "end_rest",
    "force_back",
    "grant",
    "is_barred",
    "node_of",
    "queue_for_slot",
    "queue_to_stop",
    "rest",
    "send_back",
]


def node_of(task: Task) -> Node:
    """Return the scope of a task that belongs to a pool."""
    node: Node | None = task._p_node
    if node is None:
        msg = f"{task._p_name} belongs to no pool"
        raise RuntimeError(msg)
    return node


# To rest.


def is_barred(task: Task) -> bool:
    """Say whether the task's gate is closed to it, as a running task, and it is not exempt."""
    record = task._p_rest
    if record is None or not record.own_holds:
        return task._p_gate.closed_to_running
    if record.is_entering:
        return any(goes_first(hold, record) for hold in task._p_gate.all_holds())
    return any(bars(hold, record) for hold in task._p_gate.all_holds())


def rest(visit: Visit, node: Node, task: Task, where: Location | None) -> RestRecord:
    """Put a running task to rest, on its own thread, which will then park."""
    pool = visit.pool
    record = begin_rest(visit, node, task, where, paused=True)
    record.parker = task._p_seat
    node.resters.parked[task] = None
    give_back(visit, node)
    if pool.lines.back or pool.lines.stopped or pool.lines.ring:
        visit.opens = True
    if pool.others.waiting or pool.demand.observed:
        look_again(visit, node)
    return record


def come_to_rest(visit: Visit, task: Task, frame: FrameType | None) -> bool:
    """Put a running task to rest that has seen a closed gate, at *frame*; False if it is to go on.

    For its seat, which lets it go on when the rest is over; until then `where()` reads the frame.
    """
    if task._p_stop_reason is not None:
        return False
    if not is_barred(task):
        if task._p_rest is not None:
            task._p_rest.is_stepping = False
        return False
    place = location_of(frame) if visit.pool.demand.observed else None
    rest(visit, task._p_node, task, place).frame = frame
    return True


def begin_rest(
    visit: Visit, node: Node, task: Task, where: Location | None, *, paused: bool
) -> RestRecord:
    """Count a task as at rest from now on; its time as paused, too, if its gate is closed."""
    record = task._p_rest
    if record is None:
        record = task._p_rest = RestRecord()
    record.since = clock()
    record.is_stepping = False
    record.refusal = None
    if paused:
        record.paused_since = record.since
    node.resters.count += 1
    each: Node | None = node
    while each is not None:
        each.slots.active -= 1
        each = each.parent
    if visit.pool.demand.observed:
        emit_of(task, TaskRested, where)
    return record


def end_rest(visit: Visit, node: Node, task: Task, record: RestRecord, now: float) -> None:
    """Count a task as at rest no longer. Who runs then is counted by whoever takes the slot."""
    node.resters.count -= 1
    end_pause(record, now)
    lasted = 0.0 if record.since is None else now - record.since
    record.rested_for += lasted
    record.since = record.frame = None
    record.is_dormant = False
    if record.afterwards is not None:
        visit.chores.append(record.afterwards)
        record.afterwards = None
    if visit.pool.demand.observed:
        emit_of(task, TaskResumed, lasted)


def end_pause(record: RestRecord, now: float) -> None:
    """Stop counting paused time: the gate has opened, or the rest is over."""
    if record.paused_since is not None:
        record.paused_for += now - record.paused_since
        record.paused_since = None


# To go on.


def send_back(visit: Visit, node: Node, now: float) -> None:
    """Let the tasks at rest queue for their slots: a gate has opened to them."""
    for task in [task for task in node.resters.parked if not is_barred(task)]:
        queue_for_slot(visit, node, task)
        del node.resters.parked[task]
    for task in node.resters.quiet:
        record = task._p_rest
        if record is not None and record.quiet is not None and not is_barred(task):
            end_pause(record, now)
            if record.quiet.wants_slot() and not record.returning:
                queue_for_slot(visit, node, task)


def queue_for_slot(visit: Visit, node: Node, task: Task) -> None:
    """Let a task at rest, to which its gate has opened, go on as soon as there is a slot."""
    pool, record = visit.pool, task._p_rest
    if record is None:
        return
    pool.is_plain = False
    visit.opens = True
    record.returning = True
    node.resters.returning.append(task)
    if not node.turn.in_back:
        node.turn.in_back = True
        if pool.lines.back:
            line_up(pool.lines.back, node)
        else:
            pool.lines.back.append(node)


def queue_to_stop(visit: Visit, task: Task) -> None:
    """Let a task at rest be the next to get a slot, whatever its gate says."""
    visit.pool.is_plain = False
    visit.pool.lines.stopped.append(task)
    visit.opens = True


def grant(visit: Visit) -> None:
    """Give free slots to tasks at rest that want one; they come before new tasks.

    Those that are to stop come first, whatever their gates, limits and paces say. No more than a
    portion goes: see `Lines`.
    """
    pool = visit.pool
    root = pool.root
    while pool.lines.stopped and root.slots.taken < root.slots.limit:
        _wake(visit, pool.lines.stopped.popleft())
    back, left = pool.lines.back, pool.lines.portion
    while back and root.slots.taken < root.slots.limit:
        node: Node = back[0]
        while node.resters.returning and not _is_returning(node.resters.returning[0]):
            node.resters.returning.popleft()  # stale: it went back to rest, or was stopped
        has_place = (node is root and root.slots.pace is None) or has_room(node)
        if not node.resters.returning or not has_place:
            back.popleft()
            node.turn.in_back = False
            continue
        if not left:
            if pool.lines.later is not None:
                visit.wakes.append(pool.lines.later)
            break
        left -= 1
        _grant_one(visit, node, node.resters.returning.popleft())
        if not node.resters.returning and back[0] is node:
            back.popleft()
            node.turn.in_back = False
        elif len(back) > 1:
            take_turns(back)


def _is_returning(task: Task) -> bool:
    return task._p_rest is not None and task._p_rest.returning


def _grant_one(visit: Visit, node: Node, task: Task) -> None:
    record = task._p_rest
    if record is None or record.quiet is None:
        _wake(visit, task)
        return
    record.returning = record.quiet.slotless = False  # still in its block; the slot waits for it
    take_slot(visit, node)
    each: Node | None = node
    while each is not None:
        each.slots.active -= 1
        each = each.parent


def _wake(visit: Visit, task: Task) -> None:
    record, node = task._p_rest, task._p_node
    if record is not None:
        if record.parker is not None:
            visit.wakes.append(record.parker)
        _regain(visit, node, task, record)


def _regain(visit: Visit, node: Node, task: Task, record: RestRecord) -> None:
    record.returning = False
    take_slot(visit, node)
    end_rest(visit, node, task, record, clock())


def call_back(visit: Visit, task: Task) -> None:
    """Let a task that was asked to stop go on, wherever it waits, as soon as there is a slot."""
    node, record = node_of(task), task._p_rest
    parker = node.resters.sleepers.get(task)
    if parker is not None:
        visit.wakes.append(parker)
    if record is None or record.since is None:
        return
    if record.quiet is not None:
        if record.parker is not None:
            visit.wakes.append(record.parker)
    elif task not in visit.pool.lines.stopped:
        record.returning = False
        queue_to_stop(visit, task)
        node.resters.parked.pop(task, None)


def force_back(visit: Visit, task: Task) -> None:
    """Note that a task at rest runs, slot or no slot: an exception was sent to its thread."""
    record = task._p_rest
    if record is None or record.since is None:  # it runs already
        return
    pool, node = visit.pool, node_of(task)
    pool.is_plain = False  # there may be more slots than the limit now
    node.resters.parked.pop(task, None)
    if task in pool.lines.stopped:
        pool.lines.stopped.remove(task)
    _regain(visit, node, task, record)

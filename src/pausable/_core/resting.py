"""Who rests, and who goes on: giving slots back at a closed gate and taking them again.

Every function here is called under the pool's lock and appends the threads to wake to *wakes*.
Whoever opens a gate does all the book-keeping for the tasks that go on, so that 2,000 threads that
wake up do not queue for one lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.barring import is_barred, node_of, rest_of
from pausable._core.starting import give_slot, take_slot
from pausable._core.times import clock, wall_clock
from pausable._core.watching import look_again
from pausable.events import TaskRested, TaskResumed

if TYPE_CHECKING:
    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Rest, Task
    from pausable.snapshots import Location

__all__ = [
    "call_back",
    "deepen_quiet",
    "enter_quiet",
    "force_back",
    "grant",
    "leave_quiet",
    "pause_quiet",
    "rest",
    "send_back",
]


def rest(
    state: PoolState, node: Node, task: Task, where: Location | None, wakes: list[Wakeable]
) -> Rest:
    """Put a running task to rest, on its own thread, which will then park."""
    record = _begin(state, node, task, where, paused=True)
    record.parker = task.seat.parker if task.seat is not None else None
    node.rested[task] = None
    give_slot(state, node)
    if state.back or state.stopped:
        grant(state, wakes)
    if state.waiting or state.observed:
        look_again(state, node, wakes)
    return record


def enter_quiet(
    state: PoolState,
    node: Node,
    task: Task,
    waker: Wakeable | None,
    where: Location | None,
    wakes: list[Wakeable],
    *,
    slotless: bool,
) -> Rest:
    """Count a task as at rest while its thread waits for something that is not ours.

    It keeps its slot while its gate is open, unless *slotless*: a task that waits for another of
    its own pool must not hold the slot that the other one needs.
    """
    barred = is_barred(task)
    record = _begin(state, node, task, where, paused=barred)
    record.parker = waker
    record.quiet = True
    record.waits_for_own = slotless
    node.quiet[task] = None
    if slotless or barred:
        record.slotless = True
        give_slot(state, node)
        grant(state, wakes)
    look_again(state, node, wakes)
    return record


def deepen_quiet(
    state: PoolState,
    node: Node,
    task: Task,
    waker: Wakeable | None,
    wakes: list[Wakeable],
    *,
    slotless: bool,
) -> None:
    """Enter a quiet block inside another one: a stop ends it, and it may have to give the slot."""
    record = rest_of(task)
    record.parker = waker or record.parker
    record.returning = False
    if slotless:
        record.waits_for_own = True
        if not record.slotless:
            record.slotless = True
            give_slot(state, node)
            grant(state, wakes)


def _begin(
    state: PoolState, node: Node, task: Task, where: Location | None, *, paused: bool
) -> Rest:
    record = rest_of(task)
    record.begin(clock(), paused=paused)
    node.at_rest += 1
    each: Node | None = node
    while each is not None:
        each.active -= 1
        each = each.parent
    if state.observed:
        state.emit(node, TaskRested(node.name, wall_clock(), task.name, where))
    return record


def leave_quiet(
    state: PoolState, node: Node, task: Task, wakes: list[Wakeable], *, force: bool
) -> bool:
    """Come out of a quiet block; say whether the task runs, or else has to park for a slot.

    With *force* it waits for nothing but a slot: it is to stop, or must not rest here.
    """
    record = rest_of(task)
    record.quiet = record.waits_for_own = False
    node.quiet.pop(task, None)
    record.parker = task.seat.parker if task.seat is not None else None
    if not record.slotless:
        _end(state, node, task, clock())
        for each in node.path():
            each.active += 1
        return True
    if force:
        _queue_to_stop(state, task)
        record.returning = False
    elif not record.returning and is_barred(task):
        node.rested[task] = None
    elif not record.returning:
        _queue_for_slot(state, node, task)
    grant(state, wakes)
    return record.since is None


def send_back(state: PoolState, node: Node, now: float) -> None:
    """Let the tasks at rest queue for their slots: a gate has opened to them."""
    free = [task for task in node.rested if not is_barred(task)]
    for task in free:
        del node.rested[task]
        _queue_for_slot(state, node, task)
    for task in node.quiet:
        record = rest_of(task)
        if not is_barred(task):
            record.end_pause(now)
            if record.slotless and not record.waits_for_own and not record.returning:
                _queue_for_slot(state, node, task)


def pause_quiet(state: PoolState, node: Node, now: float, wakes: list[Wakeable]) -> None:
    """See to the tasks that do not run just now: a gate has closed to them.

    Sleepers are woken, to rest without a timer; tasks in quiet blocks give their slots back; those
    that queued for a slot are at rest again.
    """
    if not (node.sleepers or node.quiet or node.returning):
        return
    wakes.extend(parker for task, parker in node.sleepers.items() if is_barred(task))
    for task in node.quiet:
        record = rest_of(task)
        if not is_barred(task):
            continue
        record.begin_pause(now)
        record.returning = False
        if not record.slotless:
            record.slotless = True
            give_slot(state, node)
    kept = []
    for task in node.returning:
        record = rest_of(task)
        if record.returning and is_barred(task):
            record.returning = False
            node.rested[task] = None
        elif record.returning:
            kept.append(task)
    node.returning.clear()
    node.returning.extend(kept)
    grant(state, wakes)


def _queue_to_stop(state: PoolState, task: Task) -> None:
    state.is_plain = False
    state.stopped.append(task)


def _queue_for_slot(state: PoolState, node: Node, task: Task) -> None:
    state.is_plain = False
    rest_of(task).returning = True
    node.returning.append(task)
    if not node.in_back:
        node.in_back = True
        state.back.append(node)


def grant(state: PoolState, wakes: list[Wakeable]) -> None:
    """Give free slots to tasks at rest that want one; they come before new tasks.

    Those that are to stop come first, whatever their gates, limits and paces say.
    """
    root = state.root
    while state.stopped and root.slots < root.limit:
        _wake(state, state.stopped.popleft(), wakes)
    back = state.back
    while back and root.slots < root.limit:
        node = back[0]
        while node.returning and not rest_of(node.returning[0]).returning:
            node.returning.popleft()  # stale: it went back to rest, or was stopped
        if not node.returning or not node.has_room():
            back.popleft()
            node.in_back = False
            continue
        task = node.returning.popleft()
        record = rest_of(task)
        record.returning = False
        if record.quiet:  # it is still in its block; the slot waits for it
            record.slotless = False
            take_slot(state, node)
            for each in node.path():
                each.active -= 1
        else:
            _wake(state, task, wakes)
        if len(back) > 1:
            back.rotate(-1)


def _wake(state: PoolState, task: Task, wakes: list[Wakeable]) -> None:
    _regain(state, node_of(task), task, clock())
    parker = rest_of(task).parker
    if parker is not None:
        wakes.append(parker)


def _regain(state: PoolState, node: Node, task: Task, now: float) -> None:
    rest_of(task).slotless = False
    take_slot(state, node)
    _end(state, node, task, now)


def _end(state: PoolState, node: Node, task: Task, now: float) -> None:
    node.at_rest -= 1
    record = rest_of(task)
    lasted = record.end(now)
    if record.afterwards is not None:
        state.outbox.append(record.afterwards)
        record.afterwards = None
    if state.observed:
        state.emit(node, TaskResumed(node.name, wall_clock(), task.name, lasted))


def call_back(state: PoolState, task: Task, wakes: list[Wakeable]) -> None:
    """Let a task that was asked to stop go on, wherever it waits, as soon as there is a slot."""
    node, record = node_of(task), task.rest
    parker = node.sleepers.get(task)
    if parker is not None:
        wakes.append(parker)
    if record is None or record.since is None:
        return
    if record.quiet:
        if record.parker is not None:
            wakes.append(record.parker)
    elif task not in state.stopped:
        node.rested.pop(task, None)
        record.returning = False
        _queue_to_stop(state, task)
        grant(state, wakes)


def force_back(state: PoolState, task: Task) -> None:
    """Note that a task at rest runs, slot or no slot: an exception was sent to its thread."""
    state.is_plain = False  # there may be more slots than the limit now
    node, record = node_of(task), rest_of(task)
    node.rested.pop(task, None)
    record.returning = False
    if task in state.stopped:
        state.stopped.remove(task)
    _regain(state, node, task, clock())

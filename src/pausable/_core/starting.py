"""Who starts: the queues of the scopes, the ring they take turns in, and the slots.

Every function here is called under the pool's lock, decides, and returns what is to be done.
Scopes take turns; within a scope the order is that of submission.

A submit appends to the queue before it looks whether a worker must be called, and it looks without
the lock. Whoever takes something away that its look relies on (a scope from the ring, a slot, a
worker that is coming, the acceptance) does so first and looks at the queue afterwards:

    1. The submitter S appends. 2. S sees the scope in the ring and all slots taken: it is done.
    3. The worker W gives its slot back, under the lock. 4. W looks at the queue, finds the task.

Were 3 before 2, S would see a free slot, and call a worker under the lock; were 4 before 1, also 3
were before 2. In a free-threaded build, where loads and stores may pass each other, S always takes
the lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.parker import Seat
from pausable._core.states import PENDING, RUNNING
from pausable._core.times import clock, wall_clock
from pausable._core.watching import tell_waiters
from pausable.events import TaskStarted

if TYPE_CHECKING:
    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task

__all__ = [
    "call_worker",
    "call_workers",
    "clear_tombstones",
    "dismiss",
    "drop_pace",
    "enqueue",
    "give_slot",
    "is_plain",
    "may_leave",
    "rearm",
    "sit_idle",
    "take",
    "take_part",
    "take_slot",
    "withdraw",
]

_FEW_TOMBSTONES = 1000


def enqueue(state: PoolState, node: Node, task: Task) -> None:
    """Append a task to the queue of its scope."""
    node.queue.append(task)
    take_part(state, node)


def take_part(state: PoolState, node: Node) -> None:
    """Let a scope take turns: there is something new in its queue."""
    if not node.in_ring and (not node.gate.closed or node.let_in):
        state.is_plain = False
        node.in_ring = True
        state.ring.append(node)


def _retire(state: PoolState, node: Node) -> None:
    """Take the first scope of the ring out of it, unless something has just been submitted to it.

    Those that have no room are asked to come back by whoever makes room.
    """
    state.ring.popleft()
    node.in_ring = False
    if node.can_start() and node.has_room():
        take_part(state, node)


def call_worker(state: PoolState) -> Seat | None:
    """Call for one more worker, if one could find a task: an idle one, or a new one.

    The seat of a new one is not among `state.seats` yet: the caller starts its thread.
    """
    root, ring = state.root, state.ring
    coming = state.coming
    if coming >= root.limit - root.slots or state.broken:
        return None
    while ring and not (ring[0].can_start() and ring[0].has_room()):
        _retire(state, ring[0])
    if not ring or (coming and coming >= state.backlog()):
        return None
    state.coming = coming + 1
    if state.idle:
        seat = state.idle.popleft()
        seat.called = True
        return seat
    return Seat()


def call_workers(state: PoolState) -> list[Seat]:
    """Call for as many workers as could find a task now."""
    seats: list[Seat] = []
    if not state.ring:
        return seats
    while (seat := call_worker(state)) is not None:
        seats.append(seat)
    return seats


def take(state: PoolState, seat: Seat) -> Task | None:
    """Let the next task start on *seat*: None if there is none that may, or no slot.

    While a call is deferred nothing starts: it may be a pause that has returned already.
    """
    root, ring = state.root, state.ring
    while ring and root.slots < root.limit and not state.deferred:
        node = ring[0]
        task = _next_of(node) if node.can_start() and node.has_room() else None
        if task is None:
            _retire(state, node)
            continue
        if len(ring) > 1:
            ring.rotate(-1)
        task._state = RUNNING
        task.seat = seat
        seat.task = task
        task.started_at = clock()
        take_slot(state, node)
        if state.observed:
            state.emit(node, TaskStarted(node.name, wall_clock(), task.name))
        state.is_plain = is_plain(state)
        return task
    return None


def is_plain(state: PoolState) -> bool:
    """Say whether nothing is going on in a pool but that one queue is worked off.

    Whoever does anything else lowers `PoolState.is_plain` before; `take` raises it again.
    """
    root, ring = state.root, state.ring
    return (
        len(ring) == 1
        and ring[0] is root
        and root.slots <= root.limit
        and not root.gate.closed
        and root.pace is None
        and root.rule is None
        and not (root.aside or state.back or state.stopped or state.guests)
        and not (state.waiting or state.observed or state.deferred)
    )


def _next_of(node: Node) -> Task | None:
    """Take the first task that is neither cancelled nor held on its own out of the queue."""
    for task in node.let_in:
        if not task.gate.closed:
            del node.let_in[task], node.aside[task]
            return task
    queue = node.queue
    while queue and not node.gate.closed:
        task = queue.popleft()
        if task._state != PENDING:
            node.tombstones -= 1
        elif task.gate is not node.gate and task.gate.closed:
            node.state.is_plain = False
            node.aside[task] = None
        else:
            return task
    return None


def take_slot(state: PoolState, node: Node) -> None:
    """Count one more task of *node* that holds a slot and runs; consume the paces on its path."""
    each: Node | None = node
    while each is not None:
        each.slots += 1
        each.active += 1
        if each.pace is not None:
            _consume_pace(state, each)
        each = each.parent


def _consume_pace(state: PoolState, node: Node) -> None:
    pace = node.pace
    if pace is None:
        return
    delay = pace.let_one_go()
    if delay is None:
        drop_pace(state, node)
        rearm(state, node)  # its scopes may have left the rings while the pace was not ready
        state.outbox.append(state.call_all)
    else:
        state.outbox.append(lambda: state.schedule_pace(node, pace, delay))


def drop_pace(state: PoolState, node: Node) -> None:
    """Let the tasks of *node* no longer go one by one."""
    if node.pace is not None and node.pace.alarm is not None:
        state.outbox.append(node.pace.alarm.cancel)
    node.pace = None


def give_slot(state: PoolState, node: Node) -> None:
    """Count one slot fewer; scopes whose limit has room again may take part once more."""
    each: Node | None = node
    while each is not None:
        each.slots -= 1
        if each.parent is not None and each.slots == each.limit - 1:
            rearm(state, each)
        each = each.parent


def rearm(state: PoolState, node: Node) -> None:
    """Let the scopes from *node* downwards take part in the rings again."""
    for each in node.below():
        if each.can_start():
            take_part(state, each)
        if not each.in_back and each.returning:
            state.is_plain = False
            each.in_back = True
            state.back.append(each)


def withdraw(state: PoolState, task: Task, wakes: list[Wakeable]) -> None:
    """Take a task that will not start out of the counts; its queue entry becomes a tombstone."""
    node = task.node
    if node is None:
        return
    if task in node.aside:
        del node.aside[task]
        node.let_in.pop(task, None)
    else:
        node.tombstones += 1
    if state.is_closing and not node.queued and not state.unstarted:
        wakes.extend(dismiss(state))
    tell_waiters(state, node, wakes)


def clear_tombstones(node: Node) -> None:
    """Clear a queue of what will not start, if that is the larger part. Others may append."""
    queue = node.queue
    if 2 * node.tombstones <= len(queue) + _FEW_TOMBSTONES:
        return
    kept: list[Task] = []
    try:
        for _ in range(len(queue)):
            if queue[0]._state == PENDING:
                kept.append(queue.popleft())
            else:
                queue.popleft()
                node.tombstones -= 1
    finally:  # also after a Ctrl-C
        queue.extendleft(reversed(kept))


def may_leave(state: PoolState) -> bool:
    """Say whether a worker that found no task is one too many."""
    if state.is_closing and not state.unstarted:
        return True
    root = state.root
    return len(state.idle) + state.coming + root.slots >= root.limit


def sit_idle(state: PoolState, seat: Seat) -> None:
    """Note that whoever has work for this worker may wake it.

    Workers that are idle take turns, as those of the stdlib's pool do. Were the last one always
    called first, a round trip would run on the same two threads for ever, and where the scheduler
    keeps each on a processor of its own, every trip would wake up a sleeping processor twice.
    """
    state.idle.append(seat)
    seat.is_idle = True


def dismiss(state: PoolState) -> list[Wakeable]:
    """Call all idle workers, so that they look and, finding that nothing will come, leave."""
    seats = list(state.idle)
    state.idle.clear()
    state.coming += len(seats)
    for seat in seats:
        seat.called = True
    return [seat.parker for seat in seats]

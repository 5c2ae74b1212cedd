"""The run of tasks on a seat: one is looked for, begins, ends, and its slot goes on to the next.

While nothing is going on but that the pool's own queue is worked off (`Pool.is_plain`), the slot
passes from the task that has ended to the next one: no count but one changes. In all other cases
the slot is given back, and whoever is entitled to it takes it; the worker may become idle.

Every function here is called under the pool's lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.audience import emit_of
from pausable._core.end import end_holds
from pausable._core.lines import take_turns
from pausable._core.queue import drop_first
from pausable._core.rest import grant
from pausable._core.seats import dismiss, give_up
from pausable._core.slots import free_slot, take_slot
from pausable._core.states import PENDING, RUNNING
from pausable._core.times import clock
from pausable._core.turns import has_room, retire
from pausable._core.waiters import look_again
from pausable.events import TaskStarted

if TYPE_CHECKING:
    from pausable._core.pool import Pool
    from pausable._core.ports import Seat
    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit

__all__ = [
    "begin",
    "find_task",
    "follow",
    "hand_over",
    "is_plain",
    "let_others_go",
    "look_for_task",
    "may_leave",
    "rise_or_stay",
    "sit_idle",
    "start",
    "take",
    "take_over",
]

# A task begins.


def look_for_task(visit: Visit, seat: Seat) -> tuple[Task | None, bool]:
    """Begin the next task on *seat*, having been called or woken; or sit idle, or leave for good.

    Returns the task, and whether the seat was left. Who sits idle looks again when it is woken.
    """
    task = find_task(visit, seat)
    if visit.pool.room is not None:
        visit.pool.room.rouse(visit)
    return task, task is None and rise_or_stay(visit, seat)


def find_task(visit: Visit, seat: Seat) -> Task | None:
    """Look for a task, having been called for, or woken for nothing."""
    pool = visit.pool
    seat.is_idle = False
    task: Task | None = seat.task
    seats = pool.seats
    if task is not None or seat not in seats:  # or this is a forked child
        return task
    if seat in seats.called:
        del seats.called[seat]
    elif seat in seats.idle:
        seats.idle.remove(seat)
    return take(visit, seat) if seat.is_ready else None


def take(visit: Visit, seat: Seat) -> Task | None:
    """Let the next task start on *seat*: None if there is none that may, or no slot.

    While a call is postponed nothing starts: it may be a pause that has returned already.
    """
    pool = visit.pool
    root, ring = pool.root, pool.lines.ring
    slots = root.slots
    while ring and slots.taken < slots.limit and not pool.postponed:
        node: Node = ring[0]
        goes = (node is root and slots.pace is None) or has_room(node)
        task = _start_next(visit, node, seat) if goes else None
        if task is None:
            retire(pool, node)
            continue
        if len(ring) > 1:
            take_turns(ring)
        return task
    return None


def _start_next(visit: Visit, node: Node, seat: Seat) -> Task | None:
    """Start the first task of a scope that is neither cancelled nor held on its own."""
    queue = node.queue
    for task in queue.let_in:
        if not task._p_gate.closed:
            if not _begin_next(visit, task, seat):
                return None
            del queue.let_in[task], queue.aside[task]
            return task
    while queue and not node.gate.closed:
        task = queue[0]
        if task._state != PENDING:
            drop_first(visit, queue)
        elif task._p_gate is not node.gate and task._p_gate.closed:
            visit.pool.is_plain = False
            queue.aside[task] = None
            queue.popleft()
        elif _begin_next(visit, task, seat):
            queue.popleft()
            return task
        else:
            break
    return None


def _begin_next(visit: Visit, task: Task, seat: Seat) -> bool:
    visit.pool.is_plain = is_plain(visit.pool)  # raised here, and nowhere else
    return begin(visit, task, seat)


def begin(visit: Visit, task: Task, seat: Seat) -> bool:
    """Let a task run on *seat*, in a slot; false if a call is postponed: see `take`.

    Whatever its gate, its limits and its place in the queue say: those are for the caller to ask.
    """
    pool = visit.pool
    if not start(pool, seat, task, clock()):
        return False
    take_slot(visit, task._p_node)
    if pool.demand.is_followed:
        emit_of(task, TaskStarted)
    return True


def start(pool: Pool, seat: Seat, task: Task, now: float) -> bool:
    """Write down that a task runs on *seat*, unless a call is postponed: see `take`.

    The state comes last; the task is still where it was queued.
    """
    if pool.postponed:  # from here to the end nothing is called: no signal handler comes between
        return False
    seat.task = task
    task._p_seat = seat
    task._p_started_at = now
    task._state = RUNNING
    return True


def is_plain(pool: Pool) -> bool:
    """Say whether nothing is going on in a pool but that one queue is worked off.

    Whoever does anything else lowers `Pool.is_plain` before; `take` raises it again.
    """
    root, lines, others = pool.root, pool.lines, pool.others
    slots, ring = root.slots, lines.ring
    return (
        len(ring) == 1
        and ring[0] is root
        and slots.taken <= slots.limit
        and not root.gate.closed
        and slots.pace is None
        and root.rules.fault is None
        and pool.room is None
        and not (root.queue.aside or lines.back or lines.stopped)
        and not (others.guests or others.waiting or pool.postponed)
    )


def hand_over(pool: Pool, task: Task, now: float) -> Seat | None:
    """Start a task that is being submitted on an idle worker: it will find it in its seat.

    None if the pool is not plain, or if there is none, or if others come first.
    """
    root, seats = pool.root, pool.seats
    slots, idle = root.slots, seats.idle
    if not (
        pool.is_plain
        and idle
        and idle[0].is_ready
        and not root.queue
        and slots.taken + len(seats.called) < slots.limit
        and not root.gate.closed
    ):
        return None
    seat = idle[0]
    if not start(pool, seat, task, now):
        return None
    idle.popleft()
    slots.taken += 1
    slots.active += 1
    return seat


# A task has ended.


def follow(visit: Visit, node: Node, seat: Seat, now: float) -> Task | None:
    """Start the next task of a pool that is plain, on the slot of one that has ended.

    None if the queue is empty, or if its next task is held, or a call is postponed.
    """
    queue, gate = node.queue, node.gate
    while queue:
        task: Task = queue[0]
        if task._state != PENDING:
            drop_first(visit, queue)
        elif task._p_gate is gate and start(visit.pool, seat, task, now):
            queue.popleft()
            return task
        else:
            break
    return None


def take_over(visit: Visit, node: Node, seat: Seat) -> Task | None:
    """Let the slot of a task of *node*, which has ended on *seat*, go on."""
    pool = visit.pool
    if pool.is_plain and node.parent is None:
        node.slots.active -= 1
        node.slots.taken -= 1
        following = take(visit, seat) if node.queue else None
    else:
        free_slot(visit, node)
        let_others_go(visit, node)
        following = take(visit, seat) if pool.lines.ring else None
    if pool.room is not None:
        pool.room.rouse(visit)
    if following is None and not may_leave(pool):
        sit_idle(pool, seat)
    return following


def let_others_go(visit: Visit, node: Node) -> None:
    """Let those go on that the slot of a task of *node* is for, and tell who waits for its end."""
    pool = visit.pool
    if pool.lines.back or pool.lines.stopped:
        grant(visit)
    if pool.others.waiting or pool.demand.observed:
        look_again(visit, node)


# There is no task.


def may_leave(pool: Pool) -> bool:
    """Say whether a worker that found no task is one too many."""
    if pool.end.is_closing and pool.is_worked_off():
        return True
    slots, seats = pool.root.slots, pool.seats
    return len(seats.idle) + len(seats.called) + slots.taken >= slots.limit


def sit_idle(pool: Pool, seat: Seat) -> None:
    """Note that whoever has work for this worker may wake it.

    Workers that are idle take turns, as those of the stdlib's pool do. Were the last one always
    called first, a round trip would run on the same two threads for ever, and where the scheduler
    keeps each on a processor of its own, every trip would wake up a sleeping processor twice.
    """
    pool.seats.idle.append(seat)
    seat.is_idle = True


def rise_or_stay(visit: Visit, seat: Seat) -> bool:
    """Leave if this worker, which has found no task, is one too many; else sit idle."""
    pool = visit.pool
    leaves = seat not in pool.seats or may_leave(pool)
    if leaves:
        _leave(visit, seat)
    else:
        sit_idle(pool, seat)
    return leaves


def _leave(visit: Visit, seat: Seat) -> None:
    """Leave for good; when the pool closes, the others that are idle follow."""
    pool = visit.pool
    if seat not in pool.seats:  # this is a forked child
        return
    root = pool.root  # once the last seat is gone, the pool may let go of it: see `Crew`
    give_up(visit, seat)
    if pool.end.is_closing:
        dismiss(visit)
        if not (pool.seats or pool.seats.called or root.unfinished()):
            end_holds(visit, root)

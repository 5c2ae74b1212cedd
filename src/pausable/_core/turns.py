"""The turns that scopes take: which of those that want a slot comes first, and who is called.

Two lines of scopes wait for slots: those with tasks that may start (`Lines.ring`), and those with
tasks at rest that may go on (`Lines.back`). In both, those with the highest priority stand first,
and those with the same take turns. Who stands first and cannot go leaves the line, so that nobody
is kept waiting by one that its limit or its gate keeps from going, and is put back by whoever
changes that (`rearm`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pausable._core.lines import line_up, rank_of
from pausable._core.seats import NEEDS_SPARE, call_idle, wants_spare
from pausable._core.states import PENDING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable._core.task import Task

__all__ = [
    "backlog",
    "call_spare",
    "call_worker",
    "call_workers",
    "can_start",
    "enqueue",
    "has_room",
    "is_left_out",
    "mend_lines",
    "rearm",
    "retire",
    "startable",
    "take_part",
    "wrong_with_lines",
]


# Who could go.


def has_room(node: Any) -> bool:
    """Say whether one more task may take a slot: by the limits and paces all the way up."""
    while node is not None:
        slots = node.slots
        if slots.taken >= slots.limit or (slots.pace is not None and not slots.pace.is_ready):
            return False
        node = node.parent
    return True


def can_start(node: Any) -> bool:
    """Say whether there is a task in a scope that its gate would let start."""
    queue = node.queue
    if queue.let_in and any(not task._p_gate.closed for task in queue.let_in):
        return True
    return len(queue) > queue.tombstones and not node.gate.closed


def startable(node: Any) -> int:
    """Count the tasks of a scope that may start, but for limits and slots; or a few more."""
    queue = node.queue
    return (0 if node.gate.closed else len(queue) - queue.tombstones) + len(queue.let_in)


def backlog(pool: Any) -> float:
    """Count the queued tasks that may start, but for the number of slots. Under the lock."""
    able = [node for node in pool.lines.ring if can_start(node) and has_room(node)]
    count: float = sum(min(startable(n), n.slots.limit - n.slots.taken) for n in able)
    return count


# Who takes part.


def enqueue(pool: Any, node: Any, task: Task) -> None:
    """Append a task to the queue of its scope."""
    node.queue.append(task)
    take_part(pool, node)


def take_part(pool: Any, node: Any) -> None:
    """Let a scope take turns: there is something new in its queue."""
    turn = node.turn
    if not turn.in_ring and (not node.gate.closed or node.queue.let_in):
        pool.is_plain = False
        turn.in_ring = True
        ring = pool.lines.ring
        if ring:
            line_up(ring, node)
        else:
            ring.append(node)


def retire(pool: Any, node: Any) -> None:
    """Take the first scope of the ring out of it, unless something has just been submitted to it.

    Those that have no room are asked to come back by whoever makes room.
    """
    pool.lines.ring.popleft()
    node.turn.in_ring = False
    if can_start(node) and has_room(node):
        take_part(pool, node)


def rearm(visit: Any, node: Any) -> None:
    """Let the scopes from *node* downwards take turns again, and all go who may."""
    visit.opens = True
    _come_back(visit, node)


def _come_back(visit: Any, node: Any) -> None:
    pool = visit.pool
    if (node.queue or node.queue.let_in) and can_start(node):
        take_part(pool, node)
    if node.resters.returning and not node.turn.in_back:
        pool.is_plain = False
        node.turn.in_back = True
        line_up(pool.lines.back, node)
    if node.queue.arrived:
        visit.wakes += [task._p_seat for task in node.queue.arrived if not task._p_gate.closed]
    for child in tuple(node.children.values()):
        _come_back(visit, child)


# Who is called.


def call_worker(visit: Any) -> bool:
    """Call for one more worker, if one could find a task: an idle one, or a new one.

    The seat of a new one is not among `Seats` before its thread is being started.
    """
    pool = visit.pool
    slots, ring, seats = pool.root.slots, pool.lines.ring, pool.seats
    coming = len(seats.called)
    if coming >= slots.limit - slots.taken or pool.end.broken:
        return False
    while ring and not (can_start(ring[0]) and has_room(ring[0])):
        retire(pool, ring[0])
    if not ring or (coming and coming >= backlog(pool)):
        return False
    if seats.idle:
        visit.seats.append(call_idle(seats))
    else:
        _call_new(visit)
    return True


def call_workers(visit: Any) -> None:
    """Call for as many workers as could find a task now."""
    while visit.pool.lines.ring and call_worker(visit):
        pass


def call_spare(visit: Any, node: Any) -> None:
    """Call for a first worker though the gate is closed: see `NEEDS_SPARE`."""
    pool = visit.pool
    if NEEDS_SPARE and not pool.seats.called and not pool.end.broken and wants_spare(pool, node):
        _call_new(visit)


def _call_new(visit: Any) -> None:
    seat = visit.pool.adapter.new_seat()
    visit.pool.seats.called[seat] = None
    visit.seats.append(seat)


# To make it anew, and to check it.


def mend_lines(pool: Any) -> None:
    """Let those stand in the lines again who have something to go on with."""
    lines = pool.lines
    lines.ring.clear()
    lines.back.clear()
    for node in pool.root.below():
        turn = node.turn
        turn.in_ring, turn.in_back = can_start(node), bool(node.resters.returning)
        if turn.in_ring:
            line_up(lines.ring, node)
        if turn.in_back:
            line_up(lines.back, node)


def wrong_with_lines(pool: Any) -> Iterator[str]:
    """Say who stands in a line and should not, or should and does not."""
    nodes = list(pool.root.below())
    lines, seats = pool.lines, pool.seats
    for name, line, flag in (("ring", lines.ring, "in_ring"), ("back", lines.back, "in_back")):
        times = Counter(line)
        for node in nodes:
            is_in = getattr(node.turn, flag)
            if times[node] != is_in:
                yield f"{node.name!r} is {times[node]} times in {name}, {flag}={is_in}"
        ranks = [(*node.turn.rank, *[0] * (len(nodes) - len(node.turn.rank))) for node in line]
        if ranks != sorted(ranks, reverse=True):
            yield f"{name} is not in the order of priorities: {ranks}"
    for node in nodes:
        if node.turn.rank != rank_of([each.turn.priority for each in node.path()]):
            yield f"{node.name!r} has the rank {node.turn.rank}"
        if _startable_now(node) and not node.turn.in_ring and not is_left_out(pool, node):
            yield f"{node.name!r} could start a task, and is not in the ring"
    between = (
        each.task is None and each not in seats.called and each not in seats.idle for each in seats
    )
    lookers = len(seats.called) + sum(between)
    wanted = _capacity(pool.root)
    if wanted > lookers and not pool.end.broken:
        yield f"lost wake-up: {wanted} more tasks could start, and {lookers} workers look for one"


def _startable_now(node: Any) -> int:
    """Count the tasks of a scope that may start, but for limits and slots, one by one."""
    let_in: int = sum(not task._p_gate.closed for task in node.queue.let_in)
    if node.gate.closed:
        return let_in
    queued: int = sum(
        task._state == PENDING and not task._p_gate.closed for task in tuple(node.queue)
    )
    return let_in + queued


def is_left_out(pool: Any, node: Any) -> bool:
    """Say whether there is a reason to leave a scope out of the lines that somebody will end."""
    return any(
        (each.slots.taken >= each.slots.limit and each is not pool.root)
        or (each.slots.pace is not None and not each.slots.pace.is_ready)
        for each in node.path()
    )


def _capacity(node: Any) -> int:
    """Count the queued tasks that gates, limits and paces would let start now, all together."""
    slots = node.slots
    room = slots.limit - slots.taken
    if slots.pace is not None:
        room = min(room, int(slots.pace.is_ready))
    there = _startable_now(node) + sum(map(_capacity, node.children.values()))
    return int(max(0, min(room, there)))

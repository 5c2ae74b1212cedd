"""The invariants of a pool's state, checked by brute force: counts are counted, rings are walked.

`violations` looks at the state of one pool while its lock is held (or without any thread) and says,
one sentence each, what is not as the docstrings of `pausable._core` promise. Shared by the state
machine that drives the core without threads and by the chaos test.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pausable._core.attention import attention
from pausable._core.barring import is_barred
from pausable._core.states import PENDING, RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pausable._core.gates import Gate, HoldRecord
    from pausable._core.nodes import Node
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task

__all__ = ["lookers", "slots_of", "violations"]


def violations(state: PoolState, known: Iterable[Task] = ()) -> list[str]:
    """List what is wrong; *known* are tasks of the pool that somebody else has kept an eye on."""
    return [
        *_lost_tasks(state, known),
        *(said for node in state.root.below() for said in _of_node(state, node)),
        *_of_stopped(state),
        *_of_rings(state),
        *_of_wake_ups(state),
        *_of_plainness(state),
    ]


def _of_plainness(state: PoolState) -> Iterator[str]:
    if not state.is_plain:
        return
    root = state.root
    oddities = {
        "a group in the ring": [node.name for node in state.ring if node is not root],
        "a closed gate": root.gate.closed,
        "more slots than the limit": root.slots > root.limit,
        "a pace": root.pace,
        "tasks set aside": root.aside,
        "tasks that return": state.back,
        "tasks to stop": state.stopped,
        "guests": state.guests,
        "waiters": state.waiting,
        "observers": state.observed,
        "deferred calls": state.deferred,
    }
    for name, there in oddities.items():
        if there:
            yield f"the pool is said to be plain, but there is {name}: {there}"


def started(state: PoolState, node: Node) -> list[Task]:
    """List the tasks of this very scope that are on a seat."""
    return [seat.task for seat in state.seats if seat.task is not None and seat.task.node is node]


def has_slot(task: Task) -> bool:
    """Say whether a task that is on a seat has to count as holding a slot."""
    record = task.rest
    if record is None or record.since is None:
        return True
    return record.quiet and not record.slotless


def slots_of(state: PoolState, node: Node) -> int:
    """Count the slots that the tasks of a scope hold, those below it included."""
    return sum(has_slot(task) for each in node.below() for task in started(state, each))


def _lost_tasks(state: PoolState, known: Iterable[Task]) -> Iterator[str]:
    on_seats = {seat.task for seat in state.seats}
    for task in known:
        node = task.node
        assert node is not None
        if task._state == PENDING and task not in node.queue and task not in node.aside:
            yield f"{task.name} is lost: pending, but nowhere in {node.name!r}"
        if task._state == RUNNING and task.ended_at is None and task not in on_seats:
            yield f"{task.name} is lost: running, but on no seat"


def _of_node(state: PoolState, node: Node) -> Iterator[str]:
    yield from _of_queue(node)
    yield from _of_rest(state, node)
    tasks = [task for each in node.below() for task in started(state, each)]
    active = sum(not task.is_at_rest() for task in tasks)
    counted = {
        "slots": slots_of(state, node),
        "active": active,
        "at_rest": sum(task.is_at_rest() for task in started(state, node)),
        "finishing": sum(task.ended_at is not None for task in started(state, node)),
    }
    for name, number in counted.items():
        if getattr(node, name) != number:
            yield f"{node.name!r}.{name} is {getattr(node, name)}, counted {number}"
    if node.active > node.slots:
        yield f"{node.name!r}: active {node.active} > slots {node.slots}"
    yield from _of_gate(node.gate, node.name)


def _of_queue(node: Node) -> Iterator[str]:
    waiting = Counter(task for task in (*node.queue, *node.aside) if task._state == PENDING)
    for task, times in waiting.items():
        if times > 1:
            yield f"{task.name} is queued {times} times"
    if node.queued != len(waiting):
        yield f"{node.name!r}.queued is {node.queued}, counted {len(waiting)}"
    for task in node.aside:
        if task._state != PENDING:
            yield f"{task.name} is set aside, but {task._state}"
        elif task in node.faults or task in node.let_in:
            continue
        elif task.gate is node.gate or not task.gate.holds:
            yield f"{task.name} is set aside, but nobody holds it"


def _of_rest(state: PoolState, node: Node) -> Iterator[str]:
    tasks = started(state, node)
    for name, there, counted in (
        ("quiet", set(node.quiet), {task for task in tasks if task.rest and task.rest.quiet}),
        ("rested", set(node.rested), {task for task in tasks if _is_parked(state, task)}),
    ):
        if there != counted:
            yield f"{node.name!r}.{name} is {_names(there)}, but it is so of {_names(counted)}"
    for task in node.rested:
        if not is_barred(task):
            yield f"{task.name} rests at a gate that is open to it"
    for task in tasks:
        if task.rest is not None and task.rest.returning:
            yield from _of_returning(state, node, task)


def _is_parked(state: PoolState, task: Task) -> bool:
    """Say whether a task is at rest and its gate is all that it waits for."""
    record = task.rest
    if record is None or record.since is None:
        return False
    return not record.quiet and not record.returning and task not in state.stopped


def _of_returning(state: PoolState, node: Node, task: Task) -> Iterator[str]:
    if task not in node.returning:
        yield f"{task.name} waits for a slot, but does not queue for one"
    if is_barred(task):
        yield f"{task.name} queues for a slot before a closed gate"
    if node.has_room():
        yield f"{task.name} queues for a slot, and could have one"
    if not node.in_back and not _is_left_out(state, node):
        yield f"{task.name} queues for a slot, and nobody would give {node.name!r} one"


def _of_stopped(state: PoolState) -> Iterator[str]:
    root = state.root
    for task in state.stopped:
        if not task.is_at_rest() or task.rest is None or task.rest.quiet or task.rest.returning:
            yield f"{task.name} is to stop, but it does not wait for a slot"
        if root.slots < root.limit:
            yield f"{task.name} is to stop, and could have a slot"


def _of_gate(gate: Gate, name: str) -> Iterator[str]:
    holds = list(gate.all_holds())
    if gate.closed != bool(holds):
        yield f"the gate of {name!r} is closed={gate.closed} with {len(holds)} holds"
    resting = any(_stops_running(hold) for hold in holds)
    if gate.closed_to_running != resting:
        yield f"the gate of {name!r} is closed_to_running={gate.closed_to_running}, not {resting}"
    if (gate in attention) != any(_stops_running(hold) for hold in gate.holds):
        yield f"the gate of {name!r} is in attention: {gate in attention}, and should not"


def _stops_running(hold: HoldRecord) -> bool:
    return hold.running == "rest" or hold.is_confirmed


def _of_rings(state: PoolState) -> Iterator[str]:
    nodes = list(state.root.below())
    for name, ring, flag in (("ring", state.ring, "in_ring"), ("back", state.back, "in_back")):
        times = Counter(ring)
        for node in nodes:
            if times[node] != getattr(node, flag):
                yield f"{node.name!r} is {times[node]} times in {name}, {flag}={node.in_ring}"
    for node in nodes:
        if _startable(node) and not node.in_ring and not _is_left_out(state, node):
            yield f"{node.name!r} could start a task, and is not in the ring"
    waiters = sum(len(node.waiters) for node in nodes)
    if state.waiting < waiters:  # some wait for a group that has left the tree
        yield f"waiting is {state.waiting}, counted {waiters}"


def _is_left_out(state: PoolState, node: Node) -> bool:
    """Say whether there is a reason to leave a scope out of the rings that somebody will end."""
    return any(
        (each.slots >= each.limit and each is not state.root)
        or (each.pace is not None and not each.pace.is_ready)
        for each in node.path()
    )


def _of_wake_ups(state: PoolState) -> Iterator[str]:
    called = sum(seat.called for seat in state.seats)
    if state.coming < called:
        yield f"coming is {state.coming}, but {called} have been called"
    for seat in state.idle:
        if seat.task is not None or seat.called:
            yield "an idle worker has a task, or has been called"
    wanted, there = _capacity(state.root), lookers(state)
    if wanted > there:
        yield f"lost wake-up: {wanted} more tasks could start, and {there} workers look for one"


def lookers(state: PoolState) -> int:
    """Count the workers that are on their way to look for a task."""
    between = (
        seat.task is None and not seat.called and seat not in state.idle for seat in state.seats
    )
    return state.coming + sum(between)


def _capacity(node: Node) -> int:
    """Count the queued tasks that gates, limits and paces would let start now, all together."""
    room = node.limit - node.slots
    if node.pace is not None:
        room = min(room, int(node.pace.is_ready))
    there = _startable(node) + sum(_capacity(child) for child in node.children.values())
    return int(max(0, min(room, there)))


def _startable(node: Node) -> int:
    let_in = sum(not task.gate.closed for task in node.let_in)
    if node.gate.closed:
        return let_in
    return let_in + sum(task._state == PENDING and not task.gate.closed for task in node.queue)


def _names(tasks: set[Task]) -> list[str]:
    return sorted(task.name for task in tasks)

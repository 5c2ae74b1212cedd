"""What holds do: a gate closes or opens, and with it everything below.

Every function here is called under the pool's lock and appends the threads to wake to *wakes*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.attention import attention
from pausable._core.barring import is_barred
from pausable._core.chasing import call_engine
from pausable._core.ending import note_ends, rouse_guests
from pausable._core.gates import Gate
from pausable._core.resting import grant, pause_quiet, send_back
from pausable._core.starting import drop_pace, rearm
from pausable._core.times import clock, wall_clock
from pausable._core.watching import tell_waiters
from pausable.events import ScopeQuiescent

if TYPE_CHECKING:
    from pausable._core.gates import HoldRecord
    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task

__all__ = [
    "confirm",
    "drop_gate",
    "end_holds",
    "place_on_node",
    "place_on_task",
    "release_from_node",
    "release_from_task",
]


def place_on_node(state: PoolState, node: Node, hold: HoldRecord, wakes: list[Wakeable]) -> None:
    """Close the gate of a pool or group. From here on, no task of it starts."""
    state.is_plain = False
    node.gate.place(hold)
    _heed(node.gate)
    was_paced = node.pace is not None
    drop_pace(state, node)
    now = clock()
    for each in node.below():
        if each.gate.closed and each.closed_since is None:
            each.closed_since = now
        if each.gate.closed_to_running:
            pause_quiet(state, each, now, wakes)
    if was_paced:  # those who may go on in spite of the hold need not go one by one
        rearm(state, node)
        grant(state, wakes)
    wake_guests(state, wakes)
    call_engine(state, wakes)
    if state.observed and not node.active:
        state.emit(node, ScopeQuiescent(node.name, wall_clock()))


def release_from_node(
    state: PoolState, node: Node, hold: HoldRecord, wakes: list[Wakeable]
) -> bool:
    """Take a hold from a pool or group; False if it was gone already."""
    if not node.gate.release(hold):
        return False
    _heed(node.gate)
    now = clock()
    for each in node.below():
        if not each.gate.closed and each.closed_since is not None:
            each.closed_for += now - each.closed_since
            each.closed_since = None
        send_back(state, each, now)
    rearm(state, node)
    grant(state, wakes)
    wake_guests(state, wakes)
    tell_waiters(state, node, wakes)
    return True


def place_on_task(
    state: PoolState, node: Node, task: Task, hold: HoldRecord, wakes: list[Wakeable]
) -> None:
    """Close the own gate, made now if it has none, of a task that is not over."""
    if task.gate is node.gate:
        task.gate = Gate(node.gate)
    task.gate.place(hold)
    _heed(task.gate)
    if is_barred(task):
        pause_quiet(state, node, clock(), wakes)
    wake_guests(state, wakes)
    call_engine(state, wakes)


def release_from_task(
    state: PoolState, node: Node, task: Task, hold: HoldRecord, wakes: list[Wakeable]
) -> bool:
    """Take a hold from a task; False if it was gone already."""
    gate = task.gate
    if gate is node.gate or not gate.release(hold):
        return False
    _heed(gate)
    drop_gate(node, task)
    send_back(state, node, clock())
    rearm(state, node)
    grant(state, wakes)
    wake_guests(state, wakes)
    tell_waiters(state, node, wakes)
    return True


def drop_gate(node: Node, task: Task) -> None:
    """Take its own gate from a task that has one and needs it no longer. Under the lock."""
    gate = task.gate
    if gate is node.gate or gate.holds or gate.waived:
        return
    gate.detach()
    task.gate = node.gate
    if task in node.aside and task not in node.faults:
        node.put_back(task)


def confirm(state: PoolState, node: Node, hold: HoldRecord, gate: Gate) -> None:
    """Note that somebody relies on the scope of *gate* being quiescent under *hold*.

    From here on no task of it runs before the hold has ended, not even one that had placed an
    older hold itself and was at rest. Under the lock.
    """
    if hold.is_confirmed:
        return
    hold.is_confirmed = True
    if hold.running == "finish":
        gate.refresh()
        _heed(gate)
    # Some that might have gone on may not now: those with older holds of their own, and under a
    # "finish" hold those in quiet blocks. Their slots are for others.
    if not any(each.quiet or each.returning for each in node.below()):
        return
    now = clock()
    wakes: list[Wakeable] = []
    for each in node.below():
        pause_quiet(state, each, now, wakes)
    call_engine(state, wakes)
    state.outbox.extend(wakeable.wake for wakeable in wakes)
    state.outbox.append(state.call_all)


def end_holds(state: PoolState, node: Node) -> None:
    """Let go of all holds and paces of a scope of which nothing is left. Under the lock."""
    for each in node.below():
        drop_pace(state, each)
        note_ends(each, each.name, each.gate)
        for hold in tuple(each.gate.holds):
            each.gate.release(hold)
        attention.discard(each.gate)
        state.outbox.extend(guard.look_around for guard in each.guards)
    rouse_guests(state)


def _heed(gate: Gate) -> None:
    if gate.holds_running():
        attention.add(gate)
    else:
        attention.discard(gate)


def wake_guests(state: PoolState, wakes: list[Wakeable]) -> None:
    """Let the threads that tasks have started look at their gates again."""
    wakes.extend(state.guests)

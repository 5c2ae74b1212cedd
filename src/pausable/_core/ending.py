"""How a task ends: it gives its slot back, is counted as done, and leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.attention import attention
from pausable._core.gates import hold_status
from pausable._core.resting import grant
from pausable._core.starting import drop_pace, give_slot
from pausable._core.times import clock, wall_clock
from pausable._core.watching import look_again
from pausable.events import HoldReleased, TaskEnded

if TYPE_CHECKING:
    from pausable._core.gates import Gate
    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task
    from pausable.events import Outcome

__all__ = ["end", "forget", "free_slot", "note_ends", "rouse_guests"]


def end(state: PoolState, node: Node, task: Task, outcome: Outcome, now: float) -> None:
    """Count a task that ran as done. It holds its slot until `free_slot`. Under the lock."""
    node.done += 1
    task.ended_at = now
    forget(node, task)
    if state.observed:
        emit_end(state, node, task, outcome)


def forget(node: Node, task: Task) -> None:
    """Let go of whatever was requested of a task that is over. Under the lock."""
    if task.stop_reason is not None:
        attention.discard(task)
    fault = node.faults.pop(task, None) if node.faults else None
    if fault is not None:
        node.state.outbox.append(fault.end)
    gate = task.gate
    if gate is not node.gate:
        note_ends(node, task.name, gate)
        gate.detach()
        attention.discard(gate)
        task.gate = node.gate
    if node.state.guests:
        rouse_guests(node.state)
    if task.rest is not None:
        task.rest.frame = task.rest.parker = None


def note_ends(node: Node, scope: str, gate: Gate) -> None:
    """Tell of the holds of a gate that end because what they hold is over. Under the lock."""
    state, now = node.state, clock()
    for hold in gate.holds:
        if hold.alarm is not None:
            state.outbox.append(hold.alarm.cancel)
        if state.observed:
            status = hold_status(scope, hold, now)
            state.emit(node, HoldReleased(node.name, wall_clock(), status))


def rouse_guests(state: PoolState) -> None:
    """Let the threads that tasks have started look again: they rest for those no longer."""
    state.outbox.extend(parker.wake for parker in state.guests)


def emit_end(state: PoolState, node: Node, task: Task, outcome: Outcome) -> None:
    """Put the event of a task's end into the outbox. Under the lock."""
    active, paused = task.times()
    state.emit(node, TaskEnded(node.name, wall_clock(), task.name, outcome, active, paused))


def free_slot(state: PoolState, node: Node, wakes: list[Wakeable]) -> None:
    """Give the slot of a task that has ended to whoever waits for one. Under the lock."""
    each: Node | None = node
    while each is not None:
        each.active -= 1
        each = each.parent
    give_slot(state, node)
    for above in node.path():
        if above.pace is not None and not above.unfinished():
            drop_pace(state, above)  # there is nobody left to go one by one
    if state.back or state.stopped:
        grant(state, wakes)
    if state.waiting or state.observed:
        look_again(state, node, wakes)

"""The conclusion of a task: it is counted and told of, its outcome is kept, and its slot goes on.

A task that nobody is to be told of takes one visit, in which its seat takes the next one. If it has
callbacks, or a condition, its outcome is published after that visit, outside the lock, and a second
one follows: see `scopes.outcome`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.attention import attention
from pausable._core.audience import emit_of
from pausable._core.end import note_ends
from pausable._core.run import let_others_go, take_over
from pausable._core.slots import free_slot
from pausable._core.states import CANCELLED_AND_NOTIFIED, FINISHED, RUNNING
from pausable._core.waiters import rouse_others
from pausable.events import TaskEnded

if TYPE_CHECKING:
    from pausable._core.ports import Seat
    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.events import Outcome

__all__ = ["FINAL", "conclude", "emit_end", "end_task", "finish", "forget"]

FINAL: dict[Outcome, str] = {
    "result": FINISHED,
    "exception": FINISHED,
    "cancelled": CANCELLED_AND_NOTIFIED,
    "stopped": CANCELLED_AND_NOTIFIED,
}
"""The state of a task that ran, by how it has ended."""


def conclude(
    visit: Visit,
    seat: Seat,
    task: Any,
    outcome: Outcome,
    result: object,
    error: BaseException | None,
    now: float,
) -> tuple[Task | None, Any, bool]:
    """Write down what *task* has come to at the time *now*.

    Returns the next task, whom to tell, and whether the state is final. If somebody is to be told
    there is no next task yet: the seat looks for one afterwards. Until `finish` a task with
    callbacks keeps its slot, and its seat.
    """
    node: Node = task._p_node
    if seat.task is not task:  # this is a child that the task has forked
        return None, None, True
    end_task(visit, node, task, _outcome_of(task, outcome), now)
    if node.rules.fault is not None and error is None:
        node.rules.fault.row = 0
    waiting = _write_down(visit, task, outcome, result, error)
    is_written = task._state != RUNNING
    if waiting is None:
        seat.task = None
        return take_over(visit, node, seat), None, is_written
    if waiting.callbacks:
        node.tally.finishing += 1
    else:
        _come_again(visit, node, seat)
    return None, waiting, is_written


def end_task(visit: Visit, node: Node, task: Task, outcome: Outcome, now: float) -> None:
    """Count a task that ran as done. It holds its slot until `free_slot`."""
    # Nothing is called in these lines: see `Tally`.
    task._p_ended_at = now
    node.tally.done += 1
    node.tally.ends[outcome] += 1
    forget(visit, node, task)
    emit_end(task, outcome)


def forget(visit: Visit, node: Node, task: Task) -> None:
    """Let go of whatever was requested of a task that is over."""
    if task._p_stop_reason is not None:
        attention.discard(task)
    fault = node.queue.faults.get(task) if node.queue.faults else None
    if fault is not None:
        visit.chores.append(fault.end)
        del node.queue.faults[task]
    gate = task._p_gate
    if gate is not node.gate:
        note_ends(visit, node, task, gate)
        gate.holds.clear()
        attention.discard(gate)
        gate.detach()
        task._p_gate = node.gate
    if visit.pool.others.guests:
        rouse_others(visit)
    if task._p_rest is not None:
        task._p_rest.frame = task._p_rest.parker = None


def emit_end(task: Task, outcome: Outcome) -> None:
    """Tell of a task's end, if anybody wants to know."""
    if task._p_node.pool.demand.is_followed:
        emit_of(task, TaskEnded, outcome, *task._p_times())


def _outcome_of(task: Any, outcome: Outcome) -> Outcome:
    """Return how a task has ended: as its future says, if that was concluded by hand."""
    if task._state == RUNNING:
        return outcome
    if task._state != FINISHED:
        return "cancelled"
    return "result" if task._exception is None else "exception"


def _write_down(
    visit: Visit, task: Any, outcome: Outcome, result: object, error: BaseException | None
) -> Any:
    """Keep the outcome; return whom to tell outside the lock, if there is anybody."""
    if task._state != RUNNING:
        return None  # it was concluded by hand, and everybody has been told
    waiting = task._p_waiting
    is_stop = outcome == "stopped"  # with its traceback it would keep all the task had
    task._result, task._exception = result, None if is_stop else error
    if waiting is None or waiting.condition is None:
        task._state = FINAL[outcome]
    if waiting is None:
        return None
    if waiting.condition is None:
        visit.wakes.extend(waiting.parkers)
    return waiting if waiting.condition is not None or waiting.callbacks else None


def _come_again(visit: Visit, node: Node, seat: Seat) -> None:
    """Free the slot before the outcome is published, and count as coming."""
    seat.task = None
    visit.pool.seats.called[seat] = None
    free_slot(visit, node)
    let_others_go(visit, node)


def finish(visit: Visit, seat: Seat, node: Node) -> None:
    """Free the slot after the callbacks have run."""
    node.tally.finishing -= 1
    seat.task = None
    free_slot(visit, node)
    let_others_go(visit, node)

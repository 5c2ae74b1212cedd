"""Faulting: what a worker does with a task that raised in a scope that holds on faults.

    1. The task raises. Its scope holds on faults of this kind, and this is one too many in a row.
    2. The hold is placed: from here on nothing of the scope starts.
    3. The task is set aside as one that has not started, and its worker goes on to other scopes.

Nothing is asked of tasks that do not raise, but that a result ends the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.gates import HoldRecord
from pausable._core.state import act
from pausable._core.states import PENDING
from pausable._core.succession import take_over
from pausable._core.tasks import Rest
from pausable._core.times import clock, wall_clock
from pausable.events import TaskFaulted
from pausable.threads.faults import Fault
from pausable.threads.holding import put
from pausable.threads.scope import Scope

if TYPE_CHECKING:
    from pausable._core.nodes import Node
    from pausable._core.parker import Seat, Wakeable
    from pausable._core.state import PoolState

__all__ = ["is_held", "set_aside"]


class _NodeScope(Scope):
    """What `put` asks of a scope; keeps no executor alive, as workers must not."""

    def __init__(self, node: Node) -> None:
        self._node = node


def is_held(state: PoolState, task: Any, error: BaseException) -> bool:
    """Count a fault; say whether its scope is to be held for it."""
    rule = task.node.rule
    if not isinstance(error, rule.errors) or task.stop_reason is not None:
        return False
    with state.lock:
        if not (rule.node.is_accepting and task.node.is_accepting) or state.is_refusing:
            return False  # nobody will decide
        rule.row += 1
        return bool(rule.row >= rule.after)


def _rest_anew(rest: Rest | None) -> Rest | None:
    """Return the record of a task that has not started: with its option, if it has one."""
    if rest is None or rest.is_preemptive is None:
        return None
    anew = Rest()
    anew.is_preemptive = rest.is_preemptive
    return anew


def set_aside(state: PoolState, seat: Seat, task: Any, error: BaseException) -> Any:
    """Hold the scope, let the task wait for a decision, and take the next one."""
    node: Node = task.node
    scope = _NodeScope(task.node.rule.node)
    reason = f"{task.name}: {type(error).__name__}: {error}"
    owner = f"fault of {task.name}"
    hold = HoldRecord(reason, owner, "rest", "fault", clock(), wall_clock(), None, None)
    do = put(scope, hold)
    fault = Fault(task, error, scope, hold)
    wakes: list[Wakeable] = []
    following = None
    with state.lock:
        own: Any = seat.task
        if own is task:  # else this is a child that the task has forked
            task._state = PENDING
            task.seat = task.started_at = seat.task = None
            task.rest = _rest_anew(task.rest)
            node.aside[task] = None
            node.faults[task] = fault
            if state.observed:
                state.emit(node, TaskFaulted(node.name, wall_clock(), task.name, reason))
            state.is_plain = False
            following = take_over(state, node, seat, wakes)
        is_too_late = not node.is_accepting
    act(state, wakes)
    do()
    if is_too_late:  # it has been shut down since we looked
        fault.fail()
    return following

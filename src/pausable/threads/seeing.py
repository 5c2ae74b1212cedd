"""Snapshots: the core's live state put into frozen plain data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pausable._core.chasing import is_preemptive
from pausable._core.gates import hold_status
from pausable._core.locations import location_of, where
from pausable._core.states import DONE, FINISHED, RUNNING
from pausable._core.times import clock
from pausable._preempt.reasons import why_it_runs
from pausable.snapshots import ScopeStatus, Straggler, TaskList, TaskStatus

if TYPE_CHECKING:
    from pausable._core.nodes import Node
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task
    from pausable.snapshots import TaskState
    from pausable.threads.holding import Holdable

__all__ = [
    "list_tasks",
    "scope_status",
    "started_tasks",
    "stragglers",
    "task_status",
]


def started_tasks(state: PoolState, node: Node) -> list[Task]:
    """List the tasks of a scope that have started and not ended. Under the lock."""
    tasks = [task for seat in state.seats if (task := seat.task) is not None]
    return [task for task in tasks if task.node is not None and task.node.is_within(node)]


def list_tasks(node: Node) -> list[Task]:
    """List all unfinished tasks of a scope: those that have started, then the queued ones."""
    state = node.state
    with state.lock:
        tasks = [task for task in started_tasks(state, node) if task.ended_at is None]
        return tasks + _queued_tasks(node)


def _queued_tasks(node: Node) -> list[Task]:
    with node.state.lock:
        return [
            task
            for each in node.below()
            for task in (*each.aside, *each.queue)
            if task._state == "PENDING"
        ]


def task_status(task: Task, now: float) -> TaskStatus:
    """Describe a task."""
    active, paused = task.times(now)
    node = task.node
    own = [] if node is None or task.gate is node.gate else list(task.gate.holds)
    return TaskStatus(
        task.name,
        "" if node is None else node.name,
        _task_state(task),
        node is not None and task.gate.closed and task._state not in DONE,
        active,
        paused,
        where(task),
        tuple(hold_status(task.name, record, now) for record in own),
        task.stop_reason,
        is_preemptive(task),
    )


def _task_state(task: Task) -> TaskState:
    state = task._state
    if state == RUNNING and task.ended_at is None:
        return _running_state(task)
    if state in (FINISHED, RUNNING):  # RUNNING: over, its outcome is just being published
        return "done"
    if state in DONE:
        return "cancelled" if task.stop_reason is None else "stopped"
    return "faulted" if task.node is not None and task in task.node.faults else "queued"


def _running_state(task: Task) -> TaskState:
    if task.stop_reason is not None:
        return "stopping"
    if task.is_at_rest():
        return "resting"
    return "pausing" if task.gate.closed_to_running else "running"


def scope_status(node: Node) -> ScopeStatus:
    """Describe a pool or a group, with its groups."""
    now = clock()
    state = node.state
    with state.lock:
        started: dict[Node | None, list[Task]] = {}
        for task in started_tasks(state, node):
            if task.ended_at is None:
                started.setdefault(task.node, []).append(task)
        return _scope_status(node, now, started)


def _scope_status(node: Node, now: float, started: dict[Node | None, list[Task]]) -> ScopeStatus:
    below = list(node.below())
    tasks = [task for each in below for task in started.get(each, ())]
    queued = sum(each.queued for each in below)
    active, paused = node.times(now)
    return ScopeStatus(
        node.name,
        is_paused=node.gate.closed,
        is_quiescent=node.active == 0,
        is_shut_down=not node.is_accepting,
        max_workers=int(min(each.limit for each in node.path())),
        running=node.active - sum(each.finishing for each in below),
        resting=sum(each.at_rest for each in below),
        queued=queued,
        done=sum(each.done for each in below),
        holds=tuple(hold_status(node.name, record, now) for record in node.gate.holds),
        active_time=active,
        paused_time=paused,
        groups={name: _scope_status(child, now, started) for name, child in node.children.items()},
        tasks=TaskList(
            [task_status(task, now) for task in tasks],
            queued,
            lambda: [task_status(task, clock()) for task in _queued_tasks(node)],
        ),
        is_preemptive=node.is_preemptive,
    )


def stragglers(scope: Holdable) -> list[Straggler]:
    """Name the tasks of *scope* that neither rest nor have ended."""
    now = clock()
    with scope._pool_state.lock:
        return [_straggler(task, now) for task in scope._stragglers()]


def _straggler(task: Task, now: float) -> Straggler:
    since = task.started_at or now
    holds = list(task.gate.all_holds())
    if holds:
        since = max(since, min(record.since for record in holds))
    place, why = where(task), "has not come to a checkpoint"
    preemptive = is_preemptive(task)
    if task.ended_at is not None:
        why = "has ended, and its done callbacks run"
        if task.seat is not None:
            place = location_of(sys._current_frames().get(task.seat.ident))
    elif preemptive:
        why, place = why_it_runs(task)
    elif task.rest is not None and task.rest.shields:
        why = "is in a shield() block"
    return Straggler(task.name, place, max(now - since, 0.0), why, preemptive)

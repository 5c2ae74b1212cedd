"""Snapshots: the core's live state put into frozen plain data."""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, cast

from pausable._core.decision import look
from pausable._core.duty import is_preemptive
from pausable._core.held import hold_status, pool_of, tasks_of
from pausable._core.locations import where
from pausable._core.path import id_of_task, path_of_task
from pausable._core.states import DONE, FINISHED, PENDING, RUNNING
from pausable._core.tally import total
from pausable._core.times import clock
from pausable._core.tree import Node
from pausable.scopes.adoption import adoption_of, backlog_of
from pausable.scopes.items import counts_of
from pausable.scopes.outpost import outpost_of
from pausable.snapshots import ScopeStatus, Straggler, TaskStatus

if TYPE_CHECKING:
    from pausable._core.gate import HoldRecord
    from pausable._core.held import Held
    from pausable._core.pool import Pool
    from pausable._core.ports import Seat
    from pausable._core.task import Task
    from pausable.snapshots import TaskState

__all__ = [
    "least_limit",
    "list_tasks",
    "own_stragglers",
    "scope_status",
    "started_tasks",
    "stragglers",
    "task_line",
    "task_status",
]


_LISTED = 100  # queued tasks that a snapshot describes, at most
_LOOKED = 1000  # entries of one queue that it looks at for these; some are of tasks that are over
_MORE = frozenset({"pausing", "resting", "stopping", "faulted", "stopped"})


def started_tasks(pool: Pool, node: Node) -> list[Task]:
    """List the tasks of a scope that have started and not ended. Under the lock."""
    tasks = pool.seats.tasks()
    return [task for task in tasks if task._p_node is not None and task._p_node.is_within(node)]


def list_tasks(node: Node) -> list[Task]:
    """List all unfinished tasks of a scope: those that have started, then the queued ones."""
    return look(node.pool, _list_tasks, node)


def _list_tasks(node: Node) -> list[Task]:
    tasks = [task for task in started_tasks(node.pool, node) if task._p_ended_at is None]
    return tasks + _queued_tasks(node)


def _queued_tasks(node: Node) -> list[Task]:
    return [
        task for each in node.below() for task in each.queue.everyone() if task._state == PENDING
    ]


def task_status(task: Task, now: float) -> TaskStatus:
    """Describe a task."""
    active, paused = task._p_times(now)
    node = task._p_node
    own = [] if node is None or task._p_gate is node.gate else list(task._p_gate.holds)
    return TaskStatus(
        task._p_name,
        "" if node is None else node.name,
        _task_state(task),
        node is not None and task._p_gate.closed and task._state not in DONE,
        active,
        paused,
        where(task),
        tuple(hold_status(task, record, now) for record in own),
        task._p_stop_reason,
        is_preemptive(task),
        path_of_task(task),
        id_of_task(task),
        _pid_of(task),
    )


def _pid_of(task: Task) -> int | None:
    warden = None if task._p_node is None else task._p_node.pool.warden
    is_under_way = task._state == RUNNING and task._p_ended_at is None
    return warden.process_of(task) if warden is not None and is_under_way else None


def _task_state(task: Task) -> TaskState:
    state = task._state
    if state == RUNNING and task._p_ended_at is None:
        return _running_state(task)
    if state in (FINISHED, RUNNING):  # RUNNING: over, its outcome is just being published
        return "done"
    if state in DONE:
        return "cancelled" if task._p_stop_reason is None else "stopped"
    return "faulted" if task._p_node is not None and task in task._p_node.queue.faults else "queued"


def _running_state(task: Task) -> TaskState:
    if task._p_stop_reason is not None:
        return "stopping"
    if task._p_is_at_rest():
        return "resting"
    return "pausing" if task._p_gate.closed_to_running else "running"


def task_line(task: Task) -> str:
    """Name a task of a pool, and what of its state is not the future's. Runs no code of users."""
    state, said = _task_state(task), repr(task._p_name)
    if state in _MORE:
        said += f" {state}"
    if task._state in DONE or task._p_node is None or not task._p_gate.closed:
        return said
    holds: list[HoldRecord] = look(task._p_node.pool, list, task._p_gate.all_holds())
    return f"{said}, held: {', '.join(repr(hold.reason) for hold in holds)}"


def scope_status(node: Node, *, lists_tasks: bool = True) -> ScopeStatus:
    """Describe a pool or a group, with its groups; without tasks, for who only wants the counts."""
    return look(node.pool, _status_now, node, lists_tasks)


def _status_now(node: Node, lists_tasks: bool) -> ScopeStatus:
    now = clock()
    started: dict[Node, list[Task]] = {}
    for task in started_tasks(node.pool, node):
        if task._p_ended_at is None:
            started.setdefault(task._p_node, []).append(task)
    described = []
    if lists_tasks:
        described = [_described(started, now), _described(_next_tasks(node), now)]
    return _scope_status(node, now, started, described)


def _next_tasks(node: Node) -> dict[Node, list[Task]]:
    """List some of the queued tasks, for a snapshot: however many there are, it costs the same."""
    found, left = {}, _LISTED
    for each in node.below():
        if left:
            entries = list(islice((*each.queue.aside, *each.queue.arrived), _LOOKED))
            # By number: others append to the queue meanwhile, which ends an iterator.
            entries += [each.queue[at] for at in range(min(len(each.queue), _LOOKED))]
            found[each] = list(islice((task for task in entries if task._state == PENDING), left))
            left -= len(found[each])
    return found


def _described(tasks: dict[Node, list[Task]], now: float) -> dict[Node, list[TaskStatus]]:
    return {node: [task_status(task, now) for task in its] for node, its in tasks.items()}


def _scope_status(
    node: Node,
    now: float,
    started: dict[Node, list[Task]],
    described: list[dict[Node, list[TaskStatus]]],
) -> ScopeStatus:
    below = list(node.below())
    tasks = tuple(said for some in described for each in below for said in some.get(each, ()))
    running = sum(len(started.get(each, ())) for each in below)
    queued = sum(each.queue.pending + backlog_of(each) for each in below)
    active, paused = node.gate.times(now)
    done, ended = total(each.tally for each in below)
    more, more_done = map(sum, zip(*map(counts_of, below), strict=True))
    return ScopeStatus(
        node.name,
        is_paused=node.gate.closed,
        is_quiescent=not node.busy(),
        is_shut_down=not node.queue.is_accepting,
        max_workers=least_limit(node),
        running=node.slots.active - sum(each.tally.finishing for each in below),
        resting=sum(each.resters.count for each in below),
        queued=queued,
        done=done,
        holds=tuple(hold_status(node, record, now) for record in node.gate.holds),
        active_time=active,
        paused_time=paused,
        groups={
            name: _scope_status(child, now, started, described)
            for name, child in node.children.items()
        },
        tasks=tasks,
        is_preemptive=node.rules.is_preemptive,
        items=done + running + queued + more,
        items_done=done + more_done,
        items_held=sum(_held(each, started.get(each, [])) for each in below),
        path=node.identity.path,
        id=node.identity.id,
        unlisted=max(queued + running - len(tasks), 0),
        succeeded=done - ended["exception"] - ended["cancelled"] - ended["stopped"],
        failed=ended["exception"],
        cancelled=ended["cancelled"],
        stopped=ended["stopped"],
        is_adopted=adoption_of(node) is not None,
        processes=_processes_of(node),
    )


def _processes_of(node: Node) -> tuple[int, ...]:
    """List the processes of a pool; those of a group are all of its pool's."""
    warden = node.pool.warden if node.parent is None else None
    return () if warden is None else warden.all_processes()


def _held(node: Node, started: list[Task]) -> int:
    """Count the items of one scope that a closed gate keeps from going on, or from starting."""
    if node.gate.closed:
        more, more_done = counts_of(node)
        return node.queue.pending + backlog_of(node) + len(started) + more - more_done
    waiting = len(node.queue.aside) - len(node.queue.let_in)
    waiting += sum(task._p_gate.closed for task in node.queue.arrived)
    return waiting + sum(task._p_gate.closed for task in started)


def least_limit(node: Node) -> int:
    """Return how many tasks of a scope run at once at most; `math.inf` for any number."""
    limit = min(each.slots.asked for each in node.path())
    return cast("int", limit) if math.isinf(limit) else int(limit)


def stragglers(held: Held) -> list[Straggler]:
    """Name the tasks of *held* that neither rest nor have ended; those of its annexes, too."""
    found = own_stragglers(held)
    for root in held.annexed() if isinstance(held, Node) else ():
        found += own_stragglers(root)
    return found


def own_stragglers(held: Held) -> list[Straggler]:
    """Do as `stragglers`, without annexes."""
    outpost = outpost_of(held)
    elsewhere = [] if outpost is None else outpost.stragglers()
    return look(pool_of(held), _stragglers, held) + elsewhere


def _stragglers(held: Held) -> list[Straggler]:
    now, pool = clock(), pool_of(held)
    found = [_straggler(task, now) for task in tasks_of(held) if not task._p_is_at_rest()]
    if not isinstance(held, Node) or held.parent is not None:
        return found
    starting = tuple(pool.seats.initializing.items())  # a copy: processes come without the lock
    return found + [_initializer(held, seat, now - since) for seat, since in starting]


def _initializer(pool: Node, seat: Seat, seconds: float) -> Straggler:
    """Name an initializer that runs: no task, but its pool is not quiescent before its end."""
    return Straggler(
        "an initializer",
        seat.place(),
        seconds,
        "has not returned",
        path=pool.identity.path,
        id=pool.identity.id,
    )


def _straggler(task: Task, now: float) -> Straggler:
    since = task._p_started_at or now
    holds = list(task._p_gate.all_holds())
    if holds:
        since = max(since, min(record.since for record in holds))
    place, why = where(task), "has not come to a checkpoint"
    preemptive = is_preemptive(task)
    if task._p_ended_at is not None:
        why = "has ended, and its done callbacks run"
        if task._p_seat is not None:
            place = task._p_seat.place()
    elif preemptive and task._p_node.pool.others.engine is not None:
        why, place = task._p_node.pool.others.engine.why_it_runs(task)
    elif task._p_rest is not None and task._p_rest.shields:
        why = "is in a shield() block"
    return Straggler(
        task._p_name,
        place,
        max(now - since, 0.0),
        why,
        preemptive,
        path_of_task(task),
        id_of_task(task),
    )

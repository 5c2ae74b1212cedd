"""The waiver: one task of a held scope goes on, as if some of its holds were not there.

For a trial (one task finds out whether what the others wait for is back) and for a task that has
waited for long enough. The hold stays, and with it all other tasks; other holds still count.

Every function here is called under the pool's lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.closure import drop_gate
from pausable._core.gate import Gate
from pausable._core.quiet_rest import pause_quiet
from pausable._core.rest import is_barred, send_back
from pausable._core.states import DONE, PENDING
from pausable._core.times import clock
from pausable._core.turns import rearm
from pausable._core.waiters import rouse_others

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pausable._core.gate import HoldRecord
    from pausable._core.queue import Queue
    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit

__all__ = ["fitness", "fitness_at_rest", "fitnesses", "unwaive", "waiting", "waive", "waive_if"]


def waive(visit: Visit, node: Node, task: Task, holds: Collection[HoldRecord]) -> None:
    """Let *task*, which is not over, go in spite of *holds*."""
    if task._p_gate is node.gate:
        task._p_gate = Gate(node.gate)
    task._p_gate.waive(holds)
    if task._state == PENDING:
        _let_in(visit, node.queue, task)
    send_back(visit, node, clock())
    rearm(visit, node)
    if visit.pool.others.guests or visit.pool.others.chasers:
        rouse_others(visit)


def _let_in(visit: Visit, queue: Queue, task: Task) -> None:
    if task in queue.arrived:  # whoever waits there is woken, and sees it
        return
    visit.pool.is_plain = False
    if task not in queue.aside:
        queue.aside[task] = None
        queue.remove(task)
    queue.let_in[task] = None


def waive_if(visit: Visit, task: Task, holds: Collection[HoldRecord], *, waits: bool) -> bool:
    """Do as `waive`; not for a task that is over, or, with *waits*, does not wait: then False."""
    record = task._p_rest
    is_waiting = task._state == PENDING or (record is not None and record.since is not None)
    if task._p_ended_at is not None or task._state in DONE or (waits and not is_waiting):
        return False
    waive(visit, task._p_node, task, holds)
    return True


def unwaive(visit: Visit, node: Node, task: Task, holds: Collection[HoldRecord]) -> None:
    """Let *task* rest for *holds* like all others again, from its next checkpoint on."""
    gate = task._p_gate
    if gate is node.gate:
        return
    gate.unwaive(holds)
    if not gate.waived:
        node.queue.let_in.pop(task, None)
    drop_gate(node, task)
    is_any = node.resters.sleepers or node.resters.quiet or node.resters.returning
    if is_any and is_barred(task):  # it may have been in a quiet block, or about to get its slot
        pause_quiet(visit, node, clock())
    if task._state == PENDING:
        rearm(visit, node)
    if visit.pool.others.guests or visit.pool.others.chasers:
        rouse_others(visit)


def fitness(task: Task, holds: Collection[HoldRecord]) -> int:
    """Say how fit a task is to go in spite of *holds*: the less, the fitter.

    Best is one that is let go already, for the sake of another hold: two that are let go by one
    party each would wait for the other party for ever. Then one that nobody else holds.
    """
    gate = task._p_gate
    if gate.waived:
        return 0
    return 1 if set(gate.all_holds()).issubset(holds) else 2


def fitness_at_rest(task: Task, holds: Collection[HoldRecord]) -> list[tuple[int, Task]]:
    """Say how fit a task is, with it, if it is at rest at its gate."""
    return [(fitness(task, holds), task)] if task in task._p_node.resters.parked else []


def fitnesses(node: Node, holds: Collection[HoldRecord]) -> list[tuple[int, Task]]:
    """Say how fit those are, with each, that are waiting in a scope, and below."""
    found = [(fitness(task, holds), task) for task in waiting(node)]
    for child in tuple(node.children.values()):
        found += fitnesses(child, holds)
    return found


def waiting(node: Node) -> Iterator[Task]:
    """List who could be let go: the tasks at rest, then those that have not started.

    Of the queue, which may be long, the first. Those of the scopes below are not included.
    """
    queue = node.queue
    yield from tuple(node.resters.parked)
    yield from tuple(queue.arrived)
    yield from [
        task for task in queue.aside if task not in queue.faults and task not in queue.leaving
    ]
    while queue:
        task = queue[0]
        if task._state == PENDING:
            yield task
            return
        queue.popleft()
        queue.tombstones -= 1

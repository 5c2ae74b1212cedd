"""Waiving: one task of a held scope goes on, as if some of its holds were not there.

For a trial (one task finds out whether what the others wait for is back) and for a task that has
waited for long enough. The hold stays, and with it all other tasks; other holds still count.

Every function here is called under the pool's lock and appends the threads to wake to *wakes*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.barring import is_barred
from pausable._core.chasing import call_engine
from pausable._core.gates import Gate
from pausable._core.holding import drop_gate, wake_guests
from pausable._core.resting import grant, pause_quiet, send_back
from pausable._core.starting import rearm
from pausable._core.states import PENDING
from pausable._core.times import clock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pausable._core.gates import HoldRecord
    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task

__all__ = ["fitness", "unwaive", "waiting", "waive"]


def waive(
    state: PoolState,
    node: Node,
    task: Task,
    holds: Collection[HoldRecord],
    wakes: list[Wakeable],
) -> None:
    """Let *task*, which is not over, go in spite of *holds*."""
    if task.gate is node.gate:
        task.gate = Gate(node.gate)
    task.gate.waive(holds)
    if task._state == PENDING:
        state.is_plain = False
        if task not in node.aside:
            node.queue.remove(task)
            node.aside[task] = None
        node.let_in[task] = None
    send_back(state, node, clock())
    rearm(state, node)
    grant(state, wakes)
    wake_guests(state, wakes)


def unwaive(
    state: PoolState,
    node: Node,
    task: Task,
    holds: Collection[HoldRecord],
    wakes: list[Wakeable],
) -> None:
    """Let *task* rest for *holds* like all others again, from its next checkpoint on."""
    gate = task.gate
    if gate is node.gate:
        return
    gate.unwaive(holds)
    if not gate.waived:
        node.let_in.pop(task, None)
    drop_gate(node, task)
    if is_barred(task):  # it may have been in a quiet block, or about to get its slot
        pause_quiet(state, node, clock(), wakes)
    rearm(state, node)
    wake_guests(state, wakes)
    call_engine(state, wakes)


def fitness(task: Task, holds: Collection[HoldRecord]) -> int:
    """Say how fit a task is to go in spite of *holds*: the less, the fitter.

    Best is one that is let go already, for the sake of another hold: two that are let go by one
    party each would wait for the other party for ever. Then one that nobody else holds.
    """
    if task.gate.waived:
        return 0
    return 1 if all(hold in holds for hold in task.gate.all_holds()) else 2


def waiting(node: Node) -> Iterator[Task]:
    """List who could be let go: the tasks at rest, then those that have not started.

    Of the queue, which may be long, the first. Those of the scopes below are not included.
    """
    yield from tuple(node.rested)
    yield from [task for task in node.aside if task not in node.faults]
    queue = node.queue
    while queue:
        task = queue[0]
        if task._state == PENDING:
            yield task
            return
        queue.popleft()
        node.tombstones -= 1

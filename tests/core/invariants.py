"""What tests want to know of a pool beyond `validate`: whether a task is lost, who comes first.

Shared by the state machine that drives the core without threads and by the chaos test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.derived import validate
from pausable._core.slots import has_slot
from pausable._core.states import PENDING, RUNNING
from pausable._core.turns import has_room

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pausable._core.pool import Pool
    from pausable._core.task import Task
    from pausable._core.tree import Node

__all__ = ["first_to_start", "has_slot", "lookers", "priorities", "slots_of", "violations"]

_DEPTH = 8  # of trees of groups, at most


def violations(pool: Pool, known: Iterable[Task] = ()) -> list[str]:
    """List what is wrong; *known* are tasks of the pool that somebody else has kept an eye on."""
    return [*validate(pool), *_lost_tasks(pool, known)]


def slots_of(pool: Pool, node: Node) -> int:
    """Count the slots that the tasks of a scope hold, those below it included."""
    return sum(has_slot(task) for task in pool.seats.tasks() if task._p_node.is_within(node))


def _lost_tasks(pool: Pool, known: Iterable[Task]) -> Iterator[str]:
    on_seats = {seat.task for seat in pool.seats}
    for task in known:
        node = task._p_node
        assert node is not None
        if task._state == PENDING and task not in node.queue and task not in node.queue.aside:
            yield f"{task.name} is lost: pending, but nowhere in {node.name!r}"
        if task._state == RUNNING and task._p_ended_at is None and task not in on_seats:
            yield f"{task.name} is lost: running, but on no seat"


def priorities(node: Node) -> tuple[int, ...]:
    """List the priorities from the pool down to a scope, and as many 0 as there could be below."""
    path = [each.turn.priority for each in node.path()]
    return (*reversed(path), *[0] * (_DEPTH - len(path)))


def first_to_start(pool: Pool) -> tuple[int, ...] | None:
    """Return the priorities of the scopes whose tasks come before all others that may start."""
    there = [node for node in pool.root.below() if _startable(node) and has_room(node)]
    return max(map(priorities, there), default=None)


def lookers(pool: Pool) -> int:
    """Count the workers that are on their way to look for a task."""
    between = (
        seat.task is None and seat not in pool.seats.called and seat not in pool.seats.idle
        for seat in pool.seats
    )
    return len(pool.seats.called) + sum(between)


def _startable(node: Node) -> int:
    let_in = sum(not task._p_gate.closed for task in node.queue.let_in)
    if node.gate.closed:
        return let_in
    return let_in + sum(
        task._state == PENDING and not task._p_gate.closed for task in tuple(node.queue)
    )

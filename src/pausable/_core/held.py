"""What can be held: a scope or a task. The one place that tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pausable._core.gate import PROCESS
from pausable._core.locations import location_at
from pausable._core.path import id_of_task, path_of_task
from pausable._core.states import DONE, PENDING, RUNNING
from pausable._core.task import Task
from pausable._core.tree import Node
from pausable.errors import ScopeEnded
from pausable.snapshots import HoldStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pausable._core.gate import Gate, HoldRecord
    from pausable._core.pool import Pool

__all__ = [
    "Held",
    "active_in",
    "gate_of",
    "has_within",
    "hold_status",
    "holds_on",
    "id_of",
    "is_over",
    "may_be_held",
    "name_of",
    "path_of",
    "pool_of",
    "scope_of",
    "tasks_of",
    "why_not_held",
]

Held: TypeAlias = Node | Task


def scope_of(held: Held) -> Node:
    """Return a scope itself, and of a task the scope that it belongs to."""
    node: Node = held if isinstance(held, Node) else held._p_node
    return node


def pool_of(held: Held) -> Pool:
    """Return the pool that it belongs to."""
    pool: Pool = scope_of(held).pool
    return pool


def name_of(held: Held) -> str:
    """Return what it is called."""
    return held.name if isinstance(held, Node) else held._p_name


def path_of(held: Held) -> str:
    """Return its path."""
    return held.identity.path if isinstance(held, Node) else path_of_task(held)


def id_of(held: Held) -> int:
    """Return its id."""
    return held.identity.id if isinstance(held, Node) else id_of_task(held)


def gate_of(held: Held) -> Gate:
    """Return its gate; of a task that nobody holds on its own, the one of its scope."""
    return held.gate if isinstance(held, Node) else held._p_gate


def holds_on(held: Held) -> Iterable[HoldRecord]:
    """List the holds on itself, not those above."""
    gate = gate_of(held)
    if held is not scope_of(held) and gate is scope_of(held).gate:
        return ()
    return tuple(gate.holds)


def hold_status(held: Held | None, record: HoldRecord, now: float) -> HoldStatus:
    """Describe a hold on it; None is the process, whose holds each pool has on its gate, too."""
    if record.above is not None:
        held = None
    return HoldStatus(
        PROCESS if held is None else name_of(held),
        record.reason,
        record.owner,
        record.placed_at,
        record.duration,
        record.running,
        location_at(record.spot),
        record.kind,
        max(now - record.since, 0.0),
        "" if held is None else path_of(held),
        0 if held is None else id_of(held),
    )


def why_not_held(held: Held) -> ScopeEnded | None:
    """Return what is wrong with holding a scope of which nothing is left."""
    if not isinstance(held, Node):
        return None
    is_closed = not held.queue.is_accepting or held.pool.end.is_exiting
    return ScopeEnded(held.name, "pause") if is_closed and not held.unfinished() else None


def may_be_held(held: Held) -> bool:
    """Say whether a hold would mean anything: of a task that is over, it would not."""
    if isinstance(held, Node):
        return True
    is_ours = held._state == PENDING or held._p_seat is not None  # else it is concluded by hand
    return is_ours and held._state not in DONE and held._p_ended_at is None


def is_over(held: Held) -> bool:
    """Say whether nothing of it is left, nor will be."""
    if isinstance(held, Node):
        return not held.queue.is_accepting and not held.unfinished()
    return held._state in DONE or held._p_ended_at is not None


def has_within(held: Held, task: Task) -> bool:
    """Say whether *task* is it, or a task of it."""
    if isinstance(held, Node):
        return task._p_node is not None and task._p_node.is_within(held)
    return task is held


def active_in(held: Held) -> int:
    """Count what keeps it from being quiescent."""
    if isinstance(held, Node):
        return held.busy()
    is_active = held._state == RUNNING and not held._p_is_at_rest() and held._p_ended_at is None
    return int(is_active)


def tasks_of(held: Held) -> list[Task]:
    """List the tasks of it that are on a seat. Under the lock."""
    if not isinstance(held, Node):
        return [held] if active_in(held) else []
    return [task for task in held.pool.seats.tasks() if has_within(held, task)]

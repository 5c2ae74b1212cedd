"""The resters, made anew and checked: which tasks of a scope rest, and which are about to go on.

All of it is derived from the records of the tasks on seats (`rest_record`), but for who sleeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.attention import attention
from pausable._core.rest import is_barred
from pausable._core.turns import has_room, is_left_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable._core.task import Task

__all__ = ["mend_resters", "wrong_with_resters"]


def mend_resters(pool: Any) -> None:
    """Put each task at rest anew where it belongs, by its record and its gate."""
    stepping = [task for task in pool.lines.stopped if task._p_rest is not None]
    pool.lines.stopped.clear()
    for node in pool.root.below():
        resters = node.resters
        resters.count = 0
        resters.parked.clear()
        resters.quiet.clear()
        resters.returning.clear()
    for task in pool.seats.tasks():
        if task._p_stop_reason is not None and task._p_ended_at is None:
            attention.add(task)
        if task._p_is_at_rest():
            _place(pool, task, is_stepping=task in stepping)


def _place(pool: Any, task: Task, *, is_stepping: bool) -> None:
    record, resters = task._p_rest, task._p_node.resters
    if record is None:
        return
    resters.count += 1
    if record.quiet is not None:
        resters.quiet[task] = None
        record.returning = record.quiet.wants_slot() and not is_barred(task)
    elif task._p_stop_reason is not None or record.is_stepping or is_stepping:
        record.returning = False
        pool.lines.stopped.append(task)
    elif is_barred(task):
        record.returning = False
        resters.parked[task] = None
    else:
        record.returning = True
    if record.returning:
        resters.returning.append(task)


def wrong_with_resters(pool: Any) -> Iterator[str]:
    """Say who rests, and is not where it belongs."""
    tasks = pool.seats.tasks()
    for node in pool.root.below():
        resters = node.resters
        mine = [task for task in tasks if task._p_node is node]
        count = sum(task._p_is_at_rest() for task in mine)
        if resters.count != count:
            yield f"{resters.count} tasks of {node.name!r} are at rest, counted {count}"
        quiet = {
            task for task in mine if task._p_rest is not None and task._p_rest.quiet is not None
        }
        parked = {task for task in mine if _is_parked(pool, task)}
        for name, there, counted in (
            ("quiet", set(resters.quiet), quiet),
            ("parked", set(resters.parked), parked),
        ):
            if there != counted:
                yield f"{node.name!r}.{name} is {_names(there)}, but it is so of {_names(counted)}"
        for task in resters.parked:
            if not is_barred(task):
                yield f"{task._p_name} rests at a gate that is open to it"
        for task in mine:
            if task._p_rest is not None and task._p_rest.returning:
                yield from _wrong_with_returning(pool, node, task)
    yield from _wrong_with_stopped(pool)


def _wrong_with_stopped(pool: Any) -> Iterator[str]:
    for task in pool.lines.stopped:
        record = task._p_rest
        if record is None or record.since is None or record.quiet is not None or record.returning:
            yield f"{task._p_name} is to stop, but it does not wait for a slot"
        if pool.root.slots.taken < pool.root.slots.limit:
            yield f"{task._p_name} is to stop, and could have a slot"


def _is_parked(pool: Any, task: Task) -> bool:
    """Say whether a task is at rest and its gate is all that it waits for."""
    record = task._p_rest
    if record is None or record.since is None:
        return False
    return record.quiet is None and not record.returning and task not in pool.lines.stopped


def _wrong_with_returning(pool: Any, node: Any, task: Task) -> Iterator[str]:
    if task not in node.resters.returning:
        yield f"{task._p_name} waits for a slot, but does not queue for one"
    if is_barred(task):
        yield f"{task._p_name} queues for a slot before a closed gate"
    if has_room(node) and pool.lines.later is None:
        yield f"{task._p_name} queues for a slot, and could have one"
    if not node.turn.in_back and not is_left_out(pool, node):
        yield f"{task._p_name} queues for a slot, and nobody would give {node.name!r} one"


def _names(tasks: set[Task]) -> list[str]:
    return sorted(task._p_name for task in tasks)

"""Who is chased: tasks that are to rest or stop, and whose code may never ask.

A preemptive task rests between two lines of its own code, and stops there, when the engine has
got hold of it. The engine is told (`PoolState.engine`, woken like any thread) whenever a gate
closes or a stop is requested, and asks here who is meant: nothing is remembered of a chase but
these facts, so that nothing of it can be out of date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.barring import is_barred

if TYPE_CHECKING:
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task

__all__ = ["call_engine", "chased", "is_preemptive", "is_to_rest"]


def is_preemptive(task: Task) -> bool:
    """Say whether the task rests and stops at safe points, by its options or its scope."""
    if task.rest is not None and task.rest.is_preemptive is not None:
        return task.rest.is_preemptive
    return task.node is not None and task.node.is_preemptive


def is_to_rest(task: Task) -> bool:
    """Say whether the task is to rest or to stop, or to go on by one line. Under the lock."""
    return (
        task.stop_reason is not None
        or is_barred(task)
        or (task.rest is not None and task.rest.is_stepping)
    )


def chased(state: PoolState) -> list[Task]:
    """List the preemptive tasks that run, and are to rest or to stop. Under the lock."""
    tasks = [task for seat in state.seats if (task := seat.task) is not None]
    return [
        task
        for task in tasks
        if task.ended_at is None
        and is_preemptive(task)
        and (not task.is_at_rest() or (task.rest is not None and task.rest.is_stepping))
        and is_to_rest(task)
    ]


def call_engine(state: PoolState, wakes: list[Wakeable]) -> None:
    """Have the engine look, if there is one: somebody may have to be chased. Under the lock."""
    if state.engine is not None:
        wakes.append(state.engine)

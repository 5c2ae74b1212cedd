"""The suspension of the process: its seconds count for nobody, at rest or not.

To a task at rest time does not count anyway. One that runs, because it has come to no checkpoint,
would find its time limit used up by a suspension of an hour. Nobody can be told first when the
process goes on: it may be the thread of timers. So such a task is given rest in advance, more than
any suspension takes, and afterwards what was too much is taken back.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pausable._core.decision import decide
from pausable._core.task import rest_of
from pausable._core.times import clock
from pausable.scopes.process import process
from pausable.scopes.status import started_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable._core.pool import Pool
    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit

__all__ = ["uncounted"]

_ADVANCE = 1e8
"""Seconds: some years, and few enough for a float to know the microseconds beside them."""


@contextmanager
def uncounted() -> Iterator[None]:
    """Let what passes in the block count for no task that runs when it begins.

    A time limit of active time comes later by it; by more, at most by what was used of it before,
    if it would have come in the block. Does not block.
    """
    since = clock()
    given = [(root.pool, decide(root.pool, _advance, root)) for root in process.roots()]
    try:
        yield
    finally:
        for pool, tasks in given:
            decide(pool, _settle, tasks, clock() - since)


def _advance(_visit: Visit, root: Node) -> list[Task]:
    pool: Pool = root.pool
    found = [
        task
        for task in started_tasks(pool, root)
        if task._p_ended_at is None and not task._p_is_at_rest()
    ]
    for task in found:
        rest_of(task).rested_for += _ADVANCE
    return found


def _settle(_visit: Visit, tasks: list[Task], seconds: float) -> None:
    for task in tasks:
        rest_of(task).rested_for += seconds - _ADVANCE

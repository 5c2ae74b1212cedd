"""The fast path: one set for the whole process, empty while nothing is paused or stopped.

It holds each gate with a hold of its own that makes running tasks rest, and each started task that
was asked to stop. While it is empty, `checkpoint()` costs one look at it.
"""

from __future__ import annotations

from _thread import _local
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pausable._core.gates import Gate
    from pausable._core.parker import Seat
    from pausable._core.tasks import Task

__all__ = ["attention", "current", "current_task", "here", "own_seat", "shields"]

attention: set[Gate | Task] = set()


here: _local = _local()
"""Its `seat` is the one of the calling thread; None or not there if that is no worker's. It says
which task runs, whatever context the task's code has entered (`asyncio.to_thread` runs calls in one
from before). No class of our own, with a default: to read it would take longer."""

current: ContextVar[Task | None] = ContextVar("pausable.task", default=None)
"""The task that has started this context: for the threads that a task starts with it."""

shields: ContextVar[int] = ContextVar("pausable.shields", default=0)
"""How many `shield()` blocks this context is in, on such threads."""


def own_seat() -> Seat | None:
    """Return the seat of the calling thread; None if it is no worker's."""
    return getattr(here, "seat", None)


def current_task() -> Task | None:
    """Return the task whose code this is; None outside any task."""
    seat = own_seat()
    task = current.get() if seat is None else seat.task
    return task if task is not None and task.ended_at is None else None

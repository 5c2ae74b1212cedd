"""The fast path: one set for the whole process, empty while nothing is paused or stopped.

It holds each gate with a hold of its own that makes running tasks rest, and each started task that
was asked to stop. While it is empty, `checkpoint()` costs one look at it.
"""

from __future__ import annotations

from _thread import _local, get_ident
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.gate import Gate
    from pausable._core.ports import Seat
    from pausable._core.task import Task

__all__ = [
    "Attention",
    "Maker",
    "attention",
    "current",
    "current_task",
    "foreign",
    "here",
    "made_by",
    "own_seat",
    "own_task",
    "shields",
]


class Attention(set["Gate | Task"]):
    """The set."""

    __slots__ = ("byte",)

    byte: Any
    """Its `value` is 1 while there is something in here, where `attendance.flag` is not this set;
    it may be so for longer, but never shorter. The locks of several pools are over it:

    1. A takes the last one out, and is about to write 0. 2. B puts another one in, and writes 1.
    3. A writes 0, looks again, and writes 1.
    """

    def show(self, byte: Any) -> None:
        """Show by *byte*, from now on, whether it is empty."""
        self.byte = byte
        self.__class__ = _ShownAttention

    def hide(self) -> None:
        """Show it nowhere."""
        self.__class__ = Attention


class _ShownAttention(Attention):
    """The set in a process that shows elsewhere whether it is empty. All others just have a set."""

    __slots__ = ()

    def add(self, each: Gate | Task) -> None:
        """Put one in."""
        super().add(each)
        self._show()

    def discard(self, each: object) -> None:
        """Take one out, if it is there."""
        super().discard(each)
        self._show()

    def _show(self) -> None:
        while bool(self.byte.value) != bool(self):
            self.byte.value = bool(self)


attention: Attention = Attention()


here: _local = _local()
"""Its `seat` is the one of the calling thread; None or not there if that is no worker's. It says
which task runs, whatever context the task's code has entered (`asyncio.to_thread` runs calls in one
from before). No class of our own, with a default: to read it would take longer.

Its `carried`, if it is there, are the pools whose tasks have no threads for themselves, and all run
on this one; with what says of such a task whether the calling code is its own."""


class Maker:
    """What has started a context, where that is copied often: by each timer, for each task.

    Copies outlive the task. They do not keep what has come of it, but know where it was.
    """

    __slots__ = ("_p_node", "task")

    def __init__(self, task: Task) -> None:
        """Stand for a task, until it has ended."""
        self._p_node = task._p_node
        self.task: Task | None = task


current: ContextVar[Task | Maker | None] = ContextVar("pausable.task", default=None)
"""The task that has started this context: for the threads that a task starts with it."""

shields: ContextVar[int] = ContextVar("pausable.shields", default=0)
"""How many `shield()` blocks this context is in, on such threads."""


foreign: dict[int, Seat] = {}
"""The seats of threads that have not sat down themselves, by their idents: see `adopted`."""


_ASKED = ("seat", "carried", "is_timer", "is_asked", "is_needed")
_NEW: Any = object()


def own_seat() -> Seat | None:
    """Return the seat of the calling thread; None if it is no worker's."""
    seat: Seat | None = getattr(here, "seat", _NEW)
    if seat is _NEW:
        seat = None
        for each in _ASKED:  # to find that something is not there takes ten times as long
            here.__dict__.setdefault(each, None)
    if seat is None and foreign:
        seat = here.seat = foreign.get(get_ident())
    return seat


def own_task() -> Task | None:
    """Return the task whose code calls this; None elsewhere, also in threads of its making."""
    seat = own_seat()
    task: Task | None = _task_of_loop() if seat is None else seat.task
    return task if task is not None and task._p_ended_at is None else None


def made_by() -> Task | None:
    """Return the task that has started this context; it may have ended."""
    found = current.get()
    return found.task if isinstance(found, Maker) else found


def _task_of_loop() -> Task | None:
    """Return the task that has started this context, if it is carried here, and runs just now."""
    carried: dict[Any, Callable[[Task], bool]] | None = getattr(here, "carried", None)
    task = made_by() if carried else None
    if not carried or task is None or task._p_node is None:
        return None
    is_own = carried.get(task._p_node.pool)
    return task if is_own is not None and is_own(task) else None


def current_task() -> Task | None:
    """Return the task whose code this is; None outside any task."""
    seat = own_seat()
    task: Task | None = made_by() if seat is None else seat.task
    return task if task is not None and task._p_ended_at is None else None

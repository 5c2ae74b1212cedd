"""The quiet block: its task counts as at rest while it waits for something that is not ours."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from pausable._core.attention import own_task
from pausable._core.decision import decide
from pausable._core.locations import calling, location_at
from pausable._core.quiet_rest import deepen_quiet, enter_quiet, leave_quiet
from pausable._core.rest import node_of
from pausable._core.task import rest_of
from pausable.errors import Stopped
from pausable.events import TaskRested
from pausable.scopes import attendance
from pausable.scopes.standpoint import check_may_wait

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from pausable._core.pool import Pool
    from pausable._core.ports import Wakeable
    from pausable._core.task import Task
    from pausable._core.visit import Visit

__all__ = ["Quiet"]


class Quiet:
    """A block in which the current task counts as at rest, though its thread is not parked by us.

    On the way out the task passes its gate: it rests if the gate is closed, and it stops if it was
    asked to. Nothing happens outside a task, in a shield, or inside another such block; nor in a
    task without a thread for itself, which cannot rest there; nor where a task *waits_for_tasks* in
    a process that its pool is not in: what these do is not held with it.
    """

    __slots__ = ("_outer", "_slot_of", "_task", "_waits_for_tasks", "_waker")

    def __init__(
        self,
        waker: Wakeable | None = None,
        slot_of: Pool | None = None,
        *,
        waits_for_tasks: bool = True,
    ) -> None:
        """Let *waker* end the block on a stop; give the slot back if it is one of *slot_of*."""
        self._waits_for_tasks = waits_for_tasks
        self._waker = waker
        self._slot_of = slot_of
        self._task: Task | None = None
        self._outer: tuple[Wakeable | None, bool] | None = (
            None  # if it is inside another such block
        )

    @property
    def task(self) -> Task | None:
        """The task that counts as at rest in this block, if there is one."""
        return self._task

    def __enter__(self) -> Self:
        """Count as at rest from here on."""
        task = own_task()
        if task is None or not _can_wait(task) or rest_of(task).shields:
            return self
        if self._waits_for_tasks and not task._p_seat.has_guests:
            return self
        check_may_wait(task._p_node.pool.lock)
        decide(task._p_node.pool, self._enter, task, sys._getframe(1))
        if self._outer is None:
            task._p_seat.fall_quiet()
        return self

    def _enter(self, visit: Visit, task: Task, frame: FrameType) -> None:
        node, pool, record = node_of(task), visit.pool, rest_of(task)
        slotless = self._slot_of is pool
        if record.quiet is not None:
            self._outer = (record.parker, record.quiet.waits_for_own)
            self._task = task
            deepen_quiet(visit, node, task, self._waker, slotless=slotless)
        else:
            place = location_at(calling()) if TaskRested in pool.demand.wanted else None
            self._task = task
            enter_quiet(visit, node, task, self._waker, place, slotless=slotless)
            record.frame = frame  # for where()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Pass the gate."""
        task = self._task
        if task is None or task._p_node is None or task._p_ended_at is not None:
            return
        pool, record = task._p_node.pool, rest_of(task)
        if self._outer is not None:
            record.parker = self._outer[0]
            if record.quiet is not None:
                record.quiet.waits_for_own = self._outer[1]
        else:
            task._p_seat.stir()
            force = issubclass(type(exc), Stopped)
            runs = decide(pool, self._leave, task, force)
            if not runs:
                task._p_seat.stay(task)
        self._task = None
        if attendance.flag:
            attendance.attend(task)

    def _leave(self, visit: Visit, task: Task, force: bool) -> bool:
        force = force or task._p_stop_reason is not None
        return leave_quiet(visit, node_of(task), task, force=force)


def _can_wait(task: Task) -> bool:
    return task._p_node is not None and task._p_seat is not None and task._p_seat.has_thread

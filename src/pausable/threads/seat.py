"""The seat of a worker thread, and how the task that runs there rests: its thread parks.

A task comes here when it has seen that its gate is closed or that it is to stop. It decides again
under the lock, since things may have changed on the way; writes down that it rests; lets the lock
go; and parks. From the moment in which the lock was let go nothing but our own lines run in its
thread, which is why "at rest" is true although the thread may not have parked yet.

Whoever opens the gate writes down that the task runs, slot and all, and then wakes it. The task
wakes up running: it only looks, without the lock, whether it has been paused or stopped again.

    1. The pauser P closes the gate; the task T rests and parks.
    2. R opens the gate and gives T its slot: T counts as running.
    3. P closes the gate again, before T's thread has got to run.
    4. T wakes, sees the closed gate and rests again: no line of the task has run.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from typing import TYPE_CHECKING, Any

from pausable._core.attention import here, own_task
from pausable._core.decision import decide
from pausable._core.frames import innermost
from pausable._core.gil import HAS_GIL
from pausable._core.locations import first_line, location_of
from pausable._core.parker import Parker
from pausable._core.rest import come_to_rest, force_back
from pausable.errors import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from pausable._core.pool import Pool
    from pausable._core.rest_record import RestRecord
    from pausable._core.task import Task
    from pausable._core.visit import Visit
    from pausable.snapshots import Location

__all__ = ["ThreadSeat"]


class ThreadSeat(Parker):
    """Where a worker thread runs tasks, and parks: see `ports.Seat`."""

    __slots__ = ("ident", "is_idle", "is_new", "is_ready", "task", "visit")

    has_thread = True
    brings_slot = False
    has_guests = True

    def __init__(self) -> None:
        """Make the seat of a worker that has been called for but has not come yet."""
        super().__init__()
        self.task: Any = None
        self.is_new: bool = True
        self.is_idle: bool = False
        self.is_ready: bool = False
        self.ident: int = 0
        self.visit: Any = None  # one `Visit`, for the way that tasks end most of the time

    def sit_down(self) -> None:
        """Note that the thread of this seat has come."""
        self.is_new = False
        self.ident = get_ident()
        here.seat = self

    def get_up(self) -> None:
        """Note that the thread of this seat leaves."""
        here.seat = None

    def frame(self) -> FrameType | None:
        """Return the innermost frame that is not ours: it runs on meanwhile. Only with a GIL."""
        return innermost(self.ident) if HAS_GIL else None

    def place(self) -> Location | None:
        """Return the line at some moment during the call; None in a free-threaded build."""
        if not HAS_GIL:
            return None
        found = location_of(innermost(self.ident))
        return first_line(self.task) if found is None and self.task is not None else found

    # All that follows is called on the thread of this seat.

    def fall_quiet(self) -> None:
        """Do nothing: nobody else counts."""

    def stir(self) -> None:
        """Do nothing: nobody else counts."""

    def attend(self, task: Task) -> None:
        """Rest while the gate is closed; raise `Stopped` if the task is to stop."""
        while self._rest_once(task):
            pass

    def rest(self, task: Task) -> None:
        """Do as `attend`, but that a stop is left to the caller.

        For the preemptive engine: not everywhere where a task may rest may an exception be raised
        into it.
        """
        if own_task() is task and not task._p_is_at_rest():
            while self._rest_once(task, raises=False):
                pass

    def rest_after_wait(self, task: Task, first: Callable[[], object]) -> None:
        """Park a task that counted as at rest in the wait out of which it comes.

        *first* is called before that, while it rests. Does nothing if it does not count.
        """
        node, record = task._p_node, task._p_rest
        if node is None or record is None:
            return
        pool: Pool = node.pool
        if not decide(pool, _wake_up, self, record, sys._getframe()):
            return
        self.stay(task, first)
        if record.is_stepping and pool.others.engine is not None:
            pool.others.engine.follow(sys._getframe())
        elif task._p_gate.closed:
            self.rest(task)

    def stay(self, task: Task, first: Callable[[], object] | None = None) -> None:
        """Park until somebody has written down that the task runs again."""
        pool, record = task._p_node.pool, task._p_rest
        if record is None:
            return
        parks = record.parker is self  # not in a forked child
        try:
            if first is not None:
                first()
            while parks and record.since is not None:
                self.park()
        except BaseException:
            # An exception that another thread sent here: the task runs, whatever its gate says.
            decide(pool, force_back, task)
            for chaser in pool.others.chasers:  # it is to rest still, and may not ask
                chaser.wake()
            raise

    def _rest_once(self, task: Task, *, raises: bool = True) -> bool:
        """Rest if the gate is closed, until it opens; say whether to look at it again."""
        pool: Pool = task._p_node.pool
        if task._p_stop_reason is not None and raises:
            raise Stopped(task._p_stop_reason)
        try:
            rests = decide(pool, come_to_rest, task, sys._getframe())
            if rests:
                self.stay(task)
        except BaseException:  # also one that has come before `stay` was prepared for it: it runs
            decide(pool, force_back, task)
            raise
        reason, record = task._p_stop_reason, task._p_rest
        if not rests or record is None:
            if reason is not None and raises:
                raise Stopped(reason)
            return False
        is_stepping = record.is_stepping
        if is_stepping and pool.others.engine is not None:
            pool.others.engine.follow(sys._getframe())
        return task._p_stop_reason is not None or (task._p_gate.closed and not is_stepping)


def _wake_up(_visit: Visit, seat: ThreadSeat, record: RestRecord, frame: FrameType) -> bool:
    """Count a dormant task as parked on its own thread; False if it does not count as dormant.

    Who counts a task so has the lock: see `_preempt.engine.stdlib_wait`.
    """
    if not record.is_dormant:
        return False
    record.is_dormant = False
    record.parker = seat
    record.frame = frame
    return True

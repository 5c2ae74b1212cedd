"""The seat of a coroutine: it has no thread for itself, and its task rests where it is driven.

A coroutine at an await runs no line until its driver is called. So whoever closes a gate need not
wait until what is awaited has come: the carrier writes down of all that are at an await just now
that they rest. The loop's thread does that, on which no coroutine runs at that moment.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from pausable._core.decision import decide
from pausable._core.frames import OURS, folder_of, innermost
from pausable._core.gil import HAS_GIL
from pausable._core.locations import line_of, location_of
from pausable._core.rest import is_barred, rest
from pausable._core.run import look_for_task
from pausable.errors import Stopped

if TYPE_CHECKING:
    from types import FrameType

    from pausable._core.task import Task
    from pausable._core.visit import Visit
    from pausable.snapshots import Location

__all__ = ["LoopSeat", "come_to_rest"]

_NOT_THEIRS = [OURS, folder_of(asyncio.__file__)]
_OTHERS = ["trio", "outcome", "anyio"]  # as asyncio, where they are there


class LoopSeat:
    """Where a coroutine runs, on the thread of an event loop: see `ports.Seat`."""

    __slots__ = ("_carrier", "is_idle", "is_new", "is_ready", "task")

    has_thread = brings_slot = False
    has_guests = True

    def __init__(self, carrier: Any) -> None:
        """Make one at which nothing runs yet."""
        self.task: Any = None
        self.is_new: bool = True
        self.is_idle: bool = False
        self.is_ready: bool = True
        self._carrier = carrier  # the `Carrier` whose it is

    def wake(self) -> None:
        """Have the loop look at it. From any thread."""
        self._carrier.look_at(self)

    def look(self) -> None:
        """Let the task go on that is here, or look for one. On the loop's thread."""
        task = self.task
        if task is None or self.is_idle:
            found = decide(self._carrier.pool, look_for_task, self)
            task = None if found is None else found[0]
        if task is None:
            return
        if task._p_stop_reason is not None:
            task._p_driver.stop()
        elif not task._p_is_at_rest():
            task._p_driver.go_on()

    def attend(self, task: Any) -> None:
        """Raise `Stopped` if the task is to stop: in the midst of its code it cannot rest."""
        if task._p_stop_reason is not None:
            if task._p_driver.is_current():
                task._p_driver.note_stop()
            raise Stopped(task._p_stop_reason)

    def stay(self, task: Any) -> None:
        """Fail: no thread waits here."""
        raise NotImplementedError

    def fall_quiet(self) -> None:
        """Do nothing: nobody else counts it."""

    def stir(self) -> None:
        """Do nothing: nobody else counts it."""

    def frame(self) -> FrameType | None:
        """Return the innermost frame of the coroutine that is neither ours nor asyncio's."""
        chain = self.chain()
        return chain[-1] if chain else None

    def chain(self) -> list[FrameType]:
        """List the frames of the coroutines that await each other, the task's own first."""
        task = self.task
        driver = None if task is None else task._p_driver
        if driver is None:
            return []
        if driver.is_running():
            return self._running_chain(driver)
        found, coro = [], driver
        while coro is not None:
            frame = getattr(coro, "cr_frame", None) or getattr(coro, "gi_frame", None)
            if frame is None:
                break
            found.append(frame)
            coro = getattr(coro, "cr_await", None) or getattr(coro, "gi_yieldfrom", None)
        return _theirs(found)

    def _running_chain(self, driver: Any) -> list[FrameType]:
        """Do as `chain` for a coroutine that runs just now: it goes on meanwhile."""
        frame, first = (innermost(self._carrier.ident) if HAS_GIL else None), driver.cr_frame
        found: list[FrameType] = []
        while frame is not None:
            found.insert(0, frame)
            if frame is first:
                return _theirs(found)
            frame = frame.f_back
        return []

    def place(self) -> Location | None:
        """Return the line at which the coroutine awaits, or runs; its first one, before that."""
        frame = self.frame()
        if frame is not None and frame.f_lineno is not None:
            return location_of(frame)
        code = None if frame is None else frame.f_code
        return None if code is None else line_of(code, code.co_firstlineno)


def _theirs(frames: list[FrameType]) -> list[FrameType]:
    """Leave out what waits on behalf of the user's code, but not all."""
    for name in [each for each in _OTHERS if each in sys.modules]:
        _OTHERS.remove(name)
        _NOT_THEIRS.append(folder_of(sys.modules[name].__file__ or ""))
    apart = tuple(_NOT_THEIRS)
    found = [each for each in frames if not each.f_code.co_filename.startswith(apart)]
    return found or frames[:1]


def come_to_rest(visit: Visit, task: Task) -> bool:
    """Put a task to rest that is at an await, if its gate is closed to it. Under the lock."""
    if (
        task._p_stop_reason is not None
        or task._p_ended_at is not None
        or task._p_is_at_rest()
        or not is_barred(task)
    ):
        return False
    place = task._p_seat.place() if visit.pool.demand.observed else None
    rest(visit, task._p_node, task, place)
    return True

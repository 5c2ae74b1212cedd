"""Active time in coroutines: the checkpoint, the sleep, and the timeout, for which rest is no time.

In a task of no scope of ours they are what asyncio has.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Self

from pausable._core.attention import made_by, own_task
from pausable._core.decision import decide
from pausable._core.parker import LONGEST
from pausable._core.rest import is_barred
from pausable._core.times import clock
from pausable.errors import NotSupported
from pausable.scopes import attendance, numbers
from pausable.scopes.attendance import note_guest
from pausable.scopes.loops import Bell, running_loop

if TYPE_CHECKING:
    from types import TracebackType

    from pausable._core.task import Task
    from pausable._core.visit import Visit

__all__ = ["Timeout", "checkpoint", "sleep", "timeout"]


async def checkpoint() -> None:
    """Rest here while the task, its group or its pool is paused; be cancelled here on a stop.

    Any await of a task of ours is as good; this is for long stretches without one. While nothing
    is paused or stopped it does not let others run. In a task of asyncio that one of ours has made,
    it rests and stops with that; elsewhere it does nothing.
    """
    if not attendance.flag:
        return
    task: Any = own_task()
    if task is not None:
        await task._p_driver.at_checkpoint()
        return
    maker = made_by()
    if maker is not None and attendance.has_here(maker):
        await _rest_with(maker)


async def _rest_with(task: Any) -> None:
    """Rest while a task does of which this one is a part, unasked: see `attendance.checkpoint`."""
    pool, bell = task._p_node.pool, Bell()
    try:
        while decide(pool, _be_guest, bell, task):
            await bell.rung()
    finally:
        pool.others.guests.pop(bell, None)
    if task._p_stop_reason is not None and task._p_ended_at is None:
        await task._p_driver.end_part()


def _be_guest(visit: Visit, bell: Bell, task: Task) -> bool:
    rests = task._p_ended_at is None and task._p_stop_reason is None and is_barred(task)
    if rests:
        note_guest(visit, bell, task)
    return rests


async def sleep(seconds: float) -> None:
    """Sleep for so many seconds in which the task does not rest; others run meanwhile.

    What is left of it at a pause is slept after the resume. In a task of no scope of ours it is
    `asyncio.sleep`. As there, less than 0 is as good as 0, but not on trio.

    Raises:
        ValueError: *seconds* is NaN; on trio, negative.
    """
    loop = running_loop()
    if loop.is_trio:
        left = numbers.seconds("seconds", seconds)
    else:
        left = max(numbers.any_seconds("seconds", seconds), 0.0)
    task: Any = own_task()
    if task is None:
        await (loop.wait(loop.new_event(), left) if loop.is_trio else asyncio.sleep(left))
        return
    until = task._p_times()[0] + left
    await task._p_driver.sleep(left)
    while (left := until - task._p_times()[0]) > 0:
        await task._p_driver.sleep(left)


def timeout(seconds: float | None) -> Timeout:
    """Return an `asyncio.timeout` that counts the seconds in which the task does not rest.

    Used with ``async with``; raises `TimeoutError` out of the block when they are used up. While
    the task rests it does not come; asyncio's own does. In a task of no scope of ours it is as
    asyncio's. None: never. What is not above 0 is used up already: it comes at the next await.

    Raises:
        NotSupported: it is called on trio.
        RuntimeError: no event loop runs here.
        ValueError: *seconds* is NaN.
    """
    given = None if seconds is None else numbers.any_seconds("seconds", seconds)
    loop = running_loop()
    if loop.is_trio:
        wanted = "aio.timeout(): use anyio.fail_after(), whose time runs on at rest"
        raise NotSupported(wanted, "trio")
    return Timeout(None if given is None else loop.own.time() + given)


class Timeout:
    """One block with a time limit; made by `timeout()`. All of it is for the loop's thread."""

    def __init__(self, when: float | None) -> None:
        """Use `timeout()`."""
        self._limit = asyncio.Timeout(None)
        self._handle: asyncio.TimerHandle | None = None
        self._task: Any = own_task()
        self._set(when)

    def when(self) -> float | None:
        """Return when it comes if the task does not rest until then, in the time of its loop.

        That is `loop.time()`, as with asyncio's; None: never. It is later by each rest: while the
        task rests, by what has passed of it. After the block it stays as it was at its end.
        """
        return None if self._when is None else self._when + self._rested() - self._rested_before

    def reschedule(self, when: float | None) -> None:
        """Have it come at another time of the loop (`loop.time()`), or not at all.

        From now on that is later by each rest, as `when()` is. What is past comes at the next
        await. None: never.

        Raises:
            RuntimeError: the block is not entered yet, is over, or its time is used up.
            ValueError: *when* is NaN.
        """
        given = None if when is None else numbers.any_seconds("when", when)
        self._limit.reschedule(None)
        self._set(given)
        self._look()

    def expired(self) -> bool:
        """Say whether its time was used up."""
        return self._limit.expired()

    def __repr__(self) -> str:
        """Say what asyncio's does: its state, and in the block when it comes."""
        when = self.when()
        said = None if when is None else round(when, 3)
        return re.sub("when=[^>]*", f"when={said}", repr(self._limit))

    async def __aenter__(self) -> Self:
        """Have the block end when its time is used up, which counts from the call of `timeout()`.

        Raises:
            RuntimeError: it was entered before, or not in a task.
        """
        await self._limit.__aenter__()
        when = self.when()
        self._task = own_task()
        self._set(when)
        if self._task is not None:
            self._task._p_driver.timeouts.append(self._look)
        self._look()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Count no longer.

        Raises:
            TimeoutError: the time was used up.
        """
        self._disarm()
        when, task = self.when(), self._task
        self._task = None
        self._set(when)
        if task is not None and self._look in task._p_driver.timeouts:
            task._p_driver.timeouts.remove(self._look)
        await self._limit.__aexit__(exc_type, exc, tb)

    def _set(self, when: float | None) -> None:
        self._when = when
        self._rested_before = self._rested()

    def _rested(self) -> float:
        """Return for how many seconds the task has rested so far."""
        if self._task is None:
            return 0.0
        rested: float = self._task._p_rested(clock())
        return rested

    def _look(self) -> None:
        """End the block if its time is used up; else look again, if the task does not rest."""
        self._disarm()
        when = self.when()
        if when is None or (self._task is not None and self._task._p_is_at_rest()):
            return  # the end of the rest has it looked at again
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now < when < now + LONGEST:
            self._handle = loop.call_at(when, self._look)
        elif when <= now and not self._limit.expired():
            self._limit.reschedule(now)

    def _disarm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

"""The farewell: what becomes known of a coroutine when it has come to its end, or was struck.

An exception that is sent to the thread of the loop (Ctrl-C, a handler that raises) may hit a line
of a driver. asyncio's task ends with it, but the coroutine does not: it is at an await, and will
not be resumed. So asyncio tells the driver when its task is over (`leave`), which closes the
coroutine, and writes down that the task has ended, and with what. Its slot is free then.

    1. An exception strikes a line of the driver D, which has a value for the coroutine. 2. It
    leaves `send`: asyncio's task T is over. 3. T calls D back, in the next turn of the loop. D
    finds that nothing is known of an end yet.

If all went well D is not called: it has taken that back, as the last thing that it does. Struck
before that, it is called, and finds that all is known. What is struck on the first line of the
first `send` is not seen: nobody knows of T then. asyncio's own code may be struck as ever.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pausable._core.attention import Maker, current
from pausable._core.decision import decide
from pausable._core.entrance import depart
from pausable._core.states import PENDING, RUNNING
from pausable.aio.conduct import Conduct
from pausable.aio.over import OVER
from pausable.aio.raised import as_shown, failure_of
from pausable.errors import Stopped
from pausable.scopes.outcome import come_out, take_leave

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Token

    from pausable.aio.carrier import Carrier
    from pausable.scopes.time_limits import Watches

__all__ = ["Farewell"]


class Farewell(Conduct):
    """The part of a driver that sees to its end."""

    __slots__ = ("_maker", "_token")

    timeouts: list[Callable[[], object]]
    _carrier: Carrier
    _watches: Watches | None

    def __init__(self, coro: Any) -> None:
        """Drive a coroutine that has not begun."""
        super().__init__(coro)
        self._maker: Maker | None = None  # that is current in its context
        self._token: Token[Any] | None = None

    def _come_back(self) -> None:
        raise NotImplementedError

    def _sit_up(self) -> None:
        """Note where this runs, when it is sent something for the first time."""
        if self.aio_task is None:
            me = asyncio.current_task()
            if me is not None:
                me.add_done_callback(self.leave)
            self._maker = Maker(self.task)
            self._token = current.set(self._maker)
            self.aio_task = me

    def _let_go(self) -> None:
        """Give back what was noted: others may go on in this context, and timers may keep it."""
        self.task._p_driver = OVER
        token, self._token, self.aio_task = self._token, None, None
        if self._maker is not None:
            self._maker.task = None
        if token is not None:
            with suppress(ValueError):  # another context: a finalizer has closed the coroutine
                current.reset(token)

    def _end(self, error: BaseException) -> BaseException | None:
        """Let it be known what has come of the coroutine; return what asyncio is to see instead."""
        if getattr(self._coro, "cr_frame", None) is not None:
            return None  # nothing yet: it was sent to this thread
        task, seat = self.task, self.task._p_seat
        result = error.value if isinstance(error, StopIteration) else None
        failure = failure_of(error, task._p_stop_reason)
        if self._watches is not None:
            failure = self._watches.judge(failure)
            self._watches.end()
        shown = as_shown(error, failure)
        self.timeouts.clear()
        if seat is not None and seat.task is task and task._p_ended_at is None:
            following = come_out(task._p_node.pool, seat, task, result, failure)
            self._carrier.follow(seat, following)
        elif seat is None:
            task.cancel()
        me = self.aio_task
        self._let_go()
        if me is not None:
            me.remove_done_callback(self.leave)
        return None if shown is error else shown

    def leave(self, aio_task: asyncio.Task[Any]) -> None:
        """End what has not ended though asyncio's task has."""
        task, seat = self.task, self.task._p_seat
        if task._state not in (PENDING, RUNNING) and (seat is None or seat.task is not task):
            return
        try:
            self._coro.close()
        finally:
            self.timeouts.clear()
            if self._watches is not None:
                self._watches.end()
            error = None if aio_task.cancelled() else aio_task.exception()
            self._come_back()
            take_leave(task, seat, error or Stopped("cancelled"))
            if seat is not None:  # what has come out may be written down, and the slot not free
                decide(task._p_node.pool, depart, seat, task, "exception")
            if not task._p_has_called_back():  # or nobody told of it
                task._p_wake_and_call_back()
            self._let_go()

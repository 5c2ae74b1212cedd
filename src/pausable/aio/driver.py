"""The driver: what asyncio is given in the place of a coroutine, and which it does not tell apart.

asyncio resumes a coroutine by `send` or `throw`. Those of a driver look at the gate of the task
first. While that is closed, the driver yields a future of its own, as if the coroutine had awaited
it, and keeps what it was to be resumed with. So a coroutine that knows nothing of us rests at any
await. While nothing in the process is paused, a switch costs one more call.

A cancellation is a stop, and passes at once, at rest, too: other parties (asyncio's groups and
timeouts, anyio's scopes, the end of `asyncio.run`) rely on it. While one is under way a task does
not rest, so that it can clean up; when the block that has asked for it has taken it back
(`Task.uncancel`), it does again. What the task was to be resumed with is not lost to it:

    1. What the task T has awaited is there, the gate is closed, and the driver D keeps it.
    2. Somebody cancels T: D's future is cancelled, and `CancelledError` is thrown into D.
    3. D first sends what it has kept, and T runs to its next await.
    4. D has asyncio cancel T again, which it does at that await; the count of
       `Task.cancelling()` is what it was. If T has come to its end, it has returned.

What has slept has nothing to lose, and is cancelled in its sleep: a stop runs no line more.

All of a driver is called on the thread of its event loop, but `withdraw`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.decision import decide
from pausable._core.frames import entries
from pausable._core.interruption import is_owned
from pausable._core.rest import force_back
from pausable._core.states import PENDING, RUNNING
from pausable._core.times import clock
from pausable.aio.farewell import Farewell
from pausable.aio.loop_seat import come_to_rest
from pausable.aio.raised import thrown
from pausable.scopes import attendance
from pausable.scopes.time_limits import Watches
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.aio.carrier import Carrier
    from pausable.scopes.time_limits import Limits

__all__ = ["Driver"]

_SLEEP = asyncio.sleep.__code__


class Driver(Farewell):
    """Drives one coroutine, which is let go on only while its gate is open.

    All that is asked of the coroutine itself (`cr_frame`, `cr_await`, `__qualname__`), is asked of
    that: so stacks and representations of asyncio's task show the user's own code.
    """

    __slots__ = (
        "__weakref__",
        "_carrier",
        "_in_hand",
        "_limits",
        "_parked",
        "_send",
        "_watches",
        "has_begun",
        "is_odd",
        "timeouts",
    )

    def __init__(self, coro: Any, carrier: Carrier, limits: Limits) -> None:
        """Drive a coroutine that has not begun; its task comes later."""
        super().__init__(coro)
        self.has_begun: bool = False  # its first line has run
        self.is_odd: bool = True  # the gate, or what is parked here, is to be looked at
        self.timeouts: list[Callable[[], object]] = []  # called when it goes on after a rest
        self._send = coro.send
        self._carrier = carrier
        self._limits = limits
        self._watches: Watches | None = None
        self._parked: asyncio.Future[None] | None = None
        self._in_hand: tuple[Any, BaseException | None] = (None, None)

    def __getattr__(self, name: str) -> Any:
        """Say what the coroutine says."""
        return getattr(self._coro, name)

    # What asyncio calls.

    def send(self, value: Any) -> Any:
        """Resume the coroutine with a value, or keep that while the gate is closed."""
        if self.is_odd or attendance.flag:
            try:
                return self._arrive(value, None)
            finally:
                self = value = None  # type: ignore[assignment]  # noqa: PLW0642 - see `_go`
        try:
            return self._send(value)
        except BaseException as error:
            shown = self._end(error)
            self = value = None  # type: ignore[assignment]  # noqa: PLW0642 - see `_go`
            if shown is None:
                raise
            try:
                raise shown from error
            finally:
                del shown

    def throw(self, kind: Any, value: Any = None, trace: Any = None) -> Any:
        """Resume it with an exception: with a cancellation at once, else as `send`."""
        try:
            return self._receive(thrown(kind, value, trace))
        finally:
            self = kind = value = trace = None  # type: ignore[assignment]  # noqa: PLW0642 - see `_go`

    def _receive(self, error: BaseException) -> Any:
        is_parked = self._parked is not None
        is_cancel = isinstance(error, asyncio.CancelledError)
        try:
            if not (is_cancel and (is_parked or self._is_cancelling())):
                return self._arrive(None, error)
            self._sit_up()
            self._parked = None
            self._come_back()
            if is_parked and self.has_begun and not self._has_slept():
                return self._go_and_cancel(error)
            self._in_hand = (None, error)
            return self._go()
        finally:
            self = error = None  # type: ignore[assignment]  # noqa: PLW0642 - see `_go`

    def close(self) -> None:
        """Close the coroutine."""
        self._coro.close()
        if self.task._p_ended_at is not None:
            return
        if is_owned(self.task._p_node.pool.lock):  # a finalizer has interrupted a visit
            timer.call_at(clock(), partial(self._end, GeneratorExit()))
        else:
            self._end(GeneratorExit())

    # What the carrier calls.

    def may_pass(self) -> bool:
        """Say whether it does not rest though its gate is closed."""
        return self._is_cancelling() or attendance.is_shielded(self.task, is_own=True)

    def go_on(self) -> None:
        """Let go on what is parked here: the task was written down as running."""
        if self._parked is not None and not self._parked.done():
            self._parked.set_result(None)
        for look in tuple(self.timeouts):
            look()

    def withdraw(self) -> None:
        """End it: its task will not start. From any thread."""
        self._carrier.call(self._withdraw)

    def _withdraw(self) -> None:
        if self.aio_task is not None and not self.has_begun:
            self.aio_task.cancel(self.task._p_stop_reason)

    # How it goes on.

    def _arrive(self, value: Any, error: BaseException | None) -> Any:
        """Go on, or park, with what the coroutine is to be resumed with."""
        self._sit_up()
        if self._parked is None:
            self._in_hand = (value, error)
        elif error is not None:  # whoever throws it, it is not asyncio
            self._come_back()
            self._in_hand = (None, error)
        self._parked = None
        if self._must_rest():
            return self._park()
        if not self.has_begun and (refusal := self._why_not()) is not None:
            self._in_hand = (None, refusal)
            refusal = None
        try:
            return self._go()
        finally:
            self = value = error = None  # type: ignore[assignment]  # noqa: PLW0642 - see `_go`

    def _must_rest(self) -> bool:
        """Say whether the task rests now, or waits for its start; write it down if it does."""
        task = self.task
        if task._p_seat is None:
            return bool(task._state == PENDING)
        if task._p_is_at_rest():
            return True
        if not task._p_gate.closed_to_running or self.may_pass():
            return False
        return bool(decide(task._p_node.pool, come_to_rest, task))

    def _why_not(self) -> BaseException | None:
        """Return why the coroutine is not to begin, if there is a reason."""
        task = self.task
        if task._p_stop_reason is None and task._state == RUNNING:
            if self._watches is None:
                self._watches = Watches(task, self._limits)
            return None
        return asyncio.CancelledError(*([task._p_stop_reason] if task._p_stop_reason else []))

    def _park(self) -> asyncio.Future[None]:
        """Have asyncio wait for a future of ours."""
        self._parked = parked = asyncio.get_running_loop().create_future()
        parked._asyncio_future_blocking = True  # as its `__await__` does
        self.is_odd = True
        return parked

    def _come_back(self) -> None:
        """Write down that the task runs, slot or no slot, whatever its gate says."""
        task = self.task
        if task._p_seat is None:
            task.cancel()
        elif task._p_is_at_rest():
            decide(task._p_node.pool, force_back, task)

    def _is_cancelling(self) -> bool:
        return self.aio_task is not None and self.aio_task.cancelling() > 0

    def _go(self) -> Any:
        """Resume the coroutine with what it has in hand.

        An error refers to the frames that it has passed. What is ours of them lets go of the error,
        and of what leads to it, or only the collector of cycles would free what the coroutine had.
        """
        (value, error), self._in_hand = self._in_hand, (None, None)
        self.is_odd = False
        self.has_begun = self.has_begun or error is None
        try:
            return self._send(value) if error is None else self._coro.throw(error)
        except BaseException as raised:
            shown = self._end(raised)
            self = value = error = None  # type: ignore[assignment]  # noqa: PLW0642
            if shown is None:
                raise
            try:
                raise shown from raised
            finally:
                del shown

    def _has_slept(self) -> bool:
        """Say whether it has awaited `asyncio.sleep()`, also of 0 seconds: at a checkpoint, too."""
        coro = None if self._in_hand[1] is not None else self._coro
        while coro is not None and getattr(coro, "cr_code", None) is not _SLEEP:
            coro = getattr(coro, "cr_await", None) or getattr(coro, "gi_yieldfrom", None)
        return coro is not None

    def _go_and_cancel(self, error: BaseException) -> Any:
        """Resume it with what it has in hand, and have it cancelled at its next await."""
        me = self.aio_task
        try:
            awaited = self._go()
        except BaseException:
            del self, error, me
            raise
        # It has not been asked before: it would not have rested. If it is not any more, the block
        # that has asked is left, and has taken that back.
        if me is not None and me.cancelling():
            me.uncancel()
            me.cancel(*error.args)
        return awaited


Coroutine.register(Driver)
entries += [Driver.send.__code__, Driver._go.__code__]

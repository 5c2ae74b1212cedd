"""The walker: runs one coroutine of a group of anyio's, which rests where it says so itself.

It is to the carrier what a driver is, and stands beside the coroutine, not in its place: on trio an
exception in hand is the usual way to be resumed, so nobody can hold a coroutine back there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel

from pausable._core.attention import Maker, current
from pausable._core.decision import decide
from pausable._core.rest import force_back
from pausable._core.states import PENDING, RUNNING
from pausable.aio.loop_seat import come_to_rest
from pausable.aio.over import OVER
from pausable.errors import Stopped, TaskTimeout
from pausable.scopes.attendance import is_shielded
from pausable.scopes.outcome import come_out
from pausable.scopes.time_limits import Watches

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.aio.carrier import Carrier
    from pausable.scopes.time_limits import Limits

__all__ = ["Walker"]


class Walker:
    """Runs a coroutine function as a task. All of it is called on the thread of the loop."""

    aio_task = None

    def __init__(self, function: Callable[..., Any], carrier: Carrier, limits: Limits) -> None:
        """Run a function that has not been called; its task comes later."""
        self.task: Any  # a `CoroutineFuture`
        self.is_odd: bool = False
        self.timeouts: list[Callable[[], object]] = []  # called when it goes on after a rest
        self.scope: anyio.CancelScope = anyio.CancelScope()  # a stop cancels it
        self._function = function
        self._carrier = carrier
        self._limits = limits
        self._coro: Any = None
        self._id: int | None = None  # of the task of the library's that runs it
        self._event: anyio.Event = anyio.Event()
        self._is_asleep = False

    def __getattr__(self, name: str) -> Any:
        """Say what the coroutine says."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._coro, name)

    # What the carrier and the seat ask, as of a driver.

    def title(self) -> str:
        """Return what the function is called."""
        found = getattr(self._function, "__name__", None)
        return found if type(found) is str and found else type(self._function).__name__

    def is_current(self) -> bool:
        """Say whether the calling code is that of the coroutine."""
        try:
            return anyio.get_current_task().id == self._id
        except Exception:  # noqa: BLE001 - no loop runs here; each says that in its own way
            return False

    def is_running(self) -> bool:
        """Say whether it is in the midst of its code, and not at an await."""
        return bool(getattr(self._coro, "cr_running", False))

    def may_pass(self) -> bool:
        """Say whether it does not rest though its gate is closed: but in our sleep, it does not."""
        return not self._is_asleep

    def go_on(self) -> None:
        """Let it go on that rests: the task was written down as running."""
        self._event.set()
        for look in tuple(self.timeouts):
            look()

    def stop(self) -> None:
        """Have it cancelled: it was asked to stop. Idempotent."""
        self.scope.cancel()

    def note_stop(self) -> None:
        """Do nothing: to be told twice is harmless."""

    def withdraw(self) -> None:
        """End it: its task will not start. From any thread."""
        self._carrier.call(self.go_on)

    # In its own code.

    async def at_checkpoint(self) -> None:
        """Rest, or be cancelled, if the task is to."""
        task = self.task
        if task._p_stop_reason is not None:
            self.stop()
            await anyio.lowlevel.checkpoint_if_cancelled()
        elif task._p_gate.closed_to_running and not is_shielded(task, is_own=True):
            while decide(task._p_node.pool, come_to_rest, task):
                await self._stay()

    async def end_part(self) -> None:
        """End a task that the coroutine has made, unasked: in the code of that."""
        self.stop()
        await anyio.lowlevel.checkpoint_if_cancelled()

    async def sleep(self, seconds: float) -> None:
        """Sleep, for no less than that; a pause puts it to rest meanwhile."""
        self._is_asleep = True
        try:
            await self.at_checkpoint()
            await anyio.sleep(seconds)
            await self._stay()
        except BaseException:
            self._come_back()
            raise
        finally:
            self._is_asleep = False

    async def _stay(self) -> None:
        """Wait until it is written down as running; a cancellation passes at once."""
        try:
            while self.task._p_is_at_rest():
                self._event = anyio.Event()
                await self._event.wait()
        except BaseException:
            self._come_back()
            raise

    def _come_back(self) -> None:
        if self.task._p_is_at_rest():
            decide(self.task._p_node.pool, force_back, self.task)

    async def run(self, *args: Any, **status: Any) -> None:
        """Run the function, when the task may start. By a task of the library's.

        *status* is what anyio gives to a task that is to say when it has started.
        """
        task = self.task
        self._id = anyio.get_current_task().id
        maker = Maker(task)
        current.set(maker)
        try:
            with self.scope:
                await self._start()
                if task._p_stop_reason is None and task._state == RUNNING:
                    await self._call(args, status)
            if task._p_ended_at is None and task._p_seat is not None:
                self._end(None, Stopped(task._p_stop_reason or "stopped"))
        finally:
            task._p_driver, maker.task = OVER, None

    async def _start(self) -> None:
        """Wait until the task has started, or will not."""
        task = self.task
        try:
            while task._p_seat is None and task._state == PENDING:
                await self._event.wait()
                self._event = anyio.Event()
        except BaseException:
            task.cancel()
            raise

    async def _call(self, args: tuple[Any, ...], status: dict[str, Any]) -> None:
        watches = Watches(self.task, self._limits)
        try:
            self._coro = self._function(*args, **status)
            result = await self._coro
        except BaseException as error:
            failure = watches.judge(self._failure_of(error))
            self._end(None, failure)
            if not isinstance(failure, TaskTimeout):
                failure = None
                if isinstance(error, Stopped):  # raised by a checkpoint below it
                    return
                raise
            try:
                raise failure from error
            finally:
                failure = None  # or it refers to this frame
        else:
            watches.judge(None)
            self._end(result, None)
        finally:
            watches.end()

    def _failure_of(self, error: BaseException) -> BaseException:
        """Return what the task has failed with: a cancellation is a stop."""
        if isinstance(error, anyio.get_cancelled_exc_class()):
            return Stopped(self.task._p_stop_reason or "cancelled")
        return error

    def _end(self, result: Any, error: BaseException | None) -> None:
        """Let it be known what has come of it."""
        task = self.task
        self._come_back()
        if task._p_ended_at is None and task._p_seat is not None:
            following = come_out(task._p_node.pool, task._p_seat, task, result, error)
            self._carrier.follow(task._p_seat, following)

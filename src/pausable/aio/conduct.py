"""The conduct of a driven coroutine: what is asked of it, and done for it in its own code."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Conduct"]


class Conduct:
    """The part of a driver that others ask, or its own coroutine, or a task which that has made."""

    __slots__ = ("_coro", "_is_told", "aio_task", "task")

    def __init__(self, coro: Any) -> None:
        """Conduct a coroutine that has not begun; its task comes later."""
        self.task: Any  # a `CoroutineFuture`
        self.aio_task: asyncio.Task[Any] | None = None  # once it has been sent something
        self._coro = coro
        self._is_told = False  # that it is to stop

    def stop(self) -> None:
        """Have asyncio cancel the task, once: it was asked to stop."""
        if not self._is_told and self.aio_task is not None:
            self.aio_task.cancel(self.task._p_stop_reason)
            self.note_stop()  # not before: an exception that was sent here may come in between

    def note_stop(self) -> None:
        """Note that the task was told that it is to stop."""
        self._is_told = True

    def send(self, value: Any) -> Any:
        """Resume the coroutine with a value."""
        raise NotImplementedError

    def throw(self, kind: Any, value: Any = None, trace: Any = None) -> Any:
        """Resume it with an exception."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the coroutine."""
        raise NotImplementedError

    def __await__(self) -> Generator[Any, Any, Any]:
        """Drive it where it is awaited."""
        resume = partial(self.send, None)
        while True:
            try:
                awaited = resume()
            except StopIteration as end:
                return end.value
            try:
                resume = partial(self.send, (yield awaited))
            except GeneratorExit:
                self.close()
                raise
            except BaseException as error:  # noqa: BLE001 - it is the coroutine's
                resume = partial(self.throw, error)

    def title(self) -> str:
        """Return what the coroutine is called."""
        found = getattr(self._coro, "__name__", None)
        return found if type(found) is str and found else type(self._coro).__name__

    def is_running(self) -> bool:
        """Say whether it is in the midst of its code, and not at an await."""
        return bool(getattr(self._coro, "cr_running", False))

    def is_current(self) -> bool:
        """Say whether the calling code is that of the coroutine."""
        is_here = asyncio._get_running_loop() is not None
        return is_here and asyncio.current_task() is self.aio_task

    async def at_checkpoint(self) -> None:
        """Rest, or be cancelled, if the task is to. In its own code."""
        task = self.task
        if task._p_stop_reason is not None:
            self.stop()
        if task._p_stop_reason is not None or task._p_gate.closed_to_running:
            await asyncio.sleep(0)  # here it rests

    async def end_part(self) -> None:
        """End a task that the coroutine has made, unasked: in the code of that."""
        raise asyncio.CancelledError(self.task._p_stop_reason)

    async def sleep(self, seconds: float) -> None:
        """Sleep, for no less than that. In its own code."""
        await asyncio.sleep(seconds)

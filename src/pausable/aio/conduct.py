"""The conduct of a driven coroutine: what is done for it in its own code, where that asks."""

from __future__ import annotations

import asyncio
from typing import Any

__all__ = ["Conduct"]


class Conduct:
    """The part of a driver that its own coroutine calls, or a task which that has made."""

    __slots__ = ()

    task: Any
    aio_task: asyncio.Task[Any] | None

    def stop(self) -> None:
        """Have asyncio cancel the task, once."""
        raise NotImplementedError

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

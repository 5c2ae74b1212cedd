"""The loops: asyncio's and trio's, as those need them who wait on one and are woken by any thread.

Both are imported by whoever has a coroutine, and not here.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AsyncioLoop", "Bell", "Loop", "TrioLoop", "running_loop"]


class AsyncioLoop:
    """A loop of asyncio."""

    is_trio = False

    def __init__(self, loop: Any) -> None:
        """Be that one."""
        self.own = loop

    def call(self, function: Callable[[], object]) -> None:
        """Have it call a function, on its thread. From any thread.

        Raises:
            RuntimeError: it is closed.
        """
        self.own.call_soon_threadsafe(function)

    def is_closed(self) -> bool:
        """Say whether nothing will run there any more."""
        return bool(self.own.is_closed())

    def new_event(self) -> Any:
        """Make an event that coroutines of this loop wait for."""
        return sys.modules["asyncio"].Event()

    async def wait(self, event: Any, seconds: float | None) -> None:
        """Wait for an event, *seconds* at most."""
        with suppress(TimeoutError):
            async with sys.modules["asyncio"].timeout(seconds):
                await event.wait()


class TrioLoop:
    """A run of trio."""

    is_trio = True

    def __init__(self, token: Any) -> None:
        """Be the run that has this token."""
        self.own = token

    def call(self, function: Callable[[], object]) -> None:
        """Have it call a function, on its thread. From any thread.

        Raises:
            RuntimeError: the run is over.
        """
        self.own.run_sync_soon(function)

    def is_closed(self) -> bool:
        """Say that it does not end before its tasks."""
        return False

    def new_event(self) -> Any:
        """Make an event that coroutines of this run wait for."""
        return sys.modules["trio"].Event()

    async def wait(self, event: Any, seconds: float | None) -> None:
        """Wait for an event, *seconds* at most."""
        with sys.modules["trio"].move_on_after(float("inf") if seconds is None else seconds):
            await event.wait()


Loop = AsyncioLoop | TrioLoop


def running_loop() -> Loop:
    """Return the loop that runs the calling coroutine.

    Raises:
        RuntimeError: none does.
    """
    trio: Any = sys.modules.get("trio")
    if trio is not None:
        with suppress(RuntimeError):
            trio.lowlevel.current_task()  # asyncio may run on this thread, too
            return TrioLoop(trio.lowlevel.current_trio_token())
    import asyncio  # noqa: PLC0415

    return AsyncioLoop(asyncio.get_running_loop())


class Bell:
    """Wakes the coroutine that has made it, from any thread."""

    __slots__ = ("_event", "_loop")

    def __init__(self) -> None:
        """Be for the calling coroutine."""
        self._loop = running_loop()
        self._event = self._loop.new_event()

    def wake(self) -> None:
        """Ring."""
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call(self._ring)

    def _ring(self) -> None:
        self._event.set()

    async def rung(self, seconds: float | None = None) -> None:
        """Wait until it has rung since the last time, *seconds* at most."""
        await self._loop.wait(self._event, seconds)
        if self._event.is_set():
            self._event = self._loop.new_event()

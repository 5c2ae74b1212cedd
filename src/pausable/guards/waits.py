"""Waits: who waits for a guard to be healthy, without being a task that it holds."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from pausable._core.parker import Parker
from pausable._core.parking import Quiet
from pausable._core.times import clock

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Waits"]


class Waits:
    """The threads and event loops that wait. May be called from any thread."""

    def __init__(self, begin: Callable[[], object]) -> None:
        """Begin with nobody; *begin* is called when somebody has come."""
        self._begin = begin
        self._calls: dict[object, Callable[[], object]] = {}

    def are_there(self) -> bool:
        """Say whether anybody waits."""
        return bool(self._calls)

    def tell(self) -> None:
        """Let all look again. Outside all locks."""
        for call in tuple(self._calls.values()):
            call()

    def wait(self, is_true: Callable[[], bool], timeout: float | None) -> bool:
        """Block until *is_true*, or for *timeout* seconds; say whether it is."""
        parker = Parker()
        deadline = None if timeout is None else clock() + timeout
        self._calls[parker] = parker.wake
        self._begin()
        try:
            with Quiet(parker) as block:
                while not is_true() and (block.task is None or block.task.stop_reason is None):
                    left = None if deadline is None else deadline - clock()
                    if left is not None and left <= 0:
                        break
                    parker.park(left)
        finally:
            del self._calls[parker]
        return is_true()

    async def wait_async(self, is_true: Callable[[], bool], limit: float | None) -> bool:
        """Wait until *is_true*, or for *limit* seconds, without blocking the event loop."""
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        self._calls[told] = lambda: loop.call_soon_threadsafe(told.set)
        self._begin()
        with suppress(TimeoutError):
            try:
                async with asyncio.timeout(limit):
                    while not is_true():
                        await told.wait()
                        told.clear()
            finally:
                del self._calls[told]
        return is_true()

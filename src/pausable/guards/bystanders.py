"""The bystanders: who waits for a guard to be healthy, and does not rest for it.

That is whoever is no task, and a task where it may not rest: see `retreat`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pausable.guards.watcher import name_of_thread
from pausable.scopes.patience import Patience
from pausable.scopes.waits import wait_to_be_told

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.scopes.joint_hold import JointHold

__all__ = ["Bystanders"]


class Bystanders:
    """The threads and event loops that wait. May be called from any thread."""

    def __init__(self, holds: JointHold) -> None:
        """Begin with nobody; whoever comes is noticed by a decision of *holds*."""
        self._holds = holds
        self.calls: dict[object, Callable[[], object]] = {}  # what tells each of those that wait

    def tell(self) -> None:
        """Let all look again. Outside all locks."""
        for key, call in tuple(self.calls.items()):
            try:
                call()
            except RuntimeError:  # an event loop that was closed while it waited
                self.calls.pop(key, None)

    def wait(self, is_true: Callable[[], bool], timeout: float | None) -> bool:
        """Block until *is_true*, or for *timeout* seconds; say whether it is.

        A stop ends it, but where a task cleans up after one. Logged, at growing intervals.
        """
        patience = Patience(name_of_thread, self._said)
        return wait_to_be_told(is_true, self.calls, self._holds.refresh, timeout, patience)

    def _said(self) -> str:
        why = self._holds.reason
        return f"guard {self._holds.name!r} {'holds nothing' if why is None else f'holds: {why}'}"

    async def wait_async(self, is_true: Callable[[], bool], limit: float | None) -> bool:
        """Wait until *is_true*, or for *limit* seconds, without blocking the event loop."""
        import asyncio  # noqa: PLC0415

        loop, told = asyncio.get_running_loop(), asyncio.Event()
        self.calls[told] = lambda: loop.call_soon_threadsafe(told.set)
        with suppress(TimeoutError):
            try:
                self._holds.refresh()
                async with asyncio.timeout(limit):
                    while not is_true():
                        await told.wait()
                        told.clear()
            finally:
                self.calls.pop(told, None)
        return is_true()

"""A flag to wait for in C, where nothing is known of the wait."""

from __future__ import annotations

from queue import SimpleQueue

__all__ = ["FlagInC"]


class FlagInC:
    """As an event, for one who waits: but that `wait(timeout=...)` itself is a call in C."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[None] = SimpleQueue()
        self.wait = self._queue.get

    def set(self) -> None:
        self._queue.put(None)

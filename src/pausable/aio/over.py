"""What stands for the driver of a coroutine that is over: it has nothing to do, and keeps nothing.

A driver and its task refer to each other while the coroutine runs. With this in its place the task,
its result included, goes as soon as nobody has it: the collector of cycles need not come.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["OVER"]


class _Over:
    """Answers whoever comes too late, on the thread of the loop or on others."""

    __slots__ = ("__weakref__",)

    timeouts: Final[tuple[()]] = ()

    def is_current(self) -> bool:
        """Say that the calling code is not that of the coroutine."""
        return False

    def is_running(self) -> bool:
        """Say that it is not in the midst of its code."""
        return False

    def may_pass(self) -> bool:
        """Say that it does not rest."""
        return True

    def go_on(self) -> None:
        """Do nothing."""

    stop = note_stop = withdraw = go_on


OVER: Final[Any] = _Over()

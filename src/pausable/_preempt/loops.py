"""Event loops in tasks: how one that sleeps until its next timer is brought to its next iteration.

A task that runs `asyncio.run` rests between two callbacks of its loop, in `_run_once`. A loop that
has nothing to do waits in a selector, in C: it is woken as any other thread would wake it.

Both modules are known by name, since a program without asyncio is not to pay for its import.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["is_run_once", "wake_loop"]


def is_run_once(frame: FrameType) -> bool:
    """Say whether this is one iteration of an asyncio loop: no lock is held in it."""
    return (
        frame.f_code.co_qualname == "BaseEventLoop._run_once"
        and frame.f_globals.get("__name__") == "asyncio.base_events"
    )


def wake_loop(frame: FrameType | None) -> None:
    """Have the loop look up that waits in its selector, if *frame*, the innermost, is in one."""
    caller = None if frame is None else frame.f_back
    if frame is None or caller is None or frame.f_globals.get("__name__") != "selectors":
        return
    if is_run_once(caller):
        loop = caller.f_locals.get("self")
        with suppress(AttributeError, RuntimeError):  # no loop yet, or one that has been closed
            loop.call_soon_threadsafe(_nothing)  # type: ignore[union-attr]


def _nothing() -> None:
    pass

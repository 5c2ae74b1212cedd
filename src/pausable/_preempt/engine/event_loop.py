"""Event loops in tasks: how one that sleeps comes to its next iteration, and which is its last.

A task that runs `asyncio.run` rests between two callbacks of its loop, in `_run_once`. A loop that
has nothing to do waits in a selector, in C: it is woken as any other thread would wake it.

Both modules are known by name, since a program without asyncio is not to pay for its import.
"""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pausable._core.frames import locals_of
from pausable._preempt.rule.territory import runs_loop

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import FrameType

__all__ = ["is_in_last_iteration", "wake_loop", "wake_loops_of"]


def wake_loop(frame: FrameType) -> None:
    """Have the loop look up that has called *frame*, the innermost, which is of a selector."""
    caller = frame.f_back
    if caller is not None and runs_loop(caller):
        _wake(locals_of(caller).get("self"))


def wake_loops_of(threads: Collection[int]) -> None:
    """Have all loops look up that run on these threads, whose frames must not be read.

    Looks at all objects of the process, of which no code is run.
    """
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return
    loops = [each for each in gc.get_objects() if issubclass(type(each), asyncio.BaseEventLoop)]
    for loop in loops:
        if loop._thread_id in threads:
            _wake(loop)


def is_in_last_iteration(frame: FrameType) -> bool:
    """Say whether the loop that *frame* runs ends after this iteration: what it ran for is over.

    On the thread of the loop.
    """
    run_forever = frame.f_back
    run = None if run_forever is None else run_forever.f_back
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or run is None or run.f_code.co_name != "run_until_complete":
        return False
    future = locals_of(run).get("future")
    return isinstance(future, asyncio.Future) and future.done()


def _wake(loop: Any) -> None:  # noqa: ANN401 - no module is imported for its type
    with suppress(AttributeError, RuntimeError):  # no loop yet, or one that has been closed
        loop.call_soon_threadsafe(_nothing)


def _nothing() -> None:
    pass

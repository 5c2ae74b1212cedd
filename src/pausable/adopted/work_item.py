"""The work item: one call of the stdlib's pool, and what stands in it for its future.

Private names of the stdlib, the same since 3.9 but for what 3.14 has changed: there an item has one
`task`, of which the function is the first part, and is run with the context of its worker.
"""

from __future__ import annotations

import dis
from concurrent.futures import thread as stdlib
from concurrent.futures._base import CANCELLED, PENDING, RUNNING
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pausable._core.frames import entries, frames_of_threads, locals_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

__all__ = [
    "RUN",
    "WORK_ITEM",
    "ItemCall",
    "calls_under_way",
    "cancel",
    "cancel_running",
    "function_of",
    "is_stdlibs",
    "look_again",
    "queue_below",
]

WORK_ITEM: Any = stdlib._WorkItem

RUN: Callable[..., None] = WORK_ITEM.run
"""What runs an item; workers look it up for each of them."""

_CODE: CodeType = WORK_ITEM.run.__code__
_CALLS = frozenset(
    each.positions.lineno
    for each in dis.get_instructions(_CODE)
    if each.positions is not None and each.argval in ("fn", "task")
)
"""The lines of it in which the call is made. In those before it may turn out to be cancelled, and
in those after the future is told of the outcome."""

_FEW = 6  # frames: between an item that runs and the loop of its worker there are some of ours

entries.append(_CODE)
"""What is above it on a stack is a task's."""


def is_stdlibs() -> bool:
    """Say whether an item is run by the stdlib's own code, whose place on a stack is known."""
    return _CODE.co_filename == stdlib.__file__ and _CODE.co_name == "run"


class ItemCall:
    """An item that a thread runs just now, and the queue from which it has come."""

    __slots__ = ("ident", "is_certain", "item", "queue")

    def __init__(self, ident: int, item: Any, queue: Any, *, is_certain: bool) -> None:
        """Say that a thread runs *item*, and whether that is certain to tell its future."""
        self.ident: int = ident
        self.item: Any = item
        self.queue: Any = queue
        self.is_certain: bool = is_certain


def calls_under_way() -> list[ItemCall]:
    """List the items that are being run, by whatever thread. Only where there is a GIL."""
    # The dict has no name: see `_core.frames`.
    return [
        found
        for ident, frame in frames_of_threads().items()
        if (found := _call_on(ident, frame)) is not None
    ]


def look_again(ident: int, item: Any) -> ItemCall | None:
    """Look whether a thread still runs *item*; None if it does not. Only where there is a GIL."""
    found = _call_on(ident, frames_of_threads().get(ident))
    return found if found is not None and found.item is item else None


def _call_on(ident: int, frame: FrameType | None) -> ItemCall | None:
    while frame is not None and frame.f_code is not _CODE:
        frame = frame.f_back
    if frame is None:
        return None
    item = locals_of(frame).get("self")  # None when it has told of an exception, and only returns
    queue = queue_below(frame.f_back)
    if item is None or queue is None:
        return None
    return ItemCall(ident, item, queue, is_certain=frame.f_lineno in _CALLS)


def queue_below(frame: FrameType | None) -> Any:
    """Return the queue of the worker that has called *frame*, or is it; None if it is no worker."""
    for _ in range(_FEW):
        if frame is None:
            return None
        queue = locals_of(frame).get("work_queue")
        if queue is not None:
            return queue
        frame = frame.f_back
    return None


def function_of(item: Any) -> Callable[..., Any]:
    """Return the function of an item; or what stands for it, if it is to run in another process."""
    found = getattr(item, "fn", None)
    if found is None:
        task = getattr(item, "task", None)
        found = task[0] if isinstance(task, tuple) and task else None
    return found if callable(found) else call


def call() -> None:
    """Stand for a function that cannot be told."""


def cancel(item: Any) -> bool:
    """Cancel an item that nobody will run, and tell those who wait for it; False if it is over."""
    future = item.future
    if not future.cancel():
        return False
    if future._state == CANCELLED:
        with suppress(RuntimeError):  # somebody was faster
            future.set_running_or_notify_cancel()
    return True


def cancel_running(future: Any) -> None:
    """Have the future of a call that runs end as cancelled: it was stopped."""
    with future._condition:
        if future._state not in (PENDING, RUNNING):
            return
        future._state = CANCELLED
        future._condition.notify_all()
    future.set_running_or_notify_cancel()
    future._invoke_callbacks()

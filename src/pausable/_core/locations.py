"""Places in the user's code: the first frame that is not ours."""

from __future__ import annotations

import concurrent.futures
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pausable.snapshots import Location

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from pausable._core.tasks import Task

__all__ = ["caller", "entries", "location_of", "where"]

# What calls us, or waits on behalf of the user's code, is not the place that people look for.
_NOT_THEIRS = (
    str(Path(__file__).parent.parent) + os.sep,
    str(Path(concurrent.futures.__file__).parent) + os.sep,
    str(Path(threading.__file__)),
)

entries: set[CodeType] = set()
"""The code from which the adapters call tasks: what is above it on a stack is the task's."""


def location_of(frame: FrameType | None) -> Location | None:
    """Return the place of the innermost frame of the user's code."""
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_NOT_THEIRS):
            return Location(code.co_filename, frame.f_lineno or 0, code.co_qualname)
        if code in entries:  # to look it up takes longer than the rest: it hashes the whole code
            return None
        frame = frame.f_back
    return None


def caller() -> Location | None:
    """Return the place in the user's code that has called us."""
    return location_of(sys._getframe(2))  # one is ours: who asks


def where(task: Task) -> Location | None:
    """Return the line at which a started task rests or runs; None before and after.

    Of a running task it is the line at some moment during the call. In a free-threaded build the
    frames of a running thread must not be read: there it is None unless the task rests.
    """
    record, seat = task.rest, task.seat
    if task.ended_at is not None or seat is None or seat.task is not task:
        return None
    if record is not None and (frame := record.frame) is not None:
        found = location_of(frame)
    elif _may_read_running_frames():
        found = location_of(sys._current_frames().get(seat.ident))
    else:
        return None
    return found or _first_line(task)


def _first_line(task: Task) -> Location | None:
    """Return where the task's function begins: it has not come to its first line yet."""
    code = getattr(task.fn, "__code__", None)
    return code and Location(code.co_filename, code.co_firstlineno, code.co_qualname)


def _may_read_running_frames() -> bool:
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())

"""Places in the user's code: the first frame that is not ours."""

from __future__ import annotations

import concurrent.futures
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pausable._core.gil import HAS_GIL
from pausable.snapshots import Location

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from pausable._core.tasks import Task

__all__ = ["OURS", "caller", "entries", "frame_of", "location_of", "theirs", "where"]

OURS: str = str(Path(__file__).parent.parent) + os.sep
"""How the names of our own files begin."""

# What calls us, or waits on behalf of the user's code, is not the place that people look for.
_NOT_THEIRS = (
    OURS,
    str(Path(concurrent.futures.__file__).parent) + os.sep,
    str(Path(threading.__file__)),
)

entries: list[CodeType] = []
"""The code from which the adapters call tasks: what is above it on a stack is the task's.

Few, and a list: to look a code object up in a set would hash all of it each time.
"""


def theirs(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame of the user's code, from *frame* on."""
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_NOT_THEIRS):
            return frame
        if code in entries:
            return None
        frame = frame.f_back
    return None


def location_of(frame: FrameType | None) -> Location | None:
    """Return the place of the innermost frame of the user's code."""
    found = theirs(frame)
    if found is None:
        return None
    return Location(found.f_code.co_filename, found.f_lineno or 0, found.f_code.co_qualname)


def caller() -> Location | None:
    """Return the place in the user's code that has called us."""
    return location_of(sys._getframe(2))  # one is ours: who asks


def where(task: Task) -> Location | None:
    """Return the line at which a started task rests or runs; None before and after.

    Of a running task it is the line at some moment during the call. In a free-threaded build the
    frames of a running thread must not be read: there it is None unless the task rests.
    """
    frame = frame_of(task)
    return None if frame is None else location_of(frame) or _first_line(task)


def frame_of(task: Task) -> FrameType | None:
    """Return the innermost frame of a started task, whoever's it is; None where it can't be read.

    Of a task that runs it is one that goes on meanwhile.
    """
    record, seat = task.rest, task.seat
    if task.ended_at is not None or seat is None or seat.task is not task:
        return None
    if record is not None and (frame := record.frame) is not None:
        return frame
    return sys._current_frames().get(seat.ident) if HAS_GIL else None


def _first_line(task: Task) -> Location | None:
    """Return where the task's function begins: it has not come to its first line yet."""
    code = getattr(task.fn, "__code__", None)
    return code and Location(code.co_filename, code.co_firstlineno, code.co_qualname)

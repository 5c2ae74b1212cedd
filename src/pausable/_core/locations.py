"""Places in the user's code: the first frame that is not ours."""

from __future__ import annotations

import concurrent.futures
import sys
import threading
from typing import TYPE_CHECKING

from pausable._core.frames import OURS, entries, folder_of, without_ours
from pausable._core.names import function_of, plain_text
from pausable.snapshots import Location

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from pausable._core.frames import Spot
    from pausable._core.task import Task

__all__ = [
    "calling",
    "first_line",
    "frame_of",
    "line_of",
    "location_at",
    "location_of",
    "theirs",
    "where",
]

# What calls us, or waits on behalf of the user's code, is not the place that people look for.
_NOT_THEIRS = (
    OURS,
    folder_of(concurrent.futures.__file__),
    threading.__file__,
)


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
    return None if found is None else line_of(found.f_code, found.f_lineno)


def line_of(code: CodeType, line: int | None) -> Location:
    """Return the place of a line of some code."""
    file, function = code.co_filename, code.co_qualname
    if not (type(file) is type(function) is str and file.isascii() and function.isascii()):
        file, function = plain_text(file), plain_text(function)
    return Location(file, line or 0, function)


def calling() -> Spot | None:
    """Return where in the user's code we were called, to be read by `location_at`, if ever."""
    found = theirs(sys._getframe(2))  # one is ours: who asks
    return None if found is None else (found.f_code, found.f_lasti)


def location_at(spot: Spot | None) -> Location | None:
    """Return the place of an instruction of some code."""
    if spot is None:
        return None
    code, at = spot
    lines = (line for start, end, line in code.co_lines() if start <= at < end)
    return line_of(code, next(lines, None))


def where(task: Task) -> Location | None:
    """Return the line at which a started task rests or runs; None before and after.

    Of a running task it is what its seat says: the line at some moment during the call. In a
    free-threaded build the frames of a running thread must not be read: there it is None unless the
    task rests.
    """
    if not _is_under_way(task):
        return None
    found = location_of(_resting_frame(task)) or task._p_seat.place()
    return first_line(task) if found is None and task._p_is_at_rest() else found


def frame_of(task: Task) -> FrameType | None:
    """Return the innermost frame of a started task that is not ours; None where it can't be read.

    Of a task that runs it is one that goes on meanwhile.
    """
    if not _is_under_way(task):
        return None
    found = _resting_frame(task)
    if found is None:
        found = task._p_seat.frame()
    return found


def _resting_frame(task: Task) -> FrameType | None:
    return None if task._p_rest is None else without_ours(task._p_rest.frame)


def _is_under_way(task: Task) -> bool:
    seat = task._p_seat
    return task._p_ended_at is None and seat is not None and seat.task is task


def first_line(task: Task) -> Location | None:
    """Return where the task's function begins: it has not come to its first line yet."""
    function = function_of(task._p_fn)
    if function is None:
        return None
    code = function.__code__
    return line_of(code, code.co_firstlineno)

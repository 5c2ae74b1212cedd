"""Frames: looked at, and never kept.

Whoever refers to a frame when its function returns keeps all of its local names alive, and all
frames below it with theirs: files, sockets and arrays of code that has nothing to do with us. In
a reference cycle they stay until a collection, which crashes CPython up to 3.12.1 if there is a
`BytesIO().getbuffer()` among them (gh-111049). So no frame of ours is ever referred to from a
local name of ours, which would be such a cycle:

- The dict of `frames_of_threads()` has no name, not even for one line. The frame of whoever asks
  is in it.
- A frame of another thread is given out without those of ours on top of it: two threads that look
  at each other at the same time would refer to each other's.
- Where a task rests is forgotten by whoever writes down that the rest is over.

A frame that is being looked at, by a name, when its function returns, lives for as long as the
look; so does what its `f_locals` give.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from _thread import RLock
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import CodeType, FrameType

__all__ = [
    "OURS",
    "Spot",
    "each_innermost",
    "entries",
    "folder_of",
    "frames_of_threads",
    "innermost",
    "is_ours",
    "locals_of",
    "without_ours",
]


def folder_of(path: str) -> str:
    """Return how the names of the files begin that are in the same folder as *path*, or below."""
    return os.path.dirname(path) + os.sep  # noqa: PTH120 - pathlib takes long to import


OURS: str = folder_of(os.path.dirname(__file__))  # noqa: PTH120 - as above
"""How the names of our own files begin."""

Spot: TypeAlias = "tuple[CodeType, int]"
"""An instruction of some code, by its offset in bytes: a place that keeps no frame."""

entries: list[CodeType] = []
"""The code from which the adapters call tasks: what is above it on a stack is the task's.

Few, and a list: to look a code object up in a set would hash all of it each time.
"""

_OPTIMIZED = 1  # co_flags: the local names are not in a dict
_FIRST_FEW = 8  # bytes of code: `RESUME`, and what comes before it
_UNSHARED = 3  # references: the frame's, the local name's, and that of the call


if sys.version_info >= (3, 12):
    frames_of_threads = sys._current_frames
else:
    _looking = RLock()  # held while the collector is off

    def frames_of_threads() -> dict[int, FrameType]:
        """Return the innermost frame of each thread, as `sys._current_frames`.

        That makes objects while it has the lock over all threads, and so may begin a collection,
        which waits for whoever is just starting or ending a thread, and waits for that lock: up to
        CPython 3.11 for ever (gh-106883). So there is no collection meanwhile.
        """
        with _looking:
            was_enabled = gc.isenabled()
            gc.disable()
            try:
                return sys._current_frames()
            finally:
                if was_enabled:
                    gc.enable()


def is_ours(frame: FrameType) -> bool:
    """Say whether the code of a frame is ours."""
    return frame.f_code.co_filename.startswith(OURS)


def without_ours(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame of a task that is not ours, from *frame* on; None if all are."""
    while frame is not None and is_ours(frame):
        frame = None if frame.f_code in entries else frame.f_back
    return frame


def innermost(ident: int) -> FrameType | None:
    """Return the innermost frame of a thread that is not ours: it runs on meanwhile.

    None if the thread is not there, or runs nothing but our code. Only where there is a GIL.
    """
    return without_ours(frames_of_threads().get(ident))


def each_innermost(idents: Iterable[int]) -> list[FrameType | None]:
    """Do as `innermost` for many threads; to be taken out from the end, where the first one is."""
    found = list(map(without_ours, map(frames_of_threads().get, idents)))
    found.reverse()
    return found


def locals_of(frame: FrameType) -> Mapping[str, object]:
    """Return the local names of a frame, without a trace of having looked.

    Up to Python 3.12 a frame keeps the dict that it has given away, and whatever is in it stays
    alive after a `del`. It is emptied if nobody else has it: `locals()` gives away the same dict;
    and not where a trace function may just be running, after which Python writes what is in that
    dict back into the frame, and would delete what is not.
    """
    found = frame.f_locals
    if sys.version_info >= (3, 13) or not frame.f_code.co_flags & _OPTIMIZED:
        return found
    copied = dict(found)
    if sys.getrefcount(found) <= _UNSHARED and not _may_be_traced(frame):
        found.clear()
    return copied


def _may_be_traced(frame: FrameType) -> bool:
    """Say whether a function of `settrace` or `setprofile` may be told of a frame just now."""
    return bool(
        frame.f_trace is not None
        or frame.f_lasti <= _FIRST_FEW  # it is told of a call before it has set `f_trace`
        or sys.gettrace() is not None
        or sys.getprofile() is not None
        or threading.gettrace() is not None
        or threading.getprofile() is not None
    )

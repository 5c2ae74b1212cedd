"""Why a preemptive task that is to rest does not: in words, for whoever waits for it."""

from __future__ import annotations

import opcode
import sys
from typing import TYPE_CHECKING

from pausable._core.gil import HAS_GIL
from pausable._core.locations import entries, location_of, where
from pausable._preempt.safety import obstacle
from pausable._preempt.territory import may_rest_in

if TYPE_CHECKING:
    from types import FrameType

    from pausable._core.tasks import Task
    from pausable._preempt.safety import Obstacle
    from pausable.snapshots import Location

__all__ = ["why_it_runs"]

_CALLS = frozenset(number for name, number in opcode.opmap.items() if name.startswith("CALL"))
_CACHE = opcode.opmap.get("CACHE", 0)
_SAYS = {
    "lock": "holds",
    "declared": "is in",
    "library": "is in",
    "import": "is in",
    "finalizer": "is in",
    "not understood": "is in code that is not understood,",
}


def why_it_runs(task: Task) -> tuple[str, Location | None]:
    """Return why a task neither rests nor has ended, and the line of its own code where it is.

    Looked up at some moment during the call, on any thread; without the frames, in a free-threaded
    build, not much can be said.
    """
    if task.rest is not None and task.rest.shields:
        return "is in a shield() block", where(task)
    seat = task.seat
    frame = sys._current_frames().get(seat.ident) if HAS_GIL and seat is not None else None
    if seat is None or frame is None:
        return "has not come to a safe point", where(task)
    own = _own(frame)
    place = where(task) if own is None else location_of(own)
    found = obstacle(own or frame, entries, seat.ident)
    if found is not None:
        return _of_obstacle(found), place
    inside = "" if own is frame else f", in {location_of(frame)}"
    if _is_calling(frame):
        return f"is in a C call{inside}", place
    if own is None:
        return f"is in code in which no task rests{inside}", place
    return f"has not come to a safe point{inside}", place


def _is_calling(frame: FrameType) -> bool:
    """Say whether the code of *frame* is just calling something, which then is not Python."""
    code, index = frame.f_code.co_code, frame.f_lasti
    while index > 0 and code[index] == _CACHE:  # before 3.13 it may point behind the call
        index -= 2
    return index >= 0 and code[index] in _CALLS


def _own(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame in whose code the task may rest."""
    while frame is not None and frame.f_code not in entries:
        if may_rest_in(frame):
            return frame
        frame = frame.f_back
    return None


def _of_obstacle(found: Obstacle) -> str:
    verb = _SAYS.get(found.kind, "is in")
    at = ", taken at" if found.kind == "lock" else " at"
    taken = "" if found.where is None else f"{at} {found.where}"
    return f"{verb} {found.what}{taken}"

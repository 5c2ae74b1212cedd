"""Why a preemptive task that is to rest does not: in words, for whoever waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.frames import entries
from pausable._core.locations import location_of, where
from pausable._preempt.analysis import analyse
from pausable._preempt.rule.safety import obstacle
from pausable._preempt.rule.territory import may_rest_in

if TYPE_CHECKING:
    from types import FrameType

    from pausable._core.task import Task
    from pausable._preempt.rule.safety import Obstacle
    from pausable.snapshots import Location

__all__ = ["why_it_runs"]

_SAYS = {
    "lock": "holds",
    "declared": "is in",
    "library": "is in",
    "import": "is in",
    "finalizer": "is in",
    "not understood": "is in code that is not understood,",
}
# What would help.
_A_WAIT = "`with resting():` around it, or a timeout, helps if it waits"
_A_MODULE = "`always_safe_in()` helps if nothing is half-done there"


def why_it_runs(task: Task) -> tuple[str, Location | None]:
    """Return why a task neither rests nor has ended, and the line of its own code where it is.

    Looked up at some moment during the call, on any thread; without the frames, in a free-threaded
    build, not much can be said.
    """
    if task._p_rest is not None and task._p_rest.shields:
        return "is in a shield() block", where(task)
    seat = task._p_seat
    frame = seat.frame() if seat is not None and seat.has_thread else None
    if frame is None:
        return "has not come to a safe point", where(task)
    own = _own(frame)
    place = where(task) if own is None else location_of(own)
    found = obstacle(own or frame, entries, seat.ident)
    if found is not None and not (found.is_guess and _is_calling(frame)):
        return _of_obstacle(found, place), place
    within = location_of(frame)
    inside = "" if own is frame or within == place else f", in {within}"
    if _is_calling(frame):
        return f"is in a C call{inside}: {_A_WAIT}", place
    if own is None:
        return f"is in code in which no task rests{inside}: {_A_MODULE}", place
    return f"has not come to a safe point{inside}", place


def _is_calling(frame: FrameType) -> bool:
    """Say whether the code of *frame* is just calling something, which then is not Python."""
    return analyse(frame.f_code).is_calling(frame.f_lasti)


def _own(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame in whose code the task may rest."""
    while frame is not None and frame.f_code not in entries:
        if may_rest_in(frame):
            return frame
        frame = frame.f_back
    return None


def _of_obstacle(found: Obstacle, place: Location | None) -> str:
    verb = "may hold" if found.is_guess else _SAYS.get(found.kind, "is in")
    at = ", taken at" if found.kind == "lock" else " at"
    is_said = found.where is None or found.where == place  # the straggler's own place comes first
    taken = "" if is_said else f"{at} {found.where}"
    helps = f": {_A_MODULE}" if found.kind == "library" else ""
    return f"{verb} {found.what}{taken}{helps}"

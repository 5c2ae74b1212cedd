"""Stop points: where `Stopped` is raised into a task, so that all that it owes is still done.

Things that do not work:

- To raise from a JUMP event: CPython looks up the wrong handler (gh-152375). The next instruction
  is asked for then, and the exception raised there. PY_YIELD is documented as never raising.
- To raise from a PY_RETURN event: a tracer that has been told of the return is told of it again.
- To raise in the middle of an iteration of an asyncio loop: a callback that it has taken from its
  queue, and not called yet, would be lost, and the task that waits for it never end. An iteration
  begins with PY_START. The last one must run: it is what ends the loop, and if it is left in the
  queue it ends the next run of that loop, which is the one that cleans up.
- To raise wherever a task may be. Under a lock that its handlers then give back: what others see of
  its work would be half-done. In a callback of an asyncio loop, or a coroutine: the loop would keep
  the exception, and go on. In what computes for the rest of the stdlib: a loop of asyncio would be
  half-made. For some time the task goes on to a better place.
- To raise again at once if the task goes on: that breaks whatever cleans up for longer, such as
  the end of `asyncio.run`. There is a grace period in between.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from pausable._core.frames import entries
from pausable._core.task import rest_of
from pausable._core.times import clock
from pausable._preempt.engine.event_loop import is_in_last_iteration
from pausable._preempt.engine.precaution import allows
from pausable._preempt.rule.safety import may_raise, may_raise_next, owes_nothing
from pausable._preempt.rule.territory import is_of_stdlib, may_rest_in, runs_loop
from pausable.scopes.attendance import cleans_up

if TYPE_CHECKING:
    from types import FrameType

    from pausable._core.task import Task

__all__ = ["Advice", "advice", "is_cleaning_up"]

GRACE = 0.25
"""Seconds for which a task that was stopped is left alone, before `Stopped` is raised again."""

PATIENCE = 1.0
"""Seconds for which a task may go on to a place that is better for `Stopped` to be raised at."""

_NEVER_RAISES = frozenset({"JUMP", "PY_YIELD", "PY_RETURN"})


class Advice(Enum):
    """What is to become of a task that is to stop, and has come to an event."""

    RAISE = "have `Stopped` raised here"
    WAIT = "have it raised at the next instruction"
    GO_ON = "let it go on to a better place"
    LEAVE = "leave it alone: it cleans up, or is between two callbacks of a loop"


def advice(name: str, frame: FrameType, task: Task) -> Advice:
    """Say whether `Stopped` is to be raised into the task at the event *name*, on its own thread.

    If it is, that is written down: it is not to be raised again for some time.
    """
    now = clock()
    if cleans_up() or is_cleaning_up(task, now):
        return Advice.LEAVE
    if runs_loop(frame) and (name != "PY_START" or is_in_last_iteration(frame)):
        return Advice.LEAVE
    if not allows(_may_raise, frame):
        is_covered_next = name == "JUMP" and allows(_may_raise_next, frame)
        return Advice.WAIT if is_covered_next else Advice.GO_ON
    if not (_is_overdue(task, now) or _is_good_place(frame)):
        return Advice.GO_ON
    if name in _NEVER_RAISES:
        return Advice.WAIT
    rest_of(task).raised_at = now
    return Advice.RAISE


def is_cleaning_up(task: Task, now: float) -> bool:
    """Say whether `Stopped` was raised into the task just now: it cleans up, and will end."""
    raised_at = None if task._p_rest is None else task._p_rest.raised_at
    return raised_at is not None and now - raised_at < GRACE


def _may_raise(frame: FrameType) -> bool:
    return may_raise(frame, entries)


def _may_raise_next(frame: FrameType) -> bool:
    return may_raise_next(frame, entries)


def _is_overdue(task: Task, now: float) -> bool:
    """Say whether `Stopped` could have been raised into the task for long, had it not mattered."""
    rest = rest_of(task)
    if rest.could_stop_since is None:
        rest.could_stop_since = now
    return now - rest.could_stop_since > PATIENCE


def _is_good_place(frame: FrameType) -> bool:
    """Say whether an exception leaves nothing half-done here, and ends the task."""
    return (
        _is_called_by_own_code(frame)
        and not _is_in_callback(frame)
        and allows(_owes_nothing, frame)
    )


def _owes_nothing(frame: FrameType) -> bool:
    return owes_nothing(frame, entries)


def _is_called_by_own_code(frame: FrameType) -> bool:
    """Say whether between here and code that is not the stdlib's there is nothing but computing."""
    each: FrameType | None = frame
    while each is not None and is_of_stdlib(each.f_code.co_filename):
        if not may_rest_in(each):
            return False
        if runs_loop(each):
            return True
        each = each.f_back
    return True


def _is_in_callback(frame: FrameType) -> bool:
    """Say whether an asyncio loop has called this: it would keep an exception, and go on."""
    each = frame.f_back
    while each is not None and each.f_code not in entries:
        if runs_loop(each):
            return True
        each = each.f_back
    return False

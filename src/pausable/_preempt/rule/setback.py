"""The setback: why a task could not rest where it was, as mostly at its next line, too.

A task that is busy under a lock comes to hundreds of places in which it may not rest, and would be
asked at each of them again after each look. So what has refused it is remembered: while that frame
is still in the same `with`, its places are left alone. Those that it has not come to since they
were armed, such as the line after the `with`, still are armed: it rests there at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.frames import entries
from pausable._core.task import rest_of
from pausable._preempt.rule.doubt import is_over, keeps
from pausable._preempt.rule.safety import obstacle, obstacle_of

if TYPE_CHECKING:
    from types import FrameType

    from pausable._core.task import Task

__all__ = ["Setback", "is_refused", "still_refused"]

_MOST = 50  # looks, each after 20 ms


class Setback:
    """What has refused a task: no frame, which would live for as long, but which one it was."""

    __slots__ = ("at", "frame", "is_guess", "left", "looks")

    def __init__(self, frame: int, at: int | None, looks: int, *, is_guess: bool) -> None:
        """Be refused on account of the frame with this `id`, for what it took *at* an offset."""
        self.frame = frame
        self.at = at
        self.is_guess = is_guess
        self.looks = self.left = looks


def is_refused(task: Task, frame: FrameType) -> bool:
    """Say whether a task may not rest at *frame*, the innermost; on its own thread.

    What has refused it last is asked first: it is seldom another one, and the stack may be deep.
    """
    record = rest_of(task)
    last = record.refusal
    if last is not None and not _is_settled(last, task) and _refuses(last, frame, None):
        return True
    found = obstacle(frame, entries)
    is_kept = keeps(task, found)
    if found is None or found.frame is None or not is_kept:
        record.refusal = None
    else:
        record.refusal = Setback(found.frame, found.at, 1, is_guess=found.is_guess)
    return is_kept


def still_refused(task: Task, frame: FrameType | None, ident: int) -> bool:
    """Say whether a task is to be left alone at this look, since it is where it was refused.

    For one look, then for two, for four, up to a second: it may have been refused at some place for
    a reason that is gone, and would come to no other place. Not if it is to stop: that may be where
    it may not rest.
    """
    last = None if task._p_rest is None else task._p_rest.refusal
    if last is None or task._p_stop_reason is not None or _is_settled(last, task):
        return False
    if not _refuses(last, frame, ident):
        return False
    last.left -= 1
    if last.left >= 0:
        return True
    last.looks = last.left = min(2 * last.looks, _MOST)
    return False


def _is_settled(last: Setback, task: Task) -> bool:
    return last.is_guess and is_over(task)


def _refuses(last: Setback, frame: FrameType | None, ident: int | None) -> bool:
    """Say whether a frame is still there, from *frame* on, and in what it has refused for."""
    while frame is not None and frame.f_code not in entries:
        if id(frame) == last.frame:
            found = obstacle_of(frame, ident)
            return found is not None and found.at == last.at
        frame = frame.f_back
    return False

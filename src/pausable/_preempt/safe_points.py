"""Safe points: what happens when a task that is chased comes to an event, on its own thread.

It rests there, or a stop is raised into it, if the rule lets it (`safety`); else it goes on, and
there are no more events at this place until somebody looks again: each would ask the rule.

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
- To rest in whatever a finalizer calls: it may have interrupted our own code, which has locks that
  no rule knows of. See `_has_room`.
- To rest with no room left on the stack: our own calls would fail half-way. See `_has_room`.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Protocol

from pausable._core.barring import rest_of
from pausable._core.gil import HAS_GIL
from pausable._core.locations import OURS, entries, location_of
from pausable._core.parking import cleans_up, rest_at_safe_point
from pausable._core.times import clock
from pausable._preempt.loops import is_in_last_iteration
from pausable._preempt.monitor import DISABLE
from pausable._preempt.safety import may_raise, obstacle
from pausable._preempt.territory import is_of_stdlib, may_rest_in, runs_loop
from pausable.errors import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

    from pausable._core.tasks import Task

__all__ = ["is_cleaning_up", "reach"]

logger = logging.getLogger("pausable")

GRACE = 0.25
"""Seconds for which a task that was stopped is left alone, before `Stopped` is raised again."""

PATIENCE = 1.0
"""Seconds for which a task may go on to a place that is better for `Stopped` to be raised at."""

_CALLS_USERS = ("checkpoints.py", "mapping.py", "protecting.py")  # each(), map(), protect()

_ROOM = 120  # calls: ours and those of observers where a task rests, and those below the task
_NEVER_RAISES = frozenset({"JUMP", "PY_YIELD", "PY_RETURN"})
_NOT_HERE: object = DISABLE if HAS_GIL else None  # events on all code are cleared soon anyway


class Engine(Protocol):
    """What a task that goes on needs of the engine."""

    def follow(self, frame: FrameType) -> None:
        """Have the calling thread seen at its next line."""

    def at_next_instruction(self, code: CodeType) -> None:
        """Have the calling thread seen at its next instruction."""


def reach(name: str, code: CodeType, frame: FrameType, task: Task, engine: Engine) -> object:
    """Let *task*, whose thread this is, rest at the event *name*, or raise `Stopped` into it.

    Returns what CPython is to be told: None, or that there are to be no more events here.
    """
    record = task.rest
    if not may_rest_in(frame) or task.is_at_rest() or (record is not None and record.shields):
        return _NOT_HERE
    if not _has_room(frame):
        return _NOT_HERE
    if task.stop_reason is None:
        if record is not None and record.is_stepping and name != "LINE":
            return None
        if not _allows(_may_rest, frame):
            return _NOT_HERE
        rest_at_safe_point(task)
        if task.stop_reason is not None:
            engine.follow(frame)  # the events have been cleared meanwhile
    return None if task.stop_reason is None else _stop(name, code, frame, task, engine)


def _stop(name: str, code: CodeType, frame: FrameType, task: Task, engine: Engine) -> object:
    """Raise `Stopped` into the task, if all of its handlers will run; else let it go on."""
    now = clock()
    if cleans_up() or is_cleaning_up(task, now):
        return _NOT_HERE
    if runs_loop(frame) and (name != "PY_START" or is_in_last_iteration(frame)):
        return _NOT_HERE
    if not (_allows(_may_raise, frame) and (_is_overdue(task, now) or _is_good_place(frame))):
        return None if name == "INSTRUCTION" else _NOT_HERE
    if name in _NEVER_RAISES:
        engine.at_next_instruction(code)
        return None
    rest_of(task).raised_at = now
    raise Stopped(task.stop_reason or "stopped")


def is_cleaning_up(task: Task, now: float) -> bool:
    """Say whether `Stopped` was raised into the task just now: it cleans up, and will end."""
    raised_at = None if task.rest is None else task.rest.raised_at
    return raised_at is not None and now - raised_at < GRACE


def _is_good_place(frame: FrameType) -> bool:
    """Say whether an exception leaves nothing half-done here, and ends the task."""
    return (
        _is_called_by_own_code(frame) and not _is_in_callback(frame) and _allows(_may_rest, frame)
    )


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


def _is_overdue(task: Task, now: float) -> bool:
    """Say whether `Stopped` could have been raised into the task for long, had it not mattered."""
    rest = rest_of(task)
    if rest.could_stop_since is None:
        rest.could_stop_since = now
    return now - rest.could_stop_since > PATIENCE


def _has_room(frame: FrameType) -> bool:
    """Say whether there is room for our calls on top of this stack, which is none of ours.

    Code of ours that calls users' on purpose does not count.
    """
    depth = _ROOM
    each: FrameType | None = frame
    while each is not None and each.f_code not in entries:
        file = each.f_code.co_filename
        if file.startswith(OURS) and not file.endswith(_CALLS_USERS):
            return False
        depth += 1
        each = each.f_back
    return depth < sys.getrecursionlimit()


def _may_rest(frame: FrameType) -> bool:
    return obstacle(frame, entries) is None


def _may_raise(frame: FrameType) -> bool:
    return may_raise(frame, entries)


def _allows(rule: Callable[[FrameType], bool], frame: FrameType) -> bool:
    """Ask a rule. Its faults are never the task's, into whose code an exception would go."""
    try:
        return rule(frame)
    except RecursionError:
        return False
    except Exception:
        logger.exception("cannot tell whether a task may rest or stop at %s", location_of(frame))
        return False

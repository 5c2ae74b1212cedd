"""A safe point: what happens when a task that is chased comes to an event, on its own thread.

It rests there, or a stop is raised into it (`stop_point`), if the rule lets it; else it goes on,
and there are no more events at this place until somebody looks again: each would ask the rule.

Things that do not work:

- To rest in whatever a finalizer calls: it may have interrupted our own code, which has locks that
  no rule knows of. See `has_room`.
- To rest with no room left on the stack: our own calls would fail half-way. See `has_room`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from pausable._core.gil import HAS_GIL
from pausable._core.task import rest_of
from pausable._preempt.engine.monitor import DISABLE
from pausable._preempt.engine.precaution import allows, has_room
from pausable._preempt.engine.stop_point import Advice, advice
from pausable._preempt.rule.setback import is_refused
from pausable._preempt.rule.territory import may_rest_in
from pausable.errors import Stopped

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from pausable._core.task import Task

__all__ = ["Pursuer", "arrive"]

_NOT_HERE: object = DISABLE if HAS_GIL else None  # events on all code are cleared soon anyway


class Pursuer(Protocol):
    """What a task that goes on needs of the engine."""

    def follow(self, frame: FrameType) -> None:
        """Have the calling thread seen at its next line."""

    def at_next_instruction(self, code: CodeType) -> None:
        """Have the calling thread seen at its next instruction."""


def arrive(name: str, code: CodeType, frame: FrameType, task: Task, engine: Pursuer) -> object:
    """Let *task*, whose thread this is, rest at the event *name*, or have `Stopped` raised into it.

    Returns what CPython is to be told: None, or that there are to be no more events here; or the
    exception that the caller is to raise, whose traceback then has none of the frames of the rule.
    """
    record = task._p_rest
    if not may_rest_in(frame) or task._p_is_at_rest() or (record is not None and record.shields):
        return _NOT_HERE
    if not has_room(frame):
        return _NOT_HERE
    if task._p_stop_reason is None:
        if record is not None and record.is_stepping and name != "LINE":
            return None
        if not allows(partial(_may_rest, task), frame):
            return _NOT_HERE
        rest_of(task).guessed = None
        task._p_seat.rest(task)
        if task._p_stop_reason is not None:
            engine.follow(frame)  # the events have been cleared meanwhile
    return None if task._p_stop_reason is None else _stop(name, code, frame, task, engine)


def _may_rest(task: Task, frame: FrameType) -> bool:
    return not is_refused(task, frame)


def _stop(name: str, code: CodeType, frame: FrameType, task: Task, engine: Pursuer) -> object:
    """Have `Stopped` raised into the task, if all of its handlers will run; else let it go on."""
    what = advice(name, frame, task)
    if what is Advice.RAISE:
        return Stopped(task._p_stop_reason or "stopped")
    if what is Advice.WAIT:
        engine.at_next_instruction(code)
        return None
    return None if what is Advice.GO_ON and name == "INSTRUCTION" else _NOT_HERE

"""Rare events: holds, faults, stops, the end of a scope, told exactly to those who watch.

What happens to each task is not among them: to observe that would cost the pool its speed.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pausable import everything
from pausable.control.replies import Event as EventFrame
from pausable.events import (
    Event,
    HoldEvent,
    HoldReleased,
    ScopeQuiescent,
    ScopeShutDown,
    StopRequested,
    TaskEvent,
    TaskFaulted,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.control.commands import Number
    from pausable.control.parts import Hold
    from pausable.snapshots import HoldStatus

__all__ = ["RareEvents", "frame_of", "path_of"]

_KINDS = (HoldEvent, ScopeQuiescent, ScopeShutDown, StopRequested, TaskFaulted)
_MANY = 10_000
"""How many events wait for the server's thread, at most."""


class RareEvents:
    """What has happened and was not told yet. Begun and ended by the server's thread."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """Observe nothing yet; *wake* is called when there is something to tell."""
        self._wake = wake
        self._events: deque[Event] = deque()
        self._lost = 0  # since they were last taken
        self._end: Callable[[], None] | None = None

    def observe(self, *, wanted: bool) -> None:
        """Begin to observe, or end it."""
        if wanted and self._end is None:
            self._end = everything.observe(self._note, kinds=_KINDS)
        elif not wanted and self._end is not None:
            self._end()
            self._end = None
            self._events.clear()

    def _note(self, event: Event) -> None:
        """Take an event, on whichever thread it is delivered."""
        if len(self._events) < _MANY:
            self._events.append(event)
        else:
            self._lost += 1
        self._wake()

    def take(self) -> tuple[list[Event], int]:
        """Return what has happened since, and how many more there were."""
        taken = [self._events.popleft() for _ in range(len(self._events))]
        lost, self._lost = self._lost, 0
        return taken, lost


def path_of(event: Event) -> str:
    """Return the path of what it has happened to."""
    if isinstance(event, HoldEvent):
        return event.hold.path
    return event.task_path if isinstance(event, TaskEvent) else event.path


def frame_of(
    event: Event, number: Number, lost: int, describe: Callable[[HoldStatus], Hold]
) -> EventFrame:
    """Return an event as it is sent to one client."""
    of_task = event if isinstance(event, TaskEvent) else None
    return EventFrame(
        id=number,
        event=type(event).__name__,  # type: ignore[arg-type]  # one of those
        at=event.at,
        monotonic=event.monotonic,
        scope=event.scope,
        path=event.path,
        scope_id=event.id,
        task=None if of_task is None else of_task.task,
        task_path=None if of_task is None else of_task.task_path,
        task_id=None if of_task is None else of_task.task_id,
        reason=event.reason if isinstance(event, StopRequested | TaskFaulted) else None,
        hold=describe(event.hold) if isinstance(event, HoldEvent) else None,
        expired=isinstance(event, HoldReleased) and event.expired,
        lost=lost,
    )

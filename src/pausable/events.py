"""What has happened, as frozen plain data: the events that `observe()` delivers.

The events of one pool are delivered in the order in which the pool decided them, one at a time,
outside all locks, on whichever thread of the process is at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pausable.snapshots import HoldStatus, Location

__all__ = [
    "Event",
    "HoldEvent",
    "HoldPlaced",
    "HoldReleased",
    "ScopeQuiescent",
    "ScopeShutDown",
    "StopRequested",
    "TaskEnded",
    "TaskEvent",
    "TaskFaulted",
    "TaskRested",
    "TaskResumed",
    "TaskStarted",
    "TaskSubmitted",
]

Outcome = Literal["result", "exception", "cancelled", "stopped"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a scope, at a time in seconds since the epoch."""

    scope: str
    at: float


@dataclass(frozen=True, slots=True)
class TaskEvent(Event):
    """Something that happened to a task, named as its future's `name`."""

    task: str


@dataclass(frozen=True, slots=True)
class TaskSubmitted(TaskEvent):
    """A task was accepted and waits for a slot."""


@dataclass(frozen=True, slots=True)
class TaskStarted(TaskEvent):
    """A task took a slot and began."""


@dataclass(frozen=True, slots=True)
class TaskRested(TaskEvent):
    """A task came to rest, at this line."""

    where: Location | None = None


@dataclass(frozen=True, slots=True)
class TaskResumed(TaskEvent):
    """A task that rested has its slot again, after so many seconds of rest."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TaskEnded(TaskEvent):
    """A task is over; times in seconds."""

    outcome: Outcome = "result"
    active_time: float = 0.0
    paused_time: float = 0.0


@dataclass(frozen=True, slots=True)
class TaskFaulted(TaskEvent):
    """A task raised, and waits for a decision; its scope is held."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class StopRequested(TaskEvent):
    """A started task was asked to stop."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class HoldEvent(Event):
    """Something that happened to a hold."""

    hold: HoldStatus


@dataclass(frozen=True, slots=True)
class HoldPlaced(HoldEvent):
    """A hold was placed: from here on no task of the scope starts."""


@dataclass(frozen=True, slots=True)
class HoldReleased(HoldEvent):
    """A hold was released, or has expired."""

    expired: bool = False


@dataclass(frozen=True, slots=True)
class ScopeQuiescent(Event):
    """Every started task of a held scope rests or has ended."""


@dataclass(frozen=True, slots=True)
class ScopeShutDown(Event):
    """A scope takes no more tasks."""

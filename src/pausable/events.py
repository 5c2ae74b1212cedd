"""What has happened, as frozen plain data: the events that `observe()` delivers.

The events of one pool are delivered in the order in which the pool decided them, one at a time,
outside all locks, on whichever thread of the process is at hand.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from types import UnionType

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
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

Kinds: TypeAlias = "type[Event] | tuple[Kinds, ...] | UnionType"
"""Classes of events, as `isinstance` takes them."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a scope, at a time in seconds since the epoch."""

    scope: str
    at: float
    _: KW_ONLY
    path: str = ""  #: of the scope
    id: int = 0  #: of the scope
    monotonic: float = 0.0  #: when, on the clock of `time.perf_counter()`, which nobody sets


@dataclass(frozen=True, slots=True)
class TaskEvent(Event):
    """Something that happened to a task, named as its future's `name`."""

    task: str
    _: KW_ONLY
    task_path: str = ""
    task_id: int = 0
    seat: int | str | None = None  #: where it runs: a thread, as `threading.get_ident()` has it


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

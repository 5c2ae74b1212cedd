"""What can be seen of pools, groups, tasks and holds: frozen data that outlives its subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, overload

__all__ = ["HoldStatus", "Location", "ScopeStatus", "Straggler", "TaskList", "TaskStatus"]

Running = Literal["rest", "finish"]
TaskState = Literal[
    "queued", "running", "pausing", "resting", "stopping", "faulted", "done", "cancelled", "stopped"
]


@dataclass(frozen=True, slots=True)
class Location:
    """A line of code: where a hold was placed, where a task rests or runs."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        """Name the place as tracebacks do: ``file:line in function``."""
        return f"{self.file}:{self.line} in {self.function}"


@dataclass(frozen=True, slots=True)
class HoldStatus:
    """One hold as it is: who holds which scope, why, since when, from where in the code."""

    scope: str
    reason: str
    owner: str
    placed_at: float  #: seconds since the epoch, as `time.time()` gives them
    duration: float | None  #: seconds after which the hold ends by itself; None for never
    running: Running  #: what running tasks do under it: rest, or go on to their end
    place: Location | None
    kind: str = "pause"  #: "pause" for those that `resume()` releases
    seconds: float = 0.0  #: how long it held when the snapshot was taken

    def __str__(self) -> str:
        """Say it in one line, for logs and messages."""
        return f"{self.reason!r} by {self.owner} on {self.scope!r} for {self.seconds:.1f} s"


@dataclass(frozen=True, slots=True)
class Straggler:
    """A task that neither rests nor has ended: which, at which line, for how long."""

    task: str
    where: Location | None
    seconds: float  #: how long its gate has been closed to it, or how long it has run if it is open
    why: str = "has not come to a checkpoint"
    is_preemptive: bool = False  #: whether it rests at safe points, or at checkpoints only

    def __str__(self) -> str:
        """Say it in one line, for messages."""
        place = f" at {self.where}" if self.where else ""
        return f"{self.task}{place} {self.why} for {self.seconds:.3g} s"


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """One task as it is. Times are in seconds."""

    name: str
    scope: str
    state: TaskState
    is_paused: bool
    active_time: float
    paused_time: float
    where: Location | None = None
    holds: tuple[HoldStatus, ...] = ()  #: its own only; those of its scopes are listed there
    stop_reason: str | None = None
    is_preemptive: bool = False  #: whether it rests at safe points, or at checkpoints only


class TaskList(Sequence[TaskStatus]):
    """The unfinished tasks of a snapshot: the started ones as they were, then the queued, lazily.

    Taking a snapshot copies nothing of a long queue; the queued tasks are described when they are
    asked for, as they are then.
    """

    __slots__ = ("_list_queued", "_queued", "_started")

    def __init__(
        self,
        started: Sequence[TaskStatus] = (),
        queued: int = 0,
        list_queued: Callable[[], Sequence[TaskStatus]] = tuple,
    ) -> None:
        """Keep the started tasks, and how many were queued and a way to list them."""
        self._started = tuple(started)
        self._queued = queued
        self._list_queued = list_queued

    def __len__(self) -> int:
        """Count the tasks that were unfinished when the snapshot was taken."""
        return len(self._started) + self._queued

    def __iter__(self) -> Iterator[TaskStatus]:
        """List the started tasks, then the queued ones."""
        yield from self._started
        if self._queued:
            yield from self._list_queued()

    @overload
    def __getitem__(self, index: int) -> TaskStatus: ...
    @overload
    def __getitem__(self, index: slice) -> list[TaskStatus]: ...
    def __getitem__(self, index: int | slice) -> TaskStatus | list[TaskStatus]:
        """Take one or a slice; asking for a queued one lists the queue."""
        if isinstance(index, int) and 0 <= index < len(self._started):
            return self._started[index]
        return list(self)[index]

    def __reduce__(self) -> tuple[object, ...]:
        """Copy it with the queued tasks listed as they are now."""
        return TaskList, (tuple(self),)

    def __repr__(self) -> str:
        """Say how many there are, and list none."""
        return f"<TaskList of {len(self)} tasks, {len(self._started)} of them started>"


@dataclass(frozen=True, slots=True)
class ScopeStatus:
    """A pool or a group as it was at one moment. The counts of a pool include its groups."""

    name: str
    is_paused: bool
    is_quiescent: bool
    is_shut_down: bool
    max_workers: int  #: of a group: its limit, or the pool's where it has none
    running: int
    resting: int
    queued: int
    done: int
    holds: tuple[HoldStatus, ...]  #: its own, oldest first
    active_time: float  #: seconds since it was made in which its gate was open
    paused_time: float  #: seconds since it was made in which its gate was closed
    groups: Mapping[str, ScopeStatus] = field(default_factory=dict)
    tasks: TaskList = field(default_factory=TaskList)
    is_preemptive: bool = False  #: whether its tasks rest at safe points, or at checkpoints only

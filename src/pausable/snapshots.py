"""What can be seen of pools, groups, tasks and holds: frozen data that outlives its subject."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - some read what a field may be when they run
from dataclasses import dataclass, field
from importlib import import_module
from typing import Literal

__all__ = [
    "HoldStatus",
    "Location",
    "ProcessStatus",
    "ScopeStatus",
    "Straggler",
    "TaskStatus",
]

Running = Literal["rest", "finish", "freeze"]
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
    running: Running  #: what running tasks do under it: rest, go on to their end, or are frozen
    place: Location | None
    kind: str = "pause"  #: "pause" for those that `resume()` releases
    seconds: float = 0.0  #: how long it held when the snapshot was taken
    path: str = ""  #: of what is held
    id: int = 0

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
    path: str = ""  #: of an initializer that runs: its pool's
    id: int = 0

    def __str__(self) -> str:
        """Say it in one line, for messages."""
        place = f" at {self.where}" if self.where and str(self.where) not in self.why else ""
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
    path: str = ""  #: "" of a future that no pool owns
    id: int = 0
    pid: int | None = None  #: of the process that it runs in, if that is another one
    worker: str | None = None  #: the address of the worker that has it, in a cluster


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
    done: int  #: those that are over; how they ended is told below
    holds: tuple[HoldStatus, ...]  #: its own, oldest first
    active_time: float  #: seconds since it was made in which its gate was open
    paused_time: float  #: seconds since it was made in which its gate was closed
    groups: Mapping[str, ScopeStatus] = field(default_factory=dict)
    tasks: tuple[TaskStatus, ...] = ()  #: the started ones, then some of the queued
    is_preemptive: bool = False  #: whether its tasks rest at safe points, or at checkpoints only
    items: int = 0  #: all tasks, but those that `map(chunksize=)` has made by their items
    items_done: int = 0  #: of these, those that are over
    items_held: int = 0  #: of these, those that are not, and whose gate is closed
    path: str = ""
    id: int = 0
    unlisted: int = 0  #: queued tasks that are not in `tasks`
    succeeded: int = 0  #: of those that are over: returned
    failed: int = 0  #: of those that are over: raised
    cancelled: int = 0  #: of those that are over: cancelled before they started
    stopped: int = 0  #: of those that are over: stopped, whether they had started or not
    is_adopted: bool = False  #: whether the stdlib made it: of what is over only some is counted
    processes: tuple[int, ...] = ()  #: those of a pool of processes, by their pids
    workers: tuple[str, ...] = ()  #: those of a cluster, by their addresses

    def _repr_html_(self) -> str:
        return _html(self)


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """All pools of the process as they were, each at its moment; the counts are those of all."""

    name: str
    is_paused: bool  #: whether the process is: a pool may be, all the same
    is_quiescent: bool
    holds: tuple[HoldStatus, ...]  #: those on the process, oldest first
    pools: tuple[ScopeStatus, ...]
    path: str = ""  #: the paths of pools have nothing before them
    id: int = 0

    @property
    def running(self) -> int:
        """How many tasks run."""
        return sum(pool.running for pool in self.pools)

    @property
    def resting(self) -> int:
        """How many tasks rest."""
        return sum(pool.resting for pool in self.pools)

    @property
    def queued(self) -> int:
        """How many tasks have not started."""
        return sum(pool.queued for pool in self.pools)

    @property
    def done(self) -> int:
        """How many tasks of these pools are over."""
        return sum(pool.done for pool in self.pools)

    @property
    def succeeded(self) -> int:
        """How many of these have returned."""
        return sum(pool.succeeded for pool in self.pools)

    @property
    def failed(self) -> int:
        """How many of these have raised."""
        return sum(pool.failed for pool in self.pools)

    @property
    def cancelled(self) -> int:
        """How many of these were cancelled before they started."""
        return sum(pool.cancelled for pool in self.pools)

    @property
    def stopped(self) -> int:
        """How many of these were stopped, whether they had started or not."""
        return sum(pool.stopped for pool in self.pools)

    def _repr_html_(self) -> str:
        return _html(self)


def _html(status: ScopeStatus | ProcessStatus) -> str:
    """Show a status in a notebook; what it takes for that is imported then."""
    shown: str = import_module("pausable.notebook.plain_html").html(status)
    return shown

"""The shapes of what replies are made of, as the client returns it: dicts. For type checkers.

They are those of `parts`, which needs msgspec; a client gets by without it. The replies themselves
are in `reply_shapes`.
"""

from typing import Literal, TypedDict

__all__ = ["Fault", "Hold", "Process", "Scope", "Selection", "Stack", "Straggler", "Task"]


class Selection(TypedDict, total=False):
    """What a command applies to: one of these at most; none, or `all`, is the process."""

    all: bool
    path: str
    id: int
    glob: str


class Hold(TypedDict):
    """A hold, as it is seen from outside."""

    scope: str
    path: str
    id: int
    reason: str
    owner: str
    kind: str
    running: Literal["rest", "finish", "freeze"]
    placed_at: float
    age: float
    ends: Literal["resume", "connection", "itself", "guard", "decision"]
    left: float | None
    is_own: bool
    is_outside: bool
    where: str | None


class Straggler(TypedDict):
    """A task that neither rests nor has ended."""

    task: str
    path: str
    id: int
    where: str | None
    seconds: float
    why: str


class Task(TypedDict):
    """A task, when something other than its clocks had changed; they run on meanwhile."""

    id: int
    scope: int
    path: str
    name: str
    state: Literal["queued", "running", "pausing", "resting", "stopping", "faulted"]
    is_paused: bool
    active_time: float
    paused_time: float
    where: str | None
    holds: list[Hold]
    stop_reason: str | None
    is_preemptive: bool
    pid: int | None
    worker: str | None


class Scope(TypedDict):
    """A pool or a group; the counts include its groups. Clocks as those of a task."""

    id: int
    parent: int
    path: str
    name: str
    is_paused: bool
    is_quiescent: bool
    is_shut_down: bool
    is_preemptive: bool
    limit: int | None
    running: int
    resting: int
    queued: int
    done: int
    succeeded: int
    failed: int
    cancelled: int
    stopped: int
    faults: int
    active_time: float
    paused_time: float
    holds: list[Hold]
    unlisted: int
    processes: list[int]
    workers: list[str]


class Process(TypedDict):
    """The process: the counts are those of all of its pools."""

    pid: int
    name: str
    is_paused: bool
    is_quiescent: bool
    running: int
    resting: int
    queued: int
    done: int
    holds: list[Hold]


class Fault(TypedDict):
    """A fault that waits for a decision: `id` and `path` are its task's."""

    id: int
    path: str
    task: str
    scope: int
    reason: str
    traceback: str
    locals: dict[str, str] | None


class Stack(TypedDict):
    """Where a task is: from its function to its innermost line."""

    id: int
    path: str
    task: str
    state: str
    lines: list[str]
    locals: dict[str, str] | None

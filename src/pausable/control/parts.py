"""The parts of replies: holds, tasks and scopes as they are seen from outside."""

from typing import Literal

import msgspec

__all__ = ["Fault", "Hold", "Process", "Scope", "Stack", "Straggler", "Task"]


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A hold, as it is seen from outside."""

    scope: str  #: the name of what is held
    path: str  #: "" of the process
    id: int  #: of what is held; 0 of the process
    reason: str
    owner: str
    kind: str  #: "pause", "guard" or "fault"
    running: Literal["rest", "finish", "freeze"]
    placed_at: float
    age: float  #: how long it has held
    ends: Literal["resume", "connection", "itself", "guard", "decision"]
    """What ends it: a resume; that, or the end of its connection; itself, `left` seconds from now
    (or a resume); its guard; a decision about the fault."""
    left: float | None  #: seconds after which it ends by itself
    is_own: bool  #: whether this connection has placed it
    is_outside: bool  #: whether a client has
    where: str | None  #: the line of code that has placed it


class Straggler(msgspec.Struct, frozen=True, kw_only=True):
    """A task that neither rests nor has ended."""

    task: str
    path: str
    id: int
    where: str | None
    seconds: float
    why: str


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task, when something other than its clocks had changed; they run on meanwhile.

    `active_time` does while its state is "running", "pausing" or "stopping", `paused_time` while it
    is "resting", or while it is "queued" and held.
    """

    id: int
    scope: int  #: the id of the scope that it is in
    path: str
    name: str
    state: Literal["queued", "running", "pausing", "resting", "stopping", "faulted"]
    is_paused: bool
    active_time: float
    paused_time: float
    where: str | None
    holds: list[Hold]  #: its own
    stop_reason: str | None
    is_preemptive: bool
    pid: int | None = None  #: of the process that it runs in, if that is another one
    worker: str | None = None  #: the address of the worker that has it, in a cluster


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """A pool or a group; the counts include its groups. Clocks as those of a task.

    `paused_time` runs while it is paused, `active_time` while it is not.
    """

    id: int
    parent: int  #: the id of the scope above; 0 of a pool
    path: str
    name: str
    is_paused: bool
    is_quiescent: bool
    is_shut_down: bool
    is_preemptive: bool
    limit: int | None  #: how many tasks run at once; None for any number
    running: int
    resting: int
    queued: int
    done: int
    succeeded: int
    failed: int
    cancelled: int
    stopped: int
    faults: int  #: those that wait for a decision
    active_time: float
    paused_time: float
    holds: list[Hold]  #: its own
    unlisted: int  #: tasks that are in the counts, and not in the list of tasks
    processes: list[int] = []  #: the pids of the processes of a pool of processes
    workers: list[str] = []  #: the addresses of the workers of a cluster


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """The process: the counts are those of all of its pools."""

    pid: int
    name: str
    is_paused: bool
    is_quiescent: bool
    running: int
    resting: int
    queued: int
    done: int
    holds: list[Hold]  #: those on the process


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that waits for a decision: `id` and `path` are its task's."""

    id: int
    path: str
    task: str
    scope: int
    reason: str  #: the task, and what it has raised, in one line
    traceback: str
    locals: dict[str, str] | None


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """Where a task is: from its function to its innermost line."""

    id: int
    path: str
    task: str
    state: str
    lines: list[str]  #: "file:line in function: text"
    locals: dict[str, str] | None

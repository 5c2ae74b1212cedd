"""The shapes of replies, as the client returns them: dicts. For type checkers.

They are those of `replies`, which needs msgspec; a client gets by without it.
"""

from typing import Literal, TypedDict

from pausable.control.shapes import Fault, Hold, Process, Scope, Stack, Straggler, Task

__all__ = [
    "Decided",
    "Error",
    "Event",
    "FaultsFound",
    "Paused",
    "Resized",
    "Resumed",
    "Sample",
    "Stacks",
    "StatusTaken",
    "Stopped",
    "Watching",
    "Welcome",
]


class Error(TypedDict):
    """What was asked cannot be done, and nothing has changed."""

    reply: Literal["error"]
    id: int | str
    code: str
    says: str


class Welcome(TypedDict):
    """Who serves here."""

    reply: Literal["welcome"]
    id: int | str
    v: int
    pid: int
    name: str
    argv: list[str]
    python: str
    pausable: str
    started_at: float


class Paused(TypedDict):
    """The holds are placed: from here on, no task of what is selected starts."""

    reply: Literal["paused"]
    id: int | str
    selected: int
    changed: int
    is_quiescent: bool
    stragglers: list[Straggler]
    unlisted: int
    holds: list[Hold]
    waited: float


class Resumed(TypedDict):
    """The holds are released; what stays paused is held by others."""

    reply: Literal["resumed"]
    id: int | str
    selected: int
    changed: int
    is_paused: bool
    left: list[Hold]
    unlisted: int


class Stopped(TypedDict):
    """The tasks were asked to stop."""

    reply: Literal["stopped"]
    id: int | str
    selected: int
    changed: int


class StatusTaken(TypedDict):
    """A picture: each pool at its moment. Scopes come before those below them."""

    reply: Literal["status"]
    id: int | str
    at: float
    process: Process
    scopes: list[Scope]
    tasks: list[Task]
    unlisted: int


class Watching(TypedDict):
    """From now on, samples and events come with this id. The first sample is complete."""

    reply: Literal["watching"]
    id: int | str
    hz: float


class Sample(TypedDict):
    """What has changed since the last sample that was sent; nothing, once a second."""

    reply: Literal["sample"]
    id: int | str
    number: int
    at: float
    lost: int
    process: Process | None
    scopes: list[Scope]
    tasks: list[Task]
    gone: list[int]
    unlisted: int


class Event(TypedDict):
    """Something that happens rarely, told exactly and in its order."""

    reply: Literal["event"]
    id: int | str
    event: Literal[
        "HoldPlaced",
        "HoldReleased",
        "ScopeQuiescent",
        "ScopeShutDown",
        "TaskFaulted",
        "StopRequested",
    ]
    at: float
    monotonic: float
    scope: str
    path: str
    scope_id: int
    task: str | None
    task_path: str | None
    task_id: int | None
    reason: str | None
    hold: Hold | None
    expired: bool
    lost: int


class FaultsFound(TypedDict):
    """The faults that wait for a decision, oldest first."""

    reply: Literal["faults"]
    id: int | str
    faults: list[Fault]
    unlisted: int


class Decided(TypedDict):
    """The faults are decided."""

    reply: Literal["decided"]
    id: int | str
    selected: int
    changed: int


class Resized(TypedDict):
    """The limits are set."""

    reply: Literal["resized"]
    id: int | str
    selected: int
    changed: int


class Stacks(TypedDict):
    """Where tasks are."""

    reply: Literal["stacks"]
    id: int | str
    stacks: list[Stack]
    unlisted: int

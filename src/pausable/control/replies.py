"""The replies: what a program answers, and what it sends to who watches. See `protocol`."""

from typing import Literal, TypeAlias

import msgspec

from pausable.control.commands import Number
from pausable.control.parts import Fault, Hold, Process, Scope, Stack, Straggler, Task

__all__ = [
    "Answer",
    "Decided",
    "Error",
    "ErrorCode",
    "Event",
    "FaultsFound",
    "Paused",
    "Reply",
    "Resized",
    "Resumed",
    "Sample",
    "Stacks",
    "StatusTaken",
    "Stopped",
    "Watching",
    "Welcome",
]


ErrorCode: TypeAlias = Literal[
    "malformed",  #: the line is no command
    "too-large",  #: the line is longer than `LONGEST`; all of it was skipped
    "too-new",  #: the command is of a later version of the protocol
    "unknown-command",
    "bad-value",  #: a field has a value that it cannot have
    "nothing-selected",  #: there is nothing of that path, id or glob
    "not-possible",  #: what is selected cannot do this
    "ended",  #: what was selected is over
    "locked",  #: the token is missing or wrong; the connection is closed
    "full",  #: there are too many connections; this one is closed
    "closing",  #: the program does not serve any more; the connection is closed
    "failed",  #: an error of ours; it is in the program's log
]


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag_field="reply"):
    """What all replies have."""

    id: Number = 0  #: the one of the command


class Error(Answer, frozen=True, kw_only=True, tag="error"):
    """What was asked cannot be done, and nothing has changed."""

    code: ErrorCode
    says: str  #: what is wrong, and what to do


class Welcome(Answer, frozen=True, kw_only=True, tag="welcome"):
    """Who serves here."""

    v: int  #: the version of the protocol
    pid: int
    name: str
    argv: list[str]
    python: str
    pausable: str
    started_at: float  #: when it began to serve


class Paused(Answer, frozen=True, kw_only=True, tag="paused"):
    """The holds are placed: from here on, no task of what is selected starts.

    A verb that has changed nothing says so: `changed` is 0.
    """

    selected: int  #: how many scopes and tasks
    changed: int  #: on how many of them a hold was placed by this
    is_quiescent: bool
    stragglers: list[Straggler]
    unlisted: int  #: stragglers that are not in the list
    holds: list[Hold]  #: this connection's, on what is selected
    waited: float  #: seconds


class Resumed(Answer, frozen=True, kw_only=True, tag="resumed"):
    """The holds are released; what stays paused is held by others."""

    selected: int
    changed: int  #: how many holds were released
    is_paused: bool  #: whether anything of what is selected is paused still
    left: list[Hold]  #: what holds it: on itself, above and below
    unlisted: int


class Stopped(Answer, frozen=True, kw_only=True, tag="stopped"):
    """The tasks were asked to stop."""

    selected: int
    changed: int  #: how many tasks were asked


class StatusTaken(Answer, frozen=True, kw_only=True, tag="status"):
    """A picture: each pool at its moment. Scopes come before those below them."""

    at: float
    process: Process
    scopes: list[Scope]
    tasks: list[Task]
    unlisted: int  #: scopes that are not in the list


class Watching(Answer, frozen=True, kw_only=True, tag="watching"):
    """From now on, samples and events come with this id. The first sample is complete."""

    hz: float  #: as it is, whatever was asked for


class Sample(Answer, frozen=True, kw_only=True, tag="sample"):
    """What has changed since the last sample that was sent; nothing, once a second."""

    number: int
    at: float
    lost: int  #: samples that were not sent since then, because the client did not read
    process: Process | None
    scopes: list[Scope]
    tasks: list[Task]
    gone: list[int]  #: ids of scopes and tasks that are over, or not listed any more
    unlisted: int


class Event(Answer, frozen=True, kw_only=True, tag="event"):
    """Something that happens rarely, told exactly and in its order."""

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
    reason: str | None  #: of a fault or a stop
    hold: Hold | None
    expired: bool  #: of a hold that was released: whether it has come to its end by itself
    lost: int  #: events before this one that were not sent, because the client did not read


class FaultsFound(Answer, frozen=True, kw_only=True, tag="faults"):
    """The faults that wait for a decision, oldest first."""

    faults: list[Fault]
    unlisted: int


class Decided(Answer, frozen=True, kw_only=True, tag="decided"):
    """The faults are decided."""

    selected: int  #: how many faults
    changed: int  #: how many of them were decided by this


class Resized(Answer, frozen=True, kw_only=True, tag="resized"):
    """The limits are set."""

    selected: int
    changed: int


class Stacks(Answer, frozen=True, kw_only=True, tag="stacks"):
    """Where tasks are."""

    stacks: list[Stack]
    unlisted: int


Reply: TypeAlias = (
    Error
    | Welcome
    | Paused
    | Resumed
    | Stopped
    | StatusTaken
    | Watching
    | Sample
    | Event
    | FaultsFound
    | Decided
    | Resized
    | Stacks
)

"""The commands: what a client may ask of a program. See `protocol` for how they are sent."""

from typing import Annotated, Literal, TypeAlias

import msgspec

__all__ = [
    "VERSION",
    "Command",
    "Decide",
    "Faults",
    "Frame",
    "Hello",
    "Number",
    "Pause",
    "Resize",
    "Resume",
    "Selection",
    "Status",
    "Stop",
    "Watch",
    "Where",
]

VERSION = 1
"""Of the protocol, as `v` has it."""

Number: TypeAlias = (
    Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
    | Annotated[str, msgspec.Meta(max_length=100)]
)
"""What a client numbers its commands by: whole numbers that any JSON has, or short text."""

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=10_000)]

Running: TypeAlias = Literal["rest", "finish"]


class Selection(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a command applies to. At most one of the fields is given; none is as `all`.

    `all` is the process: all of its pools, and those that are made later. A `path` or an `id` is
    that of one pool, group or task, as statuses give it. A `glob` is for all pools, groups and
    tasks whose path matches, part by part: `*` and `?` stand for characters of one part, `**` for
    any number of parts. Of those that match, one below another is not selected on its own.
    """

    all: bool = False
    path: str | None = None
    id: int | None = None
    glob: str | None = None


# Commands.


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", omit_defaults=True):
    """What all commands have."""

    v: int = VERSION
    id: Number = 0  #: of the command: its reply has the same


class Hello(Frame, frozen=True, kw_only=True, tag="hello"):
    """Ask who serves here; answered by `Welcome`.

    Where there are no Unix sockets it must come first, with the token of the program's file.
    """

    token: str | None = None


class Pause(Frame, frozen=True, kw_only=True, tag="pause"):
    """Place a hold on each scope that is selected; answered by `Paused`.

    Each connection has one hold on a scope at most: asked again, the new one takes the place of the
    old one, without a gap; with the same terms, nothing changes.
    """

    on: Selection = Selection()
    reason: str = "paused"
    running: Running = "rest"  #: what running tasks do
    duration: float | None = None  #: after so many seconds the hold ends by itself
    ends: Literal["resume", "connection"] = "resume"  #: with the connection, however that ends
    wait: float | None = None  #: answer when all is quiescent, or after so many seconds


class Resume(Frame, frozen=True, kw_only=True, tag="resume"):
    """Release holds that pauses placed on what is selected; answered by `Resumed`.

    Holds of guards and faults stay, and so do those on other scopes, above and below.
    """

    on: Selection = Selection()
    whose: Literal["anybody", "outside", "own"] = "anybody"
    """Which of them: all, as `resume()` does; those that came by a socket; this connection's."""
    below: bool = False  #: also those on the scopes and tasks below
    stagger: float | None = None  #: let tasks go one by one, so many seconds apart
    jitter: float | None = None  #: and up to so many more, at random


class Stop(Frame, frozen=True, kw_only=True, tag="stop"):
    """End the tasks that are selected; answered by `Stopped`. There must be a selection."""

    on: Selection
    reason: str = "stopped"


class Status(Frame, frozen=True, kw_only=True, tag="status"):
    """Ask for the process, and the scopes and tasks that are selected; gives `StatusTaken`."""

    on: Selection = Selection()
    tasks: Count = 100  #: so many are listed, at most


class Watch(Frame, frozen=True, kw_only=True, tag="watch"):
    """Be told what changes, from now on; answered by `Watching`.

    Then come `Sample` frames, `hz` a second at most and one a second at least, and an `Event` frame
    for each hold placed or released, scope quiescent or shut down, stop and fault. A connection has
    one watch: another one takes its place, and one with 0 `hz` ends it.
    """

    on: Selection = Selection()
    hz: float = 10.0  #: samples a second; 60 at most
    tasks: Count = 100


class Faults(Frame, frozen=True, kw_only=True, tag="faults"):
    """Ask for the faults that wait for a decision; answered by `FaultsFound`."""

    on: Selection = Selection()
    locals: bool = False  #: with the local variables where it was raised


class Decide(Frame, frozen=True, kw_only=True, tag="decide"):
    """Decide the faults of the tasks that are selected; answered by `Decided`. A selection must be.

    "resolve" gives the task `value` as its result.
    """

    on: Selection
    how: Literal["retry", "fail", "skip", "resolve"]
    value: object = None


class Resize(Frame, frozen=True, kw_only=True, tag="resize"):
    """Set how many tasks of a pool or group run at once; answered by `Resized`."""

    on: Selection
    limit: int | None  #: None, of a group: as many as the pool lets


class Where(Frame, frozen=True, kw_only=True, tag="where"):
    """Ask for the stacks of started tasks; answered by `Stacks`."""

    on: Selection = Selection()
    tasks: Count = 20  #: of so many tasks, at most
    locals: bool = False  #: with the local variables of those that rest, at their line


Command: TypeAlias = (
    Hello | Pause | Resume | Stop | Status | Watch | Faults | Decide | Resize | Where
)

"""The record of a task's rests, and the resters of a scope. Plain data.

A record is made when the task first rests, or is treated in a way of its own. It is changed by
`rest`, and what is of one idea by the module of that: `quiet_rest`, `exemption`, and the preemptive
engine. What the resters are follows from it: see `resters`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from pausable._core.gate import HoldRecord
    from pausable._core.ports import Wakeable
    from pausable.snapshots import HoldStatus

__all__ = ["Chase", "Pauser", "QuietRest", "RestRecord", "RestTimes", "Resters"]


class RestTimes:
    """For how long a task has rested so far, in seconds; the time of the rest under way is added.

    It is paused only while its gate is closed: a task may rest though it is open.
    """

    rested_for: float = 0.0
    paused_since: float | None = None
    paused_for: float = 0.0


class QuietRest:
    """That a task is in a block that counts as rest: its thread is not parked by us."""

    slotless: bool = False  # its slot was given back
    waits_for_own: bool = False  # till a task of its pool is over

    def wants_slot(self) -> bool:
        """Say whether it is to have its slot back while it is in there, once its gate is open."""
        return self.slotless and not self.waits_for_own


class Pauser:
    """That a task pauses what it is itself a part of: see `exemption`."""

    # The holds in whose `with` blocks the task is, or which it is about to enter: it rests for
    # older ones only, not for these and younger ones.
    own_holds: tuple[HoldRecord, ...] = ()
    is_entering: bool = False


class Chase:
    """What the preemptive engine, and who lets a task go on by steps, knows of it."""

    is_dormant: bool = False  # in a wait of the stdlib; its thread is not parked by us
    is_stepping: bool = False  # on its way to its next line, where it rests again
    refusal: Any = None  # what kept it from resting where it was asked last
    could_stop_since: float | None = None  # when `Stopped` might have been raised first
    # Since when it is only a guess that it holds a lock, and under which hold.
    guessed: tuple[HoldRecord | None, float] | None = None
    raised_at: float | None = None  # when `Stopped` was raised into it, last


class RestRecord(RestTimes, Pauser, Chase):
    """What there is to know about a task beyond what all tasks have. Primary.

    One object, since a pause makes one for each task. ``since is not None`` means "is at rest". In
    a quiet block it is, also if its gate is open.
    """

    since: float | None = None
    returning: bool = False  # derived: waits for a slot, its gate open
    quiet: QuietRest | None = None
    parker: Wakeable | None = None  # wakes it, wherever it waits
    frame: FrameType | None = None  # where it rests, while it does
    afterwards: Callable[[], object] | None = None  # called when the rest has ended, once
    waits_for: Any = None  # in whose `result()` it waits, without a time limit
    shields: int = 0
    held_by: tuple[HoldStatus, ...] = ()  # when it was asked to stop
    is_preemptive: bool | None = None  # None: as its scope


def _know_all_names() -> None:
    """Have each record keep its fields in itself: a dict for each is one object more to collect.

    CPython lays an instance out by the names that the first few of its class had.
    """
    first = RestRecord()
    for each in (RestTimes, Pauser, Chase, RestRecord):
        for name in each.__annotations__:
            setattr(first, name, getattr(first, name))


_know_all_names()


class Resters:
    """The tasks of one scope that rest, without those of the groups below it.

    Derived from the records of the tasks on seats, but for who sleeps (`resters`).
    Invariant, whenever the pool's lock is free: no task in `returning` could be given a slot.
    """

    __slots__ = ("count", "parked", "quiet", "returning", "sleepers")

    def __init__(self) -> None:
        """Begin with nobody."""
        self.forget_all()

    def forget_all(self) -> None:
        """Start anew, also in a forked child."""
        self.count: int = 0  # of all those at rest
        self.parked: dict[Any, None] = {}  # at a closed gate
        self.returning: deque[Any] = deque()  # gate open, no slot yet; may hold stale entries
        self.quiet: dict[Any, None] = {}  # in a block that counts as rest
        self.sleepers: dict[Any, Wakeable] = {}  # they take themselves out without the lock

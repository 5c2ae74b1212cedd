"""The task: what the core knows about one submitted call, and its times.

A task is also its own future (`pausable.threads.future`): one object a task, and nothing about
rest until it rests for the first time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.states import PENDING
from pausable._core.times import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context
    from types import FrameType

    from pausable._core.gates import Gate, HoldRecord
    from pausable._core.nodes import Node
    from pausable._core.parker import Seat, Wakeable

__all__ = ["Rest", "Task"]


class Rest:
    """What there is to know about a task's rests; made when it first rests.

    ``since is not None`` means "is at rest". A task in a `resting()` block (`quiet`) is at rest
    whether its gate is open or not; it is paused only while the gate is closed.
    """

    __slots__ = (
        "afterwards",
        "could_stop_since",
        "frame",
        "is_entering",
        "is_preemptive",
        "is_stepping",
        "own",
        "parker",
        "paused_for",
        "paused_since",
        "quiet",
        "raised_at",
        "rested_for",
        "returning",
        "shields",
        "since",
        "slotless",
        "waits_for_own",
    )

    def __init__(self) -> None:
        """Begin with no rest at all."""
        self.since: float | None = None
        self.rested_for: float = 0.0
        self.paused_since: float | None = None
        self.paused_for: float = 0.0
        self.returning: bool = False  # waits for a slot, its gate open
        self.quiet: bool = False  # in a block that counts as rest; its thread is not parked by us
        self.slotless: bool = False  # quiet, and its slot was given back
        self.waits_for_own: bool = False  # quiet till a task of its pool is over: wants no slot
        self.parker: Wakeable | None = None  # wakes the thread, wherever it waits
        self.frame: FrameType | None = None  # where it rests, while it does
        self.afterwards: Callable[[], object] | None = None  # called when the rest has ended, once
        self.shields: int = 0
        # The holds in whose `with` blocks the task is, or which it is about to enter: it rests for
        # older ones only, not for these and younger ones.
        self.own: list[HoldRecord] = []
        self.is_entering: bool = False
        # For the preemptive engine.
        self.is_preemptive: bool | None = None  # None: as its scope
        self.is_stepping: bool = False  # on its way to its next line, where it rests again
        self.could_stop_since: float | None = None  # when `Stopped` might have been raised first
        self.raised_at: float | None = None  # when `Stopped` was raised into it, last

    def begin(self, now: float, *, paused: bool) -> None:
        """Count time as rest from *now* on; as paused time, too, if the gate is closed."""
        self.since = now
        self.is_stepping = False
        if paused:
            self.paused_since = now

    def end(self, now: float) -> float:
        """Stop counting; return how long this rest was, in seconds."""
        self.end_pause(now)
        lasted = 0.0 if self.since is None else now - self.since
        self.rested_for += lasted
        self.since = None
        return lasted

    def begin_pause(self, now: float) -> None:
        """Count time as paused from *now* on: the gate closed on a task already at rest."""
        if self.since is not None and self.paused_since is None:
            self.paused_since = now

    def end_pause(self, now: float) -> None:
        """Stop counting paused time: the gate opened, or the rest is over."""
        if self.paused_since is not None:
            self.paused_for += now - self.paused_since
            self.paused_since = None


class Task:
    """One submitted call. All but the plain data of the call is written under the pool's lock."""

    __slots__ = (
        "_state",
        "_waiting",
        "args",
        "context",
        "ended_at",
        "fn",
        "gate",
        "kwargs",
        "label",
        "node",
        "number",
        "rest",
        "seat",
        "started_at",
        "stop_reason",
    )

    _state: str
    _waiting: Any  # what those who wait for its end share, once there are any; see `awaited`
    node: Node | None
    gate: Gate  # its own while somebody holds it; else the one of its scope
    fn: Callable[..., Any] | None
    args: tuple[Any, ...]
    kwargs: dict[str, Any] | None
    context: Context | None
    number: int  # in the order of submission, within its pool; 0 for a task with a given name
    label: str | None  # the given name; or the function's, once the function was let go
    seat: Seat | None  # the worker that runs it
    started_at: float | None
    ended_at: float | None
    rest: Rest | None
    stop_reason: str | None  # set once somebody has asked it to stop

    def __init__(self) -> None:
        """Make a task that belongs to no pool; whoever submits it says where it belongs."""
        self._state = PENDING
        self._waiting = None
        self.node = None
        self.fn = None
        self.kwargs = None
        self.context = None
        self.number = 0
        self.label = None
        self.seat = None
        self.started_at = None
        self.ended_at = None
        self.rest = None
        self.stop_reason = None

    def forget_run(self, reason: str | None) -> None:
        """Forget where it ran and rested: this is a forked child, where it does neither."""
        self.stop_reason = reason
        self.rest = self.seat = None
        if self.node is not None:
            self.gate = self.node.gate

    @property
    def name(self) -> str:
        """The name that was given with `options(name=...)`, or the function's with a number."""
        if not self.number:
            return self.label or callable_name(self.fn)
        return f"{self.label or callable_name(self.fn)}-{self.number}"

    def forget_call(self) -> None:
        """Let go of the function and its arguments; the name stays. Not under the lock.

        What is let go of may have a finalizer, and the function's name may be a property.
        """
        if not self.label:
            name = getattr(self.fn, "__name__", None)
            self.label = name if name.__class__ is str and name else callable_name(self.fn)
        self.fn = self.kwargs = self.context = None
        self.args = ()

    def is_at_rest(self) -> bool:
        """Say whether the task rests: its own thread at a closed gate, or in a quiet block."""
        return self.rest is not None and self.rest.since is not None

    def times(self, now: float | None = None) -> tuple[float, float]:
        """Return active time and paused time up to *now*, in seconds."""
        if self.started_at is None:
            return 0.0, 0.0
        at = self.ended_at
        if at is None:
            at = clock() if now is None else now
        elapsed = at - self.started_at
        rest = self.rest
        if rest is None:
            return elapsed, 0.0
        since, paused_since = rest.since, rest.paused_since
        rested = rest.rested_for + (at - since if since is not None else 0.0)
        paused = rest.paused_for + (at - paused_since if paused_since is not None else 0.0)
        return max(elapsed - rested, 0.0), paused


def callable_name(fn: object) -> str:
    """Name a callable as people would: its function's name, through partial and bound objects."""
    for _ in range(5):
        name = getattr(fn, "__name__", None)
        if name:
            return str(name)
        fn = getattr(fn, "func", None) or type(fn)
    return "task"

"""The pool as the core sees it: its tree of scopes, its parts, and the one lock over all of it.

The lock protects every node, gate and task of the pool, and is taken by `decision` alone, or to
look. It is re-entrant, because signal handlers and finalizers run between any two lines: they may
look at a pool that is just being worked on; what they change is postponed.

Primary is what was asked for and what has happened: the holds, the tasks with their states, the
queues, the seats with their tasks, who waits and who observes. All else can be made anew from it,
see `derived`. What a pool has beside its tree is in parts, as with nodes: see `tree`.
"""

from __future__ import annotations

import os
from _thread import RLock
from collections import deque
from typing import TYPE_CHECKING, Any

from pausable._core.audience import Demand
from pausable._core.gil import HAS_GIL
from pausable._core.grip import under
from pausable._core.lines import Lines
from pausable._core.outbox import Outbox
from pausable._core.path import Numbers
from pausable._core.seats import Seats
from pausable._core.tree import Node
from pausable._core.waiters import Others

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.ports import Adapter, Warden

__all__ = ["End", "Pool"]

_naming = RLock()  # over the paths of pools that are being made
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_naming._at_fork_reinit)  # type: ignore[attr-defined]


class End:
    """How a pool comes to its end. All primary, but that `is_refusing` follows from two others."""

    __slots__ = ("broken", "is_closing", "is_exiting", "is_refusing", "refusal")

    def __init__(self) -> None:
        """Begin open."""
        self.is_closing: bool = False  # nothing more is accepted; workers leave in the end
        self.is_exiting: bool = False  # the interpreter goes down
        self.broken: str | None = None  # why
        self.refusal: str | None = None  # what is said instead to who submits to a broken one
        self.is_refusing: bool = False  # broken or exiting: nothing more is accepted, in no scope


class Pool:
    """What a pool knows. Plain data; the functions of the other modules of the core change it."""

    __slots__ = (
        "__weakref__",
        "adapter",
        "demand",
        "end",
        "is_plain",
        "lines",
        "lock",
        "numbers",
        "others",
        "outbox",
        "postponed",
        "room",
        "root",
        "seats",
        "visitor",
        "warden",
    )

    def __init__(self, name: str, max_workers: float) -> None:
        """Make a pool that has no worker and no task."""
        self.numbers: Numbers = Numbers()
        # With the GIL, to give out a path is one step.
        self.root: Node = (
            Node(name, self, None, max_workers)
            if HAS_GIL
            else under(_naming, Node, name, self, None, max_workers)
        )
        self.adapter: Adapter  # who has the seats
        self.warden: Warden | None = None  # who can do more than ask its tasks
        self.room: Any = None  # in the queue, a `Room`, if not for any number of tasks
        self.end: End = End()
        self.demand: Demand = Demand()
        self.others: Others = Others()
        self._begin()

    def _begin(self) -> None:
        self.lock: RLock = RLock()
        self.visitor: object | None = None  # the visit that is under way, or was torn
        self.postponed: deque[Callable[[Any], object]] = deque()  # see `decision`
        self.is_plain: bool = False  # derived: only the pool's own queue is worked off, see `run`
        self.lines: Lines = Lines()
        self.seats: Seats = Seats()
        self.outbox: Outbox = Outbox()  # events, and lines for the log

    def forget_all(self) -> None:
        """Start anew in a forked child: no thread, no task, no hold."""
        for seat in self.seats:
            seat.task = None
        self._begin()
        self.others.forget_all()
        if self.room is not None:
            self.room.forget_all()
        for node in self.root.below():
            node.forget_all()

    def is_worked_off(self) -> bool:
        """Say whether nothing more will start: it closes, and nothing waits."""
        return self.end.is_closing and not self.unstarted

    @property
    def unstarted(self) -> int:
        """How many tasks have not started, in all scopes."""
        return sum(node.queue.pending for node in self.root.below())

"""The node: a pool or a group as the core sees it, with its queue, its counts and its limit."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pausable._core.gates import Gate
from pausable._core.times import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pausable._core.pacing import Pace
    from pausable._core.parker import Parker
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task
    from pausable._core.watching import Waiter
    from pausable.events import Event

__all__ = ["Ends", "FaultRule", "Guarding", "Node"]


class Guarding(Protocol):
    """What guards a scope."""

    def look_around(self) -> None:
        """Look again who depends on it: a scope is over. Called outside the lock."""


class Ends(Protocol):
    """What ends with a task."""

    def end(self) -> None:
        """Let go of all, outside the lock."""


@dataclass(eq=False, slots=True)
class FaultRule:
    """What a scope, with those below it, does about tasks that raise: it is held, and they wait."""

    node: Node  #: the scope that is held
    errors: tuple[type[BaseException], ...]
    after: int  #: so many in a row
    row: int = 0


class Node:
    """A scope that has tasks. Counts marked "below" include those of the groups below it.

    Invariants, whenever the pool's lock is free:
    - `slots` (below) is the number of tasks that hold one; ``active <= slots``;
    - `active` (below) counts the started tasks that neither rest nor have ended: 0 is "quiescent";
    - `tombstones` counts the entries of `queue` whose task will not start;
    - no task in `returning` could be given a slot.
    """

    __slots__ = (
        "active",
        "aside",
        "at_rest",
        "children",
        "closed_for",
        "closed_since",
        "done",
        "faults",
        "finishing",
        "gate",
        "guards",
        "in_back",
        "in_ring",
        "is_accepting",
        "is_preemptive",
        "let_in",
        "limit",
        "made_at",
        "name",
        "observers",
        "pace",
        "parent",
        "queue",
        "quiet",
        "rested",
        "returning",
        "rule",
        "shutdowns",
        "sleepers",
        "slots",
        "state",
        "terms",
        "tombstones",
        "waiters",
    )

    def __init__(
        self, name: str, state: PoolState, parent: Node | None = None, limit: float = math.inf
    ) -> None:
        """Make an empty scope below *parent*."""
        self.name: str = name
        self.state: PoolState = state
        self.parent: Node | None = parent
        self.children: dict[str, Node] = {}
        self.gate: Gate = Gate(parent.gate if parent is not None else None)
        self.limit: float = limit
        self.is_accepting: bool = True
        # whether its tasks rest at safe points, too: see `chasing`
        self.is_preemptive: bool = parent is not None and parent.is_preemptive
        self._begin()
        # who watches
        self.observers: tuple[Callable[[Event], object], ...] = ()
        # the adapter's
        self.guards: tuple[Guarding, ...] = ()  # that hold it; kept for as long as it is there
        self.terms: object = None  # what it was made with
        self.rule: FaultRule | None = None if parent is None else parent.rule
        # since when, for how long
        self.made_at: float = clock()
        self.closed_since: float | None = None
        self.closed_for: float = 0.0
        if parent is not None:
            parent.children[name] = self
            if self.gate.closed:
                self.closed_since = self.made_at

    def _begin(self) -> None:
        # who has not started
        self.queue: deque[Task] = deque()  # appended to without the lock: see `starting`
        self.tombstones: int = 0
        self.aside: dict[Task, None] = {}  # held on their own, taken out of the queue's way
        self.let_in: dict[Task, None] = {}  # of these, those that may start in spite of a hold
        self.faults: dict[Task, Ends] = {}  # of these, those that wait for a decision
        self.in_ring: bool = False
        # who has
        self.slots: int = 0  # below
        self.active: int = 0  # below
        self.finishing: int = 0  # ended, their callbacks still run
        self.done: int = 0
        self.at_rest: int = 0
        self.rested: dict[Task, None] = {}  # parked at a closed gate
        self.returning: deque[Task] = deque()  # gate open, no slot yet; may hold stale entries
        self.in_back: bool = False
        self.quiet: dict[Task, None] = {}  # in a block that counts as rest
        self.sleepers: dict[Task, Parker] = {}
        self.pace: Pace | None = None
        self.waiters: list[Waiter] = []
        self.shutdowns: int = 0  # that wait for it

    def forget_all(self) -> None:
        """Start anew in a forked child: no task, no hold."""
        self.gate.holds.clear()
        self.gate.children = {child.gate: None for child in self.children.values()}
        self.gate.closed = self.gate.closed_to_running = False
        self.closed_since = None
        self._begin()

    @property
    def queued(self) -> int:
        """How many tasks have not started."""
        return len(self.queue) - self.tombstones + len(self.aside)

    def path(self) -> Iterator[Node]:
        """List this node and those above it."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent

    def below(self) -> Iterator[Node]:
        """List this node and those below it, from the top."""
        yield self
        for child in tuple(self.children.values()):
            yield from child.below()

    def is_within(self, other: Node) -> bool:
        """Say whether this node is *other* or below it."""
        return any(node is other for node in self.path())

    def has_room(self) -> bool:
        """Say whether one more task may take a slot: by the limits and paces all the way up."""
        node: Node | None = self
        while node is not None:
            if node.slots >= node.limit or (node.pace is not None and not node.pace.is_ready):
                return False
            node = node.parent
        return True

    def can_start(self) -> bool:
        """Say whether there is a task here that its gate would let start."""
        if self.let_in and any(not task.gate.closed for task in self.let_in):
            return True
        return len(self.queue) > self.tombstones and not self.gate.closed

    def startable(self) -> int:
        """Count the tasks here that may start, but for limits and slots; or a few more."""
        queued = 0 if self.gate.closed else len(self.queue) - self.tombstones
        return queued + len(self.let_in)

    def put_back(self, task: Task) -> None:
        """Let a task that was set aside start before those in the queue."""
        del self.aside[task]
        self.let_in.pop(task, None)
        self.queue.appendleft(task)

    def unfinished(self) -> int:
        """Count the tasks that have not ended, below."""
        return sum(node.queued + node.at_rest for node in self.below()) + self.active

    def times(self, now: float) -> tuple[float, float]:
        """Return how long the gate has been open and closed so far, in seconds."""
        closed = self.closed_for
        if self.closed_since is not None:
            closed += now - self.closed_since
        return max(now - self.made_at - closed, 0.0), closed

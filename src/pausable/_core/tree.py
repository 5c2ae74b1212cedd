"""The tree: a pool and its groups as the core sees them. What each of them has is in its parts.

A part is a thing with a name. It stands in the module of that idea, with its fields and what they
mean, what becomes of it in a forked child (`forget_all`), how what is derived of it is made anew
and how it is found to be right (both called by `derived`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pausable._core.audience import Audience
from pausable._core.gate import Gate
from pausable._core.lines import Turn
from pausable._core.path import Identity
from pausable._core.queue import Queue
from pausable._core.rest_record import Resters
from pausable._core.rules import Rules
from pausable._core.slots import Slots
from pausable._core.tally import Tally
from pausable._core.waiters import Waiters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable._core.ports import Annexed

__all__ = ["Node"]


class Node:
    """A scope that has tasks: where it is in the tree, and its parts."""

    __slots__ = (
        "audience",
        "children",
        "gate",
        "identity",
        "name",
        "parent",
        "pool",
        "queue",
        "resters",
        "rules",
        "slots",
        "tally",
        "turn",
        "waiters",
    )

    def __init__(
        self,
        name: str,
        pool: Any,
        parent: Node | None = None,
        limit: float = math.inf,
        priority: int = 0,
    ) -> None:
        """Make an empty scope, which is about to be put below *parent*."""
        above = [] if parent is None else list(parent.path())
        self.name: str = name
        self.identity: Identity = Identity(name, parent)
        self.pool: Any = pool  # the `Pool`, which knows its tree
        self.parent: Node | None = parent
        self.children: dict[str, Node] = {}
        self.gate: Gate = Gate(None if parent is None else parent.gate)
        self.queue: Queue = Queue()  # who has not started
        self.slots: Slots = Slots(limit)  # who has
        self.turn: Turn = Turn(priority, [each.turn.priority for each in above])
        self.resters: Resters = Resters()
        self.tally: Tally = Tally()  # who has ended
        self.audience: Audience = Audience()
        self.waiters: Waiters = Waiters()
        self.rules: Rules = Rules(None if parent is None else parent.rules)

    def forget_all(self) -> None:
        """Start anew in a forked child: no task, no hold."""
        self.gate.forget_all([child.gate for child in self.children.values()])
        self.queue.forget_all()
        self.slots.forget_all()
        self.turn.forget_all()
        self.resters.forget_all()
        self.tally.forget_all()
        self.waiters.forget_all()

    def dissolve(self) -> None:
        """Let go of what refers back to this scope: its pool is over, and nobody has it."""
        self.rules.fault = None
        self.queue.clear()  # of tombstones
        self.children.clear()
        self.gate.children.clear()

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

    def busy(self) -> int:
        """Count what keeps the scope from being quiescent: of a pool, running initializers, too."""
        active: int = self.slots.active
        for annex in self.annexes():
            active += annex.busy()
        return active + (len(self.pool.seats.initializing) if self.parent is None else 0)

    def annexed(self) -> list[Node]:
        """List the scopes of the pools that hang below it, and of those that hang below them."""
        return [root for annex in self.annexes() for root in annex.roots()]

    def annexes(self) -> list[Annexed]:
        """List what hangs below it, and is not of its pool."""
        there = self.pool.others.annexes
        return [each for each in there if each.host.is_within(self)] if there else []

    def unfinished(self) -> int:
        """Count the tasks that have not ended, below."""
        waiting = sum(node.queue.pending + node.resters.count for node in self.below())
        return waiting + self.slots.active

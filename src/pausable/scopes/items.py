"""The items of a scope: what `map(chunksize=)` runs many of as one task, counted for who looks.

A chunk says what it has: how many when it is submitted, its list of results while it runs, and that
it is over when it is let go of, which a task does at its end, however it ends. That is a finalizer:
it takes no lock, and only appends. Tasks that are no chunks know nothing of this: each is one item.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pausable._core.decision import look

if TYPE_CHECKING:
    from collections.abc import Sized

    from pausable._core.tree import Node

__all__ = ["Items", "count_items", "counts_of", "hand_on"]


class Items:
    """How many items there are beyond one for each task: of the tasks of one scope, not below."""

    __slots__ = ("done", "over", "running", "total")

    def __init__(self) -> None:
        """Begin with none. All but `over` and `running` is written under the pool's lock."""
        self.total: int = 0
        self.done: int = 0  # of chunks that are over, but for those in `over`
        self.over: deque[int] = deque()
        self.running: dict[int, Sized] = {}  # the results of chunks that run

    def fold(self) -> None:
        """Count the chunks that are over. Under the lock."""
        while self.over:
            self.done += self.over.popleft()


def count_items(node: Node, number: int) -> Items:
    """Count a chunk of so many items that is about to be submitted."""
    return look(node.pool, _count, node, number)


def _count(node: Node, number: int) -> Items:
    items = _items_of(node)
    items.total += number - 1
    items.fold()
    return items


def counts_of(node: Node) -> tuple[int, int]:
    """Return how many items there are beyond one for each task, and how many of them are done."""
    items = node.tally.items
    if not isinstance(items, Items):
        return 0, 0
    items.fold()
    running = sum(map(len, list(items.running.values())))
    return items.total, min(items.done + running, items.total)


def hand_on(node: Node, parent: Node) -> None:
    """Count what is done of a scope that leaves the tree in the one above. Under the lock."""
    total, _ = counts_of(node)
    if total:
        items = _items_of(parent)
        items.total += total
        items.done += total


def _items_of(node: Node) -> Items:
    if not isinstance(node.tally.items, Items):
        node.tally.items = Items()
    return node.tally.items

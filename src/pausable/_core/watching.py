"""Who waits for a fact about a scope: that it is quiescent, or that nothing of it is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.parker import Parker
from pausable._core.times import wall_clock
from pausable.events import ScopeQuiescent

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState

__all__ = ["Waiter", "look_again", "tell_waiters"]


class Waiter:
    """A thread that waits until *is_true*; it is told so once, however short the fact lasts."""

    __slots__ = ("is_true", "parker", "was_true")

    def __init__(self, is_true: Callable[[], bool]) -> None:
        """Wait for *is_true*, which is asked under the pool's lock."""
        self.is_true = is_true
        self.was_true = False
        self.parker = Parker()


def tell_waiters(state: PoolState, node: Node, wakes: list[Wakeable]) -> None:
    """Let those who wait on *node* or above look at their facts. Under the lock."""
    each: Node | None = node if state.waiting else None
    while each is not None:
        for waiter in each.waiters:
            if not waiter.was_true and waiter.is_true():
                waiter.was_true = True
                wakes.append(waiter.parker)
        each = each.parent


def look_again(state: PoolState, node: Node, wakes: list[Wakeable]) -> None:
    """Tell those who wait on *node* or above that something has changed. Under the lock.

    Called when a task of *node* comes to rest or ends. Costs two tests where nobody waits.
    """
    tell_waiters(state, node, wakes)
    if state.observed:
        for each in node.path():
            if each.gate.closed and not each.active:
                state.emit(each, ScopeQuiescent(each.name, wall_clock()))

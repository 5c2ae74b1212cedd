"""Who waits for a fact about a scope, or looks after it: those that no seat wakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.audience import emit
from pausable.events import ScopeQuiescent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pausable._core.ports import Annexed, Chaser, Wakeable
    from pausable._core.task import Task

__all__ = [
    "Others",
    "Waiter",
    "Waiters",
    "delist",
    "enlist",
    "look_again",
    "mend_waiters",
    "rouse_others",
    "tell_waiters",
    "wrong_with_waiters",
]


class Waiter:
    """Who waits until *is_true*; it is told so once, however short the fact lasts."""

    __slots__ = ("is_true", "waker", "was_true")

    def __init__(self, is_true: Callable[[Any], bool], waker: Wakeable) -> None:
        """Wait for *is_true*, which is asked in visits to the pool; *waker* wakes who waits."""
        self.is_true: Callable[[Any], bool] = is_true
        self.was_true: bool = False
        self.waker: Wakeable = waker


class Waiters:
    """Those who wait for something of one scope. Both are primary."""

    __slots__ = ("listed", "shutdowns")

    def __init__(self) -> None:
        """Begin with nobody."""
        self.forget_all()

    def forget_all(self) -> None:
        """Start anew, also in a forked child."""
        self.listed: list[Waiter] = []
        self.shutdowns: int = 0  # how many wait for its end


class Others:
    """Those of one pool that no seat wakes."""

    __slots__ = ("annexes", "chasers", "engine", "guests", "waiting")

    def __init__(self) -> None:
        """Begin with nobody."""
        self.engine: Chaser | None = None  # once a scope or a task of the pool is preemptive
        self.annexes: tuple[Annexed, ...] = ()  # hang below a scope of this one
        self.chasers: tuple[Wakeable, ...] = ()  # are woken when somebody is to rest or to stop
        self.forget_all()

    def forget_all(self) -> None:
        """Start anew, also in a forked child."""
        self.waiting: int = 0  # derived: how many Waiters there are in the tree
        self.guests: dict[Wakeable, Task] = {}  # threads that tasks started, at rest or asleep


def enlist(visit: Any, node: Any, waiter: Waiter) -> None:
    """Have *waiter* told when its fact is true, unless it is. Until it was told: see `delist`."""
    waiter.was_true = waiter.is_true(visit)
    if not waiter.was_true:
        visit.pool.is_plain = False
        visit.pool.others.waiting += 1
        node.waiters.listed.append(waiter)


def delist(visit: Any, node: Any, waiter: Waiter) -> None:
    """Let *waiter*, which was told nothing yet, have a last look, and be told no more."""
    if waiter in node.waiters.listed:  # else its fact was true at once; or this is a forked child
        node.waiters.listed.remove(waiter)
        visit.pool.others.waiting -= 1
        waiter.was_true = waiter.was_true or waiter.is_true(visit)


def tell_waiters(visit: Any, node: Any) -> None:
    """Let those who wait on *node* or above look at their facts: who is told waits no more."""
    each: Any = node if visit.pool.others.waiting else None
    while each is not None:
        for waiter in tuple(each.waiters.listed):
            if not waiter.was_true and waiter.is_true(visit):
                visit.wakes.append(waiter.waker)
                waiter.was_true = True
                each.waiters.listed.remove(waiter)
                visit.pool.others.waiting -= 1
        each = each.parent


def look_again(visit: Any, node: Any) -> None:
    """Tell those who wait on *node* or above that something has changed.

    Called when a task of *node* comes to rest or ends. Costs two tests where nobody waits.
    """
    tell_waiters(visit, node)
    if visit.pool.demand.observed:
        for each in node.path():
            if each.gate.closed and not each.busy():
                emit(each, ScopeQuiescent)


def rouse_others(visit: Any) -> None:
    """Let those look again that no seat wakes: threads that tasks have started, and chasers."""
    pool = visit.pool
    if pool.others.guests:
        visit.wakes.extend(pool.others.guests)
    visit.wakes.extend(pool.others.chasers)


def mend_waiters(pool: Any) -> None:
    """Count anew who waits: who was told does not."""
    pool.others.waiting = 0
    for node in pool.root.below():
        listed = node.waiters.listed
        listed[:] = [each for each in listed if not each.was_true]
        pool.others.waiting += len(listed)


def wrong_with_waiters(pool: Any) -> Iterator[str]:
    """Say whether some are not counted."""
    waiters = sum(len(node.waiters.listed) for node in pool.root.below())
    if pool.others.waiting < waiters:  # some wait for a group that has left the tree
        yield f"waiting is {pool.others.waiting}, counted {waiters}"

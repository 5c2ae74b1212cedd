"""The annex: a pool of another kind that hangs below a scope, and is held with it.

Coroutines need no threads, and so no slots of a pool of threads; but whoever pauses that, wants
them to rest, too. So they have a pool of their own, with a lock of its own, which follows the
scope: what holds that is placed on the annex, and the scope is quiescent when both are. As with the
process (see `inheritance`), who changes something notes it first, and has the annex follow then:
any number of times. Neither lock is taken by who has the other: what is counted of an annex is
looked at without.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.closure import place, release
from pausable._core.decision import decide
from pausable._core.gate import HoldRecord
from pausable._core.waiters import Waiter, delist, enlist, tell_waiters
from pausable.scopes.outpost import outpost_of
from pausable.scopes.status import scope_status

if TYPE_CHECKING:
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.snapshots import ScopeStatus

__all__ = ["Annex", "status_with_annexes"]

_COUNTS = (
    "running",
    "resting",
    "queued",
    "done",
    "tasks",
    "items",
    "items_done",
    "items_held",
    "unlisted",
    "succeeded",
    "failed",
    "cancelled",
    "stopped",
)


class Annex:
    """A pool that hangs below a scope of another: see `ports.Annexed`."""

    def __init__(self, host: Node, root: Node) -> None:
        """Hang all that is below *root*, which is just being made, below *host*."""
        self.host: Node = host
        self.root: Node = root
        self._own: dict[HoldRecord, HoldRecord] = {}  # for each of the host's, written under lock
        self._waiter = Waiter(self._tell, self)
        decide(root.pool, enlist, root, self._waiter)
        decide(host.pool, _add, self)
        self.wake()

    def end(self) -> None:
        """Hang there no longer: nothing of it is left. Idempotent."""
        decide(self.host.pool, _remove, self)
        decide(self.root.pool, delist, self.root, self._waiter)
        self.nudge()

    def wake(self) -> None:
        """Be held by what holds the host, and by nothing else of that."""
        decide(self.root.pool, self._follow)

    def roots(self) -> list[Node]:
        """List its scope, and those of what hangs below."""
        return [self.root, *self.root.annexed()]

    def busy(self) -> int:
        """Count the tasks that run."""
        return self.root.busy()

    def nudge(self) -> None:
        """Have those look again who wait for the host: nothing of this runs any more."""
        decide(self.host.pool, tell_waiters, self.host)

    def _tell(self, visit: Visit) -> bool:
        """Have the host told, whenever a task of this comes to rest or ends, if it was the last."""
        if not self.root.busy():
            visit.chores.append(self.nudge)
        return False

    def _follow(self, visit: Visit) -> None:
        visit.again = self._follow
        holds = [
            hold
            for node in self.host.path()
            for hold in tuple(node.gate.holds)
            if hold.above is None  # one of the process it has anyway
        ]
        for hold in holds:
            if hold not in self._own:
                self._own[hold] = _copy_of(hold)
            if self._own[hold] not in self.root.gate.holds and not self._own[hold].is_over:
                place(visit, self.root, self._own[hold])
                visit.error = None  # it is just over, and none of its tasks needs to be held
        for hold in [hold for hold in self._own if hold not in holds]:
            release(visit, self.root, self._own[hold])
            del self._own[hold]


def _copy_of(hold: HoldRecord) -> HoldRecord:
    own = HoldRecord(
        hold.reason,
        hold.owner,
        hold.running,
        "above",
        hold.since,
        hold.placed_at,
        spot=hold.spot,
    )
    own.placer = hold.placer
    return own


def _add(visit: Visit, annex: Annex) -> None:
    visit.again = partial(_add, annex=annex)
    others = visit.pool.others
    if annex not in others.annexes:
        others.annexes = (*others.annexes, annex)


def _remove(visit: Visit, annex: Annex) -> None:
    visit.again = partial(_remove, annex=annex)
    others = visit.pool.others
    others.annexes = tuple(each for each in others.annexes if each is not annex)


def status_with_annexes(node: Node) -> ScopeStatus:
    """Describe a scope, with the annexes below it among its groups, and in its counts.

    Of tasks that are elsewhere, as who knows of them does.
    """
    status = scope_status(node)
    outpost = outpost_of(node)
    if outpost is not None:
        return outpost.shown(status)
    return _with_annexes(node, status) if node.annexes() else status


def _with_annexes(node: Node, status: ScopeStatus) -> ScopeStatus:
    groups, added = dict(status.groups), []
    for name, child in node.children.items():
        if name in groups and child.annexes():
            before, groups[name] = groups[name], _with_annexes(child, groups[name])
            added += [(before, groups[name])]
    counts: dict[str, Any] = {
        count: sum(
            (_minus(getattr(now, count), getattr(before, count)) for before, now in added),
            getattr(status, count),
        )
        for count in _COUNTS
    }
    for annex in node.annexes():
        if annex.host is node and isinstance(annex, Annex):
            its = groups[annex.root.name] = status_with_annexes(annex.root)
            counts = {count: sum_ + getattr(its, count) for count, sum_ in counts.items()}
    return replace(status, groups=groups, **counts)


def _minus(now: Any, before: Any) -> Any:
    """Return what has been added: a number, or the tasks at the end of a tuple."""
    return now[len(before) :] if isinstance(now, tuple) else now - before

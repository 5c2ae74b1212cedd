"""The notice: somebody is told, without a thread that waits, when what he holds is quiescent.

For those who serve many at once. It is as `Hold.wait`: who was told that nothing runs relies on it,
and so the hold is confirmed in the same visit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.decision import decide
from pausable._core.waiters import Waiter, delist, enlist
from pausable.scopes.inheritance import follow
from pausable.scopes.process import process
from pausable.scopes.process_hold import ProcessHold
from pausable.scopes.quiescence import QuiescenceUnderHold

if TYPE_CHECKING:
    from pausable._core.gate import HoldRecord
    from pausable._core.held import Held
    from pausable._core.ports import Wakeable
    from pausable._core.tree import Node
    from pausable.scopes.hold import Hold

__all__ = ["QuiescenceNotice"]


class QuiescenceNotice:
    """Wakes somebody when the scope of a hold is quiescent, or the hold has ended before that.

    For a hold of the process, when each pool is. None of the methods blocks; any thread.
    """

    def __init__(self, hold: Hold, waker: Wakeable) -> None:
        """Have *waker* woken; not if it is so already, which `is_over` says then."""
        self._parts: list[tuple[Node, Waiter, QuiescenceUnderHold]] = []
        if not isinstance(hold, ProcessHold):
            self._add(hold._node, hold._held, hold._record, waker)
            return
        for root in process.roots():
            decide(root.pool, follow, root)  # it may be just being made
            own = process.own_of(hold._record, root.pool)
            if own is not None:  # else the hold, or the pool, is over
                self._add(root, root, own, waker)

    def _add(self, node: Node, held: Held, record: HoldRecord, waker: Wakeable) -> None:
        fact = QuiescenceUnderHold(held, record, None)
        waiter = Waiter(fact, waker)
        self._parts.append((node, waiter, fact))
        decide(node.pool, enlist, node, waiter)

    def is_over(self) -> bool:
        """Say whether there is nothing to wait for any more."""
        return all(waiter.was_true for _, waiter, _ in self._parts)

    def is_quiescent(self) -> bool:
        """Say whether it was quiescent, where it is over."""
        return all(fact.quiescent for _, _, fact in self._parts)

    def cancel(self) -> None:
        """Wake nobody any more. Idempotent."""
        for node, waiter, _ in self._parts:
            if not waiter.was_true:
                decide(node.pool, delist, node, waiter)

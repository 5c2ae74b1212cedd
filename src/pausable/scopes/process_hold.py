"""The hold of the process: as one of a pool, but that it is on all pools, and waits for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pausable._core.attention import own_task
from pausable._core.decision import decide
from pausable._core.exemption import unexempt
from pausable._core.held import hold_status
from pausable._core.rest import node_of
from pausable._core.task import rest_of
from pausable._core.times import clock
from pausable.scopes import async_waits
from pausable.scopes.attendance import attend
from pausable.scopes.hold import Hold
from pausable.scopes.inheritance import follow, revoke
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.process import HoldEnd, process
from pausable.scopes.process_waits import (
    all_stragglers,
    check_may_await_all,
    check_may_wait_for_all,
    left_until,
    patience_for_all,
    wait_in,
)
from pausable.scopes.quiescence import QuiescenceUnderHold

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.gate import HoldRecord
    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable.scopes.process import ProcessHoldRecord
    from pausable.snapshots import HoldStatus, Straggler

__all__ = ["ProcessHold"]


class ProcessHold(Hold):
    """What `pausable.pause()` returns: a `Hold` on all pools, and on those that are made later.

    A task of any pool that pauses the process is not made to rest by its own hold.
    """

    __slots__ = ()

    _record: ProcessHoldRecord

    def __init__(self, record: ProcessHoldRecord, timeout: float | None) -> None:
        """Use `pausable.pause()`."""
        self._scope = cast("Any", process)
        self._record = record
        self._timeout = timeout

    @property
    def scope(self) -> str:
        """The name of the process as a scope."""
        return process.name

    def is_released(self) -> bool:
        """Say whether it holds no longer."""
        return self._record.has_ended()

    def status(self) -> HoldStatus:
        """Take a frozen snapshot."""
        return hold_status(None, self._record, clock())

    def release(self) -> bool:
        """End this hold; each pool opens if nobody else holds it. False if it had ended already."""
        return bool(revoke([self._record], HoldEnd()))

    def _wait(self, me: Task | None, timeout: float | None) -> bool:
        check_may_wait_for_all(timeout)
        deadline = None if timeout is None else clock() + timeout
        patience = patience_for_all(f"the pause {self.reason!r}")
        if me is not None:
            rest_of(me).is_entering = True
            try:
                attend(me)  # older holds of others go first
            finally:
                rest_of(me).is_entering = False
        quiescent = True
        for root in process.roots():
            fact = self._fact(root, me)
            if fact is not None:
                wait_in(root, fact, me, left_until(deadline), patience)
            quiescent = quiescent and (not root.busy() if fact is None else fact.quiescent)
        if me is not None and me._p_stop_reason is not None:
            attend(me)
        return quiescent

    def _fact(self, root: Node, me: Task | None) -> QuiescenceUnderHold | None:
        """Return what says whether a pool is quiescent under this hold; None if it is not on it."""
        decide(root.pool, follow, root)  # it may be just being made
        own = process.own_of(self._record, root.pool)
        return None if own is None else QuiescenceUnderHold(root, own, me)

    async def wait_async(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - as `wait`
        """Do as `wait`, in a coroutine, and without blocking its event loop.

        Raises:
            RuntimeError: called in a task of the scope, which would wait for itself.
        """
        checked = optional_seconds("timeout", timeout)
        check_may_await_all(checked)
        deadline = None if checked is None else clock() + checked
        quiescent, what = True, f"the pause {self.reason!r}"
        for root in process.roots():
            fact = self._fact(root, None)
            if fact is not None:
                await async_waits.wait_quiescent(root, left_until(deadline), fact, what)
            quiescent = quiescent and (not root.busy() if fact is None else fact.quiescent)
        return quiescent

    def _caller(self) -> Task | None:
        return own_task()

    def _decide(self, decision: Callable[..., None], me: Task | None) -> None:
        if me is None:
            return
        for own in self._own(decision, me):
            decide(node_of(me).pool, decision, me, own)
            self._record.holder = own.holder

    def _own(self, decision: Callable[..., None], me: Task) -> list[HoldRecord]:
        """List the holds that stand for this one on the pool of *me*; at the end, all it had."""
        if decision is unexempt:  # the pool may not have it any more: it has ended in the block
            return [own for own in {*rest_of(me).own_holds} if own.above is self._record]
        own = process.own_of(self._record, node_of(me).pool)
        return [] if own is None else [own]

    def _late(self) -> list[Straggler]:
        return all_stragglers()

    def _has_ended(self) -> bool:
        return self.is_released()

    def _leave(self, me: Task | None) -> bool:
        self._decide(unexempt, me)
        released = self.release()
        for chaser in () if me is None else node_of(me).pool.others.chasers:
            chaser.wake()  # another's hold may bar it from now on
        return released

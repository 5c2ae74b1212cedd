"""Quiescence, waited for: that of a scope or a task, as a whole or under one hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.attention import own_task
from pausable._core.closure import confirm
from pausable._core.held import active_in, gate_of, has_within, pool_of, scope_of
from pausable._core.task import rest_of
from pausable._core.tree import Node
from pausable.scopes.attendance import cleans_up
from pausable.scopes.patience import for_quiescence
from pausable.scopes.quiet import Quiet
from pausable.scopes.standpoint import check_may_wait_for
from pausable.scopes.waits import wait_for_fact

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.gate import HoldRecord
    from pausable._core.held import Held
    from pausable._core.task import Task
    from pausable._core.visit import Visit

__all__ = ["QuiescenceUnderHold", "quiescence", "wait_quiescent"]


def quiescence(held: Held, me: Task | None) -> Callable[[Visit], bool]:
    """Return what says whether *held* is quiescent, or *me* is to stop; asked in visits.

    Whoever is told that it is relies on it: the holds are confirmed.
    """
    node = scope_of(held)

    def is_quiescent(visit: Visit) -> bool:
        if me is not None and me._p_stop_reason is not None:
            return True  # leaving the block raises Stopped
        if active_in(held):
            return False
        for hold in gate_of(held).holds:
            confirm(visit, node, hold, gate_of(held))
        for each in node.path():
            for hold in each.gate.holds:
                # One above that lets tasks finish still does, elsewhere.
                if each is node or hold.running == "rest":
                    confirm(visit, each, hold, each.gate)
        return True

    return is_quiescent


def wait_quiescent(held: Held, timeout: float | None) -> bool:
    """Wait until *held* is quiescent. A task that waits so counts as at rest meanwhile."""
    check_may_wait_for(held, timeout)
    me = own_task()
    if me is not None and (cleans_up() or rest_of(me).shields):
        me = None  # a stop does not end this wait
    is_quiescent = quiescence(held, me)
    with Quiet():
        patience = for_quiescence("wait_quiescent()", held)
        return wait_for_fact(pool_of(held), scope_of(held), is_quiescent, timeout, patience)


class QuiescenceUnderHold:
    """Whether a wait under a hold is over; asked in visits, for a task *me* or nobody."""

    __slots__ = ("_held", "_hold", "_me", "quiescent")

    def __init__(self, held: Held, hold: HoldRecord, me: Task | None) -> None:
        """Decide nothing yet."""
        self._held = held
        self._hold = hold
        self._me = me
        self.quiescent: bool = False  # whether it was, when last asked

    def __call__(self, visit: Visit) -> bool:
        """Say whether the scope is quiescent, the hold has ended, or *me* is to stop."""
        held, hold, me = self._held, self._hold, self._me
        node: Node = held if isinstance(held, Node) else held._p_node
        gate = node.gate if isinstance(held, Node) else held._p_gate
        is_held = hold in gate.holds
        if me is None and held is node and node.slots.active:  # so it is mostly, until it is over
            self.quiescent = False
            return not is_held
        active = held.busy() if isinstance(held, Node) else active_in(held)
        self.quiescent = not active
        if active == 1 and me is not None:  # the caller itself may run
            self.quiescent = has_within(held, me) and not me._p_is_at_rest()
        if self.quiescent and is_held:
            confirm(visit, node, hold, gate)
        return self.quiescent or not is_held or (me is not None and me._p_stop_reason is not None)

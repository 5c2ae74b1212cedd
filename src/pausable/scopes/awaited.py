"""How a future is waited for: its end is announced to a parker, on which a thread waits."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar, cast

from pausable._core.attention import own_seat, own_task
from pausable._core.decision import decide
from pausable._core.grip import under
from pausable._core.parker import Parker
from pausable._core.postponement import let_all_go
from pausable._core.states import DONE, PENDING
from pausable._core.task import rest_of
from pausable._core.times import clock
from pausable.scopes.announced import Announced
from pausable.scopes.attendance import cleans_up
from pausable.scopes.patience import for_task, late
from pausable.scopes.quiet import Quiet
from pausable.scopes.standpoint import (
    check_is_no_circle,
    check_is_not_carried,
    check_is_outside,
    check_may_wait,
    check_timer,
)

if TYPE_CHECKING:
    from pausable._core.ports import Wakeable
    from pausable._core.task import Task

__all__ = ["Awaited"]

T = TypeVar("T")

_MOMENT = 0.0001  # seconds
_let_others_run = getattr(os, "sched_yield", None)  # there is none on Windows


class Awaited(Announced[T]):
    """A task that threads wait for."""

    __slots__ = ()

    def _p_wait(self, timeout: float | None) -> None:
        """Wait for the end; raise TimeoutError if it does not come in time."""
        me = None if own_seat() is None else own_task()
        if me is None:
            if not self._p_ends_soon(timeout):
                if timeout is None:
                    self._p_check_standpoint()
                self._p_park(Parker(), timeout, None)
            return
        if timeout is None:
            check_is_no_circle(me, self)
        parker = Parker()
        state = None if self._p_node is None else self._p_node.pool
        try:
            with Quiet(parker, slot_of=state) as block:  # leaving it raises Stopped if that is why
                self._p_park(parker, timeout, None if cleans_up() else block.task)
        finally:
            rest_of(me).waits_for = None

    def _p_check_standpoint(self) -> None:
        """Raise if the end cannot come before whoever waits for it goes on."""
        wanted = f"wait for {self._p_name}"
        check_timer(None, wanted)
        if self._p_node is not None:
            check_is_outside(self._p_node.pool, wanted)

    def _p_ends_soon(self, timeout: float | None) -> bool:
        """Let other threads run for a moment; say whether this is over by then.

        To sleep and to be woken takes two switches of threads, and nearly as long as this at most.
        """
        if _let_others_run is None or (timeout is not None and timeout <= _MOMENT):
            return False
        until = clock() + _MOMENT
        while clock() < until:
            _let_others_run()
            if self._state in DONE:
                return True
        return False

    def _p_park(self, parker: Parker, timeout: float | None, me: Task | None) -> None:
        deadline = None if timeout is None else clock() + timeout
        patience = for_task(self, me)
        lock = self._lock
        check_may_wait(lock)
        if self._p_node is not None and (timeout is None or timeout > 0):
            check_is_not_carried(self._p_node.pool, f"wait for {self._p_name}")
        self._p_see_to_workers()
        if not under(lock, self._p_add_parker, parker):
            return
        try:
            while self._state not in DONE and (me is None or me._p_stop_reason is None):
                now = clock()
                if deadline is not None and deadline <= now:
                    raise late(self, cast("float", timeout))
                until = patience.until(deadline)
                parker.park(until - now)
                patience.speak()
        finally:
            if self._state not in DONE:
                under(lock, self._p_remove_parker, parker)

    def _p_add_parker(self, parker: Wakeable) -> bool:
        if self._state in DONE:
            return False
        self._p_be_waited_for().parkers.append(parker)
        return True

    def _p_remove_parker(self, parker: Wakeable) -> None:
        parkers = self._p_be_waited_for().parkers
        if parker in parkers:
            parkers.remove(parker)

    def _p_see_to_workers(self) -> None:
        """Try again to start a thread, if none could be when the task was submitted.

        Raises:
            RuntimeError: none can be started now.
        """
        node = self._p_node
        if node is None or self._state != PENDING or self._p_seat is not None:
            return
        if not node.pool.seats.has_workers():
            decide(node.pool, let_all_go)

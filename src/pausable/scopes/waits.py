"""Waits of threads until a fact about a scope is true; for coroutines there is `async_waits`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.attention import here
from pausable._core.decision import decide
from pausable._core.parker import Parker
from pausable._core.times import clock
from pausable._core.waiters import Waiter, delist, enlist
from pausable.scopes.attendance import cleans_up
from pausable.scopes.quiet import Quiet
from pausable.scopes.standpoint import check_is_not_carried, check_may_wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.pool import Pool
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.patience import Patience

__all__ = ["wait_for_fact", "wait_to_be_told"]


def wait_for_fact(
    pool: Pool,
    node: Node,
    is_true: Callable[[Visit], bool],
    timeout: float | None,
    patience: Patience | None = None,
) -> bool:
    """Wait until *is_true*, asked whenever a task of *node* rests or ends; False when time is up.

    Blocks the calling thread. It returns true if the fact was true at any moment during the call.
    """
    check_may_wait(pool.lock)
    parker = Parker()
    waiter = Waiter(is_true, parker)
    deadline = None if timeout is None else clock() + timeout
    try:
        decide(pool, enlist, node, waiter)
        is_to_wait = not waiter.was_true and (timeout is None or timeout > 0)
        if is_to_wait and getattr(here, "carried", None):
            check_is_not_carried(pool, f"wait for {node.name!r}")
        while not waiter.was_true:
            now = clock()
            if deadline is not None and deadline <= now:
                break
            until = deadline if patience is None else patience.until(deadline)
            parker.park(None if until is None else until - now)
            if patience is not None and not waiter.was_true:
                patience.speak()
    finally:
        if not waiter.was_true:
            decide(pool, delist, node, waiter)
    return waiter.was_true


def wait_to_be_told(
    is_true: Callable[[], bool],
    calls: dict[object, Callable[[], object]],
    begin: Callable[[], object],
    timeout: float | None,
    patience: Patience,
) -> bool:
    """Wait until *is_true*, asked again by each call of what is put into *calls* for this thread.

    *begin* is called once that is there. Blocks the calling thread for *timeout* seconds at most;
    a task counts as at rest, and its stop ends the wait, but where it cleans up after one.
    """
    parker = Parker()
    deadline = None if timeout is None else clock() + timeout
    calls[parker] = parker.wake
    try:
        begin()
        with Quiet(parker) as block:
            me = None if cleans_up() else block.task
            while not is_true() and (me is None or me._p_stop_reason is None):
                now = clock()
                if deadline is not None and deadline <= now:
                    break
                parker.park(patience.until(deadline) - now)
                patience.speak()
    finally:
        calls.pop(parker, None)
    return is_true()

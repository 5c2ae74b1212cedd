"""Waits in coroutines: for the same facts as elsewhere, and without blocking the event loop.

Whoever makes the fact true tells the loop, as `call_soon_threadsafe` does: there is no thread that
waits meanwhile. A wait that is cancelled leaves nothing behind.

The loop is asyncio's or trio's: see `loops`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.attention import own_task
from pausable._core.decision import decide
from pausable._core.held import has_within, name_of, pool_of, scope_of
from pausable._core.times import clock
from pausable._core.waiters import Waiter, delist, enlist
from pausable.scopes.loops import Bell
from pausable.scopes.patience import for_quiescence
from pausable.scopes.quiescence import quiescence
from pausable.scopes.standpoint import check_may_wait, check_may_wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.held import Held
    from pausable._core.pool import Pool
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.patience import Patience

__all__ = ["check_is_outside", "wait_for_fact", "wait_quiescent"]


async def wait_for_fact(
    pool: Pool,
    node: Node,
    is_true: Callable[[Visit], bool],
    timeout: float | None,  # noqa: ASYNC109 - as the waits of threads
    patience: Patience,
) -> bool:
    """Do as `waits.wait_for_fact`, in a coroutine."""
    check_may_wait(pool.lock)
    bell = Bell()
    waiter = Waiter(is_true, bell)
    deadline = None if timeout is None else clock() + timeout
    try:
        decide(pool, enlist, node, waiter)
        while not waiter.was_true:
            left = patience.until(deadline) - clock()
            await bell.rung(max(left, 0.0))
            if deadline is not None and deadline <= clock():
                break
            patience.speak()
    finally:
        if not waiter.was_true:
            decide(pool, delist, node, waiter)
    return waiter.was_true


def check_is_outside(held: Held) -> None:
    """Raise if the caller is a coroutine in a task of *held*, whose whole thread would wait."""
    me = own_task()
    if me is not None and has_within(held, me):
        msg = (
            f"a coroutine in {me._p_name} cannot wait until {name_of(held)!r} is quiescent: that "
            "task runs its event loop"
        )
        raise RuntimeError(msg)


async def wait_quiescent(
    held: Held,
    timeout: float | None,  # noqa: ASYNC109
    is_true: Callable[[Visit], bool] | None = None,
    what: str = "wait_quiescent_async()",
) -> bool:
    """Wait until *held* is quiescent, or until *is_true*.

    Raises:
        RuntimeError: called in a task of the scope, whose whole thread would wait for itself.
    """
    check_may_wait_for(held, timeout)
    check_is_outside(held)
    fact = quiescence(held, None) if is_true is None else is_true
    pool, patience = pool_of(held), for_quiescence(what, held)
    return await wait_for_fact(pool, scope_of(held), fact, timeout, patience)

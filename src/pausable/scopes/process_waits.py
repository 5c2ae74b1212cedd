"""The waits for all pools: one pool after the other, each for the same facts as elsewhere.

What a hold of the process has brought to rest stays so, and a pool that is made meanwhile is born
under it. So when the last pool rests, all do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.attention import own_task
from pausable._core.decision import decide
from pausable._core.rest import node_of
from pausable._core.task import rest_of
from pausable._core.times import clock
from pausable._core.waiters import Waiter, delist, enlist, tell_waiters
from pausable.scopes import async_waits
from pausable.scopes.attendance import cleans_up
from pausable.scopes.inheritance import follow
from pausable.scopes.outpost import merged
from pausable.scopes.patience import for_stragglers
from pausable.scopes.process import process
from pausable.scopes.quiescence import quiescence
from pausable.scopes.quiet import Quiet
from pausable.scopes.standpoint import check_may_wait, check_may_wait_for
from pausable.scopes.status import own_stragglers
from pausable.scopes.waits import wait_for_fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.patience import Patience
    from pausable.scopes.process import ProcessHoldRecord
    from pausable.snapshots import Straggler

__all__ = [
    "all_stragglers",
    "are_quiescent",
    "check_may_await_all",
    "check_may_wait_for_all",
    "left_until",
    "patience_for_all",
    "wait_for_all",
    "wait_for_all_async",
    "wait_in",
]


def all_stragglers() -> list[Straggler]:
    """Name the tasks of all pools that neither rest nor have ended."""
    return merged(own_stragglers(root) for root in process.roots())


def are_quiescent() -> bool:
    """Say whether each started task of each pool rests or has ended."""
    return not any(root.busy() for root in process.roots())


def wait_for_all(timeout: float | None) -> bool:
    """Wait until all pools are quiescent. A task that waits so counts as at rest meanwhile."""
    check_may_wait_for_all(timeout)
    me = own_task()
    if me is not None and (cleans_up() or rest_of(me).shields):
        me = None  # a stop does not end this wait
    deadline = None if timeout is None else clock() + timeout
    with Quiet():
        patience = patience_for_all("wait_quiescent()")
        for root in _again_if_held_since():
            if not wait_in(root, quiescence(root, me), me, left_until(deadline), patience):
                return False
    return True


async def wait_for_all_async(timeout: float | None) -> bool:  # noqa: ASYNC109 - as the others
    """Do as `wait_for_all`, in a coroutine."""
    check_may_await_all(timeout)
    deadline = None if timeout is None else clock() + timeout
    for root in _again_if_held_since():
        if not await async_waits.wait_quiescent(root, left_until(deadline)):
            return False
    return True


def _again_if_held_since() -> Iterator[Node]:
    """List all pools, and once more if a hold was placed meanwhile, which some have not seen."""
    seen: set[ProcessHoldRecord] | None = None
    while seen is None or not seen.issuperset(process.in_force()):
        seen = set(process.in_force())
        for root in process.roots():
            decide(root.pool, follow, root)  # who has noted a hold may not have come so far
            yield root


def left_until(deadline: float | None) -> float | None:
    """Return how many seconds are left."""
    return None if deadline is None else max(deadline - clock(), 0.0)


def patience_for_all(what: str) -> Patience:
    """Wait until nothing of the process runs, and say so if it takes long."""
    return for_stragglers(lambda: f"{what} of {process.name!r}", all_stragglers)


def check_may_wait_for_all(timeout: float | None) -> None:
    """Raise if what waits until all pools are quiescent would wait for itself."""
    if process.outbox.is_delivered_here():
        msg = (
            f"an observer of {process.name!r} cannot wait until it is quiescent: events, and the "
            "thread that delivers them, wait for it; let it start a thread instead"
        )
        raise RuntimeError(msg)
    for root in process.roots():
        check_may_wait(root.pool.lock)
        check_may_wait_for(root, timeout)


def check_may_await_all(timeout: float | None) -> None:
    """Do as `check_may_wait_for_all`, for a coroutine: in no task of any pool it may wait."""
    check_may_wait_for_all(timeout)
    for root in process.roots():
        async_waits.check_is_outside(root)


def wait_in(
    root: Node,
    fact: Callable[[Visit], bool],
    me: Task | None,
    timeout: float | None,
    patience: Patience,
) -> bool:
    """Wait for a fact about one pool, in the task *me*, which may be of another, or outside any."""
    if me is None or node_of(me).pool is root.pool:
        return wait_for_fact(root.pool, root, fact, timeout, patience)
    mine = node_of(me)
    stop = Waiter(lambda _: me._p_stop_reason is not None, _Nudge(root))
    try:
        decide(mine.pool, enlist, mine, stop)
        return wait_for_fact(root.pool, root, fact, timeout, patience)
    finally:
        decide(mine.pool, delist, mine, stop)


class _Nudge:
    """Has those look at their facts again who wait on a pool: a task of another pool is to stop."""

    __slots__ = ("_root",)

    def __init__(self, root: Node) -> None:
        self._root = root

    def wake(self) -> None:
        decide(self._root.pool, tell_waiters, self._root)

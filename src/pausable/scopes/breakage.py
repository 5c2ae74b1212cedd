"""The breakage of a pool: it has lost what runs its tasks, and fails them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from pausable._core.decision import decide
from pausable._core.stop import request_stop
from pausable.scopes.status import list_tasks

if TYPE_CHECKING:
    from pausable._core.pool import Pool
    from pausable._core.visit import Visit
    from pausable.scopes.future import Future

__all__ = ["break_pool"]


def break_pool(pool: Pool, why: str, *, started: bool) -> None:
    """Give a pool up, paused or not: nothing more is accepted, and what has not started fails.

    With *started* that fails, too: it is asked to stop, and woken where it rests. What fails raises
    the error of the pool's adapter: see `outcome`. Idempotent: the first reason counts.
    """
    decide(pool, _break, why)
    why = pool.end.broken or why
    root = pool.root
    for task in list_tasks(root) if root.pool is not None else ():  # else it is over and gone
        has_ended = cast("Future[Any]", task)._p_settle(None, pool.adapter.broken(why))
        if started and not has_ended:
            decide(pool, request_stop, task, why)


def _break(visit: Visit, why: str) -> None:
    visit.again = partial(_break, why=why)
    if visit.pool.end.broken is None:
        visit.pool.end.broken = why
    visit.pool.end.is_refusing = True

"""The fork: in a forked child a pool is empty and open, without threads; its futures are cancelled.

Only the thread that has forked is there, and the locks of the others are as they were.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

from pausable._core.attention import attention, current, here, shields
from pausable.scopes.announced import lone_lock
from pausable.scopes.common_log import forget_lines
from pausable.scopes.pools import crews
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from pausable._core.pool import Pool
    from pausable.scopes.future import Future

__all__ = ["FORKED"]

FORKED = "the process has forked; this task belongs to the parent"
"""Why all tasks of before are stopped."""


def _after_fork() -> None:
    """Make all pools empty, open and without threads, in the child."""
    attention.clear()
    here.seat = None
    lone_lock._at_fork_reinit()  # type: ignore[attr-defined]  # as `threading` does
    current.set(None)
    shields.set(0)
    forget_lines()
    timer.forget_all()
    for crew in crews():
        pool = crew.pool
        for task in {*pool.seats.tasks(), *_queued_anyhow(pool)}:
            cast("Future[Any]", task)._p_orphan(FORKED)
        crew.forget_threads()
        pool.forget_all()


def _queued_anyhow(pool: Pool) -> list[Any]:
    found: list[Any] = []
    for node in pool.root.below():
        queue, resters = node.queue, node.resters
        found += (*queue.everyone(), *queue.outside, *resters.parked, *resters.quiet)
    return found


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

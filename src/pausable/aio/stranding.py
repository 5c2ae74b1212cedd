"""The stranding: what becomes of tasks whose loop was closed before they had ended.

Nothing tells that a loop was closed, and none of its tasks will ever go on, rest, or end. So
whoever lists pools looks first, and what was left counts as stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.decision import decide
from pausable._core.interruption import is_owned
from pausable._core.rest import force_back
from pausable.errors import Stopped
from pausable.scopes.outcome import come_out
from pausable.scopes.shutdown import close, let_go
from pausable.scopes.status import list_tasks

if TYPE_CHECKING:
    from pausable._core.pool import Pool

__all__ = ["end_stranded"]

_WHY = "its event loop is closed"


def end_stranded(pool: Pool) -> None:
    """End what is left of a pool whose loop is closed. From any thread; later if that is in it."""
    if is_owned(pool.lock):  # a signal handler, or a finalizer: who looks next, does it
        return
    close(pool.root, cancel_futures=False)
    for task in list_tasks(pool.root):
        _end(pool, task)
    let_go(pool.root)


def _end(pool: Pool, task: Any) -> None:
    if task._p_seat is None:
        task._p_withdraw(_WHY)
        return
    if task._p_is_at_rest():
        decide(pool, force_back, task)
    if task._p_ended_at is None:
        come_out(pool, task._p_seat, task, None, Stopped(task._p_stop_reason or _WHY))

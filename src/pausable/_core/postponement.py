"""The postponement: what a signal handler or a finalizer decides that has interrupted a visit.

Both run between any two lines of a thread. What they decide must find nothing half-done, so it is
put behind the decision that they have interrupted, and made before the lock is let go, or by
whoever has the lock next:

    1. The main thread M is in a visit. 2. A handler pauses: that is postponed, and it returns.
    3. M's decision is made; M makes the pause, and lets the lock go. No task has started since 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.log import ERROR, put_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.pool import Pool
    from pausable._core.visit import Visit

__all__ = ["Postponed", "catch_up", "let_all_go", "postpone"]


def postpone(pool: Pool, call: Callable[[Visit], object]) -> None:
    """Have *call* made in the visit that the calling thread has interrupted.

    If it has interrupted a mere look at the pool, or a visit at its very end, another thread makes
    it as soon as it gets the lock.
    """
    pool.postponed.append(call)
    pool.is_plain = False
    if pool.visitor is None:
        pool.adapter.decide_later(0.0, let_all_go)


class Postponed:
    """A decision that is made in another's visit: if it is refused, nobody hears of that."""

    __slots__ = ("args", "decision")

    def __init__(self, decision: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.decision = decision
        self.args = args

    def __call__(self, visit: Visit) -> None:
        error = visit.error
        self.decision(visit, *self.args)
        visit.error = error


def catch_up(visit: Visit) -> None:
    """Make the calls that have interrupted a visit, in their order. Under the lock."""
    pool = visit.pool
    while pool.postponed:
        try:
            pool.postponed[0](visit)
        except Exception as error:  # noqa: BLE001 - there is nobody to tell but the log
            text = "%r: a call that a signal handler made"
            put_line(pool.outbox, ERROR, text, pool.root.name, error=error)
        pool.postponed.popleft()  # only now may tasks start
    visit.opens = True


def let_all_go(visit: Visit) -> None:
    """Let all go who may: decide nothing else."""
    visit.opens = True

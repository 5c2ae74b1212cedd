"""The proxy crew: the threads of a pool whose tasks run elsewhere, each with a worker there.

It is also who is woken when somebody of the pool is to rest or to stop: it has the workers ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.decision import look
from pausable._core.duty import is_to_rest
from pausable.remote.remote_call import RemoteCall
from pausable.threads.crew import Crew

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.pool import Pool
    from pausable.snapshots import Location

__all__ = ["ProxyCrew"]


class ProxyCrew(Crew):
    """The threads of a pool, made when they are called for, with workers elsewhere."""

    def __init__(
        self,
        pool: Pool,
        prefix: str,
        exchange: Callable[[Any, tuple[Any, ...]], tuple[bytes, Any]],
        initializer: Callable[..., object] | None = None,
    ) -> None:
        """Make a crew without threads.

        *exchange* has a call made by the worker of a seat, on the thread of that, and returns the
        word for what has come out, and it.
        """
        super().__init__(pool, prefix, initializer, ())
        self._exchange = exchange
        pool.root.rules.ship = self.ship
        pool.root.rules.prepare()
        # So that nobody looks for tasks in the frames of these threads.
        pool.others.engine = self
        pool.others.chasers = (self,)

    def ship(self, function: Callable[..., Any]) -> RemoteCall:
        """Return what calls *function* elsewhere. At a submit."""
        return RemoteCall(function, self._exchange)

    # What the core asks.

    def wake(self) -> None:
        """Have those workers ask whose tasks are to rest or to stop."""
        look(self.pool, _ring, self.pool)

    def why_it_runs(self, task: Any) -> tuple[str, Location | None]:
        """Say why a preemptive task runs on, and where."""
        return "is in C code, or where it must not rest", task._p_seat.place()

    def follow(self, _frame: object) -> None:
        """Do nothing: no task goes on by steps here."""

    # What those ask who wait for its end.

    def dissolve_if_over(self) -> None:
        """Let nothing of a pool that is over and gone refer to itself."""
        super().dissolve_if_over()
        if self.root() is None:
            self.pool.others.engine = None
            self.pool.others.chasers = ()


def _ring(pool: Pool) -> None:
    for seat in pool.seats:
        task, worker = seat.task, seat.worker  # type: ignore[attr-defined]
        if task is None or worker is None or task._p_ended_at is not None:
            continue
        if not task._p_is_at_rest() and is_to_rest(task):
            worker.ring()

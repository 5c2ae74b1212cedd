"""The visit: what was decided under a pool's lock, and what is to be done when that is let go of.

Whatever decides takes the visit, and writes down on it who is to be woken and what is to be done:
no code of others runs under the lock, and nobody waits there. See `decision` for who makes visits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.log import put_line

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from pausable._core.pool import Pool
    from pausable._core.ports import Seat, Wakeable

__all__ = ["Visit"]


class Visit:
    """One visit to a pool, begun by `decision.visit_to`. Empty when it is over, but for `error`."""

    __slots__ = (
        "again",
        "calls",
        "chores",
        "error",
        "is_made",
        "is_over",
        "is_patient",
        "opens",
        "pool",
        "seats",
        "wakes",
    )

    pool: Pool
    again: Callable[[Visit], object] | None
    """Makes the decision again, if it was torn."""
    opens: bool
    """Some may go now who could not: all are let go who may."""
    wakes: list[Wakeable]
    """Who is to look again; once too often is harmless."""
    seats: list[Seat]
    """Of workers that were called."""
    chores: deque[Callable[[], object]]
    """Our own; one that is hit is done again."""
    calls: deque[Callable[[], object]]
    """Of users: each is made once at most."""
    is_made: bool
    """The lock was let go as it should be."""
    is_over: bool
    """All was done."""
    is_patient: bool
    """What it tells may be told a moment later: see `Outbox`."""
    error: Exception | None
    """Why the decision was refused."""

    def say(self, level: int, text: str, *args: object) -> None:
        """Leave a line for the log."""
        put_line(self.pool.outbox, level, text, *args)

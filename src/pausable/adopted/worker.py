"""The worker: a thread of the stdlib's pool, its seat, and what it has brought out of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.attention import foreign
from pausable.threads.seat import ThreadSeat

if TYPE_CHECKING:
    from pausable.scopes.future import Future

__all__ = ["Brought", "seat_of"]


class Brought:
    """What a worker has brought, and waits with: an item, and the task that stands for it.

    Empty when the task has started or is over: what still refers to it keeps nothing alive.
    """

    __slots__ = ("item", "task")

    def __init__(self, item: Any) -> None:
        """Bring an item."""
        self.item: Any = item
        self.task: Future[Any] | None = None

    def take(self) -> Any:
        """Return the item, and be empty."""
        item, self.item, self.task = self.item, None, None
        return item


def seat_of(ident: int) -> ThreadSeat:
    """Return the seat of a thread of the stdlib; a new one if it has none."""
    seat = foreign.get(ident)
    if isinstance(seat, ThreadSeat):
        return seat
    seat = ThreadSeat()
    seat.ident, seat.is_new, seat.is_ready = ident, False, True
    return seat

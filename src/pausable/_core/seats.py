"""The seats of a pool's workers: who is called, who sits idle, who is one too many."""

from __future__ import annotations

import sys
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.states import PENDING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable._core.ports import Seat
    from pausable._core.task import Task

__all__ = [
    "NEEDS_SPARE",
    "Seats",
    "call_idle",
    "call_surplus",
    "dismiss",
    "give_up",
    "mend_seats",
    "wants_spare",
    "wrong_with_seats",
]


class Seats(set["Seat"]):
    """The seats of one pool. Primary are they, their tasks, and which were called."""

    __slots__ = ("called", "idle", "initializing")

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.idle: deque[Seat] = deque()  # derived; who has been idle for longest comes first
        self.called: dict[Seat, None] = {}  # but have not looked for work yet
        # Those whose initializer runs, or what of theirs calls it, since when.
        self.initializing: dict[Seat, float] = {}

    def has_workers(self) -> bool:
        """Say whether there is a seat for any task that comes. Also without the lock."""
        return any(not seat.brings_slot for seat in tuple(self))

    def tasks(self) -> list[Task]:
        """List the tasks on them; those that are over, too, while their callbacks run.

        Also without the lock: of the seats there is a copy, which is made in one step.
        """
        return [task for seat in tuple(self) if (task := seat.task) is not None]


NEEDS_SPARE: bool = sys.version_info[:2] == (3, 12)
"""Whether no thread can be started once the main thread has ended: `Py_FinalizeEx` of Python 3.12
forbids it before it joins the threads, and not after that as all others do."""


def call_idle(seats: Seats) -> Seat:
    """Write the seat down as called that has been idle for longest; there is one."""
    seat = seats.idle[0]
    seats.called[seat] = None
    seats.idle.popleft()
    return seat


def call_surplus(visit: Any, number: int) -> None:
    """Call so many idle workers at most: each will look, find it is one too many, and leave."""
    seats: Seats = visit.pool.seats
    for _ in range(min(number, len(seats.idle))):
        visit.wakes.append(call_idle(seats))


def dismiss(visit: Any) -> None:
    """Call all idle workers, so that they look and, finding that nothing will come, leave."""
    seats: Seats = visit.pool.seats
    for seat in seats.idle:
        seats.called[seat] = None
        visit.wakes.append(seat)
    seats.idle.clear()


def give_up(visit: Any, seat: Seat) -> None:
    """Take a seat away from its pool for good; its adapter is told afterwards."""
    visit.chores.append(partial(_tell, visit.pool, seat))
    visit.pool.seats.discard(seat)


def _tell(pool: Any, seat: Seat) -> None:
    if seat not in pool.seats:  # else the visit was torn: it is still there
        pool.adapter.left(seat)


def wants_spare(pool: Any, node: Any) -> bool:
    """Say whether a pool without threads is held by what ends by itself. Also without the lock."""
    return not pool.seats.has_workers() and any(
        hold.ends_by_itself() for each in node.path() for hold in tuple(each.gate.holds)
    )


def mend_seats(pool: Any) -> None:
    """Say who is idle: not whose task is just starting, nor who was called."""
    seats: Seats = pool.seats
    for seat in seats:
        if seat.task is not None and seat.task._state == PENDING:  # it is still where it was queued
            if not seat.brings_slot:
                seat.task._p_seat = None
            seat.task._p_started_at = seat.task = None
    for seat in tuple(seats.called):
        if seat.task is not None:
            del seats.called[seat]
    kept = [seat for seat in seats.idle if seat.task is None and seat not in seats.called]
    seats.idle.clear()
    seats.idle.extend(dict.fromkeys(kept))


def wrong_with_seats(pool: Any) -> Iterator[str]:
    """Say which seats are not what they are written down as."""
    seats: Seats = pool.seats
    for seat in seats.idle:
        if seat.task is not None or seat in seats.called:
            yield "an idle worker has a task, or has been called"
    for task in seats.tasks():
        if task._p_seat is None or task._p_seat.task is not task:
            yield f"{task._p_name} is on a seat that it does not know"
        if task._state == PENDING:
            yield f"{task._p_name} is on a seat, and has not started"

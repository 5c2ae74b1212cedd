"""The stock: what the threads of adopted pools do just now, read from their stacks.

Calls that begin while nothing is held are not written down: it would halve the speed of the
stdlib's pool. So this is done when somebody looks, or is about to hold.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pausable._core.attention import foreign
from pausable._core.decision import decide
from pausable._core.run import begin
from pausable._core.times import clock
from pausable.adopted.crew import by_queue
from pausable.adopted.witness import Witness
from pausable.adopted.work_item import calls_under_way, function_of, look_again
from pausable.adopted.worker import seat_of
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from pausable._core.visit import Visit
    from pausable.adopted.crew import AdoptedCrew
    from pausable.adopted.work_item import ItemCall

__all__ = ["take_stock"]

_SHORTEST, _LONGEST = 0.001, 0.25  # seconds between two looks


def take_stock() -> None:
    """Have tasks stand for all calls of adopted pools that are under way. From any thread.

    Nearly all of them say when they end. One that had begun to say so does not, nor one that has
    come to its beginning and is cancelled: while there is one, this looks again, in growing
    intervals.
    """
    _look(_SHORTEST)


def _look(interval: float) -> None:
    for call in calls_under_way():
        crew = by_queue.get(id(call.queue))
        if crew is not None:
            _take_on(crew, call)
    _look_after(interval)


def _take_on(crew: AdoptedCrew, call: ItemCall) -> None:
    """Have a task stand for a call that has begun without us, unless one does."""
    if not isinstance(call.item.future, Witness):
        crew.end_earlier(call.ident, call.item)
        decide(crew.pool, _begin, crew, call)


def _begin(visit: Visit, crew: AdoptedCrew, call: ItemCall) -> None:
    """Count a call that has begun as a task that starts now, unless it is over."""
    pool, item, future = visit.pool, call.item, call.item.future
    seat = seat_of(call.ident)
    if isinstance(future, Witness) or seat.task is not None:  # somebody was faster
        return
    task = crew.new_task(function_of(item))
    witness = item.future = Witness(future, task, seat)
    # From here on it is the witness that is told, if the call is just being made.
    there = look_again(call.ident, item)
    if there is None:
        item.future = future
        return
    pool.is_plain = False
    pool.seats.add(seat)
    foreign[call.ident] = seat
    if not begin(visit, task, seat):  # somebody waits to be heard first: it is found again
        pool.seats.discard(seat)
        item.future = future
    elif not there.is_certain:
        crew.witnesses[witness] = item


def _look_after(interval: float) -> None:
    if sum(crew.note_ends() for crew in tuple(by_queue.values())) and not _alarms:
        longer = min(2 * interval, _LONGEST)
        _alarms.append(timer.call_at(clock() + interval, partial(_go_off, longer)))


def _go_off(interval: float) -> None:
    _alarms.clear()
    _look_after(interval)


_alarms: list[object] = []

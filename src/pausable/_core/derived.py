"""Derived facts: all that a pool keeps ready beside what is primary, and how it follows from that.

Primary are the holds and waivers of the gates, the tasks with their states and their records of
rest, where a task waits to start, the seats with their tasks, who waits, and who observes. From
these `mend` makes everything else anew, after an exception has torn a visit to the pool, and has
everybody look again; and `validate` says what is not as it follows. Each module that has such facts
knows how to do both for its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.audience import reckon
from pausable._core.closure import mend_gates, wrong_with_gates
from pausable._core.queue import mend_queue, wrong_with_queue
from pausable._core.resters import mend_resters, wrong_with_resters
from pausable._core.seats import mend_seats, wrong_with_seats
from pausable._core.slots import mend_slots, wrong_with_slots
from pausable._core.tally import mend_tallies, wrong_with_tallies
from pausable._core.turns import mend_lines, wrong_with_lines
from pausable._core.waiters import mend_waiters, rouse_others, tell_waiters, wrong_with_waiters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable._core.pool import Pool
    from pausable._core.visit import Visit

__all__ = ["mend", "validate"]


def validate(pool: Pool) -> list[str]:
    """Say what is not as it follows from the primary facts, in sentences; nothing if all is well.

    For tests, and for whoever debugs a program that hangs: counts are counted, lines are walked. To
    be called while nobody is in a visit to the pool, or under its lock.
    """
    return [
        *(said for node in pool.root.below() for said in wrong_with_queue(node)),
        *wrong_with_slots(pool),
        *wrong_with_tallies(pool),
        *wrong_with_resters(pool),
        *wrong_with_gates(pool),
        *wrong_with_lines(pool),
        *wrong_with_waiters(pool),
        *wrong_with_seats(pool),
        *_wrong_with_plainness(pool),
    ]


def mend(visit: Visit) -> None:
    """Make all derived facts anew, and have everybody look at them. Under the lock."""
    pool = visit.pool
    pool.is_plain = False
    mend_gates(pool)
    mend_seats(pool)
    for node in pool.root.below():
        mend_queue(node)
    mend_resters(pool)
    mend_slots(pool)
    mend_tallies(pool)
    mend_lines(pool)
    mend_waiters(pool)
    reckon(pool)
    _wake_all(visit)
    visit.opens = True


def _wake_all(visit: Visit) -> None:
    """Have everybody look again: once too often is harmless."""
    pool = visit.pool
    visit.wakes += pool.seats
    rouse_others(visit)
    for node in pool.root.below():
        resters = node.resters
        visit.wakes += resters.sleepers.values()
        for task in (*resters.quiet, *resters.parked):
            record = task._p_rest
            if task._p_stop_reason is not None and record is not None and record.parker is not None:
                visit.wakes.append(record.parker)
        tell_waiters(visit, node)
    if pool.room is not None:
        pool.room.rouse(visit)


def _wrong_with_plainness(pool: Pool) -> Iterator[str]:
    """Say what goes on in a pool of which it is said that nothing does."""
    root = pool.root
    oddities = {
        "a group in the ring": [node.name for node in pool.lines.ring if node is not root],
        "a closed gate": root.gate.closed,
        "more slots than the limit": root.slots.taken > root.slots.limit,
        "a pace": root.slots.pace,
        "tasks set aside": root.queue.aside,
        "tasks that return": pool.lines.back,
        "tasks to stop": pool.lines.stopped,
        "guests": pool.others.guests,
        "waiters": pool.others.waiting,
        "postponed calls": pool.postponed,
    }
    for name, there in oddities.items():
        if there and pool.is_plain:
            yield f"the pool is said to be plain, but there is {name}: {there}"

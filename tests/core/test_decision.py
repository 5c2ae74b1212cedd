"""The decision: what becomes of a visit that is torn, and of what comes while it is under way."""

from __future__ import annotations

import threading

import pytest
from core.scheduler import Scheduler

from pausable._core.decision import decide, look
from pausable._core.derived import validate
from pausable._core.rest import rest


@pytest.fixture
def scheduler() -> Scheduler:
    """Give a pool of two workers without threads."""
    return Scheduler(2)


def wrong(scheduler: Scheduler) -> list[str]:
    """Ask what is not as it should be."""
    return look(scheduler.pool, validate, scheduler.pool)


def test_what_a_torn_decision_has_changed_is_put_right(scheduler) -> None:
    """Counts, lists and lines are made anew from holds and tasks, before the exception is out."""
    task = scheduler.submit(scheduler.root)
    scheduler.look(scheduler.called()[0])
    assert scheduler.pool.seats.tasks() == [task]

    def tear(visit) -> None:
        scheduler.root.slots.taken += 3
        scheduler.root.slots.active -= 1
        scheduler.pool.lines.ring.append(scheduler.root)
        scheduler.root.gate.closed = True
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decide(scheduler.pool, tear)
    assert not wrong(scheduler)
    assert (scheduler.root.slots.taken, scheduler.root.slots.active) == (1, 1)
    scheduler.drain()


def test_the_next_visitor_puts_right_what_a_second_exception_has_left(scheduler) -> None:
    """A visit that was never left: whoever comes next makes all anew, and then decides."""
    scheduler.submit(scheduler.root)
    scheduler.look(scheduler.called()[0])
    scheduler.pool.visitor = Torn()
    scheduler.root.slots.taken = 7
    scheduler.resize(2)
    assert scheduler.pool.visitor is None
    assert not wrong(scheduler)
    scheduler.drain()


def test_a_decision_that_can_be_made_again_is_made_to_its_end(scheduler) -> None:
    """It says so before it begins; whoever mends makes it once more."""
    task = scheduler.submit(scheduler.root)
    scheduler.look(scheduler.called()[0])
    tries = []

    def twice(visit) -> None:
        visit.again = twice
        tries.append(1)
        if len(tries) == 1:
            raise KeyboardInterrupt
        rest(visit, scheduler.root, task, None)

    scheduler.pause(scheduler.root)
    with pytest.raises(KeyboardInterrupt):
        decide(scheduler.pool, twice)
    scheduler.parked.add(task)
    assert len(tries) == 2
    assert task._p_is_at_rest()
    assert not wrong(scheduler)
    scheduler.drain()


def test_one_that_fails_each_time_leaves_the_pool_usable(scheduler) -> None:
    """It is made again once, and not by everybody who comes after it."""
    tries = []

    def fail(visit) -> None:
        visit.again = fail
        tries.append(1)
        raise ValueError("a fault of ours")

    with pytest.raises(ValueError, match="a fault of ours"):
        decide(scheduler.pool, fail)
    assert len(tries) == 2
    scheduler.submit(scheduler.root)
    assert len(tries) == 2
    assert not wrong(scheduler)
    scheduler.drain()


def test_an_error_of_a_decision_is_raised_when_all_is_done(scheduler) -> None:
    """What is refused is no fault: nothing is made anew, and the lock is free."""

    def refuse(visit) -> None:
        visit.error = LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        decide(scheduler.pool, refuse)
    assert scheduler.pool.visitor is None
    free = []
    thread = threading.Thread(target=lambda: free.append(scheduler.pool.lock.acquire(timeout=10)))
    thread.start()
    thread.join(20)
    assert free == [True]


def test_what_interrupts_a_decision_comes_behind_it(scheduler) -> None:
    """In the order of the calls, and before the lock is let go of."""
    done = []

    def decision(visit) -> None:
        assert decide(scheduler.pool, lambda _: done.append("second")) is None
        assert decide(scheduler.pool, lambda _: done.append("third")) is None
        done.append("first")

    decide(scheduler.pool, decision)
    assert done == ["first", "second", "third"]
    assert not scheduler.pool.postponed


class Torn:
    """A visit that nobody has left."""

    again = None

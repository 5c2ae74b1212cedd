"""A hold with a duration ends by itself, when it is due and not before."""

from __future__ import annotations

import pytest
from clocks import HOUR, clock
from helpers import until
from workloads import Loop, Stuck

__all__ = ["clock"]


@pytest.mark.parametrize("level", ["pool", "group", "task"])
def test_a_hold_expires(pool, clock, level) -> None:
    """After its duration the scope is open without anybody's doing, and its tasks go on."""
    loop = Loop()
    group = pool.group("g")
    future = group.submit(loop)
    assert loop.began.wait(10)
    scope = {"pool": pool, "group": group, "task": future}[level]
    hold = scope.pause("x", duration=2 * HOUR)
    clock.move(HOUR)
    witness = pool.pause("witness", duration=0)
    until(witness.is_released)
    assert scope.is_paused()
    clock.move(HOUR)
    until(hold.is_released)
    assert not scope.is_paused()
    rounds = loop.rounds
    until(lambda: loop.rounds > rounds)


def test_queued_tasks_start_when_the_last_hold_expires(pool) -> None:
    """What was queued runs after the expiry; nobody has to look."""
    pool.pause("x", duration=0.1)
    pool.pause("y", duration=0.05)
    futures = [pool.submit(int) for _ in range(5)]
    assert [future.result(10) for future in futures] == [0] * 5


def test_an_expiry_leaves_other_holds_alone(pool) -> None:
    """The pool stays paused by those that have not expired."""
    forever = pool.pause("forever")
    brief = pool.pause("brief", duration=0.01)
    long = pool.pause("long", duration=HOUR)
    until(lambda: brief.is_released())
    assert pool.is_paused()
    assert [each.reason for each in pool.holds()] == ["forever", "long"]
    assert forever.release()
    assert pool.is_paused()
    assert long.release()
    assert not pool.is_paused()


def test_holds_expire_in_the_order_of_their_times(pool, clock) -> None:
    """Later placed, earlier due: the timer wakes for the earliest, not for the first."""
    late = pool.pause("late", duration=3 * HOUR)
    middle = pool.pause("middle", duration=2 * HOUR)
    early = pool.pause("early", duration=HOUR)
    clock.move(HOUR)
    until(early.is_released)
    assert not middle.is_released()
    clock.move(HOUR)
    until(middle.is_released)
    assert not late.is_released()
    late.release()


def test_a_release_before_the_expiry(pool) -> None:
    """A hold released early does not release another one when it would have been due."""
    brief = pool.pause("brief", duration=0.02)
    brief.release()
    other = pool.pause("other")
    witness = pool.pause("witness", duration=0.1)
    until(lambda: witness.is_released())
    assert not other.is_released()
    assert pool.is_paused()


def test_a_duration_of_zero_ends_at_once(pool) -> None:
    """Nothing is left of it after a moment."""
    hold = pool.pause("x", duration=0)
    until(lambda: hold.is_released())
    assert pool.submit(int).result(10) == 0


def test_an_endless_duration_is_for_ever(pool) -> None:
    """Infinity, and what no clock can wait for, hold until the release."""
    for duration in (float("inf"), 1e300):
        hold = pool.pause("x", duration=duration)
        assert pool.is_paused()
        assert hold.release()


def test_an_expiry_in_the_block(pool, clock) -> None:
    """A hold that expires in its block opens the pool there, and the end of the block is no error."""
    loop = Loop()
    pool.submit(loop)
    with pool.pause("x", duration=HOUR, timeout=10) as hold:
        rounds = loop.rounds
        clock.move(HOUR)
        until(lambda: hold.is_released())
        until(lambda: loop.rounds > rounds)
    assert not pool.is_paused()


def test_a_hold_on_a_task_that_ends_first(pool) -> None:
    """The task ends under its hold's duration; nothing comes of the expiry."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    hold = future.pause("x", duration=3600)
    future.stop("enough")
    stuck.go.set()
    until(future.done)
    assert hold.is_released()
    assert hold.release() is False


def test_a_thousand_holds_expire(pool) -> None:
    """Each of many goes, whatever the order of their durations."""
    holds = [pool.pause(str(n), duration=((n * 7919) % 1000) / 10_000) for n in range(1000)]
    until(lambda: not pool.is_paused())
    assert all(hold.is_released() for hold in holds)
    assert pool.submit(int).result(10) == 0

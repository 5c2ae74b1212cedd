"""A hold that ends while somebody waits for its scope: the wait ends, and no block is entered."""

from __future__ import annotations

import pytest
from clocks import HOUR, clock
from helpers import until
from workloads import Stuck, background

from pausable import NotQuiescent

__all__ = ["clock"]


@pytest.fixture
def stuck(pool) -> Stuck:
    """Keep a task of the pool running, far from any checkpoint."""
    stuck = Stuck()
    pool.submit(stuck)
    assert stuck.began.wait(10)
    return stuck


@pytest.mark.parametrize("how", ["release", "resume", "resume it"])
def test_a_wait_ends_with_its_hold(pool, stuck, how) -> None:
    """A release by another thread ends `hold.wait()` with False: nobody closes the gate any more."""
    hold = pool.pause("x")
    waiting = background(hold.wait)
    until(lambda: pool._p_node.waiters.listed, what="it waits")
    {"release": hold.release, "resume": pool.resume, "resume it": lambda: pool.resume(hold)}[how]()
    assert waiting.result(10) is False


def test_a_wait_ends_when_the_hold_expires(pool, stuck, clock) -> None:
    """A duration that is over before the scope is quiescent ends the wait with False."""
    hold = pool.pause("x", duration=HOUR)
    waiting = background(hold.wait)
    until(lambda: pool._p_node.waiters.listed, what="it waits")
    clock.move(HOUR)
    assert waiting.result(10) is False


def test_a_block_is_not_entered_when_its_hold_is_gone(pool, stuck) -> None:
    """Entering fails with NotQuiescent when somebody resumes before the scope was quiescent."""

    def enter() -> None:
        with pool.pause("x"):
            pytest.fail("the block was entered without a hold")

    entering = background(enter)
    until(lambda: pool._p_node.waiters.listed, what="it waits")
    pool.resume()
    with pytest.raises(NotQuiescent) as caught:
        entering.result(10)
    assert caught.value.scope == pool.name


def test_a_block_is_not_entered_when_its_hold_has_expired(pool, stuck, clock) -> None:
    """The same for a hold that ended by itself."""

    def enter() -> None:
        with pool.pause("x", duration=HOUR):
            pytest.fail("the block was entered without a hold")

    entering = background(enter)
    until(lambda: pool._p_node.waiters.listed, what="it waits")
    clock.move(HOUR)
    with pytest.raises(NotQuiescent):
        entering.result(10)


def test_a_block_is_not_entered_by_a_released_hold(pool) -> None:
    """A hold that was released before cannot be entered again: nothing would be held in the block."""
    hold = pool.pause("x")
    hold.release()
    with pytest.raises((NotQuiescent, RuntimeError)), hold:
        pytest.fail("the block was entered without a hold")


def test_another_hold_does_not_end_the_wait(pool, stuck) -> None:
    """Somebody else's release while one waits changes nothing."""
    mine, other = pool.pause("mine"), pool.pause("other")
    waiting = background(mine.wait)
    until(lambda: pool._p_node.waiters.listed, what="it waits")
    other.release()
    assert not waiting.done()
    stuck.go.set()
    assert waiting.result(10) is True

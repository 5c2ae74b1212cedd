"""The switch: a hold that one party puts on and off, as often as it likes."""

from __future__ import annotations

import threading

import pytest
from helpers import until
from workloads import Loop, background

from pausable import Future, ScopeEnded


def scopes(pool):
    """Return a pool, a group of it and a task that goes round in the group."""
    group = pool.group("g")
    loop = Loop()
    future = group.submit(loop)
    assert loop.began.wait(10)
    return pool, group, future


@pytest.mark.parametrize("which", [0, 1, 2], ids=["pool", "group", "task"])
def test_on_and_off_on_every_scope(pool, which) -> None:
    """It is off at first; on, everything below rests; off, it goes on."""
    *_, future = all_scopes = scopes(pool)
    scope = all_scopes[which]
    switch = scope.switch("the user asked", owner="a button")
    assert not switch.is_on()
    assert not scope.is_paused()
    assert switch.status() is None
    assert switch.on()
    assert switch.is_on()
    assert scope.is_paused()
    until(future.is_quiescent, what="the task rests")
    (hold,) = scope.holds()
    assert (hold.reason, hold.owner, hold.kind) == ("the user asked", "a button", "pause")
    assert hold.place.function == "test_on_and_off_on_every_scope"
    status = switch.status()
    assert (status.reason, status.placed_at) == (hold.reason, hold.placed_at)
    assert switch.off()
    assert not switch.is_on()
    assert not future.is_paused()
    until(lambda: not future.is_quiescent(), what="the task goes on")


def test_on_twice_leaves_one_hold(pool) -> None:
    """What two clicks put on, one click puts off; each says whether it has changed anything."""
    switch = pool.switch("x")
    assert [switch.on(), switch.on(), switch.on()] == [True, False, False]
    assert len(pool.holds()) == 1
    assert [switch.off(), switch.off()] == [True, False]
    assert not pool.is_paused()


def test_toggle(pool) -> None:
    """Each toggle turns it round, and says whether it is on."""
    switch = pool.switch("x")
    assert [switch.toggle() for _ in range(5)] == [True, False, True, False, True]
    assert len(pool.holds()) == 1
    assert switch.is_on()


def test_a_resume_switches_it_off(pool) -> None:
    """Its hold is one that `resume()` releases, and it knows: the next click puts it on again."""
    switch = pool.switch("x")
    switch.on()
    assert pool.resume() == 1
    assert not switch.is_on()
    assert not switch.off()
    assert switch.toggle() is True
    assert pool.is_paused()


def test_it_leaves_the_holds_of_others_alone(pool) -> None:
    """Two switches are two parties, with one reason or two; so is a hold."""
    first, second = pool.switch("same"), pool.switch("same")
    hold = pool.pause("a hold")
    first.on()
    second.on()
    first.off()
    assert not first.is_on()
    assert second.is_on()
    assert [each.reason for each in pool.holds()] == ["a hold", "same"]
    second.off()
    assert pool.is_paused()
    hold.release()
    assert not pool.is_paused()


def test_running_tasks_finish_if_they_are_to(pool) -> None:
    """`running="finish"` is as that of `pause`."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    switch = pool.switch("x", running="finish")
    switch.on()
    waiting = pool.submit(int)
    loop.go.set()
    assert future.result(10)
    assert not waiting.done()
    switch.off()
    assert waiting.result(10) == 0


def test_of_what_is_over(make_pool) -> None:
    """A task that is over is not held; a scope that is raises, and only where it would be held."""
    pool = make_pool(1)
    future = pool.submit(int)
    future.result(10)
    of_task, of_pool = future.switch("x"), pool.switch("x")
    assert of_task.on() is False
    assert of_task.toggle() is False
    assert not of_task.is_on()
    of_pool.on()
    pool.shutdown()
    assert not of_pool.is_on()
    assert of_pool.off() is False
    with pytest.raises(ScopeEnded):
        of_pool.on()
    with pytest.raises(ScopeEnded):
        of_pool.toggle()
    assert not of_pool.is_on()


def test_it_says_what_it_is(pool) -> None:
    """Its facts can be read, and its repr is one line of them."""
    switch = pool.switch("lunch", owner="a key")
    assert (switch.reason, switch.owner, switch.scope) == ("lunch", "a key", pool.name)
    assert repr(switch) == f"<Switch of {pool.name!r} is off: 'lunch' by a key>"
    switch.on()
    assert "is on" in repr(switch)
    assert pool.switch().owner == "MainThread"


def test_bad_input(pool) -> None:
    """What is wrong is said when the switch is made, not when it is used."""
    for reason in (None, 1, b"x"):
        with pytest.raises(TypeError, match="reason must be text"):
            pool.switch(reason)
    with pytest.raises(TypeError, match="owner must be text"):
        pool.switch("x", owner=1)
    with pytest.raises(ValueError, match="running must be"):
        pool.switch("x", running="sleep")
    with pytest.raises(RuntimeError, match="belongs to no pool"):
        Future().switch("x")


def test_many_threads_turn_one_switch(pool) -> None:
    """Of those that put it on at once, one has; an even number of toggles changes nothing."""
    switch = pool.switch("x")
    for _ in range(50):
        barrier = threading.Barrier(4)

        def turn(what, barrier=barrier) -> bool:
            barrier.wait(10)
            return what()

        outcomes = [background(turn, switch.on) for _ in range(4)]
        assert sorted(each.result(10) for each in outcomes) == [False, False, False, True]
        assert len(pool.holds()) == 1
        outcomes = [background(turn, switch.toggle) for _ in range(4)]
        assert sorted(each.result(10) for each in outcomes) == [False, False, True, True]
        assert switch.off()
        assert pool.holds() == ()

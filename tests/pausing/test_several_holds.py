"""Several holds on one scope do not undo each other."""

from __future__ import annotations

import itertools
import threading

import pytest
from helpers import until
from workloads import Loop, background


def test_a_scope_opens_with_its_last_hold(pool) -> None:
    """Of three holds, whichever goes last opens the gate, in every order of release."""
    loop = Loop()
    pool.submit(loop)
    for order in itertools.permutations(range(3)):
        holds = [pool.pause(str(number)) for number in range(3)]
        assert pool.wait_quiescent(10)
        for number in order[:-1]:
            assert holds[number].release()
            assert pool.is_paused()
            assert pool.status().resting == 1
        assert holds[order[-1]].release()
        assert not pool.is_paused()
        rounds = loop.rounds
        until(lambda rounds=rounds: loop.rounds > rounds, what="the task goes on")


def test_a_second_release_changes_nothing(pool) -> None:
    """A release is true once; after that it is false and does not release anybody else's hold."""
    mine, yours = pool.pause("mine"), pool.pause("yours")
    assert mine.release() is True
    for _ in range(5):
        assert mine.release() is False
    assert pool.is_paused()
    assert [each.reason for each in pool.holds()] == ["yours"]
    assert yours.release() is True


def test_many_threads_release_one_hold(pool) -> None:
    """Of many releases at once exactly one is true, and only that hold goes."""
    for _ in range(50):
        hold, other = pool.pause("x"), pool.pause("y")
        barrier = threading.Barrier(4)

        def release(hold=hold, barrier=barrier) -> bool:
            barrier.wait(10)
            return hold.release()

        outcomes = [background(release) for _ in range(4)]
        assert sorted(each.result(10) for each in outcomes) == [False, False, False, True]
        assert pool.is_paused()
        other.release()
        assert not pool.is_paused()


def test_two_pauses_with_one_reason_are_two_holds(pool) -> None:
    """Holds are not merged because they look alike."""
    first = pool.pause("same", owner="same")
    second = pool.pause("same", owner="same")
    first.release()
    assert pool.is_paused()
    second.release()
    assert not pool.is_paused()


def test_resume_releases_all_pauses_of_its_scope(pool) -> None:
    """`resume()` says how many it has released, and there is none left."""
    for number in range(3):
        pool.pause(str(number))
    assert pool.resume() == 3
    assert not pool.is_paused()
    assert pool.resume() == 0


def test_resume_of_the_pool_leaves_groups_and_tasks_held(pool) -> None:
    """A pool's resume releases the pool's holds, not those of what is below."""
    loop = Loop()
    group = pool.group("g")
    future = pool.submit(loop)
    group.pause("g")
    future.pause("t")
    pool.pause("p")
    assert pool.resume() == 1
    assert group.is_paused()
    assert future.is_paused()
    assert not pool.is_paused()


def test_resume_of_a_group_leaves_the_pool_held(pool) -> None:
    """A group's or a task's resume does not reach upwards."""
    group = pool.group("g")
    future = group.submit(Loop())
    pool.pause("p")
    group.pause("g")
    future.pause("t")
    assert future.resume() == 1
    assert group.resume() == 1
    assert group.is_paused()
    assert future.is_paused()
    assert [each.reason for each in pool.holds()] == ["p"]


def test_resume_with_a_hold_releases_that_one(pool) -> None:
    """`resume(hold)` releases one of several; a second time it releases none."""
    first, second = pool.pause("first"), pool.pause("second")
    assert pool.resume(first) == 1
    assert pool.resume(first) == 0
    assert not second.is_released()
    assert pool.is_paused()


def test_resume_with_a_hold_of_another_scope_is_an_error(pool, make_pool) -> None:
    """A hold that belongs elsewhere is refused, and neither scope changes."""
    other = make_pool(1)
    group, twin = pool.group("g"), other.group("g")
    future = pool.submit(Loop())
    holds = {
        scope: scope.pause(scope.name, owner="o") for scope in (pool, other, group, twin, future)
    }
    for scope, (owner, hold) in itertools.product(holds, holds.items()):
        if scope is owner:
            continue
        with pytest.raises(ValueError, match="belongs to"):
            scope.resume(hold)
        assert not hold.is_released()
    assert all(scope.is_paused() for scope in holds)


def test_a_refused_resume_leaves_no_stagger_behind(pool, make_pool) -> None:
    """Nothing is half done: a foreign hold with a stagger does not slow the pool down."""
    other = make_pool(1)
    hold = other.pause("x")
    with pytest.raises(ValueError, match="belongs to"):
        pool.resume(hold, stagger=3600)
    for future in [pool.submit(int) for _ in range(4)]:
        assert future.result(10) == 0


@pytest.mark.parametrize("wrong", ["a reason", 1, object(), True])
def test_resume_takes_a_hold_or_nothing(pool, wrong) -> None:
    """Anything else is a TypeError, and the pool stays paused."""
    pool.pause("x")
    with pytest.raises(TypeError, match="Hold"):
        pool.resume(wrong)
    assert pool.is_paused()


def test_a_pause_while_pausing_is_one_more_hold(pool) -> None:
    """A second pause while tasks are still on their way to a checkpoint counts on its own."""
    loops = [Loop(), Loop()]
    for loop in loops:
        pool.submit(loop)
        assert loop.began.wait(10)
    first = pool.pause("first")
    second = pool.pause("second")
    assert first.wait(10)
    first.release()
    assert pool.is_paused()
    assert second.wait(10)
    assert pool.status().resting == 2
    second.release()


def test_a_pause_after_a_resume_before_the_task_runs(pool) -> None:
    """Paused again before its thread came to run: the task goes on resting, nothing is lost."""
    loop = Loop()
    future = pool.submit(loop)
    for _ in range(200):
        pool.pause("again")
        assert pool.wait_quiescent(10)
        rounds = loop.rounds
        pool.resume()
        pool.pause("at once")
        assert pool.wait_quiescent(10)
        assert loop.rounds >= rounds
        pool.resume()
    loop.go.set()
    assert future.result(10) == loop.rounds
